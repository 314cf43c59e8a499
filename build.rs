//! Tells the sources, and whoever builds the plugin, which plugin framework this build
//! has: `patches/README.md` says what differs.

use std::env::{var, var_os};

fn main() {
    println!("cargo::rustc-check-cfg=cfg(patched_framework)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=UNBRAID_FRAMEWORK");
    if var("UNBRAID_FRAMEWORK").is_ok_and(|framework| framework == "patched") {
        println!("cargo::rustc-cfg=patched_framework");
    } else if var_os("CARGO_FEATURE_PLUGIN").is_some() {
        println!(
            "cargo::warning=this build has the unpatched plugin framework; \
             `cargo xtask bundle` builds the plugin that is shipped"
        );
    }
}
