//! A CLAP host that checks nothing.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicBool, Ordering};

use clap_sys::audio_buffer::clap_audio_buffer;
use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_NOTE_OFF, CLAP_EVENT_NOTE_ON, CLAP_EVENT_PARAM_VALUE,
    clap_event_header, clap_event_note, clap_event_param_value, clap_input_events,
    clap_output_events,
};
use clap_sys::ext::gui::{CLAP_EXT_GUI, clap_host_gui};
use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_plugin_latency};
use clap_sys::ext::params::{CLAP_EXT_PARAMS, clap_plugin_params};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_plugin_state};
use clap_sys::factory::plugin_factory::{CLAP_PLUGIN_FACTORY_ID, clap_plugin_factory};
use clap_sys::host::clap_host;
use clap_sys::plugin::clap_plugin;
use clap_sys::process::{CLAP_PROCESS_ERROR, clap_process};
use clap_sys::stream::{clap_istream, clap_ostream};
use clap_sys::version::CLAP_VERSION;

use crate::host::{Block, Bus, Event, EventList, Host, Subject, Variant};
use crate::memory::{Guarded, Side};
use crate::stream::{Reader, Sink, Source, Writer};

pub struct Clap {
    pub plugin: *const clap_plugin,
    _host: Box<clap_host>,
    requests: Box<Requests>,
    side: Side,
    setup: Cell<Option<(f64, u32)>>,
}

/// What the plugin has asked for.
#[derive(Default)]
struct Requests {
    callback: AtomicBool,
    restart: AtomicBool,
}

// SAFETY: not safe; calling the plugin from the wrong thread is what some cases are for.
unsafe impl Sync for Clap {}

/// The functions of a host; a wrong one has none.
pub fn host(data: *const c_void) -> clap_host {
    clap_host {
        clap_version: CLAP_VERSION,
        host_data: data.cast_mut(),
        name: c"hostile".as_ptr(),
        vendor: c"".as_ptr(),
        url: c"".as_ptr(),
        version: c"1".as_ptr(),
        get_extension: Some(host_extension),
        request_restart: Some(request_restart),
        request_process: Some(ignore),
        request_callback: Some(request_callback),
    }
}

unsafe extern "C" fn ignore(_: *const clap_host) {}

unsafe extern "C" fn request_restart(host: *const clap_host) {
    // SAFETY: the host's data are the requests.
    unsafe { &*(*host).host_data.cast::<Requests>() }.restart.store(true, Ordering::SeqCst);
}

unsafe extern "C" fn request_callback(host: *const clap_host) {
    // SAFETY: as above.
    unsafe { &*(*host).host_data.cast::<Requests>() }.callback.store(true, Ordering::SeqCst);
}

unsafe extern "C" fn host_extension(_: *const clap_host, id: *const c_char) -> *const c_void {
    // SAFETY: the id ends with nul.
    if unsafe { CStr::from_ptr(id) } == CLAP_EXT_GUI {
        (&raw const HOST_GUI).cast()
    } else {
        null()
    }
}

unsafe extern "C" fn refuse(_: *const clap_host) -> bool {
    false
}

unsafe extern "C" fn refuse_size(_: *const clap_host, _: u32, _: u32) -> bool {
    false
}

unsafe extern "C" fn closed(_: *const clap_host, _: bool) {}

static HOST_GUI: clap_host_gui = clap_host_gui {
    resize_hints_changed: Some(ignore),
    request_resize: Some(refuse_size),
    request_show: Some(refuse),
    request_hide: Some(refuse),
    closed: Some(closed),
};

pub fn id(variant: Variant) -> &'static CStr {
    match variant {
        Variant::Main => c"org.unbraid.unbraid",
        Variant::Multi => c"org.unbraid.unbraid-multi",
    }
}

pub fn factory() -> *const clap_plugin_factory {
    let entry = &unbraid::plugin::clap_entry;
    // SAFETY: as CLAP specifies.
    unsafe {
        assert!(entry.init.unwrap()(c"".as_ptr()));
        entry.get_factory.unwrap()(CLAP_PLUGIN_FACTORY_ID.as_ptr()).cast()
    }
}

impl Clap {
    pub fn new(subject: Subject) -> Self {
        let requests = Box::<Requests>::default();
        let host = Box::new(host((&raw const *requests).cast()));
        let factory = factory();
        // SAFETY: as CLAP specifies.
        let plugin = unsafe {
            let create = (*factory).create_plugin.unwrap();
            let plugin = create(factory, &*host, id(subject.variant).as_ptr());
            assert!((*plugin).init.unwrap()(plugin));
            plugin
        };
        Self { plugin, _host: host, requests, side: subject.side, setup: Cell::new(None) }
    }

