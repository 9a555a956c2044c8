"""Scenes: rigs of which, in mid evening, everything is taken up that can be turned while the music plays."""

from __future__ import annotations

from pathlib import Path

from agent.config import Config, ConfigError, load


def read_scenes(config: Config) -> dict[str, Config]:
    """Name (the file's, without its ending) → rig, in the order of program changes. Raises ConfigError."""
    scenes: dict[str, Config] = {}
    for name in config.song.scenes:
        path = Path(name)
        if path.stem in scenes:
            raise ConfigError(f"song.scenes: two scenes are called {path.stem!r}; rename one of the files")
        scenes[path.stem] = load(path)
    return scenes
