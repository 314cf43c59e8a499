//! Words that the glossary of `docs/architecture.md` has replaced do not come back.

use std::path::{Path, PathBuf};

/// A retired word or name, and what to write instead.
const RETIRED: &[(&str, &str)] = &[
    ("anew", "again"),
    ("of late", "recently"),
    ("for ever", "permanently"),
    ("dearest", "most expensive, or worst"),
    ("tells of", "shows"),
    ("makes up for", "compensates for"),
    ("takes down", "records"),
    ("ill-treated", "stressed"),
    ("mended", "patched, or fixed"),
    ("captures", "records, or recordings"),
    ("captured", "recorded"),
    ("capturing", "recording"),
    ("Desk", "WorkerState, or MixerView"),
    ("Tapes", "RecorderRings"),
    ("TrainError", "LearnError"),
    ("TrainSettings", "LearnSettings"),
    ("SLOTS", "MAX_INSTRUMENTS"),
    ("LEAST_BUT_SOME", "BACKGROUND_NICENESS"),
    ("GIVEN_UP", "MAX_FAILED_DRAGS"),
    ("way_back", "floating_zoom"),
];

const FOLDERS: [&str; 8] =
    ["src", "tests", "benches", "examples", "docs", "patches", "xtask/src", ".github"];
const FILES: [&str; 4] = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];

#[test]
fn no_retired_word_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut paths: Vec<PathBuf> = FILES.iter().map(|file| root.join(file)).collect();
    FOLDERS.iter().for_each(|folder| collect(&root.join(folder), &mut paths));
    let mut found = Vec::new();
    let mut read = 0;
    for path in paths {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        read += 1;
        for (i, line) in text.lines().enumerate() {
            for (word, instead) in RETIRED {
                if holds(line, word) {
                    found.push(format!("{}:{}: `{word}`: {instead}", path.display(), i + 1));
                }
            }
        }
    }
    assert!(read > 200, "only {read} files were read");
    assert!(found.is_empty(), "retired words:\n{}", found.join("\n"));
}

#[test]
fn whole_words_are_found() {
    assert!(holds("learned anew.", "anew") && !holds("xanewx", "anew"));
    assert!(holds("`SLOTS`", "SLOTS") && !holds("MAX_SLOTS", "SLOTS"));
}

/// Whether `line` has `word`, not as a part of a longer one.
fn holds(line: &str, word: &str) -> bool {
    let joins = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + word.len()..].chars().next();
        !before.is_some_and(joins) && !after.is_some_and(joins)
    })
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|ext| ext == "rs" || ext == "md" || ext == "patch") {
            paths.push(path);
        }
    }
}
