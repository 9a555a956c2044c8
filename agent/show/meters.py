"""The needles: values that move all the time, read off the session thirty times a second. Runs on the loop."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor

from agent.play.session import Session

RATE_HZ = 30.0


class Meters:
    """Reads the session and tells the show what has changed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next_seconds = 0.0
        self._next_beat_seconds = 0.0
        self._last_human_seconds = 0.0

    def next_due(self) -> float:
        """When to read again."""
        return self._next_seconds

    def read(self, now: float) -> None:
        """If it is time, read everything once."""
        if now < self._next_seconds:
            return
        self._next_seconds = max(self._next_seconds + 1.0 / RATE_HZ, now)
        self._clock(now)
        self._music(now)
        show = self._session.show
        show.announce(self._session.hands.scheduler.waiting(), now)
        if now >= self._next_beat_seconds:
            self._next_beat_seconds = now + 1.0
            show.heartbeat()
            show.late_ms = percentiles(show.lateness_ms)
            show.state("/sys/late", show.late_ms["p95"])
            show.state("/sys/answer", round(self._session.planner.answer_seconds * 1000.0, 1))
            show.state("/sys/commit", round(self._session.commit_beats, 3))
        show.resend(now)

    def _clock(self, now: float) -> None:
        session, show = self._session, self._session.show
        beats = session.tempo.beats_at(now)
        show.state("/clock/tempo", round(session.tempo.bpm, 2))
        show.state("/clock/beat", round(beats % 1.0, 3))
        show.state("/clock/bar", round(session.metre.beat_in_bar(beats) / session.metre.beats_per_bar, 3))
        show.state("/clock/tick", floor(beats))
        show.state("/clock/running", int(session.conductor.running))
        show.state("/clock/source", session.conductor.source)
        show.state("/clock/lock", round(session.conductor.lock, 2))

    def _music(self, now: float) -> None:
        session, show, ears = self._session, self._session.show, self._session.listener
        beats = session.tempo.beats_at(now)
        show.state("/human/density", round(ears.density(beats), 2))
        show.state("/human/energy", round(ears.energy(beats), 2))
        show.state("/harmony/key", *ears.key)
        show.state("/harmony/key_conf", round(ears.key_confidence, 2))
        show.state("/text/key", ears.key_name)
        for pitch_class, share in enumerate(ears.chroma()):
            show.state(f"/harmony/chroma/{pitch_class}", round(share, 2))
        if ears.chord is not None:
            show.state("/harmony/chord", ears.chord.root, ears.chord.quality, ears.chord.bass)
            show.state("/text/chord", ears.chord.name)
        show.state("/text/section", session.form.section(beats, session.metre))
        show.state("/mood/energy", round(ears.mood.energy, 2))
        show.state("/mood/valence", round(ears.mood.valence, 2))
        show.state("/harmony/tension", round(ears.mood.tension, 2))
        show.state("/mind/echo", round(ears.motifs.echo, 2))
        if session.keys_down:
            self._last_human_seconds = now
        show.state("/silence", round(now - self._last_human_seconds, 1))


def percentiles(values: Iterable[float]) -> dict[str, float]:
    """p50, p95, p99 and worst of some measurements, rounded to hundredths; zeros when there are none."""
    ordered = sorted(values) or [0.0]
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2) for name, share in shares.items()}
