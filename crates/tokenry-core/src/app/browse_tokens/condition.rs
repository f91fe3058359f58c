//! Conditions as a client writes them: attribute, operator, value. What does not fit together is refused with a text
//! that says what would.

use std::fmt;

use jiff::{Span, Timestamp, ToSpan as _, tz::TimeZone};

use crate::{
    audit::named,
    error::Error,
    id::PersonaId,
    port::{Bound, Filter, NumberOf, Pattern, TextOf},
    principal::World,
    token::{
        Form, Status,
        when::{Step, Unit, When},
    },
};

/// The longest text to look for, in characters.
const MAX_VALUE: usize = 256;

/// What the default persona is called.
const DEFAULT_PERSONA: &str = "default";

/// What stands for no time.
const NEVER: &str = "never";

/// A condition on one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// On what.
    pub attribute: Attribute,
    /// How it is compared.
    pub operator: Operator,
    /// With what.
    pub value: String,
}

named! {
    /// What tokens can be searched by, and some of it sorted.
    Attribute {
        /// From where it may be used: a list with commas between, or `anywhere`. A text.
        Addresses = "addresses",
        /// What it is for. A text.
        Audience = "audience",
        /// When it was made.
        Created = "created",
        /// The end of its life, or `never`.
        Expires = "expires",
        /// How its string is written.
        Form = "form",
        /// Its id in hex. A text.
        Id = "id",
        /// Who made it, and where. A text.
        Issuer = "issuer",
        /// When it was last used, or `never`.
        LastUsed = "last_used",
        /// From where. A text.
        LastUsedAddress = "last_used_address",
        /// What people call it. A text.
        Name = "name",
        /// The begin of its life.
        NotBefore = "not_before",
        /// What its maker noted. A text.
        Notes = "notes",
        /// Its number.
        Number = "number",
        /// The persona it acts as: its number, its name, or `default`.
        Persona = "persona",
        /// `enabled` or `disabled`.
        Status = "status",
        /// The name of the user it acts for. A text.
        User = "user",
    }
}

named! {
    /// How an attribute is compared. Texts are compared without regard to ASCII case, but for equality.
    Operator {
        /// Later than an instant, or greater than a number. What is never is neither before nor after.
        After = "after",
        /// Sooner than an instant, or less than a number.
        Before = "before",
        /// The text stands somewhere inside.
        Contains = "contains",
        /// The text ends so.
        EndsWith = "ends_with",
        /// It is the same.
        Equals = "equals",
        /// The text stands nowhere inside.
        NotContains = "not_contains",
        /// It is not the same.
        NotEquals = "not_equals",
        /// The text begins so.
        StartsWith = "starts_with",
    }
}

impl Attribute {
    /// What lists can be sorted by.
    pub const SORTABLE: [Self; 7] = [
        Self::Audience,
        Self::Created,
        Self::Expires,
        Self::LastUsed,
        Self::NotBefore,
        Self::Number,
        Self::User,
    ];

    /// The one of this name.
    pub fn parse(field: &'static str, name: &str) -> Result<Self, Error> {
        Self::named(name).ok_or_else(|| one_of(field, Self::ALL))
    }

    /// The operators that it can be compared by.
    #[must_use]
    pub fn operators(self) -> &'static [Operator] {
        use Operator::{
            After, Before, Contains, EndsWith, Equals, NotContains, NotEquals, StartsWith,
        };
        match self.kind() {
            Kind::Text(_) | Kind::Persona => &[
                Contains,
                NotContains,
                Equals,
                NotEquals,
                StartsWith,
                EndsWith,
            ],
            Kind::Form | Kind::Status => &[Equals, NotEquals],
            Kind::Number => &[Equals, NotEquals, Before, After],
            Kind::Time(NumberOf::Expires | NumberOf::LastUsed) => {
                &[Before, After, Equals, NotEquals]
            }
            Kind::Time(_) => &[Before, After],
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Addresses => Kind::Text(TextOf::Addresses),
            Self::Audience => Kind::Text(TextOf::Audience),
            Self::Created => Kind::Time(NumberOf::Created),
            Self::Expires => Kind::Time(NumberOf::Expires),
            Self::Form => Kind::Form,
            Self::Id => Kind::Text(TextOf::Id),
            Self::Issuer => Kind::Text(TextOf::Issuer),
            Self::LastUsed => Kind::Time(NumberOf::LastUsed),
            Self::LastUsedAddress => Kind::Text(TextOf::LastUsedAddress),
            Self::Name => Kind::Text(TextOf::Name),
            Self::NotBefore => Kind::Time(NumberOf::NotBefore),
            Self::Notes => Kind::Text(TextOf::Notes),
            Self::Number => Kind::Number,
            Self::Persona => Kind::Persona,
            Self::Status => Kind::Status,
            Self::User => Kind::Text(TextOf::User),
        }
    }
}

