"""Teaching the mind: a run that can be stopped and taken up again at any time, on a CPU, a GPU, or several through torchrun.

`python -m models.train --minutes 95` from a prepared corpus; a second call with the same folder goes on where it stopped.
`torchrun --nproc-per-node 4 -m models.train …` shares the work; each process draws its own music.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
import torch.distributed as distributed
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from models.batch import Batch, stack
from models.data import CORPUS, Corpus
from models.lesson import Lesson, by_part, surprise
from models.muon import Muon
from models.options import from_command_line
from models.songbook import Pool, Songbook, open_book
from models.transformer import Mind, Shape
from models.vocabulary import fingerprint
from models.window import Recipe, assemble

log = logging.getLogger(__name__)

_LONGEST_STEP_SECONDS = 5.0
_DECAY_SHARE = 0.5  # of the run, its end, in which the rate falls to nothing
_NOTE_EVERY = 20


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How to train. `minutes` count only time spent in steps, over all runs of the same folder.

    `begin` is a file of weights to begin from instead of chance; what they do not know of yet begins at nothing.

    For the first `early_share` of them twice as many windows of half the length are heard at once, which is quicker.
    """

    corpus: Path = CORPUS
    out: Path = Path("build/run")
    begin: str = ""
    minutes: float = 95.0
    batch: int = 8
    length: int = 512
    early_share: float = 0.69
    rate: float = 3e-3
    warmup_steps: int = 150
    weight_decay: float = 0.05
    dropout: float = 0.0
    seed: int = 1
    threads: int = 2
    device: str = "cpu"
    compiled: bool = False
    workers: int = 0
    as_written: bool = False  # windows without slips and hand-overs, every nat alike: for comparisons of designs
    reuse: int = 1
    pool: int = 256
    save_minutes: float = 3.0
    valid_minutes: float = 6.0
    valid_windows: int = 48
    shape: Shape = field(default_factory=Shape)


@dataclass(slots=True)
class Progress:
    """How far a run has come. `events` are steps of music heard, over all processes."""

    step: int = 0
    active_seconds: float = 0.0
    events: int = 0


def validation_batches(corpus: Corpus, settings: TrainSettings, size: int = 16) -> list[Batch]:
    """Fixed windows of the validation split as written, half of them with chords named."""
    rng = np.random.default_rng(0)
    windows = []
    for data_set, share in (("pop909", 0.5), ("openscore_lieder", 0.5)):
        members = corpus.members("valid", data_set) or corpus.members("valid")
        for n in range(int(settings.valid_windows * share)):
            piece = corpus.piece(int(rng.choice(members)))
            start = int(rng.integers(0, max(len(piece.metre) - 24, 1)))
            windows.append(assemble(piece, start, settings.length, Recipe(shuffle_parts=True, chords=n % 2 == 0), rng))
    return [stack(windows[i : i + size]) for i in range(0, len(windows), size)]


@torch.no_grad()
def validate(mind: Mind, batches: list[Batch], device: torch.device) -> dict[str, float]:
    """Mean nats by attribute over fixed batches."""
    sums: defaultdict[str, float] = defaultdict(float)
    counts: defaultdict[str, int] = defaultdict(int)
    mind.eval()
    for batch in (kept.to(device) for kept in batches):
        with torch.autocast(device.type, dtype=torch.bfloat16):
            found = surprise(mind, batch)
        for name, (nats, count) in by_part(found, batch).items():
            sums[name] += nats
            counts[name] += count
    mind.train()
    return {name: round(sums[name] / counts[name], 4) for name in sorted(sums)}


