//! The order of the house: who may import whom, that its maps show what is there, and what no file may contain.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::repository::{files, packages, root, rust_files, text};

/// Which of our packages a package may depend on (`ARCHITECTURE.md`). In its tests it may use the test kit, too.
const EDGES: &[(&str, &[&str])] = &[
    (
        "tokenry",
        &[
            "tokenry-api",
            "tokenry-core",
            "tokenry-engine",
            "tokenry-http",
            "tokenry-store",
        ],
    ),
    (
        "tokenry-bench",
        &[
            "tokenry",
            "tokenry-api",
            "tokenry-core",
            "tokenry-engine",
            "tokenry-http",
            "tokenry-store",
            "tokenry-testkit",
        ],
    ),
    ("tokenry-api", &[]),
    ("tokenry-core", &[]),
    ("tokenry-engine", &["tokenry-core"]),
    (
        "tokenry-http",
        &["tokenry-api", "tokenry-core", "tokenry-engine"],
    ),
    ("tokenry-store", &["tokenry-core"]),
    ("tokenry-testkit", &[]),
];

const KIT: &str = "tokenry-testkit";

#[test]
fn every_package_has_its_place() {
    let wanted: BTreeSet<_> = EDGES.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(packages().into_keys().collect::<BTreeSet<_>>(), wanted);
}

#[test]
fn packages_import_only_what_they_may() {
    let allowed: BTreeMap<_, _> = EDGES.iter().copied().collect();
    for (name, package) in packages() {
        let allowed = allowed[name.as_str()];
        for imported in &package.normal {
            assert!(
                allowed.contains(&imported.as_str()),
                "{name} may not depend on {imported}"
            );
        }
        for imported in &package.development {
            let fine = imported == KIT || allowed.contains(&imported.as_str());
            assert!(fine, "{name} may not depend on {imported} in its tests");
        }
    }
}

#[test]
fn the_map_names_exactly_the_packages_that_exist() {
    let map = text("ARCHITECTURE.md");
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let named: BTreeSet<_> = map
        .split(|c| !word(c))
        .filter(|found| *found == "tokenry" || found.starts_with("tokenry-"))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, packages().into_keys().collect::<BTreeSet<_>>());
}

#[test]
fn the_map_names_only_files_that_exist() {
    let map = text("ARCHITECTURE.md");
    let spans = map.split('`').skip(1).step_by(2);
    let paths = spans
        .filter(|span| span.contains('/') && span.starts_with(|c: char| c.is_ascii_lowercase()));
    for path in paths.filter(|path| !path.contains([' ', '*', '<', ':', '('])) {
        let (place, _) = path.split_once('{').unwrap_or((path, ""));
        assert!(
            root().join(place).exists(),
            "ARCHITECTURE.md names {path}, which does not exist"
        );
    }
}

#[test]
fn decisions_and_their_list_agree() {
    let list = text("docs/adr/README.md");
    let links = list
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let listed: BTreeSet<_> = links.map(str::to_owned).collect();
    let files = files();
    let decisions = files
        .iter()
        .filter_map(|file| file.strip_prefix("docs/adr/"));
    let there: BTreeSet<_> = decisions
        .filter(|name| *name != "README.md")
        .map(str::to_owned)
        .collect();
    assert_eq!(listed, there);
    let numbers: BTreeSet<_> = there.iter().filter_map(|name| name.get(..5)).collect();
    assert_eq!(numbers.len(), there.len(), "two decisions have one number");
}

#[test]
fn rust_files_say_what_they_are_for() {
    let silent = rust_files()
        .into_iter()
        .filter(|file| !text(file).starts_with("//! "));
    none("do not open with `//! …`", silent);
}

#[test]
fn nothing_is_switched_off_or_left_open() {
    // Put together here, so that this file does not contain them.
    let markers = [
        ["#[", "ignore"],
        ["to", "do!("],
        ["unimple", "mented!("],
        ["dbg", "!("],
    ]
    .map(|parts| parts.concat());
    let marked = rust_files().into_iter().flat_map(|file| {
        let content = text(&file);
        let lines = content.lines().enumerate();
        let lines =
            lines.filter(|(_, line)| markers.iter().any(|marker| line.contains(marker.as_str())));
        lines
            .map(|(number, line)| format!("{file}:{}: {}", number + 1, line.trim()))
            .collect::<Vec<_>>()
    });
    none("are unfinished or switched off", marked);
}

#[test]
fn no_file_names_a_folder_of_this_machine() {
    let root = root();
    let machine = work_folder(&root);
    let naming = files().into_iter().filter(|file| {
        let content = fs::read(root.join(file)).unwrap();
        String::from_utf8_lossy(&content).contains(&machine)
    });
    none(&format!("contain {machine}"), naming);
}

#[test]
fn lock_files_name_no_download_addresses() {
    let locks = files()
        .into_iter()
        .filter(|file| file.ends_with("package-lock.json"));
    none(
        "say where packages come from",
        locks.filter(|file| text(file).contains("\"resolved\"")),
    );
}

fn none(what: &str, found: impl Iterator<Item = String>) {
    let found = found.collect::<Vec<_>>();
    assert!(found.is_empty(), "these {what}:\n{}", found.join("\n"));
}

/// The folder around the repository, unless every machine has it: then the repository's own.
fn work_folder(root: &Path) -> String {
    const EVERYWHERE: &[&str] = &[
        "/", "/home", "/media", "/mnt", "/opt", "/root", "/srv", "/tmp", "/usr/src", "/var",
        "/var/lib", "/var/tmp",
    ];
    let around = root.parent().unwrap_or(root);
    let folder = if EVERYWHERE.iter().any(|known| Path::new(known) == around) {
        root
    } else {
        around
    };
    format!("{}/", folder.display())
}
