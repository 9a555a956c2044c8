"""Who leads: it chooses among those who tell a beat, and bends the tempo map towards theirs. The beat itself never jumps.

Link goes before MIDI clock, that before tapping, that before the human's own beat; without any of them the tempo is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, Protocol

from agent.clock.sources.estimate import Estimate
from agent.clock.sources.midi import MidiClock
from agent.clock.sources.shared import LinkBeat
from agent.clock.sources.source import FASTEST_BPM, SLOWEST_BPM, Lead, Source
from agent.clock.sources.tap import Tap
from agent.items import Clocked, Shared
from models.music import Metre
from models.tempo import TempoMap

Transport = Literal["", "stop", "go"]
"""What a master's transport asks of us: to be silent, or to begin anew from where it is."""

FOLLOWED: dict[str, tuple[str, ...]] = {
    "auto": ("link", "midi", "tap", "estimate"),
    "link": ("link", "tap"),
    "midi": ("midi", "tap"),
    "estimate": ("tap", "estimate"),
    "internal": ("tap",),
}
"""`clock.sync` → who may lead, the best first. Tapping is a hand on the tempo, as naming one is, and always allowed."""
MOST_BEND = 0.25
"""We hurry or drag at most by this share to make an error good."""
TRUE_ENOUGH_SECONDS = 0.0003
SAME_BPM = 0.01
NEAR_BEATS = 0.02
"""A master that lands this near to a beat of ours is met by bending; else we leap ahead to meet it."""
TICKS_BETWEEN_LOOKS = 3


class Others(Protocol):
    """Those who share our tempo. Safe from any thread, and returns at once."""

    def offer(self, bpm: float, beats: float, seconds: float) -> None:
        """Tell our beat, for somebody who joins while we are alone."""

    def propose(self, bpm: float) -> None:
        """Change the tempo for all."""

    def press(self, playing: bool) -> None:
        """Start or stop all."""


