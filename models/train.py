"""Teaching the mind: one process that can be stopped and taken up again at any time.

`python -m models.train --minutes 95` from a prepared corpus; a second call with the same folder goes on where it stopped.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import time
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from models.batch import Batch, Sampler, stack
from models.data import Corpus
from models.music import PARTS
from models.transformer import Mind, Shape
from models.vocabulary import FIELDS, fingerprint
from models.window import Recipe, assemble

log = logging.getLogger(__name__)

_TICK = next(i for i, (name, _, _) in enumerate(FIELDS) if name == "tick")
_LONGEST_STEP_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How to train. `minutes` count only time spent in steps, over all runs of the same folder."""

    corpus: Path = Path("build/corpus/corpus.npz")
    out: Path = Path("build/run")
    minutes: float = 95.0
    batch: int = 16
    rate: float = 2.5e-3
    warmup_steps: int = 150
    weight_decay: float = 0.05
    seed: int = 1
    threads: int = 2
    save_minutes: float = 3.0
    valid_minutes: float = 6.0
    valid_windows: int = 48
    shape: Shape = field(default_factory=Shape)


@dataclass(slots=True)
class Progress:
    """How far a run has come."""

    step: int = 0
    active_seconds: float = 0.0
    events: int = 0


class Crew:
    """How many threads to train with: all of them, or one while somebody else needs a core.

    Threads wait for one another, so with a busy neighbour two niced threads are far slower than one; every few steps the
    other way is tried again.
    """

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._seconds: dict[int, float] = {}
        self._steps = 0
        self._now = threads
        torch.set_num_threads(threads)

    def took(self, seconds: float) -> None:
        """A step is over; choose for the next one."""
        self._seconds[self._now] = seconds if self._steps < 2 else 0.5 * (self._seconds.get(self._now, seconds) + seconds)
        self._steps += 1
        best = min(self._seconds, key=lambda count: self._seconds[count])
        other = 1 if best == self._threads else self._threads
        self._now = other if self._steps % 16 == 0 else best
        torch.set_num_threads(self._now)


def losses(mind: Mind, batch: Batch) -> dict[str, Tensor]:
    """Nats per target, by attribute and part: `tick/comp`, `pitch/lead`, `chord`, and so on."""
    given = torch.from_numpy(batch.fields)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        x = mind.trunk(given, torch.from_numpy(batch.held))
        ticks = mind.next_tick(x, given[..., _TICK])
        chords = mind.chord(x)
        place, part, tick, pitch, length, loudness = torch.from_numpy(batch.notes).unbind(1)
        here = x.reshape(-1, x.shape[-1])[place]
        pitches = mind.next_pitch(here, part, tick)
        lengths, velocities = mind.next_rest(here, part, tick, pitch)
    found: dict[str, Tensor] = {}
    wanted = torch.from_numpy(batch.next_tick)
    pitch_loss = F.cross_entropy(pitches.float(), pitch, reduction="none")
    length_loss = F.cross_entropy(lengths.float(), length, reduction="none")
    loud_loss = F.cross_entropy(velocities.float(), loudness, reduction="none", ignore_index=-1)
    for index, name in enumerate(PARTS):
        known, mine = wanted[..., index] >= 0, part == index
        if bool(known.any()):
            found[f"tick/{name}"] = F.cross_entropy(ticks[..., index, :][known], wanted[..., index][known])
        if bool(mine.any()):
            found[f"pitch/{name}"] = pitch_loss[mine].mean()
            found[f"duration/{name}"] = length_loss[mine].mean()
        heard = mine & (loudness >= 0)
        if bool(heard.any()):
            found[f"velocity/{name}"] = loud_loss[heard].mean()
    named = torch.from_numpy(batch.chord)
    if bool((named >= 0).any()):
        found["chord"] = F.cross_entropy(chords.float().flatten(0, 1), named.flatten(), ignore_index=-1)
    return found


_PART_WEIGHTS = {"lead": 1.0, "comp": 1.0, "bass": 0.25, "drums": 0.25}
_HEAD_WEIGHTS = {"tick": 2.0, "pitch": 1.0, "duration": 0.5, "velocity": 0.25, "chord": 0.5}


def total(found: dict[str, Tensor]) -> Tensor:
    """The one number that training lowers."""
    weighted = []
    for name, loss in found.items():
        head, _, part = name.partition("/")
        weighted.append(loss * _HEAD_WEIGHTS[head] * _PART_WEIGHTS.get(part, 1.0))
    return torch.stack(weighted).sum()


def validation_batches(corpus: Corpus, settings: TrainSettings, size: int = 16) -> list[Batch]:
    """Fixed windows of the validation split as written, half of them with chords named."""
    rng = np.random.default_rng(0)
    windows = []
    for data_set, share in (("pop909", 0.5), ("openscore_lieder", 0.5)):
        members = corpus.members("valid", data_set) or corpus.members("valid")
        for n in range(int(settings.valid_windows * share)):
            piece = corpus.piece(int(rng.choice(members)))
            start = int(rng.integers(0, max(len(piece.metre) - 24, 1)))
            windows.append(assemble(piece, start, settings.shape.window, Recipe(shuffle_parts=True, chords=n % 2 == 0), rng))
    return [stack(windows[i : i + size]) for i in range(0, len(windows), size)]


@torch.no_grad()
def validate(mind: Mind, batches: list[Batch]) -> dict[str, float]:
    """Mean nats by attribute over fixed batches."""
    sums: dict[str, list[float]] = {}
    for batch in batches:
        for name, loss in losses(mind, batch).items():
            sums.setdefault(name, []).append(float(loss))
    return {name: round(sum(values) / len(values), 4) for name, values in sorted(sums.items())}


