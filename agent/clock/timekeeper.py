"""The session's time: the conductor who follows, the clock that others follow, and the alarms that both need."""

from __future__ import annotations

from agent.clock.clock_out import ClockOut
from agent.clock.conductor import Conductor, Transport
from agent.config import Config
from agent.items import Clocked, Shared
from agent.play.hands import Hands
from agent.play.scheduler import Alarm
from models.music import Metre, Moment
from models.tempo import TempoMap

ALARMS = ("clock", "tick", "ponder")
"""What the tags of our alarms begin with."""
PONDER_SECONDS = 0.0015
"""Finding the beat takes up to a millisecond: too long to stand between a key and the notes that are due."""
BREATH_SECONDS = 0.0003
OLDEST_ONSET_SECONDS = 0.05
"""However many notes are due, the beat of an onset is looked for by then."""


class Timekeeper:
    """Whatever concerns the beat goes through here. Runs on the loop."""

    def __init__(self, config: Config, tempo: TempoMap, hands: Hands) -> None:
        self.conductor = Conductor(tempo, Metre(config.clock.beats_per_bar), config.clock.sync)
        self._tempo, self._hands = tempo, hands
        self._out = ClockOut(tempo, hands) if config.clock.send else None
        self._watching_until: float | None = None
        self._unpondered: list[tuple[float, int, int]] = []  # seconds, velocity, pitch

    def begin(self, seconds: float) -> None:
        """The evening begins: so does our clock."""
        self._run_on(seconds)

    def end(self) -> None:
        """Whoever follows us stops, too."""
        if self._out is not None:
            self._out.stop()

    def moment(self, now: float) -> Moment:
        """This instant, after everything that time alone has settled."""
        self.conductor.settle(now)
        self._watch()
        return self._tempo.moment(now)

    def hear(self, item: Clocked | Shared) -> Transport:
        """A master or a peer tells its beat. Its transport is passed on to those who follow us, and returned."""
        asked = self.conductor.clocked(item) if isinstance(item, Clocked) else self.conductor.shared(item)
        self._watch()
        if asked:
            self.end()
        if asked == "go":
            self._run_on(item.seconds)
        return asked

    def run(self, on: bool, seconds: float) -> None:
        """Somebody at our own desk stops us, or lets us go on; those who follow us do the same."""
        self.conductor.run(on)
        if on:
            self._run_on(seconds)
        else:
            self.end()

    def heard(self, seconds: float, velocity: int, pitch: int) -> None:
        """A note of the human's began. What it says of the beat is thought about as soon as no note is due."""
        self._unpondered.append((seconds, velocity, pitch))
        if len(self._unpondered) == 1:
            self._hands.scheduler.alarm("ponder:", seconds=seconds + PONDER_SECONDS)

    def woke(self, alarm: Alarm, now: float) -> None:
        """One of our alarms has rung."""
        if alarm.tag == "ponder:":
            self._ponder(now)
        elif alarm.tag == "clock:":
            self._watching_until = None
            self._watch()
        elif self._out is not None:
            self._out.woke(alarm.tag, now)

    def _ponder(self, now: float) -> None:
        due = self._hands.scheduler.next_due()
        fresh = now - self._unpondered[0][0] < OLDEST_ONSET_SECONDS
        if fresh and due is not None and due - now < PONDER_SECONDS:
            self._hands.scheduler.alarm("ponder:", seconds=due + PONDER_SECONDS)
            return
        self.conductor.heard(*self._unpondered.pop(0))
        if self._unpondered:  # one at a time: a note may come in between
            self._hands.scheduler.alarm("ponder:", seconds=now + BREATH_SECONDS)

    def _run_on(self, seconds: float) -> None:
        if self._out is not None:
            beats = self._tempo.beats_at(seconds)
            self._out.start(beats, self.conductor.song_beats(beats))

    def _watch(self) -> None:
        # One alarm at a time: ticks put off what the conductor waits for fifty times a second.
        wanted = self.conductor.wants_at_seconds
        if wanted is not None and (self._watching_until is None or wanted < self._watching_until):
            self._watching_until = wanted
            self._hands.scheduler.alarm("clock:", seconds=wanted)
