"""What `antiphon` can be told to do, one file for each kind of verb.

A command is a frozen dataclass: its fields are the options, its docstring the help, `run` does it. Whatever is slow to load
is imported inside `run`, so that `antiphon --help` answers at once.
"""
