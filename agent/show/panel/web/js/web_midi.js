// A MIDI keyboard that is plugged into the computer (or phone) of this browser.

/** Every keyboard that is there or comes: calls `press` and `lift`, and `told` with a sentence. */
export async function listenToKeyboards({ press, lift }, told) {
  if (!navigator.requestMIDIAccess) {
    told(isSecureContext ? "this browser has no Web MIDI; Chrome, Edge and Firefox have" : "Web MIDI works on http://localhost or over https only");
    return;
  }
  try {
    const access = await navigator.requestMIDIAccess();
    const plug = () => {
      const names = [...access.inputs.values()].map((input) => { input.onmidimessage = ({ data }) => take(data, press, lift); return input.name; });
      told(names.length ? `listening to ${names.join(", ")}` : "no MIDI keyboard is plugged in yet");
    };
    access.onstatechange = plug;
    plug();
  } catch {
    told("the browser does not let this page hear MIDI");
  }
}

function take([status, pitch, velocity], press, lift) {
  const kind = status & 0xf0;
  if (kind === 0x90 && velocity > 0) press(pitch, velocity);
  else if (kind === 0x80 || kind === 0x90) lift(pitch);
}
