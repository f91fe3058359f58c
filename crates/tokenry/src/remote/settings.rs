//! `tokenry settings …`

use anyhow::Context as _;
use serde_json::{Map, Value};
use tokenry_api::types::settings::{Setting, SettingKind, SettingList, SettingsEdit};
use tokenry_api::{Nothing, operations as op};

use super::Desk;
use super::print::Grid;
use super::words::SettingsCommand;
use crate::output::Hinted;

/// Does it.
pub(super) fn run(desk: &Desk, command: &SettingsCommand) -> anyhow::Result<()> {
    match command {
        SettingsCommand::List => {
            let list = desk
                .client
                .call::<op::SettingsList>(&[], &Nothing {}, &Nothing {})?;
            desk.printer.list(&list, || grid(&list))
        }
        SettingsCommand::Set { pairs } => set(desk, pairs),
    }
}

/// Reads them first: their kinds say what the values are, and they change only if they are still what was read.
fn set(desk: &Desk, pairs: &[(String, String)]) -> anyhow::Result<()> {
    let client = &desk.client;
    let now = client.send::<op::SettingsList>(&[], &Nothing {}, &Nothing {}, None)?;
    let mut fields = Map::new();
    for (key, text) in pairs {
        let setting = now.value.items.iter().find(|setting| setting.key == *key);
        let setting = setting.ok_or_else(|| unknown(key, &now.value))?;
        if fields.insert(key.clone(), value(setting, text)?).is_some() {
            anyhow::bail!("{key} is given twice");
        }
    }
    let body: SettingsEdit = serde_json::from_value(Value::Object(fields))
        .context("this cannot be set by this command")?;
    let more = Some(("if-match", now.tag.as_str()));
    let list = client.send::<op::SettingsChange>(&[], &Nothing {}, &body, more)?;
    let mut list = list.value;
    list.items
        .retain(|setting| pairs.iter().any(|(key, _)| *key == setting.key));
    desk.printer.list(&list, || grid(&list))
}

fn value(setting: &Setting, text: &str) -> anyhow::Result<Value> {
    let wrong = |what: &str| anyhow::Error::msg(format!("{} must be {what}", setting.key));
    Ok(match setting.kind {
        SettingKind::Addresses => {
            let items = text
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty());
            items.map(str::to_owned).collect()
        }
        SettingKind::Boolean => match text {
            "true" | "on" | "yes" => true.into(),
            "false" | "off" | "no" => false.into(),
            _ => return Err(wrong("true or false")),
        },
        SettingKind::Integer => {
            let number: Result<i64, _> = text.parse();
            number.map_err(|_| wrong("a whole number"))?.into()
        }
        SettingKind::RelativeTime => text.into(),
    })
}

fn unknown(key: &str, known: &SettingList) -> anyhow::Error {
    let near = |setting: &&Setting| strsim::damerau_levenshtein(&setting.key, key);
    let nearest = known.items.iter().min_by_key(near);
    let nearest = nearest.map_or("", |setting| setting.key.as_str());
    let shown: String = key.chars().filter(|c| !c.is_control()).take(60).collect();
    let hint = format!("the nearest is {nearest}; `tokenry settings list` shows all");
    Hinted::new(format!("there is no setting {shown}"), hint).into()
}

fn grid(list: &SettingList) -> Grid {
    let rows = list.items.iter().map(|setting| {
        vec![
            setting.key.clone(),
            text(&setting.value),
            text(&setting.default),
            setting.unit.clone().unwrap_or_default(),
            setting.meaning.clone(),
        ]
    });
    Grid {
        head: &["setting", "value", "default", "unit", "meaning"],
        rows: rows.collect(),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
