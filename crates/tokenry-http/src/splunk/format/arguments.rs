//! The arguments of a request: query string and form body in one ordered list of names and values.
//!
//! Splunk takes arguments from both places, on every verb, whatever the Content-Type says (spec trap 5, 4.5), so a
//! body is always read as a form: one that is really JSON becomes a strange name, which no handler supports. Unlike
//! Splunk, reading is strict: what cannot be decoded exactly is refused instead of guessed at.
//!
//! Values may be passwords and tokens. No error repeats a value or shows one in debug output, and a name is
//! repeated only as far as it looks like a name ([`ShownName`]). What the arguments mean is not known here, except for
//! the forms of a boolean; lists of entries have [`super::listing`].

use super::message::Message;
use percent_encoding::percent_decode;
use std::fmt;

/// The arguments of one request, the query's before the body's, each in the order given.
#[derive(Default)]
pub(crate) struct Arguments {
    pairs: Vec<(String, String)>,
}

/// Why arguments are refused; always a 400. The display text is for the caller and repeats no value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ArgumentError {
    /// A part of the query or body is not percent-encoded UTF-8.
    #[error("The {place} cannot be decoded: {problem} at byte {position}{}.", in_argument(.name.as_ref()))]
    Encoding {
        /// Where the part stands.
        place: Place,
        /// What is wrong with it.
        problem: Problem,
        /// The byte of the query or body, from 0.
        position: usize,
        /// The argument whose value it is; none if the name itself is broken.
        name: Option<ShownName>,
    },
    /// There are more than [`MAX_ARGUMENTS`] arguments.
    #[error("The request has more than {MAX_ARGUMENTS} arguments.")]
    TooMany,
    /// A name is longer than [`MAX_NAME`] bytes.
    #[error("The name of an argument is longer than {MAX_NAME} bytes.")]
    NameTooLong,
    /// An argument that can have only one value has several.
    #[error("Argument \"{0}\" is given more than once.")]
    Repeated(ShownName),
    /// The handler does not know the argument (spec 2.7).
    #[error("Argument \"{0}\" is not supported by this handler.")]
    Unsupported(ShownName),
    /// The value is not a boolean.
    #[error("Argument \"{0}\" must be a boolean: 0, 1, true, false, yes or no.")]
    NotBoolean(ShownName),
    /// The value is none of a fixed set.
    #[error("Argument \"{argument}\" must be one of: {allowed}.")]
    NotOneOf {
        /// The argument.
        argument: &'static str,
        /// The values it can have.
        allowed: &'static str,
    },
    /// The search is longer than Splunk Web allows (spec 8.1).
    #[error("Argument \"search\" is longer than {0} characters.")]
    SearchTooLong(usize),
    /// The search uses a part of Splunk's language that this server does not know.
    #[error("Argument \"search\" supports field=value and free text only, without OR, NOT and !=.")]
    SearchOperator,
}

/// Where an argument stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Behind the question mark.
    Query,
    /// In the form.
    Body,
}

/// What cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// A `%` without two hex digits.
    Percent,
    /// Decoded bytes that are not UTF-8.
    Utf8,
}

/// The name of an argument as far as it may be repeated to the caller or written to a log.
///
/// A client that sends JSON, a token or a password as the whole body makes that a name. So a name is shown only up to
/// the first character that names do not have and at most [`MAX_SHOWN`] characters of it; what is missing is marked by
/// `…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShownName(String);

/// How many arguments a request may have, query and body together.
pub(crate) const MAX_ARGUMENTS: usize = 1000;

/// How many bytes a name may have.
pub(crate) const MAX_NAME: usize = 256;

/// How many characters of a name are shown.
const MAX_SHOWN: usize = 40;

/// What every request may have (spec 2.2): clients send these where they mean nothing too, such as Terraform's
/// `count=-1` at login.
const COMMON: &[&str] = &[
    "output_mode",
    "count",
    "offset",
    "search",
    "sort_key",
    "sort_dir",
    "sort_mode",
    "f",
    "summarize",
];

impl Arguments {
    /// Reads the arguments of the query string (without its question mark) and of the form body.
    pub(crate) fn parse(query: Option<&str>, body: &[u8]) -> Result<Self, ArgumentError> {
        let mut arguments = Self::default();
        arguments.read(Place::Query, query.unwrap_or_default().as_bytes())?;
        arguments.read(Place::Body, body)?;
        Ok(arguments)
    }

