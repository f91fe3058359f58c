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
mod tests;
