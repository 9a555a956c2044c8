"""A double of Ableton Live with AbletonOSC, at a real UDP port: as much of it as clips need, after its README and its source.

Messages wait for the next tick and are done in order (`manager.py`); answers go under the question's own address to one fixed
port of who asked (`osc_server.py`); what goes wrong is said on `/live/error`. Lists count from 0, booleans are T and F.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from pythonosc.osc_message import OscMessage
from pythonosc.osc_message_builder import OscMessageBuilder

TICK_SECONDS = 0.005
"""Live's is 0.1 s."""
LEAVING_SECONDS = 0.1


@dataclass
class Clip:
    """A clip in a slot."""

    length: float
    name: str = ""
    notes: list[tuple[Any, ...]] = field(default_factory=list)


@dataclass
class Track:
    """A track with its slots, one for each scene."""

    name: str
    slots: list[Clip | None]
    midi: bool = True


class LiveSet(asyncio.DatagramProtocol):
    """A set of tracks and scenes. `lose` may drop a message; `packets` and `said` tell what has come."""

    def __init__(self, tracks: list[Track], answers: int) -> None:
        self.tracks, self.answers = tracks, answers
        self.port = 0
        self.said: list[str] = []
        self.packets: list[int] = []
        self.lose: Callable[[str, int], bool] = lambda address, number: False
        self._waiting: list[tuple[bytes, str]] = []

    async def open(self) -> int:
        """Be there; gives the port."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        self._timer = loop.call_later(TICK_SECONDS, self._tick)
        self.port = int(self._transport.get_extra_info("sockname")[1])
        return self.port

    def close(self) -> None:
        """The set is closed."""
        self._timer.cancel()
        self._transport.close()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Something came; it waits for the next tick."""
        self.packets.append(len(data))
        self._waiting.append((data, addr[0]))

    def _tick(self) -> None:
        for data, host in self._waiting:
            message = OscMessage(data)
            if self.lose(message.address, self.said.count(message.address)):
                self.said.append(message.address)
                continue
            self.said.append(message.address)
            try:
                answer = self._do(message.address, list(message.params))
            except (IndexError, AttributeError, RuntimeError) as error:
                self._send("/live/error", (f"Error handling OSC message: {error}",), host)
                continue
            if answer is not None:
                self._send(message.address, answer, host)
        self._waiting.clear()
        self._timer = asyncio.get_running_loop().call_later(TICK_SECONDS, self._tick)

    def _send(self, address: str, args: tuple[Any, ...], host: str) -> None:
        builder = OscMessageBuilder(address)
        for value in args:
            builder.add_arg(value)
        self._transport.sendto(builder.build().dgram, (host, self.answers))

    def _do(self, address: str, args: list[Any]) -> tuple[Any, ...] | None:
        match address.removeprefix("/live/"):
            case "song/get/track_names":
                return tuple(track.name for track in self.tracks)
            case "song/get/num_tracks":
                return (len(self.tracks),)
            case "song/get/num_scenes":
                return (len(self.tracks[0].slots),)
            case "song/get/track_data":
                first, end, what = args
                assert what == "clip_slot.has_clip"
                return tuple(slot is not None for track in self.tracks[first:end] for slot in track.slots)
            case "song/create_midi_track":
                self.tracks.append(Track(f"{len(self.tracks) + 1}-MIDI", [None] * len(self.tracks[0].slots)))
            case "song/create_scene":
                for track in self.tracks:
                    track.slots.append(None)
            case "track/set/name":
                self.tracks[args[0]].name = args[1]
            case _:
                return self._on_clip(address.removeprefix("/live/"), *args)
        return None

    def _on_clip(self, address: str, *args: Any) -> tuple[Any, ...] | None:
        if address == "api/show_message":
            return None
        (row, column), rest = args[:2], args[2:]
        track = self.tracks[row]
        clip: Any = track.slots[column]
        match address:
            case "clip_slot/create_clip":
                if clip is not None or not track.midi:
                    raise RuntimeError("Clip slot already has a clip" if clip else "Only MIDI tracks take MIDI clips")
                track.slots[column] = Clip(rest[0])
            case "clip_slot/get/has_clip":
                return (row, column, clip is not None)
            case "clip/set/name":
                clip.name = rest[0]
            case "clip/add/notes":
                clip.notes += [tuple(rest[at : at + 5]) for at in range(0, len(rest), 5)]
            case "clip/get/notes":
                low, span, start, length = rest
                some = [n for n in clip.notes if low <= n[0] < low + span and start <= n[1] < start + length]
                return (row, column, *(value for *note, mute in some for value in (*note, bool(mute))))
            case _:
                raise AttributeError(f"Unknown OSC address: {address}")
        return None


@contextmanager
def on_air(live: LiveSet) -> Iterator[LiveSet]:
    """The set is open, in a thread of its own."""
    loop = asyncio.new_event_loop()
    loop.run_until_complete(live.open())
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield live
    finally:
        loop.call_soon_threadsafe(live.close)
        loop.call_soon_threadsafe(lambda: loop.call_later(LEAVING_SECONDS, loop.stop))
        thread.join()
        loop.close()
