//! The library's errors in the window's terms, with the window's remedies.

use super::latency_text::mode_name;
use crate::dictionary::{DictionaryError, Invalid, Remapped};
use crate::frames::FrameSettings;
use crate::learn::{FactorizeError, LearnError};

/// Where to report a bug: the repository, once `Cargo.toml` names it.
pub fn report_bug() -> String {
    match env!("CARGO_PKG_REPOSITORY") {
        "" => "save the project and report the bug".to_string(),
        repository => format!("save the project and report the bug at {repository}/issues"),
    }
}

/// For a result of learning that no longer suits the project.
pub const CHANGED_MEANWHILE: &str = "what was learned is discarded, because you switched between A \
                                     and B, or the instruments, recordings or dictionary changed \
                                     meanwhile: press Learn again";

/// For what was begun in the project that was open before.
pub const PROJECT_LOADED: &str = "your host has loaded another project or preset meanwhile, so \
                                  what was being recorded or loaded is discarded";

/// Everything else was learned from sound in which hardly anything but the instruments plays.
pub const NOTHING_ELSE: &str = "Your instruments explain nearly all of the song, so hardly \
                                anything goes to Everything else";

/// Together with everything else, there is more than a dictionary can hold.
pub fn no_room_for_rest(problem: &Invalid) -> String {
    format!(
        "what else plays was not learned ({problem}): set fewer components in the settings, or remove \
         instruments, and press Learn again"
    )
}

/// Why nothing was learned.
pub fn learning(error: &LearnError) -> String {
    let (name, cause) = match error {
        LearnError::Source { name, cause } => (name.as_str(), cause),
        LearnError::Mixture(cause) => ("whole song", cause),
        LearnError::Nothing => {
            return "there is nothing to learn from: record some seconds of an instrument first"
                .to_string();
        }
    };
    let cause = match cause {
        FactorizeError::NoFrames => {
            "the recording is too short: record some seconds more".to_string()
        }
        FactorizeError::AllSilent => {
            "the recording is silent: check that the track plays, and record it again".to_string()
        }
        FactorizeError::TooManyComponents { components, frames } => format!(
            "too short for {components} different sounds: record more, or ask for {frames} or \
             fewer in the settings"
        ),
        cause => cause.to_string(),
    };
    format!("{name}: {cause}")
}

/// Two instruments have the same name.
pub fn shared_name(name: &str) -> String {
    format!("two instruments are called {name}: give one of them another name on its tab")
}

/// What is wrong with a name, or with learned instruments.
pub fn invalid(error: &Invalid) -> String {
    match error {
        Invalid::Name(name) => format!(
            "'{name}' cannot be a name: use 1 to 64 characters without / \\ : * ? \" < > | and \
             without a dot or space at the start or a space at the end, and neither 'mixture' nor 'rest'"
        ),
        Invalid::SameName(name) => shared_name(name),
        other => other.to_string(),
    }
}

/// Why learned instruments were not loaded.
pub fn loading(error: &DictionaryError) -> String {
    match error {
        DictionaryError::Read { path, cause } => {
            format!("{}: cannot read: {cause}; check the path", path.display())
        }
        DictionaryError::NotADictionary { path, cause } => format!(
            "{}: no learned instruments in it ({cause}); load a file that 'Save learned \
             instruments' made",
            path.display()
        ),
        DictionaryError::Invalid { path, cause } => {
            format!("{}: damaged ({cause}); save it again where it was learned", path.display())
        }
        other => other.to_string(),
    }
}

/// What is better learned again, where that needs a press of *Learn*.
pub fn converted(Remapped { from, to }: &Remapped) -> String {
    let khz = |frames: &FrameSettings| f64::from(frames.sample_rate_hz) / 1000.0;
    let (was, is) = match from.sample_rate_hz == to.sample_rate_hz {
        true => (format!("for {}", mode_name(from.mode)), mode_name(to.mode).to_string()),
        false => (format!("at {} kHz", khz(from)), format!("your project's {} kHz", khz(to))),
    };
    format!(
        "What was learned {was} was only converted to {is}. Press Learn to learn it again from the \
         recordings, which separates better."
    )
}

/// How learned instruments were changed to fit.
pub fn remapped(Remapped { from, to }: &Remapped) -> String {
    let khz = |hz: u32| f64::from(hz) / 1000.0;
    format!(
        "what was learned at {} kHz for {} is fitted to {} kHz, {}; learning again from \
         recordings separates better",
        khz(from.sample_rate_hz),
        mode_name(from.mode),
        khz(to.sample_rate_hz),
        mode_name(to.mode)
    )
}
