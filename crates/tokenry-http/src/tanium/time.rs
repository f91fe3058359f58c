//! Instants as this face writes them: UTC, whole seconds; "never" is the first second of 2001 (spec/tanium.md 1).

use jiff::Timestamp;

/// What stands for "never".
const NEVER: &str = "2001-01-01T00:00:00Z";

/// `YYYY-MM-DDTHH:MM:SSZ`.
pub(super) fn print(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The same, or "never".
pub(super) fn print_or_never(at: Option<Timestamp>) -> String {
    at.map_or_else(|| NEVER.to_owned(), print)
}

/// Reads what [`print()`] writes, and nothing else.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let at: Timestamp = text.parse().ok()?;
    (print(at) == text).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_seconds_in_utc() {
        let at = Timestamp::from_millisecond(1_772_442_000_999).unwrap();
        assert_eq!(print(at), "2026-03-02T09:00:00Z");
        assert_eq!(print_or_never(None), NEVER);
        assert_eq!(
            parse("2026-03-02T09:00:00Z").map(print).as_deref(),
            Some("2026-03-02T09:00:00Z")
        );
        for text in [
            "",
            "2026-03-02",
            "2026-03-02T09:00:00+01:00",
            "2026-03-02T09:00:00.5Z",
            "now",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
