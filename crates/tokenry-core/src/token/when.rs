//! The grammar of time: what a caller may write for the expiry and the first moment of a token.
//!
//! `+90d@d`, `+15d+5h@h`, `2030-01-31T12:00:00+01:00`, `now`, `never`: text becomes a [`When`], and a
//! [`When`] becomes an instant once it is told what time it is and in which zone (`spec/splunk.md`,
//! section 7). It knows no clock and no policy: whether `never` is allowed, the instant lies in the
//! past or a lifetime is too long is for the use case to say.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{Offset, TimeZone};
use jiff::{RoundMode, SignedDuration, Span, Timestamp, Zoned, ZonedRound};

/// Characters of a time, white space around it aside.
const MAX_LENGTH: usize = 128;
/// Steps of a relative time.
const MAX_STEPS: usize = 16;
/// The number before a unit. Nine digits are 31 years of seconds, and far past the calendar in years.
const MAX_COUNT: u32 = 999_999_999;
/// Characters of the caller's text that an error repeats as the whole, and as the culprit.
const MAX_ECHOED_TEXT: usize = 48;
const MAX_ECHOED_FOUND: usize = 16;

const UNIT: &str = "a unit; use s, m, h, d, w, mon, q or y";
const SNAP_UNIT: &str = "a unit to round down to; use s, m, h, d, w, w0 to w7, mon, q or y";
const WEEKDAY: &str = "a weekday; use w0 (Sunday) to w6 (Saturday), or w7 (Sunday)";
const HYPHEN: &str = "a hyphen; write YYYY-MM-DDTHH:MM:SS";
const COLON: &str = "a colon; write YYYY-MM-DDTHH:MM:SS";
const LETTER_T: &str = "the letter T; write YYYY-MM-DDTHH:MM:SS";
const OFFSET: &str = "an offset from UTC; write Z, +HH:MM, -HH:MM or nothing";

/// A parsed time expression, not yet tied to an instant.
///
/// Two values are equal if they were written alike, not if they mean the same: `+24h` is not `+1d`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum When {
    /// `never`. Only settings may say it; where it is not allowed the caller refuses it.
    Never,
    /// Steps from now, taken from left to right. None at all is `now`.
    Relative(Vec<Step>),
    /// A date and a time of day.
    Absolute(Absolute),
}

impl When {
    /// Reads a time as the grammar of `spec/splunk.md`, paragraph 7.1, has it.
    ///
    /// White space around the text is dropped, and a space inside it stands for `+`: both are what a
    /// form body makes of a plus sign that the client did not encode. Everything is lower case but for
    /// the `T` and the `Z` of an absolute time, which the documentation calls "the actual letter T".
    ///
    /// # Errors
    ///
    /// [`WhenError`] names the first character that does not fit. Text that looks back (`-1d`), digits
    /// alone (an epoch), empty text, and more than 128 characters or 16 steps, or a number above
    /// 999 999 999, are refused.
    pub fn parse(text: &str) -> Result<Self, WhenError> {
        let cursor = Cursor::new(text.trim());
        cursor.check_length()?;
        match cursor.text {
            "" => Err(cursor.error(Problem::Empty)),
            "never" => Ok(Self::Never),
            "now" => Ok(Self::Relative(Vec::new())),
            _ if cursor.is_epoch() => Err(cursor.error(Problem::Epoch)),
            _ if cursor.is_date() => cursor.absolute().map(Self::Absolute),
            _ => cursor.relative().map(Self::Relative),
        }
    }

    /// Whether the time is counted from now. `now` is, `never` is not.
    #[must_use]
    pub fn is_relative(&self) -> bool {
        matches!(self, Self::Relative(_))
    }

    /// The instant meant, in whole seconds: fractions of `now` are dropped. `None` for `never`.
    ///
    /// Days and longer keep the wall clock of `zone` and may last 23 or 25 hours; hours, minutes and
    /// seconds are exact (paragraph 7.3). A month too short for its day ends on its last: 31 January and
    /// a month is 28 February. A wall clock time that the zone skips moves on by what was skipped, and
    /// one that it has twice means the first, for absolute times without an offset as well ("compatible"
    /// in RFC 5545 and Temporal). The result may lie before `now`, as `+5m@h` does.
    ///
    /// # Errors
    ///
    /// [`WhenError`] if the way there leaves the calendar, which ends with the year 9999.
    pub fn resolve(&self, now: Timestamp, zone: &TimeZone) -> Result<Option<Timestamp>, WhenError> {
        match self {
            Self::Never => Ok(None),
            Self::Relative(steps) => self.walk(steps, now, zone).map(Some),
            Self::Absolute(time) => time
                .resolve(zone)
                .map(Some)
                .map_err(|_| self.out_of_range(1, time)),
        }
    }

    fn walk(
        &self,
        steps: &[Step],
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Timestamp, WhenError> {
        let second = whole_second(now).map_err(|_| self.out_of_range(1, &now))?;
        let mut at = second.to_zoned(zone.clone());
        let mut position = 1;
        for step in steps {
            at = step
                .apply(&at)
                .map_err(|_| self.out_of_range(position, step))?;
            position += step.to_string().len();
        }
        Ok(at.timestamp())
    }

    fn out_of_range(&self, position: usize, culprit: &dyn fmt::Display) -> WhenError {
        WhenError {
            text: excerpt(&self.to_string(), MAX_ECHOED_TEXT),
            position,
            found: Found::Text(excerpt(&culprit.to_string(), MAX_ECHOED_FOUND)),
            problem: Problem::OutOfRange,
        }
    }
}

impl FromStr for When {
    type Err = WhenError;

    fn from_str(text: &str) -> Result<Self, WhenError> {
        Self::parse(text)
    }
}

/// The canonical form; parsing it gives the same value again.
impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("never"),
            Self::Relative(steps) if steps.is_empty() => f.write_str("now"),
            Self::Relative(steps) => steps.iter().try_for_each(|step| step.fmt(f)),
            Self::Absolute(time) => time.fmt(f),
        }
    }
}

