"""The human of the bench at a JACK keyboard: what it plays and what comes back is dated in frames, by JACK itself.

`python -m agent.bench.jack_guest RUN_DIR`; RUN_DIR/jack_guest.json says what to do, RUN_DIR/jack_returned.json then holds
the seconds from port to port for each player.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic, sleep
from typing import Any

from agent.bench.cable import task_of, write_whole

LOWEST, HIGHEST, VELOCITY = 48, 84, 80
FIND_WITHIN_SECONDS = 10.0
_LOOK_SECONDS = 0.02


class JackGuest:
    """Plays to every player and listens, each player on a pair of ports of its own. `players`: name → part of port names.

    Keyboard and ear are two clients, as on a stage: one client in a circle with a player would be a cycle late by JACK's rules.
    """

    def __init__(self, keyboard: Any, ear: Any, players: dict[str, str], notes_a_second: float) -> None:
        self._keyboard, self._ear, self._players = keyboard, ear, players
        self._outs = {name: keyboard.midi_outports.register(f"to {name}") for name in players}
        self._ins = {name: ear.midi_inports.register(f"from {name}") for name in players}
        self._gap_frames = int(keyboard.samplerate / notes_a_second)
        self._random = Random(3)
        self._next_frame: dict[str, int] = {}
        self._on_the_way: dict[tuple[str, int], int] = {}
        self._down: dict[str, int] = {}
        self.round_trips: dict[str, list[float]] = {name: [] for name in players}
        keyboard.set_process_callback(self._play_all)
        ear.set_process_callback(self._listen_to_all)

    def plug_in(self) -> None:
        """Find everybody's ports and connect to them."""
        for name, pattern in self._players.items():
            _insist(partial(self._plug_in, name, pattern), f"a JACK port called {pattern!r}")

    def _plug_in(self, name: str, pattern: str) -> bool:
        ears = [port.name for port in self._ear.get_ports(pattern, is_midi=True, is_input=True)]
        voices = [port.name for port in self._ear.get_ports(pattern, is_midi=True, is_output=True)]
        if not (ears and voices):
            return False
        for client, source, target in (
            (self._keyboard, self._outs[name].name, ears[0]),
            (self._ear, voices[0], self._ins[name].name),
        ):
            if target not in [port.name for port in client.get_all_connections(source)]:
                client.connect(source, target)
        return True

    def begin(self) -> None:
        """From now on, play."""
        now = self._keyboard.frame_time + self._keyboard.samplerate // 5
        self._next_frame = {name: now + n * self._gap_frames // len(self._players) for n, name in enumerate(self._players)}

    def _play_all(self, frames: int) -> None:
        for name in self._players:
            self._play(name, self._keyboard.last_frame_time, frames)

    def _listen_to_all(self, frames: int) -> None:
        for name in self._players:
            self._listen(name, self._ear.last_frame_time)

    def _listen(self, name: str, begin: int) -> None:
        for offset, data in self._ins[name].incoming_midi_events():
            status, pitch = bytes(data)[:2]
            # The performer plays notes of its own as well; what it passes through comes back on the last channel.
            if status in (0x90, 0x9F) and (left := self._on_the_way.pop((name, pitch), None)) is not None:
                self.round_trips[name].append((begin + offset - left) / self._ear.samplerate)

    def _play(self, name: str, begin: int, frames: int) -> None:
        out = self._outs[name]
        out.clear_buffer()
        due = self._next_frame.get(name)
        if due is None or due >= begin + frames:
            return
        offset, pitch = max(due - begin, 0), self._random.randint(LOWEST, HIGHEST)
        if name in self._down:
            out.write_midi_event(offset, bytes((0x80, self._down[name], 0)))
        out.write_midi_event(offset, bytes((0x90, pitch, VELOCITY)))
        self._down[name] = pitch
        self._on_the_way[name, pitch] = begin + offset
        self._next_frame[name] = due + int(self._gap_frames * self._random.uniform(0.7, 1.3))


def _insist(attempt: Callable[[], bool], what: str) -> None:
    """Try until it succeeds: a client's ports can be seen a moment before they can be connected."""
    import jack

    gives_up = monotonic() + FIND_WITHIN_SECONDS
    while monotonic() < gives_up:
        with suppress(jack.JackError):
            if attempt():
                return
        sleep(_LOOK_SECONDS)
    raise TimeoutError(f"the bench waited in vain for {what}")


def join(name: str) -> Any:
    """A client of the server, as soon as there is one."""
    import jack

    jack.set_error_function(lambda message: None)
    while True:
        with suppress(jack.JackError):
            return jack.Client(name, no_start_server=True)
        sleep(_LOOK_SECONDS)


def main() -> None:
    """Play for as long as told, then write down how long everything took."""
    run_dir = Path(sys.argv[1])
    keyboard, ear = join("guest-keyboard"), join("guest-ear")
    task = task_of(run_dir, "jack_guest")
    gone = Event()
    ear.set_shutdown_callback(lambda status, reason: gone.set())
    guest = JackGuest(keyboard, ear, task["players"], task["notes_a_second"])
    keyboard.activate()
    ear.activate()
    guest.plug_in()
    guest.begin()
    gone.wait(task["seconds"])
    keyboard.deactivate()
    ear.deactivate()
    write_whole(run_dir / "jack_returned.json", guest.round_trips)


if __name__ == "__main__":
    main()
