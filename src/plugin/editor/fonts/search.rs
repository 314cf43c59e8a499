//! Which characters need a font of the system, and the faces that have been found for them.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use egui::FontData;
use egui::epaint::text::{FallbackRequest, FontInsert, FontProvider};

use super::script::order;
use super::system_fonts::SystemFonts;
use super::trial;
use crate::plugin::real_time::lock;

/// The largest number of faces that are taken from the system. More scripts than this are rare in
/// one session, and egui goes through all faces for every new character.
pub const MAX_FACES: usize = 12;

/// During a long search, what was found is shown this often: every window then lays out all of its
/// text again.
const SHOWN_AFTER: Duration = Duration::from_millis(200);

/// Where fonts come from.
pub trait FontSource: Send {
    /// A font that has the character and is accepted. `others` are characters that were asked for
    /// at the same time.
    fn find(
        &mut self,
        c: char,
        others: &[char],
        accept: &mut dyn FnMut(&FontData) -> bool,
    ) -> Option<FontData>;
}

/// Opens the source of fonts; called once, when the first font is needed.
type Open = Box<dyn Fn() -> Box<dyn FontSource> + Send + Sync>;

/// The search for fonts, shared by all windows of the process.
pub struct FontSearch {
    open: Open,
    /// Held while a search runs.
    source: Mutex<Option<Box<dyn FontSource>>>,
    known: Mutex<Known>,
    /// Whether the next search is for something.
    is_asked: AtomicBool,
    /// For how many characters there is a face.
    found: AtomicUsize,
}

/// What has been asked and found so far.
#[derive(Default)]
struct Known {
    /// The face for each character that egui asked for, as an index into `faces`; `None` until one
    /// is found, which may be never.
    answers: HashMap<char, Option<usize>>,
    /// What the next search is for.
    asked: Vec<char>,
    faces: Vec<FontData>,
}

impl FontSearch {
    /// The one for the fonts of the system.
    pub fn of_the_system() -> Arc<Self> {
        static SEARCH: LazyLock<Arc<FontSearch>> =
            LazyLock::new(|| Arc::new(FontSearch::new(|| Box::new(SystemFonts::list()))));
        SEARCH.clone()
    }

    pub fn new(open: impl Fn() -> Box<dyn FontSource> + Send + Sync + 'static) -> Self {
        let (source, known, is_asked, found) = Default::default();
        Self { open: Box::new(open), source, known, is_asked, found }
    }

    /// One that finds nothing.
    #[cfg(test)]
    pub fn of_no_fonts() -> Self {
        Self::new(|| Box::new(NoFonts))
    }

    /// Whether there is something to search for.
    pub fn is_asked(&self) -> bool {
        self.is_asked.load(Ordering::Acquire)
    }

    /// Whether no search runs.
    #[cfg(test)]
    pub fn is_idle(&self) -> bool {
        self.source.try_lock().is_ok()
    }

    /// For how many characters there is a face.
    pub fn found(&self) -> usize {
        self.found.load(Ordering::Acquire)
    }

    /// Searches for all that was asked, which takes a while.
    pub fn run(&self) {
        let mut source = lock(&self.source);
        let mut asked = {
            let mut known = lock(&self.known);
            self.is_asked.store(false, Ordering::Release);
            std::mem::take(&mut known.asked)
        };
        asked.sort_by_key(|c| (order(*c), *c));
        let mut found = 0;
        let mut shown = Instant::now();
        for &c in &asked {
            let faces = lock(&self.known).faces.clone();
            let present = faces.iter().position(|face| trial::draws(face, c));
            let fresh = (present.is_none() && faces.len() < MAX_FACES)
                .then(|| self.find(&mut source, c, &asked))
                .flatten();
            let mut known = lock(&self.known);
            let answer = present.or(fresh.is_some().then_some(faces.len()));
            known.faces.extend(fresh);
            known.answers.insert(c, answer);
            found += usize::from(answer.is_some());
            // A character that no font has takes longest; the others need not wait for it.
            if shown.elapsed() >= SHOWN_AFTER {
                self.found.fetch_add(std::mem::take(&mut found), Ordering::Release);
                shown = Instant::now();
            }
        }
        self.found.fetch_add(found, Ordering::Release);
    }

    /// Asks the source. If it fails, it is not asked again.
    fn find(
        &self,
        source: &mut Option<Box<dyn FontSource>>,
        c: char,
        others: &[char],
    ) -> Option<FontData> {
        let found = catch_unwind(AssertUnwindSafe(|| {
            let source = source.get_or_insert_with(|| (self.open)());
            let mut face = source.find(c, others, &mut |font| trial::draws(font, c))?;
            face.tweak.y_offset_factor = trial::drop_to_the_line(&face, c);
            Some(face)
        }));
        found.unwrap_or_else(|_| {
            *source = Some(Box::new(NoFonts));
            None
        })
    }
}

/// egui asks in the middle of drawing a frame: only what is known can be answered.
impl FontProvider for FontSearch {
    fn font_for(&self, request: &FallbackRequest<'_>) -> Option<FontInsert> {
        let c = request.cluster.chars().next()?;
        let mut known = lock(&self.known);
        match known.answers.get(&c) {
            Some(answer) => {
                let face = (*answer)?;
                // By its name egui knows a face that it has already.
                let name = format!("system font {face}");
                Some(FontInsert::new(&name, known.faces[face].clone(), Vec::new()))
            }
            None => {
                known.answers.insert(c, None);
                known.asked.push(c);
                self.is_asked.store(true, Ordering::Release);
                None
            }
        }
    }
}

/// What is left of a source that failed.
struct NoFonts;

impl FontSource for NoFonts {
    fn find(
        &mut self,
        _: char,
        _: &[char],
        _: &mut dyn FnMut(&FontData) -> bool,
    ) -> Option<FontData> {
        None
    }
}
