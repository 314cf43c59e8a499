//! The project, and what it and the mixer were before.

use std::sync::Arc;
use std::time::{Duration, Instant};

use nice_plug::prelude::ParamPtr;

use super::clip::Clip;
use super::versions::{MixerSettings, Version, Versions};
use super::{Project, Rest};
use crate::dictionary::Dictionary;

/// Steps that can be taken back.
const STEPS: usize = 50;

/// Sound that may be kept for them; a long capture is about a hundred megabytes.
const BYTES: usize = 512 << 20;

/// Turns of one parameter within this time are one step.
const TOGETHER: Duration = Duration::from_millis(800);

/// A parameter that was turned in the window, normalised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ParamChange {
    pub param: ParamPtr,
    pub before: f32,
    pub after: f32,
}

/// What changed together.
struct Step {
    /// The project on the other side of the step, if it is another.
    project: Option<Box<Project>>,
    changes: Vec<ParamChange>,
}

/// What a step back or forth leads to.
#[derive(Default)]
pub struct UndoResult {
    /// Whether the project is another.
    pub is_other_project: bool,
    /// Parameters and where they are to be put; that is for who may turn parameters.
    pub changes: Vec<(ParamPtr, f32)>,
}

#[derive(Default)]
pub struct UndoStack {
    pub project: Project,
    undo: Vec<Step>,
    redo: Vec<Step>,
    /// The one of A and B that is not heard; none as long as only A is.
    inactive: Option<InactiveVersion>,
    /// Whether the one that is heard is B.
    pub hears_b: bool,
    /// When the last turn was.
    turned: Option<Instant>,
}

/// A project, its mixer and its steps that wait.
struct InactiveVersion {
    project: Project,
    mixer: MixerSettings,
    undo: Vec<Step>,
    redo: Vec<Step>,
}

impl UndoStack {
    /// Versions that nothing was before.
    pub fn new(versions: Versions) -> Self {
        let Versions { project, other, hears_b } = versions;
        let inactive = other.map(|Version { project, mixer }| InactiveVersion {
            project,
            mixer,
            undo: vec![],
            redo: vec![],
        });
        Self { project, inactive, hears_b, ..Self::default() }
    }

    /// A and B as they are now.
    pub fn versions(&self) -> Versions {
        let other = self.inactive.as_ref().map(|inactive| Version {
            project: inactive.project.clone(),
            mixer: inactive.mixer.clone(),
        });
        Versions { project: self.project.clone(), other, hears_b: self.hears_b }
    }

    /// Remembers the project as it was before a change, and what parameters were that
    /// were turned with it.
    pub fn changed(&mut self, before: Project, changes: Vec<ParamChange>) {
        self.turned = None;
        self.push(Step { project: Some(Box::new(before)), changes });
    }

    /// Remembers what parameters were before they were turned together.
    pub fn turned(&mut self, changes: Vec<ParamChange>) {
        if changes.is_empty() {
            return;
        }
        let now = Instant::now();
        let goes_on = self.turned.replace(now).is_some_and(|last| now - last < TOGETHER);
        if let Some(Step { project: None, changes: last }) = self.undo.last_mut()
            && let ([last], [turn]) = (&mut last[..], &changes[..])
            && goes_on
            && last.param == turn.param
        {
            last.after = turn.after;
            return;
        }
        self.push(Step { project: None, changes });
    }

    fn push(&mut self, step: Step) {
        self.redo.clear();
        self.undo.push(step);
        while self.undo.len() > STEPS || (self.undo.len() > 1 && self.clip_bytes() > BYTES) {
            self.undo.remove(0);
        }
    }

    /// Exchanges A and B, each with steps of its own, and gives the mixer of the one
    /// that is heard now. The first time B begins as what A is.
    pub fn switch(&mut self, mixer: MixerSettings) -> MixerSettings {
        self.turned = None;
        self.hears_b = !self.hears_b;
        let (project, mut other) = (self.project.clone(), mixer.clone());
        let begin = || InactiveVersion { project, mixer, undo: vec![], redo: vec![] };
        let inactive = self.inactive.get_or_insert_with(begin);
        std::mem::swap(&mut self.project, &mut inactive.project);
        std::mem::swap(&mut other, &mut inactive.mixer);
        std::mem::swap(&mut self.undo, &mut inactive.undo);
        std::mem::swap(&mut self.redo, &mut inactive.redo);
        other
    }

    /// A dictionary's rest was learned: wherever a step or the other of A and B leads
    /// back to that dictionary, nothing of what was heard is lost.
    pub fn adapted(&mut self, was: &Arc<Dictionary>, now: &Arc<Dictionary>, rest: Rest) {
        // A rest that is finished stays as it is.
        let is = |project: &&mut Project| {
            let adapts = matches!(project.rest, Rest::Adapting { .. });
            adapts && project.dictionary.as_ref().is_some_and(|other| Arc::ptr_eq(other, was))
        };
        let mut steps: Vec<&mut Step> = self.undo.iter_mut().chain(&mut self.redo).collect();
        let mut projects = vec![&mut self.project];
        if let Some(inactive) = &mut self.inactive {
            projects.push(&mut inactive.project);
            steps.extend(inactive.undo.iter_mut().chain(&mut inactive.redo));
        }
        projects.extend(steps.into_iter().filter_map(|step| step.project.as_deref_mut()));
        for project in projects.into_iter().filter(is) {
            project.dictionary = Some(now.clone());
            project.rest = rest;
        }
    }

    /// Bytes of all clips that steps hold, each once.
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
        let (step, stepped) = self.exchange(step, |turn| turn.before);
        self.redo.push(step);
        stepped
    }

    pub fn redo(&mut self) -> UndoResult {
        let Some(step) = self.redo.pop() else { return UndoResult::default() };
        let (step, stepped) = self.exchange(step, |turn| turn.after);
        self.undo.push(step);
        stepped
    }

    /// Puts what a step holds in place; gives the step the other way.
    fn exchange(&mut self, mut step: Step, to: fn(&ParamChange) -> f32) -> (Step, UndoResult) {
        self.turned = None;
        if let Some(project) = &mut step.project {
            std::mem::swap(&mut self.project, project);
        }
        let changes = step.changes.iter().map(|turn| (turn.param, to(turn))).collect();
        let stepped = UndoResult { is_other_project: step.project.is_some(), changes };
        (step, stepped)
    }

    /// Whether there is anything to undo, and to redo.
    pub fn can_step(&self) -> (bool, bool) {
        (!self.undo.is_empty(), !self.redo.is_empty())
    }
}
