//! The access line: one per request, when the last byte of its answer is handed over. Never a header, a query or a body.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::Body;
use axum::http::{Method, Uri};
use bytes::Bytes;
use hyper::StatusCode;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tracing::Span;

use super::activity::Activity;
use super::request_id::RequestId;

/// The target of access lines and their spans, so that a log filter can name them.
pub(super) const ACCESS: &str = "tokenry::access";

/// Paths are cut to this for the log: a client shall not fill the disk.
const LONGEST_PATH: usize = 256;

/// An element of a path longer than this may be a session key or a token, unless it is an id.
const LONGEST_NAME: usize = 40;

/// The span of a request. The query string is left out: people put secrets there.
pub(super) fn span(id: RequestId, method: &Method, uri: &Uri) -> Span {
    let path = shown(uri.path());
    let path = path
        .get(..path.floor_char_boundary(LONGEST_PATH))
        .unwrap_or_default();
    tracing::info_span!(target: ACCESS, "request", %id, %method, path)
}

/// The path without what may be secret in it (NT-41): clients end a session by its key, and mistake a token for its id.
fn shown(path: &str) -> Cow<'_, str> {
    let is_id = |element: &str| {
        element.len() == 64
            && (element.bytes()).all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'))
    };
    let may_be_secret = |element: &str| element.len() > LONGEST_NAME && !is_id(element);
    if !path.split('/').any(may_be_secret) {
        return Cow::Borrowed(path);
    }
    let elements = path.split('/');
    let shown = elements.map(|element| {
        if may_be_secret(element) {
            "…"
        } else {
            element
        }
    });
    Cow::Owned(shown.collect::<Vec<_>>().join("/"))
}

/// Notes what became of a request, and writes it down when dropped.
#[derive(Debug)]
pub(super) struct Record {
    /// None where requests are not told one by one.
    span: Option<Span>,
    activity: Arc<Activity>,
    began: Instant,
    status: Option<StatusCode>,
    bytes: u64,
}

impl Record {
    pub(super) fn begin(span: Option<Span>, activity: Arc<Activity>, multiplexed: bool) -> Self {
        activity.request_began(multiplexed);
        Self {
            span,
            activity,
            began: Instant::now(),
            status: None,
            bytes: 0,
        }
    }

    /// The answer's head is ready; its body carries the record on.
    pub(super) fn answered(mut self, status: StatusCode, body: Body) -> RecordedBody {
        self.status = Some(status);
        self.activity.progressed();
        RecordedBody {
            inner: body,
            record: self,
        }
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.activity.request_ended();
        let Some(span) = &self.span else {
            return;
        };
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let bytes = self.bytes;
        match self.status {
            Some(status) => {
                let status = status.as_u16();
                tracing::info!(target: ACCESS, parent: span, status, micros, bytes, "answered");
            }
            None => {
                tracing::info!(target: ACCESS, parent: span, micros, "the client left before the answer");
            }
        }
    }
}

/// The body of an answer, counting its bytes.
#[derive(Debug)]
pub(super) struct RecordedBody {
    inner: Body,
    record: Record,
}

impl HttpBody for RecordedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.record.bytes += u64::try_from(length).unwrap_or(0);
            self.record.activity.progressed();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nt41_a_path_is_shown_without_what_may_be_secret() {
        let id = "0123456789abcdef".repeat(4);
        let key = "DmHy1aHS0RpfBeh0".repeat(4);
        for (path, expected) in [
            ("/services/server/info", "/services/server/info".to_owned()),
            (&format!("/a/{id}"), format!("/a/{id}")),
            (&format!("/a/{key}"), "/a/…".to_owned()),
            (&format!("/a/{key}.{key}.{key}/b"), "/a/…/b".to_owned()),
            (&format!("/{}", id.to_uppercase()), "/…".to_owned()),
        ] {
            assert_eq!(shown(path), expected);
        }
    }
}
