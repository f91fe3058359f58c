//! What a handler answers, and how it becomes an HTTP response (spec/tanium.md 1).

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};
use serde_json::{Value, json};

use super::failure::Failure;

/// An answer that is not printed yet.
#[derive(Debug)]
pub(crate) struct Reply {
    status: StatusCode,
    content: Content,
    headers: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Debug)]
enum Content {
    /// JSON, whole.
    Json(Value),
    /// JSON of the gateway, which has other headers.
    Gateway(Value),
    /// Plain text.
    Text(String),
}

/// On every answer of REST.
const REST: [(HeaderName, &str); 6] = [
    (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_XSS_PROTECTION, "1"),
    (header::REFERRER_POLICY, "no-referrer"),
    (
        header::CACHE_CONTROL,
        "private,max-age=0,no-cache,no-store,must-revalidate",
    ),
    (header::PRAGMA, "no-cache"),
];

/// On every answer of the gateway.
const GATEWAY: [(HeaderName, &str); 4] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
    (header::PRAGMA, "no-cache"),
    (header::EXPIRES, "0"),
];

impl Reply {
    /// 200 with `{"data": …}`.
    pub(crate) fn data(data: Value) -> Self {
        Self::raw(Value::Object(
            [("data".to_owned(), data)].into_iter().collect(),
        ))
    }

    /// 200 with this JSON as it is.
    pub(crate) fn raw(json: Value) -> Self {
        Self::new(StatusCode::OK, Content::Json(json))
    }

    /// The envelope of errors: `{"text": …}`.
    pub(crate) fn error(status: StatusCode, text: &str) -> Self {
        Self::new(status, Content::Json(json!({ "text": text })))
    }

    /// 200 with plain text.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::new(StatusCode::OK, Content::Text(text.into()))
    }

    /// An answer of the gateway.
    pub(crate) fn gateway(status: StatusCode, json: Value) -> Self {
        Self::new(status, Content::Gateway(json))
    }

    /// The same with another list, where it is one.
    pub(crate) fn with_list(
        mut self,
        change: impl FnOnce(Vec<Value>) -> Result<Vec<Value>, Failure>,
    ) -> Result<Self, Failure> {
        let Content::Json(json) = &mut self.content else {
            return Ok(self);
        };
        if let Some(Value::Array(items)) = json.get_mut("data") {
            let changed = change(std::mem::take(items))?;
            *items = changed;
        }
        Ok(self)
    }

    /// The same with another header. A value that no header can hold is left out.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// The response on the wire.
    pub(crate) fn print(self, pretty: bool) -> Response<Body> {
        let (content_type, body, always): (_, _, &[(HeaderName, &str)]) = match self.content {
            Content::Json(json) => ("application/json", printed(&json, pretty), &REST),
            Content::Gateway(json) => (
                "application/json; charset=utf-8",
                printed(&json, false),
                &GATEWAY,
            ),
            Content::Text(text) => ("text/plain", text, &REST),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        for (name, value) in always {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        headers.extend(self.headers);
        response
    }

    fn new(status: StatusCode, content: Content) -> Self {
        Self {
            status,
            content,
            headers: Vec::new(),
        }
    }
}

fn printed(json: &Value, pretty: bool) -> String {
    if pretty {
        format!("{json:#}")
    } else {
        json.to_string()
    }
}
