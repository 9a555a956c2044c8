"""Phrases as points, on stage: the VAE's weights in plain numpy, with what musicians do there. Worker only.

A point is where a two-bar phrase lies in the space of `models.vae`; near points are near phrases, and between two points lie
the phrases between.
"""

# Z size of the space, F frames, S symbols

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from models.music import COORDINATES
from models.phrases import FRAMES, FRAMES_PER_BEAT, NOTES, SYMBOLS, Phrase
from models.prior import Prior

Floats = NDArray[np.float32]
SHIPPED = Path(__file__).parent / "checkpoints" / "phrases" / "phrases.safetensors"
FORMAT = "antiphon-phrases-1"
ATTRIBUTES = ("density", "syncopation", "leaps", "contour")
"""What can be turned up and down in the space, each along one direction."""
_SPREADS_ACROSS = 4.0
"""Along a told axis, shares of 0 and 1 lie two usual distances below and above the middle of all phrases."""
FEWEST_NOTES = 2
"""A phrase that is pulled into less is no phrase any more."""
_LET_GO = 0.01
"""A fader that stands so near to its middle pulls nothing."""
_PULLS = np.arange(0.0, 3.01, 0.5, dtype=np.float32)
"""How hard a phrase is pulled to see where it goes: the decoder gives way in steps, and some phrases hardly at all."""


class PhraseError(ValueError):
    """Weights that say no phrases, with a sentence that says why."""


@dataclass(frozen=True, slots=True)
class _Voice:
    """A recurrent cell as PyTorch keeps it (GRU, Cho et al. 2014)."""

    inward: Floats  # (3C, in)
    onward: Floats  # (3C, C)
    inward_bias: Floats
    onward_bias: Floats

    def step(self, x: Floats, state: Floats) -> Floats:
        """The next state (N, C)."""
        a, b = x @ self.inward.T + self.inward_bias, state @ self.onward.T + self.onward_bias
        size = state.shape[-1]
        reset, keep = (1.0 / (1.0 + np.exp(-(a[:, i : i + size] + b[:, i : i + size]))) for i in (0, size))
        fresh = np.tanh(a[:, 2 * size :] + reset * b[:, 2 * size :])
        return np.asarray((1.0 - keep) * fresh + keep * state, np.float32)


