"""Whatever is planned, hushed, passed through or pulled: on and off alternate on every key, and in the end nothing sounds."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.play.hands import Hands, Routing
from agent.play.ledger import Ledger
from agent.play.scheduler import Alarm, Damp, Planned, Scheduler, Strike
from models.music import Event, Note, NoteOff, NoteOn
from models.tempo import TempoMap
from tests.rubbish import BEATS, EVENTS, FEW_PITCHES, NOTES, SANE_NOTES, mostly
from tests.stage import BASS, OUT, MemoryOutputs

TAGS = st.sampled_from(("plan", "other"))
WAITS = st.sampled_from((0.0, 0.02, 0.2, 0.25, 0.5, 1.0, 3.0))
STEPS = mostly(
    (4, st.tuples(st.just("play"), TAGS, SANE_NOTES)),
    (5, st.tuples(st.just("wait"), WAITS, st.none())),
    (1, st.tuples(st.just("stall"), WAITS, st.none())),
    (1, st.tuples(st.just("cancel"), st.one_of(st.none(), TAGS), BEATS)),
    (1, st.tuples(st.just("release_all"), st.one_of(st.none(), TAGS), st.sampled_from((None, OUT, BASS)))),
    (1, st.tuples(st.just("tempo"), st.integers(30, 240), st.none())),
)


def from_now(note: Note, tempo: TempoMap, now: float) -> Note:
    """A note whose onset is counted from this instant."""
    return replace(note, onset_beats=tempo.beats_at(now) + note.onset_beats)


class Diary:
    """Does what it is told to a scheduler, with a clock of its own, and keeps what came of it."""

    def __init__(self) -> None:
        self.tempo = TempoMap(60.0)
        self.scheduler = Scheduler(self.tempo, max_late_seconds=0.1)
        self.now = 0.0
        self.cancelled: set[int] = set()
        self.struck: list[int] = []
        self.ended: list[int] = []

    def do(self, verb: str, first, second) -> None:
        match verb:
            case "play":
                note = from_now(second, self.tempo, self.now)
                self.scheduler.play(first, note, OUT if note.part != "bass" else BASS, 0)
            case "cancel":
                from_beats = self.tempo.beats_at(self.now) + second
                self.cancelled |= {planned.id for planned in self.scheduler.cancel(first, from_beats)}
            case "release_all":
                self.ended += [planned.id for planned in self.scheduler.release_all(first, second)]
            case "tempo":
                self.tempo.change(first, self.now)
            case "wait":
                self.wait(first)
            case "stall":
                self.stall(first)

    def wait(self, seconds: float) -> None:
        """Let time pass as the loop does: from one thing that is due to the next."""
        until = self.now + seconds
        while (coming := self.scheduler.next_due()) is not None and coming <= until:
            self.now = max(self.now, coming)
            self.do_due()
        self.now = until

    def stall(self, seconds: float) -> None:
        """Let time pass without looking."""
        self.now += seconds
        self.do_due()

    def do_due(self) -> None:
        due_seconds = []
        while (due := self.scheduler.pop_due(self.now)) is not None:
            assert not isinstance(due, Alarm) and due.due_seconds <= self.now
            due_seconds.append(due.due_seconds)
            if isinstance(due, Strike):
                assert due.due_seconds >= self.now - 0.1
                self.struck.append(due.planned.id)
            else:
                assert isinstance(due, Damp)
                self.ended.append(due.planned.id)
        assert due_seconds == sorted(due_seconds)


@settings(max_examples=700)
@given(st.lists(STEPS, min_size=5, max_size=40))
def test_what_is_planned_is_struck_once_and_ended_once_and_what_is_cancelled_is_silent(steps) -> None:
    diary = Diary()
    for step in steps:
        diary.do(*step)
    diary.wait(1000.0)
    assert diary.scheduler.next_due() is None
    assert diary.scheduler.waiting() == [] and diary.scheduler.sounding() == []
    assert len(set(diary.struck)) == len(diary.struck)
    assert sorted(diary.ended) == sorted(diary.struck)
    assert not diary.cancelled & set(diary.struck)


@settings(max_examples=200)
@given(st.lists(BEATS, min_size=1, max_size=12), st.lists(st.floats(0.0, 8.0), min_size=1, max_size=12))
def test_alarms_ring_once_each_and_in_order(beats: list[float], seconds: list[float]) -> None:
    scheduler = Scheduler(TempoMap(97.0))
    for at in beats:
        scheduler.alarm("beat", beats=at)
    for at in seconds:
        scheduler.alarm("second", seconds=at)
    rung = []
    while (due := scheduler.pop_due(100.0)) is not None:
        assert isinstance(due, Alarm)
        rung.append(due)
    assert [due.due_seconds for due in rung] == sorted(due.due_seconds for due in rung)
    assert sorted(due.tag for due in rung) == ["beat"] * len(beats) + ["second"] * len(seconds)


def test_plans_that_are_replaced_for_hours_do_not_pile_up() -> None:
    scheduler = Scheduler(TempoMap(120.0))
    for round_number in range(5000):
        scheduler.cancel("plan")
        for pitch in (60, 64, 67):
            scheduler.play("plan", Note(10_000.0 + round_number, 1.0, pitch, 80, "comp"), OUT, 0)
    assert len(scheduler.waiting()) == 3
    assert len(scheduler._by_beats) < 300


def assert_alternating(events: list[tuple[float, str, Event]]) -> None:
    """On and off take turns on every (port, channel, pitch), beginning with on."""
    sounding: set[tuple[str, int, int]] = set()
    for seconds, port, event in events:
        if isinstance(event, NoteOn):
            key = (port, event.channel, event.pitch)
            assert key not in sounding, f"{key} is struck while it sounds, at {seconds}"
            sounding.add(key)
        elif isinstance(event, NoteOff):
            key = (port, event.channel, event.pitch)
            assert key in sounding, f"{key} is released in silence, at {seconds}"
            sounding.discard(key)
    assert all(before[0] <= after[0] for before, after in pairwise(events))


OWNERS = st.tuples(st.booleans(), st.sampled_from((OUT, BASS)), FEW_PITCHES, st.integers(0, 1))


@settings(max_examples=500)
@given(st.lists(OWNERS, min_size=5, max_size=40), st.sampled_from((None, OUT)))
def test_the_ledger_ends_a_pitch_with_its_last_owner_and_knows_what_sounds(calls, ended_port) -> None:
    ledger, outputs = Ledger(), MemoryOutputs(lambda: 0.0)
    owners: dict[tuple[str, int, int], int] = {}
    for strike, port, pitch, channel in calls:
        key = (port, channel, pitch)
        sent = ledger.strike(port, NoteOn(pitch, 80, channel)) if strike else ledger.damp(port, NoteOff(pitch, channel))
        owners[key] = owners.get(key, 0) + 1 if strike else max(owners.get(key, 0) - 1, 0)
        for event in sent:
            outputs.send(port, event)
        assert set(ledger.sounding()) == {key for key, count in owners.items() if count} == outputs.sounding()
    for port, event in ledger.end_all(ended_port):
        outputs.send(port, event)
    assert_alternating(outputs.events)
    assert {key for key in outputs.sounding() if ended_port in (None, key[0])} == set()
    assert set(ledger.sounding()) == outputs.sounding()


DEEDS = mostly(
    (6, st.tuples(st.just("play"), TAGS, NOTES)),
    (5, st.tuples(st.just("wait"), WAITS, st.none())),
    (4, st.tuples(st.just("hear"), EVENTS, st.sampled_from(("keys", "pads")))),
    (1, st.tuples(st.just("stall"), WAITS, st.none())),
    (1, st.tuples(st.just("hush"), st.one_of(st.none(), TAGS), st.none())),
    (1, st.tuples(st.just("panic"), st.sampled_from((None, OUT, BASS)), st.none())),
    (1, st.tuples(st.just("tempo"), st.integers(30, 240), st.none())),
)


class Player:
    """Hands with a clock, doing as they are told."""

    def __init__(self, outputs: type[MemoryOutputs] = MemoryOutputs, **early: Any) -> None:
        self.now = 0.0
        self.tempo = TempoMap(60.0)
        self.outputs = outputs(lambda: self.now)
        # All parts but one share a channel with what is passed through, so that they meet on one key.
        places = {part: (OUT, 0) for part in ("lead", "comp", "drums")} | {"bass": (BASS, 0)}
        self.hands = Hands(self.tempo, self.outputs, Routing(places, (OUT, 0), **early))
        self.released: list[Planned] = []
        self.hands.tell_released = lambda planned, seconds: self.released.append(planned)
        self.struck: list[Planned] = []

    def do(self, verb: str, first, second) -> None:
        match verb:
            case "play":
                self.hands.play(first, from_now(second, self.tempo, self.now))
            case "hear":
                pitch = getattr(first, "pitch", None)
                self.hands.pass_through(first, None if pitch is None else (second, pitch))
            case "hush":
                self.hands.hush(first)
            case "panic":
                self.hands.panic(first)
                assert {key for key in self.outputs.sounding() if first in (None, key[0])} == set()
            case "tempo":
                self.tempo.change(first, self.now)
            case "wait":
                self.wait(first)
            case "stall":
                self.stall(first)

    def wait(self, seconds: float) -> None:
        """Let time pass as the loop does."""
        until = self.now + seconds
        while (coming := self.hands.next_due()) is not None and coming <= until:
            self.now = max(self.now, coming)
            self.do_due()
        self.now = until

    def stall(self, seconds: float) -> None:
        """Let time pass without looking."""
        self.now += seconds
        self.do_due()

    def do_due(self) -> None:
        while (due := self.hands.next(self.now)) is not None:
            if isinstance(due, Strike):
                self.struck.append(due.planned)


@settings(max_examples=700)
@given(st.lists(DEEDS, min_size=5, max_size=40))
def test_hands_never_strike_twice_never_leave_a_note_and_tell_every_release(deeds) -> None:
    player = Player()
    for deed in deeds:
        player.do(*deed)
        assert set(player.hands.ledger.sounding()) == player.outputs.sounding()
    player.wait(2.0)
    player.hands.panic()
    assert player.outputs.sounding() == player.outputs.pedals_down() == set()
    assert_alternating(player.outputs.events)
    assert sorted(planned.id for planned in player.released) == sorted(planned.id for planned in player.struck)
    assert [(sent.port, sent.event) for sent in player.hands.sent] == [
        (port, event) for _, port, event in player.outputs.events
    ]


@settings(max_examples=300)
@given(st.lists(st.tuples(st.just("hear"), EVENTS, st.sampled_from(("keys", "pads"))), min_size=3, max_size=30))
def test_keys_that_are_all_up_again_leave_nothing_in_thru(deeds) -> None:
    player = Player()
    for deed in deeds:
        player.do(*deed)
    for pitch in range(128):
        for port in ("keys", "pads"):
            player.do("hear", NoteOff(pitch), port)
    assert player.outputs.sounding() == set()
