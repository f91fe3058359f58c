//! One line of the authentication log: time, level and fields, of which none can break the line or pose as another
//! (NT-62).
//!
//! ```text
//! 2026-03-02T09:00:05Z|WARN|auth|result=denied reason=expired user="with a blank"
//! ```
//!
//! A value that is plain stands as it is. Any other is a JSON string in which `|` and `=` are escaped as well. So a
//! line can be cut at `|`, and an `=` always stands between a name and its value.

use std::fmt::{Display, Write as _};

use jiff::Timestamp;

/// A line that is being made.
pub(super) struct LogLine(String);

/// How much a line matters.
#[derive(Clone, Copy)]
pub(super) enum Level {
    Error,
    Warn,
    Info,
}

impl LogLine {
    pub(super) fn new(at: Timestamp, level: Level, result: &'static str) -> Self {
        let level = match level {
            Level::Error => "ERROR",
            Level::Warn => "WARN",
            Level::Info => "INFO",
        };
        Self(format!("{at:.0}|{level}|auth|result={result}"))
    }

    /// The same with another field; one without content is left out.
    pub(super) fn with(mut self, name: &'static str, value: impl Display) -> Self {
        let value = value.to_string();
        if !value.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(self.0, " {name}={}", escaped(&value));
        }
        self
    }

    /// The same with another field, if it is known.
    pub(super) fn with_known(self, name: &'static str, value: Option<impl Display>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    /// The line, without a line end.
    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// A value as it may stand in a line. What it says can be told from what it was made of, and nothing else can be.
fn escaped(value: &str) -> String {
    if value.chars().all(is_plain) {
        return value.to_owned();
    }
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            ' ' => text.push(c),
            c if is_plain(c) || c.is_alphanumeric() => text.push(c),
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| {
                // Writing to a string cannot fail.
                let _ = write!(text, "\\u{unit:04x}");
            }),
        }
    }
    text.push('"');
    text
}

/// A backslash is plain, because that is how people write the domain of a user: `lab\jdoe`.
fn is_plain(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '|' | '=' | '"')
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader makes of a value.
    fn read(value: &str) -> String {
        if value.starts_with('"') {
            serde_json::from_str(value).unwrap()
        } else {
            value.to_owned()
        }
    }

    /// Holds for every value there can be.
    fn check(value: &str) {
        let text = escaped(value);
        assert_eq!(read(&text), value, "{text}");
        assert!(!text.contains(['|', '=']), "{text}");
        let is_harmless = |c: char| is_plain(c) || c == ' ' || c == '"' || c.is_alphanumeric();
        assert!(text.chars().all(is_harmless), "{text}");
        if text.contains(' ') {
            assert!(text.starts_with('"') && text.ends_with('"'), "{text}");
        }
    }

    #[test]
    fn nt62_every_character_there_is_can_be_read_back() {
        for c in '\0'..='\u{7f}' {
            check(&c.to_string());
        }
        // Many at once, which is quicker: of these none is plain.
        let all: Vec<char> = ('\u{80}'..=char::MAX).collect();
        for some in all.chunks(1000) {
            check(&some.iter().collect::<String>());
        }
    }

    #[test]
    fn nt62_whatever_is_put_together_can_be_read_back() {
        let hostile = [
            "a",
            "\n",
            "\r",
            "|",
            "=",
            "\"",
            "\\",
            " ",
            "\u{1b}",
            "u000a",
            "\u{202e}",
            "\u{e0001}",
            "é",
            "\u{0}",
        ];
        for a in hostile {
            for b in hostile {
                for c in hostile {
                    for d in hostile {
                        check(&[a, b, c, d].concat());
                    }
                }
            }
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let line = LogLine::new(Timestamp::UNIX_EPOCH, Level::Error, "lost")
            .with("empty", "")
            .with_known("unknown", None::<u8>)
            .with("count", 7)
            .finish();
        assert_eq!(line, "1970-01-01T00:00:00Z|ERROR|auth|result=lost count=7");
    }
}
