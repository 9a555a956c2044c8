"""Nats a note, all of it: when, which pitch, how long, how loud. The one figure by which designs that say it differently
compare."""

# B batch, T steps, P parts

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from models.batch import Batch, flags
from models.lesson import surprise
from models.music import PARTS
from models.transformer import Mind
from models.vocabulary import BEAT, FIELDS, NEVER, NOTE, PITCHES

_COLUMN = {name: i for i, (name, _, _) in enumerate(FIELDS)}


def timing_nats(ticks: Tensor, batch: Batch) -> float:
    """Nats of when all notes come, from the log chances (B, T, P, NEVER + 1) of each part's next tick.

    After every step each part may go on waiting; whatever comes next, a beat or somebody's note, tells of each part either
    that it struck just then or that it waited at least so long. The product of these chances is that of the whole music's
    timing.
    """
    fields = batch.fields.long()
    kind, tick, key = (fields[:, 1:, _COLUMN[name]] for name in ("kind", "tick", "key"))
    known = (batch.next_tick[:, :-1] >= 0) & (kind == NOTE).logical_or(kind == BEAT)[..., None]
    known &= (fields[:, 1:, _COLUMN["metre"]] > 0)[..., None]  # a window that ends early is padded with nothing
    until = torch.where(kind == BEAT, NEVER, tick)
    chances = ticks[:, :-1]
    later = torch.arange(NEVER + 1, device=ticks.device) >= until[..., None]
    waited = chances.masked_fill(~later[:, :, None], float("-inf")).logsumexp(-1)
    struck = chances.gather(-1, until[..., None, None].expand(-1, -1, len(PARTS), 1))[..., 0]
    mine = ((kind == NOTE)[..., None]) & (key[..., None] // PITCHES == torch.arange(len(PARTS), device=ticks.device))
    nats = -torch.where(mine, struck, waited)
    return float(nats[known].sum())


@torch.no_grad()
def note_nats(mind: Mind, batches: Iterable[Batch], device: str = "cpu") -> dict[str, float]:
    """The mind's nats a note: `timing`, `pitch`, `duration`, `velocity` and their sum, `all`. Batches without chords or
    slips."""
    sums: defaultdict[str, float] = defaultdict(float)
    notes = 0
    mind.eval()
    for batch in (kept.to(torch.device(device)) for kept in batches):
        found = surprise(mind, batch)
        fields = batch.fields.long()
        x = mind.trunk(fields, flags(batch.held, fields.shape[1]))
        ticks = mind.next_tick(x, fields[..., _COLUMN["tick"]]).log_softmax(-1)
        sums["timing"] += timing_nats(ticks, batch)
        for name in ("pitch", "duration", "velocity"):
            sums[name] += float(getattr(found, name).sum())
        notes += int((batch.told[..., 0] >= 0).sum())
    return per_note(sums, notes)


def per_note(sums: Mapping[str, float], notes: int) -> dict[str, float]:
    """Sums of nats, by attribute, as nats a note, and all of them together."""
    told = {name: value / notes for name, value in sums.items()}
    return told | {"all": sum(told.values())}
