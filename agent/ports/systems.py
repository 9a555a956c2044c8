"""Chooses the MIDI system of this computer, or says in one sentence how to get one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from agent.ports.backend import Clock, MidiBackend, NoMidiSystem
from agent.ports.memory import MemoryBackend

_ALSA_SEQUENCER = Path("/dev/snd/seq")

ADVICE = {
    "linux": "no ALSA sequencer and no JACK server; try `sudo modprobe snd-seq`, or start one: `jackd -d dummy`",
    "darwin": "CoreMIDI cannot be reached; install the MIDI library again: `pip install python-rtmidi`",
    "win32": "Windows' MIDI cannot be reached; install the MIDI library again: `pip install python-rtmidi`",
}
"""What to do where there is no MIDI, by `sys.platform`."""

NATIVE = {"darwin": "coremidi", "win32": "winmm"}
"""The operating system's own MIDI, by `sys.platform`; elsewhere it is ALSA."""


def open_backend(api: str, client_name: str, now: Clock) -> MidiBackend:
    """The MIDI system named, or for `auto` the first of the operating system's own and JACK that works.

    Raises NoMidiSystem with a sentence that says what to do.
    """
    if api == "memory":
        return MemoryBackend()
    native = NATIVE.get(sys.platform, "alsa")
    tries: list[Callable[[], MidiBackend]] = []
    if api in ("auto", native):
        tries.append(lambda: _native(native, client_name, now))
    if api in ("auto", "jack"):
        tries.append(lambda: _jack(client_name, now))
    if not tries:
        raise NoMidiSystem(f"there is no {api} on this computer; leave midi.api at auto")
    reasons = []
    for attempt in tries:
        try:
            return attempt()
        except NoMidiSystem as reason:
            reasons.append(str(reason))
    if api == "auto":
        raise NoMidiSystem(f"no MIDI here: {ADVICE.get(sys.platform, ADVICE['linux'])}")
    raise NoMidiSystem(reasons[0])


def plays_on_jack(api: str) -> bool:
    """Whether JACK is what this system is played on, as far as can be told without asking it."""
    return api == "jack" or (api == "auto" and NATIVE.get(sys.platform, "alsa") == "alsa" and not _ALSA_SEQUENCER.exists())


def _native(system: str, client_name: str, now: Clock) -> MidiBackend:
    # Asked before ALSA's library is, since that writes its disappointment to the terminal.
    if system == "alsa" and not _ALSA_SEQUENCER.exists():
        raise NoMidiSystem('this computer has no ALSA sequencer; try `sudo modprobe snd-seq`, or midi.api = "jack"')
    if find_spec("rtmidi") is not None:
        from agent.ports.rtmidi_backend import RtMidiBackend

        return RtMidiBackend(system, client_name, now)
    from agent.ports.libremidi_backend import LibremidiBackend

    return LibremidiBackend(system, client_name, now)


def _jack(client_name: str, now: Clock) -> MidiBackend:
    from agent.ports.jack_backend import JackBackend

    backend = JackBackend(client_name, now)
    if not backend.present():
        backend.close()
        raise NoMidiSystem("no JACK server is running; start one, for instance with `jackd -d alsa` or QjackCtl")
    return backend
