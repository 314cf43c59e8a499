//! States as streams of bytes.

use std::ffi::c_void;

use clap_sys::stream::{clap_istream, clap_ostream};

/// The bytes written by `save`.
pub fn written(save: impl FnOnce(*const clap_ostream)) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    let stream = clap_ostream { ctx: (&raw mut bytes).cast(), write: Some(write) };
    save(&stream);
    bytes
}

/// The number of bytes written by `save`.
pub fn counted(save: impl FnOnce(*const clap_ostream)) -> usize {
    let mut bytes = 0usize;
    let stream = clap_ostream { ctx: (&raw mut bytes).cast(), write: Some(count) };
    save(&stream);
    bytes
}

/// The result of `load`, reading `bytes`.
pub fn reading<T>(bytes: &[u8], load: impl FnOnce(*const clap_istream) -> T) -> T {
    let mut rest = bytes;
    let stream = clap_istream { ctx: (&raw mut rest).cast(), read: Some(read) };
    load(&stream)
}

unsafe extern "C" fn write(stream: *const clap_ostream, data: *const c_void, size: u64) -> i64 {
    // SAFETY: the context is the list of bytes, and the data have the stated length.
    unsafe {
        let bytes = &mut *(*stream).ctx.cast::<Vec<u8>>();
        bytes.extend_from_slice(std::slice::from_raw_parts(data.cast(), size as usize));
    }
    size as i64
}

unsafe extern "C" fn count(stream: *const clap_ostream, _: *const c_void, size: u64) -> i64 {
    // SAFETY: the context is the number of bytes.
    unsafe { *(*stream).ctx.cast::<usize>() += size as usize };
    size as i64
}

unsafe extern "C" fn read(stream: *const clap_istream, data: *mut c_void, size: u64) -> i64 {
    // SAFETY: the context is the remaining input, and the data have room.
    unsafe {
        let rest = &mut *(*stream).ctx.cast::<&[u8]>();
        // In pieces, as some hosts do.
        let take = rest.len().min(size as usize).min(1000);
        std::ptr::copy_nonoverlapping(rest.as_ptr(), data.cast(), take);
        *rest = &rest[take..];
        take as i64
    }
}
