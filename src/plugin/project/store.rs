//! The project with its undo steps, shared by the host's main thread, the worker and the
//! window. Readers get an `Arc`, so reading is cheap.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::change_name::change_name;
use super::undo::{ParamChange, StepName, UndoResult, UndoStack};
use super::versions::{MixerSettings, Versions};
use super::{Project, Rest};
use crate::dictionary::Dictionary;
use crate::plugin::real_time::lock;

/// Counts the projects that were loaded, each of which replaces all that was there. What was begun
/// for one of them does not belong into the next.
#[derive(Default)]
pub struct LoadCount(AtomicU64);

impl LoadCount {
    /// An atomic only: the audio thread calls it, and so can the condition of a change.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// The single owner of an instance's project.
pub struct ProjectStore {
    undo_stack: Mutex<UndoStack>,
    /// Whether B is the active version: what the undo stack says, for reading while that is locked.
    b_is_active: AtomicBool,
    /// Counts changes.
    revision: AtomicU64,
    /// Counts loaded projects.
    loads: Arc<LoadCount>,
    /// The revision that the host has saved, or knows to be unsaved.
    known_revision: AtomicU64,
    /// Whether clips are saved with the host's project.
    keeps_clips: AtomicBool,
}

impl Default for ProjectStore {
    fn default() -> Self {
        Self {
            undo_stack: Mutex::default(),
            b_is_active: AtomicBool::new(false),
            revision: AtomicU64::new(0),
            loads: Arc::default(),
            known_revision: AtomicU64::new(0),
            keeps_clips: AtomicBool::new(true),
        }
    }
}

impl ProjectStore {
    /// The present project.
    pub fn get(&self) -> Arc<Project> {
        lock(&self.undo_stack).project.clone()
    }

    /// Reads the project without keeping it: the audio thread, which reads it offline, must
    /// not be the one that frees it.
    pub fn with<T>(&self, read: impl FnOnce(&Project) -> T) -> T {
        read(&lock(&self.undo_stack).project)
    }

    /// Counts changes of the project.
    pub fn revision(&self) -> u64 {
        self.revision.load(Ordering::SeqCst)
    }

    /// Counts loaded projects.
    pub fn loads(&self) -> &Arc<LoadCount> {
        &self.loads
    }

    /// Whether the host has to be told that there is something new to save, since the last call or
    /// since it last saved or loaded.
    pub fn take_unsaved(&self) -> bool {
        let revision = self.revision();
        // Another thread may have come in between with a later one.
        self.known_revision.fetch_max(revision, Ordering::SeqCst) < revision
    }

    /// Changes the project in one undo step.
    pub fn edit<T>(&self, change: impl FnOnce(&mut Project) -> T) -> T {
        self.edit_with(Vec::new(), change)
    }

    /// Like [`ProjectStore::edit`], with parameters that the window changed in the same undo
    /// step.
    pub fn edit_with<T>(
        &self,
        changes: Vec<ParamChange>,
        change: impl FnOnce(&mut Project) -> T,
    ) -> T {
        self.push_edit(&mut lock(&self.undo_stack), None, changes, change)
    }

    /// Like [`ProjectStore::edit`], if the project still fulfils a condition; returns whether.
    pub fn edit_if(
        &self,
        condition: impl FnOnce(&Project) -> bool,
        change: impl FnOnce(&mut Project),
    ) -> bool {
        let mut undo_stack = lock(&self.undo_stack);
        let fulfilled = condition(&undo_stack.project);
        if fulfilled {
            self.push_edit(&mut undo_stack, None, Vec::new(), change);
        }
        fulfilled
    }

    /// Like [`ProjectStore::edit_with`], with the name of the step, where what changed does not
    /// say it.
    pub fn edit_named<T>(
        &self,
        name: String,
        changes: Vec<ParamChange>,
        change: impl FnOnce(&mut Project) -> T,
    ) -> T {
        self.push_edit(&mut lock(&self.undo_stack), Some(name), changes, change)
    }

    /// Like [`ProjectStore::edit_named`], for what was begun when this many projects had been loaded;
    /// `None` if another was loaded since.
    pub fn edit_loaded<T>(
        &self,
        loads: u64,
        name: String,
        change: impl FnOnce(&mut Project) -> T,
    ) -> Option<T> {
        let mut undo_stack = lock(&self.undo_stack);
        let is_same = self.loads.get() == loads;
        is_same.then(|| self.push_edit(&mut undo_stack, Some(name), Vec::new(), change))
    }

