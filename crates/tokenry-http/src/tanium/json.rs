//! The body of a request: JSON, whatever its content type says (spec/tanium.md 1). Lenient where real clients need it,
//! strict where two readers could understand two things: a key that is there twice is refused.

use serde_json::{Map, Value};

use super::failure::Failure;
use crate::json::parse;

/// The properties a request gives. An empty body, `{}` and `null` give none; a wrapper `{"data": {…}}` is taken off.
#[derive(Debug, Default)]
pub(crate) struct Body(Map<String, Value>);

impl Body {
    /// Reads a body. What cannot be read is not repeated in the refusal: it may hold a secret (NT-43).
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Failure> {
        if bytes.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        match parse(bytes) {
            Some(Value::Null) => Ok(Self::default()),
            Some(Value::Object(map)) => Ok(Self(unwrapped(map))),
            _ => Err(Failure::invalid_json()),
        }
    }

    /// Whether a property is given and not `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// A property as it is; `null` is none.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, Failure> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Failure::invalid(name, "must be a text")),
        }
    }

    /// A whole number, which may be written as a text. One that is too great to be represented is the greatest.
    pub(crate) fn integer(&self, name: &'static str) -> Result<Option<i64>, Failure> {
        let refuse = || Failure::invalid(name, "must be a whole number");
        self.value(name)
            .map(|value| integer(value).ok_or_else(refuse))
            .transpose()
    }

    /// A switch: 0 or 1, `true` or `false`, each also as a text.
    pub(crate) fn flag(&self, name: &'static str) -> Result<Option<bool>, Failure> {
        let refuse = || Failure::invalid(name, "must be 0 or 1");
        self.value(name)
            .map(|value| flag(value).ok_or_else(refuse))
            .transpose()
    }

    /// A list of ids, each `{"id": n}` or a plain number.
    pub(crate) fn ids(&self, name: &'static str) -> Result<Option<Vec<i64>>, Failure> {
        let refuse = || Failure::invalid(name, "must be a list of objects with an id");
        let Some(value) = self.value(name) else {
            return Ok(None);
        };
        let items = value.as_array().ok_or_else(refuse)?;
        let ids = items.iter().map(|item| id(item).ok_or_else(refuse));
        ids.collect::<Result<_, _>>().map(Some)
    }

    /// One id, `{"id": n}` or a plain number.
    pub(crate) fn id(&self, name: &'static str) -> Result<Option<i64>, Failure> {
        let refuse = || Failure::invalid(name, "must be an object with an id");
        self.value(name)
            .map(|value| id(value).ok_or_else(refuse))
            .transpose()
    }
}

/// A whole number, or its text.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    let saturated =
        |wide: i128| i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX });
    match value {
        Value::Number(number) => number
            .as_i64()
            .or_else(|| number.as_u64().map(|_| i64::MAX))
            .or_else(|| number.as_f64().and_then(whole)),
        Value::String(text) => text.trim().parse::<i128>().ok().map(saturated),
        _ => None,
    }
}

/// A number too great for 64 bits is kept as a floating one: it is whole, and as great as can be.
fn whole(number: f64) -> Option<i64> {
    const BEYOND: f64 = 9_223_372_036_854_775_807.0;
    if number >= BEYOND {
        Some(i64::MAX)
    } else if number <= -BEYOND {
        Some(i64::MIN)
    } else {
        None
    }
}

pub(crate) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Value::String(text) => match text.as_str() {
            "0" | "false" => Some(false),
            "1" | "true" => Some(true),
            _ => None,
        },
        _ => None,
    }
}

fn id(value: &Value) -> Option<i64> {
    match value {
        Value::Object(object) => object.get("id").and_then(integer),
        other => integer(other),
    }
}

fn unwrapped(mut map: Map<String, Value>) -> Map<String, Value> {
    match (map.len(), map.remove("data")) {
        (1, Some(Value::Object(inner))) => inner,
        (_, Some(data)) => {
            map.insert("data".to_owned(), data);
            map
        }
        (_, None) => map,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: &str) -> Body {
        Body::read(json.as_bytes()).unwrap()
    }

    /// spec/tanium.md 1: all of these mean "no properties".
    #[test]
    fn nothing_is_said_in_many_ways() {
        for json in [
            "",
            " ",
            "{}",
            "{ }",
            "null",
            "{\"data\":{}}",
            "{\"name\":null}",
        ] {
            assert!(!body(json).has("name"), "{json}");
        }
    }

    #[test]
    fn a_wrapper_is_taken_off() {
        assert_eq!(
            body(r#"{"data":{"session":"x"}}"#).text("session").unwrap(),
            Some("x")
        );
        assert_eq!(
            body(r#"{"data":{"session":"x"},"session":"y"}"#)
                .text("session")
                .unwrap(),
            Some("y")
        );
    }

    #[test]
    fn numbers_may_be_texts_and_never_wrap() {
        for (json, expected) in [
            ("30", Some(30)),
            ("\"30\"", Some(30)),
            ("-1", Some(-1)),
            ("100000000000000000000", Some(i64::MAX)),
            ("\"100000000000000000000\"", Some(i64::MAX)),
            ("18446744073709551615", Some(i64::MAX)),
            ("1.5", None),
            ("\"x\"", None),
            ("true", None),
            ("[1]", None),
        ] {
            let body = body(&format!("{{\"n\":{json}}}"));
            let read = body.integer("n").ok().flatten();
            assert_eq!(read, expected, "{json}");
        }
    }

    #[test]
    fn switches_have_three_spellings() {
        for (json, expected) in [
            ("1", Some(true)),
            ("\"0\"", Some(false)),
            ("true", Some(true)),
            ("2", None),
            ("\"\"", None),
        ] {
            let body = body(&format!("{{\"f\":{json}}}"));
            assert_eq!(body.flag("f").ok().flatten(), expected, "{json}");
        }
    }

    #[test]
    fn nt70_what_is_deep_ambiguous_or_no_json_is_refused() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let deep = format!("{{\"a\":{deep}}}");
        for json in [
            deep.as_str(),
            r#"{"a":1,"a":1}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            "[]",
            "1",
            "{",
            "{}{}",
            "\u{1}",
        ] {
            assert!(Body::read(json.as_bytes()).is_err(), "{json:.40}");
        }
        assert!(Body::read(&[0x7b, 0xff, 0x7d]).is_err());
    }
}
