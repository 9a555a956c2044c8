"""Many evenings at once: the mind accompanies recorded humans, note by note as on stage, on whatever device it lies (PyTorch).

Post-training learns from what it did there. Every row of a batch is one evening of its own; each pass of the loop takes one
step in all of them, whatever that step is: a beat, a chord, a note of the human's, or one of the mind's own.
"""

# B evenings, T steps, N notes of the human, D width, F fields

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from models.corpus import COMP, LEAD
from models.humans import Humans
from models.music import PARTS, TICKS_PER_BEAT
from models.transformer import Mind, norm, rotary
from models.vocabulary import (
    BEAT,
    CHORD,
    DURATIONS,
    FIELDS,
    NEVER,
    NO_CHORD,
    NO_KEY,
    NO_LENGTH,
    NOTE,
    PITCHES,
    VELOCITIES,
)

_KEYS = len(PARTS) * PITCHES
_LOWEST, _HIGHEST = 33, 88
_MOST_AT_ONCE = 8
_COMP_KEYS = slice(COMP * PITCHES, (COMP + 1) * PITCHES)
_BAND = (1 << LEAD) | (1 << COMP)


class Decisions(NamedTuple):
    """What was decided for the comp as of each step but the last: (B, T - 1) each; -1 where there was nothing to decide."""

    onset: Tensor  # the tick it struck at, or NEVER; with `waited`, it did not strike before this tick
    waited: Tensor  # bool: the human came first
    pitch: Tensor
    length: Tensor
    velocity: Tensor
    chord: Tensor


@dataclass(slots=True)
class Evenings:
    """What happened in all evenings, as the mind heard it and as a judge hears it."""

    fields: Tensor  # (B, T, F)
    held: Tensor  # (B, T, keys) bool
    tick: Tensor  # (B, T) since the beginning
    note: Tensor  # (B, T, 3): key, from which tick, until which; key -1 where the step was no note
    decisions: Decisions


class State(NamedTuple):
    """Where each evening stands."""

    beat: Tensor  # (B,)
    tick: Tensor
    next_human: Tensor  # which of the human's notes comes next
    chord: Tensor
    kind: Tensor  # of the last step
    last_tick: Tensor  # of the comp
    last_pitch: Tensor
    until: Tensor  # (B, keys): when each key comes up
    x: Tensor  # (B, D): what the mind made of the last step


