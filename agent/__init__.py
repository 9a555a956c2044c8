"""The stage: everything that happens in real time. Never imports torch."""

__version__ = "0.1.0"
