"""A card shows how its mind learnt, and what it plays."""

import json

from models.midi_file import write_midi
from models.music import Note
from models.pictures import PictureSettings, draw
from models.tempo import TempoMap

PNG = b"\x89PNG"


def test_the_curves_and_the_rolls_of_a_song_become_pictures(tmp_path):
    log = tmp_path / "log.jsonl"
    heard = [{"events": million * 1e6, "valid": {"pitch/comp": 3.0 / million, "chord": 1.0}} for million in (1, 2, 3)]
    log.write_text("\n".join(json.dumps(entry) for entry in [{"events": 5e5, "loss": 9.0}, *heard]))
    melody = [Note(beat, 1.0, 60 + beat, 80, "lead") for beat in range(8)]
    comp = [Note(beat, 2.0, 48, 60, "comp") for beat in range(0, 8, 2)]
    for name in ("truth", "played"):
        write_midi(tmp_path / f"{name}.mid", {"human": melody, "agent:comp": comp}, TempoMap(90.0))
    truth, played = str(tmp_path / "truth.mid"), str(tmp_path / "played.mid")
    written = draw(PictureSettings(log, truth, played, 8, tmp_path / "pictures"))
    assert [path.name for path in written] == ["learning.png", "rolls.png"]
    assert all(path.read_bytes()[:4] == PNG for path in written)
