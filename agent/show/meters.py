"""The needles: values that move all the time, read off the session thirty times a second. Runs on the loop."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import takewhile
from math import floor

from agent.play.session import Session
from agent.show.cues import VOICES
from agent.show.desk import desk
from agent.show.prompt import in_words
from models.music import PARTS, Note

RATE_HZ = 30.0
RECENT_BEATS = 4.0
FULL_NOTES = 8 * RECENT_BEATS
"""Eight notes a beat are a density of 1."""
PHRASE_BARS = 4
PRESENCE_FADES_SECONDS = 30.0
SENSOR_HOLDS_SECONDS = 60.0
"""A sensor that has been silent for so long is broken, and not believed any more."""


class Meters:
    """Reads the session and tells the show what has changed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._next_seconds = 0.0
        self._next_beat_seconds = 0.0
        self._last_human_seconds: float | None = None
        self._plans_seen = -1
        self._phrase: int | None = None
        self._unread: deque[Callable[[float], None]] = deque()

    @property
    def busy(self) -> bool:
        """Whether some needles have been read and others of the same look have not."""
        return bool(self._unread)

    def next_due(self) -> float:
        """When to read again."""
        return self._next_seconds

    def read(self, now: float) -> None:
        """If it is time, read the next few needles. What has just been planned is announced at once."""
        scheduler = self._session.hands.scheduler
        if not self._unread:
            if now < self._next_seconds:
                if scheduler.plans != self._plans_seen:
                    self._plans_seen = scheduler.plans
                    self._announce(now)
                return
            # All of them at once take so long that a key which is struck meanwhile would be passed on late.
            self._unread.extend((self._clock, self._music, self._mind, self._voices, self._coming))
            self._unread.extend((self._people, self._desk, self._words, self._pulse))
        reading = self._unread.popleft()
        if not self._unread:
            self._next_seconds = max(self._next_seconds + 1.0 / RATE_HZ, now)
        reading(now)

    def _announce(self, now: float) -> None:
        session = self._session
        session.show.lookahead.look(session.hands.scheduler.planned(), now, session.telling.leaving())

    def _desk(self, now: float) -> None:
        for address, values in desk(self._session).items():
            self._session.show.state(address, *values)

    def _pulse(self, now: float) -> None:
        show = self._session.show
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
        phrase_beats = PHRASE_BARS * session.metre.beats_per_bar
        show.state("/clock/tempo", round(session.tempo.bpm, 2))
        show.state("/clock/beat", round(beats % 1.0, 3))
        show.state("/clock/bar", round(session.metre.beat_in_bar(beats) / session.metre.beats_per_bar, 3))
        show.state("/clock/phrase", phrase := round((beats - session.metre.first_beat) % phrase_beats / phrase_beats, 4))
        show.state("/clock/tick", floor(beats))
        show.state("/clock/running", int(session.conductor.running))
        show.state("/clock/source", session.conductor.source)
        show.state("/clock/lock", round(session.conductor.lock, 2))
        number, progress = session.form.place(beats, session.metre)
        show.state("/section", number)
        show.state("/section/progress", round(progress, 4) if number >= 0 else phrase)
        show.state("/text/section", session.form.section(beats, session.metre))

    def _music(self, now: float) -> None:
        show, ears = self._session.show, self._session.listener
        show.state("/harmony/key", *ears.key)
        show.state("/harmony/key_conf", round(ears.key_confidence, 2))
        show.state("/text/key", ears.key_name)
        for pitch_class, share in enumerate(ears.chroma()):
            show.state(f"/harmony/chroma/{pitch_class}", round(share, 2))
        if ears.chord is not None:
            show.state("/harmony/chord", ears.chord.root, ears.chord.quality, ears.chord.bass)
            show.state("/text/chord", ears.chord.name)
        show.state("/mood/energy", round(ears.mood.energy, 2))
        show.state("/mood/valence", round(ears.mood.valence, 2))
        show.state("/harmony/tension", round(ears.mood.tension, 2))
        show.state("/mind/echo", round(ears.motifs.echo, 2))

    def _mind(self, now: float) -> None:
        """What the model's worker has said last; until then it says nothing of the melody, so that pictures do without."""
        show, told = self._session.show, self._session.show.insight
        for name in ("surprise", "confidence", "entropy", "novelty"):
            show.state(f"/mind/{name}", 0.0 if told is None else getattr(told, name))
        for number, share in enumerate(told.latent if told else ()):
            show.state(f"/latent/{number}", share)

    def _voices(self, now: float) -> None:
        session, show = self._session, self._session.show
        beats = session.tempo.beats_at(now)
        recent = [*takewhile(lambda note: beats - note.onset_beats < RECENT_BEATS, reversed(session.performance.agent))]
        for voice, part in zip(VOICES[1:], ("", *PARTS), strict=True):
            notes = [note for note in recent if part in ("", note.part)]
            show.state(f"/{voice}/density", round(min(len(notes) / FULL_NOTES, 1.0), 2))
            show.state(f"/{voice}/energy", _mean([note.velocity for note in notes]))
            show.state(f"/{voice}/register", _mean([note.pitch for note in notes]))
            show.state(f"/{voice}/sustain", 0)  # it holds notes by itself, and never touches a pedal
        human = [*takewhile(lambda note: beats - note.end_beats < RECENT_BEATS, reversed(session.performance.human))]
        pitches = [note.pitch for note in human] + session.performance.keys_down()
        show.state("/human/density", round(session.listener.density(beats), 2))
        show.state("/human/energy", round(session.listener.energy(beats), 2))
        show.state("/human/register", _mean(pitches))
        show.state("/human/sustain", int(session.performance.pedal_down))

    def _coming(self, now: float) -> None:
        session, show = self._session, self._session.show
        scheduler = session.hands.scheduler
        self._plans_seen = scheduler.plans
        self._announce(now)
        beats = session.tempo.beats_at(now)
        notes: list[Note] = [p.note for p in scheduler.planned() if p.note.onset_beats < beats + RECENT_BEATS]
        show.state("/next/density", round(min(len(notes) / FULL_NOTES, 1.0), 2))
        soonest = min(notes, key=lambda note: note.onset_beats, default=None)
        if soonest is None:
            show.state("/next/onset", -1.0, "")
        else:
            dt_seconds = session.tempo.seconds_at(soonest.onset_beats) - now
            show.state("/next/onset", round(max(dt_seconds, 0.0), 3), soonest.part)

    def _words(self, now: float) -> None:
        session = self._session
        beats, phrase_beats = session.tempo.beats_at(now), PHRASE_BARS * session.metre.beats_per_bar
        phrase = floor((beats - session.metre.first_beat) / phrase_beats)
        if phrase != self._phrase:
            self._phrase = phrase
            session.show.state("/text/prompt", in_words(session.config.prompt, phrase, session.show.said))

    def _people(self, now: float) -> None:
        session = self._session
        if session.keys_down:
            self._last_human_seconds = now
        silent_seconds = now - (self._last_human_seconds or 0.0)
        session.show.state("/silence", round(silent_seconds, 1))
        seen, sensed_seconds = session.performance.sensor
        if now - sensed_seconds > SENSOR_HOLDS_SECONDS:
            seen = 0.0
        if self._last_human_seconds is not None:
            seen = max(seen, 1.0 - silent_seconds / PRESENCE_FADES_SECONDS)
        session.show.state("/presence", round(seen, 2))


def _mean(values: list[int]) -> float:
    """The mean of MIDI's numbers, 0..1; 0 without any."""
    return round(sum(values) / (127.0 * len(values)), 2) if values else 0.0


def percentiles(values: Iterable[float]) -> dict[str, float]:
    """p50, p95, p99 and worst of some measurements, rounded to hundredths; zeros when there are none."""
    ordered = sorted(values) or [0.0]
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {name: round(ordered[min(int(share * len(ordered)), len(ordered) - 1)], 2) for name, share in shares.items()}
