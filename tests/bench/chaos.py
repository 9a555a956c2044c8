"""Everything that can go wrong in a museum, at random, hundreds of times in one run; then it is counted what the room noticed.

python -m tests.bench.chaos --faults 500 [--seed 1] [--report FILE]

Ends with one JSON line; the exit status is 1 when something was not as promised.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from agent.bench.figures import Figures
from tests.bench.evidence import missing, recorded
from tests.bench.faults import BEAT, FAULTS, PERFORMER, SYSTEM, Fault, kill_supervisor
from tests.bench.hall import HAYDN_SECONDS, Hall, LongTape, Visit
from tests.rig.rig import SAMPLE_RATE

REFERENCE_SECONDS = 30.0
"""So long nothing goes wrong at first, to hear how long the music rests by itself."""
LATEST_BACK_SECONDS, LATEST_SYSTEM_SECONDS = 3.0, 10.0
"""After the death of the performer; and of everything, unless a first start takes half as long on this machine today."""
CUT_NOTE_SECONDS = 1.0
MOST_ALIKE_A_MINUTE = 4
"""More deaths of one process within a minute are a crash loop, which is another test."""
SETTLE_SECONDS = {BEAT: 0.0, PERFORMER: 0.3, SYSTEM: 1.5}
"""What was on its way when it was struck still sounds: only what comes later is music that is back."""
GIVE_UP_SECONDS = 60.0
DOWN_SECONDS = 1.5
"""After a death the human is not heard for so long."""
LOOK_SECONDS = 0.05


@dataclass
class Struck:
    """One fault as the room noticed it."""

    fault: Fault
    tape: LongTape
    frame: int
    server: int = 1
    mended_frame: int = 0
    silent_seconds: float = 0.0


@dataclass
class Chaos:
    """A run."""

    hall: Hall
    random: Random
    kinds: Sequence[Fault]
    struck: list[Struck] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    longest_rest_seconds: float = 0.0
    first_music_seconds: float = 0.0
    _lately: dict[str, deque[float]] = field(default_factory=dict)

    def run(self, faults: int, reference_seconds: float = REFERENCE_SECONDS) -> None:
        """Listen for a while, then strike again and again."""
        opened = time.monotonic()
        if self._wait_for_music(0, 2 * GIVE_UP_SECONDS) is None:
            raise RuntimeError(f"there was no music to begin with\n{self.hall.rig.log('antiphon')[-2000:]}")
        self.first_music_seconds = time.monotonic() - opened
        began = self.hall.tape.onsets[0].frame
        self._linger(reference_seconds)
        rest = _longest_rest(self.hall.tape, began, self.hall.rig.ear.frame)
        self.longest_rest_seconds = (rest[1] - rest[0]) / SAMPLE_RATE
        for number in range(faults):
            self._strike(self._choose(number))
            if number % 50 == 49:
                print(f"{number + 1} of {faults}, {len(self.broken)} not as promised", file=sys.stderr, flush=True)

    def _choose(self, number: int) -> Fault:
        if number < len(self.kinds):  # each once, then as they come
            return self.kinds[number]
        while True:
            (fault,) = self.random.choices(self.kinds, [kind.weight for kind in self.kinds])
            lately = self._lately.setdefault(fault.name, deque(maxlen=MOST_ALIKE_A_MINUTE))
            if len(lately) < MOST_ALIKE_A_MINUTE or time.monotonic() - lately[0] > 60.0:
                lately.append(time.monotonic())
                return fault

    def _strike(self, fault: Fault) -> None:
        hall = self.hall
        self._linger(self.random.uniform(0.1, 0.4))
        tape, frame = hall.tape, hall.rig.ear.frame
        with fault.struck(hall, self.random):
            if hall.tape is not tape:  # there was nobody to hear it before
                tape, frame = hall.tape, hall.rig.ear.frame
            struck = Struck(fault, tape, frame, hall.servers)
            self._keep_playing()
        struck.mended_frame = hall.rig.ear.frame
        self.struck.append(struck)
        limit = self._limit(fault)
        back = self._wait_for_music(frame + round(SETTLE_SECONDS[fault.back] * SAMPLE_RATE), GIVE_UP_SECONDS)
        if back is None:
            self._broke(f"the music did not come back after {fault.name!r}: {self._scene()}")
            return self._begin_anew()
        self._linger(0.4)
        began, ended = _longest_rest(tape, frame, max(struck.mended_frame, back) + SAMPLE_RATE // 2)
        struck.silent_seconds = (ended - (began if fault.back == BEAT else max(began, frame))) / SAMPLE_RATE
        if struck.silent_seconds > limit:
            self._broke(f"{fault.name}: silent for {struck.silent_seconds:.2f} s, limit {limit:.2f} s")

    def _broke(self, what: str) -> None:
        sentence = f"{len(self.struck)}: {what}"
        self.broken.append(sentence)
        print(sentence, file=sys.stderr, flush=True)

    def _begin_anew(self) -> None:
        """A technician switches everything off and on."""
        for _ in kill_supervisor(self.hall, self.random):
            pass
        if self._wait_for_music(self.hall.rig.ear.frame, 2 * GIVE_UP_SECONDS) is None:
            raise RuntimeError(f"not even a fresh start brings the music back: {self._scene()}")

    def _scene(self) -> str:
        """What a doctor would ask first."""
        hall = self.hall
        try:
            cables = hall.rig.ear.cables("ears:in")
        except Exception as error:
            cables = [repr(error)]
        return f"cables {cables}, pids {hall.pids()}, health {hall.health()}, {hall.rig.log('antiphon')[-600:]}"

    def _limit(self, fault: Fault) -> float:
        if fault.back == BEAT:
            return self.longest_rest_seconds + 60.0 / self.hall.bpm
        if fault.back == PERFORMER:
            return LATEST_BACK_SECONDS
        return max(LATEST_SYSTEM_SECONDS, 2.0 * self.first_music_seconds)

    def _wait_for_music(self, frame: int, within_seconds: float) -> int | None:
        deadline = time.monotonic() + within_seconds
        while time.monotonic() < deadline:
            self.hall.tape.read_on()
            found = next((m.frame for m in reversed(self.hall.tape.onsets) if m.frame >= frame), None)
            if found is not None:
                return min(m.frame for m in self.hall.tape.onsets[-200:] if m.frame >= frame)
            self._keep_playing()
            time.sleep(LOOK_SECONDS)
        return None

    def _linger(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self._keep_playing()
            time.sleep(LOOK_SECONDS)
        self.hall.tape.read_on()

    def _keep_playing(self) -> None:
        """There is always a visitor."""
        visits = self.hall.visits
        if not visits or visits[-1].peer.poll() is not None:
            seconds = self.random.uniform(20.0, 60.0)
            self.hall.visit(self.random.uniform(0.0, max(HAYDN_SECONDS - seconds, 1.0)), seconds)


def _longest_rest(tape: LongTape, from_frame: int, to_frame: int) -> tuple[int, int]:
    """The frames between which the longest silence from onset to onset lies that has to do with these frames."""
    before = max((m.frame for m in tape.onsets if m.frame < from_frame), default=from_frame)
    after = min((m.frame for m in tape.onsets if m.frame > to_frame), default=to_frame)
    frames = [before, *(m.frame for m in tape.onsets if from_frame <= m.frame <= to_frame), after]
    return max(pairwise(frames), key=lambda pair: pair[1] - pair[0])


def cut_notes(struck: Sequence[Struck]) -> tuple[list[float], int]:
    """How long notes that were cut off by a death went on sounding, and how many never ended."""
    lengths, never = list[float](), 0
    for one in struck:
        if one.fault.cuts:
            over = [(e - one.frame) / SAMPLE_RATE for b, e in one.tape.notes if b < one.frame <= e]
            lengths += over
            never += sum(began < one.frame for began in one.tape.sounding.values())
    return lengths, never


def verdict(chaos: Chaos) -> dict[str, Any]:
    """Everything that the run has shown, as data; `broken` names what was not as promised."""
    hall = chaos.hall
    agent, human = recorded(hall.recordings)
    onsets = [(m.data[0] & 0x0F, m.data[1], m.data[2]) for tape in hall.tapes for m in tape.onsets]
    heard = [pitch for visit in hall.visits for frame, pitch in visit.onsets() if not _was_down(chaos.struck, visit, frame)]
    over, never = cut_notes(chaos.struck)
    hanging = len(hall.tape.sounding)
    lost_agent, lost_human = missing(onsets, agent), missing(heard, human)
    late_cuts = sum(seconds > CUT_NOTE_SECONDS for seconds in over)
    broken = [*chaos.broken]
    for count, what in (
        (late_cuts + never, f"notes hung longer than {CUT_NOTE_SECONDS:g} s"),
        (hanging, "notes hang at the end"),
        (lost_agent, "notes of the agent's were not recorded"),
        (lost_human, "notes of the human's were not recorded"),
    ):
        broken += [f"{count} {what}"] if count else []
    return {
        "bench": "chaos",
        "faults": len(chaos.struck),
        "counts": dict(Counter(one.fault.name for one in chaos.struck)),
        "agent_notes": len(onsets),
        "human_notes": len(heard),
        "first_music_seconds": round(chaos.first_music_seconds, 2),
        "longest_natural_rest_seconds": round(chaos.longest_rest_seconds, 3),
        "silent_seconds": {
            kind.name: _figures([one.silent_seconds for one in chaos.struck if one.fault is kind]) for kind in chaos.kinds
        },
        "cut_notes_seconds": _figures(over),
        "lost_agent_notes": lost_agent,
        "lost_human_notes": lost_human,
        "hanging": hanging,
        "broken": broken,
    }


def _was_down(struck: Sequence[Struck], visit: Visit, frame: int) -> bool:
    """Whether nobody can have heard the human in this frame: the performer or the way to it was dead."""
    for one in struck:
        until = max(one.mended_frame, one.frame + round(one.silent_seconds * SAMPLE_RATE)) + round(DOWN_SECONDS * SAMPLE_RATE)
        if one.server == visit.server and one.fault.back != BEAT and one.frame - SAMPLE_RATE // 20 <= frame <= until:
            return True
    return False


def _figures(values: Sequence[float]) -> dict[str, float]:
    figures = Figures.of(values, 1.0)
    return {"p50": figures.p50, "p95": figures.p95, "p99": figures.p99, "max": figures.max}


def play(folder: Path, faults: int, seed: int, reference_seconds: float = REFERENCE_SECONDS) -> dict[str, Any]:
    """A whole run, from the first visitor to the verdict."""
    hall = Hall(folder, "markov", visitor_mode="solo", alone_after_s=3600.0, density=0.9)
    try:
        able = [kind for kind in FAULTS if kind.name != "clock jumps" or hall.clock is not None]
        chaos = Chaos(hall, Random(seed), able)
        chaos.run(faults, reference_seconds)
        status = hall.close()
        if status:
            chaos.broken.append(f"the gallery left with status {status}")
        return verdict(chaos)
    finally:
        hall.rig.close()


def main() -> None:
    """Run, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--folder", type=Path, help="keep logs, tapes and recordings here")
    options = parser.parse_args()
    with TemporaryDirectory(prefix="antiphon-chaos-") as folder:
        result = play(options.folder or Path(folder), options.faults, options.seed)
    if options.report is not None:
        options.report.write_text(json.dumps(result, indent=1))
    print(json.dumps(result))
    sys.exit(int(bool(result["broken"])))


if __name__ == "__main__":
    main()
