//! The scripts that install Unbraid for one user: they put everything in its place, replace and
//! remove only what they put there, and cope with blanks and quotes in paths.
//!
//! `install.sh` runs on Linux and macOS. `install.bat` runs on Windows, and elsewhere in the Wine
//! that `UNBRAID_WINE` names.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A package and a home, both with difficult names.
struct Place {
    root: TempDir,
    script: &'static str,
}

impl Place {
    fn new(script: &'static str) -> Self {
        let place = Self { root: tempfile::tempdir().unwrap(), script };
        fs::create_dir_all(place.home("")).unwrap();
        place.pack("1", &["unbraid.1", "unbraid-old.1"]);
        place
    }

    /// Makes the package of a version; its files hold their names and that version.
    fn pack(&self, version: &str, pages: &[&str]) {
        let folder = self.package();
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        let library = "Unbraid.vst3/Contents/Resources/moduleinfo.json";
        let completions = ["unbraid.bash", "unbraid.fish", "_unbraid", "_unbraid.ps1"];
        let files = ["Unbraid.clap", library, "unbraid", "unbraid.exe"].map(String::from);
        let pages = pages.iter().map(|page| format!("man/{page}"));
        let completions = completions.iter().map(|name| format!("completions/{name}"));
        for name in files.into_iter().chain(pages).chain(completions) {
            save(&folder.join(&name), &format!("{name} {version}"));
        }
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/install");
        let text = fs::read_to_string(assets.join(self.script)).unwrap();
        let end = if self.script.ends_with(".bat") { "\r\n" } else { "\n" };
        let text: String = text.lines().flat_map(|line| [line, end]).collect();
        fs::write(folder.join(self.script), text).unwrap();
    }

    fn package(&self) -> PathBuf {
        self.root.path().join("Jo's package (1)")
    }

    fn home(&self, path: &str) -> PathBuf {
        self.root.path().join("Jo's home & more").join(path)
    }

    fn text(&self, path: &str) -> String {
        fs::read_to_string(self.home(path)).unwrap_or_else(|error| format!("{path}: {error}"))
    }

    /// Whether the script succeeds, and what it prints.
    fn run(&self, words: &[&str]) -> (bool, String) {
        let script = self.package().join(self.script);
        let mut command = match (self.script, std::env::var_os("UNBRAID_WINE")) {
            ("install.sh", _) => Command::new("sh"),
            (_, None) => Command::new("cmd"),
            (_, Some(wine)) => Command::new(wine),
        };
        if self.script == "install.sh" {
            command.arg(script).env("HOME", self.home("")).env_remove("XDG_DATA_HOME");
            command.env_remove("SUDO_USER");
        } else {
            if !cfg!(windows) {
                command.arg("cmd").env("WINEDEBUG", "-all");
            }
            // Wine does not pass this variable on.
            let home = windows_path(&self.home(""));
            let text = format!("@set \"LOCALAPPDATA={home}\"\r\n@call install.bat /quiet %*\r\n");
            fs::write(self.package().join("run.bat"), text).unwrap();
            // Relative, as cmd takes quotes its own way.
            command.current_dir(self.package()).args(["/c", "run.bat"]);
        }
        let output = command.args(words).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    /// All files of the home, sorted.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut open = vec![self.home("")];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                let inside = path.strip_prefix(self.home("")).unwrap();
                found.push(inside.to_string_lossy().replace('\\', "/"));
            }
        }
        found.sort();
        found
    }
}