class Run:
    """One run: the mind, its optimizers, and how far they have come."""

    def __init__(self, settings: TrainSettings, mind: Mind) -> None:
        self.settings, self.mind = settings, mind
        self.device = torch.device(settings.device)
        self.world, self.rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
        if settings.begin:
            _begin(mind, Path(settings.begin))
        mind.to(self.device).train()
        self.optimizers = optimizers(mind, settings)
        self.progress = _resume(settings.out, mind, self.optimizers)
        lesson: nn.Module = Lesson(mind, settings.as_written)
        if self.world > 1:
            distributed.init_process_group("nccl" if self.device.type == "cuda" else "gloo")
            lesson = nn.parallel.DistributedDataParallel(lesson, find_unused_parameters=True)
        self.lesson = torch.compile(lesson) if settings.compiled else lesson

    @property
    def done(self) -> float:
        """Which share of its minutes the run has used."""
        return min(self.progress.active_seconds / (self.settings.minutes * 60), 1.0)

    @property
    def is_early(self) -> bool:
        """Whether it still hears short windows."""
        return self.done < self.settings.early_share

    def pool(self) -> Pool:
        """Where this run's batches come from now."""
        settings, step = self.settings, self.progress.step
        batch, length = (2 * settings.batch, settings.length // 2) if self.is_early else (settings.batch, settings.length)
        recipe = Recipe(chords=False, ahead_ticks=0) if settings.as_written else None
        book = Songbook(settings.corpus, length, max(batch // settings.reuse, 1), (settings.seed, self.rank, step), recipe)
        source = open_book(book, settings.workers, self.device.type == "cuda")
        return Pool(source, settings.pool, batch, self.device, settings.seed + 1000 * step + self.rank)

    def step(self, batch: Batch) -> Tensor:
        """Learn from one batch; gives its loss."""
        settings, progress = self.settings, self.progress
        rate = min((progress.step + 1) / settings.warmup_steps, 1.0, (1.0 - self.done) / _DECAY_SHARE + 0.01)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            loss: Tensor = self.lesson(*batch)
        for optimizer in self.optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.mind.parameters(), 1.0)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = settings.rate * rate
            optimizer.step()
        progress.step += 1
        progress.events += batch.chord.numel() * self.world
        return loss.detach()

    def clock(self, began: float) -> None:
        """Count the time since an instant, the same in all processes, so that they stop together."""
        spent = torch.tensor(min(time.perf_counter() - began, _LONGEST_STEP_SECONDS))
        if self.world > 1:
            spent = spent.to(self.device)
            distributed.broadcast(spent, 0)
        self.progress.active_seconds += float(spent)

    def part(self) -> None:
        """Leave the other processes, when all have come to the end. What still holds on to the group would wait for ever."""
        if self.world > 1:
            distributed.barrier()
            del self.lesson
            distributed.destroy_process_group()


def optimizers(mind: Mind, settings: TrainSettings) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the matrices of the blocks, AdamW for embeddings and heads."""
    inner = [p for name, p in mind.named_parameters() if name.startswith("blocks.") and p.ndim == 2]
    known = {id(p) for p in inner}
    others = [p for p in mind.parameters() if id(p) not in known]
    found: list[torch.optim.Optimizer] = [
        torch.optim.AdamW(others, lr=settings.rate, betas=(0.9, 0.95), weight_decay=0.01, fused=True)
    ]
    if inner:
        found.append(Muon(inner, lr=settings.rate, weight_decay=settings.weight_decay))
    return found


def train(settings: TrainSettings, mind: Mind | None = None) -> Path:
    """Train until the minutes are used up; returns the folder with `weights.safetensors` and `config.json`."""
    torch.set_num_threads(settings.threads)
    torch.manual_seed(settings.seed)
    settings.out.mkdir(parents=True, exist_ok=True)
    run = Run(settings, mind or Mind(settings.shape, settings.dropout))
    progress, first = run.progress, run.rank == 0
    checks = validation_batches(Corpus(settings.corpus), settings)
    pool, early = run.pool(), run.is_early
    saved = checked = progress.active_seconds
    limit = settings.minutes * 60
    log.info("training %d weights from step %d", sum(p.numel() for p in run.mind.parameters()), progress.step)
    while progress.active_seconds < limit:
        if early and not run.is_early:
            pool, early = run.pool(), False
        began = time.perf_counter()
        loss = run.step(pool.draw())
        if progress.step % _NOTE_EVERY == 0 and first:
            _note(settings.out, progress, {"loss": round(loss.item(), 4)})
        run.clock(began)
        if first and progress.active_seconds - checked > settings.valid_minutes * 60:
            checked = progress.active_seconds
            _note(settings.out, progress, {"valid": validate(run.mind, checks, run.device)})
        if first and progress.active_seconds - saved > settings.save_minutes * 60:
            saved = progress.active_seconds
            _save(settings, run)
    if first:
        _save(settings, run)
        _note(settings.out, progress, {"valid": validate(run.mind, checks, run.device), "done": True})
    run.part()
    return settings.out


def _note(out: Path, progress: Progress, values: dict[str, object]) -> None:
    with (out / "log.jsonl").open("a") as lines:
        entry = {"step": progress.step, "minutes": round(progress.active_seconds / 60, 2), "events": progress.events}
        lines.write(json.dumps(entry | values) + "\n")


def _save(settings: TrainSettings, run: Run) -> None:
    """Write everything beside the old files first, then swap, the state last: a kill at any moment loses nothing."""
    out, about = settings.out, {"progress": json.dumps(asdict(run.progress))}
    config = {"shape": asdict(run.mind.shape), "vocabulary": fingerprint(), "settings": _plain(settings)}
    tensors = {name: value.detach().cpu().contiguous() for name, value in run.mind.state_dict().items()}
    moments = {
        f"{number}.{index}.{name}": value.detach().cpu().contiguous()
        for number, optimizer in enumerate(run.optimizers)
        for index, entry in optimizer.state_dict()["state"].items()
        for name, value in entry.items()
    }
    save_file({f"weight.{name}": value for name, value in tensors.items()} | moments, out / "resume.tmp", about)
    save_file(tensors, out / "weights.tmp", about)
    (out / "config.tmp").write_text(json.dumps(config, indent=1))
    for part, target in (("config", "config.json"), ("weights", "weights.safetensors"), ("resume", "resume.safetensors")):
        os.replace(out / f"{part}.tmp", out / target)


def _plain(settings: TrainSettings) -> dict[str, object]:
    return {entry.name: str(getattr(settings, entry.name)) for entry in fields(settings) if entry.name != "shape"}


def _begin(mind: Mind, path: Path) -> None:
    """Take over weights from a file. A field that it has not heard of yet says nothing at first: the mind plays as it did."""
    stored = {name: value.float() for name, value in load_file(path).items()}
    unheard = {name: torch.zeros_like(value) for name, value in mind.state_dict().items() if name.startswith("embed.")}
    mind.load_state_dict(unheard | stored)


def _resume(out: Path, mind: Mind, found: list[torch.optim.Optimizer]) -> Progress:
    path = out / "resume.safetensors"
    if not path.exists():
        return Progress()
    with safe_open(path, "pt") as opened:
        progress = Progress(**json.loads(opened.metadata()["progress"]))
    stored = load_file(path)
    mind.load_state_dict({name[7:]: value for name, value in stored.items() if name.startswith("weight.")})
    for number, optimizer in enumerate(found):
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in stored.items():
            if name.startswith(f"{number}."):
                _, index, moment = name.split(".")
                state.setdefault(int(index), {})[moment] = value
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return progress


if __name__ == "__main__":
    train(from_command_line(TrainSettings, "Teach the mind."))
