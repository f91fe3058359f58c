//! Defaults that depend on the machine and on the data directory.

use std::path::{Path, PathBuf};

use super::entry::Entry;
use super::value::is_name;

/// The name of this host, or `localhost` where it has none fit for a name.
#[must_use]
pub fn host_name() -> String {
    let system = rustix::system::uname();
    let name = system.nodename().to_string_lossy();
    if is_name(&name) {
        name.into_owned()
    } else {
        "localhost".to_owned()
    }
}

/// Where data is kept unless told otherwise.
pub(super) fn default_data_directory() -> PathBuf {
    if rustix::process::geteuid().is_root() {
        return PathBuf::from("/var/lib/tokenry");
    }
    let given = std::env::var_os("XDG_DATA_HOME").map(PathBuf::from);
    let shared = given.filter(|path| path.is_absolute()).or_else(|| {
        let home = std::env::home_dir()?;
        Some(home.join(".local/share"))
    });
    shared.map_or_else(
        || PathBuf::from("tokenry-data"),
        |shared| shared.join("tokenry"),
    )
}

/// The defaults, given where the data is.
pub(super) fn entries(data: &Path) -> Vec<Entry> {
    let entry = |key: &str, value: String| Entry::new(key, value, "default");
    let text = |path: PathBuf| path.to_string_lossy().into_owned();
    vec![
        entry("data", text(data.to_owned())),
        entry("server.name", host_name()),
        entry("log.directory", text(data.join("log"))),
        entry("store.path", text(data.join("tokenry.db"))),
    ]
}