    /// The value of an argument that can have only one; `None` if it is not there.
    ///
    /// The same value twice counts once. Different values are refused, also if one stands in the query and the other
    /// in the body: there is no order of precedence that a caller, a proxy and this server would surely share.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, ArgumentError> {
        let mut values = self.values(name);
        let first = values.next();
        if values.any(|value| Some(value) != first) {
            return Err(ArgumentError::Repeated(ShownName::new(name)));
        }
        Ok(first)
    }

    /// Like [`Self::one`], but an empty value counts as none.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, ArgumentError> {
        Ok(self.one(name)?.filter(|value| !value.is_empty()))
    }

    /// All values of an argument that is a list, in the order given; empty ones too, since `capabilities=` empties a
    /// list (spec 5.3).
    pub(crate) fn many(&self, name: &str) -> Vec<&str> {
        self.values(name).collect()
    }

    /// The value of a switch: 0, 1, true, false, t, f, yes or no in any letter case (spec 4.5). An empty value is
    /// refused, because the caller meant one of two things.
    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, ArgumentError> {
        let Some(value) = self.one(name)? else {
            return Ok(None);
        };
        match value.to_ascii_lowercase().as_str() {
            "1" | "true" | "t" | "yes" => Ok(Some(true)),
            "0" | "false" | "f" | "no" => Ok(Some(false)),
            _ => Err(ArgumentError::NotBoolean(ShownName::new(name))),
        }
    }

    /// Refuses the first argument that is neither in the list nor common (spec 2.7).
    pub(crate) fn supported(&self, allowed: &[&str]) -> Result<(), ArgumentError> {
        let mut names = self.pairs.iter().map(|(name, _)| name.as_str());
        match names.find(|name| !allowed.contains(name) && !COMMON.contains(name)) {
            Some(name) => Err(ArgumentError::Unsupported(ShownName::new(name))),
            None => Ok(()),
        }
    }

    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let pairs = self.pairs.iter().filter(move |(found, _)| found == name);
        pairs.map(|(_, value)| value.as_str())
    }

    fn read(&mut self, place: Place, form: &[u8]) -> Result<(), ArgumentError> {
        let mut position = 0;
        for pair in form.split(|byte| *byte == b'&') {
            if !pair.is_empty() {
                self.push(decode_pair(place, pair, position)?)?;
            }
            position += pair.len() + 1;
        }
        Ok(())
    }

    fn push(&mut self, pair: (String, String)) -> Result<(), ArgumentError> {
        if self.pairs.len() >= MAX_ARGUMENTS {
            return Err(ArgumentError::TooMany);
        }
        self.pairs.push(pair);
        Ok(())
    }
}

/// Names only, as far as they may be shown.
impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.pairs.iter().map(|(name, _)| ShownName::new(name).0);
        f.write_str("Arguments")?;
        f.debug_list().entries(names).finish()
    }
}

impl From<ArgumentError> for Message {
    fn from(error: ArgumentError) -> Self {
        Self::error(error.to_string())
    }
}

impl ShownName {
    /// The part of the name that may be shown.
    pub(crate) fn new(name: &str) -> Self {
        let is_name_like = |c: &char| c.is_alphanumeric() || "_-.:*".contains(*c);
        let mut shown: String = name
            .chars()
            .take_while(is_name_like)
            .take(MAX_SHOWN)
            .collect();
        if shown.len() < name.len() {
            shown.push('…');
        }
        Self(shown)
    }
}

impl fmt::Display for ShownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Query => "query string",
            Self::Body => "request body",
        })
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Percent => "there is a % without two hex digits",
            Self::Utf8 => "the text is not UTF-8",
        })
    }
}

fn in_argument(name: Option<&ShownName>) -> String {
    name.map(|name| format!(", in argument \"{name}\""))
        .unwrap_or_default()
}

