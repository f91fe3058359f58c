//! Puts together the conditions of a list, each with its parameter.
//!
//! Not here: anything a client wrote. Values only ever become parameters; the text of a statement is ours alone.

use crate::engine::Value;

/// Conditions that must all hold.
#[derive(Debug, Default)]
pub(super) struct Filter {
    conditions: Vec<String>,
    params: Vec<Value>,
}

impl Filter {
    /// No conditions yet, behind parameters that stand in the statement before them.
    pub(super) fn starting_with(params: Vec<Value>) -> Self {
        Self {
            params,
            ..Self::default()
        }
    }

    /// Adds a value and returns the name it goes by in the statement, such as `$3`.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }

    /// Adds a condition.
    pub(super) fn must(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Adds the condition that what stands on the left has to a value the relation that is named, if there is one.
    pub(super) fn must_be(&mut self, left_and_relation: &str, value: Option<impl Into<Value>>) {
        match value.map(Into::<Value>::into) {
            None => {}
            Some(value) if value.has_nul() => self.must_be_empty(),
            Some(value) => {
                let name = self.bind(value);
                self.must(format!("{left_and_relation} {name}"));
            }
        }
    }

    /// Adds a condition that never holds.
    pub(super) fn must_be_empty(&mut self) {
        self.must("1 = 0".to_owned());
    }

    /// The conditions as a clause; empty where there are none.
    pub(super) fn clause(&self) -> String {
        if self.conditions.is_empty() {
            return String::new();
        }
        format!(" WHERE {}", self.conditions())
    }

    /// The conditions themselves.
    pub(super) fn conditions(&self) -> String {
        self.conditions.join(" AND ")
    }

    /// The parameters, `$1` first.
    pub(super) fn params(&self) -> Vec<Value> {
        self.params.clone()
    }
}
