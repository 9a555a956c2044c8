"""Settings from the command line: one option for each plain field of a dataclass, with its default."""

from __future__ import annotations

import argparse
import logging
from dataclasses import fields
from pathlib import Path
from typing import TypeVar

Settings = TypeVar("Settings")
_PLAIN = (bool, int, float, str, Path)


def from_command_line(kind: type[Settings], told: str) -> Settings:
    """The settings the command line asks for; fields that are no plain values keep their default. Switches logging on."""
    parser = argparse.ArgumentParser(description=told)
    usual = kind()
    for entry in fields(kind):  # type: ignore[arg-type]
        value, name = getattr(usual, entry.name), f"--{entry.name.replace('_', '-')}"
        if isinstance(value, bool):
            parser.add_argument(name, action="store_true")
        elif isinstance(value, _PLAIN):
            parser.add_argument(name, type=type(value), default=value)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    return kind(**vars(parser.parse_args()))
