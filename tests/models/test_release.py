"""Judging minds, writing songs to rehearse with, and shipping."""

import pytest

from models.checkpoint import CheckpointError, load, save
from models.corpus import COMP
from models.data import Corpus
from models.evaluate import EvaluateSettings, as_markdown, evaluate
from models.excerpts import ExcerptSettings, export_test, write_excerpt
from models.midi_file import read_midi
from models.post_train import PostSettings, post_train
from models.release import ReleaseSettings, release
from models.vocabulary import NEVER
from tests.models.makings import corpus_of, tiny_checkpoint, train_tiny, tune


@pytest.fixture(scope="module")
def corpus_path(tmp_path_factory):
    return corpus_of(tmp_path_factory.mktemp("data"))


def test_a_mind_with_random_weights_knows_less_than_counting(corpus_path, tmp_path):
    path = tmp_path / "tiny.safetensors"
    save(path, tiny_checkpoint())
    table = evaluate(EvaluateSettings(path, corpus_path, split="train", windows=6))
    assert set(table) == {"informed", "committed", "no chords", "bigram", "unigram", "random in key"}
    assert table["bigram"]["pitch/comp"] < table["unigram"]["pitch/comp"] < table["informed"]["pitch/comp"]
    assert "| pitch/lead |" in as_markdown(table)


def test_a_run_is_shipped_with_its_card(corpus_path, tmp_path):
    train_tiny(corpus_path, tmp_path / "run")
    path = release(ReleaseSettings(tmp_path / "run", "tiny", corpus_path, tmp_path / "tiny.safetensors", windows=4))
    assert load(path).provenance.steps > 0
    text = path.with_suffix(".md").read_text()
    assert "python -m models.train --minutes" in text and "--corpus" not in text
    assert "# tiny" in text and "POP909" in text and "pitch/comp" in text


def test_what_came_of_its_own_play_is_shipped_instead_and_may_wait_more(corpus_path, tmp_path):
    run = tmp_path / "run"
    train_tiny(corpus_path, run)
    small = {"songs": 2, "siblings": 2, "steps": 60, "beats": 8, "chunk": 2, "batch": 2}
    post = post_train(PostSettings(run, tmp_path / "post", corpus_path, 0.01, 0.01, **small))
    came, waiting = (
        release(
            ReleaseSettings(run, "tiny", corpus_path, tmp_path / f"{more}.safetensors", windows=4, post=post, reticence=more)
        )
        for more in (0.0, 0.5)
    )
    assert "models.train --minutes" in load(came).provenance.command
    assert "&& python -m models.post_train" in load(came).provenance.command
    raised = load(waiting).weights["tick.bias"].astype(float) - load(came).weights["tick.bias"].astype(float)
    assert raised.nonzero()[0].tolist() == [COMP * (NEVER + 1) + NEVER] and raised.max() == pytest.approx(0.5, abs=1e-3)
    assert "raised by 0.5" in waiting.with_suffix(".md").read_text()


def test_a_run_without_weights_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="holds no weights yet"):
        release(ReleaseSettings(tmp_path, "none"))


def test_an_excerpt_has_the_melody_in_both_files_on_the_beat(tmp_path):
    write_excerpt(tune(), tmp_path, "tune", beats=16)
    alone, truth = (read_midi(tmp_path / folder / "tune.mid") for folder in ("IN", "TRUTH"))
    assert list(alone.tracks) == ["human"] and set(truth.tracks) == {"human", "agent:comp"}
    assert alone.tracks["human"] == truth.tracks["human"]
    assert [round(note.onset_beats, 3) for note in alone.tracks["human"][:4]] == [0.0, 0.5, 1.0, 1.5]
    assert alone.tempo.bpm_at(1.0) == pytest.approx(90.0, abs=0.01)
    assert max(note.onset_beats for note in truth.notes) < 16


def test_songs_are_chosen_the_same_way_each_time(corpus_path, tmp_path):
    settings = ExcerptSettings(tmp_path, corpus_path, split="train")
    assert export_test(settings) == export_test(settings)
    assert len(Corpus(corpus_path).members("train")) > 0
