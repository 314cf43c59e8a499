//! The project with its undo and redo steps.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::clip::Clip;
use super::versions::{MixerSettings, Version, Versions};
use super::{Project, Rest};
use crate::dictionary::Dictionary;

/// Maximum number of undo steps.
const STEPS: usize = 50;

/// Maximum size of the audio kept by undo steps; a long recording is about a hundred
/// megabytes.
const BYTES: usize = 512 << 20;

/// Changes of one parameter that follow each other within this time form one step.
const MERGE_WITHIN: Duration = Duration::from_millis(800);

/// A change of a parameter in the window, with normalised values.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamChange {
    /// The parameter's identifier.
    pub param: Arc<str>,
    pub before: f32,
    pub after: f32,
}

/// What a step changed.
#[derive(Clone, Debug, PartialEq)]
pub enum StepName {
    /// In words.
    Project(String),
    /// The parameter's identifier.
    Param(Arc<str>),
}

/// Changes that belong together.
struct UndoStep {
    /// The project on the other side of the step, if it differs.
    project: Option<Arc<Project>>,
    /// What changed in the project, in words.
    name: String,
    changes: Vec<ParamChange>,
}

impl UndoStep {
    fn name(&self) -> StepName {
        match (&self.project, &self.changes[..]) {
            (None, [change, ..]) => StepName::Param(change.param.clone()),
            _ => StepName::Project(self.name.clone()),
        }
    }
}

/// The result of an undo or redo.
#[derive(Default)]
pub struct UndoResult {
    /// Whether the project changed.
    pub project_changed: bool,
    /// Parameters and the normalised values to set; the window does it through the host.
    pub changes: Vec<(Arc<str>, f32)>,
}

#[derive(Default)]
pub struct UndoStack {
    pub project: Arc<Project>,
    undo: Vec<UndoStep>,
    redo: Vec<UndoStep>,
    /// The version of A and B that is not active; `None` until the first switch.
    inactive: Option<InactiveVersion>,
    /// Whether B is the active version.
    pub b_is_active: bool,
    /// When a parameter was last changed.
    last_param_change: Option<Instant>,
}

/// The project, mixer and undo steps of the version that is not active.
struct InactiveVersion {
    project: Arc<Project>,
    mixer: MixerSettings,
    undo: Vec<UndoStep>,
    redo: Vec<UndoStep>,
}

impl UndoStack {
    /// Loaded versions, without undo steps.
    pub fn new(versions: Versions) -> Self {
        let Versions { project, other, b_is_active } = versions;
        let inactive = other.map(|Version { project, mixer }| InactiveVersion {
            project,
            mixer,
            undo: vec![],
            redo: vec![],
        });
        Self { project, inactive, b_is_active, ..Self::default() }
    }

    /// The present versions A and B.
    pub fn versions(&self) -> Versions {
        let other = self.inactive.as_ref().map(|inactive| Version {
            project: inactive.project.clone(),
            mixer: inactive.mixer.clone(),
        });
        Versions { project: self.project.clone(), other, b_is_active: self.b_is_active }
    }

    /// Adds a step for a change of the project, and of the parameters that changed with it.
    pub fn push_edit(&mut self, before: Arc<Project>, name: String, changes: Vec<ParamChange>) {
        self.last_param_change = None;
        self.push(UndoStep { project: Some(before), name, changes });
    }

    /// Adds a step for parameters that changed together.
    pub fn push_param_changes(&mut self, changes: Vec<ParamChange>) {
        if changes.is_empty() {
            return;
        }
        let now = Instant::now();
        let merges =
            self.last_param_change.replace(now).is_some_and(|last| now - last < MERGE_WITHIN);
        if let Some(UndoStep { project: None, changes: last, .. }) = self.undo.last_mut()
            && let ([last], [change]) = (&mut last[..], &changes[..])
            && merges
            && last.param == change.param
        {
            last.after = change.after;
            return;
        }
        self.push(UndoStep { project: None, name: String::new(), changes });
    }

    fn push(&mut self, step: UndoStep) {
        self.redo.clear();
        self.undo.push(step);
        while self.undo.len() > STEPS || (self.undo.len() > 1 && self.clip_bytes() > BYTES) {
            self.undo.remove(0);
        }
    }

