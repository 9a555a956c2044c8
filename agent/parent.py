"""Who started this process: whoever plays on stage leaves when nobody is left who could stop it."""

from __future__ import annotations

import os

PARENT = "ANTIPHON_PARENT"
"""In the environment of a child: the number of its parent, which may die before the child has looked who that is."""


def is_orphan() -> bool:
    """Whether the parent has gone. Asked again and again; costs a system call."""
    return os.getppid() != _PARENT


_PARENT = int(os.environ.get(PARENT) or os.getppid())
