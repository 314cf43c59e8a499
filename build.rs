//! Tells a build with the patched framework, as `cargo xtask` makes it, from a plain one.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=UNBRAID_FRAMEWORK");
    println!("cargo::rustc-check-cfg=cfg(patched_framework)");
    if std::env::var("UNBRAID_FRAMEWORK").is_ok_and(|framework| framework == "patched") {
        println!("cargo::rustc-cfg=patched_framework");
    } else if std::env::var_os("CARGO_FEATURE_PLUGIN").is_some() {
        println!(
            "cargo::warning=the plugin is built without the patches to its framework; \
             `cargo xtask bundle` builds it as it is shipped"
        );
    }
}
