"""Before Antiphon comes on: the stage works, and its ears hear what is played and nothing else."""

from __future__ import annotations

from pathlib import Path

import mido
from pythonosc.udp_client import SimpleUDPClient

from tests.rig.rig import PATIENCE_SECONDS, PEERS, PERIOD_FRAMES, SAMPLE_RATE, Rig, free_port, rms
from tests.rig.tape import Tape

HAYDN = Path(__file__).parent / "music" / "haydn_upper_voice.mid"


def test_a_player_is_heard_note_for_note_in_its_very_frame(rig: Rig) -> None:
    tape = Tape(rig.folder / "tape.jsonl")
    rig.peer("capture_midi.py", rig.folder / "tape.jsonl", "ears")
    cable = rig.ear.port("ears:in")
    player = rig.peer("play_midi_file.py", HAYDN, "keys", "--to", cable, "--for-seconds", "4.2")
    assert player.wait(PATIENCE_SECONDS) == 0
    beginning = int(rig.log("play_midi_file"))
    seconds, played = 0.0, []
    for message in mido.MidiFile(HAYDN):
        seconds += message.time
        if not message.is_meta and seconds < 4.2:
            played.append((beginning + round(seconds * SAMPLE_RATE), tuple(message.bytes())))
    rig.wait_for(lambda: len(tape.messages) >= len(played), "the last note to be written down")
    assert [message.data for message in tape.messages] == [data for _, data in played]
    late = [abs(message.frame - frame) for message, (frame, _) in zip(tape.messages, played, strict=True)]
    assert sorted(late)[len(late) * 9 // 10] <= PERIOD_FRAMES  # a busy machine may drop a period; most are exact
    assert tape.hanging() == set()


def test_a_piano_is_silent_until_it_is_played_and_again_afterwards(rig: Rig) -> None:
    left = rig.fluidsynth()
    assert rms(rig.ear.hear(left, 0.3)) < 1e-6
    with rig.ear.recording(left) as recording:
        player = rig.peer("play_midi_file.py", HAYDN, "keys", "--to", "fluid:midi_00", "--for-seconds", "3.2")
        assert player.wait(PATIENCE_SECONDS) == 0
    beginning = int(rig.log("play_midi_file"))
    onset = recording.onset_frame()
    assert onset is not None
    first_note = next(message for message in mido.MidiFile(HAYDN) if message.type == "note_on")
    late_seconds = (onset - beginning) / SAMPLE_RATE - first_note.time
    assert abs(late_seconds) < 0.05  # early, too: a piano takes in a whole period at a time, and a busy server leaves some out
    assert rms(recording.samples) > 0.003


def test_a_capture_passes_on_to_the_piano_what_it_hears(rig: Rig) -> None:
    left = rig.fluidsynth()
    rig.peer("capture_midi.py", rig.folder / "tape.jsonl", "ears")
    rig.ear.plug(rig.ear.port("ears:thru"), "fluid:midi_00")
    with rig.ear.recording(left) as recording:
        assert rig.peer("play_midi_file.py", HAYDN, "keys", "--to", "ears:in", "--for-seconds", "2").wait(PATIENCE_SECONDS) == 0
    assert rms(recording.samples) > 0.001


def test_pure_data_and_liblo_understand_a_cue(rig: Rig) -> None:
    pd_port, dump_port = free_port(), free_port()
    rig.pure_data(pd_port)
    rig.oscdump(dump_port)
    for port in (pd_port, dump_port):
        with SimpleUDPClient("127.0.0.1", port) as client:
            client.send_message("/antiphon/agent/note", [7, 60, 0.5, 0, 1])
            client.send_message("/antiphon/clock/tick", 3)
    rig.wait_for(lambda: "agent-note: 7 60 0.5 0 1" in rig.log("pd"), "Pure Data to print the note")
    rig.wait_for(lambda: "tick: 3" in rig.log("pd"), "Pure Data to print the beat")
    assert "error" not in rig.log("pd")
    rig.wait_for(lambda: "/antiphon/agent/note iifii 7 60 0.5" in rig.log("oscdump"), "oscdump to print the note")


def test_the_server_may_crash_and_come_back(rig: Rig) -> None:
    rig.peer("capture_midi.py", rig.folder / "tape.jsonl", "ears")
    rig.ear.port("ears:in")
    rig.kill_server()
    rig.start_server()
    rig.peer("capture_midi.py", rig.folder / "tape.jsonl", "ears")
    assert (
        rig.peer("play_midi_file.py", HAYDN, "keys", "--to", rig.ear.port("ears:in"), "--for-seconds", "1").wait(
            PATIENCE_SECONDS
        )
        == 0
    )


def test_the_peers_are_strangers() -> None:
    source = "".join(path.read_text() for path in PEERS.glob("*.py"))
    assert "agent" not in source and "models" not in source
