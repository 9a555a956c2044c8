"""Many evenings at once are evenings: the mind there is the mind of training, and it keeps a player's manners."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from models.corpus import COMP, LEAD
from models.critic import beats_of, harmony
from models.data import Corpus
from models.humans import draw_humans
from models.post_train import PostSettings, post_train
from models.selfplay import Stage, play_evenings
from models.train import train
from models.transformer import Mind, Shape
from models.vocabulary import BEAT, CHORD, NO_LENGTH, NOTE
from tests.models.makings import SHAPE, corpus_of, settings_for

BEATS, STEPS = 12, 90


@pytest.fixture(scope="module")
def corpus_path(tmp_path_factory):
    return corpus_of(tmp_path_factory.mktemp("songs"))


@pytest.fixture(scope="module")
def humans(corpus_path):
    corpus = Corpus(corpus_path)
    return draw_humans(corpus, corpus.members("train"), 3, BEATS, np.random.default_rng(0))


@pytest.fixture(scope="module")
def mind():
    torch.manual_seed(0)
    return Mind(Shape(**SHAPE | {"window": STEPS})).eval()


@pytest.fixture(scope="module")
def evenings(mind, humans):
    torch.manual_seed(1)
    return play_evenings(mind, humans.each(2), STEPS)


def test_step_by_step_the_mind_thinks_what_it_thinks_at_once(mind, humans, evenings):
    stage = Stage(mind, humans.each(2), STEPS)
    with torch.no_grad():
        at_once = mind.trunk(evenings.fields, evenings.held)
        for step in range(STEPS):
            alone = stage.hear(evenings.fields[:, step], evenings.held[:, step])
            torch.testing.assert_close(alone, at_once[:, step], atol=1e-4, rtol=0)
            stage.at += 1


def test_the_mind_says_how_long_its_notes_last_and_the_human_does_not(evenings):
    note, part = evenings.fields[:, 1:, 0] == NOTE, evenings.fields[:, 1:, 1] // 128
    length, drawn = evenings.fields[:, 1:, -1], evenings.decisions.length
    assert (length == torch.where(note & (part == COMP), drawn, NO_LENGTH)).all()
    assert (length[note & (part == COMP)] < NO_LENGTH).all()


def test_time_goes_on_and_every_beat_names_its_chord(evenings):
    assert (evenings.tick.diff(dim=1) >= 0).all()
    kinds = evenings.fields[..., 0]
    assert (kinds[:, 0] == BEAT).all()
    assert ((kinds[:, :-1] == BEAT) == (kinds[:, 1:] == CHORD)).all()
    assert (kinds == NOTE).any(1).all()


def test_the_human_plays_what_he_recorded(humans, evenings):
    for row, human in enumerate(np.repeat(range(3), 2)):
        heard = [note for note in evenings.note[row].tolist() if 0 <= note[0] < 128]
        wanted = list(zip(humans.pitch[human].tolist(), humans.tick[human].tolist(), strict=True))[: len(heard)]
        assert [(key - LEAD * 128, tick) for key, tick, _ in heard] == wanted


def test_no_key_is_struck_while_it_is_down(evenings):
    for row in evenings.note:
        until = {}
        for key, tick, end in row.tolist():
            if key // 128 == COMP and key >= 0:
                assert tick >= until.get(key, 0) and end > tick
                until[key] = end


def test_harmony_rewards_the_same_pitch_class_and_minds_a_clash(evenings):
    def worth(comp_pitch):
        note = torch.full((1, 2, 3), -1)
        note[0, 0], note[0, 1] = torch.tensor([60, 0, 24]), torch.tensor([COMP * 128 + comp_pitch, 0, 24])
        evenings.note, kept = note, evenings.note
        told = harmony(evenings, 1)
        evenings.note = kept
        return float(told[0, 0])

    assert worth(48) == pytest.approx(1.0)
    assert worth(49) == pytest.approx(-0.5)


def test_beats_are_counted_from_the_first(evenings):
    beats = beats_of(evenings.fields)
    assert (beats[:, 0] == 0).all() and (beats == evenings.tick // 24).all()


def test_post_training_learns_from_what_it_played(corpus_path, tmp_path):
    run = train(settings_for(corpus_path, tmp_path / "run", minutes=0.01))
    settings = PostSettings(
        run, tmp_path / "post", corpus_path, 0.02, 0.01, songs=2, siblings=2, steps=60, beats=8, chunk=2, batch=2
    )
    post_train(settings)
    told = [json.loads(line) for line in (settings.out / "log.jsonl").read_text().splitlines()]
    assert told and all(np.isfinite(value) for line in told for value in line.values())
    assert told[0]["from_anchor"] == pytest.approx(0.0, abs=1e-4)
    before, after = (load_file(folder / "weights.safetensors") for folder in (run, settings.out))
    assert all(value.isfinite().all() for value in after.values())
    assert any(not torch.equal(before[name], value) for name, value in after.items())
