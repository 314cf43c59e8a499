//! The library as it was last read, on another thread.

use std::sync::{Arc, Mutex};

use super::NO_LIBRARY;
use crate::library::Listing;
use crate::plugin::hub::Hub;
use crate::plugin::real_time::lock;

/// What was read, or the problem.
pub type ReadListing = Result<Arc<Listing>, String>;

#[derive(Clone, Default)]
pub struct LatestListing(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    listing: Option<ReadListing>,
    /// How often it was to be read.
    requests: u64,
    is_being_read: bool,
}

impl LatestListing {
    /// `None` before it has been read for the first time.
    pub fn get(&self) -> Option<ReadListing> {
        lock(&self.0).listing.clone()
    }

    /// Reads the library again, as it is now: what another thread is reading already may be older
    /// than a change of it, and is discarded.
    pub fn refresh(&self, hub: &Hub, context: &egui::Context) {
        if !self.request() {
            self.read(|| listing(hub));
            context.request_repaint();
        }
    }

    /// Returns whether a thread is reading already, which then reads once more.
    fn request(&self) -> bool {
        let mut state = lock(&self.0);
        state.requests += 1;
        std::mem::replace(&mut state.is_being_read, true)
    }

    /// Reads until nothing has been requested meanwhile.
    fn read(&self, read: impl Fn() -> ReadListing) {
        loop {
            let requests = lock(&self.0).requests;
            let listing = read();
            let mut state = lock(&self.0);
            if state.requests == requests {
                state.listing = Some(listing);
                state.is_being_read = false;
                return;
            }
        }
    }
}

fn listing(hub: &Hub) -> ReadListing {
    let library = hub.library.as_ref().ok_or(NO_LIBRARY)?;
    library.list().map(Arc::new).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// What was read before a deletion, and arrives after it, is not shown.
    #[test]
    fn what_has_changed_while_it_was_read_is_read_again() {
        let (listing, library) = (LatestListing::default(), RefCell::new("violin, bass"));
        assert!(!listing.request());
        let reads = RefCell::new(0);
        listing.read(|| {
            let read = library.borrow().to_string();
            if reads.replace_with(|count| *count + 1) == 0 {
                *library.borrow_mut() = "bass";
                assert!(listing.request(), "this one goes on");
                assert!(listing.get().is_none());
            }
            Err(read)
        });
        assert_eq!(listing.get().unwrap().unwrap_err(), "bass");
        assert_eq!(*reads.borrow(), 2);
        assert!(!listing.request(), "the next one needs another thread");
    }
}
