"""Pictures for a model card: how the mind learnt, and what it plays beside what was written there. Needs matplotlib.

`python -m models.pictures --log build/run/log.jsonl --truth TRUTH/song.mid --played PLAYED/song.mid`
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.midi_file import read_midi
from models.options import from_command_line

_HUMAN, _AGENT = "#1b6ca8", "#d1495b"
_CURVES = ("pitch/comp", "pitch/lead", "duration/comp", "tick/comp", "velocity/comp", "chord")


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """What to draw. An empty `truth` leaves the piano rolls out."""

    log: Path = Path("build/run/log.jsonl")
    truth: str = ""
    played: str = ""
    beats: int = 32
    out: Path = Path("models/checkpoints/pictures")


def draw(settings: PictureSettings) -> list[Path]:
    """Draw what the settings name; returns the files."""
    settings.out.mkdir(parents=True, exist_ok=True)
    written = [_saved(learning(settings.log), settings.out / "learning.png")]
    if settings.truth:
        written.append(_saved(rolls(settings), settings.out / "rolls.png"))
    return written


def learning(log: Path) -> Figure:
    """Nats of each attribute on the validation songs, over millions of steps heard."""
    curves: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for line in log.read_text().splitlines():
        entry = json.loads(line)
        for name, nats in entry.get("valid", {}).items():
            curves[name].append((entry["events"] / 1e6, nats))
    figure = Figure(figsize=(7, 3.2), layout="constrained")
    axes = figure.subplots()
    for name in _CURVES:
        if name in curves:
            axes.plot(*zip(*curves[name], strict=True), label=name, linewidth=1.4)
    axes.set(xlabel="million steps heard", ylabel="nats, validation songs")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, loc="outside right upper")
    return figure


def rolls(settings: PictureSettings) -> Figure:
    """Two piano rolls, one above the other: the song as it was written, and the same melody with the agent."""
    figure = Figure(figsize=(9, 5), layout="constrained")
    both = figure.subplots(2, sharex=True, sharey=True)
    for axes, name, path in zip(both, ("as written", "with Antiphon"), (settings.truth, settings.played), strict=True):
        _roll(axes, Path(path), settings.beats)
        axes.set_title(name, loc="left", fontsize=9)
    figure.legend(*both[0].get_legend_handles_labels(), frameon=False, ncols=2, loc="outside upper right")
    both[-1].set(xlabel="beats", xlim=(0, settings.beats))
    return figure


def _roll(axes: Axes, path: Path, beats: int) -> None:
    for track, notes in read_midi(path).tracks.items():
        colour = _HUMAN if track == "human" else _AGENT
        seen = [note for note in notes if note.onset_beats < beats]
        spans = [note.end_beats - note.onset_beats for note in seen]
        pitches, onsets = [note.pitch for note in seen], [note.onset_beats for note in seen]
        axes.barh(pitches, spans, left=onsets, height=0.8, color=colour, edgecolor="white", linewidth=0.3, label=track)
    axes.set_ylabel("MIDI note")
    axes.spines[["top", "right"]].set_visible(False)


def _saved(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=110)
    return path


if __name__ == "__main__":
    draw(from_command_line(PictureSettings, "Draw how a mind learnt, and what it plays."))