impl Operator {
    /// The one of this name.
    pub fn parse(field: &'static str, name: &str) -> Result<Self, Error> {
        Self::named(name).ok_or_else(|| one_of(field, Self::ALL))
    }

    fn is_negative(self) -> bool {
        matches!(self, Self::NotContains | Self::NotEquals)
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Form,
    Number,
    Persona,
    Status,
    Text(TextOf),
    Time(NumberOf),
}

/// What a value may refer to.
pub(super) struct Reading<'a> {
    pub(super) world: &'a World,
    pub(super) now: Timestamp,
    pub(super) zone: &'a TimeZone,
}

impl Condition {
    /// What the store is to look for.
    pub(super) fn filter(&self, reading: &Reading<'_>) -> Result<Filter, Error> {
        let (attribute, allowed) = (self.attribute, self.attribute.operators());
        if !allowed.contains(&self.operator) {
            let names: Vec<&str> = allowed.iter().map(|one| one.as_str()).collect();
            let why = format!(
                "{attribute} cannot be compared by {}; use one of {}",
                self.operator,
                names.join(", ")
            );
            return Err(Error::invalid("filter", why));
        }
        check_length("filter", &self.value)?;
        let filter = match attribute.kind() {
            Kind::Form => self.form()?,
            Kind::Number => Filter::Number(NumberOf::Number, self.bound(self.number()?)),
            Kind::Persona => Filter::Persona(self.personas(reading.world)?),
            Kind::Status => return self.status(),
            Kind::Text(of) => Filter::Text(of, self.text_pattern(of)?),
            Kind::Time(of) => Filter::Number(of, self.time(reading)?),
        };
        if self.operator.is_negative() {
            return Ok(Filter::Not(Box::new(filter)));
        }
        Ok(filter)
    }

    fn form(&self) -> Result<Filter, Error> {
        let form = Form::named(&self.value).ok_or_else(|| self.must_be(&list(Form::ALL)))?;
        let is = Pattern::Is(form.as_str().to_owned());
        Ok(Filter::Text(TextOf::Form, is))
    }

    fn status(&self) -> Result<Filter, Error> {
        let status = self.value.parse();
        let status: Status = status.map_err(|_| self.must_be("enabled or disabled"))?;
        Ok(Filter::Status(
            match (status, self.operator.is_negative()) {
                (same, false) => same,
                (Status::Enabled, true) => Status::Disabled,
                (Status::Disabled, true) => Status::Enabled,
            },
        ))
    }

    fn number(&self) -> Result<i64, Error> {
        let number = self.value.trim().parse().ok();
        number
            .filter(|number| *number >= 0)
            .ok_or_else(|| self.must_be("a number, such as 17"))
    }

    fn bound(&self, number: i64) -> Bound {
        match self.operator {
            Operator::After => Bound::Above(number),
            Operator::Before => Bound::Below(number),
            _ => Bound::Is(number),
        }
    }

    fn text_pattern(&self, of: TextOf) -> Result<Pattern, Error> {
        let pattern = self.pattern()?;
        Ok(match pattern {
            Pattern::Is(id) if of == TextOf::Id => Pattern::Is(id.to_ascii_lowercase()),
            other => other,
        })
    }

    fn pattern(&self) -> Result<Pattern, Error> {
        let text = self.value.clone();
        let is_equality = matches!(self.operator, Operator::Equals | Operator::NotEquals);
        if text.is_empty() && !is_equality {
            return Err(self.must_be("a text, which may be empty for equals and not_equals only"));
        }
        Ok(match self.operator {
            Operator::StartsWith => Pattern::StartsWith(text),
            Operator::EndsWith => Pattern::EndsWith(text),
            Operator::Contains | Operator::NotContains => Pattern::Contains(text),
            _ => Pattern::Is(text),
        })
    }

    /// The personas that are so called. They are few, and the world knows them all, the deleted ones too.
    fn personas(&self, world: &World) -> Result<Vec<PersonaId>, Error> {
        let pattern = self.pattern()?;
        let wanted = self.value.parse().ok().map(PersonaId::from_number);
        let is_equality = matches!(pattern, Pattern::Is(_));
        let named = world
            .personas()
            .values()
            .map(|persona| (persona.id, &*persona.name));
        let all = [(PersonaId::DEFAULT, DEFAULT_PERSONA)]
            .into_iter()
            .chain(named);
        let fitting =
            all.filter(|(id, name)| fits(name, &pattern) || is_equality && Some(*id) == wanted);
        let found: Vec<PersonaId> = fitting.map(|(id, _)| id).collect();
        if found.is_empty() && is_equality {
            return Err(self.must_be("the number or name of a persona, or default"));
        }
        Ok(found)
    }

