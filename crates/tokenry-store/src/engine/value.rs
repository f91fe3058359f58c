//! What goes into a statement and comes out of a row: text, integers, nothing else. Both databases store exactly
//! these two types (`migrate.rs`), so a value means the same on both.
//!
//! Not here: what a row means. That is the business of the table it comes from.

use super::StoreError;

/// One cell, or one parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// An SQL NULL.
    Null,
    /// A BIGINT: a count, a number of seconds or microseconds, or a boolean as 0 or 1.
    Int(i64),
    /// A TEXT.
    Text(String),
}

impl Value {
    /// Whether it is a text that PostgreSQL cannot hold, and some tools of SQLite cut off.
    pub(crate) fn has_nul(&self) -> bool {
        matches!(self, Self::Text(text) if text.contains('\0'))
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Int(i64::from(yes))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The cells of one row, in the order in which they were selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row(pub(crate) Vec<Value>);

impl Row {
    /// Begins to read the row of `table`, from its first cell.
    pub(crate) fn of(self, table: &'static str) -> Cells {
        Cells {
            table,
            cells: self.0.into_iter(),
        }
    }
}

/// Reads a row cell by cell. Each reader names the column it expects next, for the error it may have to give.
#[derive(Debug)]
pub(crate) struct Cells {
    table: &'static str,
    cells: std::vec::IntoIter<Value>,
}

impl Cells {
    /// An integer.
    pub(crate) fn int(&mut self, column: &'static str) -> Result<i64, StoreError> {
        match self.cells.next() {
            Some(Value::Int(number)) => Ok(number),
            other => Err(self.unexpected(column, "an integer", other.as_ref())),
        }
    }

    /// An integer, or NULL.
    pub(crate) fn optional_int(&mut self, column: &'static str) -> Result<Option<i64>, StoreError> {
        match self.cells.next() {
            Some(Value::Null) => Ok(None),
            Some(Value::Int(number)) => Ok(Some(number)),
            other => Err(self.unexpected(column, "an integer or NULL", other.as_ref())),
        }
    }

    /// A boolean.
    pub(crate) fn bool(&mut self, column: &'static str) -> Result<bool, StoreError> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            other => Err(self.unexpected(column, "0 or 1", Some(&Value::Int(other)))),
        }
    }

    /// A text.
    pub(crate) fn text(&mut self, column: &'static str) -> Result<String, StoreError> {
        match self.cells.next() {
            Some(Value::Text(text)) => Ok(text),
            other => Err(self.unexpected(column, "a text", other.as_ref())),
        }
    }

    /// A text that `parse` understands, or NULL.
    pub(crate) fn optional<T>(
        &mut self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, StoreError> {
        match self.cells.next() {
            Some(Value::Null) => Ok(None),
            Some(Value::Text(text)) => self.understood(column, parse(&text)).map(Some),
            other => Err(self.unexpected(column, "a text or NULL", other.as_ref())),
        }
    }

    /// A text that `parse` understands.
    pub(crate) fn parsed<T>(
        &mut self,
        column: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, StoreError> {
        let text = self.text(column)?;
        self.understood(column, parse(&text))
    }

    /// An error that blames a cell. It says what is wrong, but never shows the value: it may be a hash.
    pub(crate) fn inconsistent(&self, column: &'static str, why: impl Into<String>) -> StoreError {
        StoreError::Inconsistent {
            table: self.table,
            column,
            why: why.into(),
        }
    }

    fn understood<T>(&self, column: &'static str, parsed: Option<T>) -> Result<T, StoreError> {
        parsed.ok_or_else(|| self.inconsistent(column, "a text that does not parse"))
    }

    fn unexpected(&self, column: &'static str, wanted: &str, found: Option<&Value>) -> StoreError {
        let found = match found {
            None => "nothing",
            Some(Value::Null) => "NULL",
            Some(Value::Int(_)) => "an integer",
            Some(Value::Text(_)) => "a text",
        };
        self.inconsistent(column, format!("{found} where {wanted} belongs"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_cell_is_named_and_not_shown() {
        let row = |cells: &[Value]| Row(cells.to_vec()).of("users");
        let secret = Value::from("$argon2id$secret");
        let error = row(std::slice::from_ref(&secret)).int("id").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the database is inconsistent: users.id holds a text where an integer belongs"
        );
        let error = row(&[secret]).parsed("name", |_| None::<()>).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the database is inconsistent: users.name holds a text that does not parse"
        );
        let error = row(&[Value::Int(2)]).bool("locked").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the database is inconsistent: users.locked holds an integer where 0 or 1 belongs"
        );
        assert!(row(&[]).text("name").is_err());
        assert_eq!(
            row(&[Value::Null])
                .optional("target", |_| Some(()))
                .unwrap(),
            None
        );
    }
}
