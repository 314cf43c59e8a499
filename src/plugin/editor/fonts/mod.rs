//! Draws characters that egui's own fonts lack, such as those of names in Chinese, Arabic or
//! Hindi, with fonts of the user's system.
//!
//! egui asks [`FontSearch`] for every character that it is about to draw and has no font for, so
//! no text of the window can be left out; without such a character nothing happens. The answer
//! comes later: a thread of the window looks for fonts, [`system_fonts`] finds them, and
//! [`trial`] refuses those that egui could not draw with. What was found is for all windows of
//! the process, until it ends.

mod script;
mod search;
mod system_fonts;
mod trial;

use std::sync::Arc;
use std::thread::JoinHandle;

pub use search::FontSearch;
#[cfg(test)]
pub use search::{FontSource, MAX_FACES};
#[cfg(test)]
pub use system_fonts::SystemFonts;

use crate::plugin::priority::give_way;
use crate::plugin::resident::stay_loaded;

/// A window's access to the fonts of the system.
pub struct WindowFonts {
    search: Arc<FontSearch>,
    /// For how many characters the search had a face when the window last asked.
    taken: usize,
    thread: Option<JoinHandle<()>>,
}

impl WindowFonts {
    pub fn new(search: Arc<FontSearch>) -> Self {
        Self { search, taken: 0, thread: None }
    }

    /// Lets egui ask for fonts.
    pub fn install(&mut self, ctx: &egui::Context) {
        self.taken = self.search.found();
        // egui remembers the characters that it got no font for. With its providers set again, it
        // asks for all of them again.
        ctx.set_font_providers(vec![self.search.clone()]);
    }

    /// Starts a search if egui has asked for something, and shows what was found. To be called
    /// before a frame is drawn.
    pub fn follow(&mut self, ctx: &egui::Context) {
        if let Some(ended) = self.thread.take_if(|thread| thread.is_finished()) {
            let _ = ended.join();
        }
        // Listing the system's fonts can take seconds, for which nobody should wait who closes the
        // window.
        if self.thread.is_none() && self.search.is_asked() && stay_loaded() {
            let search = self.search.clone();
            let run = move || {
                give_way();
                search.run();
            };
            let thread = std::thread::Builder::new().name("fonts".to_string());
            // Without a thread there is no font; the next frame tries again.
            self.thread = thread.spawn(run).ok();
        }
        if self.taken != self.search.found() {
            self.install(ctx);
        }
    }
}
