"""What is due sounds first; ears, mind and room are told afterwards."""

import pytest

from agent.config import Config, change
from agent.items import Cue, Heard
from agent.mind import MuteMind
from agent.performer import Performer
from agent.play.hands import Hands
from agent.play.session import Session
from agent.play.telling import NOTES_FIRST_SECONDS, TOLD_WITHIN_SECONDS
from agent.rig import plugs, with_early
from agent.show.meters import Meters
from agent.show.show import Show
from models.music import Control, Note, NoteOn
from models.tempo import TempoMap


class Diary:
    """Ports and mind that write down, in one book, what reached them."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def send(self, port, event) -> bool:
        self.lines.append(f"{type(event).__name__} {getattr(event, 'pitch', None) or event.number}")
        return True

    def send_at(self, port, event, seconds) -> bool:
        return self.send(port, event)

    def ahead_seconds(self, port) -> float:
        return 0.0


class DiaryMind(MuteMind):
    def __init__(self, diary: Diary) -> None:
        self.diary = diary

    def hear(self, events) -> None:
        self.diary.lines.append(f"mind hears {len(events)}")


def a_session(early_seconds: float = 0.0, **midi: bool) -> tuple[Session, Diary]:
    diary, config, tempo = Diary(), change(Config(), midi=midi), TempoMap(60.0)
    hands = Hands(tempo, diary, with_early(plugs(config)[2], early_seconds))
    return Session(config, tempo, hands, DiaryMind(diary), Show(tempo, "Antiphon", "test")), diary


def test_a_chord_sounds_whole_before_the_mind_is_told_of_its_first_note() -> None:
    session, diary = a_session()
    for pitch in (60, 64, 67):
        session.hands.play("plan", Note(1.0, 0.5, pitch, 80, "comp"))
    session.sound(1.0)
    assert diary.lines == ["NoteOn 60", "NoteOn 64", "NoteOn 67", "mind hears 3"]


def test_nobody_is_told_between_two_notes_that_are_almost_together() -> None:
    session, diary = a_session()
    for onset_beats, pitch in ((1.0, 60), (1.001, 64)):
        session.hands.play("plan", Note(onset_beats, 0.5, pitch, 80, "comp"))
    session.sound(1.0)
    session.sound(1.001)
    assert diary.lines == ["NoteOn 60", "NoteOn 64", "mind hears 2"]


def test_however_thick_the_notes_fall_the_mind_is_told_in_time() -> None:
    session, diary = a_session()
    for number in range(40):
        session.hands.play("plan", Note(1.0 + number * 0.001, 0.5, 30 + number, 80, "comp"))
    for number in range(30):
        session.sound(1.0 + number * 0.001)
    heard = [number for number, line in enumerate(diary.lines) if line.startswith("mind")]
    assert heard and heard[0] <= TOLD_WITHIN_SECONDS * 1000 + 2


def test_what_the_human_plays_is_passed_on_first_and_told_last() -> None:
    session, diary = a_session(thru=True)
    for onset_beats, pitch in ((1.0, 60), (1.001, 64)):
        session.hands.play("plan", Note(onset_beats, 0.5, pitch, 80, "comp"))
    session.sound(1.0)
    session.handle(Heard(1.0005, "keys", NoteOn(72, 80)), 1.0005)
    assert diary.lines == ["NoteOn 60", "NoteOn 72"]
    session.sound(1.001)
    assert diary.lines[2:] == ["NoteOn 64", "mind hears 2", "mind hears 1"]


def test_who_plays_while_a_note_is_due_does_not_wait_for_ever() -> None:
    session, diary = a_session()
    for number in range(40):
        session.hands.play("plan", Note(1.0 + number * 0.001, 0.5, 30 + number, 80, "comp"))
    session.handle(Heard(0.9995, "keys", NoteOn(100, 80)), 0.9995)
    for number in range(30):
        session.sound(1.0 + number * 0.001)
    assert session.keys_down == 1
    assert diary.lines.index("NoteOn 30") < diary.lines.index("mind hears 1")


def test_the_taken_back_note_that_was_waited_for_keeps_nobody_waiting() -> None:
    session, _ = a_session()
    session.hands.play("plan", Note(1.001, 0.5, 60, 80, "comp"))
    session.handle(Heard(1.0, "keys", NoteOn(72, 80)), 1.0)
    assert session.keys_down == 0
    session.handle(Cue(1.0002, "/ctl/panic", (1,)), 1.0002)
    assert session.keys_down == 1


def test_a_pedal_does_not_overtake_a_key_that_waits() -> None:
    session, diary = a_session(thru=True)
    session.hands.play("plan", Note(1.001, 0.5, 60, 80, "comp"))
    session.handle(Heard(1.0, "keys", NoteOn(72, 80)), 1.0)
    session.handle(Heard(1.0001, "keys", Control(64, 127)), 1.0001)
    assert diary.lines[0] == "NoteOn 72" and diary.lines[-1] == "Control 64"
    assert session.keys_down == 1 and session.performance.pedal_down


def test_a_wake_that_falls_just_before_a_note_comes_after_it() -> None:
    session, diary = a_session()
    session.hands.scheduler.alarm("mode:0:beat", seconds=1.0)
    session.hands.play("plan", Note(1.0005, 0.5, 60, 80, "comp"))
    session.sound(1.0001)
    assert diary.lines == [] and session.next_due() == pytest.approx(1.0005)
    session.sound(1.0005)
    assert diary.lines[0] == "NoteOn 60" and session.hands.scheduler.next_note() == session.next_due()


def test_notes_sound_before_those_are_woken_who_asked_for_the_same_beat() -> None:
    session, _ = a_session()
    session.hands.scheduler.alarm("mode:0:beat", beats=1.0)
    session.hands.play("plan", Note(1.0, 0.5, 60, 80, "comp"))
    assert [type(session.hands.scheduler.pop_due(1.0)).__name__ for _ in range(2)] == ["Strike", "Alarm"]


def test_a_note_that_begins_and_ends_in_one_pass_is_shown_in_that_order() -> None:
    session, _ = a_session()
    session.hands.play("plan", Note(1.0, 0.05, 60, 80, "comp"))
    session.sound(1.08)
    told = [args[-1] for address, args in session.show.take(0.0) if address == "/agent/note"]
    assert told == [1, 0]


def test_cues_and_meters_wait_for_a_note_that_is_near() -> None:
    session, _ = a_session()
    carried: list[float] = []
    instants = iter((0.0, 0.9995, 0.9995, 1.0, 1.0, 1.1))

    class Clock:
        def now(self) -> float:
            return next(instants, 1.1)

        def wait(self, until) -> None:
            if not session.hands.scheduler.waiting() and not carried:
                session.hands.play("plan", Note(1.0, 0.5, 60, 80, "comp"))

    performer = Performer(session, Clock(), Silence(), lambda now, messages: carried.append(now))
    rounds = iter((True, True, False))
    performer.perform(lambda: next(rounds))
    assert carried[0] == 1.0 and NOTES_FIRST_SECONDS > 1.0 - 0.9995


def test_what_was_struck_early_and_taken_back_is_told_to_nobody() -> None:
    session, diary = a_session(early_seconds=0.02)
    for onset_beats, pitch in ((1.0, 60), (2.0, 64)):
        session.hands.play("plan", Note(onset_beats, 0.5, pitch, 80, "comp"))
    session.sound(0.985)
    session.planner.hush()
    session.sound(0.99)
    session.sound(3.0)
    assert diary.lines == [] and not session.performance.agent
    assert not [args for address, args in session.show.take(0.0) if address == "/agent/note"]


def test_what_was_struck_early_and_sounds_is_told_when_it_sounds() -> None:
    session, diary = a_session(early_seconds=0.02)
    session.hands.play("plan", Note(1.0, 0.5, 60, 80, "comp"))
    session.sound(0.985)
    assert diary.lines == []
    session.sound(session.next_due())
    assert session.now.seconds == 1.0 and diary.lines == ["NoteOn 60", "mind hears 1"]


def test_what_was_struck_early_is_not_called_off_nor_moved_before_it_sounds() -> None:
    session, _ = a_session(early_seconds=0.02)
    meters = Meters(session)
    planned = session.hands.play("plan", Note(1.0, 0.5, 60, 80, "comp"))
    assert planned is not None
    for now in (0.6, 0.985, 0.99):
        session.sound(now)
        meters.read(now)
        while meters.busy:
            meters.read(now)
        session.hands.play("plan", Note(3.0 + now, 0.5, 62, 80, "comp"))  # a new plan is looked at once
        meters.read(now)
    session.tempo.change(120.0, 0.99)
    meters.read(0.99)
    session.sound(1.0)
    said = [
        address
        for address, args in session.show.take(0.0)
        if address.startswith(("/next/", "/agent/note")) and planned.id in args
    ]
    assert said == ["/next/note", "/agent/note"]


def test_lateness_is_told_of_what_leaves_however_early_it_was_struck() -> None:
    for early_seconds in (0.0, 0.02):
        session, _ = a_session(early_seconds)
        session.hands.play("plan", Note(1.0, 0.5, 60, 80, "comp"))
        for now in (0.985, 1.003):
            session.sound(now)
        assert [*session.show.lateness_ms] == [pytest.approx(3.0)]


def test_needles_are_read_a_few_at_a_time_and_all_of_them() -> None:
    session, _ = a_session()
    meters = Meters(session)
    meters.read(0.0)
    told = {address for address, _ in session.show.take(0.0)}
    assert meters.busy and meters.next_due() <= 0.0 and "/clock/tempo" in told and "/presence" not in told
    while meters.busy:
        meters.read(0.0)
    told |= {address for address, _ in session.show.take(0.0)}
    assert {"/harmony/key", "/silence", "/presence", "/sys/heartbeat"} <= told and meters.next_due() > 0.0


class Silence:
    def note(self, now, item, sent) -> None:
        """Nothing is written down."""
