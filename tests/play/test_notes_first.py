"""What is due sounds first; ears, mind and room are told afterwards."""

from agent.config import Config
from agent.mind import MuteMind
from agent.performer import NOTES_FIRST_SECONDS, Performer
from agent.play.hands import Hands
from agent.play.session import Session
from agent.rig import plugs
from agent.show.show import Show
from models.music import Note
from models.tempo import TempoMap


class Diary:
    """Ports and mind that write down, in one book, what reached them."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def send(self, port, event) -> bool:
        self.lines.append(f"{type(event).__name__} {event.pitch}")
        return True


class DiaryMind(MuteMind):
    def __init__(self, diary: Diary) -> None:
        self.diary = diary

    def hear(self, events) -> None:
        self.diary.lines.append(f"mind hears {len(events)}")


def a_session() -> tuple[Session, Diary]:
    diary, config, tempo = Diary(), Config(), TempoMap(60.0)
    hands = Hands(tempo, diary, plugs(config)[2])
    return Session(config, tempo, hands, DiaryMind(diary), Show(tempo, "Antiphon", "test")), diary


def test_a_chord_sounds_whole_before_the_mind_is_told_of_its_first_note() -> None:
    session, diary = a_session()
    for pitch in (60, 64, 67):
        session.hands.play("plan", Note(1.0, 0.5, pitch, 80, "comp"))
    session.sound(1.0)
    assert diary.lines == ["NoteOn 60", "NoteOn 64", "NoteOn 67", "mind hears 3"]


def test_notes_sound_before_those_are_woken_who_asked_for_the_same_beat() -> None:
    session, _ = a_session()
    session.hands.scheduler.alarm("mode:0:beat", beats=1.0)
    session.hands.play("plan", Note(1.0, 0.5, 60, 80, "comp"))
    assert [type(session.hands.scheduler.pop_due(1.0)).__name__ for _ in range(2)] == ["Strike", "Alarm"]


def test_a_note_that_begins_and_ends_in_one_pass_is_shown_in_that_order() -> None:
    session, _ = a_session()
    session.hands.play("plan", Note(1.0, 0.05, 60, 80, "comp"))
    session.sound(1.08)
    told = [args[-1] for address, args in session.show.take() if address == "/agent/note"]
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


class Silence:
    def note(self, now, item, sent) -> None:
        """Nothing is written down."""
