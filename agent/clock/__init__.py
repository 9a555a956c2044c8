"""Time on stage: clocks, the inbox they wait on, and where tempo comes from."""
