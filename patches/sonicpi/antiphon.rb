# Antiphon in Sonic Pi: paste into a buffer, press Run. Antiphon: antiphon jam --osc 127.0.0.1:4560
use_real_time
set :chord, "C"

live_loop :lead do
  id, pitch, velocity, channel, on = sync "/osc*/antiphon/agent/lead/note"
  synth :prophet, note: pitch, amp: velocity, release: 0.4, cutoff: 70 + velocity * 40 if on == 1
end

live_loop :comp do
  id, pitch, velocity, channel, on = sync "/osc*/antiphon/agent/comp/note"
  synth :piano, note: pitch, amp: velocity * 1.5 if on == 1
end

live_loop :bass do
  id, pitch, velocity, channel, on = sync "/osc*/antiphon/agent/bass/note"
  synth :fm, note: pitch, amp: velocity, release: 0.5 if on == 1
end

live_loop :drums do
  id, pitch, velocity, channel, on = sync "/osc*/antiphon/agent/drums/note"
  sample (pitch == 36 ? :bd_haus : pitch == 38 ? :sn_dub : :drum_cymbal_closed), amp: velocity if on == 1
end

live_loop :follow do
  bpm, = sync "/osc*/antiphon/clock/tempo"
  set :bpm, bpm
end

# Ask for more when the filter opens: osc_send "127.0.0.1", 9010, "/antiphon/ctl/density", 0.8
