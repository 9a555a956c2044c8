"""The layers of the mind as an ONNX graph, built from a checkpoint's weights in a blink, so that nothing else needs to ship.

Matrices are 8-bit (MatMulNBits) or 32-bit. All heads ask one memory of keys and values, so that attention is two plain
products; ONNX Runtime's own GroupQueryAttention goes head by head and took twice as long.
Operators: https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md
"""

# N new steps, S places in span, D width, H heads, E head size

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper

from models.trunk import EPSILON, Block, Floats, Frame

_Sizes = list[str | int | None]
_CONTRIB = "com.microsoft"
_OPSET, _IR_VERSION = 18, 10
BLOCK = 64
"""So many weights of a row share a scale."""
_INT8_ACTIVATIONS = 4  # MatMulNBits' accuracy level that multiplies in 8 bits

MEMORY = ("keys", "values")


def memory_name(layer: int, kind: str) -> str:
    """How the graph calls a layer's memory on its way in; on its way out it is called `…_after`."""
    return f"{kind}_{layer}"


def graph(blocks: Sequence[Block], frame: Frame, bits: int) -> ModelProto:
    """Steps x (1, N, D), a mask (N, 1, S) and the memory (S, E) in; `heard` (1, N, D) and the memory out. `bits` is 8 or 32."""
    return _Writer(frame, bits).write(blocks)


