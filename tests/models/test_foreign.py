"""Sets that no mind has learnt from: read from their archives, and judged like our own."""

import json
import tarfile

import mido
import numpy as np
import pytest
from typer.testing import CliRunner

from agent.cli import app
from models.checkpoint import save
from models.corpus import LEAD
from models.foreign import foreign_batches
from models.window import Recipe
from tests.models.makings import corpus_of, tiny_checkpoint

BEAT_SECONDS = 0.4  # steady: 150 beats a minute


def archive(root, name, files):
    folder = root / "loose" / name
    for path, write in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        write(folder / path)
    (root / name).mkdir(parents=True)
    with tarfile.open(root / name / f"{name}.tar.xz", "w:xz") as tar:
        tar.add(folder, ".")


def chorale(path):
    beats = [[72 + beat % 5, 67, 64, 48] for beat in range(64)]
    path.write_text(json.dumps({"test": [[voices for voices in beats for _ in range(4)]]}))


def pianist(path):
    """Two hands at 150 beats a minute in a file that says 120."""
    file, track = mido.MidiFile(ticks_per_beat=500), mido.MidiTrack()  # a tick is a millisecond
    for beat in range(48):
        for message in ("note_on", "note_off"):
            for hand, pitch in enumerate((72 + beat % 5, 48)):
                track.append(mido.Message(message, note=pitch, time=200 if hand == 0 else 0))
    file.tracks.append(track)
    file.save(path)


def annotations(path):
    lines = [f"{0.2 + beat * BEAT_SECONDS}\t0\t{'db,4/4' if beat % 4 == 0 else 'b'}" for beat in range(50)]
    path.write_text("\n".join(lines))


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    root = tmp_path_factory.mktemp("elsewhere")
    archive(root, "jsb_chorales_16th", {"songs.json": chorale})
    archive(root, "asap", {"a/player.mid": pianist, "a/player_annotations.txt": annotations})
    return root


def test_the_soprano_leads_and_a_performance_lies_on_its_beats(elsewhere):
    sets = dict(foreign_batches(elsewhere, 2, 64, Recipe(ahead_ticks=0)))
    assert list(sets) == ["jsb_chorales_16th", "asap"]
    for (batch,) in sets.values():
        told = batch.told[batch.told[..., 0] >= 0].numpy()
        lead = told[told[:, 1] == LEAD]
        assert set(lead[:, 3]) == {72, 73, 74, 75, 76}
        assert set(told[:, 2]) == {0}  # everything begins with a beat
    assert set(np.unique(sets["asap"][0].fields[..., 5])) <= {0, 4}


def test_a_model_is_judged_on_its_own_songs_and_elsewhere(elsewhere, tmp_path):
    save(tmp_path / "tiny.safetensors", tiny_checkpoint())
    corpus = corpus_of(tmp_path)
    words = ["evaluate", "--model", str(tmp_path / "tiny.safetensors"), "--corpus", str(corpus), "--windows", "8"]
    told = CliRunner().invoke(app, [*words, "--elsewhere", str(elsewhere)])
    assert told.exit_code == 0, told.output
    table = json.loads(told.output.splitlines()[-1])
    assert {"informed", "bigram", "random in key", "asap", "asap, bigram"} <= set(table)
    assert table["informed"]["pitch/comp"] > 0 and table["jsb_chorales_16th"]["pitch/lead"] > 0
    assert CliRunner().invoke(app, [*words, "--elsewhere", str(tmp_path)]).exit_code == 2