/// One step of a relative time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// `+10d`: forward by so many units. Zero is allowed and goes nowhere.
    Add {
        /// How many; at most 999 999 999.
        count: u32,
        /// Of what.
        unit: Unit,
    },
    /// `@d`: down to the beginning of the unit, in the zone's wall clock. `@w` is the last Sunday.
    Snap(Unit),
    /// `@w1`: down to the beginning of the last such day, which may be today.
    SnapWeekday(Weekday),
}

impl Step {
    fn apply(self, at: &Zoned) -> Result<Zoned, jiff::Error> {
        match self {
            // A calendar sum goes by the wall clock, and would leave the second of two equal hours.
            Self::Add { count: 0, .. } => Ok(at.clone()),
            Self::Add { count, unit } => unit.add(i64::from(count), at),
            Self::Snap(unit) => unit.floor(at),
            Self::SnapWeekday(day) => begin(last(day, at.date())?, at),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add { count, unit } => write!(f, "+{count}{unit}"),
            Self::Snap(unit) => write!(f, "@{unit}"),
            Self::SnapWeekday(day) => write!(f, "@w{}", day.to_sunday_zero_offset()),
        }
    }
}

/// A unit of time. Hours and shorter are exact, days and longer follow the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `s`
    Second,
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
    /// `w`, which begins on Sunday.
    Week,
    /// `mon`
    Month,
    /// `q`: three months, the first of which is January, April, July or October.
    Quarter,
    /// `y`
    Year,
}

impl Unit {
    /// Paragraph 7.1: the words of the tokens documentation, then those of the search language.
    fn from_word(word: &str) -> Option<Self> {
        Some(match word {
            "s" | "sec" | "secs" | "second" | "seconds" => Self::Second,
            "m" | "min" | "mins" | "minute" | "minutes" => Self::Minute,
            "h" | "hr" | "hrs" | "hour" | "hours" => Self::Hour,
            "d" | "day" | "days" => Self::Day,
            "w" | "week" | "weeks" => Self::Week,
            "mon" | "month" | "months" => Self::Month,
            "q" | "qtr" | "qtrs" | "quarter" | "quarters" => Self::Quarter,
            "y" | "yr" | "yrs" | "year" | "years" => Self::Year,
            _ => return None,
        })
    }

    fn add(self, count: i64, at: &Zoned) -> Result<Zoned, jiff::Error> {
        let span = Span::new();
        match self {
            Self::Second => at.checked_add(SignedDuration::from_secs(count)),
            Self::Minute => at.checked_add(SignedDuration::from_secs(count * 60)),
            Self::Hour => at.checked_add(SignedDuration::from_secs(count * 3_600)),
            Self::Day => at.checked_add(span.try_days(count)?),
            Self::Week => at.checked_add(span.try_weeks(count)?),
            Self::Month => at.checked_add(span.try_months(count)?),
            Self::Quarter => at.checked_add(span.try_months(count * 3)?),
            Self::Year => at.checked_add(span.try_years(count)?),
        }
    }

    fn floor(self, at: &Zoned) -> Result<Zoned, jiff::Error> {
        let date = at.date();
        match self {
            Self::Second => floor_clock(jiff::Unit::Second, at),
            Self::Minute => floor_clock(jiff::Unit::Minute, at),
            Self::Hour => floor_clock(jiff::Unit::Hour, at),
            Self::Day => begin(date, at),
            Self::Week => begin(last(Weekday::Sunday, date)?, at),
            Self::Month => begin(date.first_of_month(), at),
            Self::Quarter => begin(first_of_quarter(date)?, at),
            Self::Year => begin(date.first_of_year(), at),
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Second => "s",
            Self::Minute => "m",
            Self::Hour => "h",
            Self::Day => "d",
            Self::Week => "w",
            Self::Month => "mon",
            Self::Quarter => "q",
            Self::Year => "y",
        })
    }
}

/// A date and a time of day to the second, at an offset from UTC or in the zone of whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Absolute {
    wall: DateTime,
    offset: Option<Offset>,
}

impl Absolute {
    fn resolve(&self, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        match self.offset {
            Some(offset) => offset.to_timestamp(self.wall),
            None => zone.to_timestamp(self.wall),
        }
    }
}

impl fmt::Display for Absolute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.wall)?;
        match self.offset {
            None => Ok(()),
            Some(Offset::UTC) => f.write_str("Z"),
            Some(offset) => {
                let sign = if offset.is_negative() { '-' } else { '+' };
                let minutes = offset.seconds().abs() / 60;
                write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
            }
        }
    }
}

/// Why a text is not a time, or leads nowhere: where, what was found there, and what to write.
///
/// The sentence is fit for an answer to the caller. It repeats at most 64 characters of his text, with
/// `?` for everything that is not printable ASCII.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{text}\": {found} at character {position} {problem}")]
pub struct WhenError {
    text: String,
    position: usize,
    found: Found,
    problem: Problem,
}

impl WhenError {
    /// The first character that does not fit, counted from 1 without the white space in front.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }
}

/// What stands at the position of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Found {
    Text(String),
    End,
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::End => f.write_str("the end"),
        }
    }
}

