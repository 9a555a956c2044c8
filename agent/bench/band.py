"""Everybody who takes part in one measurement, as processes: performer, model, guest, echo and sleeper."""

from __future__ import annotations

import json
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, perf_counter, sleep
from typing import Any

import psutil

from agent.bench.cable import write_whole
from agent.bench.guest import Score
from agent.bench.stand import steady_instants
from agent.child import Child
from agent.config import Config, change
from agent.ports.osc_out import pack
from agent.rig import StagePlan
from agent.show.cues import Message
from agent.supervisor import one_thread_each

SEATED_WITHIN_SECONDS, STARTS_WITHIN_SECONDS = 60.0, 20.0
BEGIN_AFTER_SECONDS = 0.3
SLEEPER_LATER_SECONDS = 0.02
"""The bare sleeper's deadlines are the performer's, this much later, so that the two never want one core at one instant."""
BPM = 120.0


class BenchFailed(RuntimeError):
    """A measurement that could not be made, said in one sentence."""


class NotMeasurable(RuntimeError):
    """This computer has not what a part of the bench needs, said in one sentence."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What is to be played while it is measured. `model` None: the mind that answers at once."""

    model: str | None
    mode: str
    seconds: float
    realtime: bool = True
    notes_a_second: float = 8.0
    first_notes: bool = False
    commit_ms: float = 40.0


@dataclass(slots=True)
class Notes:
    """What everybody noted, in seconds of the session; `begin` and `end` say when the guest played."""

    realtime: bool
    begin: float
    end: float
    noted: dict[str, Any]
    round_trips: dict[str, list[float]]
    echoed: list[float]
    slept: list[float]
    megabytes: dict[str, float] = field(default_factory=dict)


class Stagehands:
    """Starts processes in a folder, waits for what they write there, and ends them."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self._environment = one_thread_each() | (environment or {})
        self._children: list[Child] = []

    def start(self, module: str, *args: str) -> Child:
        """Start one of our modules on this folder."""
        return self.start_program([sys.executable, "-m", module, str(self.folder), *args], module.rpartition(".")[2])

    def start_program(self, command: list[str], name: str) -> Child:
        """Start anything; what it says goes to a log of that name."""
        child = Child(name, command, self._environment, self.folder / f"{name}.log")
        self._children.append(child)
        child.start()
        return child

    def wait_for(self, name: str, within_seconds: float = STARTS_WITHIN_SECONDS) -> Any:
        """What a file says as soon as it is there; None for an empty one."""
        path, gives_up = self.folder / name, monotonic() + within_seconds
        while not path.exists():
            fallen = next((c for c in self._children if c.dead() and c.process and c.process.returncode), None)
            if fallen is not None or monotonic() > gives_up:
                raise BenchFailed(f"the bench waited in vain for {name}: {fallen.last_words() if fallen else 'no sign of it'}")
            sleep(0.01)
        text = path.read_text()
        return json.loads(text) if text else None

    def megabytes(self, child: Child) -> float:
        """What a process holds in memory."""
        assert child.process is not None
        return round(float(psutil.Process(child.process.pid).memory_info().rss) / 1e6, 1)

    def close(self) -> None:
        """Everybody leaves, the last to come first."""
        for child in reversed(self._children):
            child.stop()


@contextmanager
def stagehands(environment: dict[str, str] | None = None) -> Iterator[Stagehands]:
    """Stagehands and a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="antiphon-bench-") as folder:
        hands = Stagehands(Path(folder), environment)
        try:
            yield hands
        finally:
            hands.close()


def _nobody(hands: Stagehands) -> None:
    """Nobody else is in the room."""


def measure(piece: Piece, beside: Callable[[Stagehands], None] = _nobody) -> Notes:
    """Play a piece once, with a bare echo and a bare sleeper beside it, and whoever `beside` lets in."""
    with stagehands() as hands:
        rig = _rig(piece, hands.folder)
        (hands.folder / "stage.json").write_text(rig.to_json())
        worker = hands.start("agent.worker", piece.model) if piece.model else hands.start("agent.bench.quick_mind")
        performer = hands.start("agent.bench.stand", "alone" if piece.first_notes else "drummer")
        hands.start("agent.bench.echo", "realtime" if piece.realtime else "plain")
        cable, echo = hands.wait_for("cable"), hands.wait_for("echo")
        ready = hands.wait_for("ready.json")
        hands.wait_for("seated", SEATED_WITHIN_SECONDS)
        for helper in ("guest", "sleeper"):
            hands.start(f"agent.bench.{helper}")
            hands.wait_for(f"{helper}.up")
        beside(hands)
        begin = perf_counter() + BEGIN_AFTER_SECONDS
        ports = {"performer": cable["port"], "echo": echo["port"], "cues": rig.config.osc.listen}
        cues = _cycle_cues() if piece.first_notes else ()
        score = Score(begin, piece.seconds, piece.notes_a_second, ports, piece.realtime, cues)
        write_whole(hands.folder / "guest.json", asdict(score))
        write_whole(hands.folder / "sleeper.json", _deadlines(piece, begin, cable["zero"]))
        sleep(BEGIN_AFTER_SECONDS + piece.seconds)
        returned, slept = hands.wait_for("returned.json"), hands.wait_for("slept.json")
        megabytes = {"performer": hands.megabytes(performer), "model": hands.megabytes(worker)}
        hands.close()
        noted, echoed = hands.wait_for("noted.json"), hands.wait_for("echoed.json")
        first = begin - cable["zero"]
        return Notes(ready["realtime"], first, first + piece.seconds, noted, returned, echoed, slept, megabytes)


def _rig(piece: Piece, folder: Path) -> StagePlan:
    """The stage as on an evening: recorded, shown, with cues going out and coming in."""
    config = change(
        Config(),
        agent={"model": piece.model, "mode": piece.mode, "parts": ("comp", "bass")},
        midi={"thru": True},
        clock={"sync": "estimate", "bpm": BPM},
        timing={"commit_ms": piece.commit_ms},
        osc={"targets": (f"127.0.0.1:{free_port()}",), "listen": free_port()},
    )
    # Nobody watches or hears the cues, but they are made and sent.
    return StagePlan(config, log=str(folder / "bench.jsonl"), view_port=free_port(), realtime=piece.realtime)


def free_port() -> int:
    """A UDP port that nobody uses just now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _cycle_cues() -> tuple[str, ...]:
    messages: list[Message] = [("/ctl/mode", ("listen",)), ("/ctl/mode", ("accompany",))]
    return tuple(next(pack(Config().osc.prefix, [message], Counter())).hex() for message in messages)


def _deadlines(piece: Piece, begin: float, zero: float) -> dict[str, Any]:
    instants = [zero + at for pair in steady_instants(begin - zero + piece.seconds) for at in pair]
    deadlines = sorted(at + SLEEPER_LATER_SECONDS for at in instants if at > begin)
    return {"deadlines": deadlines, "realtime": piece.realtime}
