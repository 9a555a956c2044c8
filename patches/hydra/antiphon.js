// Antiphon in Hydra: paste into https://hydra.ojack.xyz or your own copy, and evaluate all (Ctrl-Shift-Return).
// Browsers hear no UDP, so the cues come by WebSocket; start Antiphon with `antiphon jam` (its OSCQuery port is 9011).
a = { beat: 0, energy: 0, agent: 0, human: 0, pitch: 60, tension: 0 };
cues = {
  "/antiphon/clock/beat": ([phase]) => (a.beat = phase),
  "/antiphon/human/energy": ([share]) => (a.energy = share),
  "/antiphon/agent/note": ([id, pitch, velocity, channel, on]) => on && ((a.agent = velocity), (a.pitch = pitch)),
  "/antiphon/human/note": ([id, pitch, velocity, channel, on]) => on && (a.human = velocity),
};
listen = () => {
  const line = new WebSocket("ws://127.0.0.1:9011/json");
  line.onmessage = (event) => {
    for (const [address, ...args] of JSON.parse(event.data).cues ?? []) cues[address]?.(args);
  };
  line.onclose = () => setTimeout(listen, 1000); // Antiphon may come and go
};
listen();
update = () => ((a.agent *= 0.93), (a.human *= 0.93));

osc(() => 8 + a.pitch / 4, 0.05, () => 0.4 + a.energy)
  .kaleid(() => 3 + Math.round(a.human * 5))
  .modulate(noise(3, 0.2), () => a.agent * 0.4)
  .rotate(() => a.beat * 0.3)
  .scale(() => 1 + a.agent * 0.3)
  .out();
