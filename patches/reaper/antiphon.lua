-- Antiphon in Reaper: a track for each part, listening to Antiphon's MIDI input on the part's channel, armed and monitored.
-- Actions, Show action list, New action, Load ReaScript; then run it.
local parts = {{"lead", 1}, {"comp", 2}, {"bass", 3}, {"drums", 10}}

local function find_input(name)
  for index = 0, reaper.GetNumMIDIInputs() - 1 do
    local there, label = reaper.GetMIDIInputName(index, "")
    if there and label:lower():find(name, 1, true) then return index end
  end
end

local input = find_input("antiphon") or find_input("loopmidi") or find_input("loopback")
if not input then
  reaper.ShowMessageBox("No MIDI input called Antiphon. Start antiphon jam, and enable the input in Preferences, MIDI Inputs.", "Antiphon", 0)
  return
end

reaper.Undo_BeginBlock()
for _, part in ipairs(parts) do
  local index = reaper.CountTracks(0)
  reaper.InsertTrackAtIndex(index, true)
  local track = reaper.GetTrack(0, index)
  reaper.GetSetMediaTrackInfo_String(track, "P_NAME", "Antiphon " .. part[1], true)
  reaper.SetMediaTrackInfo_Value(track, "I_RECINPUT", 4096 + part[2] + input * 32) -- 4096: MIDI; the low five bits: channel
  reaper.SetMediaTrackInfo_Value(track, "I_RECARM", 1)
  reaper.SetMediaTrackInfo_Value(track, "I_RECMON", 1)
end
reaper.Undo_EndBlock("Antiphon tracks", -1)
reaper.TrackList_AdjustWindows(false)
