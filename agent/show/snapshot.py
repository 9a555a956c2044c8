"""What the live views draw: the whole picture of an instant as plain data, taken a few times a second and never waited for."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from agent.play.session import Session
from agent.show.courier import Courier
from agent.show.desk import desk

EVERY_SECONDS = 0.05
LARGEST_BYTES = 32_000


Picture = dict[str, Any]


class Snapshots:
    """Draws nothing itself: it passes a description on to whoever watches. Runs on the loop."""

    def __init__(self, session: Session, watchers: Sequence[Callable[[Picture], None]], courier: Courier) -> None:
        self._session, self._watchers, self._courier = session, watchers, courier
        self._next_seconds = 0.0

    def carry(self, now: float, messages: object) -> None:
        """Send a picture if it is time for one. Nobody watching is no trouble."""
        if now < self._next_seconds:
            return
        self._next_seconds = now + EVERY_SECONDS
        picture = snapshot(self._session, now) | {"controls": self._session.surface.controls}
        for watcher in self._watchers:
            self._courier.send(partial(watcher, picture))


class Postcards:
    """Sends each picture as one datagram to a port of this computer. Nobody there is no trouble."""

    def __init__(self, port: int) -> None:
        self._watcher = ("127.0.0.1", port)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def show(self, picture: Picture) -> None:
        """Pass a picture on. Runs on the courier's thread."""
        with suppress(OSError):
            self._socket.sendto(json.dumps(picture).encode()[:LARGEST_BYTES], self._watcher)

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()


def snapshot(session: Session, now: float) -> Picture:
    """One instant of the session as plain data."""
    tempo, ears, show = session.tempo, session.listener, session.show
    beats = tempo.beats_at(now)
    scheduler = session.hands.scheduler
    held: dict[str, list[int]] = {}
    for planned in scheduler.sounding():
        held.setdefault(planned.note.part, []).append(planned.note.pitch)
    return {
        "now": round(now, 3),
        "beats": round(beats, 3),
        "beat_in_bar": round(session.metre.beat_in_bar(beats), 3),
        "beats_per_bar": session.metre.beats_per_bar,
        "bpm": round(tempo.bpm, 1),
        "mode": session.mode_name,
        "why": show.reason,
        "turn": show.turn_state,
        "source": session.conductor.source,
        "lock": round(session.conductor.lock, 2),
        "section": session.form.section(beats, session.metre),
        "parts": session.config.agent.parts,
        "key": ears.key_name,
        "key_confidence": round(ears.key_confidence, 2),
        "chord": ears.chord.name if ears.chord else "",
        "health": show.health,
        "late_ms": show.late_ms,
        "answer_ms": round(session.planner.answer_seconds * 1000.0, 1),
        "commit_beats": round(session.commit_beats, 3),
        "ports": show.ports,
        "desk": desk(session),
        "held": {"human": session.performance.keys_down(), "agent": held},
        "planned": [
            [
                round(tempo.seconds_at(p.note.onset_beats) - now, 3),
                round(tempo.seconds_at(p.note.end_beats) - tempo.seconds_at(p.note.onset_beats), 3),
                p.note.pitch,
                p.note.part,
                p.id,
            ]
            for p in scheduler.waiting()[:64]
        ],
        "error": show.last_error,
        "counts": {
            "human": show.notes("human"),
            "agent": show.notes("agent"),
            "dropped_late": scheduler.dropped_late,
            "unknown_cues": session.controls.unknown,
        },
    }
