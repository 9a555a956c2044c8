"""Whatever the mind runs on, it thinks the same: numpy, ONNX Runtime and PyTorch, over sessions longer than their memory."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from models.batch import flags
from models.checkpoint import load, path_of
from models.engine import NoSuchDevice, open_stream, trunk_on
from models.onnx_graph import eight_bits
from models.onnx_trunk import OnnxTrunk
from models.stream import Step, Stream
from models.torch_trunk import TorchTrunk
from models.trunk import Frame, NumpyTrunk, blocks_of
from models.vocabulary import NEVER
from models.window import Recipe, assemble
from tests.models.makings import tiny_checkpoint, tune

SHARED = {"width": 64, "layers": 2, "heads": 4, "kv_heads": 1, "hidden": 96, "window": 64}
GROUPED = SHARED | {"kv_heads": 2}


def weights_for(shape):
    return tiny_checkpoint(0, shape).weights


def evening(trunk, frame, count, seed=1):
    """What a trunk makes of steps that come singly, in chords, and after it had to forget its beginning."""
    x = np.random.default_rng(seed).normal(0, 1, (count, frame.width)).astype(np.float32)
    heard, at, kept = [], 0, 0
    while at < count:
        n = min(90 if at == 0 else 7 if at % 5 == 0 else 1, count - at)
        if kept + n > frame.capacity:
            trunk.drop(kept - 2 * frame.window, kept)
            kept = 2 * frame.window
        heard.append(trunk.hear(x[at : at + n], kept))
        at, kept = at + n, kept + n
    return np.concatenate(heard)


TRUNKS = {
    "onnx": lambda blocks, frame: OnnxTrunk(blocks, frame, bits=32),
    "torch": lambda blocks, frame: TorchTrunk(blocks, frame, "cpu"),
}


@pytest.mark.parametrize(("kind", "shape"), [("onnx", SHARED), ("torch", SHARED), ("torch", GROUPED)])
def test_every_trunk_thinks_what_numpy_thinks(kind, shape):
    blocks, frame = blocks_of(weights_for(shape)), Frame.of(shape)
    ours = evening(TRUNKS[kind](blocks, frame), frame, 600)
    np.testing.assert_allclose(ours, evening(NumpyTrunk(blocks, frame), frame, 600), atol=1e-3)


@pytest.mark.parametrize("kind", ["numpy", *TRUNKS])
def test_what_was_taken_back_leaves_no_trace(kind):
    blocks, frame = blocks_of(weights_for(SHARED)), Frame.of(SHARED)
    trunk = (TRUNKS | {"numpy": NumpyTrunk})[kind](blocks, frame)
    rng = np.random.default_rng(2)
    past, tail, other = (rng.normal(0, 1, (n, frame.width)).astype(np.float32) for n in (150, 6, 60))
    trunk.hear(past, 0)
    first = [trunk.hear(step[None], 150 + i) for i, step in enumerate(tail)]
    for i, step in enumerate(other):
        trunk.hear(step[None], 152 + i)
    again = [trunk.hear(step[None], 150 + i) for i, step in enumerate(tail)]
    np.testing.assert_array_equal(first, again)


def test_futures_part_from_one_past():
    blocks, frame = blocks_of(weights_for(SHARED)), Frame.of(SHARED)
    trunk = TorchTrunk(blocks, frame, "cpu", futures=4)
    rng = np.random.default_rng(3)
    past, tails = (rng.normal(0, 1, size).astype(np.float32) for size in ((80, 64), (9, 3, 64)))
    trunk.hear(past, 0)
    trunk.spread(4)
    together = [trunk.hear_each(tail, 80 + i) for i, tail in enumerate(tails)][-1]
    for future in range(3):
        alone = NumpyTrunk(blocks, frame)
        alone.hear(past, 0)
        np.testing.assert_allclose(together[future], alone.hear(tails[:, future], 80)[-1], atol=1e-3)


def test_eight_bits_keep_each_weight_to_half_a_step_of_its_block():
    weight = np.random.default_rng(4).normal(0, 1, (5, 90)).astype(np.float32)
    whole, scale = eight_bits(weight)
    back = ((whole.astype(np.float32) - 128) * scale[..., None]).reshape(5, -1)
    assert (np.abs(back[:, :90] - weight) <= np.repeat(scale, 64, axis=1)[:, :90] * 0.501).all()
    assert (back[:, 90:] == 0).all()


def test_eight_bits_cost_a_hundredth_of_the_likelihood_even_of_untrained_weights():
    blocks, frame = blocks_of(weights_for(SHARED)), Frame.of(SHARED)
    window = assemble(tune(60), 0, frame.window, Recipe(), np.random.default_rng(0))
    steps = [
        Step(tuple(row.tolist()), tuple(np.flatnonzero(held).tolist()))
        for row, held in zip(
            window.fields, flags(torch.from_numpy(window.held)[None], len(window.chord))[0].numpy(), strict=True
        )
    ]
    in_full, in_bytes = (Stream(weights_for(SHARED), SHARED, OnnxTrunk(blocks, frame, bits)) for bits in (32, 8))
    assert nats(in_bytes, steps, window.next_tick) <= 1.01 * nats(in_full, steps, window.next_tick)


def nats(stream, steps, wanted):
    """Mean nats of each part's next onset."""
    found = []
    for step, ticks in zip(steps, wanted, strict=True):
        stream.feed([step])
        for logits, tick in zip(stream.next_tick(), ticks.tolist(), strict=True):
            now = step.fields[2]
            if tick >= 0:
                found.append(np.log(np.exp(logits[now : NEVER + 1] - logits[tick]).sum()))
    return np.mean(found)


def test_a_device_that_is_not_here_is_refused_in_a_sentence():
    checkpoint = load(path_of("duo"))
    with pytest.raises(NoSuchDevice, match="unknown device 'abacus'; there are: auto, cpu, numpy, cuda, mps"):
        open_stream(checkpoint.weights, checkpoint.shape, "abacus")
    if not torch.cuda.is_available():
        with pytest.raises(NoSuchDevice, match="there is no cuda here"):
            trunk_on("cuda", blocks_of(checkpoint.weights), Frame.of(checkpoint.shape))


def test_the_live_mind_needs_no_torch():
    code = "import sys; from models.load import load_model; load_model('duo'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_all_that_is_tied_to_the_memory_is_tied_before_the_first_step():
    blocks, frame = blocks_of(weights_for(SHARED)), Frame.of(SHARED)
    trunk = OnnxTrunk(blocks, frame)
    before = len(trunk._few)
    evening(trunk, frame, 900)
    assert len(trunk._few) == before