class Conductor:
    """Keeps the tempo map true to its source. Runs on the loop."""

    def __init__(self, tempo: TempoMap, metre: Metre, sync: str) -> None:
        self.metre = metre
        self.running = True
        self.others: Others | None = None
        self._tempo = tempo
        self._sync = sync
        self._followed = FOLLOWED[sync]
        self._link, self._midi, self._tap, self._estimate = LinkBeat(), MidiClock(""), Tap(), Estimate()
        self._leader: Source | None = None
        self._lead: Lead | None = None
        self._ahead_beats: int | None = None  # the leader's beat number less ours, where it counts its beats
        self._bent_until_seconds: float | None = None
        self._pressed: bool | None = None  # what we have asked all others for: it comes back to us as everybody's

    @property
    def source(self) -> str:
        """Where the tempo comes from: `link`, `midi`, `tap`, `estimate` or `internal`."""
        return self._leader.name if self._leader else "internal"

    @property
    def lock(self) -> float:
        """How sure the beat is, 0..1."""
        if self._lead is not None:
            return self._lead.lock
        return 0.0 if "estimate" in self._followed else 1.0

    @property
    def wants_at_seconds(self) -> float | None:
        """When it wants to be called even if nothing happens."""
        return self._midi.silent_at_seconds if self._leader is self._midi else self._bent_until_seconds

    def song_beats(self, beats: float) -> float:
        """Our beat as whoever counts the song numbers it."""
        return beats - self.metre.first_beat

    def heard(self, seconds: float, velocity: int, pitch: int = 60) -> None:
        """A note of the human's began: lean towards where it says the beat is, unless somebody better leads."""
        if "estimate" in self._followed and self._estimate.hear(seconds, velocity, pitch):
            self._choose(seconds)
            if self._leader in (None, self._estimate):
                self._lean(seconds)

    def tapped(self, seconds: float) -> None:
        """Somebody taps the beat. In a Link session it is tapped for all."""
        self._tap.hear(seconds)
        self._choose(seconds)
        if self._leader in (None, self._tap):
            self._lean(seconds)
        elif self._leader is self._link and self.others is not None and (lead := self._tap.lead(seconds)) is not None:
            self.others.propose(lead.bpm)

    def clocked(self, item: Clocked) -> Transport:
        """A MIDI clock spoke. Says what its transport asks of us, unless it is Link that leads."""
        if "midi" not in self._followed:
            return ""
        if item.port != self._midi.port and item.seconds >= self._midi.silent_at_seconds:
            self._midi = MidiClock(item.port)
        if item.port != self._midi.port:
            return ""
        word = self._midi.hear(item, self._tempo.beats_at(item.seconds))
        if word == "" or (self._leader is self._link and self._link.lead(item.seconds) is not None):
            return ""
        if word == "tick":
            if self._midi.freshly_begun or round(self._midi.position_beats * 24) % TICKS_BETWEEN_LOOKS == 0:
                self._follow(item.seconds)
            return ""
        self.running = word == "landed"
        if self.running:
            self._land(self._midi.position_beats, item.seconds)
        self._follow(item.seconds)
        return "go" if self.running else "stop"

    def shared(self, item: Shared) -> Transport:
        """The beat of the Link session. Says whether all stop or start."""
        if "link" not in self._followed:
            return ""
        word = self._link.hear(item)
        self._follow(item.seconds)
        if word == "":
            return ""
        pressed, self._pressed = self._pressed, None
        if pressed == (word == "landed"):
            return ""
        self.running = word == "landed"
        return "go" if self.running else "stop"

    def run(self, on: bool) -> None:
        """Somebody at our own desk stops us, or lets us go on: in a Link session, everybody."""
        self.running = on
        if self._leader is self._link and self.others is not None:
            self._pressed = on if on != self._link.playing else None
            self.others.press(on)

    def port_lost(self, port: str, seconds: float) -> None:
        """A cable is out. If a master was at its other end, nobody stops us any more."""
        if port == self._midi.port:
            self._midi = MidiClock("")
            self.running = True
            self._follow(seconds)

    def settle(self, seconds: float) -> None:
        """Once an error has been made good, keep to the pulse itself; once a leader is gone, go on without. Called as time
        passes."""
        wanted = self.wants_at_seconds
        if wanted is not None and seconds >= wanted:
            self._follow(seconds)

    def take_tempo(self, bpm: float, seconds: float) -> str:
        """Somebody names the tempo; from now on it is kept, not followed. Returns a complaint if it is not ours to name."""
        self._choose(seconds)
        if self._leader is self._midi:
            return "the tempo is that of the MIDI clock; change it there"
        if self._leader is self._link:
            if self.others is not None:
                self.others.propose(min(max(bpm, SLOWEST_BPM), FASTEST_BPM))
            return ""
        self._followed = tuple(name for name in self._followed if name != "estimate")
        self._tap.forget()
        self._leader = self._lead = self._bent_until_seconds = None
        self._set(bpm, seconds)
        return ""

    def forget(self, bpm: float, seconds: float) -> None:
        """Somebody else plays now: their beat is looked for from this tempo on, unless a master or a session leads."""
        self._tap, self._estimate, self._followed = Tap(), Estimate(), FOLLOWED[self._sync]
        self._choose(seconds)
        if self._leader is None:
            self._lead = self._bent_until_seconds = None
            self._set(bpm, seconds)

    def _follow(self, now: float) -> None:
        self._choose(now)
        self._lean(now)

    def _choose(self, now: float) -> None:
        sources: dict[str, Source] = {s.name: s for s in (self._link, self._midi, self._tap, self._estimate)}
        for name in self._followed:
            if (lead := sources[name].lead(now)) is not None:
                if self._leader is not sources[name]:
                    self._leader, self._ahead_beats = sources[name], None
                self._lead = lead
                return
        self._leader = None

    def _lean(self, now: float) -> None:
        """Bend the tempo so that the beat comes to where the leader's is; or, without one, keep it unbent."""
        lead = self._lead
        if lead is None:
            return
        self._bent_until_seconds = None
        if self._leader is None:
            self._lead = None
            self._set(lead.bpm, now)
            return
        late_beats = self._late_beats(lead, now)
        bend = min(max(late_beats / lead.catch_up_beats, -MOST_BEND), MOST_BEND)
        if abs(late_beats) * 60.0 / lead.bpm < TRUE_ENOUGH_SECONDS:
            bend = 0.0
        else:
            self._bent_until_seconds = now + lead.catch_up_beats * 60.0 / lead.bpm
        self._set(lead.bpm * (1.0 + bend), now)

    def _late_beats(self, lead: Lead, now: float) -> float:
        """How far our beat is behind the leader's; who counts beats also says where bars begin."""
        away_beats = lead.beats_at(now) - self._tempo.beats_at(now)
        if not lead.counted:
            return away_beats - round(away_beats)
        # Between two beats it must not change its mind about which of them to make for.
        if self._ahead_beats is None or abs(away_beats - self._ahead_beats) > 0.75:
            self._count(round(away_beats))
        assert self._ahead_beats is not None
        return away_beats - self._ahead_beats

    def _land(self, position_beats: float, seconds: float) -> None:
        """A master begins at a place in its song. If no beat of ours is near, we leap ahead to where one agrees with it."""
        ours = self._tempo.beats_at(seconds)
        away_beats = position_beats - ours
        if abs(away_beats - round(away_beats)) > NEAR_BEATS:
            ours += away_beats % 1.0
            self._tempo.leap(ours, seconds)
        self._leader = self._midi
        self._count(round(position_beats - ours))

    def _count(self, ahead_beats: int) -> None:
        self._ahead_beats = ahead_beats
        self.metre = replace(self.metre, first_beat=float(-ahead_beats))

    def _set(self, bpm: float, seconds: float) -> None:
        bpm = min(max(bpm, SLOWEST_BPM), FASTEST_BPM)
        if abs(bpm - self._tempo.bpm) < SAME_BPM:
            return
        self._tempo.change(bpm, seconds)
        if self.others is not None:
            self.others.offer(bpm, self.song_beats(self._tempo.beats_at(seconds)), seconds)
