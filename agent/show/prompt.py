"""What is being played, in words: for programs that make a picture of a sentence. A curator writes sentence and words.

The sentence changes with the phrase, every four bars, and not in between: a picture needs its time.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from string import Formatter
from typing import Any, Literal

from pydantic import Field, field_validator

from agent.play.mode import TURN_STATES
from agent.sections import Section

Scale = Literal["energy", "valence", "tension", "density", "register", "tempo", "turn", "tonic"]
SCALES: tuple[Scale, ...] = ("energy", "valence", "tension", "density", "register", "tempo", "turn", "tonic")
"""What words are found for: six from little to much, whose turn it is, and the tonic from C to B."""
NAMES = ("key", "chord", "mode", "section", "bpm")
"""What stands in the sentence as it is called."""
COUNTED = {"turn": len(TURN_STATES), "tonic": 12}
"""Scales that have a word for each step."""
LONGEST = 400
SLOW_BPM, FAST_BPM = 50.0, 170.0
LOW_PITCH, HIGH_PITCH = 40.0, 80.0

WORDS: dict[Scale, tuple[str, ...]] = {
    "energy": ("still", "drifting / breathing", "flowing / swaying", "surging / dancing", "blazing / storming"),
    "valence": ("deep night", "dusk / rain", "morning mist / amber light", "clear sunlight / spring"),
    "tension": ("at rest", "a slow tide", "gathering clouds", "about to break"),
    "density": ("one thread in empty space", "a few strokes", "woven lines", "a dense thicket of lines"),
    "register": ("low and heavy", "close to the ground", "high and light"),
    "tempo": ("slow motion", "walking pace", "fast"),
    "turn": ("waiting", "listening", "thinking", "answering", "in conversation", "dreaming alone"),
    "tonic": (
        "red", "violet", "yellow", "steel", "sky blue", "crimson", "deep blue", "orange", "mauve", "green", "rose", "pale blue",
    ),
}  # fmt: skip
"""The tonics' colours follow Scriabin's (Galeyev and Vanechkina 2001, Leonardo 34:4)."""
SENTENCE = "abstract painting, {valence}, {tonic}, {energy}, {density}, {tension}"


class Prompt(Section):
    """What is being played, in words, for programs that make pictures."""

    sentence: str = Field(
        default=SENTENCE, max_length=LONGEST, description=f"words in braces are filled in: {', '.join((*SCALES, *NAMES))}"
    )
    words: dict[Scale, tuple[str, ...]] = Field(
        default=WORDS,
        description="for each scale from little to much; words between slashes take turns; `turn` has six, `tonic` twelve",
    )

    @field_validator("sentence")
    @classmethod
    def _fillable(cls, sentence: str) -> str:
        for _, name, form, conversion in Formatter().parse(sentence):
            if name is not None and (name not in (*SCALES, *NAMES) or form or conversion):
                raise ValueError(f"{{{name}}} cannot be filled in; there are: {', '.join((*SCALES, *NAMES))}")
        return sentence

    @field_validator("words")
    @classmethod
    def _whole(cls, words: dict[Scale, tuple[str, ...]]) -> dict[Scale, tuple[str, ...]]:
        for scale, steps in words.items():
            wanted = COUNTED.get(scale, len(steps))
            if not steps or len(steps) != wanted:
                raise ValueError(f"{scale} wants {wanted or 'some'} words, not {len(steps)}")
        return {**WORDS, **words}


def in_words(prompt: Prompt, phrase: int, said: Callable[[str], Any]) -> str:
    """The sentence of a phrase, counted from 0. `said` tells the first argument of the last cue with an address."""
    scales: dict[Scale, float] = {
        "energy": said("/mood/energy"),
        "valence": said("/mood/valence"),
        "tension": said("/harmony/tension"),
        "density": said("/agent/density"),
        "register": (127.0 * said("/agent/register") - LOW_PITCH) / (HIGH_PITCH - LOW_PITCH),
        # Ears count in ratios.
        "tempo": log(max(said("/clock/tempo"), 1.0) / SLOW_BPM) / log(FAST_BPM / SLOW_BPM),
        "turn": said("/turn/state"),
        "tonic": said("/harmony/key"),
    }
    names = {
        "key": said("/text/key"),
        "chord": said("/text/chord"),
        "mode": said("/mode"),
        "section": said("/text/section"),
        "bpm": round(said("/clock/tempo")),
    }
    found = {scale: _word(prompt.words[scale], scale, value, phrase) for scale, value in scales.items()}
    return prompt.sentence.format(**found, **names)[:LONGEST].strip()


def _word(steps: tuple[str, ...], scale: str, value: float, phrase: int) -> str:
    place = int(value) if scale in COUNTED else int(value * len(steps))
    words = steps[min(max(place, 0), len(steps) - 1)].split("/")
    return words[phrase % len(words)].strip()
