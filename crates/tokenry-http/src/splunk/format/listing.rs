//! Which entries of a collection a caller wants, in which order: the common arguments of every GET (spec 2.2, 4.5).
//!
//! Only what was asked for. Filtering, sorting and paging are the handlers' business, since they know the entries and
//! may leave the work to the store; [`Pattern::matches`] says what a term of a search means.

use super::arguments::{ArgumentError, Arguments};

/// What the caller wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listing {
    /// How many entries; `None` for all.
    pub(crate) count: Option<u64>,
    /// How many entries to skip.
    pub(crate) offset: u64,
    /// Only entries that match.
    pub(crate) search: Option<Search>,
    /// The field to sort by, such as `claims.exp`; by name if there is none.
    pub(crate) sort_key: Option<String>,
    /// Whether the last comes first.
    pub(crate) descending: bool,
    /// How values are compared.
    pub(crate) sort_mode: SortMode,
}

/// How values are compared when entries are sorted (spec 2.2, `sort_mode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SortMode {
    /// As numbers if all are numbers, else as [`SortMode::Alpha`].
    #[default]
    Auto,
    /// As text, letter case aside.
    Alpha,
    /// As text, with letter case.
    AlphaCase,
    /// As numbers.
    Num,
}

/// A search: an entry matches if every term does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Search {
    /// The terms, at least one.
    pub(crate) terms: Vec<Term>,
}

/// One term of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Term {
    /// The field that must match, such as `claims.aud`; if there is none, any field may.
    pub(crate) field: Option<String>,
    /// What the field must look like.
    pub(crate) pattern: Pattern,
}

/// Text that a value must be, start with, end with or contain. Letter case does not count, as in Splunk's searches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// The text without the wildcards around it; an asterisk inside is an asterisk.
    pub(crate) text: String,
    /// Whether anything may stand before the text.
    pub(crate) open_start: bool,
    /// Whether anything may stand after the text.
    pub(crate) open_end: bool,
}

/// How many entries a page has if the caller does not say (spec 2.2).
const DEFAULT_COUNT: u64 = 30;

/// How many characters a search may have. Splunk Web stops at 250 (spec 8.1), but real clients search for a whole
/// audience, which may have 256 (spec 2.10).
const MAX_SEARCH: usize = 512;

impl Listing {
    /// The wishes in the arguments of a request.
    ///
    /// `count` and `offset` never fail: what is no number counts as absent (spec 4.5). A sort direction or mode that
    /// does not exist is refused, since the answer would look right and be in the wrong order.
    pub(crate) fn from_arguments(arguments: &Arguments) -> Result<Self, ArgumentError> {
        Ok(Self {
            count: count(arguments.text("count")?),
            offset: offset(arguments.text("offset")?),
            search: Search::parse(arguments.text("search")?.unwrap_or_default())?,
            sort_key: arguments.text("sort_key")?.map(str::to_owned),
            descending: descending(arguments.text("sort_dir")?)?,
            sort_mode: sort_mode(arguments.text("sort_mode")?)?,
        })
    }
}

impl Search {
    /// Reads a search; `None` if it is blank.
    ///
    /// Terms stand between spaces and all must match; an `AND` between them says nothing new. A term is `field=value`
    /// or free text, which may stand anywhere in any field. Quotation marks hold spaces together, with `\"` and `\\`
    /// inside them; the last may be missing, since people type searches letter by letter. `OR`, `NOT` and `!=` are
    /// refused, because taking them for text would find nothing and not say why.
    pub(crate) fn parse(search: &str) -> Result<Option<Self>, ArgumentError> {
        if search.chars().count() > MAX_SEARCH {
            return Err(ArgumentError::SearchTooLong(MAX_SEARCH));
        }
        let mut terms = Vec::new();
        for word in words(search) {
            terms.extend(word.into_term()?);
        }
        Ok((!terms.is_empty()).then_some(Self { terms }))
    }
}

impl Pattern {
    /// Whether the value looks as the pattern says.
    pub(crate) fn matches(&self, value: &str) -> bool {
        let (value, text) = (value.to_lowercase(), self.text.to_lowercase());
        match (self.open_start, self.open_end) {
            (false, false) => value == text,
            (false, true) => value.starts_with(&text),
            (true, false) => value.ends_with(&text),
            (true, true) => value.contains(&text),
        }
    }

    fn with_wildcards(value: &str) -> Self {
        Self {
            text: value.trim_matches('*').to_owned(),
            open_start: value.starts_with('*'),
            open_end: value.ends_with('*'),
        }
    }

