//! The dictionary file: one `.safetensors` with the tensor `w` (f32, bins × components) and
//! a JSON object in the string metadata `unbraid`. The same bytes are stored in a host's
//! project.

use std::collections::HashMap;
use std::io::{Read, Seek, Write};
use std::path::Path;

use ndarray::Array2;
use safetensors::tensor::{Dtype, Metadata, SafeTensorError, SafeTensors, TensorView};
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

/// The tensor with the spectra, and the key of the metadata with everything else.
const W: &str = "w";
const METADATA: &str = "unbraid";

const NO_METADATA: &str = "it has no metadata `unbraid`";

/// A name, and bytes that other parts of this program add to a file.
pub(crate) type Attachment = (String, Vec<u8>);

/// All that is in a file.
pub(crate) struct WholeFile {
    pub dictionary: Dictionary,
    pub metadata: HashMap<String, String>,
    pub attachments: Vec<Attachment>,
}

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

    /// Same as [`Dictionary::load`], with all metadata of the file. Attachments are not read.
    pub(crate) fn load_with_metadata(
        path: &Path,
    ) -> Result<(Self, HashMap<String, String>), DictionaryError> {
        let io = |cause| DictionaryError::Read { path: path.to_path_buf(), cause };
        let found = std::fs::metadata(path).map_err(io)?;
        if !found.is_file() {
            // Reading a pipe or a device could last for any time.
            return Err(DictionaryError::not_a_dictionary(path, "not a regular file"));
        }
        let refused =
            |cause: &dyn std::fmt::Display| DictionaryError::not_a_dictionary(path, cause);
        let mut file = std::fs::File::open(path).map_err(io)?;
        // Another file may have this name by now.
        let size = file.metadata().map_err(io)?.len();
        if size > MAX_FILE_BYTES {
            return Err(refused(&format!("{size} bytes")));
        }
        let Some(header) = header(&mut file, size).map_err(io)? else {
            return Err(refused(&NO_METADATA));
        };
        let all: Metadata = serde_json::from_slice(&header).map_err(|e| refused(&e))?;
        let (data, length) = ((8 + header.len()) as u64, all.data_len() as u64);
        if data + length != size {
            return Err(refused(&SafeTensorError::MetadataIncompleteBuffer));
        }
        let metadata = all.metadata().clone().unwrap_or_default();
        let json = metadata.get(METADATA).ok_or_else(|| refused(&NO_METADATA))?;
        check_version(json, path)?;
        let missing = SafeTensorError::TensorNotFound(W.to_string());
        let info = all.info(W).ok_or_else(|| refused(&missing))?;
        let (start, end) = info.data_offsets;
        if start > end || end as u64 > length {
            return Err(refused(&SafeTensorError::InvalidOffset(W.to_string())));
        }
        let mut bytes = vec![0; end - start];
        file.seek(std::io::SeekFrom::Start(data + start as u64)).map_err(io)?;
        file.read_exact(&mut bytes).map_err(io)?;
        let w = TensorView::new(info.dtype, info.shape.clone(), &bytes).map_err(|e| refused(&e))?;
        Ok((Self::of_parts(json, &w, path)?, metadata))
    }

    /// Same as [`Dictionary::load_with_metadata`], with what else is in the file: other tensors of
    /// bytes, in the order of their names. All of it is from the same file, even if that is being
    /// replaced.
    pub(crate) fn load_with_attachments(path: &Path) -> Result<WholeFile, DictionaryError> {
        // Whether it can be read at all.
        Self::load_with_metadata(path)?;
        let bytes = std::fs::read(path)
            .map_err(|cause| DictionaryError::Read { path: path.to_path_buf(), cause })?;
        let dictionary = Self::from_bytes(&bytes, path)?;
        let refused = |cause| DictionaryError::not_a_dictionary(path, cause);
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(refused)?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(refused)?;
        let is_attached = |(_, tensor): &(String, TensorView)| tensor.dtype() == Dtype::U8;
        let attached = tensors.tensors().into_iter().filter(is_attached);
        let mut attached: Vec<Attachment> =
            attached.map(|(name, tensor)| (name, tensor.data().to_vec())).collect();
        attached.sort();
        let metadata = metadata.metadata().clone().unwrap_or_default();
        Ok(WholeFile { dictionary, metadata, attachments: attached })
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
            .and_then(|map| map.get(METADATA))
            .ok_or_else(|| refused(&NO_METADATA))?;
        check_version(json, path)?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| refused(&e))?;
        let w = tensors.tensor(W).map_err(|e| refused(&e))?;
        Self::of_parts(json, &w, path)
    }

    fn of_parts(json: &str, w: &TensorView, path: &Path) -> Result<Self, DictionaryError> {
        let header: FileHeader = serde_json::from_str(json)
            .map_err(|cause| DictionaryError::not_a_dictionary(path, cause))?;
        let mut dictionary = header.dictionary(w, path)?;
        let checked = dictionary.check().and_then(|()| sums::restore(&mut dictionary.w));
        checked.map_err(|cause| DictionaryError::invalid(path, cause))?;
        Ok(dictionary)
    }

    /// Writes the dictionary file, completely or not at all.
    ///
    /// # Errors
    /// If the dictionary is inconsistent or cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), DictionaryError> {
        self.save_with(path, &[], &[])
    }

    /// Same as [`Dictionary::save`], with more entries in the metadata, and attachments, which
    /// [`Dictionary::load`] ignores.
    pub(crate) fn save_with(
        &self,
        path: &Path,
        entries: &[(String, String)],
        attachments: &[Attachment],
    ) -> Result<(), DictionaryError> {
        let bytes = self
            .serialized(entries, attachments)
            .map_err(|cause| DictionaryError::invalid(path, cause))?;
        write_atomically(path, |file| file.write_all(&bytes))
            .map_err(|cause| DictionaryError::Write { path: path.to_path_buf(), cause })
    }

    /// The bytes of the dictionary file. Equal dictionaries give equal bytes.
    ///
    /// # Errors
    /// If the dictionary is inconsistent.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Invalid> {
        self.serialized(&[], &[])
    }

    fn serialized(
        &self,
        entries: &[(String, String)],
        attachments: &[Attachment],
    ) -> Result<Vec<u8>, Invalid> {
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
        let view = |dtype, shape, bytes| {
            TensorView::new(dtype, shape, bytes).expect("the length is the shape's")
        };
        let w = (W, view(Dtype::F32, self.w.shape().to_vec(), &bytes[..]));
        let attached = attachments
            .iter()
            .map(|(name, bytes)| (name.as_str(), view(Dtype::U8, vec![bytes.len()], bytes)));
        let mut metadata: HashMap<String, String> = entries.iter().cloned().collect();
        metadata.insert(METADATA.to_string(), json);
        let tensors = [w].into_iter().chain(attached);
        Ok(safetensors::serialize(tensors, Some(metadata)).expect("tensors in memory"))
    }
}

/// The header of a file of this size, in JSON; `None` if it does not begin as a dictionary does, so
/// that other large files need not be read to be refused.
fn header(file: &mut std::fs::File, size: u64) -> std::io::Result<Option<Vec<u8>>> {
    const KEY: &[u8] = b"\"unbraid\"";
    let mut length = [0; 8];
    if size < length.len() as u64 {
        return Ok(None);
    }
    file.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > (size - 8).min(MAX_HEADER_BYTES) {
        return Ok(None);
    }
    let mut header = vec![0; length as usize];
    file.read_exact(&mut header)?;
    Ok(header.windows(KEY.len()).any(|part| part == KEY).then_some(header))
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
