"""Antiphon plays with somebody it has never met, through real cables, into a real instrument."""

from __future__ import annotations

import time

import mido
import numpy as np
import pytest

from tests.rig.gig import BEAT_SECONDS, HAYDN, Gig, seconds_between
from tests.rig.rig import PATIENCE_SECONDS, SAMPLE_RATE, Rig, rms


@pytest.fixture
def gig(rig: Rig) -> Gig:
    """Everybody is on stage, nobody has played yet."""
    gig = Gig(rig)
    rig.wait_for(gig.is_plugged_in, "Antiphon to find the piano")
    return gig


def test_it_joins_a_recorded_player_in_time_is_heard_and_tells_the_room(gig: Gig) -> None:
    ear = gig.rig.ear
    assert rms(ear.hear(gig.sound, 0.5)) < 1e-6
    with ear.recording(gig.sound) as recording:
        player = gig.play(for_seconds=14.0)
        first = gig.wait_for_note()
        player.wait(PATIENCE_SECONDS)
    assert seconds_between(gig.beginnings()[0], first.frame) < 8.0
    assert rms(recording.samples) > 0.002
    # A note that JACK has been given ahead, and that a sudden end takes back, would have been told and not be on the tape.
    gig.cue("/ctl/mode", "s", "listen")
    gig.rig.wait_for(lambda: '/antiphon/mode s "listen"' in gig.rig.log("oscdump"), "it to rest")
    time.sleep(2.0)
    gig.finish()
    notes = gig.tape.note_ons()
    assert len(notes) >= 10
    assert _unsteadiness_seconds([note.frame for note in notes], BEAT_SECONDS / 24) < 0.006
    gig.wait_for_cues("agent", [note.data[1] for note in notes])
    gig.wait_for_cues("human", [m.note for m in _first_seconds(14.0) if m.type == "note_on"])


def test_without_wishes_it_offers_ports_of_its_own_for_others_to_plug_into(rig: Rig) -> None:
    gig = Gig(rig, ports=())
    rig.ear.plug(rig.ear.port("Antiphon:Out"), "ears:in")
    gig.play()
    rig.ear.plug(rig.ear.port("keys:out"), "Antiphon:In")
    gig.wait_for_note()
    gig.finish()


def test_a_patch_can_make_it_rest_and_play_again(gig: Gig) -> None:
    gig.play()
    gig.wait_for_note()
    gig.cue("/ctl/mute", "i", "1")
    time.sleep(0.5)
    at_rest = gig.rig.ear.frame
    time.sleep(3.0)
    assert gig.tape.note_ons(since_frame=at_rest) == []
    assert gig.tape.hanging() == set()
    gig.cue("/ctl/mute", "i", "0")
    gig.wait_for_note(since_frame=at_rest)
    gig.finish()


def test_a_keyboard_pulled_in_mid_phrase_is_found_again_and_nothing_else_is_lost(gig: Gig) -> None:
    gig.play(for_seconds=5.2).wait(PATIENCE_SECONDS)  # a key is down when the cable goes
    gig.wait_for_note()
    time.sleep(1.0)
    again = gig.play(from_seconds=6.5, for_seconds=6.0)
    back = gig.wait_for_player(2)
    again.wait(PATIENCE_SECONDS)
    gig.wait_for_note(since_frame=back)
    played = [m.note for m in _first_seconds(5.2) if m.type == "note_on"]
    played += [m.note for m in _first_seconds(12.5, 6.5) if m.type == "note_on"]
    gig.finish()
    gig.wait_for_cues("human", played)


def test_when_the_model_is_killed_the_music_goes_on_within_a_beat(gig: Gig) -> None:
    gig.play()
    gig.rig.wait_for(lambda: len(gig.tape.note_ons()) > 8, "some notes of the model")
    worker = gig.pids()["worker"]
    frames = [note.frame for note in gig.tape.note_ons()]
    longest_rest = max(np.diff(frames)) / SAMPLE_RATE
    killed = gig.kill("worker")
    time.sleep(longest_rest + BEAT_SECONDS)
    assert gig.tape.note_ons(since_frame=killed), "the fallback did not take over"
    gig.wait_for_new("worker", worker)
    gig.finish()


def test_when_the_performer_is_killed_nothing_hangs_and_it_comes_back(gig: Gig) -> None:
    player = gig.play()
    gig.wait_for_note()
    performer = gig.pids()["performer"]
    with gig.rig.ear.recording(gig.sound) as recording:
        time.sleep(0.2)
        gig.rig.wait_for(lambda: bool(gig.tape.hanging()), "a note of ours to sound")
        player.kill()  # nobody plays, so that whatever sounds from here on is a note left hanging
        killed = gig.kill("performer")
        time.sleep(1.0)
        assert gig.tape.hanging() == set()
        gig.wait_for_new("performer", performer)
        time.sleep(1.0)
    assert rms(recording.since(killed - SAMPLE_RATE // 5)[: SAMPLE_RATE // 5]) > 1e-4
    assert rms(recording.since(killed + SAMPLE_RATE)) < 1e-4
    gig.play(from_seconds=10.0)
    gig.wait_for_note(since_frame=gig.rig.ear.frame)
    gig.finish()


def test_when_the_supervisor_is_killed_the_others_hush_and_leave(gig: Gig) -> None:
    gig.play()
    gig.wait_for_note()
    gig.kill("supervisor")
    gig.rig.wait_for(gig.is_over, "Antiphon to leave")
    gig.rig.wait_for(lambda: gig.tape.hanging() == set(), "the last note to end", 5.0)


def test_when_jack_crashes_and_returns_it_plays_on(gig: Gig) -> None:
    gig.play()
    gig.wait_for_note()
    gig.rig.kill_server()
    time.sleep(1.5)
    gig.rig.start_server()
    gig.set_up_instruments()
    gig.play(from_seconds=10.0)
    gig.wait_for_player(2)
    gig.rig.wait_for(gig.is_plugged_in, "Antiphon to find the piano again")
    gig.wait_for_note()
    assert rms(gig.rig.ear.hear(gig.sound, 1.0)) > 1e-4
    gig.finish()


def _first_seconds(end_seconds: float, start_seconds: float = 0.0) -> list[mido.Message]:
    seconds, messages = 0.0, []
    for message in mido.MidiFile(HAYDN):
        seconds += message.time
        if not message.is_meta and start_seconds <= seconds < end_seconds:
            messages.append(message)
    return messages


def _unsteadiness_seconds(frames: list[int], grid_seconds: float) -> float:
    """How far nine in ten steps from onset to onset are from whole steps of the grid.

    From note to note, since JACK's own count of frames jumps when the machine is too busy for it.
    """
    steps = np.diff(frames) / SAMPLE_RATE
    away = np.abs(steps - np.round(steps / grid_seconds) * grid_seconds)
    return float(np.percentile(away, 90))
