"""What was played, by whom: the human's open keys and both players' closed notes, newest last."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from models.music import Moment, Note

REMEMBERED_NOTES = 1024


class Performance:
    """The recent past, for modes and cues. The whole of it lies in the recording. Runs on the loop."""

    def __init__(self, human_part: str) -> None:
        self._human_part = human_part
        self._down: dict[tuple[str, int], tuple[Moment, int]] = {}
        self.pedal_down = False
        self.sensor = (0.0, 0.0)  # how sure a sensor is, 0..1, that somebody is there, and the second at which it said so
        self.human: deque[Note] = deque(maxlen=REMEMBERED_NOTES)
        self.agent: deque[Note] = deque(maxlen=REMEMBERED_NOTES)

    def press(self, port: str, pitch: int, velocity: int, moment: Moment) -> None:
        """A key goes down; one that was already down is closed first."""
        self.lift(port, pitch, moment)
        self._down[(port, pitch)] = (moment, velocity)

    def lift(self, port: str, pitch: int, moment: Moment) -> Note | None:
        """A key comes up: the closed note, or None when it was not down."""
        pressed = self._down.pop((port, pitch), None)
        if pressed is None:
            return None
        began, velocity = pressed
        note = Note(began.beats, max(moment.beats - began.beats, 0.0), pitch, velocity, self._human_part)
        self.human.append(note)
        return note

    def ended(self, note: Note, beats: float) -> None:
        """A note of ours that a key held has come to its end: only now is it known how long it was."""
        for place in reversed(range(len(self.agent))):
            if self.agent[place] is note:
                self.agent[place] = replace(note, length_beats=max(beats - note.onset_beats, 0.0))
                return

    def forget(self) -> None:
        """Somebody else plays now; keys that are down still have to come up."""
        self.human.clear()
        self.agent.clear()

    def keys_down(self, port: str | None = None) -> list[int]:
        """The pitches that the human holds, on one port or all."""
        return [pitch for name, pitch in self._down if port in (None, name)]
