"""Three requests that turn more than one knob, or leave something behind: words, another scene, and keeping what was played.

Runs on the loop.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.items import Cue
from agent.play.keeping import last_bars
from agent.play.words import understood

if TYPE_CHECKING:
    from agent.play.session import Session


def say(session: Session, text: str) -> None:
    """Turn the knobs that these words mean; what is not understood is told."""
    wish = understood(text)
    for what, value in wish.turns.items():
        if what == "tempo":
            complaint = session.conductor.take_tempo(session.tempo.bpm * float(value), session.now.seconds)
            if complaint:
                session.show.error(complaint)
        elif what == "mode":
            session.turn(Cue(session.now.seconds, "/ctl/key", (session.key[0], int(float(value)))))
        elif what == "play":
            session.turn(Cue(session.now.seconds, "/ctl/mode", (value,)))
        else:
            session.turn(Cue(session.now.seconds, f"/ctl/{what}", (value,)))
    if wish.unknown:
        session.show.error(f"words I do not know: {', '.join(wish.unknown)}")
    if wish.turns:
        session.replan()


def change_scene(session: Session, wanted: str) -> None:
    """Take up a scene, by name or by number from 0: knobs, levels, chart and way of playing. Nothing stops for it."""
    names = list(session.scenes)
    name = names[int(wanted)] if wanted.isdigit() and int(wanted) < len(names) else wanted
    scene = session.scenes.get(name)
    if scene is None:
        session.show.error(f"unknown scene {wanted!r}; there are: {', '.join(names) or 'none (song.scenes names their files)'}")
        return
    session.controls.knobs = scene.knobs()
    session.hands.band.take_up(scene)
    session.read_chart(scene.song.chart)
    session.left_hand.below(scene.midi.left_hand_below)
    session.show.state("/text/scene", name)
    if scene.agent.mode != session.wanted_mode:
        session.turn(Cue(session.now.seconds, "/ctl/mode", (scene.agent.mode, scene.agent.switch)))
    else:
        session.replan()


def keep(session: Session) -> None:
    """Hand the last bars to whoever writes them down."""
    tracks, bars = last_bars(session)
    if not tracks:
        session.show.error("there is nothing to keep: nobody has played in these bars")
    elif session.keep is None:
        session.show.error("there is nowhere to keep it: recording is off")
    else:
        session.show.kept(session.keep(tracks, session.tempo.bpm, session.metre), bars)
