"""ALSA, CoreMIDI and WinMM, with the libraries that speak to them played by doubles: few machines have all three."""

import importlib
import sys
from types import SimpleNamespace

import pytest

from agent.ports.backend import LineDown, NoMidiSystem

C4 = bytes((0x90, 60, 80))


def now():
    return 10.0


class RtMidiError(Exception):
    """What python-rtmidi raises."""


class RtMidiPort:
    """A port of python-rtmidi; the class keeps the names that the system shows and every port made."""

    names: tuple[str, ...] = ()
    made: list["RtMidiPort"] = []  # noqa: RUF012 the double of a whole system

    def __init__(self, api, client_name):
        self.opened, self.sent, self.callback = None, [], None
        self.made.append(self)

    def get_ports(self):
        return list(self.names)

    def open_port(self, number, name):
        self.opened = self.names[number]

    def open_virtual_port(self, name):
        self.opened = name

    def close_port(self):
        self.opened = None

    def ignore_types(self, **kinds):
        self.ignored = kinds

    def set_callback(self, callback):
        self.callback = callback

    def send_message(self, data):
        if self.opened is None:
            raise RtMidiError("no port is open")
        self.sent.append(data)


@pytest.fixture
def rtmidi_backend(monkeypatch):
    """The backend upon a system with a keyboard, another program's port and one of ours."""
    RtMidiPort.names = ("Keys:Keys MIDI 1 20:0", "Other:Out 130:0", "Antiphon:Antiphon Out 129:0")
    RtMidiPort.made.clear()
    library = SimpleNamespace(
        API_LINUX_ALSA=2, MidiIn=RtMidiPort, MidiOut=RtMidiPort, RtMidiError=RtMidiError, get_compiled_api=lambda: [2]
    )
    monkeypatch.setitem(sys.modules, "rtmidi", library)
    monkeypatch.delitem(sys.modules, "agent.ports.rtmidi_backend", raising=False)
    yield importlib.import_module("agent.ports.rtmidi_backend").RtMidiBackend("alsa", "Antiphon", now)
    sys.modules.pop("agent.ports.rtmidi_backend")


def test_our_own_ports_are_not_offered_to_us(rtmidi_backend):
    assert rtmidi_backend.inputs() == ["Keys:Keys MIDI 1 20:0", "Other:Out 130:0"]
    RtMidiPort.names = ("Antiphon In", "Keys")
    rtmidi_backend.open_virtual_input("in", lambda data, seconds: None)
    assert rtmidi_backend.inputs() == ["Keys"]


def test_a_port_is_opened_by_its_name_and_heard(rtmidi_backend):
    heard = []
    rtmidi_backend.open_input("Other:Out 130:0", "in", lambda *message: heard.append(message))
    port = RtMidiPort.made[-1]
    assert port.opened == "Other:Out 130:0"
    assert not port.ignored["timing"]
    port.callback(([0x90, 60, 80], 0.0), None)
    assert heard == [(C4, 10.0)]


def test_a_port_that_has_gone_is_a_line_down(rtmidi_backend):
    with pytest.raises(LineDown):
        rtmidi_backend.open_output("Synth", "out")
    line = rtmidi_backend.open_virtual_output("out")
    line.send(C4)
    assert RtMidiPort.made[-1].sent == [C4]
    line.close()
    with pytest.raises(LineDown):
        line.send(C4)


class LibremidiPort:
    """A port of pylibremidi, in or out."""

    def __init__(self, wishes, api):
        self.wishes, self.sent, self.closed = wishes, [], False

    def open_port(self, port, name):
        return ""

    def open_virtual_port(self, name):
        return "no virtual ports here"

    def send_message(self, data):
        self.sent.append(data)
        return ""

    def close_port(self):
        self.closed = True

    def poll(self):
        """Nothing has come."""


@pytest.fixture
def libremidi(monkeypatch):
    """The module upon a double of pylibremidi that has Windows' MIDI and one keyboard."""
    keys = SimpleNamespace(port_name="Keys")
    observer = SimpleNamespace(get_input_ports=lambda: [keys], get_output_ports=lambda: [keys])
    library = SimpleNamespace(
        API=SimpleNamespace(WINDOWS_MM=5, ALSA_SEQ=2),
        available_apis=lambda: [5],
        Observer=lambda wishes, api: observer,
        ObserverConfiguration=SimpleNamespace,
        InputConfiguration=SimpleNamespace,
        OutputConfiguration=SimpleNamespace,
        MidiIn=LibremidiPort,
        MidiOut=LibremidiPort,
    )
    monkeypatch.setitem(sys.modules, "pylibremidi", library)
    monkeypatch.delitem(sys.modules, "agent.ports.libremidi_backend", raising=False)
    yield importlib.import_module("agent.ports.libremidi_backend")
    sys.modules.pop("agent.ports.libremidi_backend")


def test_libremidi_plays_and_hears_by_name(libremidi):
    backend = libremidi.LibremidiBackend("winmm", "Antiphon", now)
    assert backend.inputs() == backend.outputs() == ["Keys"]
    backend.open_output("Keys", "out").send(C4)
    heard = []
    line = backend.open_input("Keys", "in", lambda *message: heard.append(message))
    line._port.wishes.on_raw_data([0x90, 60, 80], 1_000_000)
    line.close()
    assert heard == [(C4, 10.0)]


def test_libremidi_says_what_it_cannot(libremidi):
    with pytest.raises(NoMidiSystem, match="does not speak alsa"):
        libremidi.LibremidiBackend("alsa", "Antiphon", now)
    backend = libremidi.LibremidiBackend("winmm", "Antiphon", now)
    with pytest.raises(LineDown, match="no virtual ports"):
        backend.open_virtual_output("out")
    with pytest.raises(LineDown):
        backend.open_output("Synth", "out")


def test_a_python_without_any_midi_library_is_told_which_to_use(monkeypatch):
    monkeypatch.setitem(sys.modules, "pylibremidi", None)
    monkeypatch.delitem(sys.modules, "agent.ports.libremidi_backend", raising=False)
    with pytest.raises(NoMidiSystem, match=r"Python 3\.11 or 3\.12"):
        importlib.import_module("agent.ports.libremidi_backend")