    pub fn extension<T>(&self, id: &CStr) -> &T {
        // SAFETY: the plugin has the extension as long as it lives.
        unsafe {
            let extension = (*self.plugin).get_extension.unwrap()(self.plugin, id.as_ptr());
            assert!(!extension.is_null());
            &*extension.cast::<T>()
        }
    }

    pub fn params(&self) -> &clap_plugin_params {
        self.extension(CLAP_EXT_PARAMS)
    }

    /// Sets parameters outside `process`.
    pub fn flush(&self, events: &[Event], list: EventList) {
        let list = Events::new(events, list, self.side);
        // SAFETY: the lists are valid until the call returns.
        unsafe { self.params().flush.unwrap()(self.plugin, list.list(), list.output()) };
    }

    /// A value as text in a buffer of `capacity` bytes; the buffer and the result.
    pub fn text_in(&self, id: u32, value: f64, capacity: usize) -> (Guarded<c_char>, bool) {
        let buffer = Guarded::new(&vec![b'?' as c_char; capacity], self.side);
        let convert = self.params().value_to_text.unwrap();
        // SAFETY: the buffer has the stated size.
        let done = unsafe { convert(self.plugin, id, value, buffer.pointer(), capacity as u32) };
        (buffer, done)
    }

    /// The value for a text of any bytes.
    pub fn value_of_bytes(&self, id: u32, text: &CStr) -> Option<f64> {
        let text: Vec<c_char> = text.to_bytes_with_nul().iter().map(|b| *b as c_char).collect();
        let text = Guarded::new(&text, self.side);
        let mut value = f64::NAN;
        let convert = self.params().text_to_value.unwrap();
        // SAFETY: the text ends with nul.
        let known = unsafe { convert(self.plugin, id, text.pointer(), &mut value) };
        known.then_some(value)
    }
}

/// Events as the plugin gets them.
struct Events {
    kind: EventList,
    input: clap_input_events,
    output: clap_output_events,
    #[expect(clippy::box_collection, reason = "the plugin has the address of the list")]
    _events: Box<Vec<Option<Guarded<u8>>>>,
}

impl Events {
    fn new(events: &[Event], kind: EventList, side: Side) -> Self {
        let events = events.iter().map(|event| match event {
            Event::Value { id, value, time } => {
                Some(Guarded::new(&bytes(*id, *value, *time), side))
            }
            Event::Note { on, key, time } => {
                Some(Guarded::new(&note_bytes(*on, *key, *time), side))
            }
            Event::Raw(bytes) => Some(Guarded::new(bytes, side)),
            Event::Null => None,
        });
        let events: Box<Vec<_>> = Box::new(events.collect());
        let hollow = kind == EventList::Hollow;
        let input = clap_input_events {
            ctx: (&raw const *events).cast_mut().cast(),
            size: if hollow { None } else { Some(size) },
            get: if hollow { None } else { Some(get) },
        };
        let try_push: Option<unsafe extern "C" fn(_, _) -> _> =
            if hollow { None } else { Some(try_push) };
        let output = clap_output_events { ctx: null_mut(), try_push };
        Self { kind, input, output, _events: events }
    }

    fn list(&self) -> *const clap_input_events {
        if self.kind == EventList::Null { null() } else { &self.input }
    }

    fn output(&self) -> *const clap_output_events {
        if self.kind == EventList::Null { null() } else { &self.output }
    }
}

/// The bytes of a change of a parameter.
pub fn bytes(id: u32, value: f64, time: i64) -> Vec<u8> {
    let event = clap_event_param_value {
        header: clap_event_header {
            size: size_of::<clap_event_param_value>() as u32,
            time: time as u32,
            space_id: CLAP_CORE_EVENT_SPACE_ID,
            type_: CLAP_EVENT_PARAM_VALUE,
            flags: 0,
        },
        param_id: id,
        cookie: null_mut(),
        note_id: -1,
        port_index: -1,
        channel: -1,
        key: -1,
        value,
    };
    // SAFETY: an event is plain data.
    unsafe { std::slice::from_raw_parts((&raw const event).cast(), size_of_val(&event)) }.to_vec()
}

