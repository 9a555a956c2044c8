"""From a recording to paper: what was played is what is written, whoever played it."""

from __future__ import annotations

import json
import wave
from collections.abc import Sequence
from pathlib import Path

import mido
import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.config import Config, change
from agent.export import Evening, Sounded, look_back, sounded, write_report, write_score, write_sound
from agent.items import Heard, Item, PortNews
from agent.play.hands import Sent
from agent.recorder import LogRecorder, Pass
from agent.rehearsal import Options, rehearse
from models.midi_file import read_midi
from models.music import Metre, Note, NoteOff, NoteOn
from models.tempo import TempoMap
from tests.stage import Drone

RIG = change(Config(), agent={"parts": ("comp", "bass")}, clock={"sync": "internal"}, music={"humanize": 0.0})
MELODY = [Note(beat, 0.5, 60 + beat, 80, "lead") for beat in range(8)]


def a_pass(now: float, item: Item | None = None, *sent: Sent) -> Pass:
    return Pass(now, item, sent)


def out(event: NoteOn | NoteOff, voice: str) -> Sent:
    return Sent("Out", event, voice)


@pytest.fixture
def evening() -> Evening:
    """Eight notes with a drone on every beat, on a tempo of its own that slows down."""
    tempo = TempoMap(120.0)
    tempo.change(90.0, 2.0)
    rehearsal = rehearse(MELODY, tempo, Drone(), Options(RIG))
    return look_back(RIG, rehearsal.passes, tempo)


def test_each_player_has_a_track(evening: Evening, tmp_path: Path) -> None:
    write_score(evening, tmp_path / "demo.mid")
    score = read_midi(tmp_path / "demo.mid")
    assert list(score.tracks) == ["human", "agent:comp", "agent:bass"]
    assert [(n.onset_beats, n.pitch) for n in score.tracks["human"]] == [(n.onset_beats, n.pitch) for n in MELODY]
    assert {n.onset_beats % 1.0 for n in score.tracks["agent:comp"]} == {0.0}
    assert score.tempo.seconds_at(7.0) == pytest.approx(2.0 + 3 * 60 / 90, abs=1e-3)


def test_the_report_counts_what_was_played(evening: Evening, tmp_path: Path) -> None:
    write_report(evening, tmp_path / "report.json", extra=1)
    report = json.loads((tmp_path / "report.json").read_text())
    parts = report["notes"]["agent:comp"], report["notes"]["agent:bass"]
    assert report["notes"]["human"] == 8
    assert report["notes"]["agent"] == sum(parts)
    assert parts[0] == parts[1] > 5
    assert report["hanging_notes"] == 0
    assert report["dropped_late"] == 0
    assert report["late_ms"]["max"] == 0.0
    assert report["modes"] == [[0.0, "accompany"]]
    assert report["replays_note_for_note"] is True
    assert report["extra"] == 1
    assert report["first_agent_note_s"] == pytest.approx(0.5, abs=0.01)


def test_the_sound_is_heard(evening: Evening, tmp_path: Path) -> None:
    write_sound(evening, tmp_path / "demo.wav")
    with wave.open(str(tmp_path / "demo.wav")) as file:
        assert file.getnframes() / file.getframerate() > evening.sounded[-1].seconds
        assert any(file.readframes(file.getframerate()))


def test_a_panic_ends_the_agents_notes_although_it_speaks_with_another_voice() -> None:
    passes = [a_pass(1.0, None, out(NoteOn(60, 80, 1), "comp")), a_pass(2.0, None, out(NoteOff(60, 1), "human"))]
    assert sounded(passes) == [Sounded(1.0, 2.0, 60, 80, "comp")]


def test_what_is_passed_through_is_not_played_twice() -> None:
    passes = [
        a_pass(1.0, Heard(1.0, "In", NoteOn(60, 80)), out(NoteOn(60, 80, 15), "human")),
        a_pass(2.0, Heard(2.0, "In", NoteOff(60)), out(NoteOff(60, 15), "human")),
    ]
    assert sounded(passes) == [Sounded(1.0, 2.0, 60, 80, "human")]


def test_a_pulled_cable_ends_the_keys_that_were_down() -> None:
    passes = [a_pass(1.0, Heard(1.0, "In", NoteOn(60, 80))), a_pass(3.0, PortNews(3.0, "In", "in", False)), a_pass(9.0)]
    assert sounded(passes) == [Sounded(1.0, 3.0, 60, 80, "human")]


def test_a_note_nobody_ended_is_told_apart() -> None:
    (note,) = sounded([a_pass(1.0, None, out(NoteOn(60, 80, 1), "comp")), a_pass(4.0)])
    assert (note.end_seconds, note.ended) == (4.0, False)


