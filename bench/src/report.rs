//! What a bench finds out: rows, each a figure with its reference and its target.

use serde_json::{Value, json};

/// How many cores others may use before a row counts as noisy.
const QUIET: f64 = 0.2;

/// One figure.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) bench: &'static str,
    /// What was measured, in words.
    pub(crate) what: String,
    /// What it is measured against, with its own figure; empty where there is no reference.
    pub(crate) reference: String,
    /// What was measured, absolutely.
    pub(crate) subject: String,
    pub(crate) figure: f64,
    pub(crate) unit: Unit,
    /// Between what the middle half of the rounds lies.
    pub(crate) spread: (f64, f64),
    pub(crate) target: Option<Target>,
    /// How many cores others used meanwhile.
    pub(crate) others: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Bytes,
    Mebibytes,
    Milliseconds,
    Times,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Row {
    pub(crate) fn is_noisy(&self) -> bool {
        self.others > QUIET
    }

    /// Whether the target is met, where there is one.
    pub(crate) fn is_met(&self) -> Option<bool> {
        self.target.map(|target| match target {
            Target::AtLeast(least) => self.figure >= least,
            Target::AtMost(most) => self.figure <= most,
        })
    }

    pub(crate) fn to_json(&self) -> Value {
        let (bound, target) = match self.target {
            None => (Value::Null, Value::Null),
            Some(Target::AtLeast(least)) => (json!("at least"), json!(least)),
            Some(Target::AtMost(most)) => (json!("at most"), json!(most)),
        };
        json!({
            "bench": self.bench,
            "what": self.what,
            "reference": self.reference,
            "subject": self.subject,
            "figure": self.figure,
            "unit": self.unit.name(),
            "lower_quartile": self.spread.0,
            "upper_quartile": self.spread.1,
            "bound": bound,
            "target": target,
            "met": self.is_met(),
            "cores_used_by_others": self.others,
            "noisy": self.is_noisy(),
        })
    }
}

impl Unit {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Mebibytes => "MiB",
            Self::Milliseconds => "ms",
            Self::Times => "×",
        }
    }

    pub(crate) fn print(self, figure: f64) -> String {
        match self {
            Self::Bytes => format!("{figure:.0} bytes"),
            Self::Mebibytes => format!("{figure:.1} MiB"),
            Self::Milliseconds => format!("{figure:.0} ms"),
            Self::Times => format!("{figure:.2} ×"),
        }
    }
}

impl Target {
    pub(crate) fn print(self, unit: Unit) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {}", unit.print(least)),
            Self::AtMost(most) => format!("≤ {}", unit.print(most)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_from_its_own_side() {
        let row = |figure, target| Row {
            bench: "verify",
            what: String::new(),
            reference: String::new(),
            subject: String::new(),
            figure,
            unit: Unit::Times,
            spread: (figure, figure),
            target,
            others: 0.0,
        };
        assert_eq!(row(2.0, Some(Target::AtMost(2.5))).is_met(), Some(true));
        assert_eq!(row(2.6, Some(Target::AtMost(2.5))).is_met(), Some(false));
        assert_eq!(row(0.6, Some(Target::AtLeast(0.5))).is_met(), Some(true));
        assert_eq!(row(0.4, Some(Target::AtLeast(0.5))).is_met(), Some(false));
        assert_eq!(row(0.4, None).is_met(), None);
    }
}
