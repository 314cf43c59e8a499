//! A trap for system calls in the audio callback: Linux's "syscall user dispatch" passes each
//! of them to a signal handler instead of the kernel. On other systems nothing is trapped.

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod trap {
    use std::cell::Cell;
    use std::ffi::{c_int, c_long, c_void};

    /// As in the kernel's `linux/prctl.h`.
    const PR_SET_SYSCALL_USER_DISPATCH: c_int = 59;

    const ALLOW: u8 = 0;
    const BLOCK: u8 = 1;

    thread_local! {
        /// The kernel reads this at every system call of the thread.
        static SELECTOR: Cell<u8> = const { Cell::new(ALLOW) };
        static SET_UP: Cell<bool> = const { Cell::new(false) };
        static CAUGHT: Cell<(usize, c_int)> = const { Cell::new((0, -1)) };
    }

    extern "C" fn handle(_: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
        // Allow the rest of the callback, or the handler could not return.
        SELECTOR.set(ALLOW);
        // SAFETY: the kernel passes both; for this signal, the number of the call follows the
        // address of the instruction (siginfo_t, _sigsys).
        unsafe {
            let number = info.cast::<u8>().add(24).cast::<c_int>().read();
            CAUGHT.set((CAUGHT.get().0 + 1, number));
            let context = &mut *context.cast::<libc::ucontext_t>();
            let at = |register: c_int| context.uc_mcontext.gregs[register as usize] as c_long;
            let done = libc::syscall(
                c_long::from(number),
                at(libc::REG_RDI),
                at(libc::REG_RSI),
                at(libc::REG_RDX),
                at(libc::REG_R10),
                at(libc::REG_R8),
                at(libc::REG_R9),
            );
            let result = if done < 0 { -c_long::from(*libc::__errno_location()) } else { done };
            context.uc_mcontext.gregs[libc::REG_RAX as usize] = result;
        }
    }

    fn set_up() -> bool {
        // SAFETY: the handler only touches what is allowed in one, and the selector lives as
        // long as the thread.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handle as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO;
            libc::sigaction(libc::SIGSYS, &action, std::ptr::null_mut());
            let selector = SELECTOR.with(Cell::as_ptr);
            libc::prctl(PR_SET_SYSCALL_USER_DISPATCH, 1, 0, 0, selector) == 0
        }
    }

    pub fn arm() {
        if !SET_UP.get() {
            SET_UP.set(true);
            assert!(set_up(), "this kernel (before 5.11?) cannot trap system calls");
        }
        SELECTOR.set(BLOCK);
    }

    pub fn disarm() {
        SELECTOR.set(ALLOW);
    }

    /// Number of this thread's callbacks that made a system call, and the last call's number.
    pub fn caught() -> (usize, i32) {
        CAUGHT.get()
    }
}

#[cfg(not(all(target_os = "linux", target_arch = "x86_64")))]
mod trap {
    pub fn arm() {}
    pub fn disarm() {}
    pub fn caught() -> (usize, i32) {
        (0, -1)
    }
}

#[allow(unused_imports, reason = "each test file uses a part of it")]
pub use trap::{arm, caught, disarm};
