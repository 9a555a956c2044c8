"""Words for how to play: "slow, dreamy, in minor, leave me room". A small lexicon sets the knobs that a person would reach for.

Each meaning is a handful of turns of the desk. A turn is a cue and its value; `tempo` is a factor, `mode` 1 minor and 0
major, of whatever key we are in. Words such as `very`, `a bit` and `less` push a share away from its middle or pull it back.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Value = float | str
Meaning = tuple[tuple[str, Value], ...]


def _knobs(**turns: Value) -> Meaning:
    return tuple(turns.items())


LEXICON: dict[str, Meaning] = {
    "sparse": _knobs(density=0.2),
    "leave me room": _knobs(density=0.15, follow=0.8),
    "give me space": _knobs(density=0.15, follow=0.8),
    "room": _knobs(density=0.2),
    "space": _knobs(density=0.2),
    "fewer notes": _knobs(density=0.25),
    "more notes": _knobs(density=0.8),
    "busy": _knobs(density=0.85),
    "full": _knobs(density=0.75, polyphony=8.0),
    "thin": _knobs(polyphony=2.0),
    "soft": _knobs(energy=0.2),
    "quiet": _knobs(energy=0.15, density=0.35),
    "gentle": _knobs(energy=0.25, surprise=0.35),
    "loud": _knobs(energy=0.85),
    "strong": _knobs(energy=0.8),
    "calm": _knobs(energy=0.25, density=0.3, surprise=0.35),
    "dreamy": _knobs(energy=0.3, density=0.3, register=0.65, humanize=0.7, temperature=1.0),
    "wild": _knobs(energy=0.9, density=0.85, surprise=0.85, temperature=1.2),
    "dark": _knobs(register=0.25, mode=1.0),
    "bright": _knobs(register=0.7, mode=0.0),
    "sad": _knobs(energy=0.3, mode=1.0, tempo=0.85),
    "happy": _knobs(energy=0.65, density=0.6, mode=0.0, tempo=1.1),
    "high": _knobs(register=0.85),
    "low": _knobs(register=0.15),
    "slow": _knobs(tempo=0.75),
    "slower": _knobs(tempo=0.9),
    "fast": _knobs(tempo=1.3),
    "faster": _knobs(tempo=1.1),
    "minor": _knobs(mode=1.0, key_strength=0.8),
    "major": _knobs(mode=0.0, key_strength=0.8),
    "simple": _knobs(surprise=0.15, temperature=0.6),
    "strange": _knobs(surprise=0.9, temperature=1.15, key_strength=0.2),
    "surprise me": _knobs(surprise=0.85),
    "tense": _knobs(surprise=0.75, energy=0.65, register=0.6),
    "follow me": _knobs(follow=0.9),
    "lead": _knobs(follow=0.15),
    "loose": _knobs(humanize=0.9),
    "tight": _knobs(humanize=0.0),
    "mechanical": _knobs(humanize=0.0),
    "short answers": _knobs(length=0.1),
    "long answers": _knobs(length=0.9),
    "pop": _knobs(style="pop"),
    "song": _knobs(style="song"),
    "hymn": _knobs(style="hymn"),
    "church": _knobs(style="hymn 1 chorale 1"),
    "classical": _knobs(style="keyboard 1 quartet 1"),
    "jazz": _knobs(style="standard", surprise=0.65),
    "folk": _knobs(style="tune"),
    "listen": _knobs(play="listen"),
    "accompany me": _knobs(play="accompany"),
    "answer me": _knobs(play="call_response"),
    "shadow me": _knobs(play="shadow"),
    "play with me": _knobs(play="together"),
    "trade fours": _knobs(play="trade"),
    "play alone": _knobs(play="solo"),
}
"""What each word or phrase means."""

SAME_AS: dict[str, str] = {
    "sad": "melancholy melancholic mournful sombre somber blue nostalgic wistful mesto dolente",
    "dark": "gloomy black night nocturnal",
    "happy": "joyful cheerful merry playful giocoso sunny",
    "bright": "sparkling shining brilliant brillante",
    "calm": "peaceful relaxed meditative serene tranquil tranquillo soothing",
    "gentle": "tender delicate dolce sweet lullaby",
    "dreamy": "airy floating sleepy hazy ethereal ambient",
    "quiet": "piano pianissimo hushed whisper whispering",
    "loud": "forte fortissimo roaring",
    "strong": "powerful heavy energico marcato",
    "wild": "angry furious aggressive explosive energetic fiery furioso agitato",
    "slow": "adagio lento largo",
    "slower": "ritardando rallentando",
    "fast": "allegro presto vivace quick brisk lively",
    "faster": "accelerando hurry",
    "sparse": "minimal bare empty",
    "busy": "crowded dense",
    "simple": "plain easy semplice",
    "strange": "mysterious weird eerie odd misterioso",
    "tense": "nervous anxious restless",
    "loose": "rubato human",
    "mechanical": "robotic",
    "classical": "romantic",
    "church": "choral sacred",
}
"""Other words for the same, Italian ones among them."""
_MEANINGS = LEXICON | {word: LEXICON[name] for name, words in SAME_AS.items() for word in words.split()}
_DEGREES = {"very": 1.5, "much": 1.4, "really": 1.5, "quite": 0.8, "rather": 0.8, "bit": 0.5, "little": 0.5, "slightly": 0.4}
_AGAINST = ("not", "less", "no")
_IDLE = frozenset(
    ("a", "an", "and", "in", "the", "play", "please", "it", "be", "me", "more", "with", "some", "key", "of", "now", "but")
)
_SHARES = ("density", "energy", "register", "surprise", "humanize", "follow", "length")
LONGEST_TEXT = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What was understood: turns of the desk in order, the later of two for one knob counting; and what was not."""

    turns: dict[str, Value]
    unknown: tuple[str, ...] = ()


def understood(text: str) -> Wish:
    """What somebody wants who says this."""
    tokens = re.findall(r"[a-z]+", text[:LONGEST_TEXT].lower())
    turns: dict[str, Value] = {}
    unknown, degree, place = list[str](), 1.0, 0
    while place < len(tokens):
        length = next((n for n in (3, 2, 1) if " ".join(tokens[place : place + n]) in _MEANINGS), 0)
        word = tokens[place]
        if length:
            for what, value in _MEANINGS[" ".join(tokens[place : place + length])]:
                turns[what] = _leaned(what, value, degree)
            degree = 1.0
        elif word in _AGAINST:
            degree = -degree
        elif word in _DEGREES:
            degree *= _DEGREES[word]
        elif word not in _IDLE:
            unknown.append(word)
        place += max(length, 1)
    return Wish(turns, tuple(unknown))


def _leaned(what: str, value: Value, degree: float) -> Value:
    """More or less of it: shares about their middle, a tempo about no change."""
    if isinstance(value, str):
        return value
    if what in _SHARES:
        return round(min(max(0.5 + (value - 0.5) * degree, 0.0), 1.0), 3)
    if what == "tempo":
        return float(round(min(max(float(value) ** degree, 0.5), 2.0), 3))
    return 1.0 - value if what == "mode" and degree < 0 else value
