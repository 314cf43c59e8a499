//! The plugin's library, loaded and unloaded as hosts do.

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::PathBuf;

use clap_sys::entry::clap_plugin_entry;

use super::{Instance, Setup};

/// A loaded library. Dropping it unloads it, unless it stays by itself.
pub struct Library(libloading::Library);

impl Library {
    /// The library that was built with this test.
    pub fn load() -> Self {
        let path = path();
        // SAFETY: its initialisers need nothing.
        let library = unsafe { libloading::Library::new(&path) };
        Self(library.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
    }

    /// An activated instance; it must be dropped before the library.
    pub fn instance(&self, id: &str, setup: Setup) -> Instance {
        // SAFETY: CLAP specifies what has that name. It is there as long as the library.
        let entry = unsafe {
            let entry = self.0.get::<*const clap_plugin_entry>(b"clap_entry\0");
            entry.expect("no clap_entry").as_ref().expect("a null pointer")
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

fn path() -> PathBuf {
    std::env::current_exe().unwrap().with_file_name(format!("{DLL_PREFIX}unbraid{DLL_SUFFIX}"))
}
