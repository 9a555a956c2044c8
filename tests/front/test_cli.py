"""The command line: every verb explains itself, every mistake is one sentence that names what is allowed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent import __version__
from agent.cli import app

ROOT = Path(__file__).parents[2]
TUNE = str(ROOT / "agent/tunes/ode_to_joy.mid")
VERBS = (
    "demo",
    "jam",
    "gallery",
    "install-service",
    "rehearse",
    "compose",
    "ports",
    "doctor",
    "monitor",
    "calibrate",
    "bench",
    "replay",
    "export",
    "report",
    "train",
    "learn",
    "evaluate",
)
WITH_ROOT = {**os.environ, "PYTHONPATH": str(ROOT)}
CONFIG_VERBS = ("config init", "config check", "config surface")


def antiphon(*words: str) -> tuple[int, str, str]:
    """Exit status, what was said, what was complained about."""
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout, result.stderr


def every_verb() -> Iterator[str]:
    for command in app.registered_commands:
        yield str(command.name)
    for group in app.registered_groups:
        assert group.typer_instance is not None
        for command in group.typer_instance.registered_commands:
            yield f"{group.name} {command.name}"


def test_these_are_the_verbs() -> None:
    assert set(every_verb()) == {*VERBS, *CONFIG_VERBS}


@pytest.mark.parametrize("verb", [*VERBS, *CONFIG_VERBS, "config"])
def test_every_verb_explains_itself(verb: str) -> None:
    status, said, _ = antiphon(*verb.split(), "--help")
    assert status == 0
    assert "Usage: antiphon" in said


@pytest.mark.parametrize("verb", [*VERBS, "config", "config init"])
def test_the_readme_tells_of_every_verb(verb: str) -> None:
    assert f"antiphon {verb}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_it_says_which_version_it_is() -> None:
    status, said, _ = antiphon("--version")
    assert (status, said) == (0, f"antiphon {__version__}\n")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("demo --tune yesterday", "unknown tune 'yesterday'; there are: ode_to_joy"),
        ("demo --mode duett", "'accompany'"),
        ("demo --model nobody", "unknown model 'nobody'; there are: markov"),
        ("demo --osc nowhere", "'nowhere' is not HOST:PORT, such as 127.0.0.1:9000"),
        ("demo --out /dev/null/here", "--out /dev/null/here: cannot be written to"),
        ("jam --mode duett", "'accompany'"),
        ("jam --model nobody", "unknown model 'nobody'"),
        ("jam --config /nowhere.toml", "/nowhere.toml: cannot be read"),
        ("jam --in /[/", "is not a regular expression"),
        ("rehearse /nowhere.mid", "/nowhere.mid: cannot be read"),
        ("rehearse README.md", "not a standard MIDI file"),
        (f"rehearse {TUNE} --sync sun", "unknown --sync 'sun'; there are: file, estimate, internal"),
        (f"rehearse {TUNE} --latency soon", "none of: zero, measured, or milliseconds"),
        (f"rehearse {TUNE} --latency -1", "none of: zero, measured, or milliseconds"),
        (f"rehearse {TUNE} --chart H7", "is no line of a chart"),
        (f"rehearse {TUNE} --parts comp,tuba", "'lead', 'comp', 'bass' or 'drums'"),
        (f"rehearse {TUNE} --model nobody", "unknown model 'nobody'"),
        (f"rehearse {TUNE} --model markov --out /dev/null/x.mid", "cannot be written"),
        ("replay README.md", "not an Antiphon log"),
        ("export README.md", "not an Antiphon log"),
        ("replay /nowhere.jsonl", "not an Antiphon log"),
        ("config check /nowhere.toml", "cannot be read"),
        ("config init /dev/null/rig.toml", "cannot be written"),
        ("bench --model nobody", "unknown model 'nobody'"),
        ("bench --model markov --only dancing", "unknown part 'dancing' of the bench; there are: idle"),
        ("monitor --in /[/ --api memory", "is not a regular expression"),
        ("evaluate --model nobody", "unknown model 'nobody'"),
        ("evaluate --model markov", "has no weights"),
        ("train --data /nowhere --corpus /nowhere.npz", "--data /nowhere: no such folder"),
    ],
)
def test_a_mistake_is_one_sentence(words: str, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    status, _, complaint = antiphon(*words.split())
    assert status == 2
    assert sentence in complaint
    assert complaint.startswith("antiphon: ")
    assert complaint.count("\n") == 1


@pytest.mark.parametrize("words", ["sing", "demo --loud", "demo --seconds 0", "demo --seed -1", "rehearse", "replay"])
def test_an_option_that_does_not_exist_is_a_usage_error(words: str) -> None:
    status, _, complaint = antiphon(*words.split())
    assert status == 2
    assert "Usage" in complaint


def test_a_rig_is_written_checked_and_never_overwritten(tmp_path: Path) -> None:
    rig = str(tmp_path / "rig.toml")
    assert antiphon("config", "init", rig)[0] == 0
    status, said, _ = antiphon("config", "check", rig)
    assert (status, "Antiphon plays comp in mode accompany" in said) == (0, True)
    status, _, complaint = antiphon("config", "init", rig)
    assert (status, "--force replaces it" in complaint) == (2, True)
    assert antiphon("config", "init", rig, "--force")[0] == 0


def test_a_rig_with_a_slip_names_its_line(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text('[agent]\nname = "Duo"\n\n[midi]\nport = "keys"\n')
    status, _, complaint = antiphon("config", "check", str(rig))
    assert status == 2
    assert f"{rig}:5: unknown key 'midi.port'; there are: api, inputs, output" in complaint


def test_a_rehearsal_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        files = [f"--{kind}={tmp_path / name}.{kind}" for kind in ("out", "cues", "report")]
        status, said, _ = antiphon("rehearse", TUNE, "--model", "markov", "--parts", "comp,bass", "--seed", "5", *files)
        assert status == 0
        assert "62 notes of yours" in said
    for kind in ("out", "cues"):
        assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()
    report = json.loads((tmp_path / "one.report").read_text())
    assert report["hanging_notes"] == 0
    assert report["notes"]["agent:bass"] > 20
    assert json.loads((tmp_path / "one.cues").read_text().splitlines()[0])["address"] == "/antiphon/sys/hello"


def test_the_doctor_speaks_to_programs_too() -> None:
    _, said, _ = antiphon("doctor", "--json")
    findings = {finding["name"]: finding for finding in json.loads(said)["findings"]}
    assert findings["Python"]["ok"]
    assert {"model", "MIDI", "sound", "real-time priority", "torch", "jackd", "fluidsynth"} <= set(findings)
    assert all(finding["ok"] or finding["hint"] for finding in findings.values())


@pytest.mark.parametrize("words", [["ports"], ["doctor"], ["config", "check", "rig.toml"], ["replay", "log.jsonl"], ["--help"]])
def test_what_only_looks_never_loads_torch(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text("")
    (tmp_path / "log.jsonl").write_text('{"log": 1, "config": {}}\n')
    program = (
        f"import atexit, sys; atexit.register(lambda: print('torch' in sys.modules)); from agent.cli import app; app({words})"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=WITH_ROOT, capture_output=True, text=True, check=False
    )
    assert run.stdout.splitlines()[-1] == "False"
