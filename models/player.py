"""The big mind: hears both players, keeps its memory in step with what really happened, and plays the asked parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from heapq import merge
from pathlib import Path

from models import originality
from models.checkpoint import Checkpoint, load
from models.corpus import COMP, LEAD
from models.engine import open_stream
from models.future import Future, Line, Past, held_keys, open_hand
from models.groove import Groove
from models.hand import Hand, hands_for
from models.history import History, Scene, to_tick
from models.insight import Doubt
from models.keys import KeySense
from models.latent import SHIPPED, PhraseSpace
from models.markov import MarkovMind
from models.music import PARTS, STYLES, TICKS_PER_BEAT, Ask, Note, Onset, Sounded
from models.originality import Known
from models.sampling import Taste
from models.stream import Step
from models.variations import varied
from models.vocabulary import FIELDS, NO_CHORD, PITCHES

_CHORD_FIELD, _KEY_FIELD, _TICK_FIELD = (
    next(i for i, (name, _, _) in enumerate(FIELDS) if name == wanted) for wanted in ("chord", "key", "tick")
)
_LOOK_BACK_BEATS = 24  # how much of a session is read again when the thread was lost
_LATELY_NOTES = 8
_UNSETTLED_BEATS = 2  # events may come this late and still be placed right


class _Overtaken(Exception):
    """Something newer is asked: what is being drawn is no longer wanted."""


class Player:
    """A mind made of a checkpoint.

    Its memory is a stream of steps: the session as it happened, then an imagined tail. Before each ask the stream is
    compared with what really happened, rewound to where they part, and only the rest is heard. It leaves the drums to the
    small mind: the corpus has drummers only by themselves, and what they taught did not carry over. Worker only.
    """

    def __init__(
        self, checkpoint: Checkpoint, taste: Taste | None = None, style: str = "unknown", device: str = "auto"
    ) -> None:
        self._stream = open_stream(checkpoint.weights, checkpoint.shape, device)
        self._taste = taste or Taste()
        self._style = STYLES.index(style)
        self._phrases = PhraseSpace.load() if SHIPPED.exists() else None
        self._known = Known.load() if originality.SHIPPED.exists() else None
        self.overtaken: Callable[[], bool] = lambda: False
        """Looked at after every step, many of which may lie between two notes: true ends the answer there."""
        self.reset(0)

    @classmethod
    def load(cls, path: Path, device: str = "auto") -> Player:
        """A player from a checkpoint file, on a device. Raises CheckpointError or NoSuchDevice with a sentence for a person."""
        return cls(load(path), device=device)

    def reset(self, seed: int) -> None:
        """Forget the session."""
        self._seed = seed
        self._history = History()
        self._doubt = Doubt()
        self._struck: tuple[int, int, int, int] | None = None  # length before it, part, pitch, tick
        self._key = KeySense()
        self._human_groove, self._own_groove = Groove(LEAD), Groove(COMP)
        self._drummer = MarkovMind()
        self._drummer.reset(seed)
        self._restart(0)
        self._settled_beat: int | None = None
        self._turn = 0

    @property
    def doubt(self) -> Doubt:
        """How sure it was of what it drew, and how it had expected the human's last note: looked up only when asked."""
        if self._struck is not None:
            length, part, pitch, tick = self._struck
            self._struck = None
            if self._stream.earliest < length <= self._stream.length:
                before = copy(self._stream)  # shares the memory; only looks back
                before.rewind(length)
                self._doubt.heard(before, part, tick, pitch)
        return self._doubt

    def hear(self, events: Sequence[Sounded]) -> None:
        """Take in what happened; the next ask starts from it."""
        self._turn += 1
        self._history.hear(events)
        self._drummer.hear(events)
        for event in events:
            if isinstance(event, Onset) and event.part != "drums":
                self._key.hear(event.pitch, 1.0 if event.human else 0.0)
                (self._human_groove if event.human else self._own_groove).hear(to_tick(event.beats))

    def play(self, ask: Ask) -> Iterator[Note]:
        """Draw the ask's parts note by note. A newer ask or anything heard ends an older one."""
        self._turn += 1
        if ask.theme and "lead" in ask.parts and self._phrases is not None:
            return self._vary(ask, self._phrases)
        if "drums" not in ask.parts:
            return self._draw(ask)
        drums = self._drummer.play(replace(ask, parts=("drums",)))
        others = tuple(part for part in ask.parts if part != "drums")
        if not others:
            return drums
        return merge(self._draw(replace(ask, parts=others)), drums, key=lambda note: note.onset_beats)

    def _vary(self, ask: Ask, phrases: PhraseSpace) -> Iterator[Note]:
        """The lead varies the theme; the other parts accompany it."""
        lead = varied(phrases, ask, f"{self._seed}/{ask.seed}")
        others = tuple(part for part in ask.parts if part != "lead")
        if not others:
            return iter(lead)
        rest = self.play(replace(ask, parts=others, theme=(), committed=(*ask.committed, *lead)))
        return merge(lead, rest, key=lambda note: note.onset_beats)

    def _draw(self, ask: Ask) -> Iterator[Note]:
        turn = self._turn
        scene = Scene.of(ask, self._style)
        tick = max(math.floor(ask.now_beats * TICKS_PER_BEAT + 1e-6), min(self._history.last_tick, to_tick(ask.start_beats)))
        self._catch_up(scene, tick)
        past = Past(
            tick,
            held_keys(self._history.notes, tick),
            self._last_chord(),
            self._key.key() if self._key.is_sure else None,
            self._human_groove.leaning() - self._taste.own_groove * self._own_groove.leaning(),
        )
        future = Future(ask, scene, past, self._stream, self._taste, self._known)
        future.drew = self._doubt.drew
        try:
            for note in future.notes(self._lines(ask, tick), self._feed, f"{self._seed}/{ask.seed}"):
                yield note
                if turn != self._turn:
                    return
        except _Overtaken:
            return

    def _lines(self, ask: Ask, tick: int) -> list[Line]:
        sounded = [
            Onset(n.tick / TICKS_PER_BEAT, n.pitch, n.velocity, PARTS[n.part], n.human, (n.end - n.tick) / TICKS_PER_BEAT)
            for n in self._history.notes
        ]
        hands = hands_for(ask, sounded)
        start = math.ceil(ask.start_beats * TICKS_PER_BEAT - 1e-6)
        lines = []
        for part in dict.fromkeys((*ask.parts, *(note.part for note in ask.committed))):
            if part in PARTS:
                fixed = sorted(
                    (note for note in ask.committed if note.part == part), key=lambda note: (note.onset_beats, note.pitch)
                )
                first = start if part in ask.parts else 1 << 40
                index = PARTS.index(part)
                hand = hands.get(part) or Hand(part, ask.knobs)
                line = Line(index, hand, True, first, fixed, rests_since=self._history.rests_since(index))
                line.lately = self._history.lately.get(index, [])
                lines.append(line)
        if ask.human_part not in ask.parts:
            lines.append(Line(PARTS.index(ask.human_part), open_hand(ask.human_part), False, tick + 1, []))
        return lines

    def _catch_up(self, scene: Scene, tick: int) -> None:
        """Bring the stream to the session as it is at this tick: rewind to the first difference, feed what is missing."""
        beat = tick // TICKS_PER_BEAT
        settled = self._settled_beat
        if settled is None or not settled <= beat <= settled + _LOOK_BACK_BEATS or self._base < self._stream.earliest:
            settled = self._restart(beat)
        beats = self._history.steps(scene, settled, tick, self._settled_chord)
        wanted = [step for steps in beats for step in steps]
        same = 0
        while same < min(len(wanted), len(self._fed)) and wanted[same] == self._fed[same]:
            same += 1
        if same == len(wanted):
            same -= 1  # the last step is heard again, so that the heads speak from it
        self._stream.rewind(max(self._base + same, self._stream.earliest))
        del self._fed[same:]
        for step in wanted[same:]:
            self._fed.append(step)
        self._stream.feed(wanted[same:])
        self._note_the_human(wanted, same)
        self._settle(beat, [len(steps) for steps in beats])

    def _note_the_human(self, wanted: list[Step], since: int) -> None:
        """Remember where the stream takes up the last of the human's notes that are new to it."""
        lately = {(note.key, note.tick % TICKS_PER_BEAT) for note in self._history.notes[-_LATELY_NOTES:] if note.human}
        for place in range(len(wanted) - 1, max(since, 1) - 1, -1):
            key, tick = wanted[place].fields[_KEY_FIELD], wanted[place].fields[_TICK_FIELD]
            if (key, tick) in lately:
                self._struck = (self._base + place, *divmod(key, PITCHES), tick)
                return

    def _restart(self, beat: int) -> int:
        """Begin the stream anew some bars before a beat, or where the music began."""
        self._stream.clear()
        self._fed: list[Step] = []
        self._base = 0
        self._settled_chord = NO_CHORD
        first = min((note.tick // TICKS_PER_BEAT for note in self._history.notes), default=beat)
        self._settled_beat = max(min(first, beat), beat - _LOOK_BACK_BEATS)
        return self._settled_beat

    def _settle(self, beat: int, counts: list[int]) -> None:
        """Close beats that can no longer change, so that nothing grows with the evening."""
        assert self._settled_beat is not None
        closed = beat - _UNSETTLED_BEATS - self._settled_beat
        if closed <= 0:
            return
        gone = sum(counts[:closed])
        self._settled_chord = self._fed[gone - 1].fields[_CHORD_FIELD]
        self._base += gone
        del self._fed[:gone]
        self._settled_beat += closed
        self._history.forget_before(self._settled_beat * TICKS_PER_BEAT)

    def _feed(self, step: Step) -> None:
        if self.overtaken():
            raise _Overtaken
        self._stream.feed([step])
        self._fed.append(step)

    def _last_chord(self) -> int:
        return self._fed[-1].fields[_CHORD_FIELD] if self._fed else self._settled_chord
