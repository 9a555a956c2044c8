"""A bare echo on JACK, by python-rtmidi or by JACK-Client: the least that a program between two JACK ports needs.

`python -m agent.bench.jack_echo RUN_DIR rtmidi|jack`; its ports are those of the client `bare-rtmidi` or `bare-jack`.
"""

from __future__ import annotations

import sys
from time import sleep
from typing import Any

from agent.signals import stop_on_signals

_LOOK_SECONDS = 0.1


def with_rtmidi() -> list[Any]:
    """Send back from the callback, as any program with python-rtmidi would."""
    import rtmidi

    ear, voice = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, "bare-rtmidi"), rtmidi.MidiOut(rtmidi.API_UNIX_JACK, "bare-rtmidi")
    voice.open_virtual_port("out")
    ear.set_callback(lambda told, _: voice.send_message(told[0]))
    ear.open_virtual_port("in")
    return [ear, voice]


def with_jack() -> list[Any]:
    """Send back within the cycle."""
    import jack

    client = jack.Client("bare-jack", no_start_server=True)
    ear, voice = client.midi_inports.register("in"), client.midi_outports.register("out")

    def cycle(frames: int) -> None:
        voice.clear_buffer()
        for offset, data in ear.incoming_midi_events():
            voice.write_midi_event(offset, bytes(data))

    client.set_process_callback(cycle)
    client.activate()
    return [client]


def main() -> None:
    """Echo until asked to stop."""
    stopped = stop_on_signals()
    held = {"rtmidi": with_rtmidi, "jack": with_jack}[sys.argv[2]]()
    while held and not stopped:
        sleep(_LOOK_SECONDS)


if __name__ == "__main__":
    main()
