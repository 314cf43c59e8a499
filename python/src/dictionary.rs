//! `unbraid.Dictionary`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use numpy::{PyArray2, PyReadonlyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use unbraid::dictionary::{Source, same_name};
use unbraid::divergence::Divergence;
use unbraid::frames::{FrameSettings, Mode};
use unbraid::learn::{Mixture, RestSettings, SourceReport};
use unbraid::offline::add_rest;

use crate::audio::{ArrayRecording, Audio};
use crate::error::{UnbraidError, raised};
use crate::progress::Reporter;
use crate::separation::{Passage, silences};

/// Learned spectra and the sources they belong to. Made by `learn`, `load`, `from_matrix`
/// or `from_bytes`; it is immutable.
#[pyclass(frozen, module = "unbraid")]
pub struct Dictionary {
    pub inner: Arc<unbraid::dictionary::Dictionary>,
    reports: Vec<SourceReport>,
}

impl Dictionary {
    pub fn new(inner: unbraid::dictionary::Dictionary, reports: Vec<SourceReport>) -> Self {
        Self { inner: Arc::new(inner), reports }
    }
}

/// A value of a setting from its text.
pub fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> PyResult<T> {
    text.parse().map_err(|error: T::Err| UnbraidError::new_err(error.to_string()))
}

#[pymethods]
impl Dictionary {
    /// Reads a dictionary file.
    #[staticmethod]
    fn load(py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let inner = py.detach(|| unbraid::dictionary::Dictionary::load(&path)).map_err(raised)?;
        Ok(Self::new(inner, Vec::new()))
    }

    /// Reads a dictionary from the bytes of its file.
    #[staticmethod]
    fn from_bytes(bytes: &[u8]) -> PyResult<Self> {
        let inner = unbraid::dictionary::Dictionary::from_bytes(bytes, Path::new("bytes"));
        Ok(Self::new(inner.map_err(raised)?, Vec::new()))
    }

    #[staticmethod]
    #[pyo3(signature = (w, sample_rate_hz, fft_size, hop, sources, rest, mode, transpose, divergence))]
    #[allow(clippy::too_many_arguments)]
    fn _from_matrix(
        w: PyReadonlyArray2<f32>,
        sample_rate_hz: u32,
        fft_size: usize,
        hop: usize,
        sources: Vec<(String, Vec<usize>)>,
        rest: Option<Vec<usize>>,
        mode: &str,
        transpose: u32,
        divergence: &str,
    ) -> PyResult<Self> {
        let frames = FrameSettings { sample_rate_hz, fft_size, hop, mode: parsed(mode)? };
        let named = sources.into_iter().enumerate();
        let named = named.map(|(place, (name, components))| Source::new(&name, place, components));
        let sources = named.chain(rest.map(Source::rest)).collect();
        let w = w.as_array().to_owned();
        let mut inner =
            unbraid::dictionary::Dictionary::from_spectra(w, sources, frames).map_err(raised)?;
        inner.transpose = transpose;
        inner.divergence = parsed(divergence)?;
        inner.check().map_err(raised)?;
        Ok(Self::new(inner, Vec::new()))
    }

    /// Writes the dictionary's file, completely or not at all.
    fn save(&self, py: Python<'_>, path: PathBuf) -> PyResult<()> {
        py.detach(|| self.inner.save(&path)).map_err(raised)
    }

