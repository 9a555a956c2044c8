"""Everything the room is told besides notes: the session reports here, and the loop carries it to the targets.

It only watches: nothing here changes what is played. Runs on the loop.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from agent.items import Insight
from agent.play.mode import TURN_STATES
from agent.play.scheduler import Planned
from agent.show.cues import IN, OUT, STATE, Message
from agent.show.lookahead import Lookahead, nearer
from models.music import NoteOff, NoteOn
from models.tempo import TempoMap

RESEND_SECONDS = 2.0
SCHEMA = 2


class Show:
    """Collects messages until the loop takes them."""

    def __init__(self, tempo: TempoMap, name: str, version: str, ahead_seconds: float = 0.5) -> None:
        self.lateness_ms: deque[float] = deque(maxlen=1000)
        self.late_ms = {"p50": 0.0, "p95": 0.0, "p99": 0.0, "max": 0.0}
        self.turn_state = "idle"
        self.reason = self.look_wanted = ""
        self.last_error = ""
        self.ports: dict[str, bool] = {}
        self.health = 0
        self.insight: Insight | None = None
        self._hello = (name, version, SCHEMA)
        self._messages: list[Message] = []
        self._state: dict[str, tuple[int | float | str, ...]] = {}
        self.lookahead = Lookahead(tempo, self._say, ahead_seconds)
        self._counts: dict[str, int] = {}
        self._held: dict[str, int] = {}
        self._human_ids: dict[int, int] = {}
        self._resend_at_seconds = 0.0
        self._say("/sys/hello", *self._hello)
        self.look("auto")

    @property
    def has_news(self) -> bool:
        """Whether anything has been said that nobody has taken."""
        return bool(self._messages)

    def take(self, now: float) -> list[Message]:
        """What has been said since the last call. How soon something sounds is counted from here, not from when it was said."""
        messages, self._messages = self._messages, []
        return nearer(messages, now)

    def human(self, event: NoteOn | NoteOff, keys_down: int) -> None:
        """The human pressed or released a key."""
        if isinstance(event, NoteOn):
            self._human_ids[event.pitch] = self._count("human")
            self._say("/human/note", self._human_ids[event.pitch], event.pitch, event.velocity / 127.0, event.channel + 1, 1)
            self._say("/human/count", self._counts["human"])
        else:
            self._say("/human/note", self._human_ids.pop(event.pitch, 0), event.pitch, 0.0, event.channel + 1, 0)
        self._sounds("human", keys_down, event.pitch if isinstance(event, NoteOn) else None)

    def struck(self, planned: Planned) -> None:
        """A note of the agent's begins."""
        self.lookahead.struck(planned)
        self._voice(planned, on=1)

    def released(self, planned: Planned) -> None:
        """A note of the agent's ends."""
        self._voice(planned, on=0)

    def cancelled(self, gone: Iterable[Planned]) -> None:
        """Planned notes were taken back; those that were announced are called off."""
        self.lookahead.cancelled(gone)

    def state(self, address: str, *args: int | float | str) -> None:
        """A continuous value: said only when it has changed."""
        if self._state.get(address) != args:
            self._state[address] = args
            self._say(address, *args)

    def said(self, address: str) -> int | float | str:
        """The first argument of the last word on a state; before the first word 0, or nothing for a name."""
        return (self._state.get(address) or ("" if OUT[address].types == "s" else 0,))[0]

    def turn(self, agent: float, state: str) -> None:
        """Whose turn it is."""
        self.turn_state = state
        self.state("/turn", agent)
        self.state("/turn/state", TURN_STATES.index(state))

    def mode(self, name: str) -> None:
        """How it plays now."""
        self.state("/mode", name)

    def why(self, sentence: str) -> None:
        """Why it plays as it does."""
        self.reason = sentence
        self.state("/text/why", sentence[:200])

    def look(self, name: str) -> None:
        """How the picture is to look from now on."""
        self.look_wanted = name
        self.state("/look", name)

    def mind(self, alive: bool, name: str) -> None:
        """The model came or went."""
        self.mind_well(alive)
        if not alive:
            self.error(f"the model is away ({name or 'link closed'}): the fallback plays")

    def mind_well(self, well: bool) -> None:
        """The model answers again, or the fallback does."""
        self.health = 0 if well else 2
        self.state("/sys/health", self.health)

    def port(self, name: str, present: bool) -> None:
        """A port came or went."""
        self.ports = {**self.ports, name: present}
        self._say("/sys/midi", int(present), name)

    def kept(self, path: str, bars: int) -> None:
        """So many bars are being written into a file."""
        self._say("/sys/kept", path[-200:], bars)

    def learned(self, address: str, channel: int, controller: int) -> None:
        """A knob has been learnt."""
        self._say("/sys/learned", address, channel, controller)

    def error(self, sentence: str) -> None:
        """Something a person should know."""
        self.last_error = sentence
        self._say("/sys/error", sentence[:200])

    def notes(self, voice: str) -> int:
        """How many notes a voice has begun so far: `human`, `agent`, or `agent/` and a part."""
        return self._counts.get(voice, 0)

    def refresh(self) -> None:
        """Say every state again: somebody has just opened a picture."""
        self._say("/sys/hello", *self._hello)
        self._resend_at_seconds = 0.0  # by the next look, however many ask

    def forget(self, address: str) -> None:
        """Say this state again even if it has not changed: somebody wanted it otherwise, and has to see where it is."""
        self._state.pop(address, None)

    def resend(self, now: float) -> None:
        """UDP loses packets: every state, and where every knob stands, is said again every two seconds."""
        if now >= self._resend_at_seconds:
            self._resend_at_seconds = now + RESEND_SECONDS
            self._messages += [(a, args) for a, args in self._state.items() if a in STATE or a in IN]

    def pong(self) -> None:
        """Answer a ping."""
        self._say("/sys/pong", self._count("pong"))

    def late(self, seconds: float) -> None:
        """A note of ours has left so late."""
        self.lateness_ms.append(max(seconds, 0.0) * 1000.0)

    def heartbeat(self) -> None:
        """Once a second: alive."""
        self._say("/sys/heartbeat", self._count("heartbeat"))

    def _voice(self, planned: Planned, on: int) -> None:
        note = planned.note
        for voice in ("agent", f"agent/{note.part}"):
            self._held[voice] = max(self._held.get(voice, 0) + (1 if on else -1), 0)
            velocity = note.velocity / 127.0 if on else 0.0
            self._say(f"/{voice}/note", planned.id, note.pitch, velocity, planned.channel + 1, on)
            if on:
                self._say(f"/{voice}/count", self._count(voice))
            self._sounds(voice, self._held[voice], note.pitch if on else None)

    def _sounds(self, voice: str, held: int, struck: int | None) -> None:
        self._say(f"/{voice}/held", held)
        self.state(f"/{voice}/on", float(held > 0))
        if struck is not None:
            self.state(f"/{voice}/pitch", round(struck / 127.0, 3))
            self.state(f"/{voice}/pc", struck % 12)

    def _count(self, name: str) -> int:
        self._counts[name] = self._counts.get(name, 0) + 1
        return self._counts[name]

    def _say(self, address: str, *args: int | float | str) -> None:
        self._messages.append((address, args))
