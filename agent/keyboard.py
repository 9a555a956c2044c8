"""The demo's guest: somebody who plays a tune on a keyboard as people do, a little early, a little late, never twice alike.

First the tune, with the agent accompanying; then phrase by phrase, leaving room for the agent's answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import cycle
from math import ceil, pi, sin
from random import Random
from threading import Event, Thread

from agent.items import Cue, Item
from agent.ports.codec import write_midi
from agent.tunes import PHRASE_BEATS, Tune, load_tune
from models.music import Note, NoteOff, NoteOn

Played = tuple[float, bytes]
"""When (session seconds) and what, as a keyboard sends it."""
Wait = Callable[[float], bool]
"""Let this many seconds pass; true when the guest is asked to stop."""

READY_SECONDS = 6.0
"""The guest waits this long for the model to take its seat, then plays anyway."""
LEAD_IN_SECONDS = 0.4
LOOK_SECONDS = 0.05
ANSWER_BEGINS_SECONDS, ANSWER_ENDS_SECONDS = 3.0, 12.0
REST_BEATS = 11.0
"""What the guest leaves for an answer when nobody tells whose turn it is."""
CODA_SECONDS = 1.5
"""The guest strikes nothing in the last moments, so that the evening ends with notes that ring out."""


@dataclass(frozen=True, slots=True)
class Script:
    """What the guest is asked to do. Without a mode: the tune for half of the time (else once), then a conversation."""

    tune: str
    seed: int = 0
    mode: str | None = None
    seconds: float | None = None


def _nobody(item: Item) -> None:
    """A room in which cues lead nowhere."""


@dataclass(frozen=True, slots=True)
class Room:
    """What the guest touches and sees. `turn` tells whose turn it is, in the words of `TURN_STATES`."""

    now: Callable[[], float]
    keys: Callable[[bytes, float], None]
    post: Callable[[Item], None] = _nobody
    turn: Callable[[], str] | None = None
    ready: Callable[[], bool] = lambda: True


class Hand:
    """The human touch: jitter, a breathing tempo, phrases that swell and fall, legato and detached notes. Seeded."""

    JITTER_SECONDS = 0.012
    SWAY_SECONDS, SWAY_BEATS = 0.03, 16.0
    SHORTEST_SECONDS, GAP_SECONDS = 0.06, 0.03

    def __init__(self, seed: int, bpm: float) -> None:
        self._random = Random(seed)
        self._beat_seconds = 60.0 / bpm

    def seconds_at(self, beats: float) -> float:
        """Where this hand feels a beat, from its own first beat."""
        return beats * self._beat_seconds + self.SWAY_SECONDS * sin(2 * pi * beats / self.SWAY_BEATS)

    def touch(self, phrase: Iterable[Note], begin_beats: float) -> list[Played]:
        """A written phrase as this hand plays it."""
        notes = list(phrase)
        onsets = [self.seconds_at(begin_beats + n.onset_beats) + self._jitter() for n in notes]
        played: list[tuple[float, int, bytes]] = []
        for number, note in enumerate(notes):
            began = onsets[number]
            ended = began + note.length_beats * self._beat_seconds * self._held_share()
            again = next((i for i in range(number + 1, len(notes)) if notes[i].pitch == note.pitch), None)
            if again is not None:  # a key must come up before it can be struck again
                ended = min(ended, onsets[again] - self.GAP_SECONDS)
            ended = max(ended, began + self.SHORTEST_SECONDS)
            played.append((began, 1, write_midi(NoteOn(note.pitch, self._velocity(note)))))
            played.append((ended, 0, write_midi(NoteOff(note.pitch))))
        return [(seconds, data) for seconds, _, data in sorted(played)]

    def _jitter(self) -> float:
        return min(max(self._random.gauss(0.0, self.JITTER_SECONDS), -0.035), 0.035)

    def _held_share(self) -> float:
        legato = self._random.random() < 0.6
        return self._random.uniform(1.0, 1.06) if legato else self._random.uniform(0.72, 0.95)

    def _velocity(self, note: Note) -> int:
        swell = 14.0 * sin(pi * min(note.onset_beats / PHRASE_BEATS, 1.0))
        accent = 6.0 if note.onset_beats % 4 == 0 else 2.0 if note.onset_beats % 2 == 0 else 0.0
        return round(min(max(66.0 + swell + accent + self._random.gauss(0.0, 4.0), 30.0), 115.0))


class _Enough(Exception):
    """The guest was asked to stop, or the time is up."""


class Keyboard:
    """The guest at the keyboard. `start` and `stop` run them on a thread; `perform` on whatever clock `wait` keeps."""

    def __init__(self, script: Script, room: Room) -> None:
        self._script, self._room = script, room
        self._tune: Tune = load_tune(script.tune)
        self._hand = Hand(script.seed, self._tune.bpm)
        self._wait: Wait = lambda seconds: True
        self._zero_seconds = 0.0
        self._down: set[int] = set()
        self._stop = Event()
        self._thread = Thread(target=self.perform, args=(self._stop.wait,), name="guest", daemon=True)

    def start(self) -> None:
        """Begin to play."""
        self._thread.start()

    def stop(self) -> None:
        """Stop playing; no key is left down."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    def perform(self, wait: Wait) -> None:
        """The whole evening, from the first note until asked to stop."""
        self._wait = wait
        try:
            self._look_until(self._room.ready, READY_SECONDS)
            self._zero_seconds = self._room.now() + LEAD_IN_SECONDS
            self._play_tune_and_trade()
        except _Enough:
            self._lift_all()

    def _play_tune_and_trade(self) -> None:
        beats, trading = 0.0, self._script.mode == "call_response"
        for phrase in cycle(self._tune.phrases):
            if not trading and self._script.mode is None and self._time_to_trade(beats):
                trading = True
                self._room.post(Cue(self._room.now(), "/ctl/mode", ("call_response",), "guest"))
            self._play(phrase, beats)
            beats = self._beat_after_answer() if trading else beats + PHRASE_BEATS

    def _time_to_trade(self, beats: float) -> bool:
        if self._script.seconds is None:
            return beats >= self._tune.notes[-1].end_beats
        begins_seconds = self._zero_seconds + self._hand.seconds_at(beats)
        return begins_seconds >= self._script.seconds / 2 - PHRASE_BEATS / 2 * 60.0 / self._tune.bpm

    def _play(self, phrase: Iterable[Note], begin_beats: float) -> None:
        for seconds, data in self._hand.touch(phrase, begin_beats):
            due = self._zero_seconds + seconds
            self._until(due)
            strikes = data[0] & 0xF0 == 0x90
            if strikes and self._script.seconds is not None and due > self._script.seconds - CODA_SECONDS:
                raise _Enough
            (self._down.add if strikes else self._down.discard)(data[1])
            self._room.keys(data, self._room.now())

    def _beat_after_answer(self) -> float:
        """Listen to the answer; the beat on which to go on."""
        turn = self._room.turn
        if turn is None:
            self._until(self._room.now() + REST_BEATS * 60.0 / self._tune.bpm)
        else:
            self._look_until(lambda: turn() in ("think", "play"), ANSWER_BEGINS_SECONDS)
            self._look_until(lambda: turn() not in ("think", "play"), ANSWER_ENDS_SECONDS)
        passed_beats = (self._room.now() - self._zero_seconds) * self._tune.bpm / 60.0
        return ceil((passed_beats + 0.25) / 2) * 2.0

    def _until(self, seconds: float) -> None:
        if self._wait(max(seconds - self._room.now(), 0.0)):
            raise _Enough

    def _look_until(self, seen: Callable[[], bool], longest_seconds: float) -> None:
        give_up = self._room.now() + longest_seconds
        while not seen() and self._room.now() < give_up:
            self._until(self._room.now() + LOOK_SECONDS)

    def _lift_all(self) -> None:
        for pitch in sorted(self._down):
            self._room.keys(write_midi(NoteOff(pitch)), self._room.now())
        self._down.clear()


def events(script: Script, seconds: float) -> list[Played]:
    """The same guest without a clock: everything they would play in so many seconds, leaving room for answers unheard."""
    played: list[Played] = []
    here = [0.0]

    def wait(for_seconds: float) -> bool:
        here[0] = min(here[0] + for_seconds, seconds)
        return here[0] >= seconds

    room = Room(now=lambda: here[0], keys=lambda data, at: played.append((at, data)))
    Keyboard(script, room).perform(wait)
    return played
