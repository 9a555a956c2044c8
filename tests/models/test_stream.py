"""The mind on stage thinks what the mind in training thinks, and takes back for free."""

import subprocess
import sys
import time

import numpy as np
import pytest
import torch

from models.stream import Step, Stream
from models.transformer import Mind, Shape
from models.vocabulary import FIELDS
from tests.models.makings import SHAPE, tiny_checkpoint


def random_steps(count, seed=0):
    rng = np.random.default_rng(seed)
    fields = [tuple(int(rng.integers(0, size)) for _, size, _ in FIELDS) for _ in range(count)]
    return [Step(row, tuple(sorted({int(key) for key in rng.integers(0, 512, rng.integers(0, 7))}))) for row in fields]


@pytest.fixture
def stream():
    return Stream(tiny_checkpoint().weights, SHAPE)


def test_stream_and_torch_agree_far_beyond_the_window(stream):
    steps = random_steps(400)
    mind = Mind(Shape(**SHAPE))
    mind.load_state_dict({name: torch.from_numpy(value) for name, value in tiny_checkpoint().weights.items()})
    held = torch.zeros(1, len(steps), 512, dtype=torch.bool)
    for row, step in enumerate(steps):
        held[0, row, list(step.held)] = True
    fields = torch.tensor([[step.fields for step in steps]])
    with torch.no_grad():
        x = mind.trunk(fields, held)
        ticks, chords = mind.tick(x)[0].numpy(), mind.chord(x)[0].numpy()
        part, tick, pitch = (torch.full((len(steps),), value) for value in (1, 12, 60))
        pitches = mind.next_pitch(x[0], part, tick).numpy()
        lengths, loudness = (logits.numpy() for logits in mind.next_rest(x[0], part, tick, pitch))
    stream.feed(steps[:90])
    for row in range(90, 400):
        stream.feed([steps[row]])
        np.testing.assert_allclose(stream.next_tick().ravel(), ticks[row], atol=1e-3)
        np.testing.assert_allclose(stream.next_chord(), chords[row], atol=1e-3)
        np.testing.assert_allclose(stream.next_pitch(1, 12), pitches[row], atol=1e-3)
        for ours, theirs in zip(stream.next_rest(1, 12, 60), (lengths[row], loudness[row]), strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-3)


def test_after_a_rewind_the_same_steps_give_the_same_answers(stream):
    steps = random_steps(300)
    stream.feed(steps[:200])
    stream.feed(steps[200:210])
    before = stream.next_tick().copy()
    stream.feed(random_steps(60, seed=1))
    stream.rewind(210)
    np.testing.assert_array_equal(stream.next_tick(), before)
    stream.rewind(200)
    for step in steps[200:210]:
        stream.feed([step])
    np.testing.assert_allclose(stream.next_tick(), before, atol=1e-5)


def test_a_rewind_takes_no_time_whatever_its_length(stream):
    stream.feed(random_steps(250))
    began = time.thread_time()
    for length in range(249, 190, -1):
        stream.rewind(length)
    assert (time.thread_time() - began) / 59 < 1e-4


def test_memory_does_not_grow_with_the_evening(stream):
    steps = random_steps(64)
    for _ in range(40):
        stream.feed(steps)
    assert stream.length == 64 * 40
    assert stream.length - stream.earliest <= 4 * SHAPE["window"]
    assert np.isfinite(stream.next_tick()).all()


def test_one_cannot_rewind_beyond_memory(stream):
    stream.feed(random_steps(20))
    with pytest.raises(ValueError, match="memory holds 0 to 20"):
        stream.rewind(21)


def test_the_stage_side_of_the_mind_needs_no_torch():
    code = "import sys, models.player, models.markov; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