    fn anywhere(text: &str) -> Self {
        Self {
            open_start: true,
            open_end: true,
            ..Self::with_wildcards(text)
        }
    }
}

/// A part of a search between spaces, without its quotation marks.
#[derive(Default)]
struct Word {
    text: String,
    /// Where the first equals sign outside quotation marks stands in the text.
    equals: Option<usize>,
    quoted: bool,
}

impl Word {
    fn into_term(self) -> Result<Option<Term>, ArgumentError> {
        if let Some((field, value)) = self.field_and_value() {
            if field.ends_with('!') {
                return Err(ArgumentError::SearchOperator);
            }
            if is_field(field) {
                let pattern = Pattern::with_wildcards(value);
                return Ok(Some(Term {
                    field: Some(field.to_owned()),
                    pattern,
                }));
            }
        }
        match self.text.as_str() {
            "" => Ok(None),
            "AND" if !self.quoted => Ok(None),
            "OR" | "NOT" if !self.quoted => Err(ArgumentError::SearchOperator),
            text => Ok(Some(Term {
                field: None,
                pattern: Pattern::anywhere(text),
            })),
        }
    }

    fn field_and_value(&self) -> Option<(&str, &str)> {
        let (field, rest) = self.text.split_at_checked(self.equals?)?;
        Some((field, rest.strip_prefix('=')?))
    }
}

fn is_field(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || "_-.:".contains(c))
}

fn words(search: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut word = Word::default();
    let mut inside = false;
    let mut characters = search.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' => {
                inside = !inside;
                word.quoted = true;
            }
            '\\' if inside => word
                .text
                .push(characters.next_if(|c| "\"\\".contains(*c)).unwrap_or(c)),
            c if c.is_whitespace() && !inside => words.push(std::mem::take(&mut word)),
            c => {
                if c == '=' && !inside {
                    word.equals.get_or_insert(word.text.len());
                }
                word.text.push(c);
            }
        }
    }
    words.push(word);
    words
}

/// 0 and every negative number mean all, and so does a number too large to count to, such as the page size that
/// "all" is printed as.
fn count(value: Option<&str>) -> Option<u64> {
    match value.map(Number::read) {
        None | Some(Number::None) => Some(DEFAULT_COUNT),
        Some(Number::Negative | Number::Huge | Number::Small(0)) => None,
        Some(Number::Small(count)) => Some(count),
    }
}

fn offset(value: Option<&str>) -> u64 {
    match value.map(Number::read) {
        None | Some(Number::None | Number::Negative) => 0,
        Some(Number::Small(offset)) => offset,
        Some(Number::Huge) => u64::MAX,
    }
}

/// What a whole number in an argument turns out to be.
enum Number {
    None,
    Negative,
    Small(u64),
    Huge,
}

impl Number {
    fn read(value: &str) -> Self {
        let value = value.trim();
        let digits = value.strip_prefix('-').unwrap_or(value);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::None;
        }
        match digits.parse() {
            Ok(0) => Self::Small(0),
            _ if value.starts_with('-') => Self::Negative,
            Ok(number) => Self::Small(number),
            Err(_) => Self::Huge,
        }
    }
}

fn descending(value: Option<&str>) -> Result<bool, ArgumentError> {
    match value {
        None | Some("asc") => Ok(false),
        Some("desc") => Ok(true),
        Some(_) => Err(ArgumentError::NotOneOf {
            argument: "sort_dir",
            allowed: "asc, desc",
        }),
    }
}

