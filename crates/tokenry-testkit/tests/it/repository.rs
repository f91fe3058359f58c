//! What the tests need to know of the repository: its files and its packages.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The folder with the workspace's manifest.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .canonicalize()
        .unwrap()
}

/// A text file, by its path below the root.
pub(crate) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files that are, or will be, committed, by their paths below the root.
pub(crate) fn files() -> Vec<String> {
    let mut git = Command::new("git");
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]);
    let listed = output(&mut git);
    let names = listed.split('\0').filter(|name| !name.is_empty());
    names
        .filter(|name| root().join(name).is_file())
        .map(str::to_owned)
        .collect()
}

/// The Rust files among them.
pub(crate) fn rust_files() -> Vec<String> {
    files()
        .into_iter()
        .filter(|name| {
            Path::new(name)
                .extension()
                .is_some_and(|found| found == "rs")
        })
        .collect()
}

/// A package of ours and which others of ours it depends on.
#[derive(Debug, Default)]
pub(crate) struct Package {
    pub(crate) normal: BTreeSet<String>,
    pub(crate) development: BTreeSet<String>,
}

/// Our packages by name, as cargo reads them.
pub(crate) fn packages() -> BTreeMap<String, Package> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args([
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
        "--offline",
    ]);
    let metadata: Value = serde_json::from_str(&output(&mut command)).unwrap();
    let found = metadata["packages"].as_array().unwrap();
    let ours: BTreeSet<_> = found
        .iter()
        .map(|package| string(&package["name"]))
        .collect();
    found
        .iter()
        .map(|package| (string(&package["name"]), edges(package, &ours)))
        .collect()
}

fn edges(package: &Value, ours: &BTreeSet<String>) -> Package {
    let mut edges = Package::default();
    for dependency in package["dependencies"].as_array().unwrap() {
        let name = string(&dependency["name"]);
        if ours.contains(&name) {
            let kind = if dependency["kind"] == "dev" {
                &mut edges.development
            } else {
                &mut edges.normal
            };
            kind.insert(name);
        }
    }
    edges
}

fn string(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn output(command: &mut Command) -> String {
    let output = command
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
