//! What a token is narrowed to, below the rights of its owner, and how often it may be used.

use std::{collections::BTreeSet, fmt, sync::Arc};

use crate::{error::Error, id::Capability};

/// The capabilities that a token is narrowed to: of what its owner may do, it may do these. Cheap to clone.
///
/// Printed as in `scope` of RFC 6749 3.3: names with a space between. So no name in it has a space.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope(Arc<BTreeSet<Capability>>);

impl Scope {
    /// The most names in a scope.
    pub const MAX_NAMES: usize = 100;

    /// Reads names as a client wrote them. An empty scope is refused: a token that may do nothing is a mistake.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut scope = BTreeSet::new();
        for name in names {
            let parsed = Capability::parse(name).ok().filter(|_| !name.contains(' '));
            let Some(capability) = parsed else {
                let why = "a scope's name has 1 to 100 lower-case letters, digits, underscores, dots, colons and hyphens";
                return Err(Error::invalid("scope", why));
            };
            scope.insert(capability);
        }
        if !(1..=Self::MAX_NAMES).contains(&scope.len()) {
            let why = format!("must have 1 to {} names, or be left out", Self::MAX_NAMES);
            return Err(Error::invalid("scope", why));
        }
        Ok(Self(Arc::new(scope)))
    }

    /// Reads what its `Display` printed.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::parse(text.split(' ')).ok()
    }

    /// Whether it holds the name.
    #[must_use]
    pub fn holds(&self, name: &Capability) -> bool {
        self.0.contains(name)
    }

    /// Whether it holds nothing that `other` does not hold.
    #[must_use]
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.is_subset(&other.0)
    }

    /// The names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &Capability> {
        self.0.iter()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, name) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            name.fmt(f)?;
        }
        Ok(())
    }
}

/// How often a token may be used (spec/data-plane.md 10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Uses a minute in the long run.
    pub per_minute: u32,
    /// Uses at once, after a pause.
    pub burst: u32,
}

impl Rate {
    /// The highest of either number.
    pub const MAX: u32 = 60_000_000;

    /// Checks both numbers.
    pub fn new(per_minute: u32, burst: u32) -> Result<Self, Error> {
        let allowed = 1..=Self::MAX;
        if allowed.contains(&per_minute) && allowed.contains(&burst) {
            return Ok(Self { per_minute, burst });
        }
        let why = format!("must be whole numbers from 1 to {}", Self::MAX);
        Err(Error::invalid("rate", why))
    }

    /// Reads what its `Display` printed.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        let (per_minute, burst) = text.split_once('/')?;
        Self::new(per_minute.parse().ok()?, burst.parse().ok()?).ok()
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.per_minute, self.burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_printed_and_read_back() {
        let scope = Scope::parse(["orders.write", "orders.read", "orders.read"]).unwrap();
        assert_eq!(scope.to_string(), "orders.read orders.write");
        assert_eq!(Scope::from_stored(&scope.to_string()), Some(scope));
    }

    #[test]
    fn a_scope_has_names_without_spaces() {
        for names in [
            &[][..],
            &[""],
            &["use token"],
            &["Orders"],
            &["a", "b\u{200d}"],
        ] {
            assert!(Scope::parse(names.iter().copied()).is_err(), "{names:?}");
        }
        let many: Vec<String> = (0..101).map(|n| format!("n{n}")).collect();
        assert!(Scope::parse(many.iter().map(String::as_str)).is_err());
    }

    #[test]
    fn a_rate_is_printed_and_read_back() {
        let rate = Rate::new(600, 20).unwrap();
        assert_eq!(Rate::from_stored(&rate.to_string()), Some(rate));
        assert!(Rate::new(0, 1).is_err());
        assert!(Rate::new(1, 0).is_err());
        assert_eq!(Rate::from_stored("1"), None);
    }
}