/// What is wrong with what was found: the predicate of the sentence, then the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Problem {
    #[error("comes before any time; use +30d, 2030-01-31T12:00:00Z or now")]
    Empty,
    #[error("is one too many; use at most {MAX_LENGTH} characters")]
    TooLong,
    #[error("begins one step too many; use at most {MAX_STEPS}")]
    TooManySteps,
    #[error("is too large a number; use at most {MAX_COUNT}")]
    TooLarge,
    #[error("has no unit, and epoch times are not accepted; use +30d or 2030-01-31T12:00:00Z")]
    Epoch,
    #[error("looks back, and the times of a token only look forward; use +")]
    Backward,
    #[error("is upper case; use m for minutes or mon for months")]
    UpperCaseM,
    #[error("is upper case; use lower case")]
    UpperCase,
    #[error("must stand alone; use + and a unit, or @ and a unit")]
    NotAlone,
    #[error("follows a weekday without a sign; write + before it")]
    AfterWeekday,
    #[error("is not {0}")]
    Not(&'static str),
    #[error("comes instead of {0}")]
    InsteadOf(&'static str),
    #[error("leaves the calendar, which ends with the year 9999; use an earlier time")]
    OutOfRange,
}

/// What is left to read of a text.
///
/// Everything it moves over is ASCII, so bytes and characters count the same up to where it stands.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, rest: text }
    }

    fn check_length(self) -> Result<(), WhenError> {
        let Some(surplus) = self.text.chars().nth(MAX_LENGTH) else {
            return Ok(());
        };
        Err(WhenError {
            position: MAX_LENGTH + 1,
            found: Found::Text(excerpt(surplus.encode_utf8(&mut [0; 4]), MAX_ECHOED_FOUND)),
            ..self.error(Problem::TooLong)
        })
    }

    fn is_epoch(self) -> bool {
        self.text.chars().all(|c| c.is_ascii_digit())
    }

    /// Digits and a hyphen are meant as a date, since no step has a hyphen.
    fn is_date(mut self) -> bool {
        !self.take(char::is_ascii_digit).is_empty() && self.eat('-')
    }

    fn relative(mut self) -> Result<Vec<Step>, WhenError> {
        let mut steps = Vec::new();
        while !self.rest.is_empty() {
            if steps.len() == MAX_STEPS {
                return Err(self.error(Problem::TooManySteps));
            }
            steps.push(self.step()?);
        }
        Ok(steps)
    }

    fn step(&mut self) -> Result<Step, WhenError> {
        if self.eat('@') {
            return self.snap();
        }
        self.eat_plus();
        let count = self.count()?;
        let unit = self.unit(UNIT)?;
        Ok(Step::Add { count, unit })
    }

    fn snap(&mut self) -> Result<Step, WhenError> {
        let mut ahead = *self;
        if ahead.eat('w') && ahead.rest.starts_with(|c: char| c.is_ascii_digit()) {
            *self = ahead;
            return self.weekday().map(Step::SnapWeekday);
        }
        self.unit(SNAP_UNIT).map(Step::Snap)
    }

    fn weekday(&mut self) -> Result<Weekday, WhenError> {
        let here = *self;
        let number = self.number(1, 0..=7, WEEKDAY)?;
        // Elsewhere the plus may be left out; here `@w2h` would be either `@w2+h` or `@w+2h`.
        if self.rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(self.error(Problem::AfterWeekday));
        }
        Weekday::from_sunday_zero_offset(number % 7).map_err(|_| here.unlike(WEEKDAY))
    }

    /// A number before a unit; left out, it is one.
    fn count(&mut self) -> Result<u32, WhenError> {
        let here = *self;
        let digits = self.take(char::is_ascii_digit);
        if digits.is_empty() {
            return Ok(1);
        }
        digits
            .parse()
            .ok()
            .filter(|count| *count <= MAX_COUNT)
            .ok_or_else(|| here.error(Problem::TooLarge))
    }

    fn unit(&mut self, wanted: &'static str) -> Result<Unit, WhenError> {
        let here = *self;
        let word = self.take(char::is_ascii_alphabetic);
        Unit::from_word(word).ok_or_else(|| here.not_a_unit(word, wanted))
    }

    fn not_a_unit(self, word: &str, wanted: &'static str) -> WhenError {
        let lower = word.to_ascii_lowercase();
        let is_fixed = matches!(lower.as_str(), "now" | "never");
        match word {
            "" if self.rest.starts_with('-') => self.error(Problem::Backward),
            "M" => self.error(Problem::UpperCaseM),
            _ if is_fixed && word == lower => self.error(Problem::NotAlone),
            _ if is_fixed || Unit::from_word(&lower).is_some() => self.error(Problem::UpperCase),
            _ => self.unlike(wanted),
        }
    }

    fn absolute(mut self) -> Result<Absolute, WhenError> {
        let date = self.date()?;
        self.require('T', LETTER_T)?;
        let time = self.time()?;
        let offset = self.offset()?;
        if !self.rest.is_empty() {
            return Err(self.unlike("part of the time, which ends before it"));
        }
        Ok(Absolute {
            wall: date.to_datetime(time),
            offset,
        })
    }

    fn date(&mut self) -> Result<Date, WhenError> {
        let year = self.number(4, 0..=9_999, "a year of four digits")?;
        self.require('-', HYPHEN)?;
        let month = self.number(2, 1..=12, "a month from 01 to 12")?;
        self.require('-', HYPHEN)?;
        let here = *self;
        let day = self.number(2, 1..=31, "a day from 01 to 31")?;
        Date::new(year, month, day).map_err(|_| here.unlike("a day of that month"))
    }

    /// A time of day; a fraction of a second is read and dropped (paragraph 7.3).
    fn time(&mut self) -> Result<Time, WhenError> {
        let here = *self;
        let hour = self.number(2, 0..=23, "an hour from 00 to 23")?;
        self.require(':', COLON)?;
        let minute = self.number(2, 0..=59, "a minute from 00 to 59")?;
        self.require(':', COLON)?;
        let second = self.number(2, 0..=59, "a second from 00 to 59")?;
        if self.eat('.') && self.take(char::is_ascii_digit).is_empty() {
            return Err(self.unlike("a fraction of a second"));
        }
        Time::new(hour, minute, second, 0).map_err(|_| here.unlike("a time of day"))
    }

    fn offset(&mut self) -> Result<Option<Offset>, WhenError> {
        let here = *self;
        if self.rest.is_empty() {
            return Ok(None);
        }
        if self.eat('Z') {
            return Ok(Some(Offset::UTC));
        }
        let is_west = self.eat('-');
        if !is_west && !self.eat_plus() {
            return Err(self.unlike(OFFSET));
        }
        let hours: i32 = self.number(
            2,
            0..=23,
            "an offset hour from 00 to 23; write +HH:MM or -HH:MM",
        )?;
        self.require(':', "a colon; write the offset +HH:MM or -HH:MM")?;
        let minutes: i32 = self.number(
            2,
            0..=59,
            "an offset minute from 00 to 59; write +HH:MM or -HH:MM",
        )?;
        let seconds = hours * 3_600 + minutes * 60;
        let offset = Offset::from_seconds(if is_west { -seconds } else { seconds });
        offset.map(Some).map_err(|_| here.unlike(OFFSET))
    }

    /// A number of exactly so many digits.
    fn number<T>(
        &mut self,
        width: usize,
        range: RangeInclusive<T>,
        wanted: &'static str,
    ) -> Result<T, WhenError>
    where
        T: FromStr + PartialOrd,
    {
        let here = *self;
        let digits = self.take(char::is_ascii_digit);
        let number = digits.parse().ok().filter(|_| digits.len() == width);
        number
            .filter(|number| range.contains(number))
            .ok_or_else(|| here.unlike(wanted))
    }

    fn require(&mut self, wanted: char, description: &'static str) -> Result<(), WhenError> {
        if self.eat(wanted) {
            Ok(())
        } else {
            Err(self.unlike(description))
        }
    }

    /// A plus sign, or the space that a form body makes of it.
    fn eat_plus(&mut self) -> bool {
        self.eat('+') || self.eat(' ')
    }

    fn eat(&mut self, wanted: char) -> bool {
        let rest = self.rest.strip_prefix(wanted);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn take(&mut self, belongs: fn(&char) -> bool) -> &'a str {
        let rest = self.rest.trim_start_matches(|c: char| belongs(&c));
        let taken = self.rest.strip_suffix(rest).unwrap_or_default();
        self.rest = rest;
        taken
    }

    fn unlike(self, wanted: &'static str) -> WhenError {
        self.error(match self.found() {
            Found::Text(_) => Problem::Not(wanted),
            Found::End => Problem::InsteadOf(wanted),
        })
    }

    fn error(self, problem: Problem) -> WhenError {
        WhenError {
            text: excerpt(self.text, MAX_ECHOED_TEXT),
            position: self.text.len() - self.rest.len() + 1,
            found: self.found(),
            problem,
        }
    }

    /// The word, the number or the single character that comes next.
    fn found(mut self) -> Found {
        let Some(first) = self.rest.chars().next() else {
            return Found::End;
        };
        let run = match first {
            'a'..='z' | 'A'..='Z' => self.take(char::is_ascii_alphabetic),
            '0'..='9' => self.take(char::is_ascii_digit),
            _ => return Found::Text(excerpt(first.encode_utf8(&mut [0; 4]), MAX_ECHOED_FOUND)),
        };
        Found::Text(excerpt(run, MAX_ECHOED_FOUND))
    }
}

