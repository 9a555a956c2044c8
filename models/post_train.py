"""Learning from its own play: the mind accompanies recorded humans by the hundred, and is told by a teacher who knows the
future, by the harmony it made, and by a critic who knows recordings (PyTorch, on a GPU; on a CPU it takes a day).

`python -m models.post_train --run build/run --minutes 3`. Ideas: on-policy distillation of an offline teacher (ReaLchords, Wu
et al. 2024), a critic against the trivial answer (GAPT, Wu et al. 2025), baselines from sibling evenings (GRPO, Shao et al.
2024).
"""

# B evenings, T steps, K beats

from __future__ import annotations

import copy
import json
import logging
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from models.batch import flags, stack
from models.corpus import COMP
from models.critic import Critic, beats_of, harmony, per_beat
from models.data import CORPUS, Corpus
from models.humans import draw_humans
from models.options import from_command_line
from models.selfplay import Decisions, Evenings, play_evenings
from models.teacher import teacher_of
from models.train import TrainSettings, train
from models.transformer import Mind, Shape
from models.vocabulary import FIELDS, NEVER
from models.window import Recipe, Window, assemble

log = logging.getLogger(__name__)

_TICK = next(i for i, (name, _, _) in enumerate(FIELDS) if name == "tick")


@dataclass(frozen=True, slots=True)
class PostSettings:
    """How to train on its own play. `run` is a finished run of `models.train`; the result lies in `out`."""

    run: Path = Path("build/run")
    out: Path = Path("build/post")
    corpus: Path = CORPUS
    minutes: float = 3.0
    teacher_minutes: float = 1.0
    songs: int = 64
    siblings: int = 8
    steps: int = 256
    beats: int = 40
    chunk: int = 128
    rate: float = 1e-4
    reward_weight: float = 1.0
    critic_weight: float = 0.3
    teacher_weight: float = 0.3
    anchor_weight: float = 0.1
    seed: int = 1
    device: str = "cpu"
    batch: int = 64
    workers: int = 0


@dataclass(slots=True)
class Judged:
    """Evenings with what they were worth: an advantage for each decision (B, T - 1)."""

    evenings: Evenings
    advantage: Tensor


def load_run(run: Path) -> Mind:
    """The mind that a run came to."""
    config = json.loads((run / "config.json").read_text())
    mind = Mind(Shape(**config["shape"]))
    mind.load_state_dict(load_file(run / "weights.safetensors"))
    return mind


