"""What the mind runs on: ONNX Runtime on one core, a GPU through PyTorch, or plain numpy where there is neither."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from models.stream import Stream
from models.trunk import Block, Frame, NumpyTrunk, Trunk, blocks_of

log = logging.getLogger(__name__)

Device = Literal["auto", "cpu", "numpy", "cuda", "mps"]
DEVICES: tuple[str, ...] = get_args(Device)
_DRIVERS = ("/dev/nvidiactl", "/usr/lib/wsl/lib/libcuda.so.1", r"C:\Windows\System32\nvcuda.dll")
_TRIAL_STEPS = 40


class NoSuchDevice(ValueError):
    """The mind cannot run there, with a sentence that says what to do."""


def open_stream(weights: Mapping[str, NDArray[np.generic]], shape: Mapping[str, int], device: str = "auto") -> Stream:
    """A stream that thinks on a device.

    `auto` is the CPU, or, where a GPU and PyTorch are at hand, whichever takes a step faster when tried. Raises NoSuchDevice.
    Worker only.
    """
    frame, blocks = Frame.of(shape), blocks_of(weights)
    if device != "auto":
        return Stream(weights, shape, trunk_on(device, blocks, frame))
    trunks = {name: trunk_on(name, blocks, frame) for name in devices_here()}
    if len(trunks) == 1:
        return Stream(weights, shape, trunks["cpu"])
    took = {name: _step_seconds(trunk, frame) for name, trunk in trunks.items()}
    best = min(took, key=lambda name: took[name])
    log.info("the mind runs on %s: %s", best, ", ".join(f"{name} {1000 * s:.2f} ms a step" for name, s in took.items()))
    return Stream(weights, shape, trunks[best])


def devices_here() -> tuple[str, ...]:
    """Where a mind can run on this machine, found without loading PyTorch unless there is a GPU for it."""
    is_apple, has_driver = sys.platform == "darwin", any(Path(driver).exists() for driver in _DRIVERS)
    if not (is_apple or has_driver) or find_spec("torch") is None:
        return ("cpu",)
    import torch

    here = {"cuda": torch.cuda.is_available(), "mps": is_apple and torch.backends.mps.is_available()}
    return "cpu", *(name for name, there in here.items() if there)


def trunk_on(device: str, blocks: list[Block], frame: Frame) -> Trunk:
    """The layers on a device by name. Raises NoSuchDevice."""
    check_device(device)
    if device == "numpy":
        return NumpyTrunk(blocks, frame)
    if device == "cpu":
        return _on_one_core(blocks, frame)
    import torch

    from models.torch_trunk import TorchTrunk

    return TorchTrunk(blocks, frame, device, torch.float16 if device == "cuda" else torch.float32)


def check_device(device: str) -> None:
    """Raises NoSuchDevice where the mind cannot run on it."""
    if device not in DEVICES:
        raise NoSuchDevice(f"unknown device {device!r}; there are: {', '.join(DEVICES)}")
    if device in ("cuda", "mps") and device not in devices_here():
        here = ", ".join(("auto", *devices_here(), "numpy"))
        raise NoSuchDevice(f"there is no {device} here (it needs its hardware and a PyTorch built for it); there are: {here}")


def _on_one_core(blocks: list[Block], frame: Frame) -> Trunk:
    if find_spec("onnxruntime") and find_spec("onnx"):
        from models.onnx_trunk import OnnxTrunk, fits

        if fits(frame):
            return OnnxTrunk(blocks, frame)
    return NumpyTrunk(blocks, frame)


def _step_seconds(trunk: Trunk, frame: Frame) -> float:
    """The median of a few single steps with a full window."""
    trunk.hear(np.ones((frame.window, frame.width), np.float32), 0)
    x, took = np.ones((1, frame.width), np.float32), list[float]()
    for place in range(_TRIAL_STEPS):
        began = perf_counter()
        trunk.hear(x, frame.window + place)
        took.append(perf_counter() - began)
    trunk.clear()
    return median(took[_TRIAL_STEPS // 2 :])
