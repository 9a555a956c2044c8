"""What goes wrong in a museum: each fault with how it is done, how it is mended, and what has to hold afterwards."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from random import Random

import psutil

from tests.bench.hall import Hall

BEAT, PERFORMER, SYSTEM = "beat", "performer", "system"
"""How soon the music has to be back: within a beat, as after the death of a worker or of the panel; within three seconds, as
after that of the performer; or, when everything was taken away, about as soon as after switching on."""


@dataclass(frozen=True)
class Fault:
    """One way to fail. `strike` does it; what it yields back to is undone. `cuts` says that notes were cut off by it."""

    name: str
    weight: int
    back: str
    strike: Callable[[Hall, Random], Iterator[None]]
    cuts: bool = False

    @contextmanager
    def struck(self, hall: Hall, random: Random) -> Iterator[None]:
        """For as long as the block lasts it is broken."""
        steps = self.strike(hall, random)
        next(steps)
        try:
            yield
        finally:
            next(steps, None)


def kill(who: str) -> Callable[[Hall, Random], Iterator[None]]:
    """With no chance to say goodbye."""

    def strike(hall: Hall, random: Random) -> Iterator[None]:
        hall.send(who, signal.SIGKILL)
        yield

    return strike


def stall(who: str, most_seconds: float) -> Callable[[Hall, Random], Iterator[None]]:
    """It stands still, and goes on after a while."""

    def strike(hall: Hall, random: Random) -> Iterator[None]:
        pid = hall.send(who, signal.SIGSTOP)
        time.sleep(random.uniform(0.2, most_seconds))
        yield
        if pid and hall.pid(who) == pid:
            hall.send(who, signal.SIGCONT)

    return strike


def kill_supervisor(hall: Hall, random: Random) -> Iterator[None]:
    """The parent dies; the system, which is we, ends what is left of it and starts it again, as systemd does."""
    children = [hall.pid(who) for who in hall.pids() if who != "supervisor"]
    hall.send("supervisor", signal.SIGKILL)
    hall.gallery.wait()
    yield
    deadline = time.monotonic() + 2.0
    while time.monotonic() < deadline and any(_lives(pid) for pid in children):
        time.sleep(0.01)
    for pid in filter(_lives, children):
        with suppress(psutil.Error):
            psutil.Process(pid).kill()
    hall.open()


def lose_instrument(hall: Hall, random: Random) -> Iterator[None]:
    """The synth is switched off, and on again."""
    hall.tape.read_on()
    hall.rig.end(hall.ears)
    time.sleep(random.uniform(0.2, 1.5))
    hall.plug_in_the_ears()
    hall.rig.ear.port("ears:in", within_seconds=30.0)
    yield


def lose_keyboard(hall: Hall, random: Random) -> Iterator[None]:
    """The keyboard's cable is pulled while keys are down."""
    hall.send_visitor_home()
    yield


def fill_disk(hall: Hall, random: Random) -> Iterator[None]:
    """No file of the performer's can grow any more."""
    pid = hall.pid("performer")
    with suppress(psutil.Error):
        performer = psutil.Process(pid)
        soft, hard = performer.rlimit(psutil.RLIMIT_FSIZE)
        performer.rlimit(psutil.RLIMIT_FSIZE, (1024, hard))
        time.sleep(random.uniform(0.5, 1.5))
        yield
        performer.rlimit(psutil.RLIMIT_FSIZE, (soft, hard))


def jump_clock(hall: Hall, random: Random) -> Iterator[None]:
    """Somebody puts the date right, or wrong."""
    assert hall.clock is not None
    hall.clock.jump(random.choice((-86_400 * 365, -3600, -7, 7, 3600, 86_400 * 365)))
    time.sleep(random.uniform(0.1, 1.0))
    yield
    hall.clock.jump(0)


def spoil_config(hall: Hall, random: Random) -> Iterator[None]:
    """Somebody saves half a rig, or rubbish, and mends it."""
    half = hall.text[: random.randrange(8, len(hall.text))]
    rubbish = (f"{half}\n[broken", "[agent\n", '[agent]\nmode = "duett"\n', "\x00\xff")
    hall.settings.write_bytes(random.choice(rubbish).encode("latin-1"))
    hall.send("supervisor", signal.SIGHUP)
    time.sleep(random.uniform(0.2, 1.2))
    yield
    hall.settings.write_text(hall.text)


def rubbish_by_osc(hall: Hall, random: Random) -> Iterator[None]:
    """Three hundred packets of nonsense. Some turn the density, since they are nearly good: the curator turns it back."""
    good = b"/antiphon/ctl/density\x00\x00\x00,f\x00\x00?\x00\x00\x00"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as patch:
        for _ in range(300):
            packet = bytearray(random.randbytes(random.randrange(1, 1400)) if random.random() < 0.5 else good)
            for _ in range(random.randrange(1, 4)):
                packet[random.randrange(len(packet))] = random.randrange(256)
            patch.sendto(b"#bundle\x00" + bytes(packet) if random.random() < 0.2 else bytes(packet), ("127.0.0.1", hall.listen))
    yield
    hall.cue("/ctl/density", "f", str(hall.density))


def flood_panel(hall: Hall, random: Random) -> Iterator[None]:
    """A crowd at the panel's door: whole requests, half requests and nonsense."""
    port = hall.panel_port()
    callers = []
    for _ in range(120 if port else 0):
        caller = socket.socket()
        caller.setblocking(False)
        with suppress(OSError):
            caller.connect(("127.0.0.1", port))
        callers.append(caller)
    time.sleep(0.1)
    for caller in callers:
        with suppress(OSError):
            caller.send(random.choice((b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"GET / HT", random.randbytes(400), b"A" * 4000)))
    yield
    for caller in callers:
        caller.close()


def kill_jack(hall: Hall, random: Random) -> Iterator[None]:
    """The whole MIDI system crashes, and is started again; everybody plugs in anew."""
    hall.tape.read_on()
    hall.send_visitor_home()
    hall.rig.kill_server()
    hall.servers += 1
    time.sleep(random.uniform(0.2, 1.0))
    hall.rig.start_server()
    hall.plug_in_the_ears()
    hall.rig.ear.port("ears:in", within_seconds=30.0)
    yield


def _lives(pid: int) -> bool:
    try:
        return bool(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


FAULTS = (
    Fault("worker killed", 12, BEAT, kill("worker")),
    Fault("model stalled", 10, BEAT, stall("worker", 2.0)),
    Fault("performer killed", 8, PERFORMER, kill("performer"), cuts=True),
    Fault("performer stalled", 5, PERFORMER, stall("performer", 1.0)),
    Fault("supervisor killed", 2, SYSTEM, kill_supervisor, cuts=True),
    Fault("JACK child killed", 6, PERFORMER, kill("jack"), cuts=True),
    Fault("panel killed", 8, BEAT, kill("panel")),
    Fault("panel flooded", 5, BEAT, flood_panel),
    Fault("instrument lost and found", 5, PERFORMER, lose_instrument),
    Fault("keyboard lost and found", 6, BEAT, lose_keyboard),
    Fault("disk full", 8, BEAT, fill_disk),
    Fault("clock jumps", 8, BEAT, jump_clock),
    Fault("config spoilt", 8, BEAT, spoil_config),
    Fault("rubbish by OSC", 7, BEAT, rubbish_by_osc),
    Fault("JACK killed", 1, SYSTEM, kill_jack),
)
