//! The grammar of the one `Authorization` line: strict, because what we read in one way the API behind us may read in
//! another (spec/data-plane.md 1.7, RFC 6750 2.1).

use axum::http::{HeaderMap, HeaderValue, header};

use crate::bytes::ByteSet;

/// The longest string that is looked at.
const LONGEST: usize = 4096;

/// `b64token` without the `=` at its end.
const B64TOKEN: ByteSet = ByteSet::of(&[
    (b'0', b'9'),
    (b'A', b'Z'),
    (b'a', b'z'),
    (b'-', b'/'),
    (b'_', b'_'),
    (b'~', b'~'),
    (b'+', b'+'),
]);

/// What a request presents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bearer<'a> {
    /// Nothing.
    Missing,
    /// What can be read in two ways, or in none; and what is wrong with it.
    Malformed(&'static str),
    /// Another scheme.
    OtherScheme,
    /// A string that may be a token.
    Token(&'a str),
}

/// What these headers present (NT-55).
pub(crate) fn presented(headers: &HeaderMap) -> Bearer<'_> {
    let mut lines = headers.get_all(header::AUTHORIZATION).iter();
    match (lines.next(), lines.next()) {
        (None, _) => Bearer::Missing,
        (Some(_), Some(_)) => Bearer::Malformed("more than one Authorization line"),
        (Some(line), None) => read(line),
    }
}

fn read(line: &HeaderValue) -> Bearer<'_> {
    match line.to_str() {
        Ok(line) => of_line(line),
        Err(_) => Bearer::Malformed("the Authorization line holds more than visible ASCII"),
    }
}

/// Reads one line: `(?i)^bearer +[A-Za-z0-9._~+/-]+=*$`, `b64token` of RFC 6750.
pub(super) fn of_line(line: &str) -> Bearer<'_> {
    const SCHEME: usize = "bearer".len();
    let (Some(scheme), Some(rest)) = (line.get(..SCHEME), line.get(SCHEME..)) else {
        return without_token(line);
    };
    if !scheme.eq_ignore_ascii_case("bearer") || !rest.starts_with(' ') {
        return without_token(line);
    }
    let token = rest.trim_start_matches(' ');
    let body = token.trim_end_matches('=');
    if body.is_empty() || !B64TOKEN.holds_all(body.as_bytes()) {
        return Bearer::Malformed("what follows \"Bearer\" is not one token");
    }
    if token.len() > LONGEST {
        return Bearer::Malformed("the token is longer than 4096 characters");
    }
    Bearer::Token(token)
}

fn without_token(line: &str) -> Bearer<'_> {
    let scheme = line.split([' ', '\t', ',']).next().unwrap_or_default();
    if line.trim().is_empty() {
        Bearer::Malformed("the Authorization line is empty")
    } else if scheme.eq_ignore_ascii_case("bearer") || line.contains([',', '\t']) {
        Bearer::Malformed("what follows \"Bearer\" is not one token")
    } else {
        Bearer::OtherScheme
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_token_after_any_number_of_spaces() {
        for (line, token) in [
            ("Bearer abc", "abc"),
            ("bearer   a.b-c_d~e+f/g==", "a.b-c_d~e+f/g=="),
            ("BEARER token-0", "token-0"),
        ] {
            assert_eq!(of_line(line), Bearer::Token(token), "{line}");
        }
    }

    #[test]
    fn nt55_what_can_be_read_in_two_ways_is_malformed() {
        let long = format!("Bearer {}", "a".repeat(5 * 1024));
        for line in [
            "",
            " ",
            "Bearer",
            "Bearer ",
            "Bearer\tabc",
            "Bearer abc ",
            "Bearer a b",
            "Bearer a,b",
            "Bearer good,Bearer other",
            "Bearer good, Bearer other",
            "Bearer a\tb",
            "Bearer =",
            "Bearer a=b",
            "Bearer \"a\"",
            "Basic a,Bearer b",
            &long,
        ] {
            assert!(matches!(of_line(line), Bearer::Malformed(_)), "{line}");
        }
    }

    #[test]
    fn another_scheme_is_told_apart() {
        for line in ["Basic YTpi", "Digest x", "Bearerabc", "Splunk abc", "x"] {
            assert_eq!(of_line(line), Bearer::OtherScheme, "{line}");
        }
    }
}
