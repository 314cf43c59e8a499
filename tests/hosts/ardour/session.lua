-- Makes or opens a session in Ardour, saves it, and writes what Ardour knows of the
-- plugin on its track.
-- arguments: make FOLDER FACTS RATE PLUGIN PRESET, or: open FOLDER FACTS
local what, folder, facts, rate, plugin, preset = table.unpack(arg)

-- The interpreter does not give up on an error by itself.
local function check(value, message)
  if not value then
    print("FAIL " .. message)
    os.exit(1)
  end
  return value
end

local function make()
  local session = check(create_session(folder, "check", tonumber(rate)), "no session")
  local tracks = session:new_audio_track(2, 2, nil, 1, "band",
    ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, false, false)
  local processor = ARDOUR.LuaAPI.new_plugin(session, plugin, ARDOUR.PluginType.VST3, "")
  check(not processor:isnil(), "Ardour does not list or load the plugin")
  for track in tracks:iter() do
    check(track:add_processor_by_index(processor, 0, nil, true) == 0, "not inserted")
  end
  local loaded = processor:to_insert():plugin(0)
  local found = check(loaded:preset_by_label(preset), "the preset is not found")
  check(loaded:load_preset(found), "the preset is not loaded")
  return session
end

local function open()
  return check(load_session(folder, "check"), "no session")
end

local function show(insert)
  local loaded = insert:plugin(0)
  local file = check(io.open(facts, "w"), "cannot write " .. facts)
  file:write("latency ", insert:signal_latency(), "\n")
  file:write("instances ", insert:get_count(), "\n")
  for n = 0, loaded:parameter_count() - 1 do
    local value = ARDOUR.LuaAPI.get_plugin_insert_param(insert, n, false)
    file:write(loaded:parameter_label(n), ": ", value, "\n")
  end
  file:close()
end

local session = what == "make" and make() or open()
-- Parameters reach a VST3 while it processes, here in real time.
sleep(1)
show(session:route_by_name("band"):nth_plugin(0):to_insert())
check(session:save_state("") == 0, "not saved")
session:close()
quit()
