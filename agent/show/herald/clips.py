"""What is kept becomes clips in Ableton Live: a track for each player, a scene for each time. On the event loop.

Never while it matters: a file that was kept, or a loop, is written into the first scene below all of ours, into empty slots
only. Nothing of the user's is ever written over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.show.herald.hub import Tick
from agent.show.herald.live import Live, NoLive
from agent.show.mapping import Clips
from models.midi_file import MidiFileError, read_midi
from models.music import Note

NOTES_A_PACKET = 40
"""Five numbers each: a packet stays below 1200 bytes."""
COUNTED_BARS = 4
"""So many bars of notes are counted at a time: not every system sends an answer of more than 9 kB (macOS, udp.maxdgram)."""
SHORTEST_BEATS = 1.0 / 64.0
FILE_SECONDS, LOOK_SECONDS = 5.0, 0.05


@dataclass(frozen=True, slots=True)
class Take:
    """What was kept: who played what, and how long it is."""

    name: str
    tracks: Mapping[str, Sequence[Note]]
    bars: int
    bar_beats: int


class ClipWriter:
    """Hears what is kept, and writes it into Live, one after the other. `complain` takes a sentence for a person."""

    def __init__(self, clips: Clips, to: str, complain: Callable[[str], None]) -> None:
        self._clips, self._to, self._complain = clips, to, complain
        self._waiting: asyncio.Queue[tuple[Path, int]] = asyncio.Queue(maxsize=16)

    def tell(self, tick: Tick) -> None:
        """Take note of what is being kept."""
        for message in tick.messages:
            match message:
                case "/sys/kept", (str(path), int(bars)) if not self._waiting.full():
                    self._waiting.put_nowait((Path(path), bars))

    async def stay(self) -> None:
        """Write whatever comes, for ever."""
        while True:
            path, bars = await self._waiting.get()
            live = Live(self._to, self._clips.answers)
            try:
                await live.open()
                await write(live, self._clips, await read_take(path, bars, self._clips.bars))
            except (NoLive, MidiFileError) as error:
                self._complain(f"no clips: {error}")
            finally:
                await live.close()


async def read_take(path: Path, bars: int, most_bars: int) -> Take:
    """A file that is kept or about to be. Raises MidiFileError."""
    for _ in range(round(FILE_SECONDS / LOOK_SECONDS)):
        if path.exists():
            break
        await asyncio.sleep(LOOK_SECONDS)
    score = await asyncio.to_thread(read_midi, path)  # notes for others go by this loop
    bar = score.metre.beats_per_bar
    first, end = max(bars - most_bars, 0) * bar, bars * bar
    tracks = {
        name: [_moved(note, first, end) for note in notes if first <= note.onset_beats < end]
        for name, notes in score.tracks.items()
    }
    return Take(path.stem, {name: notes for name, notes in tracks.items() if notes}, min(bars, most_bars), bar)


def _moved(note: Note, first: float, end: float) -> Note:
    length = max(min(note.end_beats, end) - note.onset_beats, SHORTEST_BEATS)
    return Note(note.onset_beats - first, length, note.pitch, note.velocity, note.part)


async def write(live: Live, clips: Clips, take: Take) -> None:
    """A clip for each track of a take, side by side in one scene. Raises NoLive."""
    wanted = {clips.tracks[name]: notes for name, notes in take.tracks.items() if name in clips.tracks}
    if not wanted:
        return
    places = await _tracks(live, list(wanted))
    scene = await _free_scene(live, list(places.values()))
    for name, notes in wanted.items():
        await _clip(live, (places[name], scene), take, f"{name} {take.name}", notes)
    live.tell("/live/api/show_message", f"Antiphon: {take.bars} bars in scene {scene + 1}")


async def _tracks(live: Live, names: list[str]) -> dict[str, int]:
    """The tracks of these names; what is missing is made, at the end."""
    there = await live.ask("/live/song/get/track_names")
    for name in [name for name in names if name not in there]:
        live.tell("/live/song/create_midi_track", -1)
        if not await live.wait_until((len(there) + 1,), "/live/song/get/num_tracks"):
            raise NoLive(f"Live made no track for {name!r} ({live.complaint or 'it does not say why'})")
        live.tell("/live/track/set/name", len(there), name)
        there = (*there, name)
    return {name: there.index(name) for name in names}


async def _free_scene(live: Live, tracks: list[int]) -> int:
    """The scene below everything that lies on these tracks; it is made if there is none."""
    scenes = await live.number("/live/song/get/num_scenes")
    first = 0
    for track in tracks:
        full = await live.ask("/live/song/get/track_data", track, track + 1, "clip_slot.has_clip")
        first = max([first, *(slot + 1 for slot, there in enumerate(full) if there)])
    if first >= scenes:
        live.tell("/live/song/create_scene", -1)
        if not await live.wait_until((scenes + 1,), "/live/song/get/num_scenes"):
            raise NoLive(f"Live made no scene ({live.complaint or 'it does not say why'})")
    return first


async def _clip(live: Live, slot: tuple[int, int], take: Take, name: str, notes: Sequence[Note]) -> None:
    """One clip, and whether all of its notes are there."""
    length_beats = float(take.bars * take.bar_beats)
    live.tell("/live/clip_slot/create_clip", *slot, length_beats)
    if not await live.wait_until((True,), "/live/clip_slot/get/has_clip", *slot, of=2):
        raise NoLive(f"Live made no clip on track {slot[0] + 1}; is it a MIDI track? ({live.complaint})")
    live.tell("/live/clip/set/name", *slot, name)
    once = {(note.onset_beats, note.pitch): note for note in notes}  # Live has one note of a pitch at an instant
    played = list(once.values())
    for begin in range(0, len(played), NOTES_A_PACKET):
        some = played[begin : begin + NOTES_A_PACKET]
        told = [value for n in some for value in (n.pitch, n.onset_beats, n.length_beats, n.velocity, 0)]
        live.tell("/live/clip/add/notes", *slot, *told)
    counted, span = 0, float(COUNTED_BARS * take.bar_beats)
    for begin in range(0, take.bars, COUNTED_BARS):
        there = await live.ask("/live/clip/get/notes", *slot, 0, 128, float(begin * take.bar_beats), span, of=2)
        counted += len(there) // 5
    if counted < len(played):
        raise NoLive(f"Live took {counted} of {len(played)} notes of {name!r} ({live.complaint or 'the rest was lost'})")
