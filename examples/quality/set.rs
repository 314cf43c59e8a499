//! Sets of solo clips, stems and their mixture, read from a folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use unbraid::audio::{self, AudioBuffer};

/// Samples per channel.
pub type Audio = Vec<Vec<f32>>;

/// One set, all of it at one sample rate.
#[derive(Clone)]
pub struct Set {
    pub name: String,
    /// The folder that holds the set.
    pub folder: String,
    pub sample_rate_hz: u32,
    pub sources: Vec<Source>,
    /// The part of the mixture that is separated and scored.
    pub mixture: Audio,
    /// An equally long part of the mixture following it, if there is one.
    pub unscored: Option<Audio>,
}

/// One source of a set.
#[derive(Clone)]
pub struct Source {
    pub name: String,
    /// The clip to learn from, in which it plays alone.
    pub clip: Audio,
    /// Its part in [`Set::mixture`].
    pub stem: Audio,
}

/// Which part of the tests is scored.
#[derive(Clone, Copy)]
pub struct Excerpt {
    pub from_s: f64,
    pub seconds: f64,
}

/// The sets in `folders` (each set is a folder in one of them), ordered by name. With `only`,
/// just the sets with these names.
pub fn load_all(
    folders: &[PathBuf],
    only: &[String],
    excerpt: Excerpt,
) -> anyhow::Result<Vec<Set>> {
    let mut sets = Vec::new();
    for folder in folders {
        for path in entries(folder)? {
            let wanted = only.is_empty() || only.contains(&stem_of(&path));
            if wanted && path.join("train").is_dir() && path.join("test").is_dir() {
                let set = Set::load(&path, stem_of(folder), excerpt);
                sets.push(set.with_context(|| format!("the set in {}", path.display()))?);
            }
        }
    }
    if let Some(name) = only.iter().find(|name| sets.iter().all(|set| set.name != **name)) {
        bail!("no set `{name}` in the folders given");
    }
    if sets.is_empty() {
        bail!("no set in the folders given: a set is SET/train/NAME.flac and SET/test/NAME.flac");
    }
    Ok(sets)
}

impl Set {
    fn load(path: &Path, folder: String, excerpt: Excerpt) -> anyhow::Result<Self> {
        let sources = read_sources(path)?;
        let mixture = read_mixture(path, &sources)?;
        let rate = f64::from(mixture.sample_rate_hz);
        let from = (excerpt.from_s * rate) as usize;
        let to = from + (excerpt.seconds * rate) as usize;
        let end = to + (to - from);
        let unscored = (mixture.frames() >= end).then(|| cut(&mixture.channels, to, end));
        let source = |(name, clip, stem): (String, AudioBuffer, AudioBuffer)| Source {
            name,
            clip: clip.channels,
            stem: cut(&stem.channels, from, to),
        };
        Ok(Self {
            name: stem_of(path),
            folder,
            sample_rate_hz: mixture.sample_rate_hz,
            mixture: cut(&mixture.channels, from, to),
            unscored,
            sources: sources.into_iter().map(source).collect(),
        })
    }

    pub fn is_stereo(&self) -> bool {
        self.mixture.len() == 2
    }

    /// The set in one channel, the mean of the two.
    pub fn mono(&self) -> Self {
        let mut set = self.clone();
        let clips = set.sources.iter_mut().flat_map(|source| [&mut source.clip, &mut source.stem]);
        for audio in clips.chain([&mut set.mixture]).chain(&mut set.unscored) {
            *audio = mean(audio);
        }
        set
    }

    /// A stereo set made from a mono one, with source i placed by the gains (left, right)
    /// `gains(i)`. The clips to learn from stay mono: a source's position is unknown when it
    /// is learned.
    pub fn panned(&self, gains: impl Fn(usize) -> [f32; 2]) -> Self {
        let mut set = self.clone();
        for (i, source) in set.sources.iter_mut().enumerate() {
            let stem = &source.stem[0];
            source.stem = gains(i).map(|gain| stem.iter().map(|x| gain * x).collect()).into();
        }
        set.mixture = sum(set.sources.iter().map(|source| &source.stem));
        set.unscored = None;
        set
    }
}

/// Name, clip and whole stem of each source.
fn read_sources(path: &Path) -> anyhow::Result<Vec<(String, AudioBuffer, AudioBuffer)>> {
    let read = |train: PathBuf| {
        let test = path.join("test").join(train.file_name().unwrap_or_default());
        Ok((stem_of(&train), audio::read(&train)?, audio::read(test)?))
    };
    entries(&path.join("train"))?.into_iter().map(read).collect()
}

/// The whole mixture, in the stems' format; their sum if there is no file.
fn read_mixture(
    path: &Path,
    sources: &[(String, AudioBuffer, AudioBuffer)],
) -> anyhow::Result<AudioBuffer> {
    let Some((_, _, first)) = sources.first() else { bail!("no clips in train/") };
    let file = path.join("test/mixture.flac");
    let mixture = if file.exists() {
        audio::read(&file)?
    } else {
        let channels = sum(sources.iter().map(|(_, _, stem)| &stem.channels));
        AudioBuffer { sample_rate_hz: first.sample_rate_hz, channels }
    };
    for (name, clip, stem) in sources {
        if clip.sample_rate_hz != mixture.sample_rate_hz
            || stem.sample_rate_hz != mixture.sample_rate_hz
            || stem.channels.len() != mixture.channels.len()
            || stem.frames() != mixture.frames()
        {
            bail!("{name} and the mixture differ in sample rate, or in channels or length");
        }
    }
    Ok(mixture)
}

/// The sum of signals with the same channels and length.
pub fn sum<'a>(mut signals: impl Iterator<Item = &'a Audio>) -> Audio {
    let mut total = signals.next().cloned().unwrap_or_default();
    for signal in signals {
        for (total, channel) in total.iter_mut().zip(signal) {
            total.iter_mut().zip(channel).for_each(|(total, x)| *total += x);
        }
    }
    total
}

fn mean(audio: &Audio) -> Audio {
    let fraction = 1.0 / audio.len() as f32;
    let samples = 0..audio.first().map_or(0, Vec::len);
    vec![samples.map(|n| fraction * audio.iter().map(|channel| channel[n]).sum::<f32>()).collect()]
}

fn cut(audio: &Audio, from: usize, to: usize) -> Audio {
    let cut = |channel: &Vec<f32>| {
        let to = to.min(channel.len());
        channel[from.min(to)..to].to_vec()
    };
    audio.iter().map(cut).collect()
}

/// The contents of a folder, by name.
fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = std::fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut paths = read.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// The name of a file without its extension, or of a folder.
fn stem_of(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
