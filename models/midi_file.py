"""Standard MIDI files to our notes and back, with every tempo change, so that seconds on paper are seconds in the room.

Files from strangers are read with care: whatever is in them, they become a Score or one sentence that says why not.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import mido

from models.music import PARTS, Metre, Note
from models.tempo import TempoMap

MOST_BYTES = 8 * 1024 * 1024
MOST_NOTES = 200_000
MOST_BEATS = 100_000.0
SLOWEST_BPM, FASTEST_BPM = 5.0, 1000.0

TICKS_PER_BEAT = 1920
"""Fine enough that at 20 beats a minute a rounded tick is still less than a millisecond off."""
ANCHOR_BEATS = 1000
"""A file says tempo in whole microseconds a beat; this often the writer makes good what rounding has cost."""

PROGRAMS = {"human": 0, "agent:lead": 11, "agent:comp": 4, "agent:bass": 32}
"""General MIDI: piano, vibraphone, electric piano, acoustic bass. Every other track is a piano."""
_DRUM_CHANNEL = 9
_DEFAULT_TEMPO = 500_000


class MidiFileError(ValueError):
    """A MIDI file that cannot be played, said in one sentence."""


@dataclass(frozen=True, slots=True)
class MetreChange:
    """From this beat on, bars are this long; a denominator of 8 counts eighths."""

    beats: float
    numerator: int
    denominator: int

    @property
    def beats_per_bar(self) -> float:
        """Quarter notes in a bar."""
        return self.numerator * 4.0 / self.denominator


@dataclass(frozen=True, slots=True)
class Score:
    """A piece on paper: what each track plays, when beats fall, and how they fall into bars."""

    tracks: dict[str, tuple[Note, ...]]
    tempo: TempoMap = field(default_factory=lambda: TempoMap(120.0))
    metres: tuple[MetreChange, ...] = ()

    @property
    def notes(self) -> list[Note]:
        """All notes of all tracks in the order in which they are struck."""
        return sorted((n for track in self.tracks.values() for n in track), key=lambda n: (n.onset_beats, n.pitch))

    @property
    def metre(self) -> Metre:
        """The first metre, in quarter notes; four where the file names none that counts in whole beats."""
        for change in self.metres[:1]:
            if change.beats_per_bar.is_integer() and change.beats_per_bar <= 12:
                return Metre(int(change.beats_per_bar), change.beats)
        return Metre()


@dataclass(frozen=True, slots=True)
class Margin:
    """What is written beside the notes: marks at their beats, such as sections and chords, and words about the whole."""

    marks: tuple[tuple[float, str], ...] = ()
    words: tuple[str, ...] = ()


def read_midi(path: Path) -> Score:
    """A file as a Score. Raises MidiFileError for what is no MIDI file, or too long, large or strange to play."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise MidiFileError(f"{path}: cannot be read ({error.strerror})") from None
    if len(data) > MOST_BYTES:
        raise MidiFileError(f"{path}: larger than {MOST_BYTES // 1024 // 1024} MB, which no piece of music needs")
    try:
        return parse_midi(data)
    except MidiFileError as error:
        raise MidiFileError(f"{path}: {error}") from None


def parse_midi(data: bytes) -> Score:
    """The bytes of a file as a Score. Raises MidiFileError."""
    try:
        file = mido.MidiFile(file=BytesIO(data), clip=True)
    except Exception as error:  # a broken file makes mido raise nearly anything, down to IndexError and struct.error
        raise MidiFileError(f"not a standard MIDI file, or cut short ({type(error).__name__})") from None
    if file.type not in (0, 1) or file.ticks_per_beat <= 0:
        raise MidiFileError("counts in film frames or holds separate patterns; save it as a type 1 file in beats")
    tracks, tempi, metres = _Reader(file).read()
    return Score(tracks, _tempo_map(tempi), tuple(metres))


