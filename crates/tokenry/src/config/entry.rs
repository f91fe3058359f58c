//! Single values with where they came from, and the layers they are collected from: default, machine, file,
//! environment, command line. Later ones win.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use config::{File, FileFormat, FileSourceString, Source as _, Value, ValueKind};

use super::problem::Problem;

/// The compiled-in, documented default.
pub(super) const DEFAULT: &str = include_str!("default.toml");

/// Variables of ours that are no settings; the command line reads them.
const OTHER_VARIABLES: [&str; 6] = [
    "TOKENRY_CONFIG",
    "TOKENRY_ADMIN_PASSWORD_FILE",
    "TOKENRY_PASSWORD",
    "TOKENRY_SERVER",
    "TOKENRY_TOKEN",
    "TOKENRY_CA",
];

/// A value for a key, from somewhere.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: ValueKind,
    pub(super) origin: String,
}

impl Entry {
    pub(super) fn new(key: &str, value: impl Into<ValueKind>, origin: &str) -> Self {
        Self {
            key: key.to_owned(),
            value: value.into(),
            origin: origin.to_owned(),
        }
    }

    /// The value as the `config` crate keeps it, its origin inside.
    pub(super) fn to_value(&self) -> Value {
        Value::new(Some(&self.origin), self.value.clone())
    }

    /// Whether it says nothing: `""` stands for "the default".
    pub(super) fn is_blank(&self) -> bool {
        matches!(&self.value, ValueKind::String(text) if text.is_empty())
    }
}

/// What a user gave on the command line and in the environment.
#[derive(Debug, Clone, Default)]
pub struct Inputs {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<String>,
    /// The environment; only names that begin with `TOKENRY_` count.
    pub environment: Vec<(OsString, OsString)>,
}

/// The default file as a source of the `config` crate.
pub(super) fn default_source() -> File<FileSourceString, FileFormat> {
    File::from_str(DEFAULT, FileFormat::Toml)
}

/// The entries of the default, in the order of their names: also the list of all keys that exist.
pub(super) fn defaults() -> Result<Vec<Entry>, Problem> {
    parse(DEFAULT, "default")
}

/// The entries of a file.
pub(super) fn from_file(path: &Path) -> Result<Vec<Entry>, Problem> {
    let origin = format!("file {}", path.display());
    let text = std::fs::read_to_string(path)
        .map_err(|error| Problem::general(format!("cannot read {}: {error}", path.display())))?;
    parse(&text, &origin)
}

/// The entries of the environment, and the variables that are nothing we know.
pub(super) fn from_environment(inputs: &Inputs, known: &[Entry]) -> (Vec<Entry>, Vec<Problem>) {
    let (mut entries, mut problems) = (Vec::new(), Vec::new());
    let names = variable_names(known);
    for (variable, value) in &inputs.environment {
        let variable = variable.to_string_lossy();
        if !variable.starts_with("TOKENRY_") || OTHER_VARIABLES.contains(&variable.as_ref()) {
            continue;
        }
        match (
            names.iter().find(|(name, _)| *name == variable),
            value.to_str(),
        ) {
            (Some((_, key)), Some(value)) => entries.push(Entry::new(key, value, &variable)),
            (Some((_, key)), None) => problems.push(Problem::of(key, &variable, "is not UTF-8")),
            (None, _) => {
                let candidates = names.iter().map(|(name, _)| name.as_str());
                problems.push(Problem::unknown_variable(&variable, candidates));
            }
        }
    }
    entries.sort_by(|a, b| a.key.cmp(&b.key).then(b.origin.len().cmp(&a.origin.len())));
    problems.sort_by_key(ToString::to_string);
    (entries, problems)
}

/// The entries of the command line.
pub(super) fn from_flags(inputs: &Inputs) -> Vec<Entry> {
    let data = inputs.data.as_ref().map(|path| {
        let path = path.to_string_lossy().into_owned();
        Entry::new("data", path, "--data")
    });
    let listen = inputs
        .listen
        .as_ref()
        .map(|address| Entry::new("server.listen", address.as_str(), "--listen"));
    data.into_iter().chain(listen).collect()
}

/// The variable that sets `key`.
pub(super) fn variable_of(key: &str) -> String {
    format!("TOKENRY_{}", key.replace('.', "__").to_uppercase())
}

fn variable_names(known: &[Entry]) -> Vec<(String, &str)> {
    let short = ("TOKENRY_LISTEN".to_owned(), "server.listen");
    known
        .iter()
        .map(|entry| (variable_of(&entry.key), entry.key.as_str()))
        .chain([short])
        .collect()
}

fn parse(text: &str, origin: &str) -> Result<Vec<Entry>, Problem> {
    let table = File::from_str(text, FileFormat::Toml)
        .collect()
        .map_err(|error| Problem::general(format!("{origin} is no TOML: {error}")))?;
    let mut entries = Vec::new();
    for (key, value) in table {
        flatten(&key, value.kind, origin, &mut entries);
    }
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    Ok(entries)
}

fn flatten(key: &str, value: ValueKind, origin: &str, entries: &mut Vec<Entry>) {
    if let ValueKind::Table(table) = value {
        for (name, value) in table {
            flatten(&format!("{key}.{name}"), value.kind, origin, entries);
        }
    } else {
        entries.push(Entry::new(key, value, origin));
    }
}
