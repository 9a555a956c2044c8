"""`antiphon doctor`: what is missing on this computer, what it is needed for, and how to get it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from agent.ports.survey import Found

OLDEST_PYTHON = (3, 11)
RIG_PROGRAMS = {
    "jackd": "jackd2",
    "fluidsynth": "fluidsynth",
    "pd": "puredata-core",
    "oscdump": "liblo-tools",
    "jack_midi_clock": "jack-midi-clock",
    "klick": "klick",
}
"""Program → Debian package: foreign peers that the rig tests play with."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Without a `must` nothing plays; `hint` says how to get it."""

    name: str
    ok: bool
    must: bool
    found: str
    hint: str = ""


@dataclass(frozen=True)
class Doctor:
    """Say what is missing on this computer, and how to get it."""

    json: Annotated[bool, typer.Option("--json", help="for programs")] = False

    def run(self) -> None:
        """Look at everything; exit status 1 when a must is missing."""
        findings = list(examine())
        well = all(finding.ok for finding in findings if finding.must)
        if self.json:
            from json import dumps

            typer.echo(dumps({"ok": well, "findings": [asdict(finding) for finding in findings]}))
        else:
            for finding in findings:
                sign = "ok  " if finding.ok else "MUST" if finding.must else "-   "
                typer.echo(f"{sign}  {finding.name}: {finding.found}")
                if finding.hint and not finding.ok:
                    typer.echo(f"        {finding.hint}")
            typer.echo("ready to play" if well else "cannot play yet: see MUST")
        if not well:
            raise typer.Exit(1)


def examine() -> Iterator[Finding]:
    """Everything in turn, musts first."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= OLDEST_PYTHON, True, version, "Antiphon needs Python 3.11 or later")
    yield _model()
    found = _survey()
    yield from _ports(found)
    yield _realtime()
    yield _synth()
    yield _voice(found)
    yield _link()
    yield _torch()
    yield from _rig()


def _model() -> Finding:
    from agent.config import Agent
    from models.checkpoint import CheckpointError, load, path_of, shipped

    wanted = Agent().model
    hint = "install Antiphon again, or play with --model markov, which needs no weights"
    try:
        steps = load(path_of(wanted)).provenance.steps
    except CheckpointError as error:
        return Finding("model", False, True, str(error), hint)
    return Finding("model", True, True, f"{', '.join(shipped())} ({wanted}: {steps} steps)")


def _survey() -> list[Found]:
    from agent.ports.survey import survey

    return survey("Antiphon doctor", perf_counter)


def _ports(found: list[Found]) -> Iterator[Finding]:
    midi = [one for one in found if one.kind == "midi"]
    usable = [one for one in midi if one.usable]
    if usable:
        told = "; ".join(f"{one.system} with {len(one.inputs)} in, {len(one.outputs)} out" for one in usable)
        yield Finding("MIDI", True, False, told)
    else:
        hint = "; ".join(one.problem for one in midi)
        yield Finding("MIDI", False, False, "no MIDI system; demo and rehearse work without", hint)
    for one in (one for one in found if one.kind == "sound"):
        told = ", ".join(one.outputs) if one.usable else "no loudspeaker; the demo plays in silence, --out keeps its sound"
        yield Finding("sound", one.usable, False, told, one.problem)


def _realtime() -> Finding:
    if sys.platform != "linux":
        return Finding("real-time priority", True, False, "left to the operating system here")
    import resource

    allowed = resource.getrlimit(resource.RLIMIT_RTPRIO)[0] > 0 or os.geteuid() == 0
    hint = "add your user to a group with rtprio (on Debian: install jackd2, say yes to real time, then `adduser $USER audio`)"
    told = "allowed" if allowed else "not allowed; notes may be a few milliseconds late on a busy computer"
    return Finding("real-time priority", allowed, False, told, hint)


def _synth() -> Finding:
    from agent.ports.fluid import own_synth
    from agent.ports.sound_rules import HOW_TO_GET_ONE, SpeakerPlan

    synth, told = own_synth(SpeakerPlan(soundfont=""), 48000)
    return Finding("our own sound", hasattr(synth, "font"), False, told.partition(";")[0], HOW_TO_GET_ONE)


def _voice(found: list[Found]) -> Finding:
    if find_spec("swift_f0") is None:
        return Finding("voice", False, False, "not installed; only who sings needs it", "pip install 'antiphon[voice]'")
    from agent.ports.pitch_ear import known_after_seconds

    names = [name for one in found if one.kind == "sound" for name in one.inputs]
    after_ms = 1000.0 * known_after_seconds()
    told = f"a sung A is known {after_ms:.0f} ms after it begins, besides what the sound card takes"
    return Finding("voice", bool(names), False, f"{told}; {', '.join(names) or 'no microphone'}", "plug in a microphone")


def _link() -> Finding:
    there = find_spec("link") is not None
    told = "there" if there else "not installed; only who shares a beat by Link needs it"
    return Finding("Ableton Link", there, False, told, "pip install 'antiphon[link]'")


def _torch() -> Finding:
    # Only looked for, not loaded: loading takes seconds, and the stage never needs it.
    there = find_spec("torch") is not None
    return Finding(
        "torch", there, False, "there, for training" if there else "not installed; only training needs it", "pip install torch"
    )


def _rig() -> Iterator[Finding]:
    for program, package in RIG_PROGRAMS.items():
        path = shutil.which(program)
        told = path or "not installed; only the rig tests need it"
        yield Finding(program, path is not None, False, told, f"sudo apt install {package}")
