//! What a handler answers, and how it becomes an HTTP response. Never to be cached: it may hold a secret.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde_json::Value;

/// An answer that is not printed yet.
#[derive(Debug)]
pub(super) struct Reply {
    status: StatusCode,
    content_type: &'static str,
    json: Value,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Reply {
    /// 201 with what was made.
    pub(super) fn created(json: Value) -> Self {
        Self::new(StatusCode::CREATED, "application/json", json)
    }

    /// A problem (RFC 9457).
    pub(super) fn problem(status: StatusCode, json: Value) -> Self {
        Self::new(status, "application/problem+json", json)
    }

    /// The same with another header. A value that no header can hold is left out.
    pub(super) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// The response on the wire.
    pub(super) fn print(self) -> Response<Body> {
        let mut response = Response::new(Body::from(self.json.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        for (name, value) in [
            (header::CONTENT_TYPE, self.content_type),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.extend(self.headers);
        response
    }

    fn new(status: StatusCode, content_type: &'static str, json: Value) -> Self {
        Self {
            status,
            content_type,
            json,
            headers: Vec::new(),
        }
    }
}
