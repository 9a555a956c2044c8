"""The bench of listening runs: on plain pieces that anybody hears right, whose figures are known beforehand."""

from tests.bench import tones
from tests.bench.beats import figures, follow
from tests.bench.labelled import Form, Harmony, Played, Struck

TRIADS = ((48, 64, 67), (53, 65, 69), (55, 62, 71), (48, 64, 67))  # C F G C


def song() -> Harmony:
    """Twelve bars, a chord each, struck on every beat."""
    bars = [(4.0 * bar, TRIADS[bar % 4]) for bar in range(12)]
    notes = [Struck(at + beat, pitch, 80, at + beat + 0.9) for at, chord in bars for beat in range(4) for pitch in chord]
    return Harmony("song", notes, [(0.0, (0, 0))], bars, 4)


def test_key_and_chords_of_a_plain_song_are_heard() -> None:
    assert tones.key_after_eight_bars(song()) == tones.key_by_krumhansl(song()) == 1.0
    assert tones.chords_by_root(song()) > 0.9 and tones.chords_by_template(song()) > 0.7


def test_phrases_that_end_on_long_tonics_are_heard() -> None:
    line = [(beat, (60, 62, 64, 65, 67, 65, 64, 62, 64, 65, 67, 69, 60)[beat]) for beat in range(13)]
    melody = [
        Struck(16.0 * phrase + beat, pitch, 80, 16.0 * phrase + beat + (2.5 if beat == 12 else 0.9))
        for phrase in range(5)
        for beat, pitch in line
    ]
    ends = [16.0 * phrase + 14.5 for phrase in range(5)]
    form = Form("tune", melody, [], [ends, ends])
    assert tones.people_agree(form) == tones.phrases_by_rest(form) == 1.0
    assert tones.phrase_ends(form) > 0.7


def test_a_steady_player_is_followed() -> None:
    beats = [0.6 * beat for beat in range(80)]
    notes = [Struck(at, 48 if beat % 2 == 0 else 60, 80 if beat % 4 == 0 else 60, at + 0.4) for beat, at in enumerate(beats)]
    told = figures([follow(Played("steps", {"PIANO": notes}, beats, beats[::4]), notes, baseline=False)])
    assert told["f_measure"] > 0.9 and told["level_kept"] == 1.0
