//! Lists of parameter changes.

use std::ffi::c_void;
use std::ptr::null_mut;

use clap_sys::events::{
    CLAP_CORE_EVENT_SPACE_ID, CLAP_EVENT_PARAM_VALUE, clap_event_header, clap_event_param_value,
    clap_input_events, clap_output_events,
};

/// A parameter change at a sample of a block.
pub type Event = Change;

#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Change(clap_event_param_value);

impl Change {
    pub fn new(param_id: u32, value: f64, time: u32) -> Self {
        Self(clap_event_param_value {
            header: clap_event_header {
                size: size_of::<clap_event_param_value>() as u32,
                time,
                space_id: CLAP_CORE_EVENT_SPACE_ID,
                type_: CLAP_EVENT_PARAM_VALUE,
                flags: 0,
            },
            param_id,
            cookie: null_mut(),
            note_id: -1,
            port_index: -1,
            channel: -1,
            key: -1,
            value,
        })
    }
}

/// The framework's CLAP identifier of a parameter.
pub fn param_id(id: &str) -> u32 {
    id.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into())) & !(1 << 31)
}

/// The changes of one block.
pub struct Input {
    list: Box<clap_input_events>,
    _changes: Box<Changes>,
}

struct Changes(Vec<Change>);

impl Input {
    pub fn new(mut changes: Vec<Change>) -> Self {
        changes.sort_by_key(|change| change.0.header.time);
        let changes = Box::new(Changes(changes));
        let list = Box::new(clap_input_events {
            ctx: &raw const *changes as *mut c_void,
            size: Some(size),
            get: Some(get),
        });
        Self { list, _changes: changes }
    }

    pub fn list(&self) -> *const clap_input_events {
        &*self.list
    }
}

unsafe fn changes<'a>(list: *const clap_input_events) -> &'a Vec<Change> {
    // SAFETY: the context is the list of changes, which lives as long.
    unsafe { &(*(*list).ctx.cast::<Changes>()).0 }
}

unsafe extern "C" fn size(list: *const clap_input_events) -> u32 {
    // SAFETY: called with the list it belongs to.
    unsafe { changes(list) }.len() as u32
}

unsafe extern "C" fn get(list: *const clap_input_events, index: u32) -> *const clap_event_header {
    // SAFETY: called with the list it belongs to.
    let change: *const Change = &unsafe { changes(list) }[index as usize];
    change.cast()
}

/// A list that accepts what the plugin sends and discards it.
pub fn output() -> *const clap_output_events {
    static OUTPUT: Sink = Sink(clap_output_events { ctx: null_mut(), try_push: Some(try_push) });
    &OUTPUT.0
}

struct Sink(clap_output_events);

// SAFETY: it has no content.
unsafe impl Sync for Sink {}

unsafe extern "C" fn try_push(_: *const clap_output_events, _: *const clap_event_header) -> bool {
    true
}
