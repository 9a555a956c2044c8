"""What there is to play on, as JSON: `python -m agent.show.panel.look_round`. A process of its own, since drivers may hang."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from time import perf_counter

from agent.ports.survey import survey


def main() -> None:
    """Look once."""
    sys.stdout.write(json.dumps([asdict(found) for found in survey("Antiphon panel", perf_counter)]))


if __name__ == "__main__":
    main()