/// The bytes of the start or the end of a note.
fn note_bytes(on: bool, key: i16, time: i64) -> Vec<u8> {
    let event = clap_event_note {
        header: clap_event_header {
            size: size_of::<clap_event_note>() as u32,
            time: time as u32,
            space_id: CLAP_CORE_EVENT_SPACE_ID,
            type_: if on { CLAP_EVENT_NOTE_ON } else { CLAP_EVENT_NOTE_OFF },
            flags: 0,
        },
        note_id: -1,
        port_index: 0,
        channel: 3,
        key,
        velocity: 0.8,
    };
    // SAFETY: an event is plain data.
    unsafe { std::slice::from_raw_parts((&raw const event).cast(), size_of_val(&event)) }.to_vec()
}

unsafe fn events<'a>(list: *const clap_input_events) -> &'a Vec<Option<Guarded<u8>>> {
    // SAFETY: the context is this list.
    unsafe { &*(*list).ctx.cast() }
}

unsafe extern "C" fn size(list: *const clap_input_events) -> u32 {
    // SAFETY: the plugin passes the list.
    unsafe { events(list) }.len() as u32
}

unsafe extern "C" fn get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: the plugin passes the list.
    let event = unsafe { events(list) }.get(index as usize);
    event.and_then(Option::as_ref).map_or(null(), |event| event.pointer().cast())
}

unsafe extern "C" fn try_push(_: *const clap_output_events, _: *const clap_event_header) -> bool {
    false
}

/// A bus's description, and the list of pointers that it refers to.
fn buffer(bus: &Bus, side: Side) -> (clap_audio_buffer, Option<Guarded<*mut f32>>) {
    let list = bus.channels.as_ref().map(|channels| Guarded::new(channels, side));
    let pointer = list.as_ref().map_or(null_mut(), Guarded::pointer);
    let buffer = clap_audio_buffer {
        data32: if bus.wide { null_mut() } else { pointer },
        data64: if bus.wide { pointer.cast() } else { null_mut() },
        channel_count: bus.claimed.unwrap_or(list.as_ref().map_or(0, |list| list.len() as u32)),
        latency: 0,
        constant_mask: bus.constant,
    };
    (buffer, list)
}

/// The list of buses, and the lists of pointers that it refers to.
type Buses = (Option<Guarded<clap_audio_buffer>>, Vec<Option<Guarded<*mut f32>>>);

fn buses(buses: Option<&Vec<Bus>>, side: Side) -> Buses {
    let Some(buses) = buses else { return (None, Vec::new()) };
    let (buffers, lists): (Vec<_>, Vec<_>) = buses.iter().map(|bus| buffer(bus, side)).unzip();
    (Some(Guarded::new(&buffers, side)), lists)
}

impl Host for Clap {
    fn activate(&self, sample_rate_hz: f64, max_block: u32) -> bool {
        self.setup.set(Some((sample_rate_hz, max_block)));
        // SAFETY: the plugin is valid.
        unsafe { (*self.plugin).activate.unwrap()(self.plugin, sample_rate_hz, 1, max_block) }
    }

    fn deactivate(&self) {
        // SAFETY: the plugin is valid.
        unsafe { (*self.plugin).deactivate.unwrap()(self.plugin) };
    }

    fn start(&self) -> bool {
        // SAFETY: the plugin is valid.
        unsafe { (*self.plugin).start_processing.unwrap()(self.plugin) }
    }

    fn stop(&self) {
        // SAFETY: the plugin is valid.
        unsafe { (*self.plugin).stop_processing.unwrap()(self.plugin) };
    }

    fn reset(&self) {
        // SAFETY: the plugin is valid.
        unsafe { (*self.plugin).reset.unwrap()(self.plugin) };
    }

    fn process(&self, block: &Block) -> bool {
        let (inputs, _input_lists) = buses(block.inputs.as_ref(), self.side);
        let (outputs, _output_lists) = buses(block.outputs.as_ref(), self.side);
        let pointer =
            |buses: &Option<Guarded<_>>| buses.as_ref().map_or(null_mut(), Guarded::pointer);
        let count = |claimed: Option<i64>, buses: &Option<Guarded<_>>| {
            claimed.unwrap_or(buses.as_ref().map_or(0, |buses| buses.len() as i64)) as u32
        };
        let events = Events::new(&block.events, block.event_list, self.side);
        let process = clap_process {
            steady_time: -1,
            frames_count: block.frames as u32,
            transport: null(),
            audio_inputs: pointer(&inputs),
            audio_outputs: pointer(&outputs),
            audio_inputs_count: count(block.claimed_inputs, &inputs),
            audio_outputs_count: count(block.claimed_outputs, &outputs),
            in_events: events.list(),
            out_events: events.output(),
        };
        let process = Guarded::new(&[process], self.side);
        // SAFETY: what is wrong with the block is what a case is for.
        let status = unsafe { (*self.plugin).process.unwrap()(self.plugin, process.pointer()) };
        status != CLAP_PROCESS_ERROR
    }

