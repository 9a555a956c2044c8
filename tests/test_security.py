"""What must not stand in the code that we ship, and what must not stand in any file. `SECURITY.md` says why."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_architecture import sources, tree

ROOT = Path(__file__).parents[1]
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "cPickle", "marshal", "shelve", "dill", "telnetlib", "ftplib"}
SECRETS = {
    "a private key": rb"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----",
    "a cloud key": rb"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "a forge's token": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60}|glpat-[A-Za-z0-9_-]{20})",
    "a package index's token": rb"\bpypi-[A-Za-z0-9_-]{40}",
    "a chat's token": rb"\bxox[abprs]-[A-Za-z0-9-]{20}",
    "a model hub's token": rb"\bhf_[A-Za-z0-9]{34}\b",
    "an address with a password": rb"[a-z][a-z0-9+]{2,9}://[^/\\s:@\"'{}<>]+:[^/\\s:@\"'{}<>]{6,}@",
}


def faults(module: ast.Module) -> Iterator[str]:
    """What a hostile input could use, by line."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            if name in FORBIDDEN_CALLS:
                yield f"{node.lineno}: {name}()"
            shell = next((word.value for word in node.keywords if word.arg == "shell"), None)
            if shell is not None and not (isinstance(shell, ast.Constant) and shell.value is False):
                yield f"{node.lineno}: a shell"
            if ast.unparse(node.func) in ("os.system", "os.popen", "yaml.load", "tempfile.mktemp"):
                yield f"{node.lineno}: {ast.unparse(node.func)}()"
            if ast.unparse(node.func) == "torch.load" and "weights_only=True" not in ast.unparse(node):
                yield f"{node.lineno}: torch.load() unpickles"
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        yield from (f"{node.lineno}: imports {name}" for name in names if name.partition(".")[0] in FORBIDDEN_MODULES)


def test_nothing_that_we_ship_runs_what_it_is_sent() -> None:
    found = {path: list(faults(tree(path))) for path in sources("agent", "models")}
    assert {path: wrong for path, wrong in found.items() if wrong} == {}


def test_no_file_holds_a_secret() -> None:
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout.decode().split("\0")
    paths = [ROOT / name for name in tracked if name] or [path for path in ROOT.glob("[!.]*/**/*") if path.is_file()]
    found = {
        f"{path.relative_to(ROOT)}: {what}"
        for path in paths
        if path.is_file() and path.stat().st_size < 2_000_000
        for what, pattern in SECRETS.items()
        if re.search(pattern, path.read_bytes())
    }
    assert len(paths) > 100 and found == set()


@pytest.mark.parametrize(
    "line",
    [
        "eval(packet)",
        "import pickle",
        "from marshal import loads",
        "subprocess.run(words, shell=True)",
        "os.system(word)",
        "torch.load(path)",
    ],
)
def test_the_rules_would_notice(line: str) -> None:
    assert list(faults(ast.parse(line)))


def test_a_secret_would_be_noticed() -> None:
    key = b"AKIA" + b"ABCDEFGHIJKLMNOP"
    assert re.search(SECRETS["a cloud key"], b"id = '" + key + b"'")
    assert re.search(SECRETS["an address with a password"], b"postgres://me:" + b"hunter22@db/x")
    assert not re.search(SECRETS["an address with a password"], b"http://127.0.0.1:8080/")
