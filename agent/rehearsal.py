"""A rehearsal: the same performer on the stage clock, with a MIDI file as the human, as fast as the machine allows.

The model runs in this process; `latency` says how long it seems to think. Same seed and no latency: the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agent.clock.clocks import StageClock
from agent.clock.inbox import Script
from agent.config import Config
from agent.items import Heard
from agent.mind import RehearsalMind
from agent.performer import Performer
from agent.play.hands import Hands
from agent.play.session import Session
from agent.recorder import Pass, Tape
from agent.replay import Nowhere
from agent.rig import IN, plugs
from agent.show.cues import Message
from agent.show.show import Show
from models.music import Metre, Model, Note, NoteOff, NoteOn
from models.tempo import TempoMap

RING_OUT_SECONDS = 4.0


@dataclass(frozen=True, slots=True)
class Options:
    """How to rehearse. `latency_ms` None: as long as the model really takes on this machine."""

    config: Config
    sync: Literal["file", "estimate", "internal"] = "file"
    latency_ms: float | None = 0.0


@dataclass(slots=True)
class Rehearsal:
    """What was played: passes as a recording holds them, cues with their seconds, and how long answers took."""

    passes: list[Pass]
    cues: list[tuple[float, Message]]
    tempo: TempoMap
    human: Sequence[Note]
    answer_seconds: list[float] = field(default_factory=list)


def rehearse(human: Sequence[Note], tempo: TempoMap, model: Model, options: Options) -> Rehearsal:
    """Play these human notes (in the beats of `tempo`) to the performer and keep everything it does."""
    config = options.config
    script = Script()
    clock = StageClock(script)
    stage_tempo = _stage_tempo(tempo, options)
    model.reset(config.agent.seed)
    mind = RehearsalMind(model, clock.now, script.post, None if options.latency_ms is None else options.latency_ms / 1000.0)
    show = Show(stage_tempo, config.agent.name, "rehearsal")
    hands = Hands(stage_tempo, Nowhere(), plugs(config)[2], config.timing.max_late_ms / 1000.0)
    session = Session(config, stage_tempo, hands, mind, show)
    end_seconds = _lay_out(human, tempo, script) + RING_OUT_SECONDS
    tape, cues = Tape(), list[tuple[float, Message]]()
    Performer(session, clock, tape, _keep(cues)).perform(lambda: clock.now() < end_seconds)
    return Rehearsal(tape.passes, cues, stage_tempo, human, mind.answer_seconds)


def load_human(path: Path) -> tuple[list[Note], TempoMap, Metre]:
    """The human's notes of a MIDI file, its tempo and metre: the track `human` if it has one, else all that is no drum."""
    from models.midi_file import read_midi

    score = read_midi(path)
    notes = score.tracks.get("human") or [note for track in score.tracks.values() for note in track if note.part != "drums"]
    return sorted(notes, key=lambda note: (note.onset_beats, note.pitch)), score.tempo, score.metre


def _stage_tempo(tempo: TempoMap, options: Options) -> TempoMap:
    if options.sync == "file":
        return tempo
    return TempoMap(options.config.clock.bpm)


def _lay_out(human: Sequence[Note], tempo: TempoMap, script: Script) -> float:
    """Put every key press and release into the script at its second; returns the last one's."""
    last_seconds = 0.0
    # A key released and struck again at one instant must be released first.
    for note in human:
        end_seconds = tempo.seconds_at(note.end_beats)
        script.post(Heard(end_seconds, IN, NoteOff(note.pitch)))
        last_seconds = max(last_seconds, end_seconds)
    for note in human:
        script.post(Heard(tempo.seconds_at(note.onset_beats), IN, NoteOn(note.pitch, note.velocity)))
    return last_seconds


def _keep(cues: list[tuple[float, Message]]) -> Callable[[float, list[Message]], None]:
    return lambda now, messages: cues.extend((now, message) for message in messages)
