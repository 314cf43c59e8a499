//! How urgent a thread is.

/// Lets whatever plays go first, where the system knows priorities of threads.
/// The threads that learning starts from here inherit it.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    // SAFETY: it takes numbers only; 0 is the calling thread.
    unsafe {
        const BACKGROUND_NICENESS: i32 = 10;
        libc::setpriority(libc::PRIO_PROCESS, 0, BACKGROUND_NICENESS);
    }
}