/// Decodes `name=value`, or a name alone, which has an empty value. `position` is the first byte's.
fn decode_pair(
    place: Place,
    pair: &[u8],
    position: usize,
) -> Result<(String, String), ArgumentError> {
    let mut parts = pair.splitn(2, |byte| *byte == b'=');
    let raw_name = parts.next().unwrap_or_default();
    let raw_value = parts.next().unwrap_or_default();
    let error = |start: usize, name: Option<&str>, (problem, at): (Problem, usize)| {
        let name = name.map(ShownName::new);
        ArgumentError::Encoding {
            place,
            problem,
            position: start + at,
            name,
        }
    };
    let name = decode(raw_name).map_err(|found| error(position, None, found))?;
    if name.len() > MAX_NAME {
        return Err(ArgumentError::NameTooLong);
    }
    let start = position + raw_name.len() + 1;
    let value = decode(raw_value).map_err(|found| error(start, Some(&name), found))?;
    Ok((name, value))
}

/// Decodes one name or value; else says what is wrong and at which byte. Text that is not UTF-8 is reported at its
/// start, since one character may stand there as several `%xx`.
fn decode(raw: &[u8]) -> Result<String, (Problem, usize)> {
    if let Some(position) = broken_percent(raw) {
        return Err((Problem::Percent, position));
    }
    let spaced: Vec<u8> = raw
        .iter()
        .map(|byte| if *byte == b'+' { b' ' } else { *byte })
        .collect();
    let decoded: Vec<u8> = percent_decode(&spaced).collect();
    String::from_utf8(decoded).map_err(|_| (Problem::Utf8, 0))
}