    /// Like [`ProjectStore::edit_named`]; a change that fails changes nothing and is no step.
    pub fn try_edit_named<T, E>(
        &self,
        name: String,
        change: impl FnOnce(&mut Project) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut undo_stack = lock(&self.undo_stack);
        let mut changed = Project::clone(&undo_stack.project);
        let result = change(&mut changed)?;
        self.push_edit(&mut undo_stack, Some(name), Vec::new(), |project| *project = changed);
        Ok(result)
    }

    fn push_edit<T>(
        &self,
        undo_stack: &mut UndoStack,
        name: Option<String>,
        changes: Vec<ParamChange>,
        change: impl FnOnce(&mut Project) -> T,
    ) -> T {
        let before = undo_stack.project.clone();
        let result = change(Arc::make_mut(&mut undo_stack.project));
        // Now: the worker may change the project later without a step.
        let name = name.unwrap_or_else(|| change_name(&before, &undo_stack.project));
        undo_stack.push_edit(before, name, changes);
        self.changed();
        result
    }

    /// Adds one undo step for parameters that the window changed together.
    pub fn push_param_changes(&self, changes: Vec<ParamChange>) {
        lock(&self.undo_stack).push_param_changes(changes);
    }

    /// Changes the project without an undo step.
    pub fn amend(&self, change: impl FnOnce(&mut Project)) {
        self.amend_if(|_| true, change);
    }

    /// Like [`ProjectStore::amend`], if the project still fulfils a condition; returns whether.
    pub fn amend_if(
        &self,
        condition: impl FnOnce(&Project) -> bool,
        change: impl FnOnce(&mut Project),
    ) -> bool {
        let mut undo_stack = lock(&self.undo_stack);
        let fulfilled = condition(&undo_stack.project);
        if fulfilled {
            change(Arc::make_mut(&mut undo_stack.project));
            self.changed();
        }
        fulfilled
    }

    /// Replaces everything with a loaded project, of which the host knows.
    pub fn replace(&self, undo_stack: UndoStack) {
        let mut present = lock(&self.undo_stack);
        *present = undo_stack;
        self.b_is_active.store(present.b_is_active, Ordering::SeqCst);
        self.loads.0.fetch_add(1, Ordering::SeqCst);
        // Known before it counts, or the audio thread could take it for news.
        self.known_revision.store(self.revision() + 1, Ordering::SeqCst);
        self.changed();
        drop(present);
    }

    pub fn undo(&self) -> UndoResult {
        self.step(UndoStack::undo)
    }

    pub fn redo(&self) -> UndoResult {
        self.step(UndoStack::redo)
    }

    fn step(&self, step: fn(&mut UndoStack) -> UndoResult) -> UndoResult {
        let result = step(&mut lock(&self.undo_stack));
        if result.project_changed {
            self.changed();
        }
        result
    }

    /// What the undo and redo steps changed, the next one first.
    pub fn step_names(&self) -> (Vec<StepName>, Vec<StepName>) {
        lock(&self.undo_stack).names()
    }

    /// Whether there is anything to undo, and to redo.
    pub fn can_undo_redo(&self) -> (bool, bool) {
        lock(&self.undo_stack).can_undo_redo()
    }

    /// The present versions A and B.
    pub fn versions(&self) -> Versions {
        lock(&self.undo_stack).versions()
    }

    /// Whether B is the active version. The condition of a change can ask for it.
    pub fn is_b_active(&self) -> bool {
        self.b_is_active.load(Ordering::SeqCst)
    }

    /// Switches between A and B; takes the mixer of the active version and returns that of
    /// the other.
    pub fn switch(&self, mixer: MixerSettings) -> MixerSettings {
        let mut undo_stack = lock(&self.undo_stack);
        let other = undo_stack.switch(mixer);
        self.b_is_active.store(undo_stack.b_is_active, Ordering::SeqCst);
        drop(undo_stack);
        self.changed();
        other
    }

    /// Replaces a dictionary by one with an adapted rest, unless it is no longer in use.
    pub fn set_adapted(&self, was: &Arc<Dictionary>, now: &Arc<Dictionary>, rest: Rest) {
        if lock(&self.undo_stack).set_adapted(was, now, rest) {
            self.changed();
        }
    }

    pub fn set_keeps_clips(&self, keeps: bool) {
        self.keeps_clips.store(keeps, Ordering::SeqCst);
    }

    pub fn keeps_clips(&self) -> bool {
        self.keeps_clips.load(Ordering::SeqCst)
    }

    fn changed(&self) {
        self.revision.fetch_add(1, Ordering::SeqCst);
    }
}
