//! What the server says in words, and the two answers that are nothing but words: errors and logins.
//!
//! The texts themselves belong to the handlers; so do the status codes. Feeds carry messages too, in the same shape.

use super::json::Printer;
use super::xml::Document;

/// One thing the server says (spec 4.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// How serious it is.
    pub(crate) kind: MessageKind,
    /// A word for programs, such as `incorrect_username_or_password`; most messages have none.
    pub(crate) code: Option<&'static str>,
    /// The sentence for people.
    pub(crate) text: String,
}

/// How serious a message is: the `type` on the wire (spec 4.4, as far as it is used).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageKind {
    /// `INFO`: what was done.
    Info,
    /// `WARN`: also what a refused login and a bad token are answered with.
    Warn,
    /// `ERROR`.
    Error,
}

impl Message {
    /// A message without a code.
    pub(crate) fn new(kind: MessageKind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            kind,
            code: None,
            text,
        }
    }

    /// An error without a code.
    pub(crate) fn error(text: impl Into<String>) -> Self {
        Self::new(MessageKind::Error, text)
    }

    /// A warning without a code.
    pub(crate) fn warn(text: impl Into<String>) -> Self {
        Self::new(MessageKind::Warn, text)
    }

    /// A notice without a code.
    pub(crate) fn info(text: impl Into<String>) -> Self {
        Self::new(MessageKind::Info, text)
    }

    /// The message with a code.
    #[must_use]
    pub(crate) fn with_code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }
}

impl MessageKind {
    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}

/// Messages as a JSON answer (spec 4.4).
pub(crate) fn json(messages: &[Message]) -> String {
    let mut printer = Printer::default();
    printer.object(|object| object.member("messages").messages(messages));
    printer.finish()
}

/// Messages as an XML answer (spec 4.4).
pub(crate) fn xml(messages: &[Message]) -> String {
    let mut document = Document::compact();
    document.prolog();
    document.text("\n");
    document.element("response", &[], |document| {
        document.element("messages", &[], |document| {
            for message in messages {
                xml_element(document, "msg", message);
            }
        });
    });
    document.finish()
}

/// The JSON answer to a login that succeeded (spec 4.2).
pub(crate) fn login_json(session_key: &str) -> String {
    let mut printer = Printer::default();
    printer.object(|object| {
        object.member("sessionKey").text(session_key);
        object.member("message").text("");
        object.member("code").text("");
    });
    printer.finish()
}

/// The XML answer to a login that succeeded, laid out like Splunk's and without a prolog (spec 4.2).
pub(crate) fn login_xml(session_key: &str) -> String {
    let mut document = Document::compact();
    document.element("response", &[], |document| {
        document.text("\n  ");
        document.text_element("sessionKey", &[], session_key);
        document.text("\n  ");
        document.element("messages", &[], |document| {
            document.text_element("msg", &[("code", "")], "");
        });
        document.text("\n");
    });
    document.finish()
}

/// One message as an element: `msg` in an answer of messages, `s:msg` in a feed.
pub(super) fn xml_element(document: &mut Document, name: &str, message: &Message) {
    let kind = ("type", message.kind.as_str());
    match message.code {
        Some(code) => document.text_element(name, &[kind, ("code", code)], &message.text),
        None => document.text_element(name, &[kind], &message.text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login_failed() -> Message {
        Message::warn("Login failed").with_code("incorrect_username_or_password")
    }

    #[test]
    fn an_error() {
        let error = [Message::error("Could not find object id=<x> & \"y\"\u{0}")];
        assert_eq!(
            json(&error),
            r#"{"messages":[{"type":"ERROR","text":"Could not find object id=<x> & \"y\"\u0000"}]}"#
        );
        assert_eq!(
            xml(&error),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response><messages><msg type=\"ERROR\">Could not find object id=&lt;x&gt; &amp; \"y\"�</msg></messages></response>"
        );
    }

    #[test]
    fn a_warning_with_a_code() {
        assert_eq!(
            json(&[login_failed()]),
            r#"{"messages":[{"type":"WARN","code":"incorrect_username_or_password","text":"Login failed"}]}"#
        );
        assert_eq!(
            xml(&[login_failed()]),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response><messages><msg type=\"WARN\" code=\"incorrect_username_or_password\">Login failed</msg></messages></response>"
        );
    }

    #[test]
    fn several_messages_of_every_kind() {
        use MessageKind::{Error, Info, Warn};
        let messages = [Info, Warn, Error].map(|kind| Message::new(kind, ""));
        assert_eq!(
            json(&messages),
            r#"{"messages":[{"type":"INFO","text":""},{"type":"WARN","text":""},{"type":"ERROR","text":""}]}"#
        );
        assert_eq!(
            xml(&messages),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<response><messages><msg type=\"INFO\"></msg><msg type=\"WARN\"></msg><msg type=\"ERROR\"></msg></messages></response>"
        );
    }

    #[test]
    fn a_login_that_succeeded() {
        assert_eq!(
            login_json("a^b_c"),
            r#"{"sessionKey":"a^b_c","message":"","code":""}"#
        );
        assert_eq!(
            login_xml("a^b_c"),
            "<response>\n  <sessionKey>a^b_c</sessionKey>\n  <messages><msg code=\"\"></msg></messages>\n</response>"
        );
    }
}
