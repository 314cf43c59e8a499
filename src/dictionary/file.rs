//! The dictionary file: one `.safetensors` with the tensor `w` (f32, bins × components) and
//! a JSON object in the string metadata `unbraid`. The same bytes are stored in a host's
//! project.

use std::collections::HashMap;
use std::io::{Read, Seek, Write};
use std::path::Path;

use ndarray::Array2;
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};

use super::check::COMPONENTS;
use super::error::{DictionaryError, Invalid};
use super::{Dictionary, Provenance, Source, sums};
use crate::atomic_file::write_atomically;
use crate::frames::{FrameSettings, Mode};

/// Format version that is written, and the newest that can be read.
const VERSION: u64 = 1;

/// Larger files are rejected without reading: even the largest allowed dictionary is
/// smaller.
const MAX_FILE_BYTES: u64 = 1 << 30;

/// Longer headers are none of a dictionary: the largest has some thousand components.
const MAX_HEADER_BYTES: u64 = 16 << 20;

#[derive(Serialize, Deserialize)]
struct FileHeader {
    version: u64,
    sample_rate_hz: u32,
    fft_size: usize,
    hop: usize,
    mode: Mode,
    method: String,
    divergence: String,
    seed: u64,
    transpose: u32,
    sources: Vec<HeaderSource>,
    /// None if all components are common, or it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rarity: Option<Vec<f32>>,
}

#[derive(Serialize, Deserialize)]
struct HeaderSource {
    name: String,
    color: String,
    components: Vec<usize>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    rest: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unexplained: Option<f32>,
    #[serde(default, skip_serializing_if = "is_zero")]
    penalty: f32,
}

fn is_zero(x: &f32) -> bool {
    *x == 0.0
}

impl Dictionary {
    /// Reads a dictionary file.
    ///
    /// # Errors
    /// If it cannot be read, is not a dictionary, has a newer version, or is inconsistent.
    /// Nothing large is allocated before that is checked.
    pub fn load(path: &Path) -> Result<Self, DictionaryError> {
        Ok(Self::load_with_metadata(path)?.0)
    }

    /// Same as [`Dictionary::load`], with all metadata of the file.
    pub(crate) fn load_with_metadata(
        path: &Path,
    ) -> Result<(Self, HashMap<String, String>), DictionaryError> {
        let io = |cause| DictionaryError::Read { path: path.to_path_buf(), cause };
        let found = std::fs::metadata(path).map_err(io)?;
        if !found.is_file() {
            // Reading a pipe or a device could last for any time.
            return Err(DictionaryError::not_a_dictionary(path, "not a regular file"));
        }
        let size = found.len();
        if size > MAX_FILE_BYTES {
            return Err(DictionaryError::not_a_dictionary(path, format!("{size} bytes")));
        }
        let mut file = std::fs::File::open(path).map_err(io)?;
        if !has_header(&mut file, size).map_err(io)? {
            return Err(DictionaryError::not_a_dictionary(path, "it has no metadata `unbraid`"));
        }
        let mut bytes = Vec::with_capacity(size as usize);
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(io)?;
        let dictionary = Self::from_bytes(&bytes, path)?;
        let metadata = SafeTensors::read_metadata(&bytes).ok();
        let metadata = metadata.and_then(|(_, metadata)| metadata.metadata().clone());
        Ok((dictionary, metadata.unwrap_or_default()))
    }

