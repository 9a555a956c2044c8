"""Turns a dataclass with a `run` method into a command of typer's."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, Protocol, get_type_hints

import typer


class Verb(Protocol):
    """Something `antiphon` can be told to do."""

    def run(self) -> None:
        """Do it."""


def add(app: typer.Typer, name: str, verb: Callable[..., Verb]) -> None:
    """Offer a verb under a name. Fields become options and arguments as their annotations say."""
    hints = get_type_hints(verb, include_extras=True)
    parameters = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(verb)  # type: ignore[arg-type]
    ]

    def command(**options: Any) -> None:
        verb(**options).run()

    command.__doc__ = verb.__doc__
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    app.command(name)(command)
