//! The request options: JSON in the header `tanium-options`, some of them also in the query (spec/tanium.md 1). Unknown
//! ones are ignored, as the vendor's server does.

use axum::http::{HeaderMap, HeaderName};
use serde_json::{Map, Value};

use super::{
    failure::Failure,
    json::{flag, integer},
};
use crate::json::parse;

const HEADER: HeaderName = HeaderName::from_static("tanium-options");

/// The options of one request.
#[derive(Debug, Default)]
pub(crate) struct Options {
    header: Map<String, Value>,
    query: Vec<(String, String)>,
}

impl Options {
    /// Reads the header and the query.
    pub(crate) fn read(headers: &HeaderMap, query: Option<&str>) -> Result<Self, Failure> {
        let query = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        let query = query.map(|(name, value)| (name.into_owned(), value.into_owned()));
        let header = match headers.get(HEADER) {
            None => Map::new(),
            Some(text) => match parse(text.as_bytes()) {
                Some(Value::Object(map)) => map,
                _ => return Err(Failure::invalid("tanium-options", "must be a JSON object")),
            },
        };
        Ok(Self {
            header,
            query: query.collect(),
        })
    }

    /// Whether an option is on.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        let in_header = self.header.get(name).and_then(flag);
        let in_query = || {
            self.query(name)
                .map(|value| value == "1" || value == "true")
        };
        in_header.or_else(in_query).unwrap_or(false)
    }

    /// A number.
    pub(crate) fn number(&self, name: &str) -> Option<i64> {
        let in_header = self.header.get(name).and_then(integer);
        in_header.or_else(|| self.query(name)?.parse().ok())
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let in_header = self.header.get(name).and_then(Value::as_str);
        in_header.or_else(|| self.query(name))
    }

    /// Whatever it is; in the query JSON, or else a text.
    pub(crate) fn value(&self, name: &str) -> Option<Value> {
        let in_query = || {
            let text = self.query(name)?;
            Some(parse(text.as_bytes()).unwrap_or_else(|| text.into()))
        };
        self.header.get(name).cloned().or_else(in_query)
    }

    /// Every name in the query.
    pub(crate) fn query_names(&self) -> impl Iterator<Item = &str> {
        self.query.iter().map(|(name, _)| name.as_str())
    }

    fn query(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}
