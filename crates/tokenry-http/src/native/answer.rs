//! What a handler answers, and how it becomes an HTTP response. Never to be cached: it may hold a secret.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde::Serialize;
use tokenry_api::{Info, PROBLEM_JSON, Problem as Refusal};

use super::problem::Problem;

/// What an operation answers, with headers.
#[derive(Debug)]
pub(super) struct Answer<T> {
    value: T,
    headers: Vec<(HeaderName, String)>,
}

impl<T> From<T> for Answer<T> {
    fn from(value: T) -> Self {
        Self {
            value,
            headers: Vec::new(),
        }
    }
}

impl<T: Serialize> Answer<T> {
    /// The same with another header. A value that no header can hold is left out.
    pub(super) fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same with the tag of what is answered, for `If-Match` (RFC 9110 8.8.3).
    pub(super) fn tagged(self, tag: impl Into<String>) -> Self {
        self.with_header(header::ETAG, tag)
    }

    /// As it goes over the wire, with the status of the operation's success.
    pub(super) fn reply(self, info: &Info) -> Result<Reply, Problem> {
        let status = StatusCode::from_u16(info.status).unwrap_or(StatusCode::OK);
        let body = match status {
            StatusCode::NO_CONTENT => None,
            _ => Some(serde_json::to_string(&self.value).map_err(tokenry_core::Error::internal)?),
        };
        Ok(Reply {
            status,
            content_type: "application/json",
            body,
            headers: self.headers,
        })
    }
}

/// An answer that is not printed yet.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    content_type: &'static str,
    body: Option<String>,
    headers: Vec<(HeaderName, String)>,
}

impl Reply {
    /// A problem (RFC 9457).
    pub(super) fn refusing(status: StatusCode, refusal: &Refusal) -> Self {
        Self {
            status,
            content_type: PROBLEM_JSON,
            body: serde_json::to_string(refusal).ok(),
            headers: Vec::new(),
        }
    }

    /// The same with another header.
    pub(super) fn with_header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The response on the wire.
    pub(super) fn print(self) -> Response<Body> {
        let has_body = self.body.is_some();
        let mut response = Response::new(self.body.map_or_else(Body::empty, Body::from));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let no_store = HeaderValue::from_static("no-store");
        headers.insert(header::CACHE_CONTROL, no_store);
        let nosniff = HeaderValue::from_static("nosniff");
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
        if has_body {
            let kind = HeaderValue::from_static(self.content_type);
            headers.insert(header::CONTENT_TYPE, kind);
        }
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.append(name, value);
            }
        }
        response
    }
}
