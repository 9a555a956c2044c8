"""What is kept becomes clips in Live: note for note, in free slots only, and what goes wrong is said. Live's part is played by
a double that speaks as AbletonOSC does, over real UDP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from agent.keeper import Keeper
from agent.ports.osc_out import LARGEST_PACKET_BYTES
from agent.show.herald import live as speaking
from agent.show.herald.clips import ClipWriter
from agent.show.herald.hub import Tick
from agent.show.mapping import Clips, MappingError, load_map
from models.music import Metre, Note
from tests.show.live_set import Clip, LiveSet, Track

PATIENCE_SECONDS = 20.0
TRACKS = {"human": "Keys", "agent:comp": "Rhodes", "agent:drums": "Kit"}
TUNE = [Note(beat / 2, 0.5, 60 + beat % 12, 80, "lead") for beat in range(16)]
CHORDS = [Note(beat, 1.5, pitch, 70, "comp") for beat in (0.0, 2.0, 4.0, 6.0) for pitch in (48, 52, 55)]


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Studio:
    """A set in Live, a folder of what was kept, and the writer between them."""

    def __init__(self, folder: Path, *tracks: Track, bars: int = 16) -> None:
        self.live = LiveSet(list(tracks), free_port())
        self.clips = Clips(answers=self.live.answers, bars=bars, tracks=TRACKS)
        self.troubles: list[str] = []
        self._folder = folder

    def kept(self, name: str, bars: int, **tracks: list[Note]) -> tuple[str, int]:
        """A file that is there, and how many bars it has."""
        path = self._folder / f"{name}.mid"
        played = {track.replace("_", ":"): notes for track, notes in tracks.items()}
        Keeper(self._folder, self.troubles.append)._write(path, played, 100.0, Metre(4))
        return str(path), bars

    def write(self, *kept: tuple[str, int], before: Callable[[], Awaitable[None]] | None = None) -> list[str]:
        """Say that these were kept, and wait until the last is in the set or a trouble is told."""

        async def evening() -> None:
            port = await self.live.open()
            if before is not None:
                await before()
            writer = ClipWriter(self.clips, f"127.0.0.1:{port}", self.troubles.append)
            for said in kept:
                writer.tell(Tick(0.0, 0.0, [("/agent/on", (1.0,)), ("/sys/kept", said)]))
            task = asyncio.create_task(writer.stay())
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self.live.said.count("/live/api/show_message") + len(self.troubles) < len(kept) and not task.done():
                    await asyncio.sleep(0.002)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            self.live.close()

        asyncio.run(evening())
        return self.troubles

    def track(self, name: str) -> Track:
        return next(track for track in self.live.tracks if track.name == name)


def notes(clip: Clip | None) -> list[tuple[float, ...]]:
    """Onset, length, pitch, velocity, in order."""
    assert clip is not None and not any(note[4] for note in clip.notes)
    return sorted((onset, length, pitch, velocity) for pitch, onset, length, velocity, _ in clip.notes)


def told(played: list[Note]) -> list[tuple[float, ...]]:
    return sorted((n.onset_beats, n.length_beats, n.pitch, n.velocity) for n in played)


def test_each_player_gets_a_clip_note_for_note_on_the_track_of_that_name(tmp_path: Path) -> None:
    mine = Clip(8.0, "mine", [(60, 0.0, 1.0, 100, False)])
    studio = Studio(tmp_path, Track("Vocals", [None, mine], midi=False), Track("Keys", [None, None]))
    assert studio.write(studio.kept("take 1", 2, human=TUNE, agent_comp=CHORDS)) == []
    assert [track.name for track in studio.live.tracks] == ["Vocals", "Keys", "Rhodes"]
    keys, rhodes = studio.track("Keys").slots[0], studio.track("Rhodes").slots[0]
    assert keys is not None and (keys.name, keys.length) == ("Keys take 1", 8.0)
    assert (notes(keys), notes(rhodes)) == (told(TUNE), told(CHORDS))
    assert studio.track("Vocals").slots == [None, mine]


def test_what_lies_there_is_never_written_over_and_scenes_go_on_below_it(tmp_path: Path) -> None:
    mine = Clip(4.0, "mine", [(72, 0.0, 1.0, 90, False)])
    studio = Studio(tmp_path, Track("Keys", [None, mine]), Track("Rhodes", [None, None]))
    first = studio.kept("one", 2, human=TUNE, agent_comp=CHORDS)
    assert studio.write(first, studio.kept("two", 2, agent_comp=CHORDS)) == []
    assert studio.track("Keys").slots[:2] == [None, mine] and mine.notes == [(72, 0.0, 1.0, 90, False)]
    assert [clip.name if clip else "" for clip in studio.track("Keys").slots] == ["", "mine", "Keys one", ""]
    assert [clip.name if clip else "" for clip in studio.track("Rhodes").slots] == ["", "", "Rhodes one", "Rhodes two"]


def test_a_long_and_busy_take_goes_in_packets_that_everybody_can_take(tmp_path: Path) -> None:
    busy = [Note(step / 8, 0.125, 36 + step % 40, 60 + step % 60, "drums") for step in range(512)]
    studio = Studio(tmp_path, Track("Kit", [None]))
    assert studio.write(studio.kept("busy", 16, agent_drums=busy)) == []
    assert notes(studio.track("Kit").slots[0]) == told(busy)
    assert max(studio.live.packets) <= LARGEST_PACKET_BYTES and studio.live.said.count("/live/clip/add/notes") > 10


def test_only_the_last_bars_are_taken_if_that_is_wished_and_a_note_ends_with_its_clip(tmp_path: Path) -> None:
    studio = Studio(tmp_path, Track("Keys", [None]), bars=1)
    studio.write(studio.kept("take", 2, human=[*TUNE, Note(7.75, 9.0, 90, 64, "lead"), Note(8.0, 1.0, 91, 64, "lead")]))
    clip = studio.track("Keys").slots[0]
    assert clip is not None and clip.length == 4.0
    assert notes(clip)[:2] == [(0.0, 0.5, 68, 80), (0.5, 0.5, 69, 80)] and notes(clip)[-1] == (3.75, 0.25, 90, 64)


def test_a_track_that_takes_no_notes_is_said_with_lives_own_words(tmp_path: Path) -> None:
    studio = Studio(tmp_path, Track("Keys", [None], midi=False))
    (trouble,) = studio.write(studio.kept("take", 2, human=TUNE))
    assert trouble.startswith("no clips: Live made no clip on track 1; is it a MIDI track?") and "Only MIDI tracks" in trouble


def test_notes_that_are_lost_on_the_way_are_missed(tmp_path: Path) -> None:
    studio = Studio(tmp_path, Track("Kit", [None]))
    studio.live.lose = lambda address, number: address == "/live/clip/add/notes" and number == 1
    busy = [Note(step / 8, 0.125, 36 + step % 40, 90, "drums") for step in range(128)]
    assert studio.write(studio.kept("busy", 4, agent_drums=busy))[0].startswith("no clips: Live took 88 of 128 notes")


def test_a_question_that_is_lost_is_asked_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "ANSWER_SECONDS", 0.3)
    studio = Studio(tmp_path, Track("Keys", [None]))
    studio.live.lose = lambda address, number: "/get/" in address and number == 0
    assert studio.write(studio.kept("take", 2, human=TUNE)) == []
    assert notes(studio.track("Keys").slots[0]) == told(TUNE)


def test_without_live_it_says_what_to_do_and_tries_again_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaking, "ANSWER_SECONDS", 0.05)
    studio = Studio(tmp_path, Track("Keys", [None]))
    studio.live.lose = lambda address, number: True
    troubles = studio.write(studio.kept("one", 2, human=TUNE), studio.kept("two", 2, human=TUNE))
    assert len(troubles) == 2 and all("must name AbletonOSC" in trouble for trouble in troubles)


def test_an_answering_port_that_is_taken_is_said(tmp_path: Path) -> None:
    studio = Studio(tmp_path, Track("Keys", [None]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", studio.live.answers))
        (trouble,) = studio.write(studio.kept("take", 2, human=TUNE))
    assert f"port {studio.live.answers} for Live's answers cannot be had" in trouble


def test_rubbish_and_strangers_on_the_answering_port_change_nothing(tmp_path: Path) -> None:
    studio = Studio(tmp_path, Track("Keys", [None, None]))
    lie = b"/live/song/get/num_scenes\x00\x00\x00,i\x00\x00\x00\x00\x00\x63"

    async def strangers() -> None:
        loop = asyncio.get_running_loop()

        def shout() -> None:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
                stranger.bind(("127.0.0.2", 0))
                stranger.sendto(lie, ("127.0.0.1", studio.live.answers))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
                near.sendto(b"\xff" * 400, ("127.0.0.1", studio.live.answers))
            loop.call_later(0.001, shout)

        shout()

    assert studio.write(studio.kept("take", 2, human=TUNE), before=strangers) == []
    assert notes(studio.track("Keys").slots[0]) == told(TUNE)


def test_a_file_that_is_never_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.show.herald.clips.FILE_SECONDS", 0.1)
    studio = Studio(tmp_path, Track("Keys", [None]))
    (trouble,) = studio.write((str(tmp_path / "none.mid"), 4))
    assert "none.mid: cannot be read" in trouble


def test_clips_by_another_way_than_udp_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('name = "x"\n[target]\nby = "slip"\n[clips.tracks]\nhuman = "Keys"\n')
    with pytest.raises(MappingError, match="AbletonOSC is spoken to by udp alone"):
        load_map(str(path))


def test_the_profile_that_ships_names_a_track_for_everybody() -> None:
    clips = load_map("ableton").clips
    assert clips is not None and clips.answers == 11001
    assert set(clips.tracks) == {"human", "agent:lead", "agent:comp", "agent:bass", "agent:drums"}
