ardour {
  ["type"] = "EditorAction",
  name     = "Antiphon: a track for each part",
  author   = "The Antiphon authors",
  license  = "Apache-2.0",
  description = [[Adds MIDI tracks lead, comp, bass and drums, armed and with their inputs plugged into Antiphon's ports of the same
    names, if it runs (midi.part_outputs = {lead = "virtual", comp = "virtual", bass = "virtual", drums = "virtual"}).]]
}

function factory () return function ()
  local midi = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
  for _, part in ipairs ({"lead", "comp", "bass", "drums"}) do
    local tracks = Session:new_midi_track (midi, midi, true, ARDOUR.PluginInfo (), nil, nil, 1, part,
      ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
    for track in tracks:iter () do
      track:input ():nth (0):connect ("Antiphon:Out " .. part)
      track:rec_enable_control ():set_value (1, PBD.GroupControlDisposition.NoGroup)
    end
  end
end end