/// What may be repeated of a stranger's text: so many characters, printable, in the script of the grammar.
fn excerpt(text: &str, max: usize) -> String {
    let is_harmless = |c: char| c == ' ' || c.is_ascii_graphic();
    let mut shown: String = text
        .chars()
        .take(max)
        .map(|c| if is_harmless(c) { c } else { '?' })
        .collect();
    if text.chars().nth(max).is_some() {
        shown.push_str("...");
    }
    shown
}

fn whole_second(now: Timestamp) -> Result<Timestamp, jiff::Error> {
    let before = i64::from(now.subsec_nanosecond() < 0);
    Timestamp::from_second(now.as_second() - before)
}

/// The beginning of a date that is not after `at`.
fn begin(date: Date, at: &Zoned) -> Result<Zoned, jiff::Error> {
    let midnight = date.to_zoned(at.time_zone().clone())?;
    Ok(not_after(at, midnight))
}

/// Down to the hour, minute or second of the wall clock, in the same one of two equal hours.
fn floor_clock(unit: jiff::Unit, at: &Zoned) -> Result<Zoned, jiff::Error> {
    let round = ZonedRound::new().smallest(unit).mode(RoundMode::Floor);
    Ok(not_after(at, at.round(round)?))
}

/// A beginning that the zone skips is moved on, past `at` if the clock jumped from 23:30 to 00:30, as in
/// Toronto in 1919. Rounding down must not lead forward.
fn not_after(at: &Zoned, beginning: Zoned) -> Zoned {
    if beginning > *at {
        at.clone()
    } else {
        beginning
    }
}

/// The last such day of the week that is not after `date`.
fn last(day: Weekday, date: Date) -> Result<Date, jiff::Error> {
    date.checked_sub(Span::new().try_days(date.weekday().since(day))?)
}

