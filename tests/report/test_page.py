"""The page of an evening: one file, nothing fetched, and in it what was really played."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.export import Sounded
from agent.recorder import line_of
from agent.report.learner import learn, timing_counts
from agent.report.page import page
from agent.report.story import Story, tell
from models.tempo import TempoMap
from tests.stage import Stage, stage_config

SETTINGS = {"mode": "accompany", "parts": ("comp", "bass")}
TUNE = ["C4", "E4", "G4", "C4", "F4", "A4", "G4", "B4"]


class Reader(HTMLParser):
    """Checks that tags close, and gathers the words and the addresses."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words = ""
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "path", "rect"):
            self.open.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("path", "rect"):
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data + "\n"


def evening(**more: object) -> Story:
    """Four bars with the small agent that is a drone."""
    stage = Stage()
    stage.begin(model="drone", **{**SETTINGS, **more})
    stage.hear(*(f"{name} at {beat * 0.5 + 0.02} for 0.4" for beat, name in enumerate(TUNE * 3)))
    stage.run(until_s=14.0)
    return tell(stage_config(**{**SETTINGS, **more}), stage.tape.passes)


def test_the_page_is_whole_and_fetches_nothing() -> None:
    text = page(evening(), "an <evening> & more")
    reader = Reader()
    reader.feed(text)
    assert reader.open == [] and reader.addresses == []
    assert "http" not in text and "<script" not in text and "url(" not in text
    assert "an <evening> & more" in reader.words and "width=device-width" in text


def test_every_note_is_drawn_and_counted() -> None:
    story = evening()
    text = page(story, "t")
    human = [note for note in story.evening.sounded if note.voice == "human"]
    drawn = re.search(r'<path d="([^"]+)" stroke="#0e7fa8" stroke-width="3.2"', text)
    assert drawn is not None and drawn[1].count("M") == len(human) == 24
    assert f"<th>you</th><td>{len(human)} notes</td>" in text


def test_plans_that_were_mended_are_told_from_what_sounded() -> None:
    story = evening()
    assert len(story.repairs) >= 20 and story.mended
    struck = {(note.voice, note.pitch, round(note.seconds, 1)) for note in story.evening.sounded}
    assert not [1 for begin, _, pitch, part in story.mended if (part, pitch, round(begin, 1)) in struck]


def test_a_learner_reads_key_timing_and_ideas() -> None:
    story = evening()
    lesson = learn([note for note in story.evening.sounded if note.voice == "human"], story.evening.tempo)
    assert lesson is not None and lesson.key == "C major" and lesson.in_key == 1.0
    assert lesson.lean_ms == pytest.approx(20.0, abs=1.0) and lesson.spread_ms < 1.0
    assert lesson.ideas[0].times == 3 and lesson.ideas[0].example.startswith("C4 E4 G4 C4 F4")
    assert sum(timing_counts(lesson.late_ms)) == 24


def test_whoever_is_early_is_told_so() -> None:
    notes = [Sounded(1.0 + beat - 0.03, 1.5 + beat, 60 + beat % 2, 80, "human") for beat in range(20)]
    lesson = learn(notes, TempoMap(60.0))
    assert lesson is not None and lesson.lean_ms == pytest.approx(-30.0)


def test_nobody_played() -> None:
    stage = Stage()
    stage.begin(mode="listen")
    stage.run(until_s=2.0)
    assert "Nobody played" in page(tell(stage_config(mode="listen"), stage.tape.passes), "t")


def test_the_verbs_write_it(tmp_path: Path) -> None:
    stage = Stage()
    stage.begin(model="drone", **SETTINGS)
    stage.hear("C4 at 0.5 for 0.4")
    stage.run(until_s=4.0)
    import json

    log = tmp_path / "jam.jsonl"
    header = json.dumps({"log": 1, "config": stage_config(**SETTINGS).model_dump(mode="json")}).encode() + b"\n"
    log.write_bytes(header + b"".join(line_of(one.now, one.item, one.sent) for one in stage.tape.passes))
    result = CliRunner().invoke(app, ["report", str(log)])
    assert result.exit_code == 0, result.output
    assert "<svg" in (tmp_path / "jam.html").read_text(encoding="utf-8")
    assert CliRunner().invoke(app, ["report", str(tmp_path / "none.jsonl")]).exit_code == 2
    away = CliRunner().invoke(app, ["report", str(log), "--html", str(tmp_path / "no" / "where.html")])
    assert away.exit_code == 2 and "cannot be written" in away.output
