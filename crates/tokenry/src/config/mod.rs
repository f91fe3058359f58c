//! The configuration: read once at start, from five layers, every value checked and traced to where it came from.
//!
//! What administrators change while the server runs is not here; the rules keep it in the database.

mod entry;
mod gate;
mod machine;
mod problem;
mod settings;
mod show;
#[cfg(test)]
mod tests;
mod value;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use config::{Config, ConfigError, ValueKind};

pub use entry::Inputs;
pub use gate::{Caller, Gate};
pub use machine::host_name;
pub use problem::{Problem, Problems};
pub use settings::{
    Audit, Compat, Log, LogFormat, Login, Metrics, Server, Session, Settings, Splunk, Store,
    Tanium, Telemetry,
};
pub use show::{to_json, to_toml};

use entry::Entry;

/// The documented default, as it is compiled in.
pub const DEFAULT_FILE: &str = entry::DEFAULT;

/// A valid configuration.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// What it says.
    pub settings: Settings,
    /// The file it was read from, if there was one.
    pub file: Option<PathBuf>,
    /// The winning entry of each key.
    effective: Vec<Entry>,
}

impl Loaded {
    /// Where the value of `key` came from.
    #[must_use]
    pub fn origin(&self, key: &str) -> &str {
        let entry = self.effective.iter().find(|entry| entry.key == key);
        entry.map_or("default", |entry| entry.origin.as_str())
    }
}

/// Reads the configuration.
///
/// # Errors
///
/// All problems that can be found, not only the first.
pub fn load(inputs: &Inputs) -> Result<Loaded, Problems> {
    let defaults = entry::defaults().map_err(|problem| Problems(vec![problem]))?;
    let (environment, mut problems) = entry::from_environment(inputs, &defaults);
    let flags = entry::from_flags(inputs);

    let mut above_file = environment;
    above_file.extend(flags);
    let data_above_file = data_of(&above_file);
    let file = config_file(inputs, data_above_file.as_deref());
    let mut given = match file.as_deref().map(entry::from_file).transpose() {
        Ok(entries) => entries.unwrap_or_default(),
        Err(problem) => {
            problems.push(problem);
            Vec::new()
        }
    };
    if inputs.config.is_none() {
        problems.extend(given.iter().filter_map(names_another_directory));
    }
    given.extend(above_file);
    given.retain(|entry| !(entry.is_blank() && is_blank_by_default(&defaults, &entry.key)));
    let given = known_only(given, &defaults, &mut problems);
    problems.extend(
        given
            .iter()
            .filter_map(|entry| problem_of(entry, &defaults)),
    );
    if !problems.is_empty() {
        return Err(Problems(problems));
    }
    assemble(defaults, given, file)
}

/// Merges what was found sound entry by entry, and checks what only shows in the whole.
fn assemble(
    defaults: Vec<Entry>,
    given: Vec<Entry>,
    file: Option<PathBuf>,
) -> Result<Loaded, Problems> {
    let data = data_of(&given).unwrap_or_else(machine::default_data_directory);
    let all: BTreeMap<String, Entry> = defaults
        .into_iter()
        .chain(machine::entries(&data))
        .chain(given)
        .map(|entry| (entry.key.clone(), entry))
        .collect();
    let effective: Vec<Entry> = all.into_values().collect();
    let settings = deserialize(&effective)
        .map_err(|error| Problems(vec![Problem::general(reason(&error))]))?;
    let loaded = Loaded {
        settings,
        file,
        effective,
    };
    let problems = contradictions(&loaded);
    if problems.is_empty() {
        Ok(loaded)
    } else {
        Err(Problems(problems))
    }
}

/// The file to read: the one that was asked for, or `tokenry.toml` in the data directory if it is there.
fn config_file(inputs: &Inputs, data: Option<&Path>) -> Option<PathBuf> {
    if inputs.config.is_some() {
        return inputs.config.clone();
    }
    let default = machine::default_data_directory();
    let file = data.unwrap_or(&default).join("tokenry.toml");
    file.exists().then_some(file)
}

fn data_of(entries: &[Entry]) -> Option<PathBuf> {
    let entry = entries
        .iter()
        .rfind(|entry| entry.key == "data" && !entry.is_blank())?;
    match &entry.value {
        ValueKind::String(path) => std::path::absolute(path).ok(),
        _ => None,
    }
}

/// A file that was found in the data directory comes too late to say where that is.
fn names_another_directory(entry: &Entry) -> Option<Problem> {
    let message = "a file found in the data directory cannot name the data directory";
    let hint = "use --data, TOKENRY_DATA, or name the file with --config";
    (entry.key == "data").then(|| Problem::of("data", &entry.origin, message).with_hint(hint))
}

fn is_blank_by_default(defaults: &[Entry], key: &str) -> bool {
    defaults
        .iter()
        .any(|entry| entry.key == key && entry.is_blank())
}

fn known_only(given: Vec<Entry>, defaults: &[Entry], problems: &mut Vec<Problem>) -> Vec<Entry> {
    let keys = || defaults.iter().map(|entry| entry.key.as_str());
    let (known, unknown): (Vec<_>, Vec<_>) = given
        .into_iter()
        .partition(|entry| keys().any(|key| key == entry.key));
    for entry in unknown {
        problems.push(Problem::unknown_key(&entry.key, &entry.origin, keys()));
    }
    known
}

/// What is wrong with an entry by itself: found by setting it alone over sound defaults.
fn problem_of(entry: &Entry, defaults: &[Entry]) -> Option<Problem> {
    let sound = machine::entries(&machine::default_data_directory());
    let trial: Vec<Entry> = defaults
        .iter()
        .cloned()
        .chain(sound)
        .chain([entry.clone()])
        .collect();
    let error = deserialize(&trial).err()?;
    let message = format!(
        "{} is not right: it {}",
        show::quoted(&entry.value),
        reason(&error)
    );
    Some(Problem::of(&entry.key, &entry.origin, message))
}

fn deserialize(entries: &[Entry]) -> Result<Settings, ConfigError> {
    let mut builder = Config::builder().add_source(entry::default_source());
    for entry in entries {
        builder = builder.set_override(&entry.key, entry.to_value())?;
    }
    builder.build()?.try_deserialize()
}

/// The bare reason inside an error of the `config` crate; key and origin we know better.
fn reason(error: &ConfigError) -> String {
    match error {
        ConfigError::At { error, .. } => reason(error),
        ConfigError::Message(message) => message.clone(),
        other => other.to_string(),
    }
}

/// Values that are sound each, and do not go together.
fn contradictions(loaded: &Loaded) -> Vec<Problem> {
    let server = &loaded.settings.server;
    let mut problems = Vec::new();
    let lonely = match (&server.tls_certificate, &server.tls_key) {
        (Some(_), None) => Some(("server.tls_certificate", "server.tls_key")),
        (None, Some(_)) => Some(("server.tls_key", "server.tls_certificate")),
        _ => None,
    };
    if let Some((given, missing)) = lonely {
        let message = format!("is given without {missing}");
        problems.push(Problem::of(given, loaded.origin(given), message));
    }
    let exposed = server.plaintext && !server.listen.ip().is_loopback();
    if exposed && !server.allow_plaintext_beyond_loopback {
        let key = "server.plaintext";
        let message = format!("plain HTTP on {}, which is beyond loopback", server.listen);
        let hint =
            "use TLS, listen on 127.0.0.1, or set server.allow_plaintext_beyond_loopback = true";
        problems.push(Problem::of(key, loaded.origin(key), message).with_hint(hint));
    }
    problems
}
