//! What is wrong with a query itself, and how that is told: status 200, `errors` and no data (spec/tanium.md 5.3).
//!
//! Not here: what the rules refuse; that is part of the data.

use async_graphql::{Pos, ServerError};
use serde_json::{Value, json};

/// One thing that is wrong: a sentence and a code.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    message: String,
    code: &'static str,
}

/// The most that are told of one query.
const MAX_TOLD: usize = 10;

/// The longest name that is repeated.
const MAX_NAME: usize = 40;

impl Refusal {
    /// The body is not what it must be.
    pub(super) fn request(text: &str) -> Self {
        Self::new("InvalidRequest", text)
    }

    /// The query is no GraphQL, here or near here; where exactly is not said if it would look like a status.
    pub(super) fn syntax(at: Option<Pos>) -> Self {
        let place = at.map(|Pos { line, column }| format!(" at line {line}, column {column}"));
        let looks_like_status = |place: &String| {
            let statuses = ["401", "403", "404"];
            statuses.iter().any(|digits| place.contains(digits))
        };
        let place = place.filter(|place| !looks_like_status(place));
        let place = place.unwrap_or_default();
        Self::new("SyntaxError", format!("The query cannot be parsed{place}"))
    }

    /// The query does not fit the schema.
    pub(super) fn invalid(text: impl Into<String>) -> Self {
        Self::new("ValidationError", text)
    }

    /// The query is more than is allowed.
    pub(super) fn limit(text: impl Into<String>) -> Self {
        Self::new("LimitExceeded", text)
    }

    /// What the library found.
    pub(super) fn of_library(error: &ServerError) -> Self {
        Self::invalid(tame(&error.message))
    }

    fn new(code: &'static str, text: impl Into<String>) -> Self {
        let message = text.into();
        Self { message, code }
    }
}

/// The body of the answer.
pub(super) fn print(refusals: Vec<Refusal>) -> Value {
    let errors = refusals.into_iter().take(MAX_TOLD).map(|refusal| {
        let Refusal { message, code } = refusal;
        let arguments = json!([{ "message": message, "code": code }]);
        json!({ "message": message, "extensions": { "argumentErrors": arguments } })
    });
    json!({ "errors": errors.collect::<Value>(), "data": null })
}

/// The library's sentences quote names, of ours and of the client. Those that are plain words are worth repeating; the
/// rest may be a secret in the wrong place (NT-43), or digits that clients take for a status (spec/tanium.md 2).
fn tame(message: &str) -> String {
    // What stands behind this is a value, not a name.
    let message = message.split(", found ").next().unwrap_or_default();
    let parts = message.split('"').enumerate();
    let parts = parts.map(|(number, part)| match number % 2 {
        0 => without_digits(part),
        _ if is_plain(part) => part.to_owned(),
        _ => "…".to_owned(),
    });
    parts.collect::<Vec<_>>().join("\"")
}

fn is_plain(name: &str) -> bool {
    let may_stand = |c: char| c.is_ascii_alphabetic() || "_$@.[]!".contains(c);
    name.len() <= MAX_NAME && name.chars().all(may_stand)
}

fn without_digits(text: &str) -> String {
    let is_told = |word: &&str| !word.contains(|c: char| c.is_ascii_digit());
    let words = text
        .split(' ')
        .map(|word| if is_told(&word) { word } else { "…" });
    words.collect::<Vec<_>>().join(" ")
}
