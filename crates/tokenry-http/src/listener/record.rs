//! The access line: one per request, when the last byte of its answer is handed over. Never a header, a query or a body.

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

/// The span of a request. The query string is left out: people put secrets there.
pub(super) fn span(id: RequestId, method: &Method, uri: &Uri) -> Span {
    let path = uri.path();
    let path = path
        .get(..path.floor_char_boundary(LONGEST_PATH))
        .unwrap_or_default();
    tracing::info_span!(target: ACCESS, "request", %id, %method, path)
}

/// Notes what became of a request, and writes it down when dropped.
#[derive(Debug)]
pub(super) struct Record {
    span: Span,
    activity: Arc<Activity>,
    began: Instant,
    status: Option<StatusCode>,
    bytes: u64,
}

impl Record {
    pub(super) fn begin(span: Span, activity: Arc<Activity>, multiplexed: bool) -> Self {
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
        let micros = u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let bytes = self.bytes;
        match self.status {
            Some(status) => {
                let status = status.as_u16();
                tracing::info!(target: ACCESS, parent: &self.span, status, micros, bytes, "answered");
            }
            None => {
                tracing::info!(target: ACCESS, parent: &self.span, micros, "the client left before the answer");
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
