//! MAT-files: what SciPy (`fixtures/make_mat.py`), Octave and MATLAB write is read, and what is
//! written is read by SciPy and Octave, if they are installed. No file causes a panic.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use ndarray::{Array2, array};
use proptest::prelude::*;
use unbraid::mat::{self, Kind, MatError};

fn fixture(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/mat")).join(name)
}

/// `X` of `make_mat.py`.
fn x() -> Array2<f64> {
    Array2::from_shape_fn((3, 4), |(row, column)| (10 * (row + 1) + column + 1) as f64)
}

#[test]
fn every_real_class_is_read() {
    for file in ["plain.mat", "compressed.mat"].map(fixture) {
        let read = |name: &str| mat::read(&file, name).unwrap();
        for name in [
            "float64", "float32", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64",
            "uint64", "last",
        ] {
            assert_eq!(read(name), x(), "{name}");
        }
        assert_eq!(read("negative"), -x());
        assert_eq!(read("halves"), x() + 0.5);
        assert_eq!(read("logical"), x().mapv(|x| f64::from(x % 2.0 == 0.0)));
        assert_eq!(read("scalar"), array![[7.0]]);
        assert_eq!(read("row"), array![[1.0, 2.0, 3.0]]);
        assert_eq!(read("column"), array![[1.0], [2.0], [3.0]]);
        assert_eq!(read("empty"), Array2::<f64>::zeros((0, 3)));
        assert_eq!(read("n"), array![[5.0]]);
    }
}

#[test]
fn the_other_byte_order_is_read() {
    let file = fixture("big_endian.mat");
    for name in ["double", "short", "deflated"] {
        assert_eq!(mat::read(&file, name).unwrap(), x(), "{name}");
    }
    assert_eq!(mat::read(&file, "n").unwrap(), array![[5.0]]);
}

#[test]
fn other_variables_are_listed_and_say_what_they_are() {
    for file in ["plain.mat", "compressed.mat"].map(fixture) {
        let variables = mat::variables(&file).unwrap();
        let kind = |name: &str| variables.iter().find(|found| found.name == name).unwrap().kind;
        for (name, expected, text) in [
            ("complex", Kind::Complex, "`complex` is complex, 3 × 4, expected a full real matrix"),
            ("sparse", Kind::Sparse, "`sparse` is sparse, 3 × 4"),
            ("cells", Kind::Cell, "`cells` is a cell array, 1 × 2"),
            ("fields", Kind::Struct, "`fields` is a struct, 1 × 1"),
            ("text", Kind::Text, "`text` is text, 1 × 9"),
            ("cube", Kind::Real, "`cube` is real, 2 × 3 × 4"),
        ] {
            assert_eq!(kind(name), expected);
            let error = mat::read(&file, name).unwrap_err().to_string();
            assert!(error.contains(text) && error.contains("; convert it"), "{error}");
        }
        assert_eq!(variables.len(), 25);
        let error = mat::read(&file, "y").unwrap_err().to_string();
        assert!(error.contains("no variable `y`, only `float64`, "), "{error}");
        assert!(error.contains(", 15 others; save it"), "{error}");
    }
}

/// They could change what a terminal shows.
#[test]
fn names_are_without_control_characters() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mat");
    let mut bytes = std::fs::read(fixture("plain.mat")).unwrap();
    let name = mat::variables(&fixture("plain.mat")).unwrap()[0].name.clone();
    let place = bytes.windows(name.len()).position(|part| part == name.as_bytes()).unwrap();
    bytes[place] = 0x1b;
    std::fs::write(&path, bytes).unwrap();
    let found = mat::variables(&path).unwrap()[0].name.clone();
    assert_eq!(found, format!("\u{fffd}{}", &name[1..]));
}

