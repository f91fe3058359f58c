//! Paths that two readers read alike. Where a rule looks at the path, all others are refused: the proxy, the gate and
//! the API behind them may each clean a path up in their own way (spec/data-plane.md 1.12, NT-35, NT-36).

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

/// Why a path can be read in two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Ambiguous {
    /// `http://host/path`, or no path at all.
    #[error("the request target is not a path that begins with /")]
    NotAPath,
    /// `.` or `..`, plain or encoded.
    #[error("the path has an element . or ..")]
    Dots,
    /// `//`, plain or encoded.
    #[error("the path has an empty element")]
    Empty,
    /// `\`, `;`, an encoded `/`, or something that some programs take for one of them.
    #[error("the path has a character that some programs take for a separator")]
    Separator,
    /// What is encoded twice, or badly, or is not UTF-8, or a control character.
    #[error("the path has an encoded character that programs read in different ways")]
    Encoding,
}

/// The path of a request target, without its query, decoded once; or why it can be read in two ways.
///
/// Also where the proxy cleans paths up: no two do it alike, and what one leaves (`..;`, `;x=y`) the API behind it may
/// take for something else.
pub fn plain_path(target: &str) -> Result<Cow<'_, str>, Ambiguous> {
    let raw = target.split(['?', '#']).next().unwrap_or_default();
    if !raw.starts_with('/') {
        return Err(Ambiguous::NotAPath);
    }
    let has = |needle: &str| {
        raw.as_bytes()
            .windows(3)
            .any(|w| w.eq_ignore_ascii_case(needle.as_bytes()))
    };
    if raw.contains(['\\', ';']) || ["%2f", "%5c", "%3b"].into_iter().any(has) {
        return Err(Ambiguous::Separator);
    }
    let path = if raw.contains('%') {
        decoded(raw)?
    } else {
        Cow::Borrowed(raw)
    };
    if path.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err(Ambiguous::Encoding);
    }
    if path.contains(LOOKALIKES) {
        return Err(Ambiguous::Separator);
    }
    let mut elements = path.split('/').skip(1).peekable();
    while let Some(element) = elements.next() {
        if element == "." || element == ".." {
            return Err(Ambiguous::Dots);
        }
        if element.is_empty() && elements.peek().is_some() {
            return Err(Ambiguous::Empty);
        }
    }
    Ok(path)
}

/// What compatibility normalisation turns into `.`, `/` or `\`.
const LOOKALIKES: [char; 8] = [
    '\u{2024}', '\u{2044}', '\u{2215}', '\u{2216}', '\u{29f8}', '\u{ff0e}', '\u{ff0f}', '\u{ff3c}',
];

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

fn decoded(raw: &str) -> Result<Cow<'_, str>, Ambiguous> {
    let path = percent_decode_str(raw)
        .decode_utf8()
        .map_err(|_| Ambiguous::Encoding)?;
    if is_badly_encoded(raw) || has_escape(&path) {
        return Err(Ambiguous::Encoding);
    }
    Ok(path)
}

/// Whether a `%` is not followed by two hex digits.
fn is_badly_encoded(raw: &str) -> bool {
    let mut rest = raw.as_bytes().split(|b| *b == b'%');
    rest.next();
    rest.any(|part| !matches!(part, [a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

/// Whether another decoding would change it again.
fn has_escape(path: &str) -> bool {
    path.as_bytes()
        .windows(3)
        .any(|w| matches!(w, [b'%', a, b] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_path_is_decoded_once_and_its_query_left_out() {
        for (target, path) in [
            ("/", "/"),
            ("/api/orders/7?x=//..;", "/api/orders/7"),
            ("/api/%61dmin", "/api/admin"),
            ("/caf%C3%A9/", "/café/"),
            ("/100%25", "/100%"),
            ("/a.b/..c/...", "/a.b/..c/..."),
        ] {
            assert_eq!(plain_path(target).as_deref(), Ok(path), "{target}");
        }
    }

    #[test]
    fn nt35_a_path_that_can_be_read_in_two_ways_is_refused() {
        use Ambiguous::{Dots, Empty, Encoding, NotAPath, Separator};
        for (target, why) in [
            ("", NotAPath),
            ("http://evil.test/api", NotAPath),
            ("*", NotAPath),
            ("/public/../api/admin", Dots),
            ("/public/%2e%2e/api/admin", Dots),
            ("/public/.%2E/api/admin", Dots),
            ("/api/./admin", Dots),
            ("//api//admin", Empty),
            ("/api//admin", Empty),
            ("/api\\admin", Separator),
            ("/api%5Cadmin", Separator),
            ("/api%2fadmin", Separator),
            ("/api/admin;a=b/../x", Separator),
            ("/api/admin%3Ba", Separator),
            ("/api\u{ff0f}admin", Separator),
            ("/api/%EF%BC%8E%EF%BC%8E/x", Separator),
            ("/api/%00", Encoding),
            ("/api/%2561dmin", Encoding),
            ("/api/%c0%ae%c0%ae/", Encoding),
            ("/api/%zz", Encoding),
            ("/api/%4", Encoding),
            ("/api/a%E2%80%8Bdmin", Encoding),
        ] {
            assert_eq!(plain_path(target), Err(why), "{target}");
        }
    }
}
