"""From a trained VAE to the phrases that ship: the spread of all phrases, directions to turn, a prior, and a card with all
figures.

`python -m models.release_phrases --vae build/vae --corpus build/corpus/corpus.safetensors`
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from safetensors.torch import load_file

from models.album import Album, phrases
from models.data import CORPUS, Corpus
from models.latent import ATTRIBUTES, FORMAT, SHIPPED, PhraseSpace, attributes, mix
from models.options import from_command_line
from models.phrases import FRAMES, NOTES, PHRASE_BEATS, REACH, SYMBOLS, Phrase
from models.prior import Prior, train_prior
from models.sources import DATA_SETS
from models.train_vae import judge
from models.vae import PhraseVae, VaeShape

Floats = NDArray[np.float32]
_MAJOR = (0, 2, 4, 5, 7, 9, 11)


@dataclass(frozen=True, slots=True)
class PhraseRelease:
    """Which VAE becomes the shipped phrases."""

    vae: Path = Path("build/vae")
    corpus: Path = CORPUS
    out: Path = SHIPPED
    prior_minutes: float = 3.0
    most: int = 60000
    seed: int = 1


def release_phrases(settings: PhraseRelease) -> dict[str, object]:
    """Write the file and its card; returns the figures."""
    about = json.loads((settings.vae / "vae.json").read_text())
    vae = PhraseVae(VaeShape(**about["shape"]))
    vae.load_state_dict(load_file(settings.vae / "vae.safetensors"))
    vae.eval()
    corpus = Corpus(settings.corpus)
    album, test = phrases(corpus, "train"), phrases(corpus, "test")
    points = _points(vae, album)
    middle, spread = points.mean(0), points.std(0)
    normed = ((points - middle) / spread).astype(np.float32)
    weights = {name: value.numpy() for name, value in vae.state_dict().items()}
    weights |= {"mean_of_all": middle, "spread_of_all": spread}
    weights |= _directions(points, album, settings)
    follows = _pairs(album)
    lifts = album.middle[follows[:, 1]] - album.middle[follows[:, 0]]
    weights |= train_prior(normed, follows, lifts, settings.prior_minutes, settings.seed)
    settings.out.parent.mkdir(parents=True, exist_ok=True)
    licences = sorted({data_set.licence for data_set in DATA_SETS})
    meta = {
        "format": FORMAT,
        "frames": json.dumps([FRAMES, SYMBOLS]),
        "story": json.dumps(about["story"] | {"licences": licences}),
    }
    save_file({name: np.ascontiguousarray(value, np.float16) for name, value in weights.items()}, settings.out, meta)
    space = PhraseSpace.load(settings.out)
    figures = {"withheld": judge(vae, torch.from_numpy(test.symbols))} | _judged(space, test, settings)
    figures["prior"] = _prior_beside_gauss(vae, settings.out, test, settings)
    settings.out.with_suffix(".md").write_text(_card(about, figures))
    return figures


@torch.no_grad()
def _points(vae: PhraseVae, album: Album) -> Floats:
    rows = torch.from_numpy(album.symbols)
    return torch.cat([vae.encode(some)[0] for some in torch.split(rows, 4096)]).numpy()


def _pairs(album: Album) -> NDArray[np.int64]:
    """Rows of which the second begins where the first ends, in the same piece."""
    place = {
        (piece, beat): row for row, (piece, beat) in enumerate(zip(album.piece.tolist(), album.beat.tolist(), strict=True))
    }
    found = [(row, place.get((piece, beat + PHRASE_BEATS), -1)) for (piece, beat), row in place.items()]
    return np.array([pair for pair in found if pair[1] >= 0], np.int64)


def _directions(points: Floats, album: Album, settings: PhraseRelease) -> dict[str, Floats]:
    """For each attribute the direction along which it grows, as long as phrases usually lie apart in it (ridge regression)."""
    rng = np.random.default_rng(settings.seed)
    rows = rng.choice(len(points), min(settings.most, len(points)), replace=False)
    told = [attributes(symbols) for symbols in album.symbols[rows].tolist()]
    x = points[rows] - points[rows].mean(0)
    cov = x.T @ x / len(x) + 1e-3 * np.eye(x.shape[1])
    found = {}
    for name in ATTRIBUTES:
        y = np.array([row[name] for row in told], np.float32)
        slope = np.linalg.solve(cov, x.T @ (y - y.mean()) / len(x))
        direction = cov @ slope  # along which phrases with more of it really lie
        found[f"direction.{name}"] = (direction * y.std() / max(float(direction @ slope), 1e-9)).astype(np.float32)
    return found


def _judged(space: PhraseSpace, test: Album, settings: PhraseRelease, count: int = 200) -> dict[str, object]:
    """How smooth the way between two phrases is, and whether the faders do what they say."""
    rng = np.random.default_rng(settings.seed)
    rows = rng.choice(len(test.symbols), (count, 2))
    pitch, rhythm, whole = [], [], []
    rising: dict[str, list[bool]] = {name: [] for name in ATTRIBUTES}
    means: dict[str, list[list[float]]] = {name: [] for name in ATTRIBUTES}
    for one, other in rows.tolist():
        a, b = space.point(Phrase(60, test.symbols[one])), space.point(Phrase(60, test.symbols[other]))
        way = [space.phrase(mix(a, b, share), 60).symbols for share in np.linspace(0, 1, 9)]
        steps = [_apart(x, y) for x, y in pairwise(way)]
        pitch.append([step[0] for step in steps])
        rhythm.append([step[1] for step in steps])
        whole.append(_apart(way[0], way[-1]))
        for name in ATTRIBUTES:
            turned = [space.turned(Phrase(60, test.symbols[one]), name, k).symbols for k in (-2, -1, 0, 1, 2)]
            values = [attributes(symbols)[name] for symbols in turned]
            means[name].append(values)
            rising[name].append(bool(np.all(np.diff(values) >= -1e-9)))
    ends = np.array(whole)
    return {
        "step_pitch_p95": float(np.percentile(pitch, 95)),
        "step_rhythm_p95": float(np.percentile(rhythm, 95)),
        "ends_pitch": float(np.median(ends[:, 0])),
        "ends_rhythm": float(np.median(ends[:, 1])),
        "largest_step_share_median": float(np.median(np.max(rhythm, 1) / np.maximum(ends[:, 1], 1e-6))),
        "attributes": {name: np.round(np.mean(rows_, 0), 3).tolist() for name, rows_ in means.items()},
        "each_phrase_monotone": {name: float(np.mean(rows_)) for name, rows_ in rising.items()},
    }


def _apart(one: NDArray[np.int64], other: NDArray[np.int64]) -> tuple[float, float]:
    """Distance of pitch-class histograms (half the sum of differences) and share of frames whose onset differs."""
    histograms = [np.bincount((s[s < NOTES] - REACH) % 12, minlength=12) / max((s < NOTES).sum(), 1) for s in (one, other)]
    return float(np.abs(histograms[0] - histograms[1]).sum() / 2), float(((one < NOTES) != (other < NOTES)).mean())


def _prior_beside_gauss(
    vae: PhraseVae, path: Path, test: Album, settings: PhraseRelease, count: int = 600
) -> dict[str, object]:
    """Phrases that follow withheld ones: the recorded ones, those of the prior, and those drawn blindly."""
    from safetensors.numpy import load_file as load_arrays

    space, arrays = PhraseSpace.load(path), load_arrays(path)
    prior = Prior(arrays)
    middle, spread = (arrays[name].astype(np.float32) for name in ("mean_of_all", "spread_of_all"))
    rng = np.random.default_rng(settings.seed)
    pairs = _pairs(test)
    pairs = pairs[rng.choice(len(pairs), min(count, len(pairs)), replace=False)]
    points = (_points(vae, test) - middle) / spread
    before = points[pairs[:, 0]].astype(np.float32)
    middles = test.middle[pairs]
    from_prior = [prior.draw(point, rng) for point in before]
    drawn = {
        "recorded": (points[pairs[:, 1]], middles[:, 1]),
        "prior": (np.stack([point for point, _ in from_prior]), middles[:, 0] + np.array([lift for _, lift in from_prior])),
        "gauss": (rng.normal(0, 1, before.shape), middles[:, 0]),
    }
    table: dict[str, object] = {}
    for name, (z, middle_of) in drawn.items():
        said, heard = (
            [space.phrase(np.asarray(x * spread + middle, np.float32), int(m)) for x, m in zip(where, high, strict=True)]
            for where, high in ((z, middle_of), (before, middles[:, 0]))
        )
        alike = np.sum(z * before, 1) / np.linalg.norm(z, axis=1) / np.linalg.norm(before, axis=1)
        table[name] = {
            "in_one_key": float(np.mean([_in_one_key([a, b]) for a, b in zip(heard, said, strict=True)])),
            "likeness_to_the_phrase_before": float(alike.mean()),
            "frechet": _frechet(z, points[pairs[:, 1]]),
            "notes": float(np.mean([(phrase.symbols < NOTES).sum() for phrase in said])),
        }
    return table


def _in_one_key(both: list[Phrase]) -> float:
    classes = np.concatenate([(phrase.middle + phrase.symbols[phrase.symbols < NOTES] - REACH) % 12 for phrase in both])
    if not len(classes):
        return 1.0
    return max(float(np.isin((classes - tonic) % 12, _MAJOR).mean()) for tonic in range(12))


def _frechet(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Distance of two clouds of points by mean and covariance (Heusel et al. 2017), here of their spreads along each axis."""
    return float(np.square(one.mean(0) - other.mean(0)).sum() + np.square(one.std(0) - other.std(0)).sum())


def _card(about: dict[str, object], figures: dict[str, object]) -> str:
    story = about["story"]
    return (
        "# phrases\n\nTwo-bar phrases of one voice as points in a space: to vary, morph and turn them, and to draw phrases\n"
        "that follow one another.\n\n"
        "- made with: `python -m models.train_vae`, then `python -m models.release_phrases`, from the corpus of\n"
        "  `antiphon train`\n"
        f"- seed {about['seed']}; training: {json.dumps(story)}\n"
        f"- shape: {json.dumps(about['shape'])}\n"
        "- data and licences: the leads of the sets in `models/sources.py`; credits are in NOTICE\n\n"
        "## Figures, on withheld songs\n\n```json\n" + json.dumps(figures, indent=1) + "\n```\n"
    )


if __name__ == "__main__":
    release_phrases(from_command_line(PhraseRelease, "Ship the phrases."))