/// Where the first `%` stands that is not followed by two hex digits.
fn broken_percent(raw: &[u8]) -> Option<usize> {
    let is_digit = |index: usize| raw.get(index).is_some_and(u8::is_ascii_hexdigit);
    let mut percents = raw.iter().enumerate().filter(|(_, byte)| **byte == b'%');
    percents
        .find(|(index, _)| !is_digit(index + 1) || !is_digit(index + 2))
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(query: &str, body: &str) -> Arguments {
        Arguments::parse(Some(query), body.as_bytes()).unwrap()
    }

    fn refused(query: &str, body: &[u8]) -> String {
        Arguments::parse(Some(query), body).unwrap_err().to_string()
    }

    #[test]
    fn query_and_body_are_merged_in_order() {
        let arguments = parse("roles=a&name=bob%40x&&=v", "roles=b&audience=a+b%2Bc&flag");
        assert_eq!(arguments.many("roles"), ["a", "b"]);
        assert_eq!(arguments.one("name"), Ok(Some("bob@x")));
        assert_eq!(arguments.one("audience"), Ok(Some("a b+c")));
        assert_eq!(arguments.one("flag"), Ok(Some("")));
        assert_eq!(arguments.one(""), Ok(Some("v")));
        assert_eq!(arguments.one("absent"), Ok(None));
        assert!(Arguments::parse(None, b"").unwrap().pairs.is_empty());
    }

    #[test]
    fn a_value_keeps_its_equals_signs_and_raw_utf8() {
        let arguments = parse("search=claims.aud=mcp", "audience=für alle=x");
        assert_eq!(arguments.one("search"), Ok(Some("claims.aud=mcp")));
        assert_eq!(arguments.one("audience"), Ok(Some("für alle=x")));
    }

    #[test]
    fn different_values_of_a_single_argument_are_refused_and_equal_ones_collapse() {
        assert_eq!(parse("id=1", "id=1").one("id"), Ok(Some("1")));
        let error = parse("password=hunter2", "password=other")
            .one("password")
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"Argument "password" is given more than once."#
        );
    }

    #[test]
    fn text_takes_an_empty_value_for_none() {
        let arguments = parse("email=&name=x", "");
        assert_eq!(arguments.text("email"), Ok(None));
        assert_eq!(arguments.text("name"), Ok(Some("x")));
        assert_eq!(arguments.many("email"), [""]);
    }

    #[test]
    fn booleans_in_all_their_forms() {
        for (word, meant) in [("1", true), ("TRUE", true), ("t", true), ("yes", true)]
            .into_iter()
            .chain([("0", false), ("False", false), ("f", false), ("no", false)])
        {
            assert_eq!(
                parse("", &format!("b={word}")).boolean("b"),
                Ok(Some(meant))
            );
        }
        assert_eq!(parse("", "").boolean("b"), Ok(None));
        for bad in ["b=", "b=2", "b=maybe"] {
            let error = parse(bad, "").boolean("b").unwrap_err().to_string();
            assert_eq!(
                error,
                r#"Argument "b" must be a boolean: 0, 1, true, false, yes or no."#
            );
        }
    }

    #[test]
    fn unsupported_arguments_are_named() {
        let arguments = parse("count=-1&output_mode=json", "id=1&audience=x");
        let supported = |allowed: &[&str]| {
            arguments
                .supported(allowed)
                .map_err(|error| error.to_string())
        };
        let message = |name| {
            Err(format!(
                "Argument \"{name}\" is not supported by this handler."
            ))
        };
        assert_eq!(supported(&["id", "audience"]), Ok(()));
        assert_eq!(supported(&["id"]), message("audience"));
    }

    #[test]
    fn a_body_that_is_no_form_is_a_name_that_is_not_repeated() {
        let unsupported = |body: &str| {
            let arguments = parse("", body);
            let error = arguments.supported(&[]).unwrap_err();
            format!("{error} {arguments:?}")
        };
        let hidden = r#"Argument "…" is not supported by this handler. Arguments["…"]"#;
        assert_eq!(unsupported(r#"{"password":"hunter2"}"#), hidden);
        let token = format!("eyJ{}.{}", "A".repeat(90), "secret".repeat(10));
        let shown = format!("eyJ{}…", "A".repeat(MAX_SHOWN - 3));
        assert!(unsupported(&token).contains(&format!("\"{shown}\" is not")));
        assert!(unsupported("na%0d%0ame=1").contains(r#""na…" is not"#));
    }

    #[test]
    fn debug_output_has_no_values() {
        let shown = format!("{:?}", parse("username=bob", "password=hunter2"));
        assert_eq!(shown, r#"Arguments["username", "password"]"#);
    }

    #[test]
    fn what_cannot_be_decoded_is_refused_with_its_place_and_without_its_value() {
        insta::assert_snapshot!(refused("a=1&password=hunter%zz2", b""), @r#"The query string cannot be decoded: there is a % without two hex digits at byte 19, in argument "password"."#);
        insta::assert_snapshot!(refused("", b"a=1&b=secret%4"), @r#"The request body cannot be decoded: there is a % without two hex digits at byte 12, in argument "b"."#);
        insta::assert_snapshot!(refused("%=1", b""), @"The query string cannot be decoded: there is a % without two hex digits at byte 0.");
        insta::assert_snapshot!(refused("", b"&&password=x%ff%fe"), @r#"The request body cannot be decoded: the text is not UTF-8 at byte 11, in argument "password"."#);
        insta::assert_snapshot!(refused("", b"password=\xff\xfe"), @r#"The request body cannot be decoded: the text is not UTF-8 at byte 9, in argument "password"."#);
    }

    #[test]
    fn number_of_arguments_and_length_of_names_are_bounded() {
        let many = vec!["a=1"; MAX_ARGUMENTS / 2].join("&");
        assert!(Arguments::parse(Some(&many), many.as_bytes()).is_ok());
        assert_eq!(
            refused(&many, format!("{many}&a").as_bytes()),
            "The request has more than 1000 arguments."
        );
        let name = "n".repeat(MAX_NAME);
        assert!(Arguments::parse(Some(&name), b"").is_ok());
        assert_eq!(
            refused("", format!("{name}n=1").as_bytes()),
            "The name of an argument is longer than 256 bytes."
        );
    }

    proptest! {
        #[test]
        fn parsing_never_panics(query in any::<String>(), body in any::<Vec<u8>>()) {
            let _ = Arguments::parse(Some(&query), &body);
        }

        #[test]
        fn parsing_never_panics_on_likely_bytes(body in "[%&=+a-f0-9é]{0,60}") {
            let _ = Arguments::parse(None, body.as_bytes());
        }

        #[test]
        fn what_was_encoded_is_read_back(pairs in prop::collection::vec(("[a-z&=+% ü]{1,20}", any::<String>()), 0..10)) {
            let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let arguments = Arguments::parse(None, form.as_bytes());
            prop_assert_eq!(arguments.unwrap().pairs, pairs);
        }

        #[test]
        fn what_is_read_is_what_a_lenient_reader_reads(form in "[%&=+a-f0-9é]{0,60}") {
            if let Ok(arguments) = Arguments::parse(Some(&form), b"") {
                let lenient: Vec<_> = form_urlencoded::parse(form.as_bytes()).into_owned().collect();
                prop_assert_eq!(arguments.pairs, lenient);
            }
        }
    }
}