def train(settings: TrainSettings) -> Path:
    """Train until the minutes are used up; returns the folder with `weights.safetensors` and `state.json`."""
    crew = Crew(settings.threads)
    torch.manual_seed(settings.seed)
    settings.out.mkdir(parents=True, exist_ok=True)
    mind = Mind(settings.shape)
    optimizer = _optimizer(mind, settings)
    progress = _resume(settings.out, mind, optimizer)
    corpus = Corpus(settings.corpus)
    sampler = Sampler(corpus, "train", settings.shape.window)
    checks = validation_batches(corpus, settings)
    saved = checked = progress.active_seconds
    limit = settings.minutes * 60
    log.info("training %d weights from step %d", sum(p.numel() for p in mind.parameters()), progress.step)
    while progress.active_seconds < limit:
        began = time.perf_counter()
        found = _step(mind, optimizer, sampler, settings, progress)
        crew.took(time.perf_counter() - began)
        progress.active_seconds += min(time.perf_counter() - began, _LONGEST_STEP_SECONDS)
        if progress.step % 20 == 0:
            _note(settings.out, progress, {name: round(loss.item(), 4) for name, loss in found.items()})
        if progress.active_seconds - checked > settings.valid_minutes * 60:
            checked = progress.active_seconds
            _note(settings.out, progress, {"valid": validate(mind, checks)})
        if progress.active_seconds - saved > settings.save_minutes * 60:
            saved = progress.active_seconds
            _save(settings, mind, optimizer, progress)
    _save(settings, mind, optimizer, progress)
    _note(settings.out, progress, {"valid": validate(mind, checks), "done": True})
    return settings.out


def _optimizer(mind: Mind, settings: TrainSettings) -> torch.optim.AdamW:
    matrices = [p for name, p in mind.named_parameters() if p.ndim == 2 and "embed" not in name]
    others = [p for name, p in mind.named_parameters() if not (p.ndim == 2 and "embed" not in name)]
    groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=settings.rate, betas=(0.9, 0.95), fused=True)


def _step(
    mind: Mind, optimizer: torch.optim.AdamW, sampler: Sampler, settings: TrainSettings, progress: Progress
) -> dict[str, Tensor]:
    done = min(progress.active_seconds / (settings.minutes * 60), 1.0)
    warm = min((progress.step + 1) / settings.warmup_steps, 1.0)
    for group in optimizer.param_groups:
        group["lr"] = settings.rate * warm * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
    batch = sampler.draw(np.random.default_rng((settings.seed, progress.step)), settings.batch)
    found = losses(mind, batch)
    optimizer.zero_grad(set_to_none=True)
    total(found).backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(mind.parameters(), 1.0)
    optimizer.step()
    progress.step += 1
    progress.events += batch.chord.size
    return found


def _note(out: Path, progress: Progress, values: dict[str, object]) -> None:
    with (out / "log.jsonl").open("a") as lines:
        entry = {"step": progress.step, "minutes": round(progress.active_seconds / 60, 2), "events": progress.events}
        lines.write(json.dumps(entry | values) + "\n")


def _save(settings: TrainSettings, mind: Mind, optimizer: torch.optim.AdamW, progress: Progress) -> None:
    """Write everything beside the old files first, then swap, the state last: a kill at any moment loses nothing."""
    out = settings.out
    config = {"shape": asdict(settings.shape), "vocabulary": fingerprint(), "settings": _plain(settings)}
    tensors = {name: value.detach().contiguous() for name, value in mind.state_dict().items()}
    moments = {f"{i}.{name}": value for i, entry in optimizer.state_dict()["state"].items() for name, value in entry.items()}
    save_file(
        {f"weight.{name}": value for name, value in tensors.items()} | moments,
        out / "resume.tmp",
        {"progress": json.dumps(asdict(progress))},
    )
    save_file(tensors, out / "weights.tmp", {"progress": json.dumps(asdict(progress))})
    (out / "config.tmp").write_text(json.dumps(config, indent=1))
    for part in ("config.tmp", "weights.tmp", "resume.tmp"):
        target = {"config.tmp": "config.json", "weights.tmp": "weights.safetensors", "resume.tmp": "resume.safetensors"}[part]
        os.replace(out / part, out / target)


def _plain(settings: TrainSettings) -> dict[str, object]:
    return {entry.name: str(getattr(settings, entry.name)) for entry in fields(settings) if entry.name != "shape"}


def _resume(out: Path, mind: Mind, optimizer: torch.optim.AdamW) -> Progress:
    path = out / "resume.safetensors"
    if not path.exists():
        return Progress()
    from safetensors import safe_open

    with safe_open(path, "pt") as opened:
        progress = Progress(**json.loads(opened.metadata()["progress"]))
    stored = load_file(path)
    mind.load_state_dict({name[7:]: value for name, value in stored.items() if name.startswith("weight.")})
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in stored.items():
        if not name.startswith("weight."):
            index, _, moment = name.partition(".")
            state.setdefault(int(index), {})[moment] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return progress


def main() -> None:
    """The command line of `python -m models.train`."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    for name, kind in (("corpus", Path), ("out", Path), ("minutes", float), ("batch", int), ("rate", float), ("threads", int)):
        parser.add_argument(f"--{name}", type=kind, default=getattr(TrainSettings(), name))
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    train(TrainSettings(**vars(parser.parse_args())))


if __name__ == "__main__":
    main()