class _Writer:
    """Writes nodes one after another, from the bottom up."""

    def __init__(self, frame: Frame, bits: int) -> None:
        self._frame, self._bits = frame, bits
        self._nodes: list[NodeProto] = []
        self._constants: list[TensorProto] = []

    def write(self, blocks: Sequence[Block]) -> ModelProto:
        frame = self._frame
        size, heads = frame.head_size, frame.heads
        self._constant("gain", np.ones(frame.width, np.float32))
        self._constant("head_gain", np.ones(size, np.float32))
        self._constant("by_head", np.array([0, 0, -1, size], np.int64))
        self._constant("by_step", np.array([0, 0, -1], np.int64))
        self._constant("askers", np.array([-1, heads, size], np.int64))
        self._constant("one_evening", np.array([1, -1, frame.width], np.int64))
        self._constant("qk_v", np.array([(heads + 1) * size, size], np.int64))
        self._constant("q_k", np.array([heads * size, size], np.int64))
        self._constant("halves", np.array([len(blocks[0].up) // 2] * 2, np.int64))
        x, normed = "x", self._rms("x", "gain", "normed")
        for i, block in enumerate(blocks):
            found = self._attention(i, block, normed)
            x, normed = self._add_and_norm(f"{i}.mix", x, found)
            found = self._mixing(i, block, normed)
            x, normed = self._add_and_norm(f"{i}.end", x, found)
        self._nodes[-1].output[0] = "heard"
        whole = helper.make_graph(self._nodes, "trunk", self._inputs(len(blocks)), self._outputs(len(blocks)), self._constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_CONTRIB, 1)]
        return helper.make_model(whole, opset_imports=opsets, ir_version=_IR_VERSION)

    def _attention(self, i: int, block: Block, x: str) -> str:
        qkv = self._linear(f"{i}.qkv", np.concatenate((block.q, block.kv)), x)
        qk, v = self._node("Split", [qkv, "qk_v"], [f"{i}.qk", f"{i}.v"], axis=-1)
        qk = self._sharpened(f"{i}.qk", qk, block.sharpness)
        (qk,) = self._node("RotaryEmbedding", [qk, "first", "cos", "sin"], [f"{i}.turned"], _CONTRIB)
        q, k = self._node("Split", [qk, "q_k"], [f"{i}.q", f"{i}.k"], axis=-1)
        keys, values = (self._remembered(memory_name(i, kind), new) for kind, new in zip(MEMORY, (k, v), strict=True))
        (q,) = self._node("Reshape", [q, "askers"], [f"{i}.askers"])  # (N, H, E): all heads ask one memory in one product
        size = self._frame.head_size
        (scores,) = self._node("FusedMatMul", [q, keys], [f"{i}.scores"], _CONTRIB, transB=1, alpha=size**-0.5)
        (masked,) = self._node("Add", [scores, "mask"], [f"{i}.masked"])
        (chances,) = self._node("Softmax", [masked], [f"{i}.chances"], axis=-1)
        (mixed,) = self._node("MatMul", [chances, values], [f"{i}.mixed"])
        (flat,) = self._node("Reshape", [mixed, "one_evening"], [f"{i}.flat"])
        return self._linear(f"{i}.out", block.out, flat)

    def _sharpened(self, name: str, x: str, sharpness: Floats) -> str:
        """Queries and keys normalised head by head, each query times its head's sharpness."""
        gains = self._constant(f"{name}.gains", np.append(sharpness, np.float32(1))[:, None])
        (x,) = self._node("Reshape", [x, "by_head"], [f"{name}.heads"])
        (x,) = self._node("Mul", [self._rms(x, "head_gain", f"{name}.normed"), gains], [f"{name}.sharp"])
        (x,) = self._node("Reshape", [x, "by_step"], [f"{name}.flat"])
        return x

    def _remembered(self, name: str, new: str) -> str:
        """The memory with what is new in its places. Bound to one array on both sides, it is written where it lies."""
        (after,) = self._node("ScatterND", [name, "places", new], [f"{name}_after"])
        return after

    def _mixing(self, i: int, block: Block, x: str) -> str:
        both = self._linear(f"{i}.up", block.up, x)
        gate, value = self._node("Split", [both, "halves"], [f"{i}.gate", f"{i}.value"], axis=-1)
        (curve,) = self._node("QuickGelu", [gate], [f"{i}.curve"], _CONTRIB, alpha=1.0)
        (mixed,) = self._node("Mul", [curve, value], [f"{i}.gated"])
        return self._linear(f"{i}.down", block.down, mixed)

    def _add_and_norm(self, name: str, x: str, more: str) -> tuple[str, str]:
        """The sum and its norm."""
        outputs = [f"{name}.normed", "", "", f"{name}.sum"]
        self._node("SkipSimplifiedLayerNormalization", [x, more, "gain"], outputs, _CONTRIB, epsilon=EPSILON)
        return outputs[3], outputs[0]

    def _rms(self, x: str, gain: str, name: str) -> str:
        (normed,) = self._node("SimplifiedLayerNormalization", [x, gain], [name], axis=-1, epsilon=EPSILON)
        return normed

    def _linear(self, name: str, weight: Floats, x: str) -> str:
        outputs, inputs = len(weight), weight.shape[1]
        if self._bits == 32:
            (y,) = self._node("MatMul", [x, self._constant(f"{name}.w", weight.T)], [name])
            return y
        whole, scale = eight_bits(weight)
        names = [x, self._constant(f"{name}.w", whole), self._constant(f"{name}.scale", scale)]
        (y,) = self._node(
            "MatMulNBits",
            names,
            [name],
            _CONTRIB,
            K=inputs,
            N=outputs,
            bits=8,
            block_size=BLOCK,
            accuracy_level=_INT8_ACTIVATIONS,
        )
        return y

    def _constant(self, name: str, value: NDArray[np.generic]) -> str:
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def _node(self, kind: str, inputs: list[str], outputs: list[str], domain: str = "", **settings: Any) -> list[str]:
        self._nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, **settings))
        return outputs

    def _memory(self, count: int, suffix: str) -> list[ValueInfoProto]:
        shape: _Sizes = ["span", self._frame.head_size]
        names = [memory_name(i, kind) + suffix for i in range(count) for kind in MEMORY]
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name in names]

    def _inputs(self, count: int) -> list[ValueInfoProto]:
        turns: _Sizes = ["capacity", self._frame.head_size // 2]
        inputs: list[tuple[str, int, _Sizes]] = [
            ("x", TensorProto.FLOAT, [1, "steps", self._frame.width]),
            ("first", TensorProto.INT64, [1]),
            ("places", TensorProto.INT64, [1, "steps", 1]),
            ("mask", TensorProto.FLOAT, ["steps", 1, "span"]),
            ("cos", TensorProto.FLOAT, turns),
            ("sin", TensorProto.FLOAT, turns),
        ]
        return [*(helper.make_tensor_value_info(*given) for given in inputs), *self._memory(count, "")]

    def _outputs(self, count: int) -> list[ValueInfoProto]:
        steps: _Sizes = [1, "steps", self._frame.width]
        return [helper.make_tensor_value_info("heard", TensorProto.FLOAT, steps), *self._memory(count, "_after")]


def eight_bits(weight: Floats) -> tuple[NDArray[np.uint8], Floats]:
    """Weights (out, in) as bytes around 128 (out, blocks, 64), and the scale of each block (out, blocks)."""
    outputs, inputs = weight.shape
    blocks = -(-inputs // BLOCK)
    padded = np.zeros((outputs, blocks * BLOCK), np.float32)
    padded[:, :inputs] = weight
    grouped = padded.reshape(outputs, blocks, BLOCK)
    scale = np.maximum(np.abs(grouped).max(-1) / 127, np.finfo(np.float32).tiny).astype(np.float32)
    return (np.round(grouped / scale[..., None]) + 128).astype(np.uint8), scale
