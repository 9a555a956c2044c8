"""The layers of the mind through ONNX Runtime, on one thread: the fastest way without a GPU."""

# N new steps, D width

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from models.onnx_graph import BLOCK, MEMORY, graph, memory_name
from models.trunk import Block, Floats, Frame, Turns

_STRIDE = 64
"""A step looks at a span of memory that holds its window, or what there is of it; spans begin and end at multiples of this."""
_FEW = 8
"""So many steps at once are common, when a plan is mended: what is tied for them is kept."""


def fits(frame: Frame) -> bool:
    """Whether all heads share one memory, as the graph wants it."""
    return frame.kv_heads == 1


class OnnxTrunk:
    """The trunk as one graph whose inputs and outputs lie in our own arrays: a step copies nothing. Worker only."""

    def __init__(self, blocks: Sequence[Block], frame: Frame, bits: int = 8) -> None:
        self._frame = frame
        self._turns = Turns(frame)
        names = [memory_name(i, kind) for i in range(len(blocks)) for kind in MEMORY]
        self._memory = dict(zip(names, np.zeros((len(names), frame.capacity, frame.head_size), np.float32), strict=True))
        self._session = _session(graph(blocks, frame, bits).SerializeToString())
        weights = sum(matrix.size for block in blocks for matrix in block.matrices)
        # In 8 bits a scale of four bytes belongs to every block of weights.
        self.bytes_a_step = weights * (BLOCK + 4 if bits == 8 else 4 * BLOCK) // BLOCK + 4 * len(blocks) * frame.memory_a_layer
        self._few: dict[tuple[int, int, int], _Run] = {}
        # All of them now: what was tied when first needed cost a late note its millisecond, and the evening its memory.
        for steps in range(1, _FEW + 1):
            for first in range(frame.capacity - steps + 1):
                self._tied(first, steps)

    def clear(self) -> None:
        """Begin anew."""
        self._turns.begin_at(0)

    def drop(self, gone: int, kept: int) -> None:
        """Forget the first places; the others move up."""
        self._turns.drop(gone)
        for memory in self._memory.values():
            memory[: kept - gone] = memory[gone:kept].copy()

    def hear(self, x: Floats, first: int) -> Floats:
        """New steps (N, D) into the places from `first` on: (N, D)."""
        run = self._tied(first, len(x)) if len(x) <= _FEW else _Run(self, self._begin(first), first + len(x), len(x))
        return run(x, first)

    def _begin(self, first: int) -> int:
        """Where the span of a step begins."""
        return max(first - self._frame.window + 1, 0) // _STRIDE * _STRIDE

    def _tied(self, first: int, steps: int) -> _Run:
        """A run for a few steps, kept for whenever they fall into the same span."""
        begin, end = self._begin(first), min(-(-(first + steps) // _STRIDE) * _STRIDE, self._frame.capacity)
        run = self._few.get((begin, end, steps))
        if run is None:
            run = self._few[begin, end, steps] = _Run(self, begin, end, steps)
        return run


class _Run:
    """The graph tied to a span of the memory, for so many steps at once."""

    def __init__(self, trunk: OnnxTrunk, begin: int, end: int, steps: int) -> None:
        self._session, self._begin, self._window = trunk._session, begin, trunk._frame.window
        self._x, self._heard = (np.zeros((1, steps, trunk._frame.width), np.float32) for _ in range(2))
        self._first, self._places = np.zeros(1, np.int64), np.zeros((1, steps, 1), np.int64)
        self._mask = np.zeros((steps, 1, end - begin), np.float32)
        self._binding = self._session.io_binding()
        given: dict[str, NDArray[Any]] = {"x": self._x, "first": self._first, "places": self._places, "mask": self._mask}
        given |= {"cos": trunk._turns.cos, "sin": trunk._turns.sin}
        for name, array in given.items():
            self._binding.bind_input(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
        self._binding.bind_output("heard", "cpu", 0, np.float32, self._heard.shape, self._heard.ctypes.data)
        for name, whole in trunk._memory.items():
            span = whole[begin:end]
            self._binding.bind_input(name, "cpu", 0, np.float32, span.shape, span.ctypes.data)
            self._binding.bind_output(f"{name}_after", "cpu", 0, np.float32, span.shape, span.ctypes.data)

    def __call__(self, x: Floats, first: int) -> Floats:
        self._x[0] = x
        self._first[0] = first
        place = first - self._begin
        self._mask.fill(-np.inf)
        for step in range(len(x)):
            self._places[0, step] = place + step
            self._mask[step, 0, max(place + step - self._window + 1, 0) : place + step + 1] = 0.0
        self._session.run_with_iobinding(self._binding)
        return np.array(self._heard[0])


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # two make the mean better and the tail far worse
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
