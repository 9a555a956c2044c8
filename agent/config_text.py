"""The config's tables as people read them: a commented TOML file, and a table for the README."""

from __future__ import annotations

import json
from typing import Any, get_args

from agent.config import Config


def as_toml(config: Config | None = None) -> str:
    """A commented TOML file of every key: what `antiphon config init` writes."""
    lines = ["# An Antiphon rig. Every key is optional; these are the defaults."]
    for name, section in config or Config():
        lines += ["", f"[{name}]"]
        for key, field in type(section).model_fields.items():
            allowed = f" ({' | '.join(get_args(field.annotation))})" if _is_choice(field.annotation) else ""
            lines.append(f"{key} = {_toml(getattr(section, key))}  # {field.description}{allowed}")
    return "\n".join(lines) + "\n"


def _is_choice(annotation: Any) -> bool:
    return bool(get_args(annotation)) and all(isinstance(value, str) for value in get_args(annotation))


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        # TOML's escapes are those of JSON, and it wants one character more escaped.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_key(key)} = {_toml(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_toml(entry) for entry in value) + "]"
    return str(value)


def _key(key: object) -> str:
    return str(key) if str(key).replace("_", "").isalnum() else _toml(str(key))


def markdown() -> str:
    """A table of every key, its default and its meaning."""
    rows = ["| key | default | meaning |", "| --- | --- | --- |"]
    for name, section in Config():
        for key, field in type(section).model_fields.items():
            allowed = f": {', '.join(get_args(field.annotation))}" if _is_choice(field.annotation) else ""
            rows.append(f"| `{name}.{key}` | `{_toml(getattr(section, key))}` | {field.description}{allowed} |")
    return "\n".join(rows) + "\n"