class PhraseSpace:
    """The space of two-bar phrases: to a point, from a point, and about."""

    def __init__(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        w = {name: np.asarray(value, np.float32) for name, value in weights.items()}
        self._w = w
        self._voice = _Voice(*(w[f"voice.{name}_l0"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")))
        self.size = len(w["mean.bias"])
        self._told = np.sort(np.argsort(-w["spread_of_all"], kind="stable")[:COORDINATES])

    @classmethod
    def load(cls, path: Path = SHIPPED) -> PhraseSpace:
        """The space in a file. Raises PhraseError."""
        try:
            with safe_open(path, "numpy") as opened:
                about = opened.metadata() or {}
                if about.get("format") != FORMAT:
                    told = about.get("format", "unnamed")
                    raise PhraseError(f"{path.name} holds no phrases of Antiphon; its format is {told!r}")
                weights = {name: opened.get_tensor(name) for name in opened.keys()}
        except FileNotFoundError:
            raise PhraseError(f"there are no phrases at {path}") from None
        except (SafetensorError, OSError) as error:
            raise PhraseError(f"{path.name} is damaged or is no safetensors file: {error}") from error
        if json.loads(about.get("frames", "[]")) != [FRAMES, SYMBOLS] or "mean.bias" not in weights:
            raise PhraseError(f"{path.name} speaks of other frames than this version; train it anew")
        return cls(weights)

    def cloud(self) -> tuple[Floats, Floats]:
        """Where recorded phrases lie: their middle and how far they spread about it (Z each)."""
        return self._w["mean_of_all"], np.maximum(self._w["spread_of_all"], np.float32(1e-6))

    def point(self, phrase: Phrase) -> Floats:
        """Where a phrase lies (Z)."""
        w = self._w
        x = _silu(w["hear.weight"][phrase.symbols + np.arange(FRAMES) * SYMBOLS].sum(0))
        x = x + _silu(w["think.weight"] @ x + w["think.bias"])
        return np.asarray(w["mean.weight"] @ x + w["mean.bias"], np.float32)

    def phrase(self, z: Floats, middle: int, temperature: float = 0.0, rng: np.random.Generator | None = None) -> Phrase:
        """The phrase of a point around a middle pitch; temperature 0 says the likeliest."""
        return self._phrases(z[None], middle, temperature, rng)[0]

    def _phrases(
        self, points: Floats, middle: int, temperature: float = 0.0, rng: np.random.Generator | None = None
    ) -> list[Phrase]:
        """The phrases of points (N, Z), said side by side: that takes hardly longer than one."""
        w, state = self._w, np.zeros((len(points), len(self._voice.onward[0])), np.float32)
        told = _silu(points @ w["open.weight"].T + w["open.bias"]) @ w["spread_out.weight"].T + w["spread_out.bias"]
        symbols, said = np.full(len(points), SYMBOLS), []
        for frame in told.reshape(len(points), FRAMES, -1).swapaxes(0, 1):
            state = self._voice.step(np.concatenate((w["before.weight"][symbols], frame), -1), state)
            logits = np.concatenate((state, frame), -1) @ w["choose.weight"].T + w["choose.bias"]
            if temperature > 0 and rng is not None:
                logits = logits / temperature - np.log(-np.log(rng.uniform(1e-9, 1.0, logits.shape)))
            symbols = logits.argmax(-1)
            said.append(symbols)
        return [Phrase(middle, phrase.astype(np.int64)) for phrase in np.stack(said, 1)]

    def vary(self, phrase: Phrase, amount: float, rng: np.random.Generator) -> Phrase:
        """The phrase, changed: 0 as it is, 1 as far away as phrases lie from one another."""
        z = self.point(phrase)
        if amount <= 0:
            return phrase
        away = rng.normal(0, 1, self.size).astype(np.float32) * self._w["spread_of_all"]
        return self.phrase(np.asarray(z * np.sqrt(1 - amount**2) + amount * away, np.float32), phrase.middle)

    def between(self, one: Phrase, other: Phrase, share: float) -> Phrase:
        """The phrase that lies so far on the way from one to the other: 0 is the first, 1 the second."""
        middle = round(one.middle + share * (other.middle - one.middle))
        return self.phrase(mix(self.point(one), self.point(other), share), middle)

    def turned(self, phrase: Phrase, attribute: str, amount: float) -> Phrase:
        """The phrase with more (or, below 0, less) of an attribute; 1 is a usual distance between phrases."""
        z = self.point(phrase) + np.float32(amount) * self._w[f"direction.{attribute}"]
        return self.phrase(np.asarray(z, np.float32), phrase.middle)

    def coordinates(self, phrase: Phrase) -> Floats:
        """Where a phrase lies along the axes that are told, in shares: 0.5 is the middle of all phrases, and some lie beyond 0
        or 1."""
        middle, spread = self.cloud()
        return np.asarray(0.5 + ((self.point(phrase) - middle) / spread)[self._told] / _SPREADS_ACROSS, np.float32)

    def pulled(self, phrase: Phrase, towards: Sequence[float]) -> Phrase:
        """The phrase, drawn along each told axis so far towards its end: 0.5 leaves it where it lies, 1 and 0 are all the way.

        The decoder gives way in steps, so that a phrase that is merely sent off seldom arrives. It is sent near and far,
        and of all that come out the one is taken that lies nearest to what was asked: asked farther, it never goes back.
        """
        wish = np.asarray(towards, np.float32)
        force = np.abs(2.0 * wish - 1.0)
        if force.max() < _LET_GO:
            return phrase
        own, (_, spread) = self.coordinates(phrase), self.cloud()
        end = np.where(wish > 0.5, np.maximum(own, 1.0), np.minimum(own, 0.0))
        asked = own + force * (end - own)
        points = np.repeat(self.point(phrase)[None], len(_PULLS), 0)
        points[:, self._told] += np.outer(_PULLS, (asked - own) / force.max() * spread[self._told] * _SPREADS_ACROSS)
        found = [phrase, *(said for said in self._phrases(points[1:], phrase.middle) if said.onsets >= FEWEST_NOTES)]
        return min(found, key=lambda said: float(np.linalg.norm((self.coordinates(said) - asked) * (force > 0))))

    def from_normed(self, point: Floats) -> Floats:
        """The point that a normed one stands for: along each axis 0 is the middle of all, 1 a usual distance away."""
        return np.asarray(self._w["mean_of_all"] + point * self._w["spread_of_all"], np.float32)

    @property
    def prior(self) -> Prior:
        """Which phrases follow which."""
        return Prior(self._w)


def mix(one: Floats, other: Floats, share: float) -> Floats:
    """On the arc from one point to another (White 2016): the middle of the straight line would be too near to nothing."""
    angle = float(np.arccos(np.clip(alike(one, other), -1.0, 1.0)))
    if angle < 1e-4:
        return np.asarray((1 - share) * one + share * other, np.float32)
    along = np.sin((1 - share) * angle) * one + np.sin(share * angle) * other
    return np.asarray(along / np.sin(angle), np.float32)


def alike(one: Floats, other: Floats) -> float:
    """How much two phrases resemble one another, by their points: 1 the same, 0 nothing in common."""
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / max(lengths, 1e-9)


def attributes(symbols: Sequence[int] | NDArray[np.int64]) -> dict[str, float]:
    """What the faders turn, measured on a phrase: notes a beat, share of onsets off the beat, mean leap, rise from first to
    last."""
    onsets = [(frame, symbol) for frame, symbol in enumerate(symbols) if symbol < NOTES]
    if len(onsets) < 2:
        return dict.fromkeys(ATTRIBUTES, 0.0) | {"density": len(onsets) * FRAMES_PER_BEAT / FRAMES}
    pitches = [float(symbol) for _, symbol in onsets]
    steps = np.diff(pitches)
    return {
        "density": len(onsets) * FRAMES_PER_BEAT / FRAMES,
        "syncopation": sum(frame % FRAMES_PER_BEAT != 0 for frame, _ in onsets) / len(onsets),
        "leaps": float(np.abs(steps).mean()),
        "contour": float(np.polyfit(np.linspace(-1, 1, len(pitches)), pitches, 1)[0]),
    }


def _silu(x: Floats) -> Floats:
    return np.asarray(x / (1.0 + np.exp(-x)), np.float32)
