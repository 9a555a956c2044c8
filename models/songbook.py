"""Where a mind in training finds its music: windows drawn without end, and kept on the device to be heard in many keys."""

# B batch

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from models.batch import Batch, Sampler, transpose
from models.data import Corpus
from models.window import Recipe


class Songbook(IterableDataset[Batch]):
    """Windows without end, drawn in the loader's processes; each has numbers of its own. Without a recipe each has its own."""

    def __init__(self, corpus: Path, length: int, size: int, first: tuple[int, ...], recipe: Recipe | None = None) -> None:
        self._corpus, self._length, self._size, self._first, self._recipe = corpus, length, size, first, recipe

    def __iter__(self) -> Iterator[Batch]:
        """Draw for ever."""
        info = get_worker_info()
        if info is not None:
            torch.set_num_threads(1)
        sampler = Sampler(Corpus(self._corpus), "train", self._length)
        rng = np.random.default_rng((*self._first, info.id if info is not None else 0))
        while True:
            yield sampler.draw(rng, self._size, self._recipe)


def open_book(book: Songbook, workers: int, pinned: bool) -> Iterator[Batch]:
    """New windows, from processes of their own if there are to be some."""
    loader = DataLoader(
        book,
        batch_size=None,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        multiprocessing_context="fork" if workers else None,
        pin_memory=pinned,
    )
    return iter(loader)


class Pool:
    """So many windows kept on a device: each is heard several times, always in another key, before newer ones replace it."""

    def __init__(self, source: Iterator[Batch], size: int, batch: int, device: torch.device, seed: int) -> None:
        self._source, self._batch, self._device = source, batch, device
        self._random = torch.Generator(self._device).manual_seed(seed)
        first = next(source).to(self._device)
        rounds = max(size // len(first.fields), 1)
        self._kept = Batch(*(table.repeat(rounds, *[1] * (table.ndim - 1)) for table in first))
        self._filled, self._next = len(first.fields), len(first.fields)
        while self._filled < len(self._kept.fields) // 4:
            self._take()

    def _take(self) -> None:
        fresh = next(self._source).to(self._device)
        count, size = len(fresh.fields), len(self._kept.fields)
        at = self._next % size
        for kept, table in zip(self._kept, fresh, strict=True):
            kept[at : at + count] = table
        self._next += count
        self._filled = min(self._filled + count, size)

    def draw(self) -> Batch:
        """One batch: some windows that are new, some that were heard in other keys."""
        self._take()
        rows = torch.randint(0, self._filled, (self._batch,), generator=self._random, device=self._device)
        semitones = torch.randint(-5, 7, (self._batch,), generator=self._random, device=self._device)
        return transpose(Batch(*(table[rows] for table in self._kept)), semitones)
