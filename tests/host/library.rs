//! The plugin's library, loaded and unloaded as hosts do.

use std::ffi::{CString, c_void};
use std::path::PathBuf;

use clap_sys::entry::clap_plugin_entry;

use super::{Instance, Setup};

/// A loaded library. Dropping it unloads it, unless it stays by itself.
pub struct Library {
    handle: *mut c_void,
}

// SAFETY: any thread may use the handle.
unsafe impl Send for Library {}

impl Library {
    /// The library that was built with this test.
    pub fn load() -> Self {
        let path = CString::new(path().into_os_string().into_encoded_bytes()).unwrap();
        // SAFETY: its initialisers need nothing.
        let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_LOCAL) };
        assert!(!handle.is_null(), "{path:?} cannot be loaded");
        Self { handle }
    }

    /// An activated instance; it must be dropped before the library.
    pub fn instance(&self, id: &str, setup: Setup) -> Instance {
        // SAFETY: CLAP specifies what has that name. It is there as long as the library.
        let entry = unsafe {
            let entry = libc::dlsym(self.handle, c"clap_entry".as_ptr());
            entry.cast::<clap_plugin_entry>().as_ref().expect("no clap_entry")
        };
        let mut instance = Instance::inactive_of(entry, id, setup);
        instance.activate();
        instance
    }

    /// Whether the library is in this process, loaded or left behind.
    pub fn is_in_memory() -> bool {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        maps.contains(&*path().to_string_lossy())
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: instances have been dropped.
        unsafe { libc::dlclose(self.handle) };
    }
}

fn path() -> PathBuf {
    std::env::current_exe().unwrap().with_file_name("libunbraid.so")
}
