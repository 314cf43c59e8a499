//! A CLAP host in the tests' own process: it plays, automates, saves and restarts as hosts
//! do.

// Each test file uses a part of it.
#![allow(dead_code)]

mod callbacks;
pub mod drag;
pub mod drop_target;
mod events;
pub mod frames;
pub mod guard;
pub mod library;
pub mod playing;
mod stream;
pub mod system_calls;
#[cfg(windows)]
pub mod win32;
pub mod window;
pub mod xvfb;

use std::ffi::{CStr, CString, c_char, c_void};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use clap_sys::entry::clap_plugin_entry;
use clap_sys::ext::audio_ports_config::{
    CLAP_EXT_AUDIO_PORTS_CONFIG, clap_plugin_audio_ports_config,
};
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_plugin_latency};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_plugin_params};
use clap_sys::ext::remote_controls::{CLAP_EXT_REMOTE_CONTROLS, clap_plugin_remote_controls};
use clap_sys::ext::render::{
    CLAP_EXT_RENDER, CLAP_RENDER_OFFLINE, CLAP_RENDER_REALTIME, clap_plugin_render,
};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_plugin_state};

use clap_sys::ext::tail::{CLAP_EXT_TAIL, clap_plugin_tail};
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::version::CLAP_VERSION;

use callbacks::{host_extension, request_callback, request_process, request_restart};
pub use events::{Event, param_id};

pub const UNBRAID: &str = "org.unbraid.unbraid";
pub const UNBRAID_MULTI: &str = "org.unbraid.unbraid-multi";

/// How long tests wait for what has to happen: long enough for any machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Outputs of the multi-output plugin besides the main one.
pub const STRIPS: usize = 17;

/// The plugin's requests to the host.
#[derive(Default)]
struct Requests {
    restart: AtomicBool,
    callback: AtomicBool,
    latency_changes: AtomicU32,
    marked_dirty: AtomicU32,
}

/// How the plugin is activated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup {
    pub sample_rate_hz: u32,
    pub channels: usize,
    pub max_block: usize,
    pub offline: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { sample_rate_hz: 44_100, channels: 2, max_block: 4096, offline: false }
    }
}

/// An instance of one of the plugins.
pub struct Instance {
    plugin: *const clap_plugin,
    host: Box<clap_host>,
    requests: Box<Requests>,
    pub setup: Setup,
    /// Ports of the output, the main one first.
    pub outputs: usize,
    active: bool,
    /// Whether the transport is rolling.
    pub rolling: bool,
    /// Song position of the next block in samples, if the host provides one.
    pub song_position: Option<i64>,
    /// Whether input and output share their buffers.
    pub in_place: bool,
    pending: Vec<Event>,
    /// Input of the side-chain: every block repeats it.
    pub side_chain: Vec<Vec<f32>>,
    /// Durations of all callbacks, if recorded.
    pub callback_times: Option<Vec<Duration>>,
}

impl Instance {
    /// An activated instance of the plugin `id`.
    pub fn new(id: &str, setup: Setup) -> Self {
        let mut instance = Self::inactive(id, setup);
        instance.activate();
        instance
    }

    pub fn inactive(id: &str, setup: Setup) -> Self {
        Self::inactive_of(&unbraid::plugin::clap_entry, id, setup)
    }

    /// An instance of a plugin in the library that has this entry.
    pub fn inactive_of(entry: &clap_plugin_entry, id: &str, setup: Setup) -> Self {
        let requests = Box::<Requests>::default();
        let host = Box::new(clap_host {
            clap_version: CLAP_VERSION,
            host_data: &raw const *requests as *mut c_void,
            name: c"test".as_ptr(),
            vendor: c"test".as_ptr(),
            url: c"".as_ptr(),
            version: c"1".as_ptr(),
            get_extension: Some(host_extension),
            request_restart: Some(request_restart),
            request_process: Some(request_process),
            request_callback: Some(request_callback),
        });
        let id_text = CString::new(id).unwrap();
        // SAFETY: the entry is the plugin's own, and is used as CLAP specifies.
        let plugin = unsafe {
            assert!(entry.init.unwrap()(c"".as_ptr()));
            let factory = entry.get_factory.unwrap()(CLAP_PLUGIN_FACTORY_ID.as_ptr())
                .cast::<clap_plugin_factory>();
            let plugin = (*factory).create_plugin.unwrap()(factory, &*host, id_text.as_ptr());
            assert!(!plugin.is_null(), "no plugin {id}");
            assert!((*plugin).init.unwrap()(plugin));
            plugin
        };
        let mut instance = Self {
            plugin,
            host,
            requests,
            setup,
            outputs: if id == UNBRAID_MULTI { 1 + STRIPS } else { 1 },
            active: false,
            rolling: true,
            song_position: None,
            in_place: false,
            pending: Vec::new(),
            side_chain: vec![Vec::new(); setup.channels],
            callback_times: None,
        };
        instance.select_layout(if setup.channels == 2 { 0 } else { 1 });
        instance
    }