fn save(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// As Wine has it.
fn windows_path(path: &Path) -> String {
    let path = path.to_string_lossy();
    if cfg!(windows) { path.into_owned() } else { format!("Z:{}", path.replace('/', "\\")) }
}

/// Where a script puts things.
struct Layout {
    script: &'static str,
    uninstall: &'static str,
    /// Paths in the home, and what each file holds besides the version.
    files: Vec<(String, &'static str)>,
    /// What the first version has and the second has not.
    old: Option<&'static str>,
}

/// `install.sh`'s, with the folders of the plugins.
fn shell(clap: &str, vst3: &str) -> Layout {
    Layout {
        script: "install.sh",
        uninstall: "--uninstall",
        files: [
            (format!("{clap}/Unbraid.clap"), "Unbraid.clap"),
            module_info(vst3),
            (".local/bin/unbraid".into(), "unbraid"),
            (".local/share/bash-completion/completions/unbraid".into(), "completions/unbraid.bash"),
            (
                ".local/share/fish/vendor_completions.d/unbraid.fish".into(),
                "completions/unbraid.fish",
            ),
            (".local/share/man/man1/unbraid.1".into(), "man/unbraid.1"),
            (".local/share/zsh/site-functions/_unbraid".into(), "completions/_unbraid"),
        ]
        .into(),
        old: Some(".local/share/man/man1/unbraid-old.1"),
    }
}

fn batch() -> Layout {
    Layout {
        script: "install.bat",
        uninstall: "/uninstall",
        files: [
            ("Programs/Common/CLAP/Unbraid.clap".into(), "Unbraid.clap"),
            module_info("Programs/Common/VST3"),
            ("Programs/Unbraid/unbraid.exe".into(), "unbraid.exe"),
        ]
        .into(),
        old: None,
    }
}

fn module_info(vst3: &str) -> (String, &'static str) {
    let inside = "Unbraid.vst3/Contents/Resources/moduleinfo.json";
    (format!("{vst3}/{inside}"), inside)
}

/// Those of the scripts that can run here.
fn layouts() -> Vec<Layout> {
    let mut layouts = Vec::new();
    if cfg!(target_os = "macos") {
        layouts.push(shell("Library/Audio/Plug-Ins/CLAP", "Library/Audio/Plug-Ins/VST3"));
    } else if cfg!(unix) {
        layouts.push(shell(".clap", ".vst3"));
    }
    if cfg!(windows) || std::env::var_os("UNBRAID_WINE").is_some() {
        layouts.push(batch());
    }
    layouts
}

fn assert_installed(place: &Place, layout: &Layout, version: &str) {
    for (path, content) in &layout.files {
        assert_eq!(place.text(path), format!("{content} {version}"), "{path}");
    }
}

#[test]
fn a_newer_version_replaces_an_older_one_and_all_of_it_is_removed() {
    for layout in layouts() {
        let place = Place::new(layout.script);
        let others = [".clap/Other.clap", "Programs/Common/CLAP/Other.clap", ".local/bin/other"];
        others.iter().for_each(|path| save(&place.home(path), "theirs"));
        let library = ".local/share/unbraid/library/violin.safetensors";
        save(&place.home(library), "learned");
        let before = place.files();

        let (done, text) = place.run(&[]);
        assert!(done, "{text}");
        assert_installed(&place, &layout, "1");
        layout.old.iter().for_each(|path| assert!(place.home(path).exists(), "{path}"));

        place.pack("2", &["unbraid.1"]);
        let (done, text) = place.run(&[]);
        assert!(done, "{text}");
        assert_installed(&place, &layout, "2");
        layout.old.iter().for_each(|path| assert!(!place.home(path).exists(), "{path}"));
        // Files of ours, those of others, and the list of what is installed.
        assert_eq!(place.files().len(), before.len() + layout.files.len() + 1);

        let (done, text) = place.run(&[layout.uninstall]);
        assert!(done, "{text}");
        assert_eq!(place.files(), before);
    }
}

#[test]
fn a_file_of_somebody_else_stops_the_installation_before_it_begins() {
    for layout in layouts() {
        for (path, _) in &layout.files {
            let place = Place::new(layout.script);
            save(&place.home(path), "theirs");
            let (done, text) = place.run(&[]);
            assert!(!done && text.contains("is there already"), "{path}: {text}");
            assert_eq!(place.files(), [path.as_str()], "{text}");
            assert_eq!(place.text(path), "theirs");
        }
    }
}

#[test]
fn what_was_not_installed_cannot_be_removed() {
    for layout in layouts() {
        let place = Place::new(layout.script);
        save(&place.home(&layout.files[0].0), "theirs");
        let (done, text) = place.run(&[layout.uninstall]);
        assert!(!done && text.to_lowercase().contains("nothing to remove"), "{text}");
        assert_eq!(place.files(), [layout.files[0].0.as_str()]);
    }
}

#[test]
fn half_an_archive_is_not_installed() {
    for layout in layouts() {
        let place = Place::new(layout.script);
        fs::remove_file(place.package().join("Unbraid.clap")).unwrap();
        let (done, text) = place.run(&[]);
        assert!(!done && text.contains("unpack the whole archive"), "{text}");
        assert!(place.files().is_empty(), "{:?}", place.files());
    }
}

#[test]
fn wrong_usage_changes_nothing() {
    for layout in layouts() {
        let place = Place::new(layout.script);
        let (done, text) = place.run(&["--remove"]);
        assert!(!done && text.contains("usage: "), "{text}");
        assert!(place.files().is_empty(), "{:?}", place.files());
    }
}

/// A link that took the place of what was installed is somebody's own.
#[cfg(unix)]
#[test]
fn a_link_is_neither_replaced_nor_removed() {
    for layout in layouts().into_iter().filter(|layout| layout.script == "install.sh") {
        let place = Place::new(layout.script);
        let (done, text) = place.run(&[]);
        assert!(done, "{text}");
        let (path, _) = &layout.files[0];
        save(&place.home("own/Unbraid.clap"), "theirs");
        fs::remove_file(place.home(path)).unwrap();
        std::os::unix::fs::symlink(place.home("own/Unbraid.clap"), place.home(path)).unwrap();
        let (done, text) = place.run(&[]);
        assert!(!done && text.contains("is there already"), "{text}");
        let (done, text) = place.run(&[layout.uninstall]);
        assert!(done && text.contains("is a link by now"), "{text}");
        assert!(place.home(path).is_symlink());
        assert_eq!(place.text(path), "theirs");
    }
}
