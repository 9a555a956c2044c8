"""MIDI files: what is written is read back, seconds stay seconds, and no file of a stranger's does harm."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

import mido
import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.midi_file import MidiFileError, Score, parse_midi, read_midi, write_midi
from models.music import Metre, Note
from models.tempo import TempoMap

TUNE = [Note(0.0, 1.0, 60, 80, "lead"), Note(1.0, 0.5, 64, 90, "lead"), Note(1.5, 2.5, 67, 70, "lead")]
CHORDS = [Note(0.0, 4.0, 48, 60, "comp"), Note(0.0, 4.0, 52, 61, "comp")]
BEATS = [Note(0.0, 0.25, 36, 100, "drums")]
TICK_BEATS = 1 / 1920


def written(tmp_path: Path, tempo: TempoMap, **tracks: list[Note]) -> Path:
    path = tmp_path / "piece.mid"
    write_midi(path, {name.replace("_", ":"): notes for name, notes in tracks.items()}, tempo, Metre(3))
    return path


def bent(*changes: tuple[float, float]) -> TempoMap:
    tempo = TempoMap(100.0)
    for bpm, seconds in changes:
        tempo.change(bpm, seconds)
    return tempo


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    score = read_midi(written(tmp_path, TempoMap(96.0), human=TUNE, agent_comp=CHORDS, agent_drums=BEATS))
    assert score.tracks == {"human": tuple(TUNE), "agent:comp": tuple(CHORDS), "agent:drums": tuple(BEATS)}
    assert score.tempo.bpm == pytest.approx(96.0, abs=1e-4)
    assert score.metre == Metre(3)


def test_the_same_music_gives_the_same_bytes(tmp_path: Path) -> None:
    first = written(tmp_path, bent((90.0, 2.0)), human=TUNE, agent_comp=CHORDS).read_bytes()
    assert written(tmp_path, bent((90.0, 2.0)), human=TUNE, agent_comp=CHORDS).read_bytes() == first


def test_drums_have_the_drum_channel_and_every_part_its_own_sound(tmp_path: Path) -> None:
    file = mido.MidiFile(written(tmp_path, TempoMap(96.0), human=TUNE, agent_comp=CHORDS, agent_drums=BEATS))
    channels = {track.name: {m.channel for m in track if not m.is_meta} for track in file.tracks if track.name}
    assert channels == {"human": {0}, "agent:comp": {1}, "agent:drums": {9}}
    programs = {track.name: [m.program for m in track if m.type == "program_change"] for track in file.tracks}
    assert (programs["human"], programs["agent:comp"], programs["agent:drums"]) == ([0], [4], [])


def test_a_key_struck_again_at_once_comes_up_first(tmp_path: Path) -> None:
    again = [Note(0.0, 1.0, 60, 80, "lead"), Note(1.0, 1.0, 60, 80, "lead"), Note(2.0, 0.0, 60, 80, "lead")]
    lengths = [note.length_beats for note in read_midi(written(tmp_path, TempoMap(96.0), human=again)).notes]
    assert lengths == [1.0, 1.0, pytest.approx(TICK_BEATS)]


def test_a_key_nobody_lets_go_ends_with_its_track() -> None:
    file = mido.MidiFile(ticks_per_beat=480)
    on = mido.Message("note_on", note=60, velocity=80)
    file.tracks.append(mido.MidiTrack([on, mido.MetaMessage("end_of_track", time=960)]))
    assert parse_midi(as_bytes(file)).notes == [Note(0.0, 2.0, 60, 80, "lead")]


def test_a_file_that_is_too_large_is_refused_by_size(tmp_path: Path) -> None:
    path = tmp_path / "large.mid"
    path.write_bytes(bytes(9 * 1024 * 1024))
    with pytest.raises(MidiFileError, match="larger than 8 MB"):
        read_midi(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "not a standard MIDI file"),
        (b"MThd\x00\x00\x00\x06\x00\x02\x00\x00\x01\xe0", "separate patterns"),
        (b"MThd\x00\x00\x00\x06\x00\x01\x00\x00\xe7\x28", "film frames"),
    ],
)
def test_a_file_that_cannot_be_played_says_why(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "odd.mid"
    path.write_bytes(content)
    with pytest.raises(MidiFileError, match=sentence) as caught:
        read_midi(path)
    assert str(caught.value).startswith(str(path))


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MidiFileError, match="cannot be read"):
        read_midi(tmp_path / "nothing.mid")


def test_a_tempo_nobody_can_play_is_refused() -> None:
    file = mido.MidiFile(tracks=[mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1)])])
    with pytest.raises(MidiFileError, match="must lie between 5 and 1000"):
        parse_midi(as_bytes(file))


TEMPI = st.lists(st.tuples(st.floats(20.0, 300.0), st.floats(0.0, 300.0)), max_size=40)


@settings(max_examples=300)
@given(st.floats(20.0, 300.0), TEMPI, st.lists(st.floats(0.0, 500.0), min_size=1, max_size=20))
def test_seconds_on_paper_are_seconds_in_the_room(bpm: float, changes: list[tuple[float, float]], onsets: list[float]) -> None:
    tempo = TempoMap(bpm)
    for later_bpm, seconds in sorted(changes, key=lambda change: change[1]):
        tempo.change(later_bpm, seconds)
    score = through_a_file({"human": [Note(onset, 0.5, 60, 80, "lead") for onset in sorted(onsets)]}, tempo)
    for onset, note in zip(sorted(onsets), score.notes, strict=True):
        assert score.tempo.seconds_at(note.onset_beats) == pytest.approx(tempo.seconds_at(onset), abs=1.6e-3)  # a tick at 20


GRID = st.integers(0, 400).map(lambda place: place / 24)


@settings(max_examples=300)
@given(st.dictionaries(st.integers(0, 127), st.lists(st.tuples(GRID, st.integers(1, 127)), unique_by=lambda n: n[0])))
def test_every_note_comes_back(pitches: dict[int, list[tuple[float, int]]]) -> None:
    notes = [Note(onset, 1 / 24, pitch, velocity, "comp") for pitch, struck in pitches.items() for onset, velocity in struck]
    back = through_a_file({"agent:comp": notes}, TempoMap(100.0)).notes
    assert on_paper(back) == on_paper(notes)


@settings(max_examples=1500)
@given(st.binary(max_size=300))
def test_rubbish_is_a_sentence(data: bytes) -> None:
    plays_or_says_why(data)


@settings(max_examples=1500)
@given(st.binary(max_size=200), st.integers(0, 3), st.integers(0, 3), st.integers(-32768, 32767))
def test_rubbish_in_a_proper_envelope_is_a_sentence(data: bytes, kind: int, tracks: int, division: int) -> None:
    header = b"MThd\x00\x00\x00\x06" + kind.to_bytes(2) + tracks.to_bytes(2) + division.to_bytes(2, signed=True)
    plays_or_says_why(header + b"MTrk" + len(data).to_bytes(4) + data)


@settings(max_examples=2000)
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, 10_000))
def test_a_damaged_file_is_played_or_is_a_sentence(damage: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(DAMAGED)
    for place, byte in damage:
        data[place % len(data)] = byte
    plays_or_says_why(bytes(data[: max(cut % len(data), 20)]))
    plays_or_says_why(bytes(data))


def test_a_reader_of_other_hands_finds_the_same_notes_at_the_same_seconds(tmp_path: Path) -> None:
    tempo = TempoMap(97.3)
    tempo.change(131.0, 2.0)
    tracks = {
        "human": [Note(0.5, 1.0, 60, 80, "lead"), Note(4.25, 0.5, 64, 90, "lead")],
        "agent:comp": [Note(1.0, 2.0, 48, 70, "comp"), Note(5.0, 1.5, 52, 71, "comp")],
    }
    write_midi(tmp_path / "both.mid", tracks, tempo)
    found = pretty_midi.PrettyMIDI(str(tmp_path / "both.mid"))
    assert [instrument.name for instrument in found.instruments] == list(tracks)
    for instrument, notes in zip(found.instruments, tracks.values(), strict=True):
        for heard, meant in zip(instrument.notes, notes, strict=True):
            assert (heard.pitch, heard.velocity) == (meant.pitch, meant.velocity)
            assert heard.start == pytest.approx(tempo.seconds_at(meant.onset_beats), abs=0.002)
            assert heard.end == pytest.approx(tempo.seconds_at(meant.end_beats), abs=0.002)


def plays_or_says_why(data: bytes) -> None:
    try:
        score = parse_midi(data)
    except MidiFileError as error:
        assert "\n" not in str(error)
    else:
        assert all(note.length_beats >= 0 and 0 <= note.pitch < 128 and 0 < note.velocity < 128 for note in score.notes)


def on_paper(notes: list[Note]) -> list[tuple[int, int, int, int]]:
    """Notes in ticks, in the order in which they are struck."""
    return sorted((round(n.onset_beats * 1920), round(n.length_beats * 1920), n.pitch, n.velocity) for n in notes)


def through_a_file(tracks: dict[str, list[Note]], tempo: TempoMap) -> Score:
    with NamedTemporaryFile(suffix=".mid") as file:
        write_midi(Path(file.name), tracks, tempo)
        return read_midi(Path(file.name))


def as_bytes(file: mido.MidiFile) -> bytes:
    buffer = BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


DAMAGED = (Path(__file__).parents[2] / "agent/tunes/ode_to_joy.mid").read_bytes()