    fn extension<T>(&self, id: &CStr) -> &T {
        // SAFETY: the plugin outlives the reference and knows the extension.
        unsafe {
            let extension = (*self.plugin).get_extension.unwrap()(self.plugin, id.as_ptr());
            assert!(!extension.is_null(), "no extension {id:?}");
            &*extension.cast::<T>()
        }
    }

    fn select_layout(&mut self, index: u32) {
        let configs: &clap_plugin_audio_ports_config = self.extension(CLAP_EXT_AUDIO_PORTS_CONFIG);
        // SAFETY: the plugin is not active.
        assert!(unsafe { configs.select.unwrap()(self.plugin, index) });
    }

    /// Activates. The framework requests a restart if its latency then differs from before;
    /// hosts do that before they play.
    pub fn activate(&mut self) {
        self.activate_once();
        self.answer_requests();
    }

    fn activate_once(&mut self) {
        let Setup { sample_rate_hz, max_block, offline, .. } = self.setup;
        let render: &clap_plugin_render = self.extension(CLAP_EXT_RENDER);
        let mode = if offline { CLAP_RENDER_OFFLINE } else { CLAP_RENDER_REALTIME };
        // SAFETY: in the order that CLAP requires.
        unsafe {
            assert!(render.set.unwrap()(self.plugin, mode));
            let rate = f64::from(sample_rate_hz);
            assert!((*self.plugin).activate.unwrap()(self.plugin, rate, 1, max_block as u32));
            assert!((*self.plugin).start_processing.unwrap()(self.plugin));
        }
        self.active = true;
    }

    pub fn deactivate(&mut self) {
        // SAFETY: in the order that CLAP requires.
        unsafe {
            (*self.plugin).stop_processing.unwrap()(self.plugin);
            (*self.plugin).deactivate.unwrap()(self.plugin);
        }
        self.active = false;
    }

    /// Restarts with another setup.
    pub fn set_up(&mut self, setup: Setup) {
        self.deactivate();
        if setup.channels != self.setup.channels {
            self.select_layout(if setup.channels == 2 { 0 } else { 1 });
            self.side_chain = vec![Vec::new(); setup.channels];
        }
        self.setup = setup;
        self.activate();
    }

    /// Clears the audio state, as at the start of playback.
    pub fn reset(&mut self) {
        // SAFETY: active.
        unsafe { (*self.plugin).reset.unwrap()(self.plugin) };
    }

    /// Carries out the plugin's requests since the last call, on the main thread; returns
    /// whether it was restarted.
    pub fn answer_requests(&mut self) -> bool {
        if self.requests.callback.swap(false, Ordering::SeqCst) {
            // SAFETY: on the main thread.
            unsafe { (*self.plugin).on_main_thread.unwrap()(self.plugin) };
        }
        let restart = self.requests.restart.swap(false, Ordering::SeqCst);
        if restart && self.active {
            self.deactivate();
            self.activate_once();
        }
        restart
    }

    /// How often the plugin has said that there is something to save, since the last call.
    pub fn take_marked_dirty(&self) -> u32 {
        self.requests.marked_dirty.swap(0, Ordering::SeqCst)
    }

    pub fn latency_changes(&self) -> u32 {
        self.requests.latency_changes.load(Ordering::SeqCst)
    }

    pub fn latency_samples(&self) -> usize {
        let latency: &clap_plugin_latency = self.extension(CLAP_EXT_LATENCY);
        // SAFETY: the extension is the plugin's.
        unsafe { latency.get.unwrap()(self.plugin) as usize }
    }

    /// Sets a parameter, in plain CLAP values, with the next block.
    pub fn set(&mut self, id: &str, value: f64) {
        self.set_at(id, value, 0);
    }

    /// Sets a parameter at a sample of the next block.
    pub fn set_at(&mut self, id: &str, value: f64, time: u32) {
        self.pending.push(Event::new(param_id(id), value, time));
    }

    /// Starts or ends a MIDI note at a sample of the next block; -1 is every note.
    pub fn note_at(&mut self, on: bool, key: i16, time: u32) {
        self.pending.push(Event::note(on, key, time));
    }

    /// Presses a trigger: on with this block, off with the next.
    pub fn press(&mut self, id: &str) {
        self.set(id, 1.0);
        self.play(&vec![vec![0.0; 16]; self.setup.channels], 16);
        self.set(id, 0.0);
        self.play(&vec![vec![0.0; 16]; self.setup.channels], 16);
    }

    /// Passes on parameters without processing.
    pub fn flush(&mut self) {
        let params: &clap_plugin_params = self.extension(CLAP_EXT_PARAMS);
        let flush = params.flush.unwrap();
        let events = events::Input::new(std::mem::take(&mut self.pending));
        // SAFETY: the lists are valid until the call returns.
        unsafe { flush(self.plugin, events.list(), events::output()) };
    }

    pub fn value(&self, id: &str) -> f64 {
        let params: &clap_plugin_params = self.extension(CLAP_EXT_PARAMS);
        let mut value = 0.0;
        // SAFETY: the extension is the plugin's.
        assert!(unsafe { params.get_value.unwrap()(self.plugin, param_id(id), &mut value) });
        value
    }

