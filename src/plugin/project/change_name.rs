//! The names of undo steps, from what they changed. Steps that this cannot name get their name
//! where they are made.

use std::sync::Arc;

use super::clip::Clip;
use super::{Instrument, Project};

/// What the user did between two states of the project.
pub fn change_name(before: &Project, after: &Project) -> String {
    let instruments = before.instruments.iter().zip(&after.instruments);
    let song = clips_change(&before.mixture, &after.mixture, "the whole song");
    let in_instruments = instruments.map(|(before, after)| instrument_change(before, after));
    let dictionary = dictionary_change(before, after);
    // Loading and learning change names and colours, too.
    let mut all = dictionary.into_iter().chain(song).chain(in_instruments.flatten());
    all.next().unwrap_or_else(|| "change".to_string())
}

fn dictionary_change(before: &Project, after: &Project) -> Option<String> {
    let (old, new) = (before.dictionary.as_ref(), after.dictionary.as_ref()?);
    match old {
        Some(old) if Arc::ptr_eq(old, new) => None,
        Some(old) if old.w == new.w => Some("moving a component".to_string()),
        _ if after.learned_from.is_empty() => Some("loading instruments".to_string()),
        _ => Some("learning".to_string()),
    }
}

fn instrument_change(before: &Instrument, after: &Instrument) -> Option<String> {
    clips_change(&before.clips, &after.clips, &after.name).or_else(|| {
        if before.name != after.name {
            Some(format!("naming {}", after.name))
        } else {
            (before.color != after.color).then(|| format!("colour of {}", after.name))
        }
    })
}

fn clips_change(before: &[Arc<Clip>], after: &[Arc<Clip>], name: &str) -> Option<String> {
    let has = |clips: &[Arc<Clip>], clip| clips.iter().any(|other| Arc::ptr_eq(other, clip));
    let added = after.iter().filter(|clip| !has(before, clip)).count();
    let removed = before.iter().filter(|clip| !has(after, clip)).count();
    match (added, removed) {
        (0, 0) => None,
        (0, _) => Some(format!("deleting recordings of {name}")),
        _ => Some(format!("recording {name}")),
    }
}
