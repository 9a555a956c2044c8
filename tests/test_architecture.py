"""The house rules that can be counted: who may import whom, and how large a thing may grow."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

Function = ast.FunctionDef | ast.AsyncFunctionDef

ROOT = Path(__file__).parents[1]
MOST_LINES, MOST_FUNCTION_LINES, MOST_PARAMETERS, DEEPEST_NESTING = 300, 50, 6, 3
SHARED_MODELS = {"models.music", "models.tempo", "models.midi_file"}
LOADERS = (
    "agent/worker.py",
    "agent/cli.py",
    "agent/commands/",
    "agent/bench/",
    "agent/rehearsal.py",
    "agent/stage.py",
    "agent/understudy.py",
    "agent/understudy.py",
)
"""Who may load the rest of `models`, and only inside functions."""
RTMIDI_PLAYERS = ("agent/ports/rtmidi_backend.py", "agent/bench/jack_echo.py")
"""The backend, and the bare echo beside which the bench sees ours."""


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


def functions(path: str) -> list[Function]:
    return [node for node in ast.walk(tree(path)) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]


def within(modules: set[str], *packages: str) -> set[str]:
    """Those of the modules that lie in one of the packages."""
    return {name for name in modules if any(name == package or name.startswith(f"{package}.") for package in packages)}


def breaches(paths: Iterable[str], found: Callable[[str], object]) -> dict[str, object]:
    """File → what is found there that should not be; empty when the rule holds."""
    return {path: wrong for path in paths if (wrong := found(path))}


def functions_over(limit: int, measure: Callable[[Function], int]) -> Callable[[str], dict[str, int]]:
    """For a file: its functions that measure more than the limit."""
    return lambda path: {f.name: size for f in functions(path) if (size := measure(f)) > limit}


def test_models_never_import_the_stage() -> None:
    assert breaches(sources("models"), lambda path: within(everything_imported(path), "agent")) == {}


def test_the_stage_shares_only_the_common_language_with_the_models() -> None:
    def at_once(path: str) -> set[str]:
        return within(imports(path, inside_functions=False), "models") - SHARED_MODELS

    def at_all(path: str) -> set[str]:
        return within(everything_imported(path), "models") - SHARED_MODELS

    assert breaches(sources("agent"), at_once) == {}
    assert breaches([path for path in sources("agent") if not path.startswith(LOADERS)], at_all) == {}


def test_the_stage_never_names_torch_and_the_border_keeps_its_libraries() -> None:
    def strangers(path: str) -> set[str]:
        allowed = {"rtmidi"} if path in RTMIDI_PLAYERS else set()
        allowed |= {"pythonosc"} if path.startswith("agent/ports/osc") else set()
        return within(everything_imported(path), *({"torch", "rtmidi", "pythonosc"} - allowed))

    assert breaches(sources("agent"), strangers) == {}


def test_a_mode_knows_the_mode_protocol_and_the_music_and_nothing_else() -> None:
    modes = [path for path in sources("agent/play/modes") if not path.endswith("__init__.py")]
    allowed = {"agent.play.mode", "models.music"}
    assert breaches(modes, lambda path: within(everything_imported(path), "agent", "models") - allowed) == {}


def test_the_common_language_needs_the_standard_library_alone() -> None:
    for path in ("models/music.py", "models/tempo.py"):
        names = {name.partition(".")[0] for name in everything_imported(path)}
        assert names <= set(sys.stdlib_module_names) | {"models"}


@pytest.mark.parametrize("module", ["agent.stage", "agent.performer", "agent.supervisor", "agent.replay", "models.markov"])
def test_the_stage_comes_up_without_torch(module: str) -> None:
    program = f"import sys, {module}; print(*sorted({{'torch', 'numpy', 'pretty_midi'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_a_file_fits_into_one_head() -> None:
    def too_long(path: str) -> int:
        lines = len((ROOT / path).read_text(encoding="utf-8").splitlines())
        return lines if lines >= MOST_LINES else 0

    assert breaches(sources("agent", "models", "tests"), too_long) == {}


def test_a_function_fits_on_one_page() -> None:
    assert breaches(sources("agent", "models", "tests"), functions_over(MOST_FUNCTION_LINES - 1, lines_of)) == {}


def test_a_function_asks_for_no_more_than_six_things() -> None:
    assert breaches(sources("agent", "models"), functions_over(MOST_PARAMETERS, parameters)) == {}


def test_nothing_is_nested_deeper_than_three() -> None:
    assert breaches(sources("agent", "models"), functions_over(DEEPEST_NESTING, nesting)) == {}


def test_every_public_thing_says_what_it_is() -> None:
    def silent(path: str) -> list[str]:
        parents = [node for node in ast.walk(tree(path)) if isinstance(node, (ast.Module, ast.ClassDef))]
        public = [
            node
            for parent in parents
            if not getattr(parent, "name", "").startswith("_")
            for node in parent.body
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
        ]
        whole = [path] if tree(path).body and ast.get_docstring(tree(path)) is None else []
        return whole + [node.name for node in public if ast.get_docstring(node) is None]

    assert breaches(sources("agent", "models"), silent) == {}


def test_nobody_prints() -> None:
    def printing(path: str) -> list[str]:
        calls = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
        return [call.id for call in calls if isinstance(call, ast.Name) and call.id in ("print", "breakpoint")]

    assert breaches(sources("agent", "models"), printing) == {}


def test_the_rules_would_notice() -> None:
    module = ast.parse("def f(a, b, *, c):\n for x in a:\n  if b:\n   while c:\n    with x:\n     pass\n")
    (function,) = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))
    assert (lines_of(function), parameters(function), nesting(function)) == (6, 3, 4)
    assert {name for node in ast.walk(ast.parse("from models import music\nimport torch.nn")) for name in imported(node)} == {
        "models.music",
        "torch.nn",
    }


def lines_of(function: Function) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def parameters(function: Function) -> int:
    """How many, not counting `self` and `cls`; those of a command are the options that a person may give, and do not count."""
    if any("command" in ast.unparse(decorator) for decorator in function.decorator_list):
        return 0
    every = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return len([argument for argument in every if argument.arg not in ("self", "cls")])


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