fn first_of_quarter(date: Date) -> Result<Date, jiff::Error> {
    Date::new(date.year(), (date.month() - 1) / 3 * 3 + 1, 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    /// What `text` means at `now`, read in `zone_name`.
    fn at(now: &str, zone_name: &str, text: &str) -> String {
        let zone = zone(zone_name);
        let now = now.parse().unwrap();
        let instant = When::parse(text).unwrap().resolve(now, &zone).unwrap();
        let local = instant.unwrap().to_zoned(zone);
        format!("{}{}", local.datetime(), local.offset())
    }

    fn table(now: &str, zone_name: &str, texts: &[&str]) -> String {
        let line = |text: &&str| format!("{text} = {}", at(now, zone_name, text));
        texts.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    fn refusals(texts: &[&str]) -> String {
        let line = |text: &&str| When::parse(text).unwrap_err().to_string();
        texts.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Paragraph 7.4.
    #[test]
    fn the_vectors_of_the_specification() {
        let vectors = [
            ("now", 1_548_412_245),
            ("+0d", 1_548_412_245),
            ("+30s", 1_548_412_275),
            ("+90m", 1_548_417_645),
            ("+2h@h", 1_548_417_600),
            ("+10d", 1_549_276_245),
            ("+10d@d", 1_549_238_400),
            ("+15d+5h@h", 1_549_724_400),
            ("+15d@d+5h", 1_549_688_400),
            ("+55d@d+2h@h", 1_553_133_600),
            ("+90d@d", 1_556_150_400),
            ("+d", 1_548_498_645),
            ("+1w@w1", 1_548_633_600),
            ("+1mon@mon", 1_548_979_200),
            ("+1q@q", 1_554_076_800),
            ("+1y", 1_579_948_245),
        ];
        let now = "2019-01-25T10:30:45Z".parse().unwrap();
        for (text, epoch) in vectors {
            let instant = When::parse(text).unwrap().resolve(now, &TimeZone::UTC);
            assert_eq!(instant.unwrap().unwrap().as_second(), epoch, "{text}");
        }
    }

    /// Paragraph 7.4: 10 March 2019 has no 02:00 to 03:00 in New York.
    #[test]
    fn the_daylight_saving_vectors_of_the_specification() {
        let now = Timestamp::from_second(1_552_150_800).unwrap();
        let vectors = [
            ("+1d", 1_552_233_600),
            ("+24h", 1_552_237_200),
            ("+1d@d", 1_552_194_000),
            ("+10d@d", 1_552_968_000),
        ];
        for (text, epoch) in vectors {
            let instant = When::parse(text)
                .unwrap()
                .resolve(now, &zone("America/New_York"));
            assert_eq!(instant.unwrap().unwrap().as_second(), epoch, "{text}");
        }
    }

    #[test]
    fn every_unit_rounds_down_in_local_time() {
        let snaps = ["@s", "@m", "@h", "@d", "@w", "@mon", "@q", "@y"];
        // Kolkata is five and a half hours ahead: its hours begin on the half hour of UTC.
        insta::assert_snapshot!(table("2019-06-19T20:10:45.9Z", "Asia/Kolkata", &snaps), @r"
        @s = 2019-06-20T01:40:45+05:30
        @m = 2019-06-20T01:40:00+05:30
        @h = 2019-06-20T01:00:00+05:30
        @d = 2019-06-20T00:00:00+05:30
        @w = 2019-06-16T00:00:00+05:30
        @mon = 2019-06-01T00:00:00+05:30
        @q = 2019-04-01T00:00:00+05:30
        @y = 2019-01-01T00:00:00+05:30
        ");
    }

    #[test]
    fn a_weekday_is_the_last_one_and_may_be_today() {
        let snaps = ["@w0", "@w1", "@w2", "@w3", "@w4", "@w5", "@w6", "@w7"];
        // A Friday.
        insta::assert_snapshot!(table("2019-01-25T10:30:45Z", "UTC", &snaps), @r"
        @w0 = 2019-01-20T00:00:00+00
        @w1 = 2019-01-21T00:00:00+00
        @w2 = 2019-01-22T00:00:00+00
        @w3 = 2019-01-23T00:00:00+00
        @w4 = 2019-01-24T00:00:00+00
        @w5 = 2019-01-25T00:00:00+00
        @w6 = 2019-01-19T00:00:00+00
        @w7 = 2019-01-20T00:00:00+00
        ");
    }

    #[test]
    fn berlin_skips_an_hour() {
        let texts = [
            "+1d",
            "+24h",
            "+1d@h",
            "2019-03-31T02:30:00",
            "2019-03-31T02:30:00Z",
        ];
        insta::assert_snapshot!(table("2019-03-30T02:30:00+01:00", "Europe/Berlin", &texts), @r"
        +1d = 2019-03-31T03:30:00+02
        +24h = 2019-03-31T03:30:00+02
        +1d@h = 2019-03-31T03:00:00+02
        2019-03-31T02:30:00 = 2019-03-31T03:30:00+02
        2019-03-31T02:30:00Z = 2019-03-31T04:30:00+02
        ");
    }

    #[test]
    fn berlin_repeats_an_hour() {
        let texts = [
            "now",
            "+0d",
            "@h",
            "+1h",
            "@d",
            "+1d",
            "2019-10-27T02:30:00",
        ];
        // Half past two for the second time.
        insta::assert_snapshot!(table("2019-10-27T02:30:00+01:00", "Europe/Berlin", &texts), @r"
        now = 2019-10-27T02:30:00+01
        +0d = 2019-10-27T02:30:00+01
        @h = 2019-10-27T02:00:00+01
        +1h = 2019-10-27T03:30:00+01
        @d = 2019-10-27T00:00:00+02
        +1d = 2019-10-28T02:30:00+01
        2019-10-27T02:30:00 = 2019-10-27T02:30:00+02
        ");
    }

    #[test]
    fn rounding_down_never_leads_forward_where_the_beginning_was_skipped() {
        // 30 March 1919, 23:30 was followed by 00:30.
        insta::assert_snapshot!(table("1919-03-31T00:45:00-04:00", "America/Toronto", &["@d", "@h"]), @r"
        @d = 1919-03-31T00:45:00-04
        @h = 1919-03-31T00:45:00-04
        ");
        // Half an hour of daylight saving: 02:00 was followed by 02:30.
        insta::assert_snapshot!(table("2019-10-06T02:45:00+11:00", "Australia/Lord_Howe", &["@h"]), @"@h = 2019-10-06T02:30:00+11");
    }

    #[test]
    fn a_month_too_short_ends_on_its_last_day() {
        let texts = ["+1mon", "+1mon+1mon", "+2mon", "+13mon", "+q", "+1y"];
        insta::assert_snapshot!(table("2019-01-31T10:00:00Z", "UTC", &texts), @r"
        +1mon = 2019-02-28T10:00:00+00
        +1mon+1mon = 2019-03-28T10:00:00+00
        +2mon = 2019-03-31T10:00:00+00
        +13mon = 2020-02-29T10:00:00+00
        +q = 2019-04-30T10:00:00+00
        +1y = 2020-01-31T10:00:00+00
        ");
    }

    #[test]
    fn absolute_times() {
        let texts = [
            "2030-01-31T12:00:00",
            "2030-01-31T12:00:00Z",
            "2030-01-31T12:00:00+05:30",
            "2030-01-31T12:00:00-08:00",
            "2030-01-31T12:00:00 02:00",
            "2030-01-31T12:00:00.999999999999Z",
            "2028-02-29T23:59:59.9",
        ];
        insta::assert_snapshot!(table("2019-01-25T10:30:45Z", "Europe/Berlin", &texts), @r"
        2030-01-31T12:00:00 = 2030-01-31T12:00:00+01
        2030-01-31T12:00:00Z = 2030-01-31T13:00:00+01
        2030-01-31T12:00:00+05:30 = 2030-01-31T07:30:00+01
        2030-01-31T12:00:00-08:00 = 2030-01-31T21:00:00+01
        2030-01-31T12:00:00 02:00 = 2030-01-31T11:00:00+01
        2030-01-31T12:00:00.999999999999Z = 2030-01-31T13:00:00+01
        2028-02-29T23:59:59.9 = 2028-02-29T23:59:59+01
        ");
    }

    #[test]
    fn one_time_may_be_written_in_many_ways() {
        let same = [
            (" 90d@d ", "+90d@d"),
            ("90days@day", "+90d@d"),
            ("+15d+5h@h", "+15d+5h@h"),
            (" 15d 5h@h", "+15d+5h@h"),
            ("15d5h@h", "+15d+5h@h"),
            ("+d", "+1d"),
            ("d", "+1d"),
            ("+007d", "+7d"),
            ("1sec+2secs+3second+4seconds", "+1s+2s+3s+4s"),
            ("1min+2mins+3minute+4minutes", "+1m+2m+3m+4m"),
            ("1hr+2hrs+3hour+4hours", "+1h+2h+3h+4h"),
            ("1day+2days+3week+4weeks", "+1d+2d+3w+4w"),
            ("1month+2months+3qtr+4qtrs", "+1mon+2mon+3q+4q"),
            ("1quarter+2quarters+3yr+4yrs", "+1q+2q+3y+4y"),
            ("1year+2years", "+1y+2y"),
            ("@week@w7@w3", "@w@w0@w3"),
            ("\tnow\n", "now"),
            ("never", "never"),
            ("2030-01-31T12:00:00.5-00:00", "2030-01-31T12:00:00Z"),
            ("2030-01-31T12:00:00-03:30", "2030-01-31T12:00:00-03:30"),
            ("0000-01-01T00:00:00", "0000-01-01T00:00:00"),
        ];
        for (text, canonical) in same {
            assert_eq!(When::parse(text).unwrap().to_string(), canonical, "{text}");
        }
    }

    #[test]
    fn only_steps_are_relative() {
        let is_relative = |text| When::parse(text).unwrap().is_relative();
        assert!(is_relative("now") && is_relative("+0d") && is_relative("@d"));
        assert!(!is_relative("never") && !is_relative("2030-01-31T12:00:00"));
    }

    #[test]
    fn never_is_no_instant_and_now_is_a_whole_second() {
        let now = "2019-01-25T10:30:45.999Z".parse().unwrap();
        let resolve = |text, now| When::parse(text).unwrap().resolve(now, &TimeZone::UTC);
        assert_eq!(resolve("never", now), Ok(None));
        let second = Timestamp::from_second(1_548_412_245).unwrap();
        assert_eq!(resolve("now", now), Ok(Some(second)));
        let before_1970 = Timestamp::from_millisecond(-1).unwrap();
        let second = Timestamp::from_second(-1).unwrap();
        assert_eq!(resolve("now", before_1970), Ok(Some(second)));
    }

    #[test]
    fn refused_relative_times() {
        insta::assert_snapshot!(refusals(&[
            "",
            "  ",
            "+10x",
            "+10",
            "+",
            "+1d+",
            "@",
            "@x",
            "@10d",
            "@w8",
            "@w10",
            "@w2h",
            "+1d@@d",
            "+1.5d",
            "+ 1d",
            "++1d",
            "tomorrow",
            "-1d",
            "+1d-1h",
            "+-1d",
            "+5M",
            "+5D",
            "NOW",
            "Never",
            "now+1d",
            "+1never",
            "1548412245",
            "99999999999999999999",
            "99999999999999999999d",
            "+1000000000s",
            "+1d\u{e9}",
            "+\u{661}d",
        ]), @r#"
        "": the end at character 1 comes before any time; use +30d, 2030-01-31T12:00:00Z or now
        "": the end at character 1 comes before any time; use +30d, 2030-01-31T12:00:00Z or now
        "+10x": "x" at character 4 is not a unit; use s, m, h, d, w, mon, q or y
        "+10": the end at character 4 comes instead of a unit; use s, m, h, d, w, mon, q or y
        "+": the end at character 2 comes instead of a unit; use s, m, h, d, w, mon, q or y
        "+1d+": the end at character 5 comes instead of a unit; use s, m, h, d, w, mon, q or y
        "@": the end at character 2 comes instead of a unit to round down to; use s, m, h, d, w, w0 to w7, mon, q or y
        "@x": "x" at character 2 is not a unit to round down to; use s, m, h, d, w, w0 to w7, mon, q or y
        "@10d": "10" at character 2 is not a unit to round down to; use s, m, h, d, w, w0 to w7, mon, q or y
        "@w8": "8" at character 3 is not a weekday; use w0 (Sunday) to w6 (Saturday), or w7 (Sunday)
        "@w10": "10" at character 3 is not a weekday; use w0 (Sunday) to w6 (Saturday), or w7 (Sunday)
        "@w2h": "h" at character 4 follows a weekday without a sign; write + before it
        "+1d@@d": "@" at character 5 is not a unit to round down to; use s, m, h, d, w, w0 to w7, mon, q or y
        "+1.5d": "." at character 3 is not a unit; use s, m, h, d, w, mon, q or y
        "+ 1d": " " at character 2 is not a unit; use s, m, h, d, w, mon, q or y
        "++1d": "+" at character 2 is not a unit; use s, m, h, d, w, mon, q or y
        "tomorrow": "tomorrow" at character 1 is not a unit; use s, m, h, d, w, mon, q or y
        "-1d": "-" at character 1 looks back, and the times of a token only look forward; use +
        "+1d-1h": "-" at character 4 looks back, and the times of a token only look forward; use +
        "+-1d": "-" at character 2 looks back, and the times of a token only look forward; use +
        "+5M": "M" at character 3 is upper case; use m for minutes or mon for months
        "+5D": "D" at character 3 is upper case; use lower case
        "NOW": "NOW" at character 1 is upper case; use lower case
        "Never": "Never" at character 1 is upper case; use lower case
        "now+1d": "now" at character 1 must stand alone; use + and a unit, or @ and a unit
        "+1never": "never" at character 3 must stand alone; use + and a unit, or @ and a unit
        "1548412245": "1548412245" at character 1 has no unit, and epoch times are not accepted; use +30d or 2030-01-31T12:00:00Z
        "99999999999999999999": "9999999999999999..." at character 1 has no unit, and epoch times are not accepted; use +30d or 2030-01-31T12:00:00Z
        "99999999999999999999d": "9999999999999999..." at character 1 is too large a number; use at most 999999999
        "+1000000000s": "1000000000" at character 2 is too large a number; use at most 999999999
        "+1d?": "?" at character 4 is not a unit; use s, m, h, d, w, mon, q or y
        "+?d": "?" at character 2 is not a unit; use s, m, h, d, w, mon, q or y
        "#);
    }

    #[test]
    fn refused_absolute_times() {
        insta::assert_snapshot!(refusals(&[
            "2019-02-30T00:00:00",
            "2019-02-29T00:00:00Z",
            "2019-00-01T00:00:00",
            "2019-13-01T00:00:00",
            "2019-01-32T00:00:00",
            "2019-1-01T00:00:00",
            "19-01-01T00:00:00",
            "12019-01-01T00:00:00",
            "2019-01/01T00:00:00",
            "2019-01-25",
            "2019-01-25 10:30:45",
            "2019-01-25t10:30:45",
            "2019-01-25T24:00:00",
            "2019-01-25T10:60:00",
            "2019-01-25T10:30:60",
            "2019-01-25T10:30",
            "2019-01-25T103045",
            "2019-01-25T10:30:45.",
            "2019-01-25T10:30:45.Z",
            "2019-01-25T10:30:45z",
            "2019-01-25T10:30:45+0200",
            "2019-01-25T10:30:45+02",
            "2019-01-25T10:30:45+24:00",
            "2019-01-25T10:30:45+02:60",
            "2019-01-25T10:30:45Z+1d",
            "2019-01-25T10:30:45+02:00[Europe/Berlin]",
        ]), @r#"
        "2019-02-30T00:00:00": "30" at character 9 is not a day of that month
        "2019-02-29T00:00:00Z": "29" at character 9 is not a day of that month
        "2019-00-01T00:00:00": "00" at character 6 is not a month from 01 to 12
        "2019-13-01T00:00:00": "13" at character 6 is not a month from 01 to 12
        "2019-01-32T00:00:00": "32" at character 9 is not a day from 01 to 31
        "2019-1-01T00:00:00": "1" at character 6 is not a month from 01 to 12
        "19-01-01T00:00:00": "19" at character 1 is not a year of four digits
        "12019-01-01T00:00:00": "12019" at character 1 is not a year of four digits
        "2019-01/01T00:00:00": "/" at character 8 is not a hyphen; write YYYY-MM-DDTHH:MM:SS
        "2019-01-25": the end at character 11 comes instead of the letter T; write YYYY-MM-DDTHH:MM:SS
        "2019-01-25 10:30:45": " " at character 11 is not the letter T; write YYYY-MM-DDTHH:MM:SS
        "2019-01-25t10:30:45": "t" at character 11 is not the letter T; write YYYY-MM-DDTHH:MM:SS
        "2019-01-25T24:00:00": "24" at character 12 is not an hour from 00 to 23
        "2019-01-25T10:60:00": "60" at character 15 is not a minute from 00 to 59
        "2019-01-25T10:30:60": "60" at character 18 is not a second from 00 to 59
        "2019-01-25T10:30": the end at character 17 comes instead of a colon; write YYYY-MM-DDTHH:MM:SS
        "2019-01-25T103045": "103045" at character 12 is not an hour from 00 to 23
        "2019-01-25T10:30:45.": the end at character 21 comes instead of a fraction of a second
        "2019-01-25T10:30:45.Z": "Z" at character 21 is not a fraction of a second
        "2019-01-25T10:30:45z": "z" at character 20 is not an offset from UTC; write Z, +HH:MM, -HH:MM or nothing
        "2019-01-25T10:30:45+0200": "0200" at character 21 is not an offset hour from 00 to 23; write +HH:MM or -HH:MM
        "2019-01-25T10:30:45+02": the end at character 23 comes instead of a colon; write the offset +HH:MM or -HH:MM
        "2019-01-25T10:30:45+24:00": "24" at character 21 is not an offset hour from 00 to 23; write +HH:MM or -HH:MM
        "2019-01-25T10:30:45+02:60": "60" at character 24 is not an offset minute from 00 to 59; write +HH:MM or -HH:MM
        "2019-01-25T10:30:45Z+1d": "+" at character 21 is not part of the time, which ends before it
        "2019-01-25T10:30:45+02:00[Europe/Berlin]": "[" at character 26 is not part of the time, which ends before it
        "#);
    }

    #[test]
    fn refused_lengths() {
        let longest = format!("+{}d", "0".repeat(MAX_LENGTH - 2));
        assert_eq!(When::parse(&longest).unwrap().to_string(), "+0d");
        let most = "+1d".repeat(MAX_STEPS);
        assert_eq!(When::parse(&most).unwrap().to_string(), most);
        insta::assert_snapshot!(refusals(&[
            &format!("{longest}@d"),
            &"\u{1f4a3}".repeat(1_000_000),
            &format!("{most}@d"),
            &"x".repeat(100),
            "+1d\u{1b}[31m\u{202e}\0\"<script>",
        ]), @r#"
        "+00000000000000000000000000000000000000000000000...": "@" at character 129 is one too many; use at most 128 characters
        "????????????????????????????????????????????????...": "?" at character 129 is one too many; use at most 128 characters
        "+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d+1d...": "@" at character 49 begins one step too many; use at most 16
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...": "xxxxxxxxxxxxxxxx..." at character 1 is not a unit; use s, m, h, d, w, mon, q or y
        "+1d?[31m??"<script>": "?" at character 4 is not a unit; use s, m, h, d, w, mon, q or y
        "#);
    }

    #[test]
    fn refused_results() {
        let refuse = |text: &&str| {
            let now = "2019-01-25T10:30:45Z".parse().unwrap();
            let when = When::parse(text).unwrap();
            when.resolve(now, &TimeZone::UTC).unwrap_err().to_string()
        };
        let texts = [
            "+8000y",
            "+1d+999999999y@d",
            "+999999999q",
            "+999999999mon",
            "+999999999w",
            "+999999999d",
            "+999999999h",
            "9999-12-31T23:59:59Z",
        ];
        insta::assert_snapshot!(texts.iter().map(refuse).collect::<Vec<_>>().join("\n"), @r#"
        "+8000y": "+8000y" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
        "+1d+999999999y@d": "+999999999y" at character 4 leaves the calendar, which ends with the year 9999; use an earlier time
        "+999999999q": "+999999999q" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
        "+999999999mon": "+999999999mon" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
        "+999999999w": "+999999999w" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
        "+999999999d": "+999999999d" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
        "+999999999h": "+999999999h" at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
        "9999-12-31T23:59:59Z": "9999-12-31T23:59..." at character 1 leaves the calendar, which ends with the year 9999; use an earlier time
        "#);
    }

    #[test]
    fn the_position_is_counted_without_the_white_space_in_front() {
        assert_eq!(When::parse("   +10x").unwrap_err().position(), 4);
    }

    /// Zones with every kind of change since 1970 but one at midnight and a bit: where the clock falls
    /// back from today into yesterday (St. John's until 2011), days do not begin in order.
    fn zones() -> impl Strategy<Value = TimeZone> {
        let names = [
            "UTC",
            "Asia/Kolkata",
            "Europe/Berlin",
            "America/Havana",
            "Australia/Lord_Howe",
        ];
        prop::sample::select(names.map(zone).to_vec())
    }

    /// 1970 to 2100.
    fn instants() -> impl Strategy<Value = Timestamp> {
        (0..4_102_444_800_i64).prop_map(|second| Timestamp::from_second(second).unwrap())
    }

    fn units() -> impl Strategy<Value = Unit> {
        use Unit::{Day, Hour, Minute, Month, Quarter, Second, Week, Year};
        prop::sample::select(vec![Second, Minute, Hour, Day, Week, Month, Quarter, Year])
    }

    fn snaps() -> impl Strategy<Value = Step> {
        let weekday = |day| Step::SnapWeekday(Weekday::from_sunday_zero_offset(day).unwrap());
        prop_oneof![units().prop_map(Step::Snap), (0..7_i8).prop_map(weekday)]
    }

    fn steps() -> impl Strategy<Value = Step> {
        let add = (0..=MAX_COUNT, units()).prop_map(|(count, unit)| Step::Add { count, unit });
        prop_oneof![add, snaps()]
    }

    fn whens() -> impl Strategy<Value = When> {
        let offset = prop::option::of(-1_439..=1_439_i32);
        let absolute = (0..=253_402_300_799_i64, offset).prop_map(|(second, offset)| Absolute {
            wall: (DateTime::constant(1970, 1, 1, 0, 0, 0, 0) + SignedDuration::from_secs(second)),
            offset: offset.map(|minutes| Offset::from_seconds(minutes * 60).unwrap()),
        });
        prop_oneof![
            Just(When::Never),
            prop::collection::vec(steps(), 0..=8).prop_map(When::Relative),
            absolute.prop_map(When::Absolute),
        ]
    }

    fn resolve(step: Step, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let when = When::Relative(vec![step]);
        when.resolve(now, zone).unwrap().unwrap()
    }

    fn assert_never_panics(text: &str, now: Timestamp, zone: &TimeZone) {
        match When::parse(text) {
            Ok(when) => drop(when.resolve(now, zone)),
            Err(error) => assert!(
                error
                    .to_string()
                    .chars()
                    .all(|c| c == ' ' || c.is_ascii_graphic())
            ),
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in any::<String>(), now in instants(), zone in zones()) {
            assert_never_panics(&text, now, &zone);
        }

        #[test]
        fn parsing_of_nearly_correct_text_never_panics(
            text in "([ +@-]?[0-9TZ:.-]{0,12}(s|m|hr|day|w|w[0-9]|mon|q|years|never)?){0,5}",
            now in instants(),
            zone in zones(),
        ) {
            assert_never_panics(&text, now, &zone);
        }

        #[test]
        fn printing_and_parsing_gives_the_same(when in whens()) {
            prop_assert_eq!(When::parse(&when.to_string()), Ok(when));
        }

        #[test]
        fn rounding_down_is_never_later_and_settles(
            snap in snaps(), now in instants(), zone in zones(),
        ) {
            let down = resolve(snap, now, &zone);
            prop_assert!(down <= now);
            prop_assert_eq!(resolve(snap, down, &zone), down);
        }

        #[test]
        fn rounding_down_keeps_the_order(
            snap in snaps(), now in instants(), later in 0..10_000_000_i64, zone in zones(),
        ) {
            let then = now + SignedDuration::from_secs(later);
            prop_assert!(resolve(snap, now, &zone) <= resolve(snap, then, &zone));
        }

        #[test]
        fn hours_minutes_and_seconds_are_exact(
            count in 0..1_000_000_u32, now in instants(), zone in zones(),
        ) {
            for (unit, seconds) in [(Unit::Second, 1), (Unit::Minute, 60), (Unit::Hour, 3_600)] {
                let then = resolve(Step::Add { count, unit }, now, &zone);
                prop_assert_eq!(then.as_second() - now.as_second(), i64::from(count) * seconds);
            }
        }
    }
}
