"""Fills the reference pages from the tables that the program itself runs on, when the site is built."""

from __future__ import annotations

from typing import Any

import typer

from agent.cli import app
from agent.config_text import markdown as rig_table
from agent.show.cue_table import markdown as cue_table


def on_page_markdown(text: str, **_: Any) -> str:
    """mkdocs calls this for each page."""
    for mark, table in (("{{ commands }}", commands), ("{{ rig }}", rig_table), ("{{ cues }}", cue_table)):
        if mark in text:
            text = text.replace(mark, table())
    return text


def commands() -> str:
    """Every command with its options."""
    group = typer.main.get_command(app)
    context = typer.Context(group)
    lines: list[str] = []
    for name in group.list_commands(context):  # type: ignore[attr-defined]
        command = group.get_command(context, name)  # type: ignore[attr-defined]
        lines += [f"## antiphon {name}", "", (command.help or "").strip(), ""]
        rows = [(", ".join(p.opts), getattr(p, "help", None) or "") for p in command.params if p.name != "help"]
        lines += (
            ["| option | meaning |", "| --- | --- |", *(f"| `{opts}` | {text} |" for opts, text in rows), ""] if rows else []
        )
    return "\n".join(lines)
