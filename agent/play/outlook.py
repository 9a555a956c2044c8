"""What a mode may know of the evening: the View, read off the session's parts. Read only."""

from __future__ import annotations

from dataclasses import replace

from agent.clock.conductor import Conductor
from agent.config import Config
from agent.listen.chord import QUALITIES
from agent.listen.listener import Listener
from agent.play.chart import Form
from agent.play.controls import Controls
from agent.play.hands import Hands
from agent.play.left_hand import LeftHand
from agent.play.performance import Performance
from agent.play.planner import Planner
from models.music import Knobs, Metre, Moment, Note, change_at
from models.tempo import TempoMap

OUTPUT_SECONDS = 0.005
"""From here to the instrument."""


class Outlook:
    """The session as modes see it. Runs on the loop."""

    config: Config
    tempo: TempoMap
    hands: Hands
    listener: Listener
    performance: Performance
    controls: Controls
    now: Moment
    conductor: Conductor
    form: Form
    left_hand: LeftHand
    fill_until_beats: float
    planner: Planner

    @property
    def metre(self) -> Metre:
        """How beats fall into bars; a master that counts them may move the bar line."""
        return self.conductor.metre

    @property
    def knobs(self) -> Knobs:
        """How to play just now; in a fill, more of it."""
        knobs = self.controls.knobs
        if self.now.beats >= self.fill_until_beats:
            return knobs
        return replace(knobs, density=min(knobs.density + 0.35, 1.0), energy=min(knobs.energy + 0.15, 1.0))

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts that the agent plays and that are not muted; none while the transport of who leads stands still."""
        if self.controls.muted or not self.conductor.running:
            return ()
        return tuple(part for part in self.config.agent.parts if self.hands.band.plays(part))

    @property
    def commit_beats(self) -> float:
        """What lies nearer than this will sound whatever happens: as near as the model's answers can reach."""
        timing = self.config.timing
        lead_seconds = max(timing.lead_ms / 1000.0, OUTPUT_SECONDS)
        reach_seconds = max(timing.commit_ms / 1000.0, self.planner.answer_seconds + lead_seconds)
        reach_seconds += self.hands.delivery.early_seconds
        return min(reach_seconds * self.tempo.bpm / 60.0, self.config.timing.lookahead_beats / 2)

    @property
    def lookahead_beats(self) -> float:
        """How far plans reach."""
        return self.config.timing.lookahead_beats

    @property
    def breath_seconds(self) -> float:
        """How long a silence ends a phrase."""
        return self.config.timing.breath_s

    @property
    def trade_beats(self) -> float:
        """So many bars as the rig says."""
        return float(self.config.timing.trade_bars * self.metre.beats_per_bar)

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
        """The key that is held, else that of the chart, else the one that is heard."""
        chart = self.form.chart
        return self.controls.knobs.key or (chart.key if chart else None) or self.listener.key

    @property
    def chord(self) -> tuple[int, ...]:
        """Pitch classes of the chord that the left hand holds, or of the chart's, else of the one that is heard, root first."""
        if self.left_hand.law is not None:
            return self.left_hand.law.pitch_classes
        if given := change_at(self.form.changes(self.now.beats, self.now.beats + 0.01, self.metre), self.now.beats):
            return given.pitch_classes
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
