"""Every mode with a recorded player, through real cables: it plays as that mode plays, and nothing hangs at any change."""

from __future__ import annotations

import time

import mido
import numpy as np
import pytest

from tests.rig.gig import HAYDN, Gig, seconds_between
from tests.rig.rig import PATIENCE_SECONDS, SAMPLE_RATE, Rig

COMP, LEAD = 1, 0
SAME_ONSET_SECONDS = 0.03
"""Two JACK periods and the way through three processes on a busy machine."""


@pytest.fixture
def gig(rig: Rig) -> Gig:
    """Everybody is on stage, nobody has played yet."""
    gig = Gig(rig)
    rig.wait_for(gig.is_plugged_in, "Antiphon to find the piano")
    return gig


def change(gig: Gig, mode: str) -> int:
    """Another mode by cue; gives the frame from which only it plays."""
    gig.cue("/ctl/mode", "s", mode)
    gig.rig.wait_for(lambda: f'/antiphon/mode s "{mode}"' in gig.rig.log("oscdump"), f"the mode {mode}")
    return gig.rig.ear.frame


def onsets_of(path: object, seconds: float) -> list[float]:
    """When the recorded player strikes, in seconds from the beginning."""
    at, found = 0.0, []
    for message in mido.MidiFile(path):
        at += message.time
        if message.type == "note_on" and message.velocity and at < seconds:
            found.append(at)
    return found


def test_a_shadow_is_struck_with_each_note_of_the_player(gig: Gig) -> None:
    change(gig, "shadow")
    gig.play(for_seconds=8.0).wait(PATIENCE_SECONDS)
    gig.finish()
    played = gig.beginnings()[0] + np.array(onsets_of(HAYDN, 8.0)) * SAMPLE_RATE
    shadows = [note.frame for note in gig.tape.note_ons() if note.key[0] == COMP]
    late = [min((frame - own for own in played if own <= frame), default=np.inf) / SAMPLE_RATE for frame in shadows]
    assert len(shadows) >= 0.8 * len(played)
    assert np.percentile(late, 50) < SAME_ONSET_SECONDS, late


@pytest.mark.parametrize("mode", ["together", "solo", "auto"])
def test_it_plays_with_a_recorded_player_and_leaves_nothing_behind(gig: Gig, mode: str) -> None:
    began = change(gig, mode)
    gig.play(for_seconds=20.0)
    first = gig.wait_for_note(since_frame=began)
    assert seconds_between(began, first.frame) < 12.0
    at_rest = change(gig, "listen")
    time.sleep(2.0)
    assert gig.tape.note_ons(since_frame=at_rest + SAMPLE_RATE // 5) == []
    assert gig.tape.hanging() == set()
    gig.finish()


@pytest.mark.parametrize("mode", ["call_response", "vary"])
def test_it_answers_a_phrase_and_gives_way_to_the_next(gig: Gig, mode: str) -> None:
    change(gig, mode)
    gig.play(for_seconds=5.2).wait(PATIENCE_SECONDS)
    answer = gig.wait_for_note()
    assert answer.key[0] in (LEAD, COMP)
    gig.play(from_seconds=6.5, for_seconds=4.0)
    back = gig.wait_for_player(2)
    time.sleep(2.0)
    first_stroke = back + round((next(at for at in onsets_of(HAYDN, 20.0) if at >= 6.5) - 6.5) * SAMPLE_RATE)
    later = gig.tape.note_ons(since_frame=first_stroke + SAMPLE_RATE // 10)
    assert [note for note in later if seconds_between(first_stroke, note.frame) < 1.0] == []
    gig.finish()


def test_it_trades_bars_with_a_recorded_player(gig: Gig) -> None:
    change(gig, "trade")
    gig.play(for_seconds=5.2).wait(PATIENCE_SECONDS)
    answer = gig.wait_for_note()
    assert answer.key[0] in (LEAD, COMP)
    assert 4.0 < seconds_between(gig.beginnings()[0], answer.frame) < 25.0  # four bars from the first note, slow or quick
    change(gig, "listen")
    gig.rig.wait_for(lambda: gig.tape.hanging() == set(), "the last note to ring out", 6.0)
    gig.finish()
