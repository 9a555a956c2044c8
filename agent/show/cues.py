"""The protocol, as one table: every OSC address that goes out or comes in, with its types, unit, range and meaning.

From it come the sender, the dispatcher, OSCQuery, layouts, the README's table and the tests. Addresses stand below the prefix
(`/antiphon` unless configured); types are `i f s` only, since some receivers refuse others.
"""

from __future__ import annotations

from dataclasses import dataclass

from agent.show.pattern import is_pattern, matches
from models.music import COORDINATES, PARTS

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class CueRow:
    """One address. `state`: its last value holds until the next and is sent again; otherwise it is an event.

    `low` and `high` bound every argument, unless `ranges` has one for each.
    """

    address: str
    direction: str  # "out" or "in"
    types: str
    names: str
    meaning: str
    low: float | None = None
    high: float | None = None
    rate_hz: float = 0.0  # at most so often; 0 is: when it happens
    state: bool = False
    unit: str = ""
    ranges: tuple[Range, ...] = ()

    def range_of(self, argument: int) -> Range | None:
        """What an argument, counted from 0, may be; None where nothing bounds it."""
        if self.ranges:
            return self.ranges[argument]
        return (self.low, self.high) if self.low is not None and self.high is not None else None


Message = tuple[str, tuple[int | float | str, ...]]
"""An address below the prefix, and its arguments."""

RANGES = {"share": (0.0, 1.0), "phase": (0.0, 1.0), "on": (0.0, 1.0)}
"""Names of arguments that tell what they may be."""
UNITS = {"bpm": "bpm", "seconds": "s", "ms": "ms", "beats": "beats", "dt_s part": "s"}


def _out(address: str, types: str, names: str, meaning: str, rate_hz: float = 0.0, state: bool = False) -> CueRow:
    low, high = RANGES.get(names, (None, None))
    unit = UNITS.get(names, "")
    return CueRow(address, "out", types, names, meaning, low, high, rate_hz, state or rate_hz > 0.0, unit)


def _in(address: str, types: str, names: str, meaning: str, low: float | None = None, high: float | None = None) -> CueRow:
    return CueRow(address, "in", types, names, meaning, low, high, unit=UNITS.get(names, ""))


VOICES = ("human", "agent", *(f"agent/{part}" for part in PARTS))
"""Who sounds; `agent` is all of its parts together."""


def _voice(voice: str) -> tuple[CueRow, ...]:
    return (
        _out(f"/{voice}/note", "iifii", "id pitch velocity channel on", "a note begins (on 1) or ends (on 0)"),
        _out(f"/{voice}/count", "i", "count", "notes so far: two in one frame, or a lost packet, show here"),
        _out(f"/{voice}/held", "i", "count", "notes that sound now"),
        _out(f"/{voice}/on", "f", "on", "1 while anything sounds, else 0", state=True),
        _out(f"/{voice}/pitch", "f", "share", "the last note struck, 1 is the highest of MIDI's", state=True),
        _out(f"/{voice}/pc", "i", "class", "its pitch class, C is 0", state=True),
        _out(f"/{voice}/density", "f", "share", "notes a beat, 1 is eight", 30),
        _out(f"/{voice}/energy", "f", "share", "mean velocity of the last four beats", 30),
        _out(f"/{voice}/register", "f", "share", "mean pitch of the last four beats", 30),
        _out(f"/{voice}/sustain", "i", "on", "1 while the pedal is down", 30),
    )


