"""The project file asks for what we import and for nothing else, and the constraints pin all of it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _named(requirements: list[str]) -> set[str]:
    return {_plain(re.split(r"[<>=;\[ ]", requirement)[0]) for requirement in requirements}


def _imported() -> set[str]:
    tops: set[str] = set()
    for path in [*(ROOT / "agent").rglob("*.py"), *(ROOT / "models").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            tops |= {name.partition(".")[0] for name in names}
    return tops - set(sys.stdlib_module_names) - {"agent", "models"}


def test_every_package_we_import_is_asked_for_and_no_other() -> None:
    distributions = packages_distributions()
    imported = {_plain(distributions.get(name, [name])[0]) for name in _imported()}
    extras = [names for extra, names in PROJECT["optional-dependencies"].items() if extra not in ("dev", "docs")]
    extras = [needed for names in extras for needed in names]
    assert imported == _named(PROJECT["dependencies"] + extras)


def test_every_package_asked_for_is_pinned() -> None:
    pinned = _named([line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")])
    assert _named(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]) <= pinned
