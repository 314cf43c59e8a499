//! What macOS reads of a bundle: `Info.plist`, and `PkgInfo`, which repeats a part of it.

use super::layout::Format;
use crate::binaries::OLDEST_MACOS;

/// Type and creator, four characters each.
pub const PACKAGE_INFO: &str = "BNDL????";

/// The text of `Info.plist`.
pub fn of(format: Format) -> String {
    let identifier = match format {
        Format::Clap => "org.unbraid.unbraid.clap",
        Format::Vst3 => "org.unbraid.unbraid.vst3",
    };
    let (kind, creator) = PACKAGE_INFO.split_at(4);
    let version = env!("CARGO_PKG_VERSION");
    let strings = [
        ("CFBundleDevelopmentRegion", "en"),
        ("CFBundleExecutable", "Unbraid"),
        ("CFBundleIdentifier", identifier),
        ("CFBundleInfoDictionaryVersion", "6.0"),
        ("CFBundleName", "Unbraid"),
        ("CFBundlePackageType", kind),
        ("CFBundleShortVersionString", version),
        ("CFBundleSignature", creator),
        ("CFBundleVersion", version),
        ("LSMinimumSystemVersion", OLDEST_MACOS),
    ];
    let entries: String = strings
        .map(|(key, value)| format!("\t<key>{key}</key>\n\t<string>{value}</string>\n"))
        .concat();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
         \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n\
         <plist version=\"1.0\">\n<dict>\n{entries}\
         \t<key>NSHighResolutionCapable</key>\n\t<true/>\n</dict>\n</plist>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bundle_is_named_as_ours() {
        let text = of(Format::Vst3);
        let version = env!("CARGO_PKG_VERSION");
        for (key, value) in [
            ("CFBundleExecutable", "Unbraid"),
            ("CFBundleIdentifier", "org.unbraid.unbraid.vst3"),
            ("CFBundlePackageType", "BNDL"),
            ("CFBundleShortVersionString", version),
            ("CFBundleVersion", version),
            ("LSMinimumSystemVersion", "11.0"),
        ] {
            let entry = format!("<key>{key}</key>\n\t<string>{value}</string>");
            assert!(text.contains(&entry), "{key} is not {value} in\n{text}");
        }
    }

    /// macOS takes two bundles of one identifier for the same.
    #[test]
    fn each_bundle_has_an_identifier_of_its_own() {
        assert_ne!(of(Format::Clap), of(Format::Vst3));
    }
}
