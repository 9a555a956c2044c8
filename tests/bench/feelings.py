"""How well the mood is heard: the signs of valence and energy against those that people gave.

Ours was learnt from no labels, but where its middle lies was chosen with an eye on them; so it is judged as well with the
middle that is best for nine tenths of the pieces, on the last. Beside it stand the more frequent label, and what a logistic
regression on the very values that we hear makes of them, judged in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from agent.listen.key import KeyFinder
from agent.listen.mood import FEWEST_ONSETS, MoodFinder
from tests.bench.labelled import Felt

FOLDS, ROUNDS, PENALTY = 10, 10, 3.0
USUAL_BEATS_A_SECOND = 1.5

Floats = NDArray[np.float64]
Truth = NDArray[np.bool_]


def figures(pieces: list[Felt]) -> dict[str, dict[str, float]]:
    """The share of right signs, and each baseline's."""
    heard = [_listen(piece) for piece in pieces]
    values = np.array([row for row, _, _ in heard])
    table: dict[str, dict[str, float]] = {}
    for name, ours, truth in (
        ("valence", [v for _, v, _ in heard], [piece.bright for piece in pieces]),
        ("energy", [e for _, _, e in heard], [piece.wild for piece in pieces]),
    ):
        right = [(value > 0.5) == label for value, label in zip(ours, truth, strict=True)]
        sides = [fmean(r for r, label in zip(right, truth, strict=True) if label == side) for side in (True, False)]
        table[f"sign of {name}"] = _row(pieces, fmean(right)) | {"balanced": round(fmean(sides), 3)}
        table[f"sign of {name}, middle cross-validated"] = _row(
            pieces, _judged(_middle, np.array(ours)[:, None], np.array(truth))
        )
        table[f"sign of {name}, the more frequent"] = _row(pieces, max(fmean(truth), 1.0 - fmean(truth)))
        table[f"sign of {name}, cross-validated"] = _row(pieces, _judged(_fit, _scaled(values), np.array(truth)))
    return table


def _row(pieces: list[Felt], right: float) -> dict[str, float]:
    return {"pieces": len(pieces), "right": round(right, 3)}


def _listen(piece: Felt) -> tuple[list[float], float, float]:
    """What is heard of a piece at its end, and valence and energy as they were on average."""
    key, mood = KeyFinder(), MoodFinder()
    valences, energies = [], []
    down: list[tuple[float, int]] = []
    for number, note in enumerate(piece.notes):
        key.hear(note.begin * USUAL_BEATS_A_SECOND, note.pitch)
        down = [(end, pitch) for end, pitch in down if end > note.begin] + [(note.end, note.pitch)]
        mood.hear(note.begin, note.pitch, note.velocity, [pitch for _, pitch in down], (key.key, key.major))
        if number >= FEWEST_ONSETS:
            valences.append(mood.valence)
            energies.append(mood.energy)
    return [*mood.heard, key.major], fmean(valences), fmean(energies)


def _scaled(values: Floats) -> Floats:
    return (values - values.mean(0)) / values.std(0)


def _judged(learn: Callable[[Floats, Truth], Floats], values: Floats, truth: Truth) -> float:
    """The share of right signs of pieces that were not learnt from, over many ways to set a tenth of them aside."""
    raised = np.c_[values, np.ones(len(values))]
    right = 0
    for round_ in range(ROUNDS):
        order = np.random.default_rng(round_).permutation(len(truth))
        for fold in range(FOLDS):
            withheld = order[fold::FOLDS]
            weights = learn(np.delete(raised, withheld, 0), np.delete(truth, withheld))
            right += int(((raised[withheld] @ weights > 0) == truth[withheld]).sum())
    return right / (ROUNDS * len(truth))


def _middle(values: Floats, truth: Truth) -> Floats:
    """The middle of our own value that gets most signs right."""
    ours = np.sort(values[:, 0])
    between = (ours[1:] + ours[:-1]) / 2
    right = [int(((values[:, 0] > middle) == truth).sum()) for middle in between]
    return np.array([1.0, -between[int(np.argmax(right))]])


def _fit(values: Floats, truth: Truth) -> Floats:
    """Logistic regression by Newton's method."""
    weights = np.zeros(values.shape[1])
    leash = PENALTY * np.diag([*np.ones(len(weights) - 1), 1e-6])
    for _ in range(30):
        said = 1.0 / (1.0 + np.exp(-values @ weights))
        slope = values.T @ (said - truth) + leash @ weights
        weights -= 0.7 * np.linalg.solve((values.T * (said * (1.0 - said))) @ values + leash, slope)
    return weights