#[test]
fn other_formats_are_refused_with_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let hdf5_header = [&[b' '; 124][..], b"\0\x02IM"].concat();
    let cases: [(&[u8], &str); 8] = [
        (&fs::read(fixture("version_4.mat")).unwrap(), "version 4"),
        (b"MATLAB 7.3 MAT-file, Platform: GLNXA64", "version 7.3 (HDF5)"),
        (&hdf5_header, "version 7.3 (HDF5)"),
        (b"\x89HDF\r\n\x1a\n", "version 7.3 (HDF5)"),
        (b"# Created by Octave 7.3.0\n# name: x\n", "Octave's own format"),
        (b"Octave-1-L", "Octave's own format"),
        (b"RIFF....WAVEfmt ", "not a MAT-file"),
        (b"", "not a MAT-file"),
    ];
    for (bytes, text) in cases {
        let path = folder.path().join("x.mat");
        fs::write(&path, bytes).unwrap();
        let error = mat::variables(&path).unwrap_err();
        assert!(matches!(error, MatError::Format { .. }), "{error}");
        let error = error.to_string();
        assert!(error.contains(text) && error.ends_with("with `save -v7`"), "{error}");
    }
    let missing = mat::read(&folder.path().join("none.mat"), "x").unwrap_err();
    assert!(matches!(missing, MatError::Read { .. }), "{missing}");
}

/// The matrices that other programs are given: no symmetry, and both kinds of name.
fn written(folder: &Path) -> PathBuf {
    let path = folder.join("written.mat");
    let row = array![[1.0, 3.0, 2.0]];
    let thirds = x() / 3.0;
    let long = Array2::from_shape_fn((300, 200), |(row, column)| (row * 1000 + column) as f64);
    let matrices = [
        ("x", x()),
        ("J_snpa", row),
        ("thirds", thirds.t().to_owned()),
        ("empty", Array2::zeros((0, 3))),
        ("long", long),
    ];
    let views: Vec<_> = matrices.iter().map(|(name, matrix)| (*name, matrix.view())).collect();
    mat::write(&path, &views).unwrap();
    for (name, matrix) in &matrices {
        assert_eq!(mat::read(&path, name).unwrap(), matrix, "{name}");
    }
    path
}

#[test]
fn what_is_written_can_be_read_and_has_no_date() {
    let folder = tempfile::tempdir().unwrap();
    let first = fs::read(written(folder.path())).unwrap();
    assert_eq!(fs::read(written(folder.path())).unwrap(), first);
}

#[test]
fn names_that_matlab_refuses_are_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mat");
    let too_long = "x".repeat(64);
    for name in ["", "1x", "_x", "x y", "ä", &too_long] {
        let error = mat::write(&path, &[(name, x().view())]).unwrap_err();
        assert!(matches!(error, MatError::Name(_)), "{error}");
        assert!(!path.exists());
    }
}

/// Runs a script in another program. `None`, and a note, if that is not installed.
fn run(program: &str, probe: &[&str], script: &[&str], folder: &Path) -> Option<String> {
    let is_there = Command::new(program).args(probe).output().is_ok_and(|o| o.status.success());
    if !is_there {
        eprintln!("skipped: `{program} {}` does not run here", probe.join(" "));
        return None;
    }
    let output = Command::new(program).args(script).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{program}: {output:?}");
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn scipy_reads_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path());
    let script = "
import numpy as np, scipy.io
m = scipy.io.loadmat('written.mat')
x = np.add.outer(10.0 * np.arange(1, 4), np.arange(1, 5))
assert all(m[n].dtype == np.float64 for n in ['x', 'J_snpa', 'thirds', 'empty', 'long'])
assert np.array_equal(m['x'], x), m['x']
assert np.array_equal(m['J_snpa'], [[1, 3, 2]]), m['J_snpa']
assert np.array_equal(m['thirds'], x.T / 3), m['thirds']
assert m['empty'].shape == (0, 3)
assert np.array_equal(m['long'], np.add.outer(1000.0 * np.arange(300), np.arange(200)))
print('the same')
";
    if let Some(text) = run("python3", &["-c", "import scipy.io"], &["-c", script], folder.path()) {
        assert_eq!(text.trim(), "the same");
    }
}

#[test]
fn octave_reads_what_is_written_and_writes_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    written(folder.path());
    let script = "
