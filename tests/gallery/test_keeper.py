"""Whoever looks after the machine: what is written down, what is told, and a rig that is changed or spoilt."""

from __future__ import annotations

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread

from agent.config import Config, load
from agent.gallery.keeper import Keeper
from agent.gallery.logbook import LARGEST_BYTES, MOST_FILES, Logbook


class Band:
    """A supervisor for whom everything goes well."""

    playing, safe = True, False

    def __init__(self) -> None:
        self.restarts = {"performer": 0}
        self.rigs: list[Config] = []

    def change_rig(self, config: Config) -> None:
        """Play on with another rig."""
        self.rigs.append(config)


def book(folder: Path) -> list[dict[str, object]]:
    """The log so far."""
    return [json.loads(line) for line in (folder / "antiphon.log").read_text().splitlines()]


def test_a_rig_that_is_changed_is_taken_up_and_one_that_is_spoilt_is_refused_in_a_line(tmp_path: Path) -> None:
    rig, band = tmp_path / "rig.toml", Band()
    rig.write_text("[music]\ndensity = 0.4\n")
    keeper = Keeper(rig, tmp_path, Logbook(tmp_path), load(rig))
    for text in ("[music\n", "[music]\ndensity = 0.4\n# only a word\n", "[music]\ndensity = 0.6\n"):
        rig.write_text(text)
        keeper.reload_asked, keeper._due = True, 0.0
        keeper.look(band)  # type: ignore[arg-type]
    keeper.leave()
    assert [config.music.density for config in band.rigs] == [0.6]
    assert [line["what"] for line in book(tmp_path)] == ["rig refused", "rig changed", "stopped"]
    assert str(rig) in str(book(tmp_path)[0]["value"])


def test_a_rig_that_is_still_being_written_is_left_alone_until_it_has_come_to_rest(tmp_path: Path) -> None:
    rig, band = tmp_path / "rig.toml", Band()
    rig.write_text("[music]\ndensity = 0.4\n")
    keeper = Keeper(rig, tmp_path, Logbook(None), load(rig))
    for nanoseconds, text in ((1, ""), (2, "[music]\n"), (3, "[music]\ndensity = 0.6\n"), (3, None), (3, None)):
        if text is not None:
            rig.write_text(text)
        os.utime(rig, ns=(nanoseconds, nanoseconds))
        keeper._due = 0.0
        keeper.look(band)  # type: ignore[arg-type]
    assert [config.music.density for config in band.rigs] == [0.6]


def test_what_is_new_is_written_once(tmp_path: Path) -> None:
    keeper = Keeper(None, tmp_path, Logbook(tmp_path), Config())
    for mode in ("solo", "solo", "auto"):
        keeper.see({"mode": mode, "error": "", "health": 0, "restarts": {"worker": 0}, "safe": False})
    keeper.leave()
    assert [line["value"] for line in book(tmp_path) if line["what"] == "mode"] == ["solo", "auto"]


def test_the_log_never_grows_beyond_its_cap(tmp_path: Path) -> None:
    log = Logbook(tmp_path)
    for number in range(150):
        log.write("noise", number=number, text="x" * 100_000)
    log.close()
    sizes = [path.stat().st_size for path in tmp_path.iterdir()]
    assert len(sizes) == MOST_FILES and max(sizes) <= LARGEST_BYTES


def test_where_nothing_can_be_written_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    log = Logbook(tmp_path / "file" / "folder")
    log.write("noise")
    log.close()


def test_the_webhook_is_told_of_trouble_and_a_dead_one_costs_nothing(tmp_path: Path) -> None:
    heard: Queue[dict[str, object]] = Queue()

    class Ear(BaseHTTPRequestHandler):
        """An address on the web."""

        def do_POST(self) -> None:
            """Take it."""
            heard.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """In silence."""

    with HTTPServer(("127.0.0.1", 0), Ear) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        config = Config.model_validate({"gallery": {"webhook": f"http://127.0.0.1:{server.server_port}/hook?room=2"}})
        keeper = Keeper(None, tmp_path, Logbook(None), config)
        keeper.see({"error": "the cable is out", "mode": "solo", "health": 0, "restarts": {}, "safe": False})
        assert heard.get(timeout=10) == {"what": "error", "name": "Antiphon", "value": "the cable is out"}
        server.shutdown()
    dead = Keeper(None, tmp_path, Logbook(None), config)
    for number in range(500):
        dead.see({"error": str(number), "mode": "solo", "health": 0, "restarts": {}, "safe": False})
