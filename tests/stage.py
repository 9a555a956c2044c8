"""A stage for tests: notes and cues are written down like a score, the evening is played at once, and what sounded is read
back as a score. No sound, no sockets, no waiting: the real session and the real loop on the stage clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from agent.clock.clocks import StageClock
from agent.clock.inbox import Script
from agent.config import Config, change
from agent.items import Cue, Heard, Item, MindNews, PortNews
from agent.mind import Mind, RehearsalMind
from agent.performer import Performer
from agent.play.hands import Hands, Routing
from agent.play.session import Session
from agent.recorder import Tape
from agent.show.cues import STATE, Message
from agent.show.show import Show
from agent.stage import plugs
from models.music import Ask, Control, Event, Model, Note, NoteOff, NoteOn, Onset, Release, Sounded
from models.tempo import TempoMap

KEYS, OUT, BASS = "keys", "synth", "bass amp"
"""The ports of the stage: what the human plays on, where the agent sounds, and a second instrument for the bass."""

SUSTAIN = 64

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SCORE_LINE = re.compile(r"(?P<pitch>[A-G][b#]?-?\d) at (?P<at>[\d.]+)(?: for (?P<length>[\d.]+))?")


def pitch_of(name: str) -> int:
    """`C4` → 60, `Bb3` → 58."""
    step, sign, octave = re.fullmatch(r"([A-G])([b#]?)(-?\d)", name).groups()  # type: ignore[union-attr]
    return _SEMITONES[step] + {"": 0, "#": 1, "b": -1}[sign] + 12 * (int(octave) + 1)


def name_of(pitch: int) -> str:
    """60 → `C4`."""
    return f"{'C Db D Eb E F Gb G Ab A Bb B'.split()[pitch % 12]}{pitch // 12 - 1}"


@dataclass(slots=True)
class MemoryOutputs:
    """Instruments that remember every event with the instant at which it was sent."""

    now: Callable[[], float]
    events: list[tuple[float, str, Event]] = field(default_factory=list)
    away: set[str] = field(default_factory=set)

    clock_ahead_seconds: float = 0.0
    ticks: list[tuple[float, bytes]] = field(default_factory=list)

    def send_clock(self, data: bytes, seconds: float | None = None) -> bool:
        """Remember a word of the clock that we send."""
        self.ticks.append((self.now(), data))
        return True

    def send(self, port: str, event: Event) -> bool:
        """Sound."""
        if port in self.away:
            return False
        self.events.append((self.now(), port, event))
        return True

    def send_at(self, port: str, event: Event, seconds: float) -> bool:
        """Sound now: these instruments hold nothing back."""
        return self.send(port, event)

    def ahead_seconds(self, port: str) -> float:
        """They want nothing early."""
        return 0.0

    def score(self, port: str | None = None) -> list[str]:
        """What was heard, in order of onset: `C4 at 1.7 for 0.4`; a note without an end has no length."""
        lines: list[tuple[float, str]] = []
        open_notes: dict[tuple[str, int, int], int] = {}
        for seconds, name, event in self.events:
            if port not in (None, name):
                continue
            if isinstance(event, NoteOn):
                open_notes[(name, event.channel, event.pitch)] = len(lines)
                lines.append((seconds, f"{name_of(event.pitch)} at {_short(seconds)}"))
            elif isinstance(event, NoteOff) and (name, event.channel, event.pitch) in open_notes:
                began, line = lines[(place := open_notes.pop((name, event.channel, event.pitch)))]
                lines[place] = (began, f"{line} for {_short(seconds - began)}")
        return [line for _, line in lines]

    def sounding(self) -> set[tuple[str, int, int]]:
        """(port, channel, pitch) of every note-on without its note-off."""
        sounding: set[tuple[str, int, int]] = set()
        for _, port, event in self.events:
            if isinstance(event, NoteOn):
                sounding.add((port, event.channel, event.pitch))
            elif isinstance(event, NoteOff):
                sounding.discard((port, event.channel, event.pitch))
        return sounding

    def pedals_down(self) -> set[tuple[str, int, int]]:
        """(port, channel, number) of every sustain pedal that is still down."""
        down: set[tuple[str, int, int]] = set()
        for _, port, event in self.events:
            if isinstance(event, Control) and event.number == SUSTAIN:
                (down.add if event.value else down.discard)((port, event.channel, event.number))
        return down


def _short(seconds: float) -> str:
    return str(round(seconds, 3))


class Echo:
    """A mind that says again what the human has just said, in the first part that it is asked for."""

    def __init__(self) -> None:
        self._phrase: list[Note] = []
        self._down: dict[int, Onset] = {}
        self._answered = False

    def reset(self, seed: int) -> None:
        """Forget the phrase."""
        self.__init__()  # type: ignore[misc]

    def hear(self, events: Sequence[Sounded]) -> None:
        """Remember the human's notes since the last answer."""
        for event in events:
            if isinstance(event, Release):
                if (onset := self._down.pop(event.pitch, None)) is not None:
                    length_beats = event.beats - onset.beats
                    self._phrase.append(Note(onset.beats, length_beats, onset.pitch, onset.velocity, onset.part))
            elif event.human:
                if self._answered:
                    self._phrase, self._answered = [], False
                self._down[event.pitch] = event
            else:
                self._answered = True

    def play(self, ask: Ask) -> Iterator[Note]:
        """The phrase, moved to where the answer begins."""
        notes = sorted(self._phrase, key=lambda note: note.onset_beats)
        for note in notes:
            onset_beats = note.onset_beats - notes[0].onset_beats + ask.start_beats
            if onset_beats < ask.end_beats:
                yield Note(onset_beats, note.length_beats, note.pitch, note.velocity, ask.parts[0])


