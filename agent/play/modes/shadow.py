"""Shadow: a second voice under each note you play, struck with it and released with it. No model is asked."""

from __future__ import annotations

from collections.abc import Iterable

from agent.play.mode import Hold, Intent, Turn, View
from models.music import NoteOff, NoteOn

_MAJOR, _MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
_SWEETEST_FIRST = (3, 4, 8, 9, 5, 7)
"""Semitones below the voice above: thirds, then sixths, then fourths and fifths."""
MOST_KEYS = 4
"""A hand that holds more than this is a harmony itself, and needs no shadow."""


class Shadow:
    """The second singer, who knows the song; with more density a third and a fourth join in."""

    def __init__(self) -> None:
        self._voices: dict[int, tuple[int, ...]] = {}

    def begin(self, view: View) -> Iterable[Intent]:
        """Sing from the next note on."""
        return (Turn(0.5, "together"),)

    def heard(self, event: NoteOn | NoteOff, view: View) -> Iterable[Intent]:
        """A voice or more under each note; the session releases them with the key."""
        self._voices.pop(event.pitch, None)
        parts = [part for part in view.parts if part != "drums"]
        sung = sum(len(voices) for voices in self._voices.values())
        if isinstance(event, NoteOff) or not parts or view.keys_down > MOST_KEYS or sung >= view.knobs.polyphony:
            return ()
        voices = self._under(event.pitch, parts[0], view)[: view.knobs.polyphony - sung]
        self._voices[event.pitch] = voices
        velocity = max(1, min(round(event.velocity * (0.5 + 0.6 * view.knobs.energy)), view.knobs.velocity_max))
        return [Hold(pitch, velocity, parts[0]) for pitch in voices]

    def woke(self, name: str, view: View) -> Iterable[Intent]:
        """Nothing to wait for."""
        return ()

    def _under(self, pitch: int, part: str, view: View) -> tuple[int, ...]:
        """Voices below a note: out of the chord if the note lies in it, else out of the key."""
        low, high = view.knobs.register(part)
        tonic, mode = view.key
        scale = {(tonic + step) % 12 for step in (_MINOR if mode else _MAJOR)}
        chord = set(view.chord) & scale if view.knobs.key and view.knobs.key_strength >= 1 else set(view.chord)
        tones = (chord, scale) if pitch % 12 in view.chord else (scale,)
        taken = {*view.held, *(voice for voices in self._voices.values() for voice in voices)}
        voices: list[int] = []
        above = pitch
        for _ in range(1 + round(max(view.knobs.density - 0.5, 0.0) * 4)):
            free = [above - gap for gap in _SWEETEST_FIRST if low <= above - gap <= high and above - gap not in taken]
            fitting = [voice for wanted in tones for voice in free if voice % 12 in wanted]
            if not fitting:
                break
            above = fitting[0]
            voices.append(above)
        return tuple(voices)
