//! The pictures of the documentation, drawn by the demo.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::run::{self, cargo};

const PICTURES: [&str; 3] = ["mixture.png", "sources.png", "dictionary.png"];

/// Runs the demo in `target/demo` and copies its pictures to `docs/images`.
pub fn draw(_: &[String]) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let (demo, images) = (root.join("target/demo"), root.join("docs/images"));
    cargo(run::DEMO).args(["-o".as_ref(), demo.as_os_str()]).run()?;
    fs::create_dir_all(&images)?;
    for picture in PICTURES {
        fs::copy(demo.join(picture), images.join(picture))
            .with_context(|| format!("{picture} of the demo"))?;
    }
    Ok(())
}
