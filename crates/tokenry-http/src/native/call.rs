//! One request, as a handler sees it.

use axum::http::HeaderMap;
use tokenry_api::Operation;
use tokenry_core::app::Origin;

use super::problem::Problem;

/// A request for an operation that has been read.
pub(super) struct Call<O: Operation> {
    /// Where it comes from.
    pub(super) origin: Origin,
    /// What stands for something in its path, in order.
    pub(super) path: Vec<String>,
    /// Its query.
    pub(super) query: O::Query,
    /// Its body.
    pub(super) body: O::Body,
    /// Its body as it came, for whoever compares requests.
    pub(super) raw: bytes::Bytes,
    /// Its headers.
    pub(super) headers: HeaderMap,
}

impl<O: Operation> Call<O> {
    /// The id in its path.
    pub(super) fn id(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// The id in its path where that is a number. Another is one that there is not: 404.
    pub(super) fn number(&self) -> Result<i64, Problem> {
        let number = self.id().parse::<i64>().ok();
        // Only as we write it: `+7` and `007` are no ids.
        let number = number.filter(|number| number.to_string() == self.id());
        number.ok_or_else(Problem::not_found)
    }

    /// A header, if it is there once and in ASCII.
    pub(super) fn header(&self, name: &'static str) -> Result<Option<&str>, Problem> {
        let mut lines = self.headers.get_all(name).iter();
        match (lines.next(), lines.next()) {
            (None, _) => Ok(None),
            (Some(line), None) => match line.to_str() {
                Ok(text) => Ok(Some(text)),
                Err(_) => Err(Problem::invalid(name, "must be visible ASCII")),
            },
            (Some(_), Some(_)) => Err(Problem::invalid(name, "must be there once")),
        }
    }

    /// What `If-Match` says.
    pub(super) fn if_match(&self) -> Result<Option<&str>, Problem> {
        self.header("if-match")
    }
}
