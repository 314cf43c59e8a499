//! What the user is told about clips and sources.

use unbraid::learn::Recording;
use unbraid::learn::preprocess::SILENCE_DB;
use unbraid::verdict::Verdict;

use super::super::clip_file::ClipFile;
use super::super::progress;
use super::sources::NamedFiles;

/// Reports clips that belong to two sources: what both learn from them cannot be separated.
pub fn note_shared(sources: &[NamedFiles], clips: &[Vec<ClipFile>]) {
    let named = sources.iter().zip(clips);
    let all: Vec<(&str, &ClipFile)> = named
        .flat_map(|((name, _), clips)| clips.iter().map(move |clip| (name.as_str(), clip)))
        .collect();
    for (place, (name, clip)) in all.iter().enumerate() {
        let same = |other: &ClipFile| other.hash == clip.hash && other.samples() == clip.samples();
        let earlier = all[..place].iter().find(|(_, other)| same(other));
        let Some((other_name, other)) = earlier else { continue };
        let (file, other) = (clip.name().display(), other.name().display());
        if name == other_name {
            progress::note(format_args!("{file} holds the same as {other}, for `{name}`"));
        } else {
            progress::note(format_args!(
                "{file} of `{name}` holds the same as {other} of `{other_name}`: what two sources \
                 learn from one clip cannot be separated"
            ));
        }
    }
}

/// Reports clips of which nothing is learned: frames this far below the loudest count as silent.
pub fn note_soft(sources: &[NamedFiles], clips: &[Vec<ClipFile>]) {
    for ((name, _), clips) in sources.iter().zip(clips) {
        let loudest = clips.iter().map(|clip| clip.peak).fold(0.0, f32::max);
        let least = loudest * 10f32.powf(SILENCE_DB / 20.0);
        for clip in clips.iter().filter(|clip| clip.peak < least) {
            let file = clip.name().display();
            match clip.sounds() {
                true => progress::note(format_args!(
                    "{file} is too soft beside the other clips of `{name}` to learn from; bring \
                     them to about the same level"
                )),
                false => progress::note(format_args!("{file} of `{name}` is silent")),
            }
        }
    }
}

/// Says which sources have no verdict. A single one has nothing to be told apart from.
pub fn note_unjudged(sources: &[NamedFiles], verdicts: &[Verdict]) {
    let is_judged = |place: &usize| verdicts.iter().any(|verdict| verdict.source == *place);
    let unjudged = (0..sources.len()).filter(|place| !is_judged(place));
    let unjudged: Vec<&str> = unjudged.map(|place| sources[place].0.as_str()).collect();
    if sources.len() > 1 && !unjudged.is_empty() {
        progress::note(format_args!(
            "no verdict on {}: that takes two sources with four seconds of sound each",
            unjudged.join(", ")
        ));
    }
}
