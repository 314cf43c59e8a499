//! Exports clips and separated sources as 32-bit float WAV files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::audio::{self, Origin, WavWriter};
use crate::dictionary::{Dictionary, REST_NAME, check_name, file_stems};
use crate::dsp::{Model, Separator};
use crate::frames::FrameSettings;
use crate::offline;
use crate::plugin::audio_thread::controls::{Controls, REST_STRIP};
use crate::plugin::project::Project;
use crate::plugin::project::clip::{self, Clip};

/// Longest silence before a recording: sessions may start at a time code such as 10:00:00:00.
const MAX_SILENCE_S: u64 = 2 * 3600;

/// Samples of silence written at once.
const SILENCE_BLOCK: usize = 1 << 16;

/// Where in the song an exported file starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FileStart {
    /// Where the recording began.
    #[default]
    Recording,
    /// At the start of the song, with silence up to the recording.
    Song,
}

/// Writes every clip to its own file; returns the number of files.
///
/// # Errors
/// The message for the user.
pub fn clips(project: &Project, folder: &Path, start: FileStart) -> Result<usize, String> {
    let files = clip_files(project, folder);
    if files.is_empty() {
        return Err(NO_RECORDING.to_string());
    }
    // Before the first is written: another attempt would find it there.
    files.iter().try_for_each(|(path, _)| refuse_existing(path))?;
    for (path, clip) in &files {
        recording(std::slice::from_ref(*clip), path, start)?;
    }
    Ok(files.len())
}

/// Every clip with its file, which has a name of its own even if instruments share theirs.
fn clip_files<'a>(project: &'a Project, folder: &Path) -> Vec<(PathBuf, &'a Arc<Clip>)> {
    let solos = project.instruments.iter().map(|instrument| (&*instrument.name, &instrument.clips));
    let tabs = std::iter::once(("whole song", &project.mixture)).chain(solos);
    let tabs: Vec<_> = tabs.filter(|(_, clips)| !clips.is_empty()).collect();
    let stems = file_stems(tabs.iter().map(|(name, _)| safe_name(name)));
    let mut files = Vec::new();
    for (stem, (_, clips)) in stems.iter().zip(tabs) {
        for (place, clip) in clips.iter().enumerate() {
            let path = folder.join(audio::file_name(&format!("{stem} {}", place + 1)));
            files.push((path, clip));
        }
    }
    files
}

const NO_RECORDING: &str = "there is no recording to write: record an instrument first";

/// Writes clips to one file, one after another.
///
/// # Errors
/// The message for the user.
pub fn recording(clips: &[Arc<Clip>], path: &Path, start: FileStart) -> Result<(), String> {
    let first = clips.first().ok_or(NO_RECORDING)?;
    let channels = clip::joined(clips, first.sample_rate_hz()).ok_or(NO_RECORDING)?;
    let mut file = create(path, first.sample_rate_hz(), channels.len(), first, start)?;
    let written_whole = file.write_block(&channels).and_then(|()| file.finish());
    written_whole.map_err(|error| error.to_string())
}

/// Separates the clips of the whole song into one file per source; returns the number of
/// files.
///
/// # Errors
/// The message for the user.
pub fn stems(
    project: &Project,
    controls: &Controls,
    folder: &Path,
    start: FileStart,
) -> Result<usize, String> {
    let each = |dictionary: &Dictionary| {
        let names = file_stems(dictionary.sources.iter().map(|source| source.name.as_str()));
        let path = |(source, name): (usize, &String)| {
            let path = folder.join(audio::file_name(name));
            refuse_existing(&path).map(|()| (source, path))
        };
        names.iter().enumerate().map(path).collect()
    };
    separate(project, controls, each, start, &|| true)
}

/// Separates the clips of the whole song and writes one source to one file, unless `go_on` returns
/// `false` meanwhile.
///
/// # Errors
/// The message for the user.
pub fn stem(
    project: &Project,
    controls: &Controls,
    source: usize,
    path: &Path,
    go_on: &dyn Fn() -> bool,
) -> Result<(), String> {
    let one = |_: &Dictionary| Ok(vec![(source, path.to_path_buf())]);
    separate(project, controls, one, FileStart::Recording, go_on).map(|_| ())
}