    /// The bytes of the dictionary's file.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.inner.to_bytes().map_err(raised)?))
    }

    /// The spectra, bins × components (read-only). Every column that is not zero sums to 1.
    #[getter(W)]
    fn w<'py>(slf: Bound<'py, Self>) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let inner = Arc::clone(&slf.get().inner);
        // SAFETY: the object, which the array keeps alive, does not change.
        let array = unsafe { PyArray2::borrow_from_array(&inner.w, slf.into_any()) };
        // Without borrowing it, which would fail while another thread reads it.
        array.call_method1("setflags", (false,))?;
        Ok(array)
    }

    /// The components of each source but the rest, by its name.
    #[getter]
    fn sources<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let sources = PyDict::new(py);
        for source in self.inner.sources.iter().filter(|source| !source.rest) {
            sources.set_item(&source.name, &source.components)?;
        }
        Ok(sources)
    }

    /// The components of the rest, or `None` without a rest.
    #[getter]
    fn rest(&self) -> Option<Vec<usize>> {
        self.inner.rest().map(|rest| self.inner.sources[rest].components.clone())
    }

    /// The number of components of all sources.
    #[getter]
    fn n_components(&self) -> usize {
        self.inner.components()
    }

    /// The sample rate that it was learned at, in Hz.
    #[getter]
    fn sr(&self) -> u32 {
        self.inner.frames.sample_rate_hz
    }

    /// The length of a frame in samples.
    #[getter]
    fn n_fft(&self) -> usize {
        self.inner.frames.fft_size
    }

    /// The step between frames in samples.
    #[getter]
    fn hop_length(&self) -> usize {
        self.inner.frames.hop
    }

    /// `quality`, `balanced` or `live`.
    #[getter]
    fn mode(&self) -> &'static str {
        self.inner.frames.mode.name()
    }

    /// The largest transposition that the engine tries, in semitones.
    #[getter]
    fn transpose(&self) -> u32 {
        self.inner.transpose
    }

    /// The divergence that the engine minimises.
    #[getter]
    fn divergence(&self) -> String {
        self.inner.divergence.to_string()
    }

    /// How it was learned; for information only.
    #[getter]
    fn method(&self) -> &str {
        &self.inner.provenance.method
    }

    /// The seed that it was learned with; for information only.
    #[getter]
    fn seed(&self) -> u64 {
        self.inner.provenance.seed
    }

    /// For each source that was just learned, a dict: its `name`, the `seconds` of sound, its
    /// `n_components`, the `objective` before the first update and after each one, and the fraction
    /// of its clips that is left `unexplained`. Empty if the dictionary was not made by learning.
    #[getter]
    fn reports<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let report = |report: &SourceReport| {
            let dict = PyDict::new(py);
            dict.set_item("name", &report.name)?;
            dict.set_item("seconds", report.sound_s)?;
            dict.set_item("n_components", report.components)?;
            dict.set_item("objective", &report.objective)?;
            dict.set_item("unexplained", report.unexplained)?;
            Ok(dict)
        };
        self.reports.iter().map(report).collect()
    }

    /// A dictionary of some of the sources, in the given order.
    fn select(&self, names: Bound<'_, PyAny>) -> PyResult<Self> {
        let names =
            names.extract::<String>().map(|name| vec![name]).or_else(|_| names.extract())?;
        if names.is_empty() {
            return Err(UnbraidError::new_err("no names: select at least one source"));
        }
        let place = |name: &String| {
            let sources = &self.inner.sources;
            sources.iter().position(|source| same_name(&source.name, name)).ok_or_else(|| {
                UnbraidError::new_err(format!("no source `{name}`: {}", listed(&self.inner)))
            })
        };
        let places = names.iter().map(place).collect::<PyResult<Vec<_>>>()?;
        let mut inner = unbraid::dictionary::Dictionary::clone(&self.inner);
        inner.keep_sources(&places);
        inner.check().map_err(raised)?;
        Ok(Self::new(inner, Vec::new()))
    }

    fn _with_rest(
        &self,
        py: Python<'_>,
        mixtures: Vec<(Audio, u32)>,
        silent: Vec<(String, Vec<Passage>)>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let views: Vec<ArrayRecording> = mixtures
            .iter()
            .map(|(audio, sample_rate_hz)| ArrayRecording {
                channels: audio.as_array(),
                sample_rate_hz: *sample_rate_hz,
            })
            .collect();
        let mut inner = unbraid::dictionary::Dictionary::clone(&self.inner);
        let mixtures = views
            .iter()
            .map(|recording| {
                let samples = recording.channels.ncols();
                let silences = silences(&silent, &self.inner, samples, recording.sample_rate_hz)?;
                Ok(Mixture { recording, silences })
            })
            .collect::<PyResult<Vec<_>>>()?;
        let reporter = Reporter::new(progress)?;
        let settings = RestSettings { seed: inner.provenance.seed, ..RestSettings::default() };
        let added = py.detach(|| {
            add_rest(&mut inner, &mixtures, &settings, &mut |part| reporter.report(part))
        });
        let report = reporter.finish(added.map_err(raised))?;
        let mut reports = self.reports.clone();
        reports.retain(|other| other.name != report.name);
        reports.push(report);
        Ok(Self::new(inner, reports))
    }

    /// A dictionary of spectra that were learned elsewhere, `W`, bins × components. Columns may
    /// have any scale.
    ///
    /// `sources` maps each name to its components, and `"rest"` to those of the rest; a list gives
    /// one name per component; if omitted, each component is its own source.
    /// Any `n_fft` will do; `separate` converts the spectra to the frames of the mode.
    ///
    /// Raises `UnbraidError` if an entry is negative or not finite, the shape does not fit
    /// `n_fft`, or a component does not belong to exactly one source.
    #[staticmethod]
    #[pyo3(signature = (W, sr, n_fft, hop_length, sources=None, *, mode="quality", transpose=0, divergence=None))]
    #[pyo3(
        text_signature = "(W, sr, n_fft, hop_length, sources=None, *, mode='quality', transpose=0, divergence='kl')"
    )]
    #[allow(non_snake_case, clippy::too_many_arguments)]
    fn from_matrix<'py>(
        py: Python<'py>,
        W: Bound<'py, PyAny>,
        sr: Bound<'py, PyAny>,
        n_fft: usize,
        hop_length: usize,
        sources: Option<Bound<'py, PyAny>>,
        mode: &str,
        transpose: u32,
        divergence: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let divergence = match divergence {
            Some(divergence) => divergence,
            None => "kl".into_pyobject(py)?.into_any(),
        };
        let arguments = (W, sr, n_fft, hop_length, sources, mode, transpose, divergence);
        py.import("unbraid._dictionary")?.call_method1("from_matrix", arguments)
    }

    /// The same sources with a rest that is learned from recordings of a mixture: audio, paths, or
    /// a list of these. An existing rest is replaced. `sr` is the rate of all arrays
    /// in Hz; `silent` and `progress` are as for `learn`.
    #[pyo3(signature = (mixture, sr=None, *, silent=None, progress=None))]
    fn with_rest<'py>(
        slf: Bound<'py, Self>,
        mixture: Bound<'py, PyAny>,
        sr: Option<Bound<'py, PyAny>>,
        silent: Option<Bound<'py, PyAny>>,
        progress: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.py().import("unbraid._dictionary")?;
        module.call_method1("with_rest", (slf, mixture, sr, silent, progress))
    }

    /// Draws the spectra of each source with matplotlib; returns the axes.
    #[pyo3(signature = (ax=None))]
    fn plot<'py>(
        slf: Bound<'py, Self>,
        ax: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("unbraid._dictionary")?.call_method1("plot", (slf, ax))
    }

    /// The colour of each source, `#rrggbb`, by its name.
    #[getter]
    fn colors<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let colors = PyDict::new(py);
        for source in &self.inner.sources {
            colors.set_item(&source.name, &source.color)?;
        }
        Ok(colors)
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.inner == other.inner
    }

    fn __hash__(&self) -> PyResult<u64> {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.inner.to_bytes().map_err(raised)?.hash(&mut hasher);
        Ok(hasher.finish())
    }

    fn __reduce__<'py>(
        slf: &Bound<'py, Self>,
    ) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let from_bytes = slf.get_type().getattr("from_bytes")?;
        Ok((from_bytes, (slf.get().to_bytes(slf.py())?,)))
    }

    fn __repr__(&self) -> String {
        let FrameSettings { sample_rate_hz, fft_size, hop, mode } = self.inner.frames;
        let sources: Vec<String> = self
            .inner
            .sources
            .iter()
            .map(|source| format!("{}: {}", source.name, source.components.len()))
            .collect();
        let sources = sources.join(", ");
        format!(
            "<unbraid.Dictionary {{{sources}}}, sr={sample_rate_hz}, n_fft={fft_size}, hop_length={hop}, mode={mode}>"
        )
    }
}

/// The names of a dictionary's sources.
pub fn listed(dictionary: &unbraid::dictionary::Dictionary) -> String {
    let names: Vec<&str> = dictionary.sources.iter().map(|source| source.name.as_str()).collect();
    format!("the dictionary's sources are {}", names.join(", "))
}

/// The settings of frames and divergence from their texts.
pub fn settings(mode: &str, divergence: &str) -> PyResult<(Mode, Divergence)> {
    Ok((parsed(mode)?, parsed(divergence)?))
}