    /// Switches between A and B, each with its own undo steps, and returns the mixer of the
    /// version that becomes active. At the first switch, B starts as a copy of A.
    pub fn switch(&mut self, mixer: MixerSettings) -> MixerSettings {
        self.last_param_change = None;
        self.b_is_active = !self.b_is_active;
        let (project, mut other) = (self.project.clone(), mixer.clone());
        let begin = || InactiveVersion { project, mixer, undo: vec![], redo: vec![] };
        let inactive = self.inactive.get_or_insert_with(begin);
        std::mem::swap(&mut self.project, &mut inactive.project);
        std::mem::swap(&mut other, &mut inactive.mixer);
        std::mem::swap(&mut self.undo, &mut inactive.undo);
        std::mem::swap(&mut self.redo, &mut inactive.redo);
        other
    }

    /// Replaces a dictionary by one with an adapted rest in all undo steps and in both
    /// versions, so that no step leads back to an earlier rest.
    pub fn set_adapted(
        &mut self,
        was: &Arc<Dictionary>,
        now: &Arc<Dictionary>,
        rest: Rest,
    ) -> bool {
        // A rest that is finished stays as it is.
        let is = |project: &&mut Arc<Project>| {
            let adapts = matches!(project.rest, Rest::Adapting { .. });
            adapts && project.dictionary.as_ref().is_some_and(|other| Arc::ptr_eq(other, was))
        };
        let mut steps: Vec<&mut UndoStep> = self.undo.iter_mut().chain(&mut self.redo).collect();
        let mut projects = vec![&mut self.project];
        if let Some(inactive) = &mut self.inactive {
            projects.push(&mut inactive.project);
            steps.extend(inactive.undo.iter_mut().chain(&mut inactive.redo));
        }
        projects.extend(steps.into_iter().filter_map(|step| step.project.as_mut()));
        let mut is_changed = false;
        for project in projects.into_iter().filter(is) {
            let project = Arc::make_mut(project);
            project.dictionary = Some(now.clone());
            project.rest = rest;
            is_changed = true;
        }
        is_changed
    }

    /// Bytes of all clips in undo steps; a clip in several of them counts once.
    fn clip_bytes(&self) -> usize {
        let steps =
            self.undo.iter().chain(self.inactive.iter().flat_map(|inactive| &inactive.undo));
        let projects = steps.filter_map(|step| step.project.as_ref());
        let mut clips: Vec<&Arc<Clip>> = projects.flat_map(|project| project.all_clips()).collect();
        clips.sort_by_key(|clip| Arc::as_ptr(clip));
        clips.dedup_by_key(|clip| Arc::as_ptr(clip));
        clips.iter().map(|clip| clip.bytes()).sum()
    }

    pub fn undo(&mut self) -> UndoResult {
        let Some(step) = self.undo.pop() else { return UndoResult::default() };
        let (step, result) = self.exchange(step, |change| change.before);
        self.redo.push(step);
        result
    }

    pub fn redo(&mut self) -> UndoResult {
        let Some(step) = self.redo.pop() else { return UndoResult::default() };
        let (step, result) = self.exchange(step, |change| change.after);
        self.undo.push(step);
        result
    }

    /// Applies a step; returns its inverse.
    fn exchange(
        &mut self,
        mut step: UndoStep,
        to: fn(&ParamChange) -> f32,
    ) -> (UndoStep, UndoResult) {
        self.last_param_change = None;
        if let Some(project) = &mut step.project {
            std::mem::swap(&mut self.project, project);
        }
        let changes =
            step.changes.iter().map(|change| (change.param.clone(), to(change))).collect();
        let result = UndoResult { project_changed: step.project.is_some(), changes };
        (step, result)
    }

    /// What the undo and redo steps changed, the next one first.
    pub fn names(&self) -> (Vec<StepName>, Vec<StepName>) {
        let names = |steps: &[UndoStep]| steps.iter().rev().map(UndoStep::name).collect();
        (names(&self.undo), names(&self.redo))
    }

    /// Whether there is anything to undo, and to redo.
    pub fn can_undo_redo(&self) -> (bool, bool) {
        (!self.undo.is_empty(), !self.redo.is_empty())
    }
}
