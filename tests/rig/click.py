"""A SynthDef in SuperCollider's own binary form (its help file "Synth Definition File Format", version 2): one click a note.

A click is a single sample, so that the onset of each note can be read off the sound even where notes overlap.
"""

from __future__ import annotations

import struct

SCALAR, CONTROL, AUDIO = 0, 1, 2
FREE_SELF = 2.0
CONSTANTS = (0.0, 0.001, 1.0, 0.01, FREE_SELF)
PARAMETERS = {"freq": 440.0, "amp": 0.5, "gate": 1.0}

Input = tuple[int, int]
"""A unit and its output, or -1 and a constant."""
ZERO, ATTACK, FULL, RELEASE, FREE = ((-1, index) for index in range(len(CONSTANTS)))


def click(name: str) -> bytes:
    """The definition, ready for `/d_recv`."""
    units = [
        _unit("Control", CONTROL, (), len(PARAMETERS)),
        _unit("Impulse", AUDIO, (ZERO, ZERO), 1),
        _unit("BinaryOpUGen", AUDIO, ((1, 0), (0, 1)), 1, special=2),  # times amp
        _unit("Linen", CONTROL, ((0, 2), ATTACK, FULL, RELEASE, FREE), 1),  # goes when gate falls
        _unit("Out", AUDIO, (ZERO, (2, 0)), 0),
    ]
    names = b"".join(_text(word) + struct.pack(">i", index) for index, word in enumerate(PARAMETERS))
    body = _text(name) + _floats(CONSTANTS) + _floats(tuple(PARAMETERS.values()))
    body += struct.pack(">i", len(PARAMETERS)) + names + struct.pack(">i", len(units)) + b"".join(units) + struct.pack(">h", 0)
    return b"SCgf" + struct.pack(">ih", 2, 1) + body


def _unit(kind: str, rate: int, inputs: tuple[Input, ...], outputs: int, special: int = 0) -> bytes:
    head = _text(kind) + struct.pack(">biih", rate, len(inputs), outputs, special)
    return head + b"".join(struct.pack(">ii", *one) for one in inputs) + struct.pack(">b", rate) * outputs


def _text(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def _floats(values: tuple[float, ...]) -> bytes:
    return struct.pack(">i", len(values)) + struct.pack(f">{len(values)}f", *values)
