"""The small language of mappings: names, numbers, comparisons, arithmetic, a few functions. Nothing else can be said in it.

Read with Python's own parser and then taken over step by step into functions of ours: nothing of it is ever run as Python.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from math import floor, isfinite
from typing import Any

Value = int | float | str
Names = Mapping[str, Value]
Step = Callable[[Names], Any]

LONGEST_EXPRESSION = 300
LONGEST_TEXT = 200
LARGEST_NUMBER = 1e12


class ExpressionError(ValueError):
    """An expression that is not of the language, said in one sentence."""


class NoValue(ArithmeticError):
    """An expression that has no value just now, such as a division by zero."""


def _scale(value: float, low: float, high: float, to_low: float, to_high: float) -> float:
    return to_low + (value - low) / (high - low) * (to_high - to_low)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "min": min,
    "max": max,
    "round": round,
    "int": int,
    "float": float,
    "str": str,
    "floor": floor,
    "clamp": lambda value, low, high: min(max(value, low), high),
    "scale": _scale,
    "mtof": lambda pitch: 440.0 * 2.0 ** ((pitch - 69) / 12),
}
_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Not: operator.not_,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}


class Expression:
    """One expression. Call it with the values of its names; raises NoValue when it has none."""

    def __init__(self, text: str) -> None:
        """Raises ExpressionError."""
        self.text = text
        self.names: set[str] = set()
        if len(text) > LONGEST_EXPRESSION:
            raise ExpressionError(f"an expression has at most {LONGEST_EXPRESSION} signs")
        try:
            tree = ast.parse(text.strip(), mode="eval")
            self._step = self._taken(tree.body)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            told = str(error) if isinstance(error, ExpressionError) else "it cannot be read"
            raise ExpressionError(f"{text[:60]!r}: {told}") from None

    def __call__(self, names: Names) -> Value:
        """Its value."""
        try:
            value = self._step(names)
        except (ArithmeticError, TypeError, ValueError, LookupError) as error:
            raise NoValue(str(error)) from None
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, str):
            return value[:LONGEST_TEXT]
        if isinstance(value, int | float) and isfinite(value) and abs(value) <= LARGEST_NUMBER:
            return value
        raise NoValue(f"{self.text} has no value that OSC can say")

    def _taken(self, node: ast.AST) -> Step:
        match node:
            case ast.Constant(value=bool() | int() | float() | str() as value):
                return lambda names: value
            case ast.Name(id=name):
                self.names.add(name)
                return lambda names: names[name]
            case ast.UnaryOp(op, operand):
                return self._applied(op, operand)
            case ast.BinOp(left, op, right):
                return self._applied(op, left, right)
            case ast.BoolOp(op, values):
                return self._joined(isinstance(op, ast.And), [self._taken(value) for value in values])
            case ast.Compare(left, ops, comparators):
                pairs = zip([left, *comparators[:-1]], ops, comparators, strict=True)
                return self._joined(True, [self._applied(op, one, other) for one, op, other in pairs])
            case ast.IfExp(test, body, orelse):
                asked, then, otherwise = self._taken(test), self._taken(body), self._taken(orelse)
                return lambda names: then(names) if asked(names) else otherwise(names)
            case ast.Tuple(elts) | ast.List(elts):
                steps = [self._taken(element) for element in elts]
                return lambda names: tuple(step(names) for step in steps)
            case ast.Subscript(value=ast.Tuple() | ast.List() as many, slice=index):
                row, place = self._taken(many), self._taken(index)
                return lambda names: row(names)[int(place(names))]
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
                steps = [self._taken(arg) for arg in args]
                return lambda names: FUNCTIONS[name](*(_number_or_text(step(names)) for step in steps))
        raise ExpressionError(f"there may be names, numbers, texts, + - * / // %, comparisons, and {', '.join(FUNCTIONS)}")

    def _applied(self, op: ast.AST, *operands: ast.AST) -> Step:
        if type(op) not in _OPERATORS:
            raise ExpressionError(f"{type(op).__name__} is not known here")
        done, steps = _OPERATORS[type(op)], [self._taken(operand) for operand in operands]
        if isinstance(op, ast.Mult | ast.Mod):  # a text times a number could grow for ever
            return lambda names: done(*(_number(step(names)) for step in steps))
        return lambda names: done(*(step(names) for step in steps))

    def _joined(self, every: bool, steps: list[Step]) -> Step:
        return lambda names: (all if every else any)(step(names) for step in steps)


def _number(value: Any) -> float:
    if isinstance(value, int | float) and abs(value) <= LARGEST_NUMBER:
        return value
    raise TypeError("only numbers of a usual size can be multiplied")


def _number_or_text(value: Any) -> Value:
    if isinstance(value, int | float | str):
        return value
    raise TypeError("a function takes numbers and texts")


class Template:
    """A text with expressions in braces: `/clips/{pitch % 8 + 1}/connect`."""

    def __init__(self, text: str) -> None:
        """Raises ExpressionError."""
        self.names: set[str] = set()
        self._pieces: list[str | Expression] = []
        for number, piece in enumerate(_split(text)):
            self._pieces.append(Expression(piece) if number % 2 else piece)
        for one in self._pieces:
            self.names |= one.names if isinstance(one, Expression) else set()

    def __call__(self, names: Names) -> str:
        """The text. Raises NoValue."""
        return "".join(piece if isinstance(piece, str) else str(piece(names)) for piece in self._pieces)


def _split(text: str) -> list[str]:
    pieces: list[str] = []
    for number, part in enumerate(text.split("{")):
        if number == 0:
            pieces.append(part)
            continue
        inside, closed, after = part.partition("}")
        if not closed:
            raise ExpressionError(f"{text[:60]!r}: a brace is not closed")
        pieces += [inside, after]
    if any("}" in piece for piece in pieces[::2]):
        raise ExpressionError(f"{text[:60]!r}: a brace is closed that was not opened")
    return pieces
