"""The mind: what can be learnt and played. Never imports `agent`."""
