"""Those who may lead the beat, one file each: Link, MIDI clock, tapping, what is heard. `agent.clock.conductor` chooses."""