class Drone:
    """A mind that plays one short note on every beat, in every part; each human note it has heard raises it a semitone."""

    def __init__(self) -> None:
        self._heard = 0

    def reset(self, seed: int) -> None:
        """Begin at the bottom."""
        self._heard = 0

    def hear(self, events: Sequence[Sounded]) -> None:
        """Count the human's notes."""
        self._heard += sum(isinstance(event, Onset) and event.human for event in events)

    def play(self, ask: Ask) -> Iterator[Note]:
        """C3 and upwards."""
        for beat in range(int(ask.start_beats) + 1, int(ask.end_beats) + 1):
            for part in ask.parts:
                if beat < ask.end_beats:
                    yield Note(float(beat), 0.5, 47 + self._heard, 80, part)


class Silence:
    """A mind with nothing to say."""

    def reset(self, seed: int) -> None:
        """Nothing to forget."""

    def hear(self, events: Sequence[Sounded]) -> None:
        """In one ear, out of the other."""

    def play(self, ask: Ask) -> Iterator[Note]:
        """Rest."""
        yield from ()


MODELS: dict[str, type[Model]] = {"echo": Echo, "drone": Drone, "silence": Silence}


class Stage:
    """Write with `hear`, `cue`, `pull` and `post`; play with `run`; read with `heard`, `cues` and `sounding`."""

    def __init__(self) -> None:
        self.script = Script()
        self.clock = StageClock(self.script)
        self.outputs = MemoryOutputs(self.clock.now)
        self.tape = Tape()
        self.messages: list[tuple[float, Message]] = []
        self.session: Session

    def begin(
        self,
        mode: str = "listen",
        model: str | Model = "echo",
        latency_s: float = 0.0,
        mind: Callable[[Stage], Mind] | None = None,
        real_ports: bool = False,
        **settings: object,
    ) -> Session:
        """Set the stage. At 60 bpm, which it keeps, seconds are beats. `settings` are config keys of any section.

        With `real_ports` the parts go where the config sends them, else where the names above say.
        """
        config = stage_config(mode=mode, **settings)
        model = MODELS[model]() if isinstance(model, str) else model
        tempo = TempoMap(config.clock.bpm)
        routing = plugs(config)[2] if real_ports else stage_routing(config)
        hands = Hands(tempo, self.outputs, routing, config.timing.max_late_ms / 1000.0)
        chosen = mind(self) if mind else RehearsalMind(model, self.clock.now, self.script.post, latency_s)
        self.session = Session(config, tempo, hands, chosen, Show(tempo, config.agent.name, "test"))
        return self.session

    def hear(self, *lines: str, port: str = KEYS, velocity: int = 80) -> None:
        """The human plays: `C4 at 0.0 for 0.4`; without a length the key stays down."""
        for line in lines:
            found = _SCORE_LINE.fullmatch(line)
            assert found is not None, f"not a line of a score: {line}"
            pitch, at = pitch_of(found["pitch"]), float(found["at"])
            self.post(Heard(at, port, NoteOn(pitch, velocity)))
            if found["length"]:
                self.post(Heard(at + float(found["length"]), port, NoteOff(pitch)))

    def cue(self, address: str, *args: int | float | str, at: float) -> None:
        """Somebody turns a knob or a patch sends a cue."""
        self.post(Cue(at, address, args, "test"))

    def pull(self, port: str, at: float) -> None:
        """A cable is pulled."""
        self.post(PortNews(at, port, "in" if port == KEYS else "out", present=False))

    def plug(self, port: str, at: float) -> None:
        """The cable is back."""
        self.post(PortNews(at, port, "in" if port == KEYS else "out", present=True))

    def worker(self, alive: bool, at: float) -> None:
        """The model's worker comes or goes."""
        self.post(MindNews(at, alive, "test"))

    def post(self, item: Item) -> None:
        """Anything else that happens."""
        self.script.post(item)

    def run(self, until_s: float) -> None:
        """Play the evening up to here and leave the stage."""
        performer = Performer(self.session, self.clock, self.tape, self._carry)
        performer.perform(lambda: self.clock.now() < until_s)

    def heard(self, port: str | None = None) -> list[str]:
        """What the agent (and the human's thru) sounded, as a score."""
        return self.outputs.score(port)

    def cues(self, address: str) -> list[tuple[int | float | str, ...]]:
        """The arguments of every message to an address; a state that is only said again counts once."""
        said = [args for _, (name, args) in self.messages if name == address]
        return [args for args, _ in groupby(said)] if address in STATE else said

    def said(self, address: str, at: float) -> int | float | str:
        """The first argument of the last message to an address up to an instant."""
        return [args[0] for seconds, (name, args) in self.messages if name == address and seconds <= at][-1]

    def sounding(self) -> set[tuple[str, int, int]]:
        """What hangs."""
        return self.outputs.sounding()

    def _carry(self, now: float, messages: list[Message]) -> None:
        self.messages += [(now, message) for message in messages]


def stage_config(**settings: object) -> Config:
    """A config from keys of any section, or whole sections: `stage_config(mode="listen", breath_s=0.5, mix={"level": 0.5})`."""
    sections: dict[str, dict[str, object]] = {"clock": {"sync": "internal", "bpm": 60.0}, "music": {"humanize": 0.0}}
    for key, value in settings.items():
        if isinstance(value, dict) and key in Config.model_fields:
            sections[key] = sections.get(key, {}) | value
            continue
        (section,) = (name for name, part in Config() if key in type(part).model_fields)
        sections.setdefault(section, {})[key] = value
    return change(Config(), **sections)


def stage_routing(config: Config) -> Routing:
    """Every part on the synth, the bass on its own amplifier."""
    places = {part: (BASS if part == "bass" else OUT, channel - 1) for part, channel in config.midi.channels.items()}
    return Routing(dict(places), (OUT, config.midi.thru_channel - 1) if config.midi.thru else None)
