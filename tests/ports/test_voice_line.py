"""What an ear says comes in as notes, at the instants at which they were sung; whatever happens to it, none of them hangs."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np
import pytest

from agent.commands.jam import Jam
from agent.config import Config, ConfigError, change, load
from agent.items import Heard, Item, PortNews, Trouble
from agent.link import Wire, connect
from agent.ports import voice, voice_line, voice_rules
from agent.ports.echo_guard import LONGEST_RING_SECONDS, ROOM_SECONDS, EchoGuard
from agent.ports.pitch_ear import PitchEar
from agent.ports.voice import Caller, Microphone, NoMicrophone, find_device
from agent.ports.voice_line import VOICE, VoiceLine
from agent.ports.voice_rules import Voice
from models.music import NoteOff, NoteOn

NOW_SECONDS = 100.0
PATIENCE_SECONDS = 40.0


class Ear:
    """A performer's end and ours, and what has come in."""

    def __init__(self, run_dir: Path) -> None:
        self.items: SimpleQueue[Item] = SimpleQueue()
        self.ours: set[int] = set()
        self.path = run_dir / "voice.sock"
        self.line = VoiceLine(self.path, lambda: NOW_SECONDS, self.items.put, lambda pitch, seconds: pitch in self.ours)
        self.line.open()
        self.wire: Wire = connect(self.path)

    def take(self, count: int) -> list[Item]:
        return [self.items.get(timeout=PATIENCE_SECONDS) for _ in range(count)]


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    one = Ear(tmp_path)
    yield one
    one.wire.close()
    one.line.close()


def on(pitch: int, ago_seconds: float) -> Heard:
    return Heard(NOW_SECONDS - ago_seconds, VOICE, NoteOn(pitch, 80))


def off(pitch: int, ago_seconds: float = 0.0) -> Heard:
    return Heard(NOW_SECONDS - ago_seconds, VOICE, NoteOff(pitch))


def test_a_note_comes_in_at_the_instant_at_which_it_was_sung(ear: Ear) -> None:
    ear.wire.send("listening", "a microphone")
    ear.wire.send("sung", (60, 80, 0.064))
    ear.wire.send("sung", (60, 0, 0.25))
    assert ear.take(3) == [PortNews(NOW_SECONDS, VOICE, "in", True), on(60, 0.064), off(60, 0.25)]


def test_a_new_note_ends_the_one_before(ear: Ear) -> None:
    for pitch in (60, 62):
        ear.wire.send("sung", (pitch, 80, 0.0))
    assert ear.take(3) == [on(60, 0.0), off(60), on(62, 0.0)]


def test_an_ear_that_dies_leaves_no_note_behind_and_the_next_one_is_heard(ear: Ear) -> None:
    ear.wire.send("listening", "a microphone")
    ear.wire.send("sung", (60, 80, 0.0))
    ear.take(2)
    ear.wire.close()
    assert ear.take(2) == [off(60), PortNews(NOW_SECONDS, VOICE, "in", False)]
    ear.wire = connect(ear.path)
    ear.wire.send("sung", (64, 80, 0.0))
    assert ear.take(1) == [on(64, 0.0)]


def test_an_ear_that_is_stuck_leaves_no_note_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_line, "SILENT_SECONDS", 0.05)
    ear = Ear(tmp_path)
    ear.wire.send("listening", "a microphone")
    ear.wire.send("sung", (60, 80, 0.0))
    assert ear.take(4)[2:] == [off(60), PortNews(NOW_SECONDS, VOICE, "in", False)]
    ear.wire.close()
    ear.line.close()


def test_what_sounds_of_ours_is_not_taken_for_a_voice(ear: Ear) -> None:
    ear.ours = {60}
    for pitch in (60, 62):
        ear.wire.send("sung", (pitch, 80, 0.0))
        ear.wire.send("sung", (pitch, 0, 0.0))
    assert ear.take(2) == [on(62, 0.0), off(62)]
    assert ear.line.counts["echo"] == 1


def test_rubbish_is_left_out_and_a_trouble_is_told_once(ear: Ear) -> None:
    for rubbish in ((60,), (128, 80, 0.0), (60, 128, 0.0), (60, 80, -1.0), (60, 80, 1e9), ("c", 80, 0.0), None):
        ear.wire.send("sung", rubbish)
    for _ in range(3):
        ear.wire.send("trouble", "no microphone")
    ear.wire.send("sung", (60, 80, 0.0))
    assert ear.take(2) == [Trouble(NOW_SECONDS, "no microphone"), on(60, 0.0)]
    assert ear.line.counts["rubbish"] == 7
    with pytest.raises(Empty):
        ear.items.get_nowait()


