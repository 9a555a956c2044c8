"""The page itself: one file of HTML that needs nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from agent.export import HUMAN, Sounded
from agent.report import drawing
from agent.report.learner import TIMING_EDGES_MS, Lesson, learn, timing_counts
from agent.report.story import Story, human_notes
from agent.show.meters import percentiles

COLOURS = {HUMAN: "#0e7fa8", "lead": "#b5179e", "comp": "#7b2cbf", "bass": "#4a6b1f", "drums": "#a65a00"}
LATE_EDGES_MS = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 50.0)
DENSITY_SECONDS = 4.0
_STYLE = """
:root{color-scheme:light dark}body{font:16px/1.45 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:0 .8rem 2rem}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin:1.6rem 0 .3rem}.wide{overflow-x:auto;-webkit-overflow-scrolling:touch}
svg{display:block}.small{font:10px system-ui,sans-serif;fill:currentColor}.mid{text-anchor:middle}
.line{stroke:currentColor;opacity:.15}table{border-collapse:collapse}td,th{padding:.15rem .8rem .15rem 0;text-align:left}
.key span{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 .9em}.note{opacity:.75;font-size:.9rem}
"""


def page(story: Story, title: str) -> str:
    """The whole page."""
    body = "".join(
        (
            f"<h1>{escape(title)}</h1>",
            _in_short(story),
            _roll(story),
            _learner(learn(human_notes(story), story.evening.tempo)),
            _curves(story),
            _turns(story),
            _lateness(story),
        )
    )
    head = '<meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
    head += f"<title>{escape(title)}</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>\n"


def _in_short(story: Story) -> str:
    evening = story.evening
    counts = Counter(note.voice for note in evening.sounded)
    rows = [(_who(voice), f"{count} notes") for voice, count in counts.most_common()]
    if len(story.tempo) > 1:
        tempi = sorted(bpm for _, bpm in story.tempo)
        rows.append(("tempo", f"{tempi[len(tempi) // 10]:.0f} to {tempi[-1 - len(tempi) // 10]:.0f} bpm"))
    rows.append(("modes", ", ".join(dict.fromkeys(name for _, name in evening.modes)) or "-"))
    rows.append(("plans", f"{len(story.repairs)}; {len(story.mended)} planned notes were given up for better ones"))
    if counts["lead"] and story.echo:
        rows.append(("echo", f"up to {100 * max(share for _, share in story.echo):.0f} % of its line were your ideas"))
    if evening.errors:
        rows.append(("trouble", "; ".join(sentence for _, sentence in evening.errors[:3])))
    return f"<p>{_clock(evening.seconds)}, model {escape(evening.config.agent.model)}</p>{_table(rows)}"


def _roll(story: Story) -> str:
    sounded = story.evening.sounded
    if not sounded:
        return "<p>Nobody played.</p>"
    pitches = [note.pitch for note in sounded] + [pitch for _, _, pitch, _ in story.mended]
    low, top = min(pitches) - 2, max(pitches) + 2
    end = max(note.end_seconds for note in sounded)
    width, height = drawing.x(end) + 8.0, drawing.y(low, top) + 20.0
    parts = [
        drawing.octaves(low, top, width),
        drawing.words(story.chords, 22.0, end),
        drawing.words(story.keys, 10.0, end, 70.0),
    ]
    mended = [(begin, stop, pitch) for begin, stop, pitch, _ in story.mended if begin < end]
    parts.append(drawing.strokes(mended, top, "#888", 'opacity="0.35"'))
    voices = [voice for voice in COLOURS if any(note.voice == voice for note in sounded)]
    for voice in reversed(voices):
        bars = [(note.seconds, note.end_seconds, note.pitch) for note in sounded if note.voice == voice]
        parts.append(drawing.strokes(bars, top, COLOURS[voice]))
    marks = "".join(f"M{drawing.x(at):.1f} {height - 14:.0f}v4" for at in story.repairs if at < end)
    parts.append(f'<path d="{marks}" stroke="#888"/>')
    parts.append(drawing.words([(at, _clock(at)) for at in range(0, int(end) + 1, 10)], height - 1.0, end))
    key = "".join(f'<span style="background:{COLOURS[voice]}"></span>{_who(voice)}' for voice in voices)
    key += '<span style="background:#888;opacity:.5"></span>planned, then mended'
    told = "Above the notes the key and the chords as they were heard; below, a tick for each new plan."
    picture = drawing.svg("".join(parts), width, height)
    return f'<h2>What was played</h2><p class="key">{key}</p>{picture}<p class="note">{told}</p>'


def _learner(lesson: Lesson | None) -> str:
    if lesson is None:
        return ""
    late = lesson.lean_ms
    lean = "on the beat" if abs(late) < 5 else f"{abs(late):.0f} ms {'behind' if late > 0 else 'ahead of'} the beat"
    rows = [
        ("key", f"{lesson.key}; {100 * lesson.in_key:.0f} % of your notes are in it"),
        ("range", f"{lesson.lowest} to {lesson.highest}"),
        ("timing", f"usually {lean}; half of your notes within {lesson.spread_ms:.0f} ms of that"),
        ("loudness", f"velocity {lesson.loudness['p50']:.0f}, the loudest {lesson.loudness['max']:.0f}"),
    ]
    rows += [
        (f"idea {number}", f"{idea.example}: {idea.times} times, first at {_clock(idea.first_seconds)}")
        for number, idea in enumerate(lesson.ideas, 1)
    ]
    edges = [f"<{TIMING_EDGES_MS[0]}", *(f"{edge + 10}" for edge in TIMING_EDGES_MS[:-1]), f">{TIMING_EDGES_MS[-1]}"]
    picture = drawing.histogram(edges, timing_counts(lesson.late_ms), COLOURS[HUMAN])
    told = "Milliseconds from the nearest quarter or third of a beat; left is early, right is late."
    return f'<h2>What you played</h2>{_table(rows)}{picture}<p class="note">{told}</p>'


def _curves(story: Story) -> str:
    end = story.evening.seconds
    fastest = max((bpm for _, bpm in story.tempo), default=100.0) * 1.1
    width = drawing.x(end) + 8.0
    tempo = drawing.curve(story.tempo, fastest, 70.0, "currentColor")
    marks = "".join(
        f'<text x="2" y="{70 - bpm / fastest * 66:.0f}" class="small">{bpm}</text>' for bpm in range(40, int(fastest), 40)
    )
    picture = drawing.svg(tempo + marks, width, 74)
    voices = ((HUMAN, True), ("Antiphon", False))
    counts = {who: _densities(story.evening.sounded, human, end) for who, human in voices}
    most = max((value for points in counts.values() for _, value in points), default=1.0) or 1.0
    lines = "".join(drawing.curve(counts[who], most, 60.0, COLOURS[HUMAN if human else "comp"]) for who, human in voices)
    top = f'<text x="2" y="10" class="small">{most:.0f}/s</text>'
    return f"<h2>Tempo, in beats a minute</h2>{picture}<h2>Notes a second</h2>{drawing.svg(lines + top, width, 64)}"


def _densities(sounded: Sequence[Sounded], human: bool, end: float) -> list[tuple[float, float]]:
    onsets = [note.seconds for note in sounded if (note.voice == HUMAN) == human]
    starts = [number * DENSITY_SECONDS for number in range(int(end / DENSITY_SECONDS) + 1)]
    return [(at, sum(at <= onset < at + DENSITY_SECONDS for onset in onsets) / DENSITY_SECONDS) for at in starts]


def _turns(story: Story) -> str:
    end, total = story.evening.seconds, Counter[str]()
    for (begin, state), (stop, _) in zip(story.turns, [*story.turns[1:], (end, "")], strict=True):
        total[state] += stop - begin  # type: ignore[assignment]
    names = {
        "listen": "you",
        "think": "it thinks",
        "play": "Antiphon",
        "together": "both",
        "idle": "nobody",
        "attract": "alone",
    }
    rows = [(names.get(state, state), f"{_clock(seconds)}") for state, seconds in total.most_common()]
    rows += [("mode", f"{name} from {_clock(seconds)}") for seconds, name in story.evening.modes[:20]]
    return f"<h2>Turns</h2>{_table(rows)}"


def _lateness(story: Story) -> str:
    late = story.evening.late_ms
    if not late:
        return ""
    counts = [0] * (len(LATE_EDGES_MS) + 1)
    for value in late:
        counts[sum(value >= edge for edge in LATE_EDGES_MS)] += 1
    labels = [f"<{LATE_EDGES_MS[0]:g}", *(f"{edge:g}" for edge in LATE_EDGES_MS[:-1]), f">{LATE_EDGES_MS[-1]:g}"]
    figures = percentiles(late)
    told = ", ".join(f"{name} {value:g} ms" for name, value in figures.items())
    picture = drawing.histogram(labels, counts, COLOURS["comp"])
    return f'<h2>How late its notes were, in milliseconds</h2>{picture}<p class="note">{told}</p>'


def _table(rows: Sequence[tuple[str, str]]) -> str:
    def cells() -> Iterator[str]:
        for name, value in rows:
            yield f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>"

    return f"<table>{''.join(cells())}</table>"


def _who(voice: str) -> str:
    return "you" if voice == HUMAN else f"Antiphon's {voice}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02d}"
