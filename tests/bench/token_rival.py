"""The mind beside two rivals of its size, each trained on the same music for the same time, from nothing:

    python -m tests.bench.token_rival --corpus build/corpus/corpus.safetensors --seconds 30 --device cuda

A language model with one token an attribute (`models.rivals.TokenMind`) and a recurrent network on the mind's own steps. All
hear the songs as they are written, in twelve keys, and mind every nat alike.
The last line is JSON: nats a note on withheld songs, by design.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from models.batch import Sampler
from models.data import Corpus
from models.evaluate import EvaluateSettings, windows
from models.likelihood import note_nats, per_note
from models.muon import Muon
from models.rivals import TOKEN_KINDS, RecurrentMind, TokenMind, tokens_of
from models.train import TrainSettings, train
from models.transformer import Mind, Shape
from models.vocabulary import PITCHES
from models.window import Recipe, assemble

TOKENS_HEARD = 512
_ONSET, _PITCH, _DURATION = (first for _, first in TOKEN_KINDS[:3])


class Book(IterableDataset[Tensor]):
    """Token windows without end, each in a key of its own."""

    def __init__(self, corpus: Path, size: int) -> None:
        self._corpus, self._size = corpus, size

    def __iter__(self) -> Iterator[Tensor]:
        """Draw for ever."""
        info = get_worker_info()
        rng = np.random.default_rng((7, info.id if info is not None else 0))
        sampler = Sampler(Corpus(self._corpus), "train", 256)
        while True:
            rows = []
            while len(rows) < self._size:
                said = tokens_of(sampler.draw_window(rng, Recipe()))
                if len(said) >= TOKENS_HEARD:
                    rows.append(_in_key(said[:TOKENS_HEARD], int(rng.integers(-5, 7))))
            yield torch.from_numpy(np.stack(rows))


def _in_key(said: np.ndarray, up: int) -> np.ndarray:
    pitch = (said >= _PITCH) & (said < _DURATION)
    part = np.roll(said - _ONSET, 1) // 24
    moved = np.clip(said - _PITCH + up, 0, PITCHES - 1) + _PITCH
    return np.where(pitch & (part < 3), moved, said)


def train_tokens(corpus: Path, seconds: float, device: str, batch: int, workers: int) -> TokenMind:
    """A language model after so many seconds."""
    mind = TokenMind(Shape(hidden=920)).to(device)
    inner = [p for name, p in mind.named_parameters() if name.startswith("blocks.") and p.ndim == 2]
    others = [p for p in mind.parameters() if id(p) not in {id(q) for q in inner}]
    optimizers = [
        torch.optim.AdamW(others, lr=3e-3, betas=(0.9, 0.95), weight_decay=0.01, fused=True),
        Muon(inner, lr=3e-3, weight_decay=0.05),
    ]
    source = iter(DataLoader(Book(corpus, batch), batch_size=None, num_workers=workers))
    next(source)
    spent, step, loss = 0.0, 0, torch.zeros(())
    while spent < seconds:
        began = time.perf_counter()
        rate = 3e-3 * min((step + 1) / 150, 1.0, (1 - spent / seconds) / 0.5 + 0.01)
        said = next(source).to(device)
        with torch.autocast(device, dtype=torch.bfloat16):
            loss = mind(said).mean()
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(mind.parameters(), 1.0)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
        step += 1
        if step % 10 == 0:
            loss.item()
        spent += time.perf_counter() - began
    typer.echo(f"tokens: {step} batches, {step * batch * TOKENS_HEARD / 1e6:.1f} million tokens, loss {loss.item():.3f}")
    return mind.eval()


@torch.no_grad()
def token_nats(mind: TokenMind, corpus: Path, count: int, device: str) -> dict[str, float]:
    """Nats a note on withheld songs, drawn as for the mind."""
    book, rng = Corpus(corpus), np.random.default_rng(0)
    pools = [book.members("test", name) or book.members("test") for name in ("pop909", "openscore_lieder")]
    sums: Counter[str] = Counter()
    notes = 0
    for n in range(count):
        piece = book.piece(int(rng.choice(pools[n % 2])))
        start = int(rng.integers(0, max(len(piece.metre) - 24, 1)))
        said = tokens_of(assemble(piece, start, 512, Recipe(ahead_ticks=0, chords=False), rng))[:TOKENS_HEARD]
        nats = mind(torch.from_numpy(said[None]).to(device))[0].cpu().numpy()
        after = said[1:]
        for index, (name, first) in enumerate(TOKEN_KINDS):
            last = TOKEN_KINDS[index + 1][1] if index + 1 < len(TOKEN_KINDS) else 1 << 20
            mine = (after >= (0 if index == 0 else first)) & (after < last)
            sums["timing" if index == 0 else name] += float(nats[mine].sum())
        notes += int(((after >= _PITCH) & (after < _DURATION)).sum())
    return per_note(sums, notes)


def main(
    corpus: Annotated[Path, typer.Option(help="the prepared corpus")] = Path("build/corpus/corpus.safetensors"),
    out: Annotated[Path, typer.Option(help="where runs go")] = Path("build/rivals"),
    seconds: Annotated[float, typer.Option(help="of training for each")] = 1800.0,
    device: str = "cpu",
    batch: int = 64,
    workers: int = 1,
    count: Annotated[int, typer.Option(help="withheld excerpts")] = 96,
    only: Annotated[str, typer.Option(help="tokens, mind or recurrent; all when empty")] = "",
) -> None:
    """Train each for the same time, and compare."""
    table = {}
    if only in ("", "tokens"):
        table["tokens"] = token_nats(train_tokens(corpus, seconds, device, batch, workers), corpus, count, device)
        typer.echo(json.dumps(table))
    withheld = EvaluateSettings(out, corpus, windows=count, length=512)
    for name, mind in (("mind", Mind(Shape())), ("recurrent", RecurrentMind(Shape()))):
        if only not in ("", name):
            continue
        usual = TrainSettings(corpus=corpus, out=out / name, minutes=seconds / 60, batch=batch, length=512, rate=3e-3)
        run = TrainSettings(
            **{
                **_table(usual),
                "device": device,
                "workers": workers,
                "pool": 16 * batch,
                "valid_minutes": 1e9,
                "as_written": True,
                "threads": torch.get_num_threads(),
            }
        )
        train(run, mind)
        table[name] = note_nats(mind, windows(Corpus(corpus), withheld, Recipe(ahead_ticks=0, chords=False)), device)
        typer.echo(json.dumps(table))


def _table(settings: TrainSettings) -> dict[str, object]:
    return {name: getattr(settings, name) for name in TrainSettings.__dataclass_fields__}


if __name__ == "__main__":
    typer.run(main)
