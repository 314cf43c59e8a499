//! The text of the guide line at the top.

/// Quieter input counts as nothing playing.
pub const SILENCE: f32 = 0.001;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdviceKind {
    Step(u8),
    Busy,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub struct Advice {
    pub kind: AdviceKind,
    pub text: String,
    /// More detail, shown when the pointer is over it.
    pub hint: &'static str,
}

impl Advice {
    pub fn step(step: u8, text: impl Into<String>) -> Self {
        Self { kind: AdviceKind::Step(step), text: text.into(), hint: "" }
    }

    pub fn busy(text: impl Into<String>) -> Self {
        Self { kind: AdviceKind::Busy, text: text.into(), hint: "" }
    }
}