    /// Reads a dictionary from the bytes of its file. Errors mention `path`. Columns of W that
    /// do not sum to 1 are scaled so that they do, if they differ by a scale only.
    ///
    /// # Errors
    /// Same as [`Dictionary::load`].
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, DictionaryError> {
        let refused =
            |cause: &dyn std::fmt::Display| DictionaryError::not_a_dictionary(path, cause);
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|e| refused(&e))?;
        let json = metadata
            .metadata()
            .as_ref()
            .and_then(|map| map.get("unbraid"))
            .ok_or_else(|| refused(&"it has no metadata `unbraid`"))?;
        check_version(json, path)?;
        let header: FileHeader = serde_json::from_str(json).map_err(|e| refused(&e))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| refused(&e))?;
        let w = tensors.tensor("w").map_err(|e| refused(&e))?;
        let mut dictionary = header.dictionary(&w, path)?;
        let checked = dictionary.check().and_then(|()| sums::restore(&mut dictionary.w));
        checked.map_err(|cause| DictionaryError::invalid(path, cause))?;
        Ok(dictionary)
    }

    /// Writes the dictionary file, completely or not at all.
    ///
    /// # Errors
    /// If the dictionary is inconsistent or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), DictionaryError> {
        self.write(path, None)
    }

    /// Same as [`Dictionary::save`], with one more entry in the metadata, which
    /// [`Dictionary::load`] ignores.
    pub(crate) fn save_with_metadata(
        &self,
        path: &Path,
        entry: (&str, String),
    ) -> Result<(), DictionaryError> {
        self.write(path, Some(entry))
    }

    fn write(&self, path: &Path, entry: Option<(&str, String)>) -> Result<(), DictionaryError> {
        let bytes =
            self.serialized(entry).map_err(|cause| DictionaryError::invalid(path, cause))?;
        write_atomically(path, |file| file.write_all(&bytes))
            .map_err(|cause| DictionaryError::Write { path: path.to_path_buf(), cause })
    }

    /// The bytes of the dictionary file. Equal dictionaries give equal bytes.
    ///
    /// # Errors
    /// If the dictionary is inconsistent.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Invalid> {
        self.serialized(None)
    }

    fn serialized(&self, entry: Option<(&str, String)>) -> Result<Vec<u8>, Invalid> {
        self.check()?;
        let header = FileHeader {
            version: VERSION,
            sample_rate_hz: self.frames.sample_rate_hz,
            fft_size: self.frames.fft_size,
            hop: self.frames.hop,
            mode: self.frames.mode,
            method: self.provenance.method.clone(),
            divergence: self.divergence.to_string(),
            seed: self.provenance.seed,
            transpose: self.transpose,
            sources: self.sources.iter().map(HeaderSource::from).collect(),
            rarity: self.rarity.iter().any(|x| *x != 0.0).then(|| self.rarity.clone()),
        };
        let json = serde_json::to_string(&header).expect("plain data becomes JSON");
        let bytes: Vec<u8> = self.w.iter().flat_map(|w| w.to_le_bytes()).collect();
        let view = TensorView::new(Dtype::F32, self.w.shape().to_vec(), &bytes)
            .expect("the length is the shape's");
        let mut metadata = HashMap::from([("unbraid".to_string(), json)]);
        metadata.extend(entry.map(|(key, text)| (key.to_string(), text)));
        Ok(safetensors::serialize([("w", view)], Some(metadata)).expect("one tensor, in memory"))
    }
}

/// Whether a file of this size begins as a dictionary does, so that other large files need not be
/// read to be refused.
fn has_header(file: &mut std::fs::File, size: u64) -> std::io::Result<bool> {
    const KEY: &[u8] = b"\"unbraid\"";
    let mut length = [0; 8];
    if size < length.len() as u64 {
        return Ok(false);
    }
    file.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > (size - 8).min(MAX_HEADER_BYTES) {
        return Ok(false);
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header)?;
    Ok(header.windows(KEY.len()).any(|part| part == KEY))
}

/// Reports a newer version as such, before its fields are read.
fn check_version(json: &str, path: &Path) -> Result<(), DictionaryError> {
    #[derive(Deserialize)]
    struct VersionField {
        version: u64,
    }
    let VersionField { version } =
        serde_json::from_str(json).map_err(|e| DictionaryError::not_a_dictionary(path, e))?;
    if version == 0 || version > VERSION {
        let path = path.to_path_buf();
        return Err(DictionaryError::Version { path, found: version, known: VERSION });
    }
    Ok(())
}

impl FileHeader {
    fn dictionary(self, w: &TensorView, path: &Path) -> Result<Dictionary, DictionaryError> {
        let frames = FrameSettings {
            sample_rate_hz: self.sample_rate_hz,
            fft_size: self.fft_size,
            hop: self.hop,
            mode: self.mode,
        };
        if w.dtype() != Dtype::F32 {
            let cause = format!("`w` is {:?}, not F32", w.dtype());
            return Err(DictionaryError::not_a_dictionary(path, cause));
        }
        let divergence =
            self.divergence.parse().map_err(|e| DictionaryError::not_a_dictionary(path, e))?;
        let components: usize = self.sources.iter().map(|source| source.components.len()).sum();
        let bins = self.fft_size / 2 + 1;
        if w.shape() != [bins, components] || !COMPONENTS.contains(&components) {
            let cause = Invalid::Shape { found: w.shape().to_vec(), bins, components };
            return Err(DictionaryError::invalid(path, cause));
        }
        let values = w.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let w = Array2::from_shape_vec((bins, components), values.collect())
            .map_err(|e| DictionaryError::not_a_dictionary(path, e))?;
        Ok(Dictionary {
            w,
            rarity: self.rarity.unwrap_or_else(|| vec![0.0; components]),
            sources: self.sources.into_iter().map(Source::from).collect(),
            frames,
            transpose: self.transpose,
            divergence,
            provenance: Provenance { method: self.method, seed: self.seed },
        })
    }
}

impl From<&Source> for HeaderSource {
    fn from(source: &Source) -> Self {
        let Source { name, color, components, rest, unexplained, penalty } = source.clone();
        Self { name, color, components, rest, unexplained, penalty }
    }
}

impl From<HeaderSource> for Source {
    fn from(source: HeaderSource) -> Self {
        let HeaderSource { name, color, components, rest, unexplained, penalty } = source;
        Self { name, color, components, rest, unexplained, penalty }
    }
}