    fn time(&self, reading: &Reading<'_>) -> Result<Bound, Error> {
        let text = self.value.trim();
        match self.operator {
            Operator::Equals | Operator::NotEquals if text == NEVER => Ok(Bound::Is(0)),
            Operator::Equals | Operator::NotEquals => {
                let why = "never; an instant can only be compared by before and after";
                Err(self.must_be(why))
            }
            operator => {
                let at = self.instant(text, reading)?;
                let is_whole = at.subsec_nanosecond() == 0;
                // Tokens live by whole seconds: the second that an instant lies in has begun before it.
                let next = at.as_second().saturating_add(i64::from(!is_whole));
                Ok(match operator {
                    Operator::Before => Bound::Below(next),
                    _ => Bound::Above(at.as_second()),
                })
            }
        }
    }

    fn instant(&self, text: &str, reading: &Reading<'_>) -> Result<Timestamp, Error> {
        if text == NEVER {
            return Err(self.must_be("an instant; never is compared by equals and not_equals"));
        }
        if let Ok(exact) = text.parse() {
            return Ok(exact);
        }
        let forward = text.strip_prefix('-').map(|steps| format!("+{steps}"));
        let when = forward.as_deref().unwrap_or(text);
        let when = When::parse(when).map_err(|error| self.must_be(&instants(&error)))?;
        let at = match (&when, forward.is_some()) {
            (When::Relative(steps), true) => back(steps, reading).ok_or_else(|| {
                self.must_be("such as -7d: a number and a unit, of an instant in the calendar")
            })?,
            (when, _) => when
                .resolve(reading.now, reading.zone)
                .map_err(|error| self.must_be(&instants(&error)))?
                .unwrap_or(reading.now),
        };
        Ok(at)
    }

    fn must_be(&self, what: &str) -> Error {
        let why = format!("the value of {} must be {what}", self.attribute);
        Error::invalid("filter", why)
    }
}

/// Refuses what no text of a token can hold.
pub(super) fn check_length(field: &'static str, text: &str) -> Result<(), Error> {
    if text.chars().count() > MAX_VALUE || text.contains('\0') {
        let why = format!("must be at most {MAX_VALUE} characters long, without NUL");
        return Err(Error::invalid(field, why));
    }
    Ok(())
}

/// So far back from now, by the same calendar as forward. Nothing is rounded on the way.
fn back(steps: &[Step], reading: &Reading<'_>) -> Option<Timestamp> {
    let now = reading.now.to_zoned(reading.zone.clone());
    let at = steps.iter().try_fold(now, |at, step| {
        let Step::Add { count, unit } = *step else {
            return None;
        };
        at.checked_sub(span(count, unit)?).ok()
    })?;
    Timestamp::from_second(at.timestamp().as_second()).ok()
}

fn span(count: u32, unit: Unit) -> Option<Span> {
    let (count, span) = (i64::from(count), 0.seconds());
    match unit {
        Unit::Second => span.try_seconds(count),
        Unit::Minute => span.try_minutes(count),
        Unit::Hour => span.try_hours(count),
        Unit::Day => span.try_days(count),
        Unit::Week => span.try_weeks(count),
        Unit::Month => span.try_months(count),
        Unit::Quarter => span.try_months(count * 3),
        Unit::Year => span.try_years(count),
    }
    .ok()
}

fn fits(name: &str, pattern: &Pattern) -> bool {
    let folded = name.to_ascii_lowercase();
    match pattern {
        Pattern::Contains(part) => folded.contains(&part.to_ascii_lowercase()),
        Pattern::EndsWith(end) => folded.ends_with(&end.to_ascii_lowercase()),
        Pattern::Is(whole) => name == whole,
        Pattern::StartsWith(start) => folded.starts_with(&start.to_ascii_lowercase()),
    }
}

fn instants(error: &impl fmt::Display) -> String {
    format!("an instant such as 2030-01-31T12:00:00Z, +30d or -7d: {error}")
}

fn list(all: &[impl fmt::Display]) -> String {
    let names: Vec<String> = all.iter().map(ToString::to_string).collect();
    format!("one of {}", names.join(", "))
}

fn one_of(field: &'static str, all: &[impl fmt::Display]) -> Error {
    Error::invalid(field, format!("must be {}", list(all)))
}