m = load('written.mat');
x = 10 * (1:3)' + (1:4);
assert(class(m.x), 'double'); assert(m.x, x);
assert(m.J_snpa, [1 3 2]);
assert(x(:, m.J_snpa), [11 13 12; 21 23 22; 31 33 32]);
assert(m.thirds, x' / 3);
assert(size(m.empty), [0 3]);
assert(m.long, 1000 * (0:299)' + (0:199));
s = single(x); i = int16(x); halves = x + 0.5; b = x > 20; c = {1}; z = x * 1i; r = 1:4;
save('-v7', 'v7.mat', 'x', 's', 'i', 'halves', 'b', 'c', 'z', 'r');
save('-v6', 'v6.mat', 'x', 's', 'i', 'halves', 'b', 'c', 'z', 'r');
save('text.mat', 'x'); save('-binary', 'binary.mat', 'x'); save('-hdf5', 'hdf5.mat', 'x');
save('-v4', 'v4.mat', 'x');
disp('the same');
";
    let (probe, script) = (["--version"], ["--no-init-file", "--quiet", "--eval", script]);
    let Some(text) = run("octave-cli", &probe, &script, folder.path()) else { return };
    assert_eq!(text.trim(), "the same");
    for file in ["v7.mat", "v6.mat"].map(|name| folder.path().join(name)) {
        for name in ["x", "s", "i"] {
            assert_eq!(mat::read(&file, name).unwrap(), x(), "{name}");
        }
        assert_eq!(mat::read(&file, "halves").unwrap(), x() + 0.5);
        assert_eq!(mat::read(&file, "b").unwrap(), x().mapv(|x| f64::from(x > 20.0)));
        assert_eq!(mat::read(&file, "r").unwrap(), array![[1.0, 2.0, 3.0, 4.0]]);
        assert_eq!(mat::variables(&file).unwrap().len(), 8);
    }
    for name in ["text.mat", "binary.mat", "hdf5.mat", "v4.mat"] {
        let error = mat::read(&folder.path().join(name), "x").unwrap_err();
        let is_known = matches!(error, MatError::Format { found, .. } if found != "not a MAT-file");
        assert!(is_known, "{error}");
    }
}

/// Reads everything there is; whatever comes of it, there is no panic.
fn try_all(bytes: &[u8]) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    for variable in mat::variables(file.path()).unwrap_or_default() {
        let _ = mat::read(file.path(), &variable.name);
    }
}

#[test]
fn files_that_claim_to_be_large_are_refused_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mat");
    let plain = fs::read(fixture("plain.mat")).unwrap();
    // The first variable: 3 × 4 doubles. Its sizes are 16 bytes behind the flags' tag.
    let sizes = 128 + 8 + 16 + 8;
    assert_eq!(plain[sizes..sizes + 8], [3, 0, 0, 0, 4, 0, 0, 0]);
    for (rows, columns, text) in [
        (1 << 14, (1 << 14) + 1, "16384 × 16385, too large"),
        (i32::MAX, i32::MAX, "too large"),
        (-1, 4, "a size is negative"),
        (4, 4, "more or fewer entries"),
    ] {
        let mut bytes = plain.clone();
        bytes[sizes..sizes + 4].copy_from_slice(&i32::to_le_bytes(rows));
        bytes[sizes + 4..sizes + 8].copy_from_slice(&i32::to_le_bytes(columns));
        fs::write(&path, bytes).unwrap();
        let error = mat::read(&path, "float64").unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    }
}

#[test]
fn cut_files_are_damaged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.mat");
    for name in ["plain.mat", "compressed.mat"] {
        let whole = fs::read(fixture(name)).unwrap();
        for length in (129..whole.len()).step_by(7) {
            fs::write(&path, &whole[..length]).unwrap();
            match mat::read(&path, "last") {
                Err(MatError::Damaged { .. } | MatError::Missing { .. }) => {}
                other => panic!("{name} cut to {length}: {other:?}"),
            }
        }
    }
}

/// The checksum of the compressed data is compared.
#[test]
fn changed_entries_of_a_compressed_variable_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path());
    let whole = fs::read(&path).unwrap();
    let first = 136 + u32::from_le_bytes(whole[132..136].try_into().unwrap()) as usize;
    for place in 136..first {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        fs::write(&path, bytes).unwrap();
        if let Ok(read) = mat::read(&path, "x") {
            assert_eq!(read, x(), "byte {place}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_cause_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..600), headed in any::<bool>()) {
        let header = &fs::read(fixture("plain.mat")).unwrap()[..128];
        try_all(&if headed { [header, &bytes].concat() } else { bytes });
    }

    #[test]
    fn no_change_of_a_file_causes_a_panic(
        name in prop::sample::select(vec!["plain.mat", "compressed.mat", "big_endian.mat"]),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = fs::read(fixture(name)).unwrap();
        for (place, value) in changes {
            let place = 100 + place.index(bytes.len() - 100);
            bytes[place] = value;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        try_all(&bytes);
    }
}
