//! What the library brings along without the command and the plugin.

use std::collections::BTreeSet;
use std::path::Path;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Packages that every user of the library builds. Whatever only the command, the pictures or the
/// plugin need is optional, and belongs to their features in Cargo.toml.
const LIBRARY: [&str; 19] = [
    "etcetera",
    "faer",
    "flate2",
    "multiversion",
    "ndarray",
    "rand",
    "rand_chacha",
    "rayon",
    "realfft",
    "rubato",
    "rustfft",
    "safetensors",
    "serde",
    "serde_json",
    "symphonia",
    "tempfile",
    "thiserror",
    "time",
    "unicode-normalization",
];

#[test]
fn the_library_alone_has_few_dependencies() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let metadata = MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap();
    let package = metadata.packages.iter().find(|package| package.name == "unbraid").unwrap();
    let needed = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind == DependencyKind::Normal && !dependency.optional);
    let needed: BTreeSet<&str> = needed.map(|dependency| dependency.name.as_str()).collect();
    assert_eq!(needed, BTreeSet::from(LIBRARY));
}
