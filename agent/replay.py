"""The same evening again: every recorded item handed to a fresh session at its recorded instant, and what it sends compared.

The model's draws lie in the recording, so a replay needs no model and loads none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.config import Config, ConfigError
from agent.items import Curtain
from agent.mind import MuteMind
from agent.performer import step
from agent.play.hands import Hands, Sent
from agent.play.session import Session
from agent.recorder import LogError, Pass, read_header, read_passes
from agent.rig import plugs
from agent.scenes import read_scenes
from agent.show.cues import Message
from agent.show.meters import Meters
from agent.show.show import Show
from models.music import Event
from models.tempo import TempoMap


@dataclass(slots=True)
class Replay:
    """What came of it: `first_difference` is None when it was the same session again, note for note."""

    passes: int = 0
    notes: int = 0
    seconds: float = 0.0
    first_difference: str | None = None
    sent: list[tuple[float, Sent]] = field(default_factory=list)


class Nowhere:
    """Outputs that take everything and sound nothing."""

    clock_ahead_seconds = 0.0

    def send(self, port: str, event: Event) -> bool:
        """Take it."""
        return True

    def send_at(self, port: str, event: Event, seconds: float) -> bool:
        """Take it."""
        return True

    def ahead_seconds(self, port: str) -> float:
        """Hold nothing."""
        return 0.0

    def send_clock(self, data: bytes, seconds: float | None = None) -> bool:
        """Take it."""
        return True


def replay_log(path: Path) -> Replay:
    """Replay a log file. Raises LogError when it is not one."""
    header = read_header(path)
    try:
        config = Config.model_validate(header.get("config", {}))
    except ValidationError as error:
        raise LogError(f"{path}: its rig is not valid any more ({error.error_count()} keys)") from None
    return replay(config, read_passes(path))


def replay(
    config: Config,
    passes: Iterable[Pass],
    tempo: TempoMap | None = None,
    watch: Callable[[float, Session], None] = lambda now, session: None,
) -> Replay:
    """Replay passes as they were recorded, on a tempo map of their own if they had one. `watch` sees the session after each."""
    result, kept = Replay(), list(passes)
    session = _fresh(config, tempo or TempoMap(config.clock.bpm), _early_seconds(kept))
    for recorded in kept:
        sent = _again(session, recorded)
        watch(recorded.now, session)
        session.show.take(recorded.now)
        result.passes += 1
        result.seconds = recorded.now
        result.notes += sum(type(s.event).__name__ == "NoteOn" for s in sent)
        result.sent += [(recorded.now, s) for s in sent]
        if tuple(sent) != recorded.sent and result.first_difference is None:
            result.first_difference = f"at {recorded.now:.3f} s: recorded {_told(recorded.sent)}, replayed {_told(sent)}"
    return result


def cues_again(config: Config, passes: Iterable[Pass]) -> Iterator[tuple[float, list[Message]]]:
    """Every cue of a recorded evening once more, needles included, with its second."""
    kept = list(passes)
    session = _fresh(config, TempoMap(config.clock.bpm), _early_seconds(kept))
    meters = Meters(session)
    for recorded in kept:
        while (seconds := meters.next_due()) < recorded.now:
            meters.read(seconds)
            yield seconds, session.show.take(seconds)
        _again(session, recorded)
        yield recorded.now, session.show.take(recorded.now)


def _early_seconds(passes: Iterable[Pass]) -> float:
    """How much earlier than they sounded notes were handed on that evening."""
    return next((p.item.early_seconds for p in passes if isinstance(p.item, Curtain)), 0.0)


def _fresh(config: Config, tempo: TempoMap, early_seconds: float) -> Session:
    routing = replace(plugs(config)[2], early_seconds=early_seconds)
    hands = Hands(tempo, Nowhere(), routing, config.timing.max_late_ms / 1000.0)
    session = Session(config, tempo, hands, MuteMind(), Show(tempo, config.agent.name, ""))
    session.keep = lambda tracks, bpm, metre: ""
    with suppress(ConfigError):  # the files of that evening may be gone
        session.scenes = read_scenes(config)
    return session


def _again(session: Session, recorded: Pass) -> list[Sent]:
    if not isinstance(recorded.item, Curtain):
        return step(session, recorded.item, recorded.now)
    if recorded.item.rises:
        session.begin(recorded.now)
        return []
    return session.end(recorded.now)


def _told(sent: Iterable[Any]) -> str:
    return ", ".join(f"{s.voice} {s.event}" for s in sent) or "nothing"