fn sort_mode(value: Option<&str>) -> Result<SortMode, ArgumentError> {
    match value {
        None | Some("auto") => Ok(SortMode::Auto),
        Some("alpha") => Ok(SortMode::Alpha),
        Some("alpha_case") => Ok(SortMode::AlphaCase),
        Some("num") => Ok(SortMode::Num),
        Some(_) => Err(ArgumentError::NotOneOf {
            argument: "sort_mode",
            allowed: "auto, alpha, alpha_case, num",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn listing(query: &str) -> Result<Listing, String> {
        let arguments = Arguments::parse(Some(query), b"").unwrap();
        Listing::from_arguments(&arguments).map_err(|error| error.to_string())
    }

    /// The terms of a search in short: field, text with `*` where it is open.
    fn terms(search: &str) -> Vec<(Option<String>, String)> {
        let search = Search::parse(search).unwrap();
        let terms = search.map(|search| search.terms).unwrap_or_default();
        let short = |term: Term| {
            let star = |open| if open { "*" } else { "" };
            let Pattern {
                text,
                open_start,
                open_end,
            } = term.pattern;
            (
                term.field,
                format!("{}{text}{}", star(open_start), star(open_end)),
            )
        };
        terms.into_iter().map(short).collect()
    }

    fn field(name: &str, text: &str) -> (Option<String>, String) {
        (Some(name.to_owned()), text.to_owned())
    }

    fn free(text: &str) -> (Option<String>, String) {
        (None, text.to_owned())
    }

    #[test]
    fn defaults() {
        let expected = Listing {
            count: Some(30),
            offset: 0,
            search: None,
            sort_key: None,
            descending: false,
            sort_mode: SortMode::Auto,
        };
        assert_eq!(listing(""), Ok(expected.clone()));
        assert_eq!(
            listing("count=&offset=&search=+&sort_key=&sort_dir=&sort_mode="),
            Ok(expected)
        );
    }

    #[test]
    fn counts_and_offsets_never_fail() {
        for (value, count) in [
            ("5", Some(5)),
            ("0", None),
            ("-1", None),
            ("-0", None),
            ("-7", None),
            ("abc", Some(30)),
            ("1.5", Some(30)),
            ("+5", Some(5)),
            ("-", Some(30)),
            ("18446744073709552000", None),
        ] {
            assert_eq!(
                listing(&format!("count={value}")).unwrap().count,
                count,
                "{value}"
            );
        }
        for (value, offset) in [
            ("7", 7),
            ("-1", 0),
            ("x", 0),
            ("99999999999999999999", u64::MAX),
        ] {
            assert_eq!(
                listing(&format!("offset={value}")).unwrap().offset,
                offset,
                "{value}"
            );
        }
        assert_eq!(
            listing("count=1&count=2"),
            Err(r#"Argument "count" is given more than once."#.to_owned())
        );
    }

    #[test]
    fn sorting() {
        let found = listing("sort_key=claims.exp&sort_dir=desc&sort_mode=num").unwrap();
        assert_eq!(found.sort_key.as_deref(), Some("claims.exp"));
        assert!(found.descending);
        assert_eq!(found.sort_mode, SortMode::Num);
        assert_eq!(
            listing("sort_dir=down"),
            Err(r#"Argument "sort_dir" must be one of: asc, desc."#.to_owned())
        );
        let expected = r#"Argument "sort_mode" must be one of: auto, alpha, alpha_case, num."#;
        assert_eq!(listing("sort_mode=x"), Err(expected.to_owned()));
    }

    #[test]
    fn searches_are_terms() {
        assert_eq!(terms("claims.aud=mcp"), [field("claims.aud", "mcp")]);
        assert_eq!(
            terms(r#"claims.aud="a b=\"c\"" ci*"#),
            [field("claims.aud", "a b=\"c\""), free("*ci*")]
        );
        assert_eq!(
            terms("name=*x* AND title=a*b status="),
            [
                field("name", "*x*"),
                field("title", "a*b"),
                field("status", "")
            ]
        );
        assert_eq!(
            terms(r#""two words" "AND" =x a/b=c"#),
            [
                free("*two words*"),
                free("*AND*"),
                free("*=x*"),
                free("*a/b=c*")
            ]
        );
        assert_eq!(terms(r#""unfinished bu"#), [free("*unfinished bu*")]);
        assert_eq!(terms("  \"\" AND "), []);
    }

    #[test]
    fn what_a_search_cannot_say_is_refused() {
        let error = |search| Search::parse(search).unwrap_err();
        for search in ["a=1 OR b=2", "NOT a", "a!=1"] {
            assert_eq!(error(search), ArgumentError::SearchOperator);
        }
        assert!(Search::parse(&"ü".repeat(512)).is_ok());
        assert_eq!(
            error(&"ü".repeat(513)).to_string(),
            r#"Argument "search" is longer than 512 characters."#
        );
    }

    #[test]
    fn patterns_match_without_letter_case() {
        let matches = |pattern: &str, value: &str| Pattern::with_wildcards(pattern).matches(value);
        assert!(matches("MCP", "mcp") && !matches("mcp", "mcp2"));
        assert!(matches("mc*", "MCP") && !matches("mc*", "amcp"));
        assert!(matches("*cp", "mcp") && !matches("*cp", "cpu"));
        assert!(matches("*c*", "mcp") && matches("*", "") && !matches("", "x"));
        assert!(Pattern::anywhere("Ü").matches("xüy"));
    }

    proptest! {
        #[test]
        fn a_search_never_panics(search in r#"[a="\\*! ü]{0,60}|\PC*"#, value in any::<String>()) {
            if let Ok(Some(search)) = Search::parse(&search) {
                prop_assert!(!search.terms.is_empty());
                for term in search.terms {
                    term.pattern.matches(&value);
                }
            }
        }
    }
}