def post_train(settings: PostSettings) -> Path:
    """Teach a teacher, then let the mind learn from its own play until the minutes are used up."""
    device = torch.device(settings.device)
    settings.out.mkdir(parents=True, exist_ok=True)
    mind = load_run(settings.run).to(device).eval()
    anchor = copy.deepcopy(mind).requires_grad_(False)
    teacher = _taught(settings, mind).to(device).eval().requires_grad_(False)
    critic = Critic().to(device)
    judge_optimizer = torch.optim.AdamW(critic.parameters(), lr=1e-3, fused=True)
    optimizer = torch.optim.AdamW(mind.parameters(), lr=settings.rate, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    corpus = Corpus(settings.corpus)
    members = corpus.members("train", "pop909") + corpus.members("train", "openscore_lieder")
    rng = np.random.default_rng(settings.seed)
    torch.manual_seed(settings.seed)
    recorded = _recordings(settings, corpus, members or corpus.members("train"), rng)
    began, step = time.perf_counter(), 0
    while time.perf_counter() - began < settings.minutes * 60:
        humans = draw_humans(corpus, members or corpus.members("train"), settings.songs, settings.beats, rng)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            evenings = play_evenings(mind, humans.to(device).each(settings.siblings), settings.steps)
        told = _train_critic(settings, critic, judge_optimizer, evenings, recorded)
        judged, worth = _judge(settings, critic, evenings)
        done = (time.perf_counter() - began) / (settings.minutes * 60)
        for group in optimizer.param_groups:
            group["lr"] = settings.rate * min((step + 1) / 5, 1.0) * max(1.0 - done, 0.05)
        told |= worth | _learn(settings, mind, (anchor, teacher), judged, optimizer)
        step += 1
        entry = {"step": step, "seconds": round(time.perf_counter() - began, 1)} | {k: round(v, 4) for k, v in told.items()}
        with (settings.out / "log.jsonl").open("a") as lines:
            lines.write(json.dumps(entry) + "\n")
        if step % 20 == 0:
            _save(settings, mind, step)
    _save(settings, mind, step)
    return settings.out


def _taught(settings: PostSettings, mind: Mind) -> Mind:
    if settings.teacher_minutes <= 0:
        return copy.deepcopy(mind)
    run = TrainSettings(
        corpus=settings.corpus,
        out=settings.out / "teacher",
        minutes=settings.teacher_minutes,
        batch=settings.batch,
        length=mind.shape.window,
        rate=1e-3,
        device=settings.device,
        workers=settings.workers,
        pool=16 * settings.batch,
        shape=mind.shape,
    )
    teacher = teacher_of(mind)
    train(run, teacher)
    return teacher


def _recordings(settings: PostSettings, corpus: Corpus, members: list[int], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """As many evenings as are played at once, but recorded ones: fields and held keys."""
    windows: list[Window] = []
    while len(windows) < settings.songs * settings.siblings:
        piece = corpus.piece(int(rng.choice(members)))
        bars = np.flatnonzero(piece.beat_in_bar[: max(len(piece.metre) - settings.beats - 1, 0)] == 0)
        if len(bars):
            start = int(rng.choice(bars))
            recipe = Recipe(int(rng.integers(-5, 7)), shuffle_parts=True, hide_style=True)
            late = piece.notes[:, 0] >= start * 24  # an evening begins in silence
            windows.append(assemble(replace(piece, notes=piece.notes[late]), start, settings.steps, recipe, rng))
    batch = stack(windows).to(torch.device(settings.device))
    return batch.fields.long(), flags(batch.held, settings.steps)


def _train_critic(
    settings: PostSettings,
    critic: Critic,
    optimizer: torch.optim.Optimizer,
    evenings: Evenings,
    recorded: tuple[Tensor, Tensor],
) -> dict[str, float]:
    critic.train()
    right = []
    for rows in _chunks(len(evenings.fields), settings.chunk):
        with torch.autocast(evenings.fields.device.type, dtype=torch.bfloat16):
            fake = critic(evenings.fields[rows], evenings.held[rows])[:, 16:]
            real = critic(recorded[0][rows], recorded[1][rows])[:, 16:]
        loss = F.softplus(fake).mean() + F.softplus(-real).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        right.append(0.5 * ((fake < 0).float().mean() + (real > 0).float().mean()))
    critic.eval()
    return {"critic_right": float(torch.stack(right).mean())}


@torch.no_grad()
def _judge(settings: PostSettings, critic: Critic, evenings: Evenings) -> tuple[Judged, dict[str, float]]:
    """What each decision led to in the next beats, beside what the same human's other evenings came to there."""
    beats = settings.beats
    beat = beats_of(evenings.fields)
    fits = torch.cat([harmony(_rows(evenings, rows), beats) for rows in _chunks(len(beat), settings.chunk)])
    with torch.autocast(beat.device.type, dtype=torch.bfloat16):
        odds = torch.cat([critic(evenings.fields[rows], evenings.held[rows]) for rows in _chunks(len(beat), settings.chunk)])
    likes = per_beat(odds.clamp(-2.0, 2.0), beat, beats)
    reward = settings.reward_weight * fits + settings.critic_weight * likes
    reached = torch.arange(beats, device=beat.device)[None] < beat.max(1).values[:, None]
    reward = reward * reached
    gain = torch.zeros_like(reward)
    following = torch.zeros(len(reward), device=reward.device)
    for k in range(beats - 1, -1, -1):
        following = reward[:, k] + 0.75 * following
        gain[:, k] = following
    groups = gain.view(-1, settings.siblings, beats)
    gain = (groups - groups.mean(1, keepdim=True)).view_as(gain) / groups.std().clamp(min=1e-3)
    gain = gain * reached
    decided = beat[:, 1:].clamp(0, beats - 1)
    counts = reached.sum().clamp(min=1)
    worth = {"harmony": float((fits * reached).sum() / counts), "likes": float((likes * reached).sum() / counts)}
    struck = (evenings.note[..., 0] // 128 == COMP) & (evenings.note[..., 0] >= 0)
    worth["notes_a_beat"] = float(struck.sum() / (beat.max(1).values + 1).sum())
    return Judged(evenings, gain.gather(1, decided)), worth


def _rows(evenings: Evenings, rows: Tensor) -> Evenings:
    fields, held, tick, note = (table[rows] for table in (evenings.fields, evenings.held, evenings.tick, evenings.note))
    return Evenings(fields, held, tick, note, Decisions(*(table[rows] for table in evenings.decisions)))


def _chunks(count: int, size: int) -> list[Tensor]:
    """Row numbers, so many at a time."""
    return list(torch.split(torch.arange(count), size))


def _learn(
    settings: PostSettings,
    mind: Mind,
    others: tuple[Mind, Mind],
    judged: Judged,
    optimizer: torch.optim.Optimizer,
) -> dict[str, float]:
    sums: dict[str, float] = {}
    chunks = _chunks(len(judged.advantage), settings.chunk)
    optimizer.zero_grad(set_to_none=True)
    for rows in chunks:
        evenings = _rows(judged.evenings, rows)
        with torch.autocast(judged.advantage.device.type, dtype=torch.bfloat16):
            mine = _opinions(mind, evenings)
            with torch.no_grad():
                anchor, teacher = (_opinions(other, evenings) for other in others)
        chosen = _chosen(mine, evenings.decisions)
        count = sum((value != 0).sum() for value in chosen).clamp(min=1)  # type: ignore[union-attr]
        gained = -sum((value * judged.advantage[rows]).sum() for value in chosen) / count
        from_anchor, from_teacher = (_distance(mine, other, evenings.decisions) for other in (anchor, teacher))
        loss = gained + settings.anchor_weight * from_anchor + settings.teacher_weight * from_teacher
        (loss / len(chunks)).backward()
        for name, value in (("from_anchor", from_anchor), ("from_teacher", from_teacher)):
            sums[name] = sums.get(name, 0.0) + float(value.detach()) / len(chunks)
    torch.nn.utils.clip_grad_norm_(mind.parameters(), 1.0)
    optimizer.step()
    return sums


def _opinions(mind: Mind, evenings: Evenings) -> tuple[Tensor, ...]:
    """Log chances, as of each step but the last, of the comp's next tick, and of pitch, length, loudness and chord as
    decided."""
    x = mind.trunk(evenings.fields, evenings.held)[:, :-1]
    decided = evenings.decisions
    tick = decided.onset.clamp(0, NEVER - 1)
    part = torch.full_like(tick, COMP)
    lengths, loud = mind.next_rest(x, part, tick, decided.pitch.clamp(min=0))
    heads = (mind.next_tick(x, evenings.fields[:, :-1, _TICK])[:, :, COMP], mind.next_pitch(x, part, tick), lengths, loud)
    return tuple(F.log_softmax(logits.float(), -1) for logits in (*heads, mind.chord(x)))


def _chosen(opinions: tuple[Tensor, ...], decided: Decisions) -> list[Tensor]:
    """Log chances of what was decided; 0 where nothing was. That the human came first counts as having waited for him."""
    ticks = opinions[0]
    later = torch.arange(NEVER + 1, device=ticks.device) >= decided.onset[..., None].clamp(min=0)
    waited = ticks.masked_fill(~later, float("-inf")).logsumexp(-1)
    struck = ticks.gather(-1, decided.onset.clamp(min=0)[..., None])[..., 0]
    chosen = [torch.where(decided.onset < 0, torch.zeros_like(struck), torch.where(decided.waited, waited, struck))]
    for opinion, value in zip(opinions[1:], (decided.pitch, decided.length, decided.velocity, decided.chord), strict=True):
        at = opinion.gather(-1, value.clamp(min=0)[..., None])[..., 0]
        chosen.append(torch.where(value < 0, torch.zeros_like(at), at))
    return chosen


def _distance(mine: tuple[Tensor, ...], theirs: tuple[Tensor, ...], decided: Decisions) -> Tensor:
    """Divergence of the mind's choices from another's, a decision, over all heads."""
    total = torch.zeros((), device=mine[0].device)
    values = (decided.onset, decided.pitch, decided.length, decided.velocity, decided.chord)
    for ours, other, value in zip(mine, theirs, values, strict=True):
        chances = ours.exp()
        gap = (ours - other).masked_fill(chances == 0, 0.0)  # impossible for both: no distance, and no gradient of infinity
        apart = (chances * gap).sum(-1)
        known = (value >= 0).float()
        total = total + (apart * known).sum() / known.sum().clamp(min=1.0)
    return total


def _save(settings: PostSettings, mind: Mind, step: int) -> None:
    tensors = {name: value.detach().float().cpu().contiguous() for name, value in mind.state_dict().items()}
    save_file(tensors, settings.out / "weights.tmp")
    (settings.out / "weights.tmp").replace(settings.out / "weights.safetensors")
    plain = {name: str(value) for name, value in asdict(settings).items()}
    config = {"shape": asdict(mind.shape), "settings": plain, "post_steps": step}
    (settings.out / "config.json").write_text(json.dumps(config, indent=1))


if __name__ == "__main__":
    post_train(from_command_line(PostSettings, "Let the mind learn from its own play."))
