//! The small tree of values that an entry's `content` is made of.
//!
//! Not a general JSON value: there are no fractions, because no entry of this face has one, and there is a variant
//! for text that is handed out once and must not be printed by accident. How values look on the wire is the business
//! of the printers in [`super::json`] and [`super::atom`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// One value inside an entry's `content` (spec 2.2, 4.5).
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// JSON `null`; in XML an element without content.
    Null,
    /// JSON `true` or `false`; in XML `1` or `0`.
    Bool(bool),
    /// A whole number; in XML its digits.
    Int(i64),
    /// Text.
    Text(String),
    /// A secret that is shown this once, the new token (spec 2.4): a string in JSON, a CDATA section in XML, and
    /// hidden in debug output.
    Cdata(String),
    /// A list, in the order given.
    List(Vec<Value>),
    /// Named values.
    Dict(Dict),
}

/// Named values, always in alphabetical (byte) order of their names.
///
/// Splunk prints the keys of `content`, of every dict inside it and of the acl in this order (spec 2.2), and the order
/// in which a handler collects them means nothing, so the type sorts. The few objects of the envelope that have an
/// order of their own (spec 4.5: feed, entry, paging, messages) are not dicts; the printers write them member by member.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dict(BTreeMap<Cow<'static, str>, Value>);

impl Dict {
    /// A dict without values.
    pub(crate) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    /// The dict with this value added; a value already there under the name is replaced.
    #[must_use]
    pub(crate) fn with(
        mut self,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Value>,
    ) -> Self {
        self.insert(name, value);
        self
    }

    /// Adds a value; one already there under the name is replaced.
    pub(crate) fn insert(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) {
        self.0.insert(name.into(), value.into());
    }

    /// The values with their names, in the order they are printed in.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Adds the values of the other dict, which win over those already here.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }
}

impl<K: Into<Cow<'static, str>>, V: Into<Value>> FromIterator<(K, V)> for Dict {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        Self(pairs.map(|(k, v)| (k.into(), v.into())).collect())
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::Cdata(_) => f.write_str("[hidden]"),
            Self::List(items) => items.fmt(f),
            Self::Dict(dict) => dict.fmt(f),
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Dict> for Value {
    fn from(value: Dict) -> Self {
        Self::Dict(value)
    }
}

impl<T: Into<Self>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dict_sorts_by_bytes_and_keeps_the_last_value() {
        let mut dict = Dict::new()
            .with("license_labels", 1)
            .with("licenseState", "old")
            .with("eai:acl", Value::Null);
        dict.extend([("licenseState", "OK")].into_iter().collect());
        let names: Vec<_> = dict.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["eai:acl", "licenseState", "license_labels"]);
        assert_eq!(dict.iter().nth(1).unwrap().1, &Value::from("OK"));
    }

    #[test]
    fn debug_output_hides_a_secret() {
        let dict = Dict::new().with("token", Value::Cdata("eyJsecret".to_owned()));
        assert_eq!(format!("{dict:?}"), r#"Dict({"token": [hidden]})"#);
    }

    #[test]
    fn options_become_null_and_lists_keep_their_order() {
        assert_eq!(Value::from(None::<i64>), Value::Null);
        assert_eq!(
            Value::from(vec!["b", "a"]),
            Value::List(vec!["b".into(), "a".into()])
        );
    }
}
