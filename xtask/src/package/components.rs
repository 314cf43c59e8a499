//! The list of what is in the binaries (SBOM), in the form of CycloneDX 1.5:
//! <https://cyclonedx.org/docs/1.5/json/>.
//!
//! It is made from the packages that `licences` lists, so that the two agree, of one system only.

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, MetadataCommand, Package};
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::when;
use crate::licences;
use crate::target::Target;

/// What cargo calls the machine that builds.
const HOST: &str = "host-tuple";

/// The text of the list.
pub fn list(target: &Target, when: OffsetDateTime) -> Result<Vec<u8>> {
    let filter = target
        .parts()
        .into_iter()
        .flat_map(|triple| ["--filter-platform".to_string(), triple.unwrap_or(HOST).to_string()]);
    let filter: Vec<String> = filter.collect();
    let metadata = MetadataCommand::new().other_options(filter).exec().context("cargo metadata")?;
    let mut text = serde_json::to_vec_pretty(&document(&metadata, when)?)?;
    text.push(b'\n');
    Ok(text)
}

fn document(metadata: &Metadata, when: OffsetDateTime) -> Result<Value> {
    let root = licences::root(metadata)?;
    let packages = licences::dependencies(metadata)?;
    let patches = |package: &Package| {
        let folder = format!("patches/{}-{}", package.name, package.version);
        metadata.workspace_root.join(&folder).is_dir().then_some(folder)
    };
    let components: Vec<Value> =
        packages.iter().map(|package| component(package, "library", patches(package))).collect();
    let all = || packages.iter().copied().chain([root]);
    let mut dependencies = Vec::new();
    for package in all() {
        let used = licences::linked(metadata, &package.id)?;
        let used = all().filter(|other| used.contains(&&other.id));
        dependencies.push(json!({
            "ref": reference(package),
            "dependsOn": used.map(reference).collect::<Vec<_>>(),
        }));
    }
    let tool = json!({
        "type": "application", "name": "cargo xtask package", "version": env!("CARGO_PKG_VERSION"),
    });
    Ok(json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "timestamp": when::text(when),
            "tools": { "components": [tool] },
            "component": component(root, "application", None),
        },
        "components": components,
        "dependencies": dependencies,
    }))
}

/// `patches` is the folder of those that it is built with.
fn component(package: &Package, kind: &str, patches: Option<String>) -> Value {
    let mut component = json!({
        "type": kind,
        "bom-ref": reference(package),
        "name": package.name,
        "version": package.version.to_string(),
        "purl": reference(package),
    });
    if let Some(licence) = &package.license {
        // As packages wrote it before there were expressions.
        let expression = licence.replace('/', " OR ");
        component["licenses"] = json!([{ "expression": expression }]);
    }
    if let Some(repository) = &package.repository {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    if let Some(folder) = patches {
        let notes = format!("with the patches in {folder} of Unbraid's sources");
        component["pedigree"] = json!({ "notes": notes });
    }
    component
}

/// Its package URL: <https://github.com/package-url/purl-spec>.
fn reference(package: &Package) -> String {
    let version = package.version.to_string().replace('+', "%2B");
    format!("pkg:cargo/{}@{version}", package.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn listed(triple: &str) -> Value {
        let when = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        let text = list(&Target::named(triple).unwrap(), when).unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    fn references<'a>(list: &'a Value, key: &str) -> BTreeSet<&'a str> {
        list.as_array().unwrap().iter().map(|item| item[key].as_str().unwrap()).collect()
    }

    #[test]
    fn each_system_has_its_own_components() {
        let linux = listed("x86_64-unknown-linux-gnu");
        let windows = listed("x86_64-pc-windows-gnu");
        let has = |list: &Value, name: &str| {
            list["components"].as_array().unwrap().iter().any(|it| it["name"] == name)
        };
        assert!(has(&linux, "symphonia") && has(&windows, "symphonia"));
        assert!(has(&linux, "accesskit_unix") && !has(&windows, "accesskit_unix"));
        // A dependency of the tests only.
        assert!(!has(&linux, "proptest"));
    }

    #[test]
    fn every_reference_is_to_a_component() {
        let list = listed("x86_64-unknown-linux-gnu");
        let mut known = references(&list["components"], "bom-ref");
        known.insert(list["metadata"]["component"]["bom-ref"].as_str().unwrap());
        assert_eq!(references(&list["dependencies"], "ref"), known);
        let mut edges = 0;
        for entry in list["dependencies"].as_array().unwrap() {
            for used in entry["dependsOn"].as_array().unwrap() {
                assert!(known.contains(used.as_str().unwrap()), "{used}");
                edges += 1;
            }
        }
        assert!(edges > known.len(), "{edges} dependencies of {} components", known.len());
    }

    #[test]
    fn patched_components_say_so() {
        let list = listed("x86_64-unknown-linux-gnu");
        let components = list["components"].as_array().unwrap();
        let patched = components.iter().filter(|it| !it["pedigree"].is_null());
        let names: BTreeSet<_> = patched.map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["baseview", "egui-baseview", "nice-plug", "nice-plug-core"].into());
        assert_eq!(list["metadata"]["timestamp"], "2023-11-14T22:13:20Z");
    }
}
