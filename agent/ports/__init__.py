"""Everything that crosses the border: MIDI, OSC and our own small synth."""
