//! Keeps the plugin's library loaded.

/// Lets the library that this code is in stay loaded until the process ends, even if the host
/// unloads the plugin: a thread that runs its code would crash the host otherwise. Returns
/// whether it stays. A program's own code always does.
#[cfg(unix)]
pub fn stay_loaded() -> bool {
    use std::ffi::{CStr, c_void};

    let own_code = stay_loaded as *const c_void;
    let Some(own) = image_of(own_code) else { return false };
    // The linker on Linux knows the program itself by no name.
    #[cfg(target_os = "linux")]
    {
        // SAFETY: reads a value that the kernel gave the process.
        let program_headers = unsafe { libc::getauxval(libc::AT_PHDR) } as *const c_void;
        if image_of(program_headers).is_some_and(|program| program.dli_fbase == own.dli_fbase) {
            return true;
        }
    }
    // SAFETY: the name of a loaded library, which stays valid while its code runs. It is not
    // loaded again. The handle is never closed.
    let handle = unsafe {
        let name = CStr::from_ptr(own.dli_fname);
        let flags = libc::RTLD_NOW | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
        libc::dlopen(name.as_ptr(), flags)
    };
    !handle.is_null()
}

/// The library or program that an address is in.
#[cfg(unix)]
fn image_of(address: *const std::ffi::c_void) -> Option<libc::Dl_info> {
    let mut info = std::mem::MaybeUninit::zeroed();
    // SAFETY: any address may be asked for; a result other than 0 means that `info` is set.
    unsafe { (libc::dladdr(address, info.as_mut_ptr()) != 0).then(|| info.assume_init()) }
}

/// As above.
#[cfg(windows)]
pub fn stay_loaded() -> bool {
    use windows_sys::Win32::System::LibraryLoader::{
        GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
    };

    let own_code = stay_loaded as *const u16;
    let flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN;
    let mut module = std::ptr::null_mut();
    // SAFETY: with these flags, the second argument is any address in the library.
    unsafe { GetModuleHandleExW(flags, own_code, &mut module) != 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_stays_loaded() {
        assert!(stay_loaded());
    }
}
