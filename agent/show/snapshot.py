"""What the live view draws: the whole picture of an instant as one datagram, sent a few times a second and never waited for."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from functools import partial
from typing import Any

from agent.play.session import Session
from agent.show.courier import Courier

EVERY_SECONDS = 0.05
LARGEST_BYTES = 32_000


class Snapshots:
    """Draws nothing itself: it passes a description on to whoever watches. Runs on the loop."""

    def __init__(self, session: Session, port: int, courier: Courier) -> None:
        self._session, self._watcher, self._courier = session, ("127.0.0.1", port), courier
        self._next_seconds = 0.0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def carry(self, now: float, messages: object) -> None:
        """Send a picture if it is time for one. Nobody watching is no trouble."""
        if now < self._next_seconds:
            return
        self._next_seconds = now + EVERY_SECONDS
        self._courier.send(partial(self._show, snapshot(self._session, now)))

    def _show(self, picture: dict[str, Any]) -> None:
        with suppress(OSError):
            self._socket.sendto(json.dumps(picture).encode()[:LARGEST_BYTES], self._watcher)

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()


def snapshot(session: Session, now: float) -> dict[str, Any]:
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
        "key": ears.key_name,
        "key_confidence": round(ears.key_confidence, 2),
        "chord": ears.chord.name if ears.chord else "",
        "health": show.health,
        "late_ms": show.late_ms,
        "held": {"human": session.performance.keys_down(), "agent": held},
        "planned": [
            [
                round(tempo.seconds_at(p.note.onset_beats) - now, 3),
                round(tempo.seconds_at(p.note.end_beats) - tempo.seconds_at(p.note.onset_beats), 3),
                p.note.pitch,
                p.note.part,
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
