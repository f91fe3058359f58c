//! The effective configuration, printed: as TOML that could be read again, or as JSON.

use std::fmt::Write as _;

use config::ValueKind;
use serde_json::{Map, Value, json};

use super::Loaded;
use super::entry::Entry;

/// As TOML; with `origin`, each line says where its value came from.
#[must_use]
pub fn to_toml(loaded: &Loaded, origin: bool) -> String {
    let mut text = String::new();
    let mut section = "";
    let (top, sectioned): (Vec<_>, Vec<_>) = loaded
        .effective
        .iter()
        .partition(|entry| !entry.key.contains('.'));
    for entry in top.into_iter().chain(sectioned) {
        let (in_section, name) = entry.key.split_once('.').unwrap_or(("", &entry.key));
        if in_section != section {
            section = in_section;
            let _ = write!(text, "\n[{section}]\n");
        }
        let _ = write!(text, "{name} = {}", quoted(&entry.value));
        if origin {
            let _ = write!(text, "  # {}", entry.origin);
        }
        text.push('\n');
    }
    text
}

/// As JSON: sections of values; with `origin`, each value is `{"value": …, "origin": …}`.
#[must_use]
pub fn to_json(loaded: &Loaded, origin: bool) -> Value {
    let mut root = Map::new();
    for entry in &loaded.effective {
        let value = if origin {
            json!({ "value": plain(&entry.value), "origin": entry.origin })
        } else {
            plain(&entry.value)
        };
        insert(&mut root, entry, value);
    }
    Value::Object(root)
}

fn insert(root: &mut Map<String, Value>, entry: &Entry, value: Value) {
    let Some((section, name)) = entry.key.split_once('.') else {
        root.insert(entry.key.clone(), value);
        return;
    };
    let section = root
        .entry(section)
        .or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(section) = section {
        section.insert(name.to_owned(), value);
    }
}

/// A value as TOML writes it (and JSON, which is the same for those we have).
pub(super) fn quoted(value: &ValueKind) -> String {
    match value {
        ValueKind::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| quoted(&item.kind)).collect();
            format!("[{}]", items.join(","))
        }
        ValueKind::Table(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            let fields =
                (fields.iter()).map(|(name, value)| format!("{name} = {}", quoted(&value.kind)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        other => plain(other).to_string(),
    }
}

fn plain(value: &ValueKind) -> Value {
    match value {
        ValueKind::Boolean(flag) => json!(flag),
        ValueKind::I64(number) => json!(number),
        ValueKind::U64(number) => json!(number),
        ValueKind::Float(number) => json!(number),
        ValueKind::Array(items) => items.iter().map(|item| plain(&item.kind)).collect(),
        ValueKind::Table(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), plain(&value.kind)));
            Value::Object(fields.collect())
        }
        other => json!(other.to_string()),
    }
}
