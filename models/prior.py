"""Which phrase follows which? A small diffusion model over points of the phrase space, trained here and drawn from in numpy.

Denoising diffusion (Ho et al. 2020) with few deterministic steps (Song et al. 2021): from noise, and knowing the phrase
before, to a point where a phrase could lie. Points are normed by the spread of all phrases.
"""

# N points, Z size of the space, D width

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

Floats = NDArray[np.float32]
STEPS = 24
LIFT = 4.0
"""Semitones: the usual distance between the middles of phrases that follow one another."""
_FROM = 0.9
"""Nearer to pure noise nothing is known of the point, and what is guessed of it is blown up."""
_WIDTH = 384
_ANGLES = 16


def times(t: Floats) -> Floats:
    """What the denoiser is told of the time (N, 2 * angles); 0 is clean, 1 is noise."""
    angles = t[:, None] * (2.0 ** np.arange(_ANGLES) * 0.25).astype(np.float32)
    return np.concatenate((np.sin(angles), np.cos(angles)), -1).astype(np.float32)


def clean_share(t: Floats) -> Floats:
    """How much of a point is left at a time (cosine schedule, Nichol and Dhariwal 2021)."""
    return np.asarray(np.cos(0.5 * np.pi * np.clip(t, 0.0, 0.998)) ** 2, np.float32)


class Prior:
    """Draws points that follow one another. Worker only."""

    def __init__(self, weights: Mapping[str, NDArray[np.generic]]) -> None:
        self._layers = [
            (np.asarray(weights[f"prior.{i}.weight"], np.float32), np.asarray(weights[f"prior.{i}.bias"], np.float32))
            for i in range(3)
        ]

    def draw(self, before: Floats | None, rng: np.random.Generator) -> tuple[Floats, int]:
        """A normed point to follow another, or to begin with, and how many semitones its middle lies above the one before."""
        x = rng.normal(0, 1, len(self._layers[-1][1])).astype(np.float32)
        for step in range(STEPS, 0, -1):
            now, then = (clean_share(np.array([k / STEPS * _FROM], np.float32))[0] for k in (step, step - 1))
            noise = self._noise(x, before, step / STEPS * _FROM)
            clean = np.clip((x - np.sqrt(1 - now) * noise) / np.sqrt(now), -4.0, 4.0)
            x = np.asarray(np.sqrt(then) * clean + np.sqrt(1 - then) * noise, np.float32)
        return x[:-1], round(float(x[-1]) * LIFT)

    def _noise(self, x: Floats, before: Floats | None, t: float) -> Floats:
        known = np.zeros(len(x), np.float32) if before is None else np.append(before, 1.0)
        y = np.concatenate((x, known, times(np.array([t], np.float32))[0]))
        for weight, bias in self._layers[:-1]:
            y = weight @ y + bias
            y = y / (1.0 + np.exp(-y))
        weight, bias = self._layers[-1]
        return np.asarray(weight @ y + bias, np.float32)


def train_prior(
    points: Floats, follows: NDArray[np.int64], lifts: NDArray[np.int64], minutes: float, seed: int = 1
) -> dict[str, Floats]:
    """Weights of a prior from normed points (N, Z), pairs (M, 2) of rows, the second of which follows the first, and by how
    many semitones its middle lies higher (M)."""
    import time

    import torch
    from torch import nn

    torch.manual_seed(seed)
    size = points.shape[1]
    net = nn.Sequential(
        nn.Linear(2 * size + 2 + 2 * _ANGLES, _WIDTH),
        nn.SiLU(),
        nn.Linear(_WIDTH, _WIDTH),
        nn.SiLU(),
        nn.Linear(_WIDTH, size + 1),
    )
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-4)
    z, pairs = torch.from_numpy(points), torch.from_numpy(follows)
    lift = torch.from_numpy((np.clip(lifts, -12, 12) / LIFT).astype(np.float32))[:, None]
    began = time.perf_counter()
    while (done := (time.perf_counter() - began) / (minutes * 60)) < 1.0:
        for group in optimizer.param_groups:
            group["lr"] = 2e-3 * (1.0 - done) + 1e-5
        rows = torch.randint(0, len(pairs), (1024,))
        loss = _noise_loss(net, z[pairs[rows, 0]], torch.cat((z[pairs[rows, 1]], lift[rows]), -1))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    linear = [layer for layer in net if isinstance(layer, nn.Linear)]
    return {
        f"prior.{i}.{name}": value.detach().numpy()
        for i, layer in enumerate(linear)
        for name, value in (("weight", layer.weight), ("bias", layer.bias))
    }


def _noise_loss(net: torch.nn.Module, before: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    import torch

    known = (torch.rand(len(x), 1) > 0.15).float()
    t = torch.rand(len(x))
    share = torch.from_numpy(clean_share(t.numpy()))[:, None]
    noise = torch.randn_like(x)
    noised = share.sqrt() * x + (1 - share).sqrt() * noise
    told = torch.from_numpy(times(t.numpy()))
    found: torch.Tensor = net(torch.cat((noised, before * known, known, told), -1))
    return (found - noise).square().mean()
