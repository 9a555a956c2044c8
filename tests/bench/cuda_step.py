"""The mind's step on a GPU beside plain numpy: are they equal, and how long does a step take, alone and with many futures?

`python -m tests.bench.cuda_step [--checkpoint FILE] [--device cuda]` needs PyTorch, numpy and safetensors; the last line is
JSON, and the exit status says whether everything was equal.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from models.stream import Step, Stream
from models.torch_trunk import TorchTrunk
from models.trunk import Floats, Frame, NumpyTrunk, blocks_of
from models.vocabulary import DURATIONS, FIELDS, NEVER, NO_CHORD, PITCHES, VELOCITIES

SHAPE = {"width": 320, "layers": 6, "heads": 5, "kv_heads": 1, "hidden": 864, "window": 512}
FUTURES = (1, 8, 64)
BOUNDS = {"float32": 1e-3, "float16": 2e-2}
"""How large the difference may be, as a share of what the mind makes of a step (root mean square)."""
PREFILL_STEPS, SINGLE_STEPS, TIMED_STEPS, IDLE_STEPS = 2000, 160, 2000, 60


def random_weights(shape: dict[str, int]) -> dict[str, Floats]:
    """Weights that nobody has trained."""
    rng = np.random.default_rng(0)
    d, hidden = shape["width"], shape["hidden"]
    kv = 2 * shape["kv_heads"] * d // shape["heads"]
    sizes: dict[str, tuple[int, ...]] = {f"embed.{name}.weight": (size, d) for name, size, _ in FIELDS}
    sizes |= {"held_pitch.weight": (d, 4 * PITCHES), "held_class.weight": (d, 48)}
    for i in range(shape["layers"]):
        sizes |= {f"blocks.{i}.q.weight": (d, d), f"blocks.{i}.kv.weight": (kv, d), f"blocks.{i}.out.weight": (d, d)}
        sizes |= {f"blocks.{i}.up.weight": (2 * hidden, d), f"blocks.{i}.down.weight": (d, hidden)}
    heads = {"tick": 4 * (NEVER + 1), "chord": NO_CHORD + 1, "ask_pitch": d, "ask_rest": d, "pitch": PITCHES}
    for name, size in (heads | {"duration": len(DURATIONS), "velocity": VELOCITIES}).items():
        sizes |= {f"{name}.weight": (size, d), f"{name}.bias": (size,)}
    sizes |= {"when.weight": (4 * NEVER, d), "which.weight": (4 * PITCHES, d)}
    weights = {name: rng.normal(0, 0.05, size).astype(np.float32) for name, size in sizes.items()}
    sharp = {f"blocks.{i}.sharpness": rng.uniform(1, 2, shape["heads"]).astype(np.float32) for i in range(shape["layers"])}
    return weights | sharp


def random_steps(count: int, seed: int) -> list[Step]:
    """Steps without any sense."""
    rng = np.random.default_rng(seed)
    rows = [tuple(int(rng.integers(0, size)) for _, size, _ in FIELDS) for _ in range(count)]
    return [Step(row, tuple(sorted({int(key) for key in rng.integers(0, 512, rng.integers(0, 7))}))) for row in rows]


def distance(ours: Floats, theirs: Floats) -> float:
    """Root mean square of the difference, as a share of theirs."""
    return float(np.sqrt(np.square(ours - theirs).mean() / np.square(theirs).mean()))


def equality(ours: Stream, theirs: Stream) -> dict[str, float]:
    """The largest distance over a session that forgets its beginning, goes on step by step, and is taken back."""
    steps = random_steps(PREFILL_STEPS + SINGLE_STEPS, 1)
    for stream in (ours, theirs):
        stream.feed(steps[:PREFILL_STEPS])
    far = [distance(ours.next_tick(), theirs.next_tick())]
    for step in steps[PREFILL_STEPS:]:
        for stream in (ours, theirs):
            stream.feed([step])
        far.append(distance(ours.next_tick(), theirs.next_tick()))
    before = ours.next_tick()
    back = ours.length - 40
    ours.rewind(back)
    ours.feed(random_steps(30, 2))
    ours.rewind(back)
    for step in steps[-40:]:
        ours.feed([step])
    return {"prefill": far[0], "steps_worst": max(far[1:]), "after_rewind": distance(ours.next_tick(), before)}


def futures_equality(weights: dict[str, Floats], shape: dict[str, int], trunk: TorchTrunk) -> float:
    """Eight futures that part after a common past, against each of them alone in numpy."""
    frame, rng = Frame.of(shape), np.random.default_rng(3)
    past = rng.normal(0, 1, (100, frame.width)).astype(np.float32)
    tails = rng.normal(0, 1, (20, 8, frame.width)).astype(np.float32)
    trunk.clear()
    trunk.hear(past, 0)
    trunk.spread(8)
    found = [trunk.hear_each(tail, 100 + place) for place, tail in enumerate(tails)][-1]
    alone = []
    for future in range(8):
        numpy_trunk = NumpyTrunk(blocks_of(weights), frame)
        numpy_trunk.hear(past, 0)
        alone.append(numpy_trunk.hear(tails[:, future], 100)[-1])
    return max(distance(ours, theirs) for ours, theirs in zip(found, alone, strict=True))


def timed(deed: Callable[[int], object], count: int, idle_seconds: float = 0.0) -> dict[str, float]:
    """Milliseconds of a deed, again and again."""
    took = []
    for i in range(count):
        if idle_seconds:
            time.sleep(idle_seconds)
        began = time.perf_counter()
        deed(i)
        took.append(1000 * (time.perf_counter() - began))
    return {f"p{share}": round(float(np.percentile(took, share)), 4) for share in (50, 95, 99)} | {"max": round(max(took), 4)}


def times(trunk: TorchTrunk, stream: Stream, frame: Frame) -> dict[str, dict[str, float]]:
    """A whole step from numbers to answer for each count of futures, with a full window; and of one stream after idling."""
    rng = np.random.default_rng(4)
    found = {}
    for count in FUTURES:
        x = rng.normal(0, 1, (count, frame.width)).astype(np.float32)
        begin = time.perf_counter()
        trunk.hear_each(x, frame.window)
        captured = time.perf_counter() - begin

        def one(i: int, x: Floats = x) -> object:
            return trunk.hear_each(x, frame.window + i % frame.window)

        found[f"step_ms_{count}_futures"] = timed(one, TIMED_STEPS) | {"first": round(1000 * captured, 1)}
    step = random_steps(1, 5)
    stream.feed(step * frame.window)
    found["stream_ms"] = timed(lambda _: (stream.feed(step), stream.next_tick()), TIMED_STEPS // 2)
    found["stream_ms_after_20_ms_idle"] = timed(lambda _: (stream.feed(step), stream.next_tick()), IDLE_STEPS, 0.02)
    found["prefill_256_ms"] = timed(lambda _: (stream.feed(step * 256), stream.next_tick()), 10)
    return found


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--device", default="cuda")
    given = parser.parse_args()
    weights, shape = random_weights(SHAPE), SHAPE
    if given.checkpoint is not None:
        from models.checkpoint import load

        checkpoint = load(given.checkpoint)
        weights = {name: np.asarray(value, np.float32) for name, value in checkpoint.weights.items()}
        shape = checkpoint.shape
    frame, blocks = Frame.of(shape), blocks_of(weights)
    is_cuda = given.device.startswith("cuda")
    told: dict[str, object] = {"device": torch.cuda.get_device_name() if is_cuda else given.device, "torch": torch.__version__}
    is_equal = True
    for name, bound in BOUNDS.items():
        trunk = TorchTrunk(blocks, frame, given.device, getattr(torch, name), max(FUTURES))
        stream = Stream(weights, shape, trunk)
        far = equality(stream, Stream(weights, shape)) | {"futures": futures_equality(weights, shape, trunk)}
        is_equal = is_equal and max(far.values()) <= bound
        stream.clear()
        rounded = {key: round(value, 7) for key, value in far.items()}
        told[name] = {"far": rounded, "bound": bound, **times(trunk, stream, frame)}
    if is_cuda:
        told["memory_mb"] = round(torch.cuda.max_memory_allocated() / 1e6, 1)
    print(json.dumps(told | {"equal": is_equal}))
    sys.exit(not is_equal)


if __name__ == "__main__":
    main()
