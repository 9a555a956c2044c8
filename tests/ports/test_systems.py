"""Which MIDI system is chosen, and what a player is told when there is none."""

import sys

import pytest

from agent.ports import systems
from agent.ports.backend import NoMidiSystem
from agent.ports.memory import MemoryBackend
from agent.ports.speaker_line import address_of
from agent.ports.systems import open_backend


def now():
    return 0.0


def refuse(reason):
    def backend(*args):
        raise NoMidiSystem(reason)

    return backend


def test_rehearsal_needs_no_system():
    assert isinstance(open_backend("memory", "Antiphon", now), MemoryBackend)


@pytest.mark.parametrize(("platform", "advice"), [("linux", "modprobe"), ("darwin", "CoreMIDI"), ("win32", "Windows")])
def test_without_any_system_the_player_is_told_what_to_do(monkeypatch, platform, advice):
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(systems, "_native", refuse("none"))
    monkeypatch.setattr(systems, "_jack", refuse("none"))
    with pytest.raises(NoMidiSystem, match=advice):
        open_backend("auto", "Antiphon", now)


def test_jack_is_taken_where_alsa_is_not(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(systems, "_native", refuse("none"))
    monkeypatch.setattr(systems, "_jack", lambda client_name, now: MemoryBackend(inputs=(client_name,)))
    assert open_backend("auto", "Antiphon", now).inputs() == ["Antiphon"]


def test_a_system_asked_for_by_name_is_not_replaced(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(systems, "_jack", refuse("no JACK server is running"))
    with pytest.raises(NoMidiSystem, match="no JACK server"):
        open_backend("jack", "Antiphon", now)
    with pytest.raises(NoMidiSystem, match="no winmm on this computer"):
        open_backend("winmm", "Antiphon", now)


def test_the_speaker_is_reached_by_path_or_by_port():
    assert address_of("/run/antiphon/speaker")[1] == "/run/antiphon/speaker"
    assert address_of("127.0.0.1:9123")[1] == ("127.0.0.1", 9123)
