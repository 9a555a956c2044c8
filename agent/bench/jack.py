"""Thru from port to port through a JACK server of its own, beside bare echoes with the same wiring in the same run."""

from __future__ import annotations

import shutil
import sys
from importlib.util import find_spec

from agent.bench.band import BPM, SEATED_WITHIN_SECONDS, BenchFailed, NotMeasurable, Stagehands, stagehands
from agent.bench.cable import write_whole
from agent.bench.figures import THRU, Figures, Row
from agent.bench.parts import Setting
from agent.config import Config, change
from agent.rig import StagePlan

SERVER = "antiphon-bench"
SAMPLE_RATE, PERIOD_FRAMES = 48000, 64
NOTES_A_SECOND = 8.0
STARTS_SECONDS = 10.0
RTMIDI = "a bare echo with python-rtmidi, same wiring, same run"
ECHOES = {"rtmidi": "bare-rtmidi", "jack": "bare-jack"}
"""What a bare echo is written with, and what its ports are called."""


def jack_thru(setting: Setting) -> list[Row]:
    """From a JACK port to a JACK port while the model plans, beside bare echoes in the same run."""
    if sys.platform != "linux" or shutil.which("jackd") is None or find_spec("jack") is None:
        raise NotMeasurable("there is no jackd here; on Debian and Ubuntu: sudo apt install jackd2")
    with stagehands({"JACK_DEFAULT_SERVER": SERVER}) as hands:
        took = _play(hands, setting)
    name = f"thru, JACK port to port, model planning, period {PERIOD_FRAMES / SAMPLE_RATE * 1000.0:.2f} ms"
    rows = [Row("jack", "bare echo with JACK-Client, which answers within JACK's cycle", Figures.of(took["jack"]))]
    floor = Figures.of(took["rtmidi"]) if "rtmidi" in took else None
    return [THRU.row("jack", name, Figures.of(took["performer"]), floor, RTMIDI if floor else ""), *rows]


def _play(hands: Stagehands, setting: Setting) -> dict[str, list[float]]:
    server = ["jackd", "-n", SERVER, "-R", "-P70", "-d", "dummy", "-r", str(SAMPLE_RATE), "-p", str(PERIOD_FRAMES)]
    hands.start_program(server, "jackd")
    config = change(
        Config(),
        agent={"model": setting.model},
        midi={"api": "jack", "thru": True},
        clock={"sync": "estimate", "bpm": BPM},
        osc={"listen": 0},
    )
    (hands.folder / "stage.json").write_text(StagePlan(config).to_json())
    echoes = {name: ports for name, ports in ECHOES.items() if name != "rtmidi" or find_spec("rtmidi") is not None}
    hands.start("agent.bench.jack_guest")
    try:
        hands.wait_for("jack_guest.up", STARTS_SECONDS)
    except BenchFailed as reason:
        raise NotMeasurable(f"a JACK server cannot be started here ({reason})") from None
    hands.start("agent.worker", setting.model)
    hands.start("agent.stage")
    for name in echoes:
        hands.start("agent.bench.jack_echo", name)
    hands.wait_for("ready.json")
    hands.wait_for("worker.beat", SEATED_WITHIN_SECONDS)
    task = {"players": {"performer": f"{config.agent.name}:", **echoes}, "notes_a_second": NOTES_A_SECOND}
    write_whole(hands.folder / "jack_guest.json", {**task, "seconds": setting.seconds})
    took: dict[str, list[float]] = hands.wait_for("jack_returned.json", setting.seconds + 4 * STARTS_SECONDS)
    return took
