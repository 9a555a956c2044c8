"""The panel's process, started by the supervisor as `python -m agent.show.panel RUN_DIR`. It ends when its parent does."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from pathlib import Path

from agent.rig import StagePlan
from agent.show.panel.server import NICENESS, serve


def main() -> None:
    """Serve until asked to stop."""
    run_dir = Path(sys.argv[1])
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    config = StagePlan.from_json((run_dir / "stage.json").read_text()).config
    gc.collect()
    gc.freeze()
    try:
        asyncio.run(serve(config, run_dir))
    except OSError as error:
        sys.exit(f"no panel: {error}")


if __name__ == "__main__":
    main()
