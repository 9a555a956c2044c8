"""What has begun and ended, until ears, mind and room have been told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.play.scheduler import Planned, Strike
from models.music import Onset, Release

if TYPE_CHECKING:
    from agent.play.session import Session

NOTES_FIRST_SECONDS = 0.0015
"""What may wait a moment is put off while something is due sooner than this."""
TOLD_WITHIN_SECONDS = 0.01


ALARM = "tell:"
"""The tag of the alarm that rings when what was struck early sounds."""


class Telling:
    """Tells in the order in which it happened, when it sounds, but never between two notes that are due together.

    Runs on the loop.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._done: list[tuple[float, Strike | Planned]] = []  # begun or ended, and nobody has been told yet
        self._alarm_seconds: float | None = None

    def add(self, done: Strike | Planned, seconds: float | None = None) -> None:
        """A note has begun, or one that was planned has ended: it is heard from an instant on, or at once."""
        self._done.append((self._session.now.seconds if seconds is None else seconds, done))

    def leaving(self) -> list[Planned]:
        """What was struck early and does not sound yet."""
        return [done.planned for _, done in self._done if isinstance(done, Strike)]

    def tell_in_time(self) -> None:
        """Tell, which takes up to half a millisecond, unless the next note would have to wait for it."""
        now, due = self._session.now.seconds, self._session.next_due()
        since_seconds = self._done[0][0] if self._done else now
        if due is None or due - now > NOTES_FIRST_SECONDS or now - since_seconds > TOLD_WITHIN_SECONDS:
            self.tell()
        if self._done and self._done[0][0] > now and self._done[0][0] != self._alarm_seconds:
            self._alarm_seconds = self._done[0][0]
            self._session.hands.scheduler.alarm(ALARM, seconds=self._alarm_seconds)

    def tell(self) -> None:
        """Let ears, mind and room know which notes have begun and ended by now."""
        done = self._sounding()
        if not done:
            return
        session = self._session
        onsets, releases = list[Onset](), list[Release]()
        for due in done:
            if isinstance(due, Strike):
                note = due.planned.note
                length_beats = None if due.planned.held else note.length_beats
                onsets.append(Onset(note.onset_beats, note.pitch, note.velocity, note.part, False, length_beats))
                session.performance.agent.append(note)
                session.show.struck(due.planned)
            else:
                if due.held:
                    session.performance.ended(due.note, session.now.beats)
                    releases.append(Release(session.now.beats, due.note.pitch, due.note.part))
                session.show.released(due)
        if releases:
            session.mind.hear(releases)
        if onsets:
            self.hear(*onsets)

    def _sounding(self) -> list[Strike | Planned]:
        """What sounds or is silent by now. What was struck early and taken back before it sounded has never been."""
        now = self._session.now.seconds
        come = [done for seconds, done in self._done if seconds <= now]
        coming = [entry for entry in self._done if entry[0] > now]
        ended = {done.id for done in come if isinstance(done, Planned)}
        void = {done.planned.id for _, done in coming if isinstance(done, Strike)} & ended
        self._done = [entry for entry in coming if not (isinstance(entry[1], Strike) and entry[1].planned.id in void)]
        self._session.show.cancelled([done for done in come if isinstance(done, Planned) and done.id in void])
        return [done for done in come if isinstance(done, Strike) or done.id not in void]

    def hear(self, *onsets: Onset) -> None:
        """Ears and mind hear notes begin."""
        session = self._session
        ours = [planned.note for planned in session.hands.scheduler.sounding()]
        held = session.performance.keys_down() + [note.pitch for note in ours if note.part != "drums"]  # a drum is no bass
        for onset in onsets:
            session.listener.hear(onset, held, session.tempo.seconds_at(onset.beats))
        session.mind.hear(onsets)
