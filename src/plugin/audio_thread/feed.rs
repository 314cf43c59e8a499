//! Publishes frames for the window's pictures: the input's bands and the atoms that explain
//! them, nothing that would need extra computation. They go into a ring, without waiting or
//! allocating, and only while a window is open.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

use rtrb::{Consumer, Producer, RingBuffer};

use super::engine::Engine;
use crate::dictionary::Dictionary;
use crate::dsp::Model;
use crate::plugin::project::Project;
use crate::plugin::real_time::lock;

/// Capacity of the ring in words: over a second of the densest frames.
const WORDS: usize = 1 << 18;

/// Words before a frame's bands: scene, clock, bands, sources, atoms.
const HEADER: usize = 5;

/// Engines that frames can still come from: the present one and its successors.
const SCENES: usize = 3;

/// What is needed to read an engine's frames.
pub struct Scene {
    pub id: u32,
    /// Owned by the engine and by the readers of its frames.
    model: Weak<Model>,
    /// The strip of each of the dictionary's sources.
    pub strips: Vec<Option<usize>>,
    /// What they were called when the engine was built, see [`Project::source_names`].
    pub names: Vec<String>,
    /// What the engine was built from.
    dictionary: Weak<Dictionary>,
}

impl Scene {
    /// `None` once the engine is gone.
    pub fn model(&self) -> Option<Arc<Model>> {
        self.model.upgrade()
    }

    /// What the engine was built from, if anything was learned and is still in use.
    pub fn dictionary(&self) -> Option<Arc<Dictionary>> {
        self.dictionary.upgrade()
    }

    /// Whether the engine's sources are those of a project.
    pub fn is_of(&self, project: &Project) -> bool {
        let same = |it: &Arc<Dictionary>| Arc::as_ptr(it) == self.dictionary.as_ptr();
        project.dictionary.as_ref().is_some_and(same)
    }
}

/// One frame.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeedFrame {
    /// [`Scene::id`].
    pub scene: u32,
    /// Samples played before it; wraps around.
    pub clock: u32,
    /// Magnitudes of the input per band, summed over channels.
    pub v: Vec<f32>,
    /// [`Separator::presence`](crate::dsp::Separator::presence).
    pub presence: Vec<f32>,
    /// Active atoms and their activations.
    pub atoms: Vec<(u32, f32)>,
}

/// The window's side.
#[derive(Default)]
pub struct FrameFeed {
    watched: AtomicBool,
    ring: Mutex<Option<Consumer<u32>>>,
    scenes: Mutex<Vec<Arc<Scene>>>,
    last_id: AtomicU32,
}

impl FrameFeed {
    /// Whether a window is open.
    pub fn is_watched(&self) -> bool {
        self.watched.load(Ordering::Relaxed)
    }

    pub fn watch(&self, watched: bool) {
        self.watched.store(watched, Ordering::Relaxed);
    }

    /// The audio thread's side; discards what an earlier one published.
    pub fn publisher(&self) -> Publisher {
        let (producer, consumer) = RingBuffer::new(WORDS);
        *lock(&self.ring) = Some(consumer);
        Publisher { ring: producer, clock: 0, published: 0 }
    }

    /// Registers an engine for a project; returns the identifier to mark its frames with.
    pub fn add_scene(
        &self,
        model: &Arc<Model>,
        strips: Vec<Option<usize>>,
        project: &Project,
    ) -> u32 {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let mut scenes = lock(&self.scenes);
        if scenes.len() == SCENES {
            scenes.remove(0);
        }
        let names = project.source_names().into_iter().map(str::to_string).collect();
        let dictionary = project.dictionary.as_ref().map(Arc::downgrade).unwrap_or_default();
        let model = Arc::downgrade(model);
        scenes.push(Arc::new(Scene { id, model, strips, names, dictionary }));
        id
    }

    pub fn scene(&self, id: u32) -> Option<Arc<Scene>> {
        lock(&self.scenes).iter().find(|scene| scene.id == id).cloned()
    }

    /// Calls `take` with every new frame.
    pub fn read(&self, frame: &mut FeedFrame, mut take: impl FnMut(&FeedFrame)) {
        let mut ring = lock(&self.ring);
        let Some(ring) = &mut *ring else { return };
        // Frames are written whole, so a header is always followed by its frame.
        while let Ok(header) = ring.read_chunk(HEADER) {
            let mut header = header.into_iter();
            let words: [u32; HEADER] = std::array::from_fn(|_| header.next().unwrap_or_default());
            drop(header);
            let [scene, clock, bands, sources, atoms] = words;
            let [bands, sources, atoms] = [bands, sources, atoms].map(|count| count as usize);
            let Ok(body) = ring.read_chunk(bands + sources + 2 * atoms) else { return };
            let mut body = body.into_iter();
            (frame.scene, frame.clock) = (scene, clock);
            frame.v.clear();
            frame.v.extend(body.by_ref().take(bands).map(f32::from_bits));
            frame.presence.clear();
            frame.presence.extend(body.by_ref().take(sources).map(f32::from_bits));
            frame.atoms.clear();
            while let (Some(atom), Some(h)) = (body.next(), body.next()) {
                frame.atoms.push((atom, f32::from_bits(h)));
            }
            take(frame);
        }
    }
}

/// The audio thread's side.
pub struct Publisher {
    ring: Producer<u32>,
    clock: u32,
    /// Number of the engine's frame that was published last.
    published: u64,
}

impl Publisher {
    /// Called after `samples` were played: publishes the engine's last frame if it is new and
    /// a window is open. Drops what does not fit.
    pub fn publish(&mut self, samples: usize, engine: &Engine, feed: &FrameFeed) {
        self.clock = self.clock.wrapping_add(samples as u32);
        let frames = engine.frames();
        if !feed.is_watched() || frames == self.published {
            return;
        }
        self.published = frames;
        let ([left, right], active, h) = (engine.input_bands(), engine.active(), engine.h());
        let (bands, presence) = (left.len(), engine.presence());
        let wanted = HEADER + bands + presence.len() + 2 * active.len();
        if self.ring.slots() < wanted {
            return;
        }
        let Ok(chunk) = self.ring.write_chunk_uninit(wanted) else { return };
        let counts = [bands, presence.len(), active.len()].map(|count| count as u32);
        let header = [engine.id(), self.clock].into_iter().chain(counts);
        let sums =
            left.iter().enumerate().map(|(b, x)| (x + right.get(b).unwrap_or(&0.0)).to_bits());
        let atoms = active.iter().flat_map(|&atom| [atom, h[atom as usize].to_bits()]);
        let presence = presence.iter().map(|weight| weight.to_bits());
        chunk.fill_from_iter(header.chain(sums).chain(presence).chain(atoms));
    }
}
