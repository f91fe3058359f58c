//! The wire format of the Splunk-compatible face: how answers are printed and how arguments are read.
//!
//! Pure functions over plain data: no HTTP types, no clock, no input or output, no knowledge of tokens or users.
//! [`feed::Feed`] and [`message::Message`] are what a handler answers, [`OutputMode`] prints them as JSON or XML,
//! [`arguments::Arguments`] and [`listing::Listing`] are what a handler is asked. Status codes and headers are the
//! caller's; every [`arguments::ArgumentError`] is meant to become a 400.

pub(crate) mod arguments;
pub(crate) mod atom;
pub(crate) mod feed;
pub(crate) mod json;
pub(crate) mod listing;
pub(crate) mod message;
pub(crate) mod value;
mod xml;

use arguments::{ArgumentError, Arguments};
use feed::Feed;
use message::Message;

/// The argument that chooses the format of the answer.
const OUTPUT_MODE: &str = "output_mode";

/// In which format the caller wants the answer (spec trap 10: XML is the default, both are first-class).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OutputMode {
    /// `output_mode=json`.
    Json,
    /// No `output_mode`, an empty one, `xml` or `atom`.
    #[default]
    Xml,
}

impl OutputMode {
    /// The format the arguments ask for, in any letter case.
    ///
    /// If the argument stands there more than once the last one wins, so the body wins over the query: unlike every
    /// other argument it changes nothing but the looks of the answer, and an error has to be printed in some format.
    pub(crate) fn from_arguments(arguments: &Arguments) -> Result<Self, ArgumentError> {
        let last = arguments.many(OUTPUT_MODE).last().copied();
        Self::from_name(last.unwrap_or_default()).ok_or(ArgumentError::NotOneOf {
            argument: OUTPUT_MODE,
            allowed: "json, xml, atom",
        })
    }

    /// The format for an error about arguments that [`Arguments::parse`] refused: whatever can be made out, else XML.
    pub(crate) fn of_refused(query: Option<&str>, body: &[u8]) -> Self {
        let query = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
        query
            .chain(form_urlencoded::parse(body))
            .filter(|(name, _)| name == OUTPUT_MODE)
            .last()
            .and_then(|(_, value)| Self::from_name(&value))
            .unwrap_or_default()
    }

    /// The value of the `Content-Type` header that belongs to this format.
    pub(crate) const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json; charset=UTF-8",
            Self::Xml => "text/xml; charset=UTF-8",
        }
    }

    /// The body of an answer that carries entries (spec 4.5).
    pub(crate) fn feed(self, feed: &Feed) -> String {
        match self {
            Self::Json => json::print(feed),
            Self::Xml => atom::print(feed),
        }
    }

    /// The body of an answer that carries messages only: every error (spec 4.4).
    pub(crate) fn messages(self, messages: &[Message]) -> String {
        match self {
            Self::Json => message::json(messages),
            Self::Xml => message::xml(messages),
        }
    }

    /// The body of the answer to a login that succeeded (spec 4.2).
    pub(crate) fn login(self, session_key: &str) -> String {
        match self {
            Self::Json => message::login_json(session_key),
            Self::Xml => message::login_xml(session_key),
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "" | "xml" | "atom" => Some(Self::Xml),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(query: &str, body: &str) -> Result<OutputMode, String> {
        let arguments = Arguments::parse(Some(query), body.as_bytes()).unwrap();
        OutputMode::from_arguments(&arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn xml_is_the_default_and_json_is_asked_for_in_query_or_body() {
        assert_eq!(mode("", ""), Ok(OutputMode::Xml));
        assert_eq!(mode("output_mode=", ""), Ok(OutputMode::Xml));
        assert_eq!(mode("output_mode=atom", ""), Ok(OutputMode::Xml));
        assert_eq!(mode("output_mode=json", ""), Ok(OutputMode::Json));
        assert_eq!(mode("", "output_mode=JSON"), Ok(OutputMode::Json));
    }

    #[test]
    fn the_last_output_mode_wins() {
        assert_eq!(
            mode("output_mode=xml", "output_mode=json"),
            Ok(OutputMode::Json)
        );
        assert_eq!(
            mode("output_mode=json&output_mode=xml", ""),
            Ok(OutputMode::Xml)
        );
    }

    #[test]
    fn an_unknown_output_mode_is_refused_with_the_allowed_values() {
        let expected = r#"Argument "output_mode" must be one of: json, xml, atom."#;
        assert_eq!(mode("output_mode=csv", ""), Err(expected.to_owned()));
    }

    #[test]
    fn refused_arguments_are_answered_in_the_format_they_asked_for() {
        assert_eq!(
            OutputMode::of_refused(Some("output_mode=json&a=%zz"), b""),
            OutputMode::Json
        );
        assert_eq!(
            OutputMode::of_refused(None, b"a=%zz&output_mode=json"),
            OutputMode::Json
        );
        assert_eq!(
            OutputMode::of_refused(Some("a=%zz"), b"\xff\xfe"),
            OutputMode::Xml
        );
    }

    #[test]
    fn every_answer_exists_in_both_formats() {
        let messages = [Message::error("Not Found")];
        let bodies = |mode: OutputMode| {
            let feed = mode.feed(&feed::samples::empty());
            let start = |body: String| body.chars().take(14).collect::<String>();
            [feed, mode.messages(&messages), mode.login("key")].map(start)
        };
        assert_eq!(
            bodies(OutputMode::Json),
            ["{\"links\":{\"cre", "{\"messages\":[{", "{\"sessionKey\":"]
        );
        assert_eq!(
            bodies(OutputMode::Xml),
            ["<?xml version=", "<?xml version=", "<response>\n  <"]
        );
        assert!(
            OutputMode::Json
                .content_type()
                .starts_with("application/json")
        );
        assert!(OutputMode::Xml.content_type().starts_with("text/xml"));
    }
}
