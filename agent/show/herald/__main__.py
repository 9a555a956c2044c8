"""The herald's process, started by the supervisor as `python -m agent.show.herald RUN_DIR`. It ends when its parent does."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path

from agent.rig import StagePlan
from agent.show.herald.server import NICENESS, Herald
from agent.signals import stop_on_signals


def main() -> None:
    """Serve until asked to stop."""
    run_dir = Path(sys.argv[1])
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    config = StagePlan.from_json((run_dir / "stage.json").read_text()).config
    stopped, parent = stop_on_signals(), os.getppid()

    def stay() -> bool:
        with suppress(OSError):
            (run_dir / "herald.beat").touch()
        return not stopped and os.getppid() == parent

    async def serve() -> None:
        await Herald(config, run_dir).serve(stay)

    gc.collect()
    gc.freeze()
    asyncio.run(serve())


if __name__ == "__main__":
    main()
