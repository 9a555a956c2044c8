"""The herald: tells the room what happens in every way but plain UDP, and hears what it asks for.

A process of its own, niced, never on the way of a note: OSC over TCP, WebSocket for browsers, OSCQuery, and targets that want
other messages, or theirs earlier or later. It is told the cues by the performer, and asks for what people want.
"""