class Stage:
    """One batch of evenings under way. On a GPU a step is captured once and replayed."""

    def __init__(self, mind: Mind, humans: Humans, steps: int) -> None:
        self.mind, self.humans = mind, humans
        self.device = humans.tick.device
        self.count = len(humans.style)
        shape = mind.shape
        size = shape.width // shape.heads
        self.kept = torch.bfloat16 if self.device.type == "cuda" else torch.float32
        layout = (shape.layers, 2, self.count, shape.kv_heads, steps, size)
        self.memory = torch.zeros(layout, dtype=self.kept, device=self.device)
        self.turned = tuple(table.to(self.kept) for table in rotary(torch.arange(steps, device=self.device), size))
        self.at = torch.zeros(1, dtype=torch.long, device=self.device)
        self.rows = torch.arange(self.count, device=self.device)
        self.lengths = torch.tensor(DURATIONS, device=self.device)
        zero = torch.zeros(self.count, dtype=torch.long, device=self.device)
        keys = torch.zeros(self.count, _KEYS, dtype=torch.long, device=self.device)
        x = torch.zeros(self.count, shape.width, dtype=self.kept, device=self.device)
        self.state = State(zero, zero.clone(), zero.clone(), zero + NO_CHORD, zero + BEAT, zero - 1, zero - 1, keys, x)
        nothing = zero - 1
        self.told = (nothing, zero, nothing, nothing, nothing > 0, nothing, nothing, nothing, nothing)

    def hear(self, fields: Tensor, held: Tensor) -> Tensor:
        """One step in every evening: what the mind makes of it (B, D)."""
        x = self.mind.embedded(fields[:, None], held[:, None])[:, 0].to(self.kept)
        turned = (self.turned[0][self.at], self.turned[1][self.at])
        for layer, block in enumerate(self.mind.blocks):
            x = block.step(x, turned, self.memory[layer], self.at)  # type: ignore[operator]
        return norm(x).to(self.kept)

    def fields(self, state: State, key: Tensor, velocity: Tensor, length: Tensor) -> Tensor:
        """The numbers of this step (B, F)."""
        of_beat = state.beat.clamp(max=self.humans.metre.shape[1] - 1)
        metre, note = self.humans.metre[self.rows, of_beat], state.kind == NOTE
        columns = {
            "kind": state.kind,
            "key": torch.where(note, key, NO_KEY),
            "tick": state.tick % TICKS_PER_BEAT,
            "velocity": torch.where(note, velocity * VELOCITIES // 128, VELOCITIES),
            "beat_in_bar": self.humans.beat_in_bar[self.rows, of_beat],
            "metre": metre,
            "tempo": self.humans.tempo[self.rows, of_beat],
            "style": self.humans.style * 0,
            "chord": state.chord,
            "band": torch.full_like(metre, _BAND),
            "length": torch.where(length >= 0, length, NO_LENGTH),
        }
        return torch.stack([columns[name] for name, _, _ in FIELDS], -1)

    def go_on(self, state: State, told: tuple[Tensor, ...]) -> tuple[State, tuple[Tensor, ...]]:
        """Hear what was decided, then decide what comes next; gives what happened in this step, and moves on."""
        fields = self.fields(state, told[0], told[1], told[6])
        held = state.until > state.tick[:, None]
        state = state._replace(x=self.hear(fields, held))
        note = torch.stack((torch.where(state.kind == NOTE, told[0], -1), state.tick, told[2]), -1)
        happened = (fields, held, state.tick, note, *told[3:])
        return state, happened


@torch.no_grad()
def play_evenings(mind: Mind, humans: Humans, steps: int) -> Evenings:
    """Accompany every human for so many steps, drawing from PyTorch's own random numbers."""
    stage = Stage(mind, humans, steps)
    state = stage.state
    told: tuple[Tensor, ...] = stage.told
    state, happened = stage.go_on(state, told)
    table = [happened]
    for _ in range(1, steps):
        stage.at += 1
        state, told = _decide(stage, state)
        state, happened = stage.go_on(state, told)
        table.append(happened)
    fields, held, tick, note, *decisions = (torch.stack(column, 1) for column in zip(*table, strict=True))
    return Evenings(fields, held, tick, note, Decisions(*(column[:, 1:] for column in decisions)))


def _draw(logits: Tensor) -> Tensor:
    """One choice a row."""
    return (logits.float() - (-torch.rand_like(logits.float()).clamp(min=1e-9).log()).log()).argmax(-1)


def _decide(stage: Stage, state: State) -> tuple[State, tuple[Tensor, ...]]:
    """What comes next in each evening: where that leads, and key, velocity and end of a note, then the decisions."""
    mind, x, beat_tick = stage.mind, state.x, state.beat * TICKS_PER_BEAT
    now = state.tick - beat_tick
    names_chord = state.kind == BEAT
    logits = mind.next_tick(x, now)[:, COMP]
    full = (state.until[:, _COMP_KEYS] > state.tick[:, None]).sum(-1) >= _MOST_AT_ONCE
    logits = logits.masked_fill(full[:, None] & (torch.arange(NEVER + 1, device=x.device) < NEVER), -1e9)
    mine = _draw(logits)
    human = (stage.humans.tick[stage.rows, state.next_human] - beat_tick).clamp(max=NEVER)
    first = torch.rand(stage.count, device=x.device) < 0.5
    plays = (mine < NEVER) & ((mine < human) | ((mine == human) & first)) & ~names_chord
    hears = (human < NEVER) & ~plays & ~names_chord
    turns = ~plays & ~hears & ~names_chord
    beat = state.beat + turns.long()
    place = torch.where(plays, mine, torch.where(hears, human, now))
    chord = _draw(mind.chord(x))
    after = state._replace(
        beat=beat,
        tick=torch.where(turns, beat * TICKS_PER_BEAT, beat_tick + place),
        kind=torch.where(names_chord, CHORD, torch.where(turns, BEAT, NOTE)),
        chord=torch.where(names_chord, chord, state.chord),
    )
    drawn = _strike(stage, state, mine.clamp(max=NEVER - 1))
    after, note = _take(stage, after, (plays, hears), drawn)
    onset = torch.where(plays, mine, torch.where(hears, human, NEVER)).masked_fill(names_chord, -1)
    chosen = [value.masked_fill(~plays, -1) for value in drawn]
    return after, (*note, onset, hears, *chosen, chord.masked_fill(~names_chord, -1))


def _strike(stage: Stage, state: State, tick: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Pitch, length and loudness, should the mind strike at a tick of this beat."""
    part, x = torch.full_like(tick, COMP), state.x
    absolute = state.beat * TICKS_PER_BEAT + tick
    down = state.until[:, _COMP_KEYS] > absolute[:, None]
    pitches = torch.arange(PITCHES, device=x.device)
    above = torch.where(absolute == state.last_tick, state.last_pitch, -1)
    shut = down | (pitches <= above[:, None]) | (pitches < _LOWEST) | (pitches > _HIGHEST)
    pitch = _draw(stage.mind.next_pitch(x, part, tick).float().masked_fill(shut, -1e9))
    lengths, loud = stage.mind.next_rest(x, part, tick, pitch)
    return pitch, _draw(lengths), _draw(loud)


def _take(
    stage: Stage, state: State, who: tuple[Tensor, Tensor], drawn: tuple[Tensor, Tensor, Tensor]
) -> tuple[State, tuple[Tensor, Tensor, Tensor]]:
    """Press the key of the mind's or the human's note."""
    (plays, hears), (pitch, length, loud) = who, drawn
    humans, at = stage.humans, (stage.rows, state.next_human)
    ticks = stage.lengths
    key = torch.where(plays, COMP * PITCHES + pitch, LEAD * PITCHES + humans.pitch[at])
    end = state.tick + torch.where(plays, ticks[length], humans.length[at])
    velocity = torch.where(plays, loud * 128 // VELOCITIES + 64 // VELOCITIES, humans.velocity[at])
    here = torch.arange(_KEYS, device=key.device) == key[:, None]
    after = state._replace(
        until=torch.where(here & (plays | hears)[:, None], end[:, None], state.until),
        last_tick=torch.where(plays, state.tick, state.last_tick),
        last_pitch=torch.where(plays, pitch, state.last_pitch),
        next_human=state.next_human + hears.long(),
    )
    return after, (key, velocity, end)
