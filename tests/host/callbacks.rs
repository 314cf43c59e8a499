//! The host functions that the plugin may call.

use std::ffi::{CStr, c_char, c_void};
use std::sync::atomic::Ordering;

use clap_sys::ext::latency::{CLAP_EXT_LATENCY, clap_host_latency};
use clap_sys::ext::state::{CLAP_EXT_STATE, clap_host_state};
use clap_sys::host::clap_host;

use super::{Requests, window};

unsafe fn requests<'a>(host: *const clap_host) -> &'a Requests {
    // SAFETY: the host's data are the requests, which outlive the plugin.
    unsafe { &*(*host).host_data.cast::<Requests>() }
}

pub unsafe extern "C" fn request_restart(host: *const clap_host) {
    // SAFETY: the plugin passes its host.
    unsafe { requests(host) }.restart.store(true, Ordering::SeqCst);
}

pub unsafe extern "C" fn request_process(_: *const clap_host) {}

pub unsafe extern "C" fn request_callback(host: *const clap_host) {
    // SAFETY: the plugin passes its host.
    unsafe { requests(host) }.callback.store(true, Ordering::SeqCst);
}

pub unsafe extern "C" fn latency_changed(host: *const clap_host) {
    // SAFETY: the plugin passes its host.
    unsafe { requests(host) }.latency_changes.fetch_add(1, Ordering::SeqCst);
}

static HOST_LATENCY: clap_host_latency = clap_host_latency { changed: Some(latency_changed) };

unsafe extern "C" fn mark_dirty(host: *const clap_host) {
    // SAFETY: the plugin passes its host.
    unsafe { requests(host) }.marked_dirty.fetch_add(1, Ordering::SeqCst);
}

static HOST_STATE: clap_host_state = clap_host_state { mark_dirty: Some(mark_dirty) };

pub unsafe extern "C" fn host_extension(_: *const clap_host, id: *const c_char) -> *const c_void {
    // SAFETY: the id ends with nul.
    let id = unsafe { CStr::from_ptr(id) };
    if id == CLAP_EXT_LATENCY {
        (&raw const HOST_LATENCY).cast()
    } else if id == CLAP_EXT_STATE {
        (&raw const HOST_STATE).cast()
    } else {
        window::host_gui(id)
    }
}
