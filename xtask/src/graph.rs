//! The module graph: which module imports which, drawn so that every arrow points down.
//! A cycle is an error.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// What each module imports.
type Imports = BTreeMap<String, BTreeSet<String>>;

const BOX: (f32, f32) = (112.0, 30.0);
const GAP: (f32, f32) = (18.0, 46.0);
const MARGIN: f32 = 20.0;

/// Draws `docs/images/modules.svg` and `docs/images/plugin-modules.svg`.
pub fn draw(_: &[String]) -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let source = root.join("src");
    let pictures = [
        ("modules.svg", imports(&source, &[])?),
        ("plugin-modules.svg", { imports(&source, &["plugin"])? }),
    ];
    for (name, imports) in pictures {
        let path = root.join("docs/images").join(name);
        fs::write(&path, svg(&imports)?).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// Imports between the modules directly inside `parent`, tests left out.
pub fn imports(source: &Path, parent: &[&str]) -> Result<Imports> {
    let mut files = Vec::new();
    collect(source, &mut files)?;
    let mut imports = Imports::new();
    for file in files {
        let inside = file.strip_prefix(source)?;
        let module = module_of(inside);
        let Some(own) = child(&module, parent) else { continue };
        let text = fs::read_to_string(&file)?;
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let found = imports.entry(own.clone()).or_default();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            found.extend(paths(line, &module).iter().filter_map(|path| child(path, parent)));
        }
        found.remove(&own);
    }
    let known: BTreeSet<String> = imports.keys().cloned().collect();
    imports.values_mut().for_each(|found| found.retain(|name| known.contains(name)));
    Ok(imports)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() && name != "tests" {
            collect(&path, files)?;
        } else if name.ends_with(".rs") && name != "tests.rs" && name != "lib.rs" {
            files.push(path);
        }
    }
    Ok(())
}

/// `a/b.rs` and `a/b/mod.rs` are `[a, b]`; so is `a/b/main.rs`, of a program.
fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> =
        file.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if module.last().is_some_and(|last| last == "mod" || last == "main") {
        module.pop();
    }
    module
}

/// The module directly inside `parent` that a path leads to or through.
fn child(path: &[String], parent: &[&str]) -> Option<String> {
    let inside = path.len() > parent.len() && path.iter().zip(parent).all(|(a, b)| a == b);
    inside.then(|| path[parent.len()].clone())
}

/// The paths in a line that begin with the crate, or with `super`, as seen from `module`.
fn paths(line: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for root in ["crate::", "unbraid::", "super::"] {
        for (start, _) in line.match_indices(root) {
            let before = line[..start].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let mut path = if root == "super::" { module.to_vec() } else { Vec::new() };
            let mut rest = &line[start..];
            while let Some(after) = rest.strip_prefix("super::") {
                path.pop();
                rest = after;
            }
            rest = rest.strip_prefix("crate::").unwrap_or(rest);
            rest = rest.strip_prefix("unbraid::").unwrap_or(rest);
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(list) => {
                    list.split(['}', ';']).next().unwrap_or_default().split(',').collect()
                }
                None => vec![rest],
            };
            for name in names {
                let parts = name.trim().split("::").map(|part| {
                    part.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("")
                });
                let parts = parts.take_while(|part| !part.is_empty()).map(String::from);
                found.push(path.iter().cloned().chain(parts).collect());
            }
        }
    }
    found
}

/// How far above the ground each module stands: above all that it imports.
fn levels(imports: &Imports) -> Result<BTreeMap<&str, usize>> {
    let mut levels: BTreeMap<&str, usize> = BTreeMap::new();
    while levels.len() < imports.len() {
        let before = levels.len();
        for (name, uses) in imports {
            let below: Option<Vec<usize>> =
                uses.iter().map(|used| levels.get(used.as_str()).copied()).collect();
            if let Some(below) = below {
                levels.insert(name, below.iter().max().map_or(0, |highest| highest + 1));
            }
        }
        if levels.len() == before {
            let cycle: Vec<_> =
                imports.keys().filter(|n| !levels.contains_key(n.as_str())).collect();
            bail!("these modules import each other, or one that does: {cycle:?}");
        }
    }
    Ok(levels)
}

/// Whether `from` reaches `to` also by way of something else.
fn is_indirect(imports: &Imports, from: &str, to: &str) -> bool {
    let reaches = |start: &String| {
        let (mut seen, mut open) = (BTreeSet::from([start.clone()]), vec![start.clone()]);
        while let Some(name) = open.pop() {
            open.extend(imports[&name].iter().filter(|next| seen.insert((*next).clone())).cloned());
        }
        seen.contains(to)
    };
    imports[from].iter().filter(|name| *name != to).any(reaches)
}

fn svg(imports: &Imports) -> Result<String> {
    let levels = levels(imports)?;
    let top = levels.values().copied().max().unwrap_or(0);
    let mut rows: Vec<Vec<&str>> = vec![Vec::new(); top + 1];
    levels.iter().for_each(|(name, level)| rows[top - level].push(name));
    let widest = rows.iter().map(Vec::len).max().unwrap_or(1) as f32;
    let width = widest * (BOX.0 + GAP.0) - GAP.0 + 2.0 * MARGIN;
    let height = rows.len() as f32 * (BOX.1 + GAP.1) - GAP.1 + 2.0 * MARGIN;
    let mut places = BTreeMap::new();
    for (r, row) in rows.iter().enumerate() {
        let start = (width - row.len() as f32 * (BOX.0 + GAP.0) + GAP.0) / 2.0;
        for (i, name) in row.iter().enumerate() {
            let x = start + i as f32 * (BOX.0 + GAP.0);
            places.insert(*name, (x, MARGIN + r as f32 * (BOX.1 + GAP.1)));
        }
    }
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" \
         fill=\"white\"/>\n<marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" \
         markerWidth=\"7\" markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" \
         fill=\"#555\"/></marker>\n"
    );
    for (name, uses) in imports {
        for used in uses.iter().filter(|used| !is_indirect(imports, name, used)) {
            let (from, to) = (places[name.as_str()], places[used.as_str()]);
            let (x1, y1, x2, y2) = (from.0 + BOX.0 / 2.0, from.1 + BOX.1, to.0 + BOX.0 / 2.0, to.1);
            writeln!(
                svg,
                "<path d=\"M{x1} {y1} C{x1} {} {x2} {} {x2} {y2}\" fill=\"none\" \
                 stroke=\"#555\" marker-end=\"url(#tip)\"/>",
                y1 + 24.0,
                y2 - 24.0
            )?;
        }
    }
    for (name, (x, y)) in places {
        writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"5\" fill=\"#e8eef7\" \
             stroke=\"#345\"/><text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{name}</text>",
            BOX.0,
            BOX.1,
            x + BOX.0 / 2.0,
            y + BOX.1 / 2.0 + 4.5
        )?;
    }
    svg.push_str("</svg>\n");
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_resolved() {
        let module = ["plugin".to_string(), "worker".to_string(), "adapt".to_string()];
        let found = paths("use super::super::hub::Hub;", &module);
        assert_eq!(found, [["plugin", "hub", "Hub"]]);
        let found = paths("use crate::{dsp::Model, frames};", &module);
        assert_eq!(found, [vec!["dsp", "Model"], vec!["frames"]]);
    }

    #[test]
    fn no_module_imports_what_stands_above_it() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src");
        for parent in [&[][..], &["plugin"]] {
            let imports = imports(&source, parent).unwrap();
            assert!(imports.len() > 8, "{imports:?}");
            levels(&imports).unwrap();
        }
    }
}
