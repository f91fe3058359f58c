//! What a handler answers, and how it becomes an HTTP response.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
};

use super::format::{OutputMode, feed::Feed, message::Message};

/// An answer that is not printed yet.
pub(crate) struct Reply {
    status: StatusCode,
    body: Content,
    headers: Vec<(HeaderName, HeaderValue)>,
}

enum Content {
    Feed(Box<Feed>),
    Messages(Vec<Message>),
    /// The key of a new session.
    Session(tokenry_core::secret::Plaintext),
    /// A bare value, as the `properties` endpoint has them.
    Text(String),
}

impl Reply {
    /// 200 with a feed.
    pub(crate) fn ok(feed: Feed) -> Self {
        Self::new(StatusCode::OK, Content::Feed(Box::new(feed)))
    }

    /// 201 with a feed.
    pub(crate) fn created(feed: Feed) -> Self {
        Self::new(StatusCode::CREATED, Content::Feed(Box::new(feed)))
    }

    /// Nothing but messages.
    pub(crate) fn messages(status: StatusCode, messages: Vec<Message>) -> Self {
        Self::new(status, Content::Messages(messages))
    }

    /// 200 with the key of a new session.
    pub(crate) fn session(key: tokenry_core::secret::Plaintext) -> Self {
        Self::new(StatusCode::OK, Content::Session(key))
    }

    /// 200 with a bare value.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::new(StatusCode::OK, Content::Text(text.into()))
    }

    /// The same with another header. A value that no header can hold is left out.
    pub(crate) fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// The response on the wire.
    pub(crate) fn print(self, mode: OutputMode) -> Response<Body> {
        let (content_type, body) = match self.body {
            Content::Feed(feed) => (mode.content_type(), mode.feed(&feed)),
            Content::Messages(messages) => (mode.content_type(), mode.messages(&messages)),
            Content::Session(key) => (mode.content_type(), mode.login(key.expose())),
            Content::Text(text) => ("text/plain; charset=UTF-8", text),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        for (name, value) in self.headers {
            headers.append(name, value);
        }
        response
    }

    fn new(status: StatusCode, body: Content) -> Self {
        Self {
            status,
            body,
            headers: Vec::new(),
        }
    }
}
