"""The codec: everything that happens survives the way to disk and to the worker; rubbish is refused in a sentence."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.items import Cue, Phrase
from agent.wire import WireError, alive, pack, plain, unpack
from models.music import Ask, Knobs, Metre, Note, Onset, Release
from tests.rubbish import SANE_NOTES, evenings

SIGNED = st.text(max_size=4).map(lambda text: "#" + text)
TEXTS = st.one_of(st.text(max_size=8), SIGNED, st.sampled_from(("#", "#Note", "#Trouble")))
FINITE = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), FINITE, TEXTS, SANE_NOTES),
    lambda inner: st.lists(inner, max_size=4).map(tuple),
    max_leaves=12,
)
ASKS = st.builds(
    Ask,
    *(st.integers(0, 2**31), TEXTS, FINITE, FINITE, FINITE, st.tuples(TEXTS), st.integers(0, 2**31)),
    bpm=FINITE,
    metre=st.builds(Metre, st.integers(1, 12), FINITE),
    knobs=st.builds(Knobs, key=st.one_of(st.none(), st.tuples(st.integers(0, 11), st.integers(0, 1)))),
    committed=st.lists(SANE_NOTES, max_size=3).map(tuple),
)


@settings(max_examples=500)
@given(VALUES)
def test_what_is_packed_comes_out_as_it_was(value: object) -> None:
    assert unpack(pack(value)) == value


@settings(max_examples=300)
@given(ASKS)
def test_a_question_arrives_as_it_was_asked(ask: Ask) -> None:
    assert unpack(pack(("ask", ask))) == ("ask", ask)


@settings(max_examples=300)
@given(evenings(most_items=6))
def test_a_whole_evening_goes_to_disk_and_back(items) -> None:
    # To disk, not-a-number may go, too; compared as text, since it does not equal itself.
    again = [alive(json.loads(json.dumps(plain(item)))) for item in items]
    assert repr(again) == repr(items)


def test_a_text_that_looks_like_one_of_ours_stays_a_text() -> None:
    cue = Cue(0.0, "/ctl/mode", ("#Trouble", 0.0, "gotcha"))
    assert unpack(pack(cue)) == cue
    assert unpack(pack(("#", "#"))) == ("#", "#")


def test_what_sounded_and_what_is_answered_travel_in_batches() -> None:
    heard = (Onset(1.0, 60, 80, "lead", human=True), Release(1.5, 60, "lead"))
    phrase = Phrase(0.0, 7, "plan", (Note(2.0, 0.5, 64, 80, "comp"),), last=False)
    assert unpack(pack(("hear", heard))) == ("hear", heard)
    assert unpack(pack(("phrase", phrase))) == ("phrase", phrase)


@settings(max_examples=1000)
@given(st.binary(max_size=60))
def test_rubbish_bytes_are_refused_in_a_sentence(message: bytes) -> None:
    try:
        unpack(message)
    except WireError as error:
        assert str(error)


KINDS = st.sampled_from(("#Heard", "#Ask", "#Note", "#Cue"))
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXTS, KINDS),
    lambda inner: st.one_of(st.lists(inner, max_size=6), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=10,
)


@settings(max_examples=1000)
@given(JSON)
def test_rubbish_that_is_json_is_refused_in_a_sentence(body: object) -> None:
    try:
        unpack(json.dumps(body).encode())
    except WireError as error:
        assert str(error)


@pytest.mark.parametrize(
    "message",
    [b"", b"{", b'["#Kazoo",1]', b'["#NoteOn",60]', b"\xff\xfe", b"[" * 100_000, b"1" * 10_000, b'["#os.system","ls"]'],
)
def test_what_is_no_message_is_refused(message: bytes) -> None:
    with pytest.raises(WireError):
        unpack(message)
