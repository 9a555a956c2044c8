"""From a recording to paper: a MIDI file with every player on a track of their own, sound, and a report in figures.

Everything comes out of the recorded passes, so that what is exported is what was played.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.config import Config
from agent.items import Heard, Item, MindNews, PortNews
from agent.marks import Signs, provenance
from agent.play.hands import Sent
from agent.play.session import Session
from agent.recorder import Pass
from agent.replay import replay
from agent.show.meters import percentiles
from models.midi_file import Margin, write_midi
from models.music import Event, Metre, Note, NoteOff, NoteOn
from models.tempo import TempoMap

HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Sounded:
    """A note as it was in the room: when, by whom (`human` or a part's name), and whether anybody ever ended it."""

    seconds: float
    end_seconds: float
    pitch: int
    velocity: int
    voice: str
    ended: bool = True


@dataclass(slots=True)
class Evening:
    """A session looked back on: what sounded, on which tempo, and what the session itself remembers."""

    sounded: list[Sounded]
    tempo: TempoMap
    config: Config
    seconds: float = 0.0
    late_ms: list[float] = field(default_factory=list)
    modes: list[tuple[float, str]] = field(default_factory=list)
    errors: list[tuple[float, str]] = field(default_factory=list)
    mind: list[tuple[float, bool]] = field(default_factory=list)
    dropped_late: int = 0
    same_again: bool = True
    metre: Metre = field(default_factory=Metre)
    marks: list[tuple[float, str]] = field(default_factory=list)
    """What was marked when: `mode solo`, `turn agent`, `section B`, `Dm7`."""

    def tracks(self) -> dict[str, list[Note]]:
        """The notes in beats, by track: `human` first, then `agent:<part>`."""
        tracks: dict[str, list[Note]] = {HUMAN: [], **{f"agent:{part}": [] for part in self.config.agent.parts}}
        for note in self.sounded:
            human = note.voice == HUMAN
            track = tracks.setdefault(HUMAN if human else f"agent:{note.voice}", [])
            part = self.config.agent.human_part if human else note.voice
            onset_beats = self.tempo.beats_at(note.seconds)
            track.append(
                Note(onset_beats, self.tempo.beats_at(note.end_seconds) - onset_beats, note.pitch, note.velocity, part)
            )
        return tracks

    def report(self) -> dict[str, Any]:
        """The figures, as plain data."""
        agent = [note for note in self.sounded if note.voice != HUMAN]
        counts = Counter(HUMAN if note.voice == HUMAN else f"agent:{note.voice}" for note in self.sounded)
        return {
            "seconds": round(self.seconds, 3),
            "model": self.config.agent.model,
            "seed": self.config.agent.seed,
            "notes": {HUMAN: counts.pop(HUMAN, 0), "agent": len(agent), **dict(sorted(counts.items()))},
            "first_agent_note_s": round(agent[0].seconds, 3) if agent else None,
            "late_ms": percentiles(self.late_ms),
            "answer_ms": percentiles(_answers_ms(self.sounded)),
            "modes": [[round(seconds, 3), name] for seconds, name in self.modes],
            "model_present": [[round(seconds, 3), present] for seconds, present in self.mind],
            "dropped_late": self.dropped_late,
            "hanging_notes": sum(not note.ended for note in agent),
            "errors": [[round(seconds, 3), sentence] for seconds, sentence in self.errors],
            "replays_note_for_note": self.same_again,
        }


def look_back(
    config: Config,
    passes: Iterable[Pass],
    tempo: TempoMap | None = None,
    also: Callable[[float, Session], None] = lambda now, session: None,
) -> Evening:
    """Go through a recording once more. `tempo` is the map of a rehearsal that followed its file; `also` watches, too."""
    kept = list(passes)
    tempo = tempo or TempoMap(config.clock.bpm)
    evening, signs = Evening(sounded(kept), tempo, config), Signs()

    def watch(now: float, session: Session) -> None:
        evening.late_ms += session.show.lateness_ms
        session.show.lateness_ms.clear()
        _note_change(evening.modes, now, session.mode_name)
        if session.show.last_error:
            _note_change(evening.errors, now, session.show.last_error)
        evening.dropped_late = session.hands.scheduler.dropped_late
        also(now, session)
        evening.metre = session.metre
        evening.marks += signs.new(now, session)

    evening.same_again = replay(config, kept, tempo, watch).first_difference is None
    evening.mind = [(p.now, p.item.alive) for p in kept if isinstance(p.item, MindNews)]
    evening.seconds = kept[-1].now if kept else 0.0
    return evening


def sounded(passes: Sequence[Pass]) -> list[Sounded]:
    """Every note of both players, in the order in which they began. A note nobody ended lasts as long as the recording."""
    keys = _Keys()
    for one in passes:
        keys.heard(one.item)
        for sent in one.sent:
            keys.sent(one.now + sent.wait_seconds, sent)
    keys.end_all(passes[-1].now if passes else 0.0)
    return sorted(keys.notes, key=lambda note: (note.seconds, note.pitch))


_Key = tuple[str, int, int]


class _Keys:
    """Which keys are down while a recording runs by, on either side. Players are told apart by port, channel and pitch."""

    def __init__(self) -> None:
        self.notes: list[Sounded] = []
        self._down: dict[_Key, tuple[float, int, str]] = {}

    def heard(self, item: Item | None) -> None:
        """The human's side. Two channels of one keyboard are one pair of hands, as they are to the session."""
        if isinstance(item, Heard) and isinstance(item.event, NoteOn):
            self._begin((f"in {item.port}", 0, item.event.pitch), item.seconds, item.event.velocity, HUMAN)
        elif isinstance(item, Heard) and isinstance(item.event, NoteOff):
            self._end((f"in {item.port}", 0, item.event.pitch), item.seconds)
        elif isinstance(item, PortNews) and item.direction == "in" and not item.present:
            for key in [key for key in self._down if key[0] == f"in {item.port}"]:
                self._end(key, item.seconds)

    def sent(self, now: float, sent: Sent) -> None:
        """The agent's side. What is only passed through is the human's and was heard already."""
        if isinstance(sent.event, NoteOn) and sent.voice != HUMAN:
            self._begin((sent.port, sent.event.channel, sent.event.pitch), now, sent.event.velocity, sent.voice)
        elif isinstance(sent.event, NoteOff):
            self._end((sent.port, sent.event.channel, sent.event.pitch), now)

    def end_all(self, now: float) -> None:
        """The recording is over; whatever is still down was never ended."""
        for key in list(self._down):
            self._end(key, now, ended=False)

    def _begin(self, key: _Key, seconds: float, velocity: int, voice: str) -> None:
        self._end(key, seconds)
        self._down[key] = (seconds, velocity, voice)

    def _end(self, key: _Key, seconds: float, ended: bool = True) -> None:
        if key in self._down:
            began, velocity, voice = self._down.pop(key)
            self.notes.append(Sounded(began, max(seconds, began), key[2], velocity, voice, ended))


def write_score(evening: Evening, path: Path, voices: Collection[str] | None = None) -> None:
    """The MIDI file of an evening, or of some voices of it: bars, marks for turns, chords and sections, and who played what."""
    tracks = {name: notes for name, notes in evening.tracks().items() if voices is None or name in voices}
    marks = tuple((evening.tempo.beats_at(seconds), mark) for seconds, mark in evening.marks)
    write_midi(path, tracks, evening.tempo, evening.metre, Margin(marks, provenance(evening)))


def write_sound(evening: Evening, path: Path) -> None:
    """The sound file of an evening, played by our own synth."""
    from agent.ports.wav import render_wav

    channels = {HUMAN: evening.config.midi.thru_channel - 1}
    channels |= {str(part): channel - 1 for part, channel in evening.config.midi.channels.items()}
    timeline: list[tuple[float, Event]] = []
    for note in evening.sounded:
        timeline.append((note.seconds, NoteOn(note.pitch, note.velocity, channels[note.voice])))
        timeline.append((note.end_seconds, NoteOff(note.pitch, channels[note.voice])))
    render_wav(timeline, path)


def write_report(evening: Evening, path: Path, **more: Any) -> None:
    """The report of an evening, with whatever else is to be said."""
    path.write_text(json.dumps({**evening.report(), **more}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _note_change(changes: list[tuple[float, str]], now: float, value: str) -> None:
    if not changes or changes[-1][1] != value:
        changes.append((now, value))


def _answers_ms(notes: Sequence[Sounded]) -> list[float]:
    """From each note of the human's to the agent's next note, where there is one before the human plays again."""
    answers: list[float] = []
    heard_seconds: float | None = None
    for note in notes:
        if note.voice == HUMAN:
            heard_seconds = note.seconds
        elif heard_seconds is not None:
            answers.append((note.seconds - heard_seconds) * 1000.0)
            heard_seconds = None
    return answers
