"""How well it keeps time on this machine, each figure beside the least that this machine can do."""

from agent.bench.programme import run

__all__ = ["run"]
