"""A mind leans towards one player: from enough of their music, never touching its own weights, told by music kept aside."""

import hashlib
import json
import shutil
from pathlib import Path

import mido
import numpy as np
import pytest
from typer.testing import CliRunner

from agent.cli import app
from models.checkpoint import CheckpointError, load, save
from models.learn import LearnSettings, learn
from models.load import UnknownModel, check_style
from models.midi_file import MetreChange, Score
from models.music import Metre, Note
from models.personal import PersonalStyle, load_style, save_style
from models.takes import Take, TooLittle, divide, piece_of, take_of
from models.tempo import TempoMap
from tests.models.makings import tiny_checkpoint

BEATS = 480


def playing(beats=BEATS, bpm=120.0, name="etude"):
    """One pair of hands: a note on each half beat, and a low one under every beat."""
    high = [Note(half / 2, 0.4, 72 + half % 5, 90, "lead") for half in range(2 * beats)]
    low = [Note(float(beat), 0.9, 48 + beat % 3, 50, "lead") for beat in range(beats)]
    return Take(name, (tuple(sorted([*high, *low], key=lambda note: note.onset_beats)),), TempoMap(bpm), Metre(3, 0.0))


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    """What a very small mind learns in a few steps; the style lies beside it."""
    folder = tmp_path_factory.mktemp("lesson")
    base = folder / "tiny.safetensors"
    save(base, tiny_checkpoint())
    before = hashlib.sha256(base.read_bytes()).hexdigest()
    settings = LearnSettings(
        base, folder / "mine.safetensors", minutes=0.03, check_seconds=1.0, batch=2, steps=48, rate=2e-2, threads=1
    )
    told = learn([playing()], settings, lambda line: None)
    assert hashlib.sha256(base.read_bytes()).hexdigest() == before
    return folder, told


@pytest.fixture
def files(lesson, tmp_path):
    """A mind and a style that belong together, to do with as one likes."""
    return tuple(Path(shutil.copy(lesson[0] / name, tmp_path)) for name in ("tiny.safetensors", "mine.safetensors"))


def test_one_pair_of_hands_is_read_as_lead_and_comp_on_the_beats_it_comes_with():
    piece = piece_of(playing(12))
    assert piece.notes[piece.notes[:, 1] == 0, 2].tolist() == [72 + half % 5 for half in range(24)]
    assert piece.notes[piece.notes[:, 1] == 1, 2].tolist() == [48 + beat % 3 for beat in range(12)]
    assert piece.beat_in_bar[:4].tolist() == [0, 1, 2, 0] and piece.metre[0] == 3
    np.testing.assert_allclose(piece.bpm, 120.0)


def test_of_a_file_with_both_players_only_the_human_is_learnt():
    notes = (Note(0.0, 1.0, 60, 80, "lead"),)
    score = Score({"human": notes, "agent:comp": notes * 3}, TempoMap(90.0), (MetreChange(0.0, 4, 4),))
    assert take_of("evening", score).notes == 1


@pytest.mark.parametrize("beats", [40, 150])
def test_too_little_is_refused_in_a_sentence(beats):
    with pytest.raises(TooLittle, match=r"are too little to learn from: it takes 500 notes and 3 minutes at least"):
        divide([playing(beats)])


def test_many_takes_are_kept_aside_whole_and_few_by_their_ends():
    whole = divide([playing(60, name=f"take {i}") for i in range(12)])
    names = [{piece.name for piece in group} for group in (whole.learnt, whole.checked, whole.aside)]
    assert all(names) and not names[0] & names[1] and not (names[0] | names[1]) & names[2]
    alone = divide([playing()])
    counts = [sum(len(piece.notes) for piece in group) for group in (alone.learnt, alone.checked, alone.aside)]
    assert sum(counts) == 3 * BEATS and counts[2] == pytest.approx(0.2 * 3 * BEATS, rel=0.05)


def test_music_kept_aside_becomes_likelier_and_the_style_says_where_it_comes_from(lesson):
    learnt = lesson[1]
    assert learnt.path is not None and learnt.after["all"] < learnt.before["all"] and learnt.lowered > 0
    story = load_style(learnt.path).story
    assert (story.base, story.music, story.notes) == ("tiny", ("etude",), 3 * BEATS)
    assert story.after < story.before


def test_a_style_is_played_as_its_mind_leaning(files):
    base, style = files
    leaning, mind = load(style), load(base)
    assert leaning.shape == mind.shape
    changed = {name for name, value in leaning.weights.items() if not np.array_equal(value, mind.weights[name])}
    assert changed and all(name.startswith("blocks.") for name in changed)
    inner, outer = load_style(style).leanings["blocks.0.up.weight"]
    added = leaning.weights["blocks.0.up.weight"] - mind.weights["blocks.0.up.weight"].astype(np.float32)
    np.testing.assert_allclose(added, outer.astype(np.float32) @ inner.astype(np.float32), atol=1e-6)


def test_a_style_of_other_weights_is_refused(files):
    base, style = files
    save(base, tiny_checkpoint(seed=1))
    with pytest.raises(CheckpointError, match="was learnt for exactly the weights 'tiny' of then"):
        load(style)
    with pytest.raises(UnknownModel, match="belongs to the model 'tiny', not to 'duo'"):
        check_style("duo", str(style))


def test_a_style_that_is_damaged_or_does_not_fit_is_refused(files):
    _, path = files
    style = load_style(path)
    name = next(iter(style.leanings))
    save_style(path, PersonalStyle(style.story, {f"{name}x": style.leanings[name]}))
    with pytest.raises(CheckpointError, match="does not fit its mind"):
        load(path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(CheckpointError, match="damaged or is no safetensors file"):
        load_style(path)


def test_the_command_learns_from_a_folder_and_refuses_too_little(files, tmp_path):
    base = files[0]
    folder = tmp_path / "mine"
    folder.mkdir()
    file, track = mido.MidiFile(), mido.MidiTrack()
    for i in range(600):
        track += [mido.Message("note_on", note=60 + i % 12, velocity=70), mido.Message("note_off", note=60 + i % 12, time=240)]
    file.tracks.append(track)
    file.save(folder / "practice.mid")
    (folder / "broken.mid").write_bytes(b"MThd")
    options = ["--model", str(base), "--minutes", "0.1", "--out", str(tmp_path / "style.safetensors")]
    little = CliRunner().invoke(app, ["learn", str(folder), *options])
    assert (little.exit_code, "600 notes in 2.5 minutes are too little" in little.output) == (2, True)
    (folder / "more.mid").write_bytes((folder / "practice.mid").read_bytes())
    enough = CliRunner().invoke(app, ["learn", str(folder), *options])
    assert enough.exit_code == 0, enough.output
    assert "left out" in enough.output
    assert json.loads(enough.output.splitlines()[-1])["steps"] > 0
    again = CliRunner().invoke(app, ["learn", str(folder), *options])
    assert (again.exit_code, "exists already" in again.output) == (2, True)
