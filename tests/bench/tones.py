"""How well key, chord and phrase are heard, against what experts wrote down; and baselines that are told more."""

from __future__ import annotations

from bisect import bisect_right
from statistics import fmean

from agent.listen.chord import QUALITIES
from agent.listen.key import KeyFinder
from agent.listen.listener import Listener
from agent.listen.phrase import PhraseFinder
from models.music import Onset
from tests.bench.beats import f_measure
from tests.bench.labelled import Form, Harmony, Struck

BAR_BEATS = 4.0
BEAT_SECONDS = 0.6
"""These pieces are in beats; as fast as this they are played to whoever asks for the time."""
KRUMHANSL = (
    (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
)
"""Probe-tone profiles: C. L. Krumhansl, Cognitive Foundations of Musical Pitch (1990), table 2.1."""


def key_after_eight_bars(piece: Harmony) -> float:
    """1 if the key is right once eight bars have been heard, half for the relative."""
    finder, until = KeyFinder(), piece.notes[0].begin + 8 * piece.beats_per_bar
    for note in piece.notes:
        if note.begin >= until:
            break
        finder.hear(note.begin, note.pitch)
    return _key_right(finder.key, _key_at(piece, until - 1.0))


def key_by_krumhansl(piece: Harmony) -> float:
    """The baseline, which hears the whole piece before it speaks: correlation with the probe-tone profiles."""
    lengths = [0.0] * 12
    for note in piece.notes:
        lengths[note.pitch % 12] += note.end - note.begin
    keys = [(tonic, mode) for tonic in range(12) for mode in (0, 1)]
    best = max(keys, key=lambda key: _correlation(lengths, [KRUMHANSL[key[1]][(pc - key[0]) % 12] for pc in range(12)]))
    return _key_right(best, _key_at(piece, piece.notes[0].begin + 8 * piece.beats_per_bar - 1.0))


def chords_by_root(piece: Harmony) -> float:
    """The share of beats whose chord, as named when the beat is over, has the right root."""
    listener, sounding, right = Listener(), list[Struck](), list[bool]()
    beat = int(piece.chords[0][0])
    for note in piece.notes:
        while note.begin >= beat + 0.99:
            if listener.chord is not None and (root := _root_at(piece, beat)) is not None:
                right.append(listener.chord.root == root)
            beat += 1
        sounding = [one for one in sounding if one.end > note.begin] + [note]
        onset = Onset(note.begin, note.pitch, note.velocity, "comp", human=True)
        listener.hear(onset, [one.pitch for one in sounding], note.begin * BEAT_SECONDS)
    return fmean(right) if right else 0.0


def chords_by_template(piece: Harmony) -> float:
    """The baseline: of all that sounds in a beat, the triad or seventh chord that holds most and lacks least."""
    right = []
    weights: dict[int, list[float]] = {}
    for note in piece.notes:
        for beat in range(int(note.begin), int(note.end - 1e-6) + 1):
            share = min(note.end, beat + 1) - max(note.begin, beat)
            weights.setdefault(beat, [0.0] * 12)[note.pitch % 12] += share
    for beat, row in weights.items():
        if (root := _root_at(piece, beat)) is not None:
            right.append(_template_root(row) == root)
    return fmean(right) if right else 0.0


def phrase_ends(form: Form) -> float:
    """F-measure within a bar, the mean over both people."""
    finder, key, said = PhraseFinder(), KeyFinder(), list[float]()
    events = [(note.end, 0, note.pitch) for note in form.melody] + [(note.begin, 1, note.pitch) for note in form.melody]
    for beats, is_onset, pitch in sorted(events):
        if not is_onset:
            finder.lift(beats, pitch)
            continue
        key.hear(beats, pitch)
        if finder.hear(beats, pitch, key.key[0]) and finder.last_end_beats is not None:
            said.append(finder.last_end_beats)
    return _agreement([*said, form.melody[-1].end], form)


def phrases_of_four_bars(form: Form) -> float:
    """The baseline, which is told the bars: every fourth one from the first ends a phrase."""
    first = round(form.melody[0].begin / BAR_BEATS) * BAR_BEATS
    count = int((form.melody[-1].end - first) / (4 * BAR_BEATS)) + 1
    return _agreement([first + 4 * BAR_BEATS * number for number in range(1, count + 1)], form)


def phrases_by_rest(form: Form) -> float:
    """Another baseline: a phrase ends wherever a beat or more is silent."""
    pairs = zip(form.melody, form.melody[1:], strict=False)
    return _agreement([a.end for a, b in pairs if b.begin - a.end >= 1.0] + [form.melody[-1].end], form)


def people_agree(form: Form) -> float:
    """What two people reach."""
    return f_measure(form.phrase_ends[0], form.phrase_ends[1], BAR_BEATS)


def _agreement(said: list[float], form: Form) -> float:
    return fmean(f_measure(said, truth, BAR_BEATS) for truth in form.phrase_ends)


def _key_at(piece: Harmony, beats: float) -> tuple[int, int]:
    return next((key for at, key in reversed(piece.keys) if at <= beats), piece.keys[0][1])


def _key_right(said: tuple[int, int], truth: tuple[int, int]) -> float:
    if said == truth:
        return 1.0
    relative = ((said[0] + (3 if said[1] else -3)) % 12, 1 - said[1])
    return 0.5 if relative == truth else 0.0


def _root_at(piece: Harmony, beat: int) -> int | None:
    index = bisect_right(piece.chords, beat + 0.02, key=lambda chord: chord[0]) - 1
    return _root(piece.chords[index][1]) if index >= 0 else None


def _root(pitches: tuple[int, ...]) -> int:
    """The root of an expert's voicing."""
    classes, bass = {pitch % 12 for pitch in pitches}, min(pitches) % 12

    def fitness(root: int) -> float:
        chords = [{(root + tone) % 12 for tone in tones} for tones in QUALITIES.values()]
        shared = max(len(classes & c) - len(c - classes) - 0.8 * len(classes - c) - 0.01 * i for i, c in enumerate(chords))
        return shared + (0.3 if root == bass else 0.0)

    return max(range(12), key=fitness)


def _template_root(weights: list[float]) -> int:
    def fitness(root: int, tones: tuple[int, ...]) -> float:
        inside = [weights[(root + tone) % 12] for tone in tones]
        return sum(inside) - 0.25 * sum(weights) * inside.count(0.0)

    return max(range(12), key=lambda root: max(fitness(root, tones) for tones in QUALITIES.values()))


def _correlation(one: list[float], other: list[float]) -> float:
    mean_one, mean_other = fmean(one), fmean(other)
    cross = sum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    spread = sum((a - mean_one) ** 2 for a in one) * sum((b - mean_other) ** 2 for b in other)
    return cross / spread**0.5 if spread > 0.0 else 0.0
