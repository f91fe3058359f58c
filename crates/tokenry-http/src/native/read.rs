//! Reads a query or a body into the type of an operation. Strict: nothing is there that is not known, nothing is there
//! twice, nothing is converted but in a query, where everything is text. `null` is the same as not given. What is wrong is
//! said by the name of its field and what is allowed, and nothing that was sent is repeated: it may be a secret (NT-43).

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::problem::Problem;
use crate::json::parse;

/// Reads a body. An empty one gives no fields.
pub(super) fn body<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let fields = if bytes.trim_ascii().is_empty() {
        Map::new()
    } else {
        match parse(bytes) {
            Some(Value::Object(fields)) => without_nulls(fields),
            _ => return Err(Problem::invalid_json()),
        }
    };
    serde_path_to_error::deserialize(Value::Object(fields)).map_err(|error| explain(&error))
}

/// Reads a query.
pub(super) fn query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    let pairs = serde_html_form::Deserializer::new(pairs);
    serde_path_to_error::deserialize(pairs).map_err(|error| explain(&error))
}

fn without_nulls(fields: Map<String, Value>) -> Map<String, Value> {
    let given = fields.into_iter().filter(|(_, value)| !value.is_null());
    let cleaned = given.map(|(name, value)| match value {
        Value::Object(inner) => (name, Value::Object(without_nulls(inner))),
        other => (name, other),
    });
    cleaned.collect()
}

/// What the reader says in its own words, in ours. Only names of ours are taken over.
fn explain<E: std::fmt::Display>(error: &serde_path_to_error::Error<E>) -> Problem {
    let path = error.path().to_string();
    let said = error.inner().to_string();
    if let Some(rest) = said.strip_prefix("unknown field ") {
        let name = quoted(rest).next().unwrap_or_default();
        let known = rest
            .split_once(", expected ")
            .map_or("", |(_, known)| known);
        return Problem::unknown_field(name, &quoted(known).collect::<Vec<_>>());
    }
    if let Some(rest) = said.strip_prefix("missing field ") {
        let inner = quoted(rest).next().unwrap_or_default();
        let field = field_of(&path).unwrap_or(inner);
        return Problem::about(field, &format!("{inner} must be given"));
    }
    let Some(field) = field_of(&path) else {
        return Problem::invalid_json();
    };
    Problem::about(field, &format!("{field} {}", allowed(&said)))
}

/// The first part of a path such as `rate.per_minute` or `ids[3]`.
fn field_of(path: &str) -> Option<&str> {
    let field = path.split(['.', '[']).next()?;
    let is_ours = |b: u8| b.is_ascii_lowercase() || b == b'_';
    (!field.is_empty() && field.bytes().all(is_ours)).then_some(field)
}

fn allowed(said: &str) -> String {
    const NOT_A_NUMBER: [&str; 4] = [
        "invalid digit found in string",
        "number too large to fit in target type",
        "number too small to fit in target type",
        "cannot parse integer from empty string",
    ];
    if NOT_A_NUMBER.iter().any(|words| said.starts_with(words)) {
        return "must be a whole number that is not too large".to_owned();
    }
    if said.starts_with("unknown variant ") {
        let names = said
            .split_once(", expected ")
            .map_or("", |(_, names)| names);
        let names: Vec<_> = quoted(names).collect();
        return format!("must be one of {}", names.join(", "));
    }
    if let Some(expected) = said.strip_prefix("expected ") {
        return format!("must be {expected}");
    }
    match said.rsplit_once(", expected ").map(|(_, what)| what) {
        Some("a string" | "string") => "must be a text".to_owned(),
        Some("a boolean") => "must be true or false".to_owned(),
        Some("a sequence") => "must be a list".to_owned(),
        Some(kind) if kind.starts_with(['i', 'u']) && kind.len() <= 4 => {
            "must be a whole number that is not too large".to_owned()
        }
        Some(kind) if kind.starts_with("struct ") || kind.starts_with("a map") => {
            "must be an object".to_owned()
        }
        _ => "has a value that it may not have".to_owned(),
    }
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use tokenry_api::types::{
        sessions::NewSession,
        tokens::{ManyTokens, NewToken, TokenEdit, TokenQuery},
    };

    use super::*;

    fn refused<T: DeserializeOwned + std::fmt::Debug>(json: &str) -> (String, String) {
        body::<T>(json.as_bytes()).unwrap_err().words()
    }

    #[test]
    fn what_is_wrong_is_said_by_field_and_nothing_is_repeated() {
        for (json, field, words) in [
            (r#"{"audience":5}"#, "audience", "audience must be a text"),
            (
                r#"{"form":"tky_pat_x"}"#,
                "form",
                "form must be one of hex, opaque, splunk_jwt",
            ),
            (
                r#"{"persona":"tky_pat_x"}"#,
                "persona",
                "persona must be a whole number that is not too large",
            ),
            (r#"{"scope":"tky_pat_x"}"#, "scope", "scope must be a list"),
            (r#"{"scope":[1]}"#, "scope", "scope must be a text"),
            (
                r#"{"rate":{"per_minute":-1,"burst":1}}"#,
                "rate",
                "rate must be a whole number that is not too large",
            ),
            (
                r#"{"rate":{"burst":1}}"#,
                "rate",
                "per_minute must be given",
            ),
            (r#"{"rate":"x"}"#, "rate", "rate must be an object"),
        ] {
            let expected = (field.to_owned(), words.to_owned());
            assert_eq!(refused::<NewToken>(json), expected, "{json}");
        }
        assert_eq!(
            refused::<TokenEdit>(r#"{"addresses":"tky_pat_x"}"#).1,
            "addresses must be a list of addresses and networks, or the word anywhere"
        );
        assert_eq!(
            refused::<NewSession>(r#"{"user":"x"}"#).1,
            "password must be given"
        );
        assert_eq!(
            refused::<ManyTokens>(r#"{"ids":[7],"action":"revoke"}"#).0,
            "ids"
        );
    }

    #[test]
    fn null_is_the_same_as_not_given() {
        let read = body::<NewToken>(br#"{"rate":null,"notes":null}"#).unwrap();
        assert!(read.rate.is_none() && read.notes.is_none());
    }

    #[test]
    fn a_query_is_read_as_strictly() {
        let read = query::<TokenQuery>("filter=a:b:c&filter=d&limit=5").unwrap();
        assert_eq!((read.filter.len(), read.limit), (2, Some(5)));
        for (text, words) in [
            (
                "limit=x",
                "limit must be a whole number that is not too large",
            ),
            (
                "limit=-1",
                "limit must be a whole number that is not too large",
            ),
        ] {
            assert_eq!(query::<TokenQuery>(text).unwrap_err().words().1, words);
        }
        let unknown = query::<TokenQuery>("ghost=1").unwrap_err().words();
        assert_eq!(unknown.0, "ghost");
        assert!(query::<TokenQuery>("limit=1&limit=2").is_err());
    }
}
