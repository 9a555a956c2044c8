"""The language between music and the transformer: which steps there are and what each one carries.

Run it to see the table: `python -m models.vocabulary`.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left

from models.music import PARTS, TICKS_PER_BEAT
from models.music import STYLES as STYLES

KINDS = ("BEAT", "CHORD", "NOTE")
BEAT, CHORD, NOTE = range(3)

QUALITIES = ("maj", "min", "7", "maj7", "min7", "dim", "aug", "sus")
CHORD_TONES = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 4, 7, 11), (0, 3, 7, 10), (0, 3, 6), (0, 4, 8), (0, 5, 7))
NO_CHORD = 12 * len(QUALITIES)
"""The chord index of "nobody says"; a chord is root * len(QUALITIES) + quality."""

DURATIONS: tuple[int, ...] = (1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 14, 16, 18, 20, 22, 24)
DURATIONS += (28, 32, 36, 40, 44, 48, 56, 64, 72, 84, 96, 120, 144, 192, 240, 384)
"""Note lengths a model can choose, in ticks."""

NO_LENGTH = len(DURATIONS)
"""The length class of a note whose end nobody knows yet: a human's, and of what is no note."""

VELOCITIES = 16
PITCHES = 128
MAX_METRE = 12
TEMPO_EDGES = (50, 62, 74, 88, 104, 124, 150)
NEVER = TICKS_PER_BEAT
"""The tick class that says: nothing before the next beat."""

FIELDS: tuple[tuple[str, int, str], ...] = (
    ("kind", len(KINDS), "BEAT, CHORD or NOTE"),
    ("key", len(PARTS) * PITCHES + 1, "part * 128 + pitch of a NOTE; the last value for the others"),
    ("tick", TICKS_PER_BEAT, "where in the beat it begins"),
    ("velocity", VELOCITIES + 1, "loudness of a NOTE in 16 buckets; 16 for the others"),
    ("beat_in_bar", MAX_METRE, "which beat of the bar this step lies in"),
    ("metre", MAX_METRE + 1, "quarter notes to a bar; 0 unknown"),
    ("tempo", len(TEMPO_EDGES) + 2, "0 unknown, then slow to fast"),
    ("style", len(STYLES), "what kind of music"),
    ("chord", NO_CHORD + 1, "the last chord named so far"),
    ("band", 2 ** len(PARTS), "which parts play in this music, as bits"),
    ("length", len(DURATIONS) + 1, "how long a NOTE is meant to last; the last value: its player does not say"),
)
"""What every step carries as numbers; besides, each step sees which keys are held: one row of `len(PARTS) * 128` flags."""

HEADS: tuple[tuple[str, int, str], ...] = (
    ("tick", TICKS_PER_BEAT + 1, "when the part's next note begins in this beat; the last value: not in this beat"),
    ("pitch", PITCHES, "which pitch, knowing part and tick"),
    ("duration", len(DURATIONS), "how long, knowing part, tick and pitch"),
    ("velocity", VELOCITIES, "how loud, knowing part, tick and pitch"),
    ("chord", NO_CHORD + 1, "the chord of this beat; the last value: no chord"),
)


def key_of(part: int, pitch: int) -> int:
    """The index of a pitch in a part."""
    return part * PITCHES + pitch


NO_KEY = len(PARTS) * PITCHES


def velocity_bucket(velocity: int) -> int:
    """The loudness class of a MIDI velocity."""
    return min(max(velocity, 0), 127) * VELOCITIES // 128


def velocity_of(bucket: int) -> int:
    """The MIDI velocity in the middle of a loudness class."""
    return bucket * 128 // VELOCITIES + 64 // VELOCITIES


def duration_bucket(ticks: int) -> int:
    """The length class nearest to a length in ticks."""
    right = bisect_left(DURATIONS, ticks)
    if right == len(DURATIONS) or right == 0:
        return min(right, len(DURATIONS) - 1)
    return right if DURATIONS[right] - ticks <= ticks - DURATIONS[right - 1] else right - 1


def tempo_bucket(bpm: float) -> int:
    """The tempo class of a tempo; 0 or less means unknown."""
    return 0 if bpm <= 0 else 1 + bisect_left(TEMPO_EDGES, bpm)


def band_bits(parts: tuple[str, ...] | set[str]) -> int:
    """The set of playing parts as bits."""
    return sum(1 << PARTS.index(part) for part in set(parts))


def chord_index(root: int, quality: int) -> int:
    """One number for a chord; a root below 0 is no chord."""
    return NO_CHORD if root < 0 else root * len(QUALITIES) + quality


def nearest_chord(root: int, tones: tuple[int, ...]) -> int:
    """The chord of ours that is most like one with these semitones above its root; tensions count less than its first four."""
    wanted = set(tones[:4])
    likeness = [len(wanted & set(ours)) - 0.6 * len(set(ours) - wanted) for ours in CHORD_TONES]
    return chord_index(root, max(range(len(QUALITIES)), key=lambda quality: likeness[quality]))


def transpose_chord(chord: int, semitones: int) -> int:
    """The same chord on another root."""
    if chord == NO_CHORD:
        return chord
    root, quality = divmod(chord, len(QUALITIES))
    return chord_index((root + semitones) % 12, quality)


def chord_pitch_classes(chord: int) -> frozenset[int]:
    """The pitch classes of a chord; empty for none."""
    if chord == NO_CHORD:
        return frozenset()
    root, quality = divmod(chord, len(QUALITIES))
    return frozenset((root + tone) % 12 for tone in CHORD_TONES[quality])


def fingerprint() -> str:
    """A short name for exactly this table, so that weights trained on another one are refused."""
    sizes = [[row[:2] for row in FIELDS], [row[:2] for row in HEADS]]
    content = [*sizes, DURATIONS, TEMPO_EDGES, STYLES, QUALITIES, PARTS, TICKS_PER_BEAT]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def table() -> str:
    """The whole vocabulary as text for a person."""
    lines = [f"vocabulary {fingerprint()}", "", "every step carries"]
    lines += [f"  {name:<12} {size:>4}  {meaning}" for name, size, meaning in FIELDS]
    lines += ["", "the model answers, for every part"]
    lines += [f"  {name:<12} {size:>4}  {meaning}" for name, size, meaning in HEADS]
    lines += ["", f"lengths in ticks of 1/{TICKS_PER_BEAT} beat: {' '.join(map(str, DURATIONS))}"]
    return "\n".join([*lines, f"chord qualities: {' '.join(QUALITIES)}", f"styles: {' '.join(STYLES)}"])


if __name__ == "__main__":
    import sys

    sys.stdout.write(table() + "\n")
