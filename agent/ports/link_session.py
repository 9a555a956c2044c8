"""The border to Ableton Link: a thread that looks at the shared beat and tells the loop when it is not as expected.

Link's own clock runs a little apart from ours, so each look reads both. Needs the optional package LinkPython-extern.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Thread
from typing import Any

from agent.items import Item, Shared
from agent.ports.backend import Clock

LOOK_SECONDS = 0.02
TELL_SECONDS = 1.0
"""Even when nothing has changed, the beat is told this often while there are peers."""
STRAYED_SECONDS = 0.0002
SHARPEST_LOOK_SECONDS, MOST_LOOKS = 0.00005, 5


class NoLink(Exception):
    """Link cannot be used here; the message tells the player what to do."""


class LinkSession:
    """Our seat in the session. `offer`, `propose` and `press` may be called on the loop; everything else is the thread's."""

    def __init__(self, bpm: float, beats_per_bar: int, now: Clock, post: Callable[[Item], None]) -> None:
        try:
            import link
        except ImportError:
            raise NoLink("Ableton Link needs a package of its own: pip install 'antiphon[link]'") from None
        self._link: Any = link.Link(bpm)
        self._quantum, self._now, self._post = float(beats_per_bar), now, post
        self._told: Shared | None = None
        self._offered: tuple[float, float, float] | None = None
        self._proposed: float | None = None
        self._pressed: bool | None = None
        self._leaving = Event()
        self._thread = Thread(target=self._keep_looking, name="link", daemon=True)

    def open(self) -> None:
        """Join whoever is on the network."""
        self._link.startStopSyncEnabled = True
        self._link.enabled = True
        self._thread.start()

    def close(self) -> None:
        """Leave; the others go on."""
        self._leaving.set()
        self._thread.join(1.0)
        self._link.enabled = False

    def offer(self, bpm: float, beats: float, seconds: float) -> None:
        """Tell our beat: while we are alone, it is the session's. Safe from any thread."""
        self._offered = (bpm, beats, seconds)

    def propose(self, bpm: float) -> None:
        """Change the tempo for all. Safe from any thread."""
        self._proposed = bpm

    def press(self, playing: bool) -> None:
        """Start or stop all who press start and stop together. Safe from any thread."""
        self._pressed = playing

    def _keep_looking(self) -> None:
        while not self._leaving.wait(LOOK_SECONDS):
            self.look()

    def look(self) -> None:
        """Look once, and tell what is new."""
        micros, seconds = self._both_clocks()
        state, peers = self._link.captureAppSessionState(), int(self._link.numPeers())
        if self._change(state, peers, micros, seconds):
            self._link.commitAppSessionState(state)
        beats = state.beatAtTime(micros, self._quantum)
        shared = Shared(seconds, beats, state.tempo(), peers, self._plays(state, micros))
        if self._is_news(shared):
            self._told = shared
            self._post(shared)

    def _plays(self, state: Any, micros: int) -> bool:
        """Whether they have started. A start may be set for the next bar, and is none before."""
        playing = bool(state.isPlaying())
        if state.timeForIsPlaying() <= micros:
            return playing
        return not playing if self._told is None else self._told.playing

    def _both_clocks(self) -> tuple[int, float]:
        """One instant on Link's clock and on ours, as sharp as a few tries make it."""
        best = (float("inf"), 0, 0.0)
        for _ in range(MOST_LOOKS):
            before = self._now()
            micros = int(self._link.clock().micros())
            after = self._now()
            best = min(best, (after - before, micros, (before + after) / 2.0))
            if best[0] < SHARPEST_LOOK_SECONDS:
                break
        return best[1], best[2]

    def _change(self, state: Any, peers: int, micros: int, seconds: float) -> bool:
        offered, self._offered = self._offered, None
        proposed, self._proposed = self._proposed, None
        pressed, self._pressed = self._pressed, None
        if pressed is not None:
            state.setIsPlaying(pressed, micros)
        if proposed is not None:
            state.setTempo(proposed, micros)
        elif offered is not None and not peers:
            bpm, beats, at_seconds = offered
            state.setTempo(bpm, micros)
            state.forceBeatAtTime(beats + (seconds - at_seconds) * bpm / 60.0, micros, self._quantum)
        else:
            return pressed is not None
        return True

    def _is_news(self, shared: Shared) -> bool:
        told = self._told
        if told is None or (told.bpm, told.peers, told.playing) != (shared.bpm, shared.peers, shared.playing):
            return True
        if not shared.peers:
            return False
        passed_seconds = shared.seconds - told.seconds
        strayed_beats = told.beats + passed_seconds * told.bpm / 60.0 - shared.beats
        return passed_seconds >= TELL_SECONDS or abs(strayed_beats) * 60.0 / told.bpm > STRAYED_SECONDS
