//! Signs without a certificate, as Macs with Apple's processors need it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Signs finished bundles or programs with a tool that takes what `codesign` takes: a signature
/// covers all of one as it is at that time. Without it, they run on Intel's processors only.
pub fn sign(finished: &[PathBuf], tool: &Path) {
    let options = ["--force", "--sign", "-"];
    for path in finished {
        let status = Command::new(tool).args(options).arg(path).status();
        if !status.is_ok_and(|status| status.success()) {
            let options = options.join(" ");
            eprintln!("not signed: on a Mac, run `codesign {options} '{}'`", path.display());
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::bundles::layout;
    use crate::target::Target;

    /// Writes down its arguments, and the files of what it signs.
    const TOOL: &str =
        "#!/bin/sh\n(echo \"$@\"; cd \"$4\" && find . -type f | sort) >> \"$0.log\"\n";

    #[test]
    fn bundles_are_signed_when_nothing_is_missing() {
        let place = tempfile::tempdir().unwrap();
        let (library, tool) = (place.path().join("library"), place.path().join("sign"));
        fs::write(&library, "binary").unwrap();
        fs::write(&tool, TOOL).unwrap();
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).unwrap();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let target = Target::named("aarch64-apple-darwin").unwrap();
        let licences = [("LICENSE-MIT", "text".to_string())];
        let out = place.path().join("out");
        let bundles = layout::write(&target, &library, &root, &licences, &out).unwrap();
        sign(&bundles, &tool);

        let [clap, vst3] = ["clap", "vst3"].map(|end| out.join(format!("Unbraid.{end}")));
        let log = fs::read_to_string(place.path().join("sign.log")).unwrap();
        let files = "./Contents/Info.plist\n./Contents/MacOS/Unbraid\n./Contents/PkgInfo\n\
                     ./Contents/Resources/LICENSE-MIT\n";
        let expected = format!(
            "--force --sign - {}\n{files}--force --sign - {}\n{files}\
             ./Contents/Resources/moduleinfo.json\n",
            clap.display(),
            vst3.display()
        );
        assert_eq!(log, expected);
    }
}