    fn latency_samples(&self) -> u32 {
        let latency: &clap_plugin_latency = self.extension(CLAP_EXT_LATENCY);
        // SAFETY: the plugin is valid.
        unsafe { latency.get.unwrap()(self.plugin) }
    }

    fn parameters(&self) -> Vec<u32> {
        // SAFETY: the plugin is valid.
        let count = unsafe { self.params().count.unwrap()(self.plugin) };
        (0..count).map(|index| self.parameter_at(index).expect("a parameter")).collect()
    }

    fn parameter_at(&self, index: u32) -> Option<u32> {
        // SAFETY: an info is plain data, which the plugin fills.
        unsafe {
            let mut info = std::mem::zeroed();
            let known = self.params().get_info.unwrap()(self.plugin, index, &mut info);
            known.then_some(info.id)
        }
    }

    fn largest(&self, id: u32) -> f64 {
        // SAFETY: as above.
        unsafe {
            let params = self.params();
            let mut info = std::mem::zeroed();
            for index in 0..params.count.unwrap()(self.plugin) {
                params.get_info.unwrap()(self.plugin, index, &mut info);
                if info.id == id {
                    return info.max_value;
                }
            }
        }
        panic!("no parameter {id}")
    }

    fn value(&self, id: u32) -> Option<f64> {
        let mut value = f64::NAN;
        // SAFETY: the plugin is valid.
        let known = unsafe { self.params().get_value.unwrap()(self.plugin, id, &mut value) };
        known.then_some(value)
    }

    fn set(&self, id: u32, value: f64) {
        self.flush(&[Event::Value { id, value, time: 0 }], EventList::Correct);
    }

    fn text(&self, id: u32, value: f64, capacity: usize) -> Option<String> {
        let (buffer, done) = self.text_in(id, value, capacity);
        let text: Vec<u8> = buffer.iter().map(|c| *c as u8).take_while(|b| *b != 0).collect();
        assert!(!done || capacity == 0 || text.len() < capacity, "the text has no end");
        done.then(|| String::from_utf8(text).expect("UTF-8"))
    }

    fn value_of(&self, id: u32, text: &str) -> Option<f64> {
        self.value_of_bytes(id, &CString::new(text).expect("no nul"))
    }

    fn save(&self, writer: Writer) -> Option<Vec<u8>> {
        let state: &clap_plugin_state = self.extension(CLAP_EXT_STATE);
        let mut sink = Sink::new(writer);
        let stream = clap_ostream { ctx: (&raw mut sink).cast(), write: Some(write) };
        // SAFETY: the stream is valid until the call returns.
        let done = unsafe { state.save.unwrap()(self.plugin, &stream) };
        done.then_some(sink.bytes)
    }

    fn load(&self, bytes: &[u8], reader: Reader) -> bool {
        let state: &clap_plugin_state = self.extension(CLAP_EXT_STATE);
        let mut source = Source::new(bytes, reader);
        let stream = clap_istream { ctx: (&raw mut source).cast(), read: Some(read) };
        // SAFETY: the stream is valid until the call returns.
        unsafe { state.load.unwrap()(self.plugin, &stream) }
    }

    fn answer(&self) {
        if self.requests.callback.swap(false, Ordering::SeqCst) {
            // SAFETY: the plugin is valid.
            unsafe { (*self.plugin).on_main_thread.unwrap()(self.plugin) };
        }
        if self.requests.restart.swap(false, Ordering::SeqCst)
            && let Some((sample_rate_hz, max_block)) = self.setup.get()
        {
            self.stop();
            self.deactivate();
            self.activate(sample_rate_hz, max_block);
            self.start();
        }
    }
}

impl Drop for Clap {
    /// In whatever state the plugin is.
    fn drop(&mut self) {
        // SAFETY: not used again.
        unsafe { (*self.plugin).destroy.unwrap()(self.plugin) };
    }
}

unsafe extern "C" fn read(stream: *const clap_istream, to: *mut c_void, size: u64) -> i64 {
    // SAFETY: the context is the source, and the plugin's buffer has the stated size.
    unsafe { (*(*stream).ctx.cast::<Source>()).read(to.cast(), size as usize) }.unwrap_or(-1)
}

unsafe extern "C" fn write(stream: *const clap_ostream, from: *const c_void, size: u64) -> i64 {
    // SAFETY: the context is the sink, and the plugin's data have the stated size.
    unsafe { (*(*stream).ctx.cast::<Sink>()).write(from.cast(), size as usize) }.unwrap_or(-1)
}
