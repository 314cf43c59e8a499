//! Passes engines to the audio thread, and back to be freed.

use crossbeam_channel::{Receiver, Sender, bounded};

use super::engine::Engine;

/// Engines that can wait to be freed.
const RETIRED: usize = 8;

/// The main side.
pub struct EngineSender {
    new: (Sender<Box<Engine>>, Receiver<Box<Engine>>),
    retired: Receiver<Box<Engine>>,
}

/// The audio thread's side. Clones share the queue: every activation has its own player, and
/// only one of them runs.
#[derive(Clone)]
pub struct EngineReceiver {
    new: Receiver<Box<Engine>>,
    retired: Sender<Box<Engine>>,
}

/// Both sides of a new link.
pub fn engine_link() -> (EngineSender, EngineReceiver) {
    let (new, incoming) = bounded(1);
    let (outgoing, retired) = bounded(RETIRED);
    let sender = EngineSender { new: (new, incoming.clone()), retired };
    (sender, EngineReceiver { new: incoming, retired: outgoing })
}

impl EngineSender {
    /// Sends an engine; it replaces one that still waits.
    pub fn send(&self, mut engine: Box<Engine>) {
        self.free();
        while let Err(full) = self.new.0.try_send(engine) {
            engine = full.into_inner();
            drop(self.new.1.try_recv());
        }
    }

    /// Takes back an engine that the audio thread has not received.
    pub fn take_back(&self) -> Option<Box<Engine>> {
        self.new.1.try_recv().ok()
    }

    /// Frees what the audio thread has retired.
    pub fn free(&self) {
        while self.retired.try_recv().is_ok() {}
    }
}

impl EngineReceiver {
    /// The newest engine, if one is waiting and there is room to retire the present one.
    pub fn receive(&self) -> Option<Box<Engine>> {
        if self.retired.is_full() { None } else { self.new.try_recv().ok() }
    }

    /// Sends an engine back to be freed.
    pub fn retire(&self, engine: Box<Engine>) {
        if let Err(full) = self.retired.try_send(engine) {
            // Cannot happen: `receive` checked that there is room. Leaking the memory is
            // better than freeing it on the audio thread.
            std::mem::forget(full.into_inner());
        }
    }
}
