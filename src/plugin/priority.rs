//! Thread priority: what works in the background lets audio go first.

/// Lowers this thread's priority. On Linux, threads that start from here inherit it; learning
/// therefore runs in [`start_shared_pool`]'s on every system.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    // SAFETY: it takes only numbers; 0 is the calling thread.
    unsafe {
        const BACKGROUND_NICENESS: i32 = 10;
        libc::setpriority(libc::PRIO_PROCESS, 0, BACKGROUND_NICENESS);
    }
    #[cfg(target_os = "macos")]
    // SAFETY: it takes only numbers.
    unsafe {
        libc::pthread_set_qos_class_self_np(libc::qos_class_t::QOS_CLASS_UTILITY, 0);
    }
    #[cfg(windows)]
    // SAFETY: the handle stands for the calling thread, and need not be closed.
    unsafe {
        use windows_sys::Win32::System::Threading::{
            GetCurrentThread, SetThreadPriority, THREAD_PRIORITY_BELOW_NORMAL,
        };
        SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_BELOW_NORMAL);
    }
}

/// Starts the threads that learning is spread over, for all instances, unless they run already.
/// They give way.
pub fn start_shared_pool() {
    // The threads never end. On other systems they keep the library loaded by themselves.
    #[cfg(windows)]
    super::resident::stay_loaded();
    let pool = rayon::ThreadPoolBuilder::new().start_handler(|_| give_way());
    // Fails if it has been started before.
    let _ = pool.build_global();
}
