//! The fields of a request: one JSON object, in which nothing is there that is not known and nothing is there twice.
//! `null` is the same as not given. Nothing is converted: a number in quotes is a text.

use serde_json::{Map, Value};

use super::problem::Problem;
use crate::json::parse;

/// The fields that a request gives.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body. An empty one gives no fields.
    pub(super) fn read(bytes: &[u8], known: &[&'static str]) -> Result<Self, Problem> {
        if bytes.trim_ascii().is_empty() {
            return Ok(Self(Map::new()));
        }
        match parse(bytes) {
            Some(Value::Object(map)) => Self::of(map, known),
            _ => Err(Problem::invalid_json()),
        }
    }

    fn of(map: Map<String, Value>, known: &[&'static str]) -> Result<Self, Problem> {
        match map.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(Problem::unknown_field(name, known)),
            None => Ok(Self(map)),
        }
    }

    /// A text.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, Problem> {
        self.value(name)
            .map(|value| value.as_str().ok_or_else(|| wrong(name, "a text")))
            .transpose()
    }

    /// A whole number.
    pub(super) fn integer(&self, name: &'static str) -> Result<Option<i64>, Problem> {
        self.value(name)
            .map(|value| value.as_i64().ok_or_else(|| wrong(name, "a whole number")))
            .transpose()
    }

    /// A list of texts.
    pub(super) fn texts(&self, name: &'static str) -> Result<Option<Vec<&str>>, Problem> {
        let refuse = || wrong(name, "a list of texts");
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let items = value.as_array().ok_or_else(refuse)?;
        let items = items.iter().map(|item| item.as_str().ok_or_else(refuse));
        items.collect::<Result<_, _>>().map(Some)
    }

    /// An object with fields of these names and no others.
    pub(super) fn object(
        &self,
        name: &'static str,
        known: &[&'static str],
    ) -> Result<Option<Self>, Problem> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Self::of(map.clone(), known).map(Some),
            Some(_) => Err(wrong(name, "an object")),
        }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }
}

fn wrong(name: &'static str, what: &str) -> Problem {
    Problem::invalid(name, &format!("must be {what}"))
}
