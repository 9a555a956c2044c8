"""The layers of the mind through ONNX Runtime, on one thread: the fastest way without a GPU."""

# N new steps, C places, D width, G heads of keys and values, E head size

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnxruntime as ort

from models.onnx_graph import MEMORY, graph, memory_name
from models.trunk import Block, Floats, Frame, Turns

_STRIDE = 64
"""Attention reads all the memory that it is given, so it is given only what begins at most so far before the window."""


def fits(frame: Frame) -> bool:
    """Whether ONNX Runtime can turn heads of this size."""
    return frame.head_size % 16 == 0


class OnnxTrunk:
    """The trunk as one graph whose inputs and outputs lie in our own arrays: a step copies nothing. Worker only."""

    def __init__(self, blocks: Sequence[Block], frame: Frame, bits: int = 8) -> None:
        self._frame = frame
        self._turns = Turns(frame)
        memory = (1, frame.kv_heads, frame.capacity, frame.head_size)
        self._memory = {memory_name(i, kind): np.zeros(memory, np.float32) for i in range(len(blocks)) for kind in MEMORY}
        self._x, self._heard = (np.zeros((1, 1, frame.width), np.float32) for _ in range(2))
        self._last, self._total = np.zeros(1, np.int32), np.zeros((), np.int32)
        self._session = _session(graph(blocks, frame, bits).SerializeToString())
        # Only with one head of keys and values is a later part of the memory still one piece.
        self._stride = _STRIDE if frame.kv_heads == 1 else frame.capacity
        begins = range(0, frame.capacity, self._stride)
        self._bindings = {begin: self._bound(begin, self._x, self._heard) for begin in begins}

    def clear(self) -> None:
        """Begin anew."""
        self._turns.begin_at(0)

    def drop(self, gone: int, kept: int) -> None:
        """Forget the first places; the others move up."""
        self._turns.drop(gone)
        for memory in self._memory.values():
            memory[:, :, : kept - gone] = memory[:, :, gone:kept].copy()

    def hear(self, x: Floats, first: int) -> Floats:
        """New steps (N, D) into the places from `first` on: (N, D)."""
        begin = max(first - self._frame.window + 1, 0) // self._stride * self._stride
        self._total[...] = first + len(x) - begin
        self._last[0] = self._total - 1
        if len(x) == 1:
            self._x[0] = x
            self._session.run_with_iobinding(self._bindings[begin])
            return np.array(self._heard[0])
        heard = np.empty_like(x)
        self._session.run_with_iobinding(self._bound(begin, x[None], heard[None]))
        return heard

    def _bound(self, begin: int, x: Floats, heard: Floats) -> ort.IOBinding:
        """The graph's inputs and outputs tied to our arrays, the memory from a place on."""
        binding = self._session.io_binding()
        turns = {"cos": self._turns.cos[begin:], "sin": self._turns.sin[begin:]}
        for name, array in {"x": x, "last": self._last, "total": self._total, **turns}.items():
            binding.bind_input(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)
        binding.bind_output("heard", "cpu", 0, np.float32, heard.shape, heard.ctypes.data)
        for name, whole in self._memory.items():
            memory = whole[:, :, begin:]
            binding.bind_input(name, "cpu", 0, np.float32, memory.shape, memory.ctypes.data)
            binding.bind_output(f"{name}_after", "cpu", 0, np.float32, memory.shape, memory.ctypes.data)
        return binding


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # two make the mean better and the tail far worse
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