def write_midi(
    path: Path,
    tracks: Mapping[str, Sequence[Note]],
    tempo: TempoMap,
    metre: Metre | None = None,
    margin: Margin | None = None,
) -> None:
    """Notes as a type 1 file: the same notes and tempo give the same bytes. It begins with the bar in which beat 0 lies."""
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT)
    metre = metre or Metre()
    upbeat = metre.beat_in_bar(0.0)
    if upbeat:
        tracks = {name: [_later(note, upbeat) for note in notes] for name, notes in tracks.items()}
    last_beats = max((note.end_beats for notes in tracks.values() for note in notes), default=0.0)
    file.tracks.append(_tempo_track(tempo, metre, last_beats, upbeat))
    if margin is not None:
        file.tracks.append(_margin_track(margin, upbeat))
    channels = iter([c for c in range(16) if c != _DRUM_CHANNEL] * (len(tracks) // 15 + 1))
    for name, notes in tracks.items():
        channel = _DRUM_CHANNEL if name.endswith(":drums") or name == "drums" else next(channels)
        file.tracks.append(_note_track(name, notes, channel))
    file.save(path)


class _Reader:
    """One pass over the tracks of a file."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._count = 0
        self._tempi: list[tuple[float, int]] = []
        self._metres: list[MetreChange] = []

    def read(self) -> tuple[dict[str, tuple[Note, ...]], list[tuple[float, int]], list[MetreChange]]:
        tracks: dict[str, tuple[Note, ...]] = {}
        for number, track in enumerate(self._file.tracks, 1):
            notes = self._notes(track)
            if notes:
                name = str(track.name).strip() or f"track {number}"
                tracks[name if name not in tracks else f"{name} {number}"] = tuple(notes)
        return tracks, sorted(self._tempi, key=lambda change: change[0]), sorted(self._metres, key=lambda m: m.beats)

    def _notes(self, track: Any) -> list[Note]:
        notes: list[Note] = []
        down: dict[tuple[int, int], deque[tuple[float, int]]] = defaultdict(deque)
        part = _part_of(str(track.name))
        beats = 0.0
        for beats, message in self._timed(track):
            if message.type == "note_on" and message.velocity > 0:
                self._count += 1
                if self._count > MOST_NOTES:
                    raise MidiFileError(f"holds more than {MOST_NOTES} notes, which nobody can play")
                down[message.channel, message.note].append((beats, message.velocity))
            elif message.type in ("note_on", "note_off") and down[message.channel, message.note]:
                began, velocity = down[message.channel, message.note].popleft()
                notes.append(_note(began, beats, message.note, velocity, part, message.channel))
        for (channel, pitch), left in down.items():  # keys that nobody lets go end with their track
            notes += [_note(began, beats, pitch, velocity, part, channel) for began, velocity in left]
        return sorted(notes, key=lambda n: (n.onset_beats, n.pitch))

    def _timed(self, track: Any) -> Iterator[tuple[float, Any]]:
        ticks = 0
        for message in track:
            ticks += message.time
            beats = ticks / self._file.ticks_per_beat
            if beats > MOST_BEATS:
                raise MidiFileError(f"lasts more than {MOST_BEATS:.0f} beats, which nobody can play")
            if message.type == "set_tempo":
                self._tempi.append((beats, message.tempo))
            elif message.type == "time_signature" and message.numerator and message.denominator <= 64:
                self._metres.append(MetreChange(beats, message.numerator, message.denominator))
            yield beats, message


def _note(began: float, ended: float, pitch: int, velocity: int, part: str, channel: int) -> Note:
    return Note(began, ended - began, pitch, velocity, "drums" if channel == _DRUM_CHANNEL else part)


def _part_of(track_name: str) -> str:
    part = track_name.strip().removeprefix("agent:")
    return part if part in PARTS else "lead"


def _tempo_map(tempi: list[tuple[float, int]]) -> TempoMap:
    tempo = TempoMap(60e6 / _DEFAULT_TEMPO)
    for beats, microseconds in tempi:
        if not SLOWEST_BPM <= 60e6 / max(microseconds, 1) <= FASTEST_BPM:
            bpm = 60e6 / max(microseconds, 1)
            raise MidiFileError(f"beat {beats:.1f} asks for {bpm:.6g} bpm; tempo must lie between 5 and 1000")
        tempo.change(60e6 / microseconds, tempo.seconds_at(beats))
    return tempo


def _later(note: Note, beats: float) -> Note:
    return Note(note.onset_beats + beats, note.length_beats, note.pitch, note.velocity, note.part)


def _margin_track(margin: Margin, upbeat: float) -> Any:
    timed = [(0, mido.MetaMessage("text", text=_latin(words))) for words in margin.words]
    for beats, mark in sorted(margin.marks, key=lambda one: one[0]):
        timed.append((round(max(beats + upbeat, 0.0) * TICKS_PER_BEAT), mido.MetaMessage("marker", text=_latin(mark))))
    return _track("", timed)


def _latin(text: str) -> str:
    return text.encode("latin-1", errors="replace").decode("latin-1")  # what a MIDI file can hold


def _tempo_track(tempo: TempoMap, metre: Metre, last_beats: float, upbeat: float) -> Any:
    signature = mido.MetaMessage("time_signature", numerator=metre.beats_per_bar, denominator=4)
    timed = [(0, signature)]
    anchors = {round((c.beats + upbeat) * TICKS_PER_BEAT) for c in tempo.changes if c.beats > 0}
    anchors |= set(range(0, round(last_beats) * TICKS_PER_BEAT + 1, ANCHOR_BEATS * TICKS_PER_BEAT))
    ticks = sorted(anchors)
    # Each stretch gets the tempo that brings the file's own clock to the right second at the stretch's end: rounding of
    # ticks and of microseconds never adds up.
    file_seconds = tempo.seconds_at(-upbeat)
    for here, there in zip(ticks, [*ticks[1:], ticks[-1] + ANCHOR_BEATS * TICKS_PER_BEAT], strict=True):
        beats = (there - here) / TICKS_PER_BEAT
        microseconds = round((tempo.seconds_at(there / TICKS_PER_BEAT - upbeat) - file_seconds) / beats * 1e6)
        microseconds = min(max(microseconds, 1), 0xFFFFFF)
        file_seconds += microseconds * beats / 1e6
        timed.append((here, mido.MetaMessage("set_tempo", tempo=microseconds)))
    return _track("", timed)


def _note_track(name: str, notes: Sequence[Note], channel: int) -> Any:
    timed: list[tuple[int, Any]] = []
    if channel != _DRUM_CHANNEL:
        timed.append((0, mido.Message("program_change", program=PROGRAMS.get(name, 0), channel=channel)))
    events = []
    for note in notes:
        begin = round(max(note.onset_beats, 0.0) * TICKS_PER_BEAT)
        end = max(round(note.end_beats * TICKS_PER_BEAT), begin + 1)
        # At one tick, keys come up before they go down.
        events += [(begin, 1, note.pitch, note.velocity), (end, 0, note.pitch, 0)]
    for tick, struck, pitch, velocity in sorted(events):
        kind = "note_on" if struck else "note_off"
        timed.append((tick, mido.Message(kind, note=pitch, velocity=velocity, channel=channel)))
    return _track(name, timed)


def _track(name: str, timed: list[tuple[int, Any]]) -> Any:
    track = mido.MidiTrack()
    if name:
        track.append(mido.MetaMessage("track_name", name=name))
    last = 0
    for tick, message in timed:
        track.append(message.copy(time=tick - last))
        last = tick
    return track
