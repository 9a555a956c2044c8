"""What a mode may know of the evening: the View, read off the session's parts. Read only."""

from __future__ import annotations

from agent.config import Config
from agent.listen.chord import QUALITIES
from agent.listen.listener import Listener
from agent.play.controls import Controls
from agent.play.hands import Hands
from agent.play.performance import Performance
from agent.play.planner import Planner
from models.music import Knobs, Metre, Moment, Note
from models.tempo import TempoMap


class Outlook:
    """The session as modes see it. Runs on the loop."""

    config: Config
    tempo: TempoMap
    hands: Hands
    listener: Listener
    performance: Performance
    controls: Controls
    now: Moment
    metre: Metre
    planner: Planner

    @property
    def knobs(self) -> Knobs:
        """How to play just now."""
        return self.controls.knobs

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that the agent plays and that are not muted."""
        return () if self.controls.muted else tuple(part for part in self.config.agent.parts if self.hands.band.plays(part))

    @property
    def commit_beats(self) -> float:
        """What lies nearer than this will sound whatever happens."""
        return self.config.timing.commit_ms / 1000.0 * self.tempo.bpm / 60.0

    @property
    def lookahead_beats(self) -> float:
        """How far plans reach."""
        return self.config.timing.lookahead_beats

    @property
    def breath_seconds(self) -> float:
        """How long a silence ends a phrase."""
        return self.config.timing.breath_s

    @property
    def keys_down(self) -> int:
        """How many keys the human holds."""
        return len(self.performance.keys_down())

    @property
    def held(self) -> tuple[int, ...]:
        """The pitches of those keys."""
        return tuple(self.performance.keys_down())

    @property
    def key(self) -> tuple[int, int]:
        """The key that is held, else the one that is heard."""
        return self.controls.knobs.key or self.listener.key

    @property
    def chord(self) -> tuple[int, ...]:
        """Pitch classes of the chord that is heard, root first."""
        chord = self.listener.chord
        if chord is None:
            return ()
        tones = list(QUALITIES.values())[chord.quality]
        return tuple((chord.root + tone) % 12 for tone in tones)

    @property
    def human_density(self) -> float:
        """How many notes the human plays just now: 1 is eight a beat."""
        return self.listener.density(self.now.beats)

    @property
    def agent_notes(self) -> list[Note]:
        """The agent's recent notes."""
        return list(self.performance.agent)

    @property
    def human_notes(self) -> list[Note]:
        """The human's recent closed notes."""
        return list(self.performance.human)

    @property
    def planned_end_beats(self) -> float:
        """Where the last of the agent's notes ends; one that is tied to a key of the human's has no end yet."""
        notes = [*self.hands.scheduler.waiting(), *self.hands.scheduler.sounding()]
        return max((p.note.end_beats for p in notes if not p.held), default=float("-inf"))

    @property
    def plan_pending(self) -> bool:
        """Whether the model still owes notes."""
        return self.planner.pending

    def seconds_at(self, beats: float) -> float:
        """The instant of a beat."""
        return self.tempo.seconds_at(beats)