    /// The text for a parameter's value.
    pub fn text(&self, id: &str, value: f64) -> String {
        let params: &clap_plugin_params = self.extension(CLAP_EXT_PARAMS);
        let mut text = [0 as c_char; 256];
        // SAFETY: the buffer has the stated length.
        unsafe {
            let convert = params.value_to_text.unwrap();
            assert!(convert(self.plugin, param_id(id), value, text.as_mut_ptr(), 256));
            CStr::from_ptr(text.as_ptr()).to_string_lossy().into_owned()
        }
    }

    /// The value for a parameter's text.
    pub fn value_of(&self, id: &str, text: &str) -> Option<f64> {
        let params: &clap_plugin_params = self.extension(CLAP_EXT_PARAMS);
        let text = CString::new(text).unwrap();
        let mut value = 0.0;
        // SAFETY: the text ends with nul.
        let known = unsafe {
            params.text_to_value.unwrap()(self.plugin, param_id(id), text.as_ptr(), &mut value)
        };
        known.then_some(value)
    }

    /// Every parameter: identifier, minimum, maximum, whether it is stepped.
    pub fn params(&self) -> Vec<(u32, f64, f64, bool)> {
        let params: &clap_plugin_params = self.extension(CLAP_EXT_PARAMS);
        // SAFETY: the extension is the plugin's.
        unsafe {
            (0..params.count.unwrap()(self.plugin))
                .map(|index| {
                    let mut info = std::mem::zeroed();
                    assert!(params.get_info.unwrap()(self.plugin, index, &mut info));
                    let stepped = info.flags & clap_sys::ext::params::CLAP_PARAM_IS_STEPPED != 0;
                    (info.id, info.min_value, info.max_value, stepped)
                })
                .collect()
        }
    }

    /// Samples that still sound after the input has ended.
    pub fn tail_samples(&self) -> usize {
        let tail: &clap_plugin_tail = self.extension(CLAP_EXT_TAIL);
        // SAFETY: the extension is the plugin's.
        unsafe { tail.get.unwrap()(self.plugin) as usize }
    }

    /// Pages of parameters for hardware controls.
    pub fn remote_control_pages(&self) -> u32 {
        let pages: &clap_plugin_remote_controls = self.extension(CLAP_EXT_REMOTE_CONTROLS);
        // SAFETY: the extension is the plugin's.
        unsafe { pages.count.unwrap()(self.plugin) }
    }

    /// Sets a parameter by its CLAP identifier.
    pub fn set_by_id(&mut self, id: u32, value: f64, time: u32) {
        self.pending.push(Event::new(id, value, time));
    }

    pub fn save(&self) -> Vec<u8> {
        let state: &clap_plugin_state = self.extension(CLAP_EXT_STATE);
        stream::written(|stream| {
            // SAFETY: the stream is valid until the call returns.
            assert!(unsafe { state.save.unwrap()(self.plugin, stream) });
        })
    }

    /// The size of the state that is saved, which is not kept.
    pub fn saved_bytes(&self) -> usize {
        let state: &clap_plugin_state = self.extension(CLAP_EXT_STATE);
        stream::counted(|stream| {
            // SAFETY: the stream is valid until the call returns.
            assert!(unsafe { state.save.unwrap()(self.plugin, stream) });
        })
    }

    /// Returns whether the state was accepted.
    pub fn load(&self, bytes: &[u8]) -> bool {
        let state: &clap_plugin_state = self.extension(CLAP_EXT_STATE);
        stream::reading(bytes, |stream| {
            // SAFETY: the stream is valid until the call returns.
            unsafe { state.load.unwrap()(self.plugin, stream) }
        })
    }

    /// The project in the saved state.
    pub fn saved_project(&self) -> serde_json::Value {
        let state: serde_json::Value = serde_json::from_slice(&self.save()[8..]).unwrap();
        let text = state["fields"]["project"].as_str().unwrap();
        serde_json::from_str::<serde_json::Value>(text).unwrap()["content"].take()
    }

    /// The present state, with the project changed.
    pub fn save_with(&self, change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
        let mut state: serde_json::Value = serde_json::from_slice(&self.save()[8..]).unwrap();
        let mut project = self.saved_project();
        change(&mut project);
        state["params"] = project["params"].clone();
        state["fields"]["project"] = serde_json::Value::String(sealed(&project));
        framed(&state)
    }
}

/// The saved text of a project, with its checksum.
pub fn sealed(project: &serde_json::Value) -> String {
    let content = project.to_string();
    let crc32 = crc32fast::hash(content.as_bytes());
    format!(r#"{{"version":2,"crc32":{crc32},"content":{content}}}"#)
}

/// A state in the framework's format: its length first.
pub fn framed(state: &serde_json::Value) -> Vec<u8> {
    let text = state.to_string();
    [&(text.len() as u64).to_le_bytes()[..], text.as_bytes()].concat()
}

impl Drop for Instance {
    fn drop(&mut self) {
        if self.active {
            self.deactivate();
        }
        // SAFETY: inactive, and not used again.
        unsafe { (*self.plugin).destroy.unwrap()(self.plugin) };
    }
}