def test_a_note_of_ours_is_in_the_air_from_its_stroke_until_the_room_has_swallowed_it() -> None:
    now = [10.0]
    guard = EchoGuard(lambda: now[0])
    guard.sent(NoteOn(60, 80, 1))
    guard.sent(NoteOn(38, 80, 9))
    assert guard.rings(60, 10.02) and guard.rings(60, 10.0 + LONGEST_RING_SECONDS)
    assert not guard.rings(60, 9.9), "sung before it sounded"
    assert not guard.rings(61, 10.02) and not guard.rings(72, 10.02)
    assert not guard.rings(38, 10.02), "a drum has no pitch"
    now[0] = 11.0
    guard.sent(NoteOff(60, 1))
    assert guard.rings(60, 11.0 + ROOM_SECONDS - 0.01) and not guard.rings(60, 11.0 + ROOM_SECONDS + 0.01)
    assert not guard.rings(60, 11.0 + LONGEST_RING_SECONDS)


def test_a_microphone_is_found_by_its_name() -> None:
    devices = [{"name": "HDMI", "max_input_channels": 0}, {"name": "USB Mic", "max_input_channels": 1}]
    assert find_device("", devices) is None
    assert find_device("usb", devices) == 1
    with pytest.raises(NoMicrophone, match=r"no microphone 'flute'.*USB Mic"):
        find_device("flute", devices)
    with pytest.raises(NoMicrophone, match="none at all"):
        find_device("", devices[:1])


def test_a_microphone_that_is_not_emptied_leaves_sound_out() -> None:
    class Card:
        currentTime = inputBufferAdcTime = 0.0

    microphone = Microphone(48000, 1)
    for _ in range(100):
        microphone.bring(np.zeros((128, 2), dtype=np.float32), 128, Card(), None)
    assert microphone.left_out == 100 - microphone.blocks.qsize() > 0


def test_without_a_microphone_the_ear_says_so_and_goes(tmp_path: Path) -> None:
    ear = Ear(tmp_path)
    command = [sys.executable, "-m", "agent.ports.voice", str(tmp_path), Voice(device="no such microphone").model_dump_json()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].startswith("no microphone 'no such microphone'")
    ear.wire.close()
    ear.line.close()


def test_the_section_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    rig = tmp_path / "rig.toml"
    rig.write_text("[voice]\nlowest = 80\nhighest = 40\n")
    with pytest.raises(ConfigError, match=r"voice\.lowest lies above voice\.highest"):
        load(rig)
    assert change(Config(), voice={"enabled": True}).voice.enabled


def test_without_the_tracker_a_sentence_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice_rules, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"pip install 'antiphon\[voice\]'"):
        Jam(voice=True)._rig()


def test_an_ear_whose_microphone_has_gone_says_so_and_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Ear(tmp_path)
    ear.wire.close()
    caller = Caller(tmp_path)
    monkeypatch.setattr(voice, "GRACE_SECONDS", 0.05)
    monkeypatch.setattr(voice, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(voice.os, "_exit", sys.exit)
    monkeypatch.setattr(voice, "take_thinking_priority", bool)  # that of the tests is none of its business
    with pytest.raises(SystemExit):
        voice._listen_on(Microphone(48000, 0), PitchEar(48000), caller)
    told = ear.take(2)
    assert told[0] == PortNews(NOW_SECONDS, VOICE, "in", True)
    assert isinstance(told[1], Trouble) and "has gone" in told[1].sentence
    caller.close()
    ear.line.close()


def test_an_ear_goes_on_with_the_next_performer(tmp_path: Path) -> None:
    first = Ear(tmp_path)
    first.wire.close()
    caller = Caller(tmp_path)
    caller.keep_in_touch()
    assert first.take(1) == [PortNews(NOW_SECONDS, VOICE, "in", True)]
    first.line.close()
    second = Ear(tmp_path)
    second.wire.close()
    caller.keep_in_touch()
    caller.tell("sung", (60, 80, 0.0))
    assert second.take(2) == [PortNews(NOW_SECONDS, VOICE, "in", True), on(60, 0.0)]
    caller.close()
    second.line.close()
