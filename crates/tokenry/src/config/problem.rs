//! What is wrong with a configuration, in words that say where it is and what would be right.

use std::fmt;

use serde::Serialize;

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The key it is about.
    pub key: Option<String>,
    /// Where its value came from.
    pub origin: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of no key in particular.
    pub(super) fn general(message: impl Into<String>) -> Self {
        Self {
            key: None,
            origin: None,
            message: message.into(),
            hint: None,
        }
    }

    /// A problem of a key's value.
    pub fn of(key: &str, origin: &str, message: impl Into<String>) -> Self {
        Self {
            key: Some(key.to_owned()),
            origin: Some(origin.to_owned()),
            ..Self::general(message)
        }
    }

    /// A key that does not exist. Its value is not repeated: it may be a secret in the wrong place.
    pub(super) fn unknown_key<'a>(
        key: &str,
        origin: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut problem = Self::of(key, origin, "there is no such setting");
        problem.hint = nearest(key, known).map(|key| format!("did you mean `{key}`?"));
        problem
    }

    /// A variable that begins with ours and means nothing.
    pub(super) fn unknown_variable<'a>(
        variable: &str,
        known: impl Iterator<Item = &'a str>,
    ) -> Self {
        let mut problem = Self::general(format!(
            "the variable {variable} does not stand for any setting"
        ));
        problem.hint = nearest(variable, known).map(|name| format!("did you mean {name}?"));
        problem
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "{key}")?;
        }
        if let Some(origin) = &self.origin {
            write!(f, " ({origin})")?;
        }
        if self.key.is_some() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// All problems that were found; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl std::error::Error for Problems {}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "error: {problem}")?;
            if let Some(hint) = &problem.hint {
                write!(f, "\nhint: {hint}")?;
            }
        }
        Ok(())
    }
}

/// The known name that `name` most likely was meant to be: alike as a whole, or in its last part.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.85;
    let last = |name: &'_ str| name.rsplit(['.']).next().unwrap_or_default().to_owned();
    known
        .map(|candidate| {
            let whole = strsim::jaro_winkler(name, candidate);
            let part = strsim::jaro(&last(name), &last(candidate));
            (whole.max(part), candidate)
        })
        .filter(|(score, _)| *score > ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}
