"""A key that is held for sure is never left, in any mode, whatever the human plays."""

from __future__ import annotations

from random import Random

from agent.play.modes import MODES
from models.markov import MarkovMind
from tests.players.humans import Key, items
from tests.stage import KEYS, Stage

E_FLAT_MAJOR = ("Eb", "F", "G", "Ab", "Bb", "C", "D")
LENGTH_S = 150.0
ENOUGH_NOTES = 10_000


def test_ten_thousand_notes_and_none_outside_the_scale() -> None:
    count = 0
    for mode in MODES:
        rng, mind, stage = Random(mode), MarkovMind(), Stage()
        mind.reset(2)
        parts = ("lead", "comp", "bass")
        stage.begin(mode=mode, model=mind, bpm=240.0, key="Eb major", key_strength=1.0, density=0.9, parts=parts, breath_s=0.3)
        atonal = [Key(at / 8, at / 8 + 0.1, rng.randrange(48, 84)) for at in range(int(LENGTH_S * 8)) if at // 24 % 2 == 0]
        for item in items(atonal, KEYS):
            stage.post(item)
        stage.cue("/ctl/chart", "| B7 | Gb^7 | A-7 | E |", at=LENGTH_S / 2)
        stage.cue("/ctl/chord_strength", 1.0, at=LENGTH_S / 2)
        stage.run(until_s=LENGTH_S)
        pitches = {line.split()[0] for line in stage.heard()}
        foreign = {name for name in pitches if name[:-1] not in E_FLAT_MAJOR}
        assert foreign == set(), mode
        count += len(stage.heard())
    assert count > ENOUGH_NOTES
