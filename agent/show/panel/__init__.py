"""The web page: what is playing, every control, a keyboard to play on, and the picture for the wall.

A process of its own, niced, never on the way of a note: it is told what happens and asks for what people want.
"""
