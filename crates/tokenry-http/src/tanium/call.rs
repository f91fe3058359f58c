//! One request, as a handler sees it.

use std::collections::HashMap;

use axum::http::HeaderMap;
use bytes::Bytes;
use jiff::Timestamp;
use tokenry_core::app::{Caller, Origin};

use super::{failure::Failure, json::Body, options::Options};

/// A request that has been read and, where its route asks for it, authenticated.
pub(crate) struct Call {
    /// What its body says.
    pub(crate) body: Body,
    /// The same before it was read, for the gateway.
    pub(super) raw: Bytes,
    /// Its options.
    pub(crate) options: Options,
    /// Its headers, for the routes that have something of their own there.
    pub(super) headers: HeaderMap,
    /// Who calls; none on routes that are open to all.
    pub(super) caller: Option<Caller>,
    /// Where and when it comes from.
    pub(crate) origin: Origin,
    /// The elements of the path that stand for something, decoded.
    pub(super) params: HashMap<String, String>,
}

impl Call {
    /// Who calls. Every route that is not open has a caller.
    pub(crate) fn caller(&self) -> Result<&Caller, Failure> {
        self.caller.as_ref().ok_or_else(Failure::no_caller)
    }

    /// The time of the request.
    pub(crate) fn now(&self) -> Timestamp {
        self.origin.at
    }

    /// The element of the path of this name.
    pub(crate) fn param(&self, name: &str) -> &str {
        self.params.get(name).map_or("", String::as_str)
    }

    /// The element of the path that is a number: plain digits. What is none is `None`, like a number that nothing has.
    pub(crate) fn id(&self) -> Option<i64> {
        let text = self.param("id");
        let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_plain.then(|| text.parse().unwrap_or(i64::MAX))
    }
}