CUES: tuple[CueRow, ...] = (
    _out("/clock/tempo", "f", "bpm", "tempo in quarter notes a minute", 30),
    _out("/clock/beat", "f", "phase", "0..1 through the beat", 30),
    _out("/clock/bar", "f", "phase", "0..1 through the bar", 30),
    _out("/clock/phrase", "f", "phase", "0..1 through four bars", 30),
    _out("/clock/tick", "i", "count", "beats since the session began", 30),
    _out("/clock/running", "i", "on", "0 while the transport of who leads stands still", 30),
    _out("/clock/source", "s", "name", "whose tempo: link, midi, tap, estimate or internal", 30),
    _out("/clock/lock", "f", "share", "how sure the beat is", 30),
    *(row for voice in VOICES for row in _voice(voice)),
    _out("/next/note", "iifffs", "id pitch velocity dt_s duration_s part", "this will sound in dt_s seconds"),
    _out("/next/move", "if", "id dt_s", "the tempo has changed: it will sound then instead"),
    _out("/next/cancel", "i", "id", "no, it will not"),
    _out("/next/onset", "fs", "dt_s part", "how soon the next planned note sounds; -1 when none is planned", 30),
    _out("/next/density", "f", "share", "planned notes a beat in the next four beats, 1 is eight", 30),
    _out("/harmony/key", "ii", "tonic mode", "tonic 0..11, mode 0 major 1 minor", 30),
    _out("/harmony/key_conf", "f", "share", "how sure the key is", 30),
    _out("/harmony/chord", "iii", "root quality bass", "pitch classes; quality counts maj m 7 maj7 m7 dim aug sus4 m7b5", 30),
    *(_out(f"/harmony/chroma/{pc}", "f", "share", "presence of this pitch class, C is 0", 30) for pc in range(12)),
    _out("/harmony/tension", "f", "share", "rough and foreign harmony, rising pace and loudness; 0.5 is usual", 30),
    _out("/mood/energy", "f", "share", "from still to wild; 0.5 is usual", 30),
    _out("/mood/valence", "f", "share", "from dark to bright; 0.5 is between", 30),
    _out("/mind/echo", "f", "share", "how much of its line is made of the human's ideas", 30),
    _out("/mind/surprise", "f", "share", "how unlikely the human's last note was to the model; 0.5 is usual", 30),
    _out("/mind/confidence", "f", "share", "how likely to itself what the model drew last was", 30),
    _out("/mind/entropy", "f", "share", "how open its choice of pitches was; 1 is twelve alike", 30),
    _out("/mind/novelty", "f", "share", "how far the last two bars are from every phrase so far", 30),
    *(
        _out(f"/latent/{n}", "f", "share", "where the last two bars lie in the space of phrases", 30)
        for n in range(COORDINATES)
    ),
    _out("/text/key", "s", "name", "the key in words", 30),
    _out("/text/chord", "s", "name", "the chord as a lead sheet writes it", 30),
    _out("/turn", "f", "share", "whose turn: 0 the human's, 1 the agent's", state=True),
    _out("/turn/state", "i", "state", "0 idle 1 listen 2 think 3 play 4 together 5 attract", state=True),
    _out("/mode", "s", "name", "how it plays", state=True),
    _out("/text/section", "s", "name", "where we are in the chart", 30),
    _out("/section", "i", "number", "the section of the chart, counted from 0; -1 without a chart", 30),
    _out("/section/progress", "f", "phase", "0..1 through the section, or through four bars without a chart", 30),
    _out("/text/scene", "s", "name", "the scene that was taken up last", state=True),
    _out("/sys/kept", "si", "path bars", "what was to be kept, or goes round, is in this file, so many bars long"),
    _out("/text/why", "s", "sentence", "in auto: how it plays just now, and why", state=True),
    _out("/text/prompt", "s", "words", "what is being played, for who paints from words; new with each phrase", state=True),
    _out("/look", "s", "name", "how the picture is to look", state=True),
    _out("/silence", "f", "seconds", "since the human's last note", 10),
    _out("/presence", "f", "share", "is anybody there: 1 who plays, fading in half a minute, or what a sensor says", 30),
    _out("/sys/health", "i", "state", "0 ok 1 degraded 2 fallback", state=True),
    _out("/sys/late", "f", "ms", "95th percentile of lateness of the last notes", 1),
    _out("/sys/answer", "f", "ms", "95th percentile of how long the model took to answer lately", 1),
    _out("/sys/commit", "f", "beats", "what lies nearer than this sounds whatever happens", 1),
    _out("/sys/heartbeat", "i", "count", "once a second", 1),
    _out("/sys/learned", "sii", "address channel controller", "from now on this knob turns this address"),
    _out("/sys/midi", "is", "present port", "a port was found (1) or lost (0)"),
    _out("/sys/error", "s", "sentence", "what went wrong, for a person"),
    _out("/sys/hello", "ssi", "name version schema", "we are here"),
    _out("/sys/pong", "i", "count", "the answer to ping"),
    _in("/ctl/mode", "s", "name", "change the way of playing, by name or number; a second word says when: now, beat or bar"),
    _in("/ctl/temperature", "f", "value", "how freely it draws", 0.1, 2.0),
    _in("/ctl/density", "f", "share", "how much it plays; 0.5 is its own", 0.0, 1.0),
    _in("/ctl/energy", "f", "share", "how loud it plays; 0.5 is its own", 0.0, 1.0),
    _in("/ctl/follow", "f", "share", "how strongly it leans to your pitches", 0.0, 1.0),
    _in("/ctl/register", "f", "share", "low or high within a part's register; 0.5 is its own", 0.0, 1.0),
    _in("/ctl/surprise", "f", "share", "from likely notes and chords to rare ones; 0.5 is its own", 0.0, 1.0),
    _in("/ctl/length", "f", "share", "of an answer: 0 half the call's, 1 twice as long", 0.0, 1.0),
    _in("/ctl/variation", "f", "share", "how far a varied phrase goes; above 0.5 towards the one before", 0.0, 1.0),
    *(
        _in(f"/ctl/latent/{n}", "f", "share", "in vary: pulls phrases along this axis of /latent; 0.5 lets go", 0.0, 1.0)
        for n in range(COORDINATES)
    ),
    _in("/ctl/humanize", "f", "share", "how much timing and loudness vary as a hand's do", 0.0, 1.0),
    _in("/ctl/style", "s", "names", "the music it leans to, or a blend, such as pop 2 hymn 1; empty is its own"),
    _in("/ctl/key", "ii", "tonic mode", "hold a key; -1 follows you again", -1, 11),
    _in("/ctl/scale", "s", "name", "hold a key by its name, such as F# minor; an empty name follows you again"),
    _in("/ctl/key_strength", "f", "share", "1 never leaves the scale", 0.0, 1.0),
    _in("/ctl/chord", "ii", "root quality", "hold a chord, numbered as in /harmony/chord; -1 lets it go", -1, 11),
    _in("/ctl/chord_strength", "f", "share", "1 never leaves the chords of the chart", 0.0, 1.0),
    _in("/ctl/chart", "s", "text", "chords from the next bar on, as in the rig's `song.chart`; empty takes the chart away"),
    _in("/ctl/section", "i", "number", "this section of the chart, counted from 0, from the next bar on", 0, 255),
    _in("/ctl/turn", "i", "agent", "in call and response: 1 it answers now, 0 it hands the turn back", 0, 1),
    _in("/ctl/again", "i", "on", "another take of what it is about to play, or of its last answer", 0, 1),
    _in("/ctl/undo", "i", "on", "as it was before the last turn of the desk", 0, 1),
    _in("/ctl/count_in", "i", "bars", "count so many bars from the next bar line on, then begin to play", 1, 8),
    _in("/ctl/learn", "s", "address", "the next knob that moves turns this address from then on; empty stops waiting"),
    _in("/ctl/loop", "i", "bars", "its last bars again and again from the next bar on; 0 lets go", 0, 16),
    _in("/ctl/keep", "i", "on", "keep the last sixteen bars as a MIDI file", 0, 1),
    _in("/ctl/words", "s", "words", "how to play, in words: slow, dreamy, in minor, leave me room"),
    _in("/ctl/patch", "s", "scene", "take up this scene, by name or by number from 0, as a program change does"),
    _in("/ctl/fill", "i", "on", "more, up to the next bar line", 0, 1),
    _in("/ctl/end", "i", "on", "come to an end on the tonic within two bars", 0, 1),
    _in("/ctl/velocity_max", "f", "velocity", "ceiling of velocity", 1, 127),
    _in("/ctl/polyphony", "f", "notes", "notes at once in a part", 1, 10),
    _in("/ctl/tempo", "f", "bpm", "keep this tempo", 20, 300),
    _in("/ctl/tap", "i", "on", "tap the beat; three taps set it", 0, 1),
    _in("/ctl/start", "i", "on", "play on after a stop", 0, 1),
    _in("/ctl/stop", "i", "on", "rest until start, or until who leads starts; what sounds ends", 0, 1),
    _in("/ctl/seed", "i", "number", "draw from this seed from the next plan on", 0, 2**31 - 1),
    _in("/ctl/level", "f", "share", "how loud all of its parts are; 0 rests", 0.0, 1.0),
    _in("/ctl/forget", "i", "seed", "a new player: as the rig has it, with these draws", 0, 2**31 - 1),
    _in("/ctl/mute", "i", "on", "1 rests, 0 plays", 0, 1),
    *(
        row
        for part in PARTS
        for row in (
            _in(f"/ctl/role/{part}/mute", "i", "on", "this part rests (1) or plays (0)", 0, 1),
            _in(f"/ctl/role/{part}/level", "f", "share", "how loud this part is; 0 rests", 0.0, 1.0),
            _in(f"/ctl/role/{part}/channel", "i", "channel", "where this part sounds from its next note on", 1, 16),
            _in(f"/ctl/role/{part}/program", "i", "program", "the sound that this part chooses", 1, 128),
            _in(f"/ctl/role/{part}/register", "ii", "low high", "lowest and highest pitch of this part", 0, 127),
        )
    ),
    _in("/ctl/solo", "s", "part", "only this part is heard; an empty name lets all play"),
    _in("/ctl/look", "s", "name", "how the picture looks: auto, tide, orbit, loom or lantern"),
    _in("/ctl/panic", "i", "on", "silence everything of ours at once", 0, 1),
    CueRow(
        "/in/note",
        "in",
        "ifi",
        "pitch velocity on",
        "somebody plays without MIDI, as if on a keyboard",
        ranges=((0, 127), (0, 1), (0, 1)),
    ),
    CueRow("/in/cc", "in", "if", "number value", "a pedal or knob without MIDI", ranges=((0, 127), (0, 1))),
    _in("/in/presence", "f", "share", "what a sensor says: is anybody there", 0.0, 1.0),
    _in("/sys/refresh", "", "", "send every state again"),
    _in("/sys/subscribe", "i", "port", "send cues to this port of the sender's, 0 is the one it sends from, for 60 s"),
    _in("/sys/ping", "", "", "answer with pong"),
)

LOOKS = ("auto", "tide", "orbit", "loom", "lantern")
"""Ways in which the picture may look; auto chooses by who plays."""

OUT = {row.address: row for row in CUES if row.direction == "out"}
IN = {row.address: row for row in CUES if row.direction == "in"}

STATE = frozenset(address for address, row in OUT.items() if row.state)
"""Addresses whose last value is sent again on refresh; the rest are events."""


def matching(address: str) -> list[CueRow]:
    """The incoming rows that an address names; OSC wildcards may name several."""
    if address in IN:
        return [IN[address]]
    if not is_pattern(address):
        return []
    return [row for name, row in IN.items() if matches(address, name)]


def named_by(address: str) -> list[str]:
    """The incoming addresses that a pattern names; an address that is none names itself, known or not."""
    return [row.address for row in matching(address)] if is_pattern(address) else [address]
