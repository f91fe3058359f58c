//! From when until when a token is valid: what was asked for, what the defaults say, and the limits that bind both.

use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

use crate::{
    error::Error,
    settings::TokensAuth,
    token::{form::splunk_jwt::Kind, when::When},
};

/// The longest life of an ephemeral token (spec/splunk.md 1.3).
pub const EPHEMERAL_MAX: SignedDuration = SignedDuration::from_hours(6);

/// The life of an interactive token (spec/splunk.md 1.3).
pub const INTERACTIVE: SignedDuration = SignedDuration::from_hours(1);

/// The farthest a relative expiration may reach, in years (spec/splunk.md 2.4).
pub const CEILING_YEARS: i16 = 18;

/// A checked span of life: whole seconds, and `issued_at <= not_before < expires`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// When the token is made.
    pub issued_at: Timestamp,
    /// From when on it is valid.
    pub not_before: Timestamp,
    /// Until when, exclusive; `None` is never.
    pub expires: Option<Timestamp>,
}

/// What was asked for; `None` where the client said nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted<'a> {
    /// `expires_on`, a time expression.
    pub expires_on: Option<&'a str>,
    /// `not_before`, a time expression.
    pub not_before: Option<&'a str>,
}

impl Lifetime {
    /// Works out the life of a token made `now` by somebody in `zone`, and checks it in the order of
    /// spec/splunk.md 2.4: both parse, expiry ahead, not-before not past, not-before first, limits of its kind.
    pub fn plan(
        kind: Kind,
        wanted: Wanted<'_>,
        defaults: &TokensAuth,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Self, Error> {
        let now = whole_seconds(now);
        let (expiry, given) = expiry(kind, wanted.expires_on, defaults)?;
        let start = wanted
            .not_before
            .map(|text| parse("not_before", text))
            .transpose()?;
        let resolve = |field, when: &When| {
            when.resolve(now, zone)
                .map_err(|error| Error::invalid(field, error.to_string()))
        };
        let expires = resolve("expires_on", &expiry)?;
        let not_before = start
            .map_or(Ok(None), |when| resolve("not_before", &when))?
            .unwrap_or(now);
        let life = Self {
            issued_at: now,
            not_before,
            expires,
        };
        life.check_order(given)?;
        life.check_limits(kind, expiry.is_relative())?;
        Ok(life)
    }

    fn check_order(&self, expiry_given: bool) -> Result<(), Error> {
        if self.expires.is_some_and(|end| end <= self.issued_at) {
            return Err(Error::invalid("expires_on", "must lie in the future"));
        }
        if self.not_before < self.issued_at {
            return Err(Error::invalid("not_before", "must not lie in the past"));
        }
        match self.expires {
            Some(end) if self.not_before >= end && expiry_given => {
                Err(Error::invalid("not_before", "must lie before expires_on"))
            }
            Some(end) if self.not_before >= end => Err(Error::invalid(
                "not_before",
                "must lie before the default expiration; give expires_on too",
            )),
            _ => Ok(()),
        }
    }

    fn check_limits(&self, kind: Kind, relative: bool) -> Result<(), Error> {
        const FIELD: &str = "expires_on";
        match (kind, self.expires) {
            (Kind::Static, Some(end)) if relative => check_ceiling(FIELD, end, self.issued_at),
            (Kind::Static, _) => Ok(()),
            (_, Some(end)) => check_ephemeral(FIELD, end, self.issued_at),
            (_, None) => Err(Error::invalid(
                FIELD,
                "an ephemeral token must expire; give at most +6h",
            )),
        }
    }
}

/// The expiry to use, and whether the client gave it himself.
fn expiry(kind: Kind, wanted: Option<&str>, defaults: &TokensAuth) -> Result<(When, bool), Error> {
    match (kind, wanted) {
        (Kind::Interactive, Some(_)) => Err(Error::invalid(
            "expires_on",
            "an interactive token always lives one hour",
        )),
        (Kind::Interactive, None) => parse("expires_on", "+1h").map(|when| (when, false)),
        (_, Some(text)) => parse("expires_on", text).map(|when| (when, true)),
        (Kind::Ephemeral, None) => Ok((defaults.ephemeral_expiration.clone(), false)),
        (Kind::Static, None) => Ok((defaults.expiration.clone(), false)),
    }
}

fn parse(field: &'static str, text: &str) -> Result<When, Error> {
    match When::parse(text) {
        Ok(When::Never) => Err(Error::invalid(
            field,
            "\"never\" can only be a default; leave the argument out",
        )),
        Ok(when) => Ok(when),
        Err(error) => Err(Error::invalid(field, error.to_string())),
    }
}

/// Refuses an end farther off than [`CEILING_YEARS`]; a day's grace absorbs time zones.
pub(crate) fn check_ceiling(
    field: &'static str,
    end: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    let ceiling = now
        .to_zoned(TimeZone::UTC)
        .checked_add(CEILING_YEARS.years().days(1));
    if ceiling.is_ok_and(|ceiling| end > ceiling.timestamp()) {
        return Err(Error::invalid(
            field,
            format!("must be at most +{CEILING_YEARS}y"),
        ));
    }
    Ok(())
}

/// Refuses an end farther off than [`EPHEMERAL_MAX`].
pub(crate) fn check_ephemeral(
    field: &'static str,
    end: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    if end.duration_since(now) > EPHEMERAL_MAX {
        return Err(Error::invalid(
            field,
            "an ephemeral token lives at most +6h",
        ));
    }
    Ok(())
}

pub(crate) fn whole_seconds(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_548_412_245; // 2019-01-25T10:30:45Z

    fn plan(kind: Kind, expires_on: &str, not_before: &str) -> Result<(i64, i64), String> {
        let given = |text: &'static str| Some(text).filter(|text| !text.is_empty());
        let (expires_on, not_before) = (Box::leak(expires_on.into()), Box::leak(not_before.into()));
        let wanted = Wanted {
            expires_on: given(expires_on),
            not_before: given(not_before),
        };
        let now = Timestamp::from_millisecond(NOW * 1000 + 700).unwrap();
        Lifetime::plan(kind, wanted, &TokensAuth::default(), now, &TimeZone::UTC)
            .map(|life| {
                (
                    life.not_before.as_second() - NOW,
                    life.expires.map_or(0, |end| end.as_second() - NOW),
                )
            })
            .map_err(|error| error.to_string())
    }

    fn refused(expires_on: &str, not_before: &str) -> String {
        plan(Kind::Static, expires_on, not_before).unwrap_err()
    }

    #[test]
    fn defaults_are_now_and_never() {
        assert_eq!(plan(Kind::Static, "", ""), Ok((0, 0)));
        assert_eq!(plan(Kind::Ephemeral, "", ""), Ok((0, 3600)));
        assert_eq!(plan(Kind::Interactive, "", ""), Ok((0, 3600)));
    }

    #[test]
    fn the_seeds_examples_are_valid() {
        assert_eq!(plan(Kind::Static, "+30d", ""), Ok((0, 30 * 86_400)));
        assert_eq!(
            plan(Kind::Static, "+85d", "2019-03-01T00:00:00").unwrap().1,
            85 * 86_400
        );
        assert_eq!(
            plan(Kind::Static, "+55d@d+2h@h", "+10d@d").unwrap(),
            (1_549_238_400 - NOW, 1_553_133_600 - NOW)
        );
    }

    #[test]
    fn not_before_may_be_now_itself() {
        assert_eq!(plan(Kind::Static, "+1h", "+0d"), Ok((0, 3600)));
        assert_eq!(plan(Kind::Static, "+1h", "now"), Ok((0, 3600)));
    }

    #[test]
    fn past_inverted_and_endless_times_are_refused_by_name() {
        assert_eq!(
            refused("2019-01-25T10:30:45", ""),
            "expires_on: must lie in the future"
        );
        assert_eq!(refused("+5m@h", ""), "expires_on: must lie in the future");
        assert_eq!(
            refused("", "2019-01-25T10:30:44"),
            "not_before: must not lie in the past"
        );
        assert_eq!(
            refused("+1d", "+2d"),
            "not_before: must lie before expires_on"
        );
        assert_eq!(
            refused("+1d", "+1d"),
            "not_before: must lie before expires_on"
        );
        assert_eq!(refused("+18y+2d", ""), "expires_on: must be at most +18y");
        assert!(refused("never", "").starts_with("expires_on: \"never\""));
        assert!(plan(Kind::Static, "+18y", "").is_ok());
        assert!(plan(Kind::Static, "2099-12-31T00:00:00Z", "").is_ok());
    }

    #[test]
    fn an_ephemeral_token_lives_at_most_six_hours() {
        assert!(plan(Kind::Ephemeral, "+6h", "").is_ok());
        assert!(plan(Kind::Ephemeral, "+6h+1s", "").is_err());
        assert!(plan(Kind::Ephemeral, "2019-01-26T10:30:45Z", "").is_err());
        assert!(plan(Kind::Interactive, "+1h", "").is_err());
    }
}
