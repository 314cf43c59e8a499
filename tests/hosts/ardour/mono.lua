-- Inserts a plugin on a mono track and prints which channel of the track each of its first two
-- inputs gets. Ardour feeds both from the only channel, unless the plugin has an input of another
-- kind, such as for events.
-- usage: ardour7-lua mono.lua SESSION PLUGIN
local session = create_session(arg[1], "mono", 44100)
local tracks = session:new_audio_track(
    1, 2, nil, 1, "mono", ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false)
local plugin = ARDOUR.LuaAPI.new_plugin(session, arg[2], ARDOUR.PluginType.VST3, "")
for track in tracks:iter() do
    track:add_processor_by_index(plugin, 0, nil, true)
    local inputs = plugin:to_insert():input_map(0)
    for pin = 0, 1 do
        print("input", pin, inputs:get(ARDOUR.DataType("audio"), pin))
    end
end
session:close()
quit()
