"""The house rules that can be counted: who may import whom, and how large a thing may grow."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_LINES, MOST_FUNCTION_LINES, MOST_PARAMETERS, DEEPEST_NESTING = 300, 50, 6, 3
SHARED_MODELS = {"models.music", "models.tempo", "models.midi_file"}
LOADERS = ("agent/worker.py", "agent/cli.py", "agent/commands/", "agent/rehearsal.py", "agent/stage.py")
"""Who may load the rest of `models`, and only inside functions."""


def sources(*folders: str) -> list[str]:
    """Every Python file below these folders, as paths from the root."""
    return sorted(path.relative_to(ROOT).as_posix() for folder in folders for path in (ROOT / folder).rglob("*.py"))


@cache
def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def imports(path: str, inside_functions: bool) -> set[str]:
    """Modules that a file imports when it is imported itself, or only inside its functions."""
    inner = {node for function in functions(path) for node in ast.walk(function)}
    return {name for node in ast.walk(tree(path)) if (node in inner) is inside_functions for name in imported(node)}


def imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        module = node.module or ""
        # `from models import music` names a module by its last word, `from models.music import Note` by its first ones.
        yield from (f"{module}.{alias.name}" for alias in node.names) if module in ("agent", "models") else (module,)


def everything_imported(path: str) -> set[str]:
    return imports(path, inside_functions=False) | imports(path, inside_functions=True)


def functions(path: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def within(modules: set[str], *packages: str) -> set[str]:
    """Those of the modules that lie in one of the packages."""
    return {name for name in modules if any(name == package or name.startswith(f"{package}.") for package in packages)}


@pytest.mark.parametrize("path", sources("models"))
def test_models_never_import_the_stage(path: str) -> None:
    assert within(everything_imported(path), "agent") == set()


@pytest.mark.parametrize("path", sources("agent"))
def test_the_stage_shares_only_the_common_language_with_the_models(path: str) -> None:
    assert within(imports(path, inside_functions=False), "models") <= SHARED_MODELS
    if not path.startswith(LOADERS):
        assert within(everything_imported(path), "models") <= SHARED_MODELS


@pytest.mark.parametrize("path", sources("agent"))
def test_the_stage_never_names_torch_and_the_border_keeps_its_libraries(path: str) -> None:
    names = everything_imported(path)
    assert within(names, "torch") == set()
    if path != "agent/ports/rtmidi_backend.py":
        assert within(names, "rtmidi") == set()
    if not path.startswith("agent/ports/osc"):
        assert within(names, "pythonosc") == set()


@pytest.mark.parametrize("path", [path for path in sources("agent/play/modes") if not path.endswith("__init__.py")])
def test_a_mode_knows_the_mode_protocol_and_the_music_and_nothing_else(path: str) -> None:
    ours = within(everything_imported(path), "agent", "models")
    assert ours <= {"agent.play.mode", "models.music"}


def test_the_common_language_needs_the_standard_library_alone() -> None:
    for path in ("models/music.py", "models/tempo.py"):
        names = {name.partition(".")[0] for name in everything_imported(path)}
        assert names <= set(sys.stdlib_module_names) | {"models"}


@pytest.mark.parametrize("module", ["agent.stage", "agent.performer", "agent.supervisor", "agent.replay", "models.markov"])
def test_the_stage_comes_up_without_torch(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({{'torch', 'numpy', 'pretty_midi'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


@pytest.mark.parametrize("path", sources("agent", "models", "tests"))
def test_a_file_fits_into_one_head(path: str) -> None:
    assert len((ROOT / path).read_text(encoding="utf-8").splitlines()) < MOST_LINES


@pytest.mark.parametrize("path", sources("agent", "models", "tests"))
def test_a_function_fits_on_one_page(path: str) -> None:
    sizes = {function.name: lines_of(function) for function in functions(path)}
    assert {name: lines for name, lines in sizes.items() if lines >= MOST_FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", sources("agent", "models"))
def test_a_function_asks_for_no_more_than_six_things(path: str) -> None:
    counted = {function.name: parameters(function) for function in functions(path) if not is_a_verb(function)}
    assert {name: count for name, count in counted.items() if count > MOST_PARAMETERS} == {}


@pytest.mark.parametrize("path", sources("agent", "models"))
def test_nothing_is_nested_deeper_than_three(path: str) -> None:
    depths = {function.name: nesting(function) for function in functions(path)}
    assert {name: depth for name, depth in depths.items() if depth > DEEPEST_NESTING} == {}


@pytest.mark.parametrize("path", sources("agent", "models"))
def test_every_public_thing_says_what_it_is(path: str) -> None:
    public = [
        node
        for parent in ast.walk(tree(path))
        if isinstance(parent, (ast.Module, ast.ClassDef)) and not getattr(parent, "name", "").startswith("_")
        for node in parent.body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
    ]
    assert [node.name for node in public if ast.get_docstring(node) is None] == []
    assert ast.get_docstring(tree(path)) or not tree(path).body


def lines_of(function: ast.AST) -> int:
    return (function.end_lineno or 0) - function.lineno + 1  # type: ignore[attr-defined]


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """How many, not counting `self` and `cls`."""
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return len([argument for argument in every if argument.arg not in ("self", "cls")])


def is_a_verb(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command of the command line: its parameters are the options that a person may give."""
    return any("command" in ast.unparse(decorator) for decorator in function.decorator_list)


def nesting(node: ast.AST, depth: int = 0) -> int:
    """How deep blocks lie within blocks; `elif` and `case` count as one with what they belong to."""
    blocks = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Match)
    deepest = depth
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        is_elif = isinstance(node, ast.If) and isinstance(child, ast.If) and node.orelse == [child]
        deepest = max(deepest, nesting(child, depth + int(isinstance(child, blocks) and not is_elif)))
    return deepest