/// Separates the clips of the whole song into files of the sources that `outputs` chooses;
/// returns the number of files.
fn separate(
    project: &Project,
    controls: &Controls,
    outputs: impl FnOnce(&Dictionary) -> Result<Vec<(usize, PathBuf)>, String>,
    start: FileStart,
    go_on: &dyn Fn() -> bool,
) -> Result<usize, String> {
    let dictionary = project
        .dictionary_to_save()
        .ok_or("learn an instrument first: nothing can be separated")?;
    let no_song = "record a piece of the whole song first, on its tab: stems are separated from it";
    let first = project.mixture.first().ok_or(no_song)?;
    let sample_rate_hz = first.sample_rate_hz();
    let song = clip::joined(&project.mixture, sample_rate_hz).ok_or(no_song)?;
    let samples = song[0].len();
    let frames = FrameSettings::new(dictionary.frames.mode, sample_rate_hz);
    let (dictionary, _) = dictionary.remapped(frames);
    let outputs = outputs(&dictionary)?;
    let (buses, channels) = (outputs.len(), song.len());
    let mut separator = Separator::new(Arc::new(Model::new(&dictionary)), channels, buses);
    separator.set_spatial(controls.spatial);
    let mut set = |source: Option<usize>, strip: usize| {
        if let Some(source) = source {
            separator.set_strength(source, controls.strips[strip].strength);
        }
    };
    (project.instruments.iter().enumerate()).for_each(|(strip, i)| set(i.source, strip));
    set(dictionary.rest(), REST_STRIP);
    let mut files = Vec::new();
    for (bus, (source, path)) in outputs.iter().enumerate() {
        files.push(create(path, sample_rate_hz, channels, first, start)?);
        separator.bus_mut(bus).set_gain(*source, 1.0);
        separator.bus_mut(bus).settle();
    }
    let mut done = 0;
    let read = |block: &mut [Vec<f32>], most: usize| {
        if !go_on() {
            return Err("stopped".to_string());
        }
        let take = most.min(samples - done);
        for (to, from) in block.iter_mut().zip(&song) {
            to.clear();
            to.extend_from_slice(&from[done..done + take]);
        }
        done += take;
        Ok(take)
    };
    let write = |buses: &[&[f32]]| {
        for (file, bus) in files.iter_mut().zip(buses.chunks(channels)) {
            file.write_block(bus).map_err(|error| error.to_string())?;
        }
        Ok::<_, String>(())
    };
    offline::run(&mut separator, buses, read, write)?;
    for file in files {
        file.finish().map_err(|error| error.to_string())?;
    }
    Ok(buses)
}

/// A file that states where in the song its first sample is. It is the clip's, or that of the song
/// with silence up to the clip.
fn create(
    path: &Path,
    sample_rate_hz: u32,
    channels: usize,
    clip: &Clip,
    start: FileStart,
) -> Result<WavWriter, String> {
    // Song positions can be negative (pre-roll), time references cannot.
    let position = clip.song_position().and_then(|at| u64::try_from(at).ok());
    let (silence, origin) = match (start, position) {
        (FileStart::Song, Some(position)) => (position, Some(0)),
        _ => (0, position),
    };
    let silence_s = silence / u64::from(sample_rate_hz);
    if silence_s > MAX_SILENCE_S {
        return Err(format!(
            "the recording begins {} h into the song, and at most {} h of silence can be added: switch \
             off 'From the start of the song'",
            silence_s / 3600,
            MAX_SILENCE_S / 3600
        ));
    }
    let file = WavWriter::create(path, sample_rate_hz, channels);
    let mut file = file.map_err(|error| error.to_string())?;
    if let Some(time_reference_samples) = origin {
        file.set_origin(&Origin { time_reference_samples, ..Origin::default() });
    }
    let zeros = vec![0.0; SILENCE_BLOCK];
    let mut left = silence;
    while left > 0 {
        let take = left.min(SILENCE_BLOCK as u64);
        file.write_block(&vec![&zeros[..take as usize]; channels])
            .map_err(|error| error.to_string())?;
        left -= take;
    }
    Ok(file)
}

fn safe_name(name: &str) -> &str {
    let known = name == REST_NAME || check_name(name).is_ok();
    if known { name } else { "source" }
}

fn refuse_existing(path: &Path) -> Result<(), String> {
    if path.exists() {
        return Err(format!("{} already exists: choose another folder", path.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::AudioBuffer;
    use crate::plugin::hub::Hub;

    #[test]
    fn instruments_that_share_a_name_are_exported_to_files_of_their_own() {
        let store = &Hub::with_library(None).project;
        let clip = || {
            let channels = vec![vec![0.5; 100]];
            Arc::new(Clip::from(AudioBuffer { channels, sample_rate_hz: 8_000 }))
        };
        store.edit(|project| {
            for (place, name) in ["Violin", "violin", "Whole Song", "Violin 1"].iter().enumerate() {
                project.instruments[place].name = name.to_string();
                project.instruments[place].clips = vec![clip(), clip()];
            }
            project.mixture = vec![clip()];
        });
        let folder = tempfile::tempdir().unwrap();
        let files = |folder: &Path| {
            let entries = std::fs::read_dir(folder).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<String> = names.collect();
            names.sort();
            names
        };
        let start = FileStart::Recording;
        assert_eq!(clips(&store.get(), folder.path(), start), Ok(9));
        let written = files(folder.path());
        let expected = [
            "Violin 1 1.wav",
            "Violin 1 2.wav",
            "Violin 1.wav",
            "Violin 2.wav",
            "Whole Song-2 1.wav",
            "Whole Song-2 2.wav",
            "violin-2 1.wav",
            "violin-2 2.wav",
            "whole song 1.wav",
        ];
        assert_eq!(written, expected);
        // Nothing is written where one of them is there already.
        let other = tempfile::tempdir().unwrap();
        std::fs::write(other.path().join("Violin 1 2.wav"), "another's").unwrap();
        assert!(clips(&store.get(), other.path(), start).unwrap_err().contains("Violin 1 2.wav"));
        assert_eq!(files(other.path()), ["Violin 1 2.wav"]);
    }
}
