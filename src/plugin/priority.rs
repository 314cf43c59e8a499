//! Thread priority.

/// Lowers this thread's priority, on systems that have thread priorities, so that audio goes
/// first. Threads that learning starts from here inherit it.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    // SAFETY: it takes only numbers; 0 is the calling thread.
    unsafe {
        const BACKGROUND_NICENESS: i32 = 10;
        libc::setpriority(libc::PRIO_PROCESS, 0, BACKGROUND_NICENESS);
    }
}