@pytest.mark.parametrize("passes", [(), (a_pass(1.0),)])
def test_a_silent_evening_can_be_looked_back_on(passes: Sequence[Pass], tmp_path: Path) -> None:
    evening = look_back(RIG, passes)
    write_score(evening, tmp_path / "demo.mid")
    write_sound(evening, tmp_path / "demo.wav")
    assert evening.report()["notes"] == {"human": 0, "agent": 0}
    assert read_midi(tmp_path / "demo.mid").notes == []


# In bars, with marks, and with a word on who played what.


def meta(path: Path, kind: str) -> list[tuple[float, str]]:
    """The texts of one kind in a file, with their beats."""
    file, found = mido.MidiFile(path), list[tuple[float, str]]()
    for track in file.tracks:
        ticks = 0
        for message in track:
            ticks += message.time
            if message.type == kind:
                found.append((ticks / file.ticks_per_beat, message.text))
    return found


def test_sections_modes_turns_and_chords_are_marked_where_they_begin(tmp_path: Path) -> None:
    rig = change(RIG, song={"chart": "A: | C | F |; B: | G7 |"})
    look = look_back(rig, rehearse(MELODY, TempoMap(120.0), Drone(), Options(rig)).passes, TempoMap(120.0))
    write_score(look, tmp_path / "demo.mid")
    marks = meta(tmp_path / "demo.mid", "marker")
    assert (0.0, "mode accompany") in marks
    assert [beats for beats, text in marks if text == "section B"] == [pytest.approx(8.0, abs=0.2)]
    assert [text for _, text in marks if text.startswith("turn ")]


def test_a_file_says_who_played_what_with_which_model(evening: Evening, tmp_path: Path) -> None:
    write_score(evening, tmp_path / "demo.mid")
    words = "\n".join(text for _, text in meta(tmp_path / "demo.mid", "text"))
    for word in (
        "track human: played by a person",
        "track agent:comp: generated by Antiphon, model duo",
        "seed 0",
        "Apache-2.0",
    ):
        assert word in words


def test_a_part_alone_is_as_it_is_among_all(evening: Evening, tmp_path: Path) -> None:
    write_score(evening, tmp_path / "all.mid")
    write_score(evening, tmp_path / "bass.mid", ("agent:bass",))
    alone = read_midi(tmp_path / "bass.mid")
    assert list(alone.tracks) == ["agent:bass"]
    assert alone.tracks["agent:bass"] == read_midi(tmp_path / "all.mid").tracks["agent:bass"]


def test_bars_of_the_file_are_bars_of_the_music(evening: Evening, tmp_path: Path) -> None:
    write_score(evening, tmp_path / "plain.mid")
    evening.metre = Metre(4, 1.0)  # a master began the song at our beat 1
    write_score(evening, tmp_path / "moved.mid")
    plain, moved = read_midi(tmp_path / "plain.mid"), read_midi(tmp_path / "moved.mid")
    assert [n.onset_beats - 3.0 for n in moved.tracks["human"]] == [n.onset_beats for n in plain.tracks["human"]]
    for note in plain.notes:
        whole = moved.tempo.seconds_at(note.onset_beats + 3.0) - moved.tempo.seconds_at(3.0)
        assert whole == pytest.approx(plain.tempo.seconds_at(note.onset_beats), abs=2e-3)


def test_export_writes_a_file_for_each_voice_and_every_cue(tmp_path: Path) -> None:
    log = tmp_path / "evening.jsonl"
    recorder = LogRecorder(log, {"config": RIG.model_dump(mode="json")}, print)
    recorder.open()
    for one in rehearse(MELODY, TempoMap(RIG.clock.bpm), Drone(), Options(RIG)).passes:
        recorder.note(one.now, one.item, one.sent)
    recorder.close()
    done = CliRunner().invoke(app, ["export", str(log)])
    assert done.exit_code == 0, done.output
    names = {path.name for path in (tmp_path / "evening").iterdir()}
    voices = {f"evening-{voice}.mid" for voice in ("human", "agent-comp", "agent-bass")}
    assert names == voices | {"evening.mid", "evening.wav", "evening.cues.jsonl", "report.json"}
    cues = [json.loads(line) for line in (tmp_path / "evening" / "evening.cues.jsonl").read_text().splitlines()]
    assert [cue["t"] for cue in cues] == sorted(cue["t"] for cue in cues)
    struck = [cue for cue in cues if cue["address"] == "/antiphon/agent/note" and cue["args"][4] == 1]
    assert len(struck) == json.loads((tmp_path / "evening" / "report.json").read_text())["notes"]["agent"]
    assert sum(cue["address"] == "/antiphon/clock/beat" for cue in cues) > 60


def test_an_export_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    log = tmp_path / "evening.jsonl"
    recorder = LogRecorder(log, {"config": RIG.model_dump(mode="json")}, print)
    recorder.open()
    recorder.close()
    (tmp_path / "file").touch()
    done = CliRunner().invoke(app, ["export", str(log), "--out", str(tmp_path / "file" / "folder")])
    assert (done.exit_code, "cannot be written" in done.output) == (2, True)
