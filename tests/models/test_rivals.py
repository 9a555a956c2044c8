"""What the mind is measured by: token by token, and the whole of a note in nats."""

import numpy as np
import pytest
import torch

from models.batch import stack
from models.likelihood import note_nats, timing_nats
from models.rivals import TOKEN_KINDS, TOKENS, RecurrentMind, TokenMind, tokens_of
from models.transformer import Mind, Shape
from models.vocabulary import BEAT, NEVER, NOTE
from models.window import Recipe, assemble
from tests.models.makings import SHAPE, tune

PLAIN = Recipe(chords=False, ahead_ticks=0)


def window(length=80):
    return assemble(tune(), 0, length, PLAIN, np.random.default_rng(0))


def test_tokens_tell_every_beat_and_four_attributes_of_every_note():
    said = tokens_of(window())
    kinds = window().fields[:, 0]
    notes = len(window().notes)
    assert said.max() < TOKENS
    assert len(said) == (kinds == BEAT).sum() + 3 * (kinds == NOTE).sum() + notes
    pitches = said[(said >= TOKEN_KINDS[1][1]) & (said < TOKEN_KINDS[2][1])] - TOKEN_KINDS[1][1]
    assert pitches.tolist()[:4] == [72, 48, 74, 52]


def test_a_mind_that_knows_nothing_is_surprised_as_much_as_there_are_choices():
    batch = stack([window()])
    flat = torch.zeros(1, 80, 4, NEVER + 1)
    gone = torch.arange(NEVER + 1) < batch.fields[..., 2, None].long()
    chances = flat.masked_fill(gone[:, :, None], float("-inf")).log_softmax(-1)
    nats = timing_nats(chances, batch)
    certain = torch.full((1, 80, 4, NEVER + 1), -50.0)
    for step in range(79):
        for part in (0, 1):
            certain[0, step, part, batch.next_tick[0, step, part].long()] = 0.0
    assert nats > 20 and timing_nats(certain, batch) == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("kind", [Mind, RecurrentMind])
def test_the_parts_of_a_note_add_up(kind):
    torch.manual_seed(0)
    told = note_nats(kind(Shape(**SHAPE | {"window": 80})), [stack([window()])])
    assert told["all"] == pytest.approx(told["timing"] + told["pitch"] + told["duration"] + told["velocity"])
    assert 0 < told["pitch"] < 8


def test_a_token_mind_tells_nats_of_every_token_but_the_first():
    said = torch.from_numpy(tokens_of(window())[None])
    assert TokenMind(Shape(**SHAPE))(said).shape == (1, said.shape[1] - 1)
