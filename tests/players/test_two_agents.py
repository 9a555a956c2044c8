"""Two Antiphons play with each other, their modes changing at random: nothing hangs, nothing grows, nobody stumbles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from agent.clock.inbox import Script
from agent.items import Cue, Heard, Item
from agent.mind import RehearsalMind
from agent.performer import step
from agent.play.hands import Hands, Sent
from agent.play.modes import MODES
from agent.play.session import Session
from agent.show.show import Show
from models.markov import MarkovMind
from models.music import Event, NoteOff, NoteOn
from models.tempo import TempoMap
from tests.play.test_properties import assert_alternating
from tests.stage import KEYS, stage_config, stage_routing

MINUTES = 3.0
BPM = 100.0


@dataclass
class Agent:
    """One of the two, with an inbox of its own; it has no eyes for the clock but is told the time."""

    parts: tuple[str, ...]
    seed: int
    sync: str = "estimate"
    now: float = 0.0
    inbox: Script = field(default_factory=Script)
    events: list[tuple[float, str, Event]] = field(default_factory=list)

    def __post_init__(self) -> None:
        config = stage_config(mode="together", sync=self.sync, bpm=BPM, parts=self.parts, seed=self.seed)
        tempo, model = TempoMap(config.clock.bpm), MarkovMind()
        model.reset(self.seed)
        mind = RehearsalMind(model, lambda: self.now, self.inbox.post, 0.03)
        self.session = Session(config, tempo, Hands(tempo, self, stage_routing(config)), mind, Show(tempo, "one", "test"))
        self.session.begin(0.0)

    def send(self, port: str, event: Event) -> bool:
        """Sound."""
        self.events.append((self.now, port, event))
        return True

    def next_seconds(self) -> float:
        """When something happens here."""
        return min(seconds for seconds in (self.session.next_due(), self.inbox.next_seconds(), 1e9) if seconds is not None)

    def live(self, now: float) -> list[Sent]:
        """Do all that is due."""
        self.now = now
        due: list[Item | None] = [None]
        while (coming := self.inbox.next_seconds()) is not None and coming <= now:
            due.append(self.inbox.take())
        return [sent for item in due for sent in step(self.session, item, now)]

    def listen_to(self, sent: list[Sent], now: float) -> None:
        """Hear the other, but for the drums."""
        for event in (s.event for s in sent if s.voice != "drums"):
            if isinstance(event, (NoteOn, NoteOff)):
                self.inbox.post(Heard(now, KEYS, event))


def jam(minutes: float, seed: int, watch: Callable[[Agent, Agent, float], None] = lambda *_: None) -> tuple[Agent, Agent]:
    """Both on one clock that jumps; every so often somebody changes the mode of one. The first keeps the time, the second
    hears it in what the first plays: two who only follow each other have nobody to follow. `watch` sees every moment."""
    rng = Random(seed)
    first, second = Agent(("lead", "comp"), 1, "internal"), Agent(("comp", "bass", "drums"), 2)
    now, change_s = 0.0, 10.0
    while now < minutes * 60.0:
        now = max(now, min(first.next_seconds(), second.next_seconds(), change_s))
        if now >= change_s:
            change_s = now + rng.uniform(5.0, 25.0)
            whom, mode, when = rng.choice((first, second)), rng.choice(list(MODES)), rng.choice(("now", "beat", "bar"))
            whom.inbox.post(Cue(now, "/ctl/mode", (mode, when)))
        for one, other in ((first, second), (second, first)):
            other.listen_to(one.live(now), now)
        watch(first, second, now)
    first.session.end(now)
    second.session.end(now)
    return first, second


def test_they_play_for_minutes_and_nothing_hangs_or_piles_up() -> None:
    # With some seeds both come to listen or to answer only, and nobody begins: rightly, they are silent then.
    for one in jam(MINUTES, seed=6):
        assert len(one.events) > 500
        assert_alternating(one.events)
        assert one.session.hands.ledger.sounding() == []
        assert len(one.session.hands.scheduler._by_beats) < 1000
        errors = [args for address, args in one.session.show.take(one.now) if address == "/sys/error"]
        assert errors == []
