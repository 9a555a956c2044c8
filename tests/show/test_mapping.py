"""Mapping files: what a target is to hear, read strictly, and used without surprises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from agent.show.cues import OUT
from agent.show.mapping import MappingError, TargetMap, load_map, profiles, state_names

HEAD = 'name = "Mine"\n[target]\nto = "127.0.0.1:7000"\n'
Values = Mapping[str, Sequence[int | float | str]]
NOTE_ON, NOTE_OFF = (7, 36, 0.5, 10, 1), (7, 36, 0.0, 10, 0)
SHIPPED = ["ableton", "eos", "hydra", "madmapper", "max", "puredata", "qlab", "resolume", "supercollider", "touchdesigner"]


def mapped(tmp_path: Path, *maps: str) -> TargetMap:
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + "".join(f"[[map]]\n{one}\n" for one in maps))
    return load_map(str(path))


def said(
    mapping: TargetMap,
    *messages: tuple[str, tuple[int | float | str, ...]],
    values: Values | None = None,
) -> list[object]:
    return list(mapping.said(list(messages), state_names(values), 1.0))


def test_a_drum_fires_a_clip_and_nothing_else_does(tmp_path: Path) -> None:
    mapping = mapped(
        tmp_path,
        """when = "agent.*.note.on"
           if = "part == 'drums' and pitch == 36"
           send = "/composition/layers/{id % 2 + 1}/clips/1/connect"
           args = [1, "velocity", "'go'"]""",
    )
    kick = ("/agent/drums/note", NOTE_ON)
    assert said(mapping, kick) == [("/composition/layers/2/clips/1/connect", (1, 0.5, "go"))]
    assert said(mapping, ("/agent/drums/note", NOTE_OFF), ("/agent/bass/note", NOTE_ON), ("/agent/note", NOTE_ON)) == []


def test_every_other_state_can_be_named(tmp_path: Path) -> None:
    rule = 'when = "clock.bar"\nif = "turn > 0.5"\nsend = "/x"\nargs = ["phase", "harmony_chord_root", "text_key"]'
    mapping = mapped(tmp_path, rule)
    assert said(mapping, ("/clock/bar", (0.25,))) == []
    values = {"/turn": (1.0,), "/harmony/chord": (5, 0, 5), "/text/key": ("F major",)}
    assert said(mapping, ("/clock/bar", (0.5,)), values=values) == [("/x", (0.5, 5, "F major"))]


def test_a_state_that_is_only_said_again_does_nothing(tmp_path: Path) -> None:
    mapping = mapped(tmp_path, 'when = "section"\nsend = "/cue/{number}/start"')
    assert len(said(mapping, ("/section", (1,)), ("/section", (1,)), ("/section", (2,)), ("/section", (1,)))) == 3


def test_what_comes_too_often_is_left_out(tmp_path: Path) -> None:
    mapping = mapped(tmp_path, 'when = "clock.beat"\nevery_ms = 100\nsend = "/x"\nargs = ["phase"]')
    at = [second / 1000 for second in range(0, 1000, 33)]
    assert len([m for seconds in at for m in mapping.said([("/clock/beat", (seconds,))], state_names(), seconds)]) == 8


def test_a_rule_without_a_value_just_now_is_counted_and_the_others_go_on(tmp_path: Path) -> None:
    mapping = mapped(tmp_path, 'when = "turn"\nsend = "/x"\nargs = ["1 / share"]', 'when = "turn"\nsend = "/y"')
    assert said(mapping, ("/turn", (0.0,))) == [("/y", ())] and mapping.no_value == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('when = "agent.nose"\nsend = "/x"', "names no cue"),
        ('when = "turn"\nsend = "x"', "slash"),
        ('when = "turn"\nsend = "/x"\nargs = ["pitch"]', "turn has no pitch; there are: share"),
        ('when = "turn"\nif = "share ="\nsend = "/x"', "cannot be read"),
        ('when = "turn"\nsend = "/x"\nargs = ["open(1)"]', "there may be"),
        ('when = "turn"\nsend = "/x"\nsned = 1', "sned"),
        ("when = 3", "when"),
        ("when = ", "Invalid"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(MappingError, match=r"mine\.toml|map 1") as error:
        mapped(tmp_path, text)
    assert told in str(error.value)


def test_a_name_that_nobody_knows_lists_those_there_are() -> None:
    with pytest.raises(MappingError, match="there is no profile 'resolum'; there are: ableton, eos"):
        load_map("resolum")
    with pytest.raises(MappingError, match="cannot be read"):
        load_map("/nowhere/mine.toml")


def test_a_profile_can_be_sent_elsewhere() -> None:
    assert load_map("resolume@10.0.0.5:7001").target.to == "10.0.0.5:7001"
    with pytest.raises(MappingError, match="HOST:PORT"):
        load_map("resolume@10.0.0.5")


def test_all_programs_have_a_profile() -> None:
    assert profiles() == SHIPPED


@pytest.mark.parametrize("name", SHIPPED)
def test_a_profile_has_something_to_say_and_names_only_cues_of_ours(name: str) -> None:
    mapping = load_map(name)
    assert mapping.name
    for pattern in mapping.target.cues:
        assert [address for address in OUT if mapping.wants(address)], pattern
    example = {"i": 1, "f": 0.5, "s": "comp"}
    evening = [(row.address, tuple(example[kind] for kind in row.types)) for row in OUT.values()]
    drums, lead, whole = "/agent/drums/note", "/agent/lead/note", "/agent/note"
    evening += [(drums, NOTE_ON), (drums, (8, 49, 0.9, 10, 1)), (lead, NOTE_ON), (lead, NOTE_OFF), (whole, NOTE_OFF)]
    evening += [("/sys/health", (2,)), ("/clock/tick", (4,))]
    said = list(mapping.said(evening, state_names(dict(evening)), 1.0))
    assert len(said) >= len(mapping.maps) and mapping.no_value == 0
    assert len({address.split("/")[1] for address, _ in said}) >= bool(mapping.maps)
