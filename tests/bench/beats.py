"""How well the beat of a player is followed: the conductor's own beats, as they fell, against those that people tapped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log2
from statistics import fmean, median
from time import thread_time

from agent.clock.conductor import Conductor
from models.music import Metre
from models.tempo import TempoMap
from tests.bench.labelled import Played, Struck

NEAR_SECONDS = 0.07
WARM_UP_BARS = 4
LEVEL_OCTAVES = 0.415
"""A tempo off by more than a third, either way, is another level of the beat."""
STEADY_SHARE = 0.02
LONGEST_SECONDS = 120.0

Follower = Callable[[list[Struck]], TempoMap]
"""Hears the notes in order and returns where it put its beats; the times are the notes'."""


@dataclass(frozen=True, slots=True)
class Followed:
    """One piece: F-measure, whether the level of the beat was kept, and the share of steady beats with the right tempo."""

    f_measure: float
    level_kept: float
    tempo_right: float | None
    microseconds: float


def conduct(notes: list[Struck]) -> TempoMap:
    """The conductor, from a tempo of 100, as on stage."""
    tempo = TempoMap(100.0, seconds=notes[0].begin - 1.0)
    conductor = Conductor(tempo, Metre(), "estimate")
    for note in notes:
        conductor.settle(note.begin)
        conductor.heard(note.begin, note.velocity, note.pitch)
    return tempo


def keep_first_tempo(notes: list[Struck], beats: list[float]) -> TempoMap:
    """The baseline: whoever is told the beats of the first bars, and goes on in their tempo."""
    first = [beat for beat in beats if beat >= notes[0].begin - 0.2][: 4 * WARM_UP_BARS + 1]
    period = (first[-1] - first[0]) / (len(first) - 1)
    return TempoMap(60.0 / period, seconds=first[-1])


def follow(piece: Played, notes: list[Struck], baseline: bool) -> Followed | None:
    """Play the notes of a piece, or the first two minutes; None if it is too short to say anything."""
    end = min(notes[-1].begin, notes[0].begin + LONGEST_SECONDS)
    heard = [note for note in notes if note.begin <= end]
    bars = [bar for bar in piece.downbeats if bar >= notes[0].begin - 0.2]
    if len(bars) <= WARM_UP_BARS + 2 or len(piece.beats) < 30:
        return None
    began = thread_time()
    tempo = keep_first_tempo(heard, piece.beats) if baseline else conduct(heard)
    spent = thread_time() - began
    start = bars[WARM_UP_BARS]
    truth = [beat for beat in piece.beats if start <= beat <= end]
    if len(truth) < 12:
        return None
    first = ceil(tempo.beats_at(start))
    taps = [tempo.seconds_at(beat) for beat in range(first, int(tempo.beats_at(end)) + 1)]
    per_bar = len(piece.beats) / max(len(piece.downbeats), 1)
    ratios = _ratios(piece.beats, tempo, start, end)
    kept = _longest_run([abs(log2(max(ratio, 0.01))) > LEVEL_OCTAVES for _, ratio in ratios]) <= 2 * per_bar
    steady = [abs(ratio - 1.0) < 0.04 for is_steady, ratio in ratios if is_steady]
    return Followed(
        f_measure(taps, truth, NEAR_SECONDS), float(kept), fmean(steady) if steady else None, 1e6 * spent / len(heard)
    )


def f_measure(said: list[float], truth: list[float], near: float) -> float:
    """Of two rising lists, how much of each has a partner in the other no farther than this."""
    i = j = hits = 0
    while i < len(said) and j < len(truth):
        off = said[i] - truth[j]
        if abs(off) <= near:
            hits, i, j = hits + 1, i + 1, j + 1
        elif off < 0:
            i += 1
        else:
            j += 1
    return 2.0 * hits / max(len(said) + len(truth), 1)


def figures(all_followed: list[Followed | None]) -> dict[str, float]:
    """The means over pieces; and the median piece's time a note."""
    done = [one for one in all_followed if one is not None]
    tempi = [one.tempo_right for one in done if one.tempo_right is not None]
    return {
        "pieces": len(done),
        "f_measure": round(fmean(one.f_measure for one in done), 3),
        "level_kept": round(fmean(one.level_kept for one in done), 3),
        "tempo_right": round(fmean(tempi), 3) if tempi else 0.0,
        "microseconds": round(median(one.microseconds for one in done)),
    }


def _ratios(beats: list[float], tempo: TempoMap, start: float, end: float) -> list[tuple[bool, float]]:
    """Around each tapped beat: whether the player is steady there, and our tempo over theirs."""
    found = []
    for before, here, after in zip(beats, beats[2:], beats[4:], strict=False):
        if start <= here <= end and after > before:
            halves = (here - before) / (after - before)
            ours = (tempo.beats_at(after) - tempo.beats_at(before)) / 4.0
            found.append((abs(halves - 0.5) < STEADY_SHARE, ours))
    return found


def _longest_run(flags: list[bool]) -> int:
    longest = run = 0
    for flag in flags:
        run = run + 1 if flag else 0
        longest = max(longest, run)
    return longest
