//! What a client goes on sending after its answer was decided: read and forgotten for a moment, so that the answer
//! arrives. How long and how much, for every version of HTTP, stands here.
//!
//! HTTP/1: closing a socket while bytes wait unread makes the kernel send a reset, which destroys an answer the client
//! has not read yet (a 413 for a body still being sent); `linger` reads the rest of the connection.
//!
//! HTTP/2: a request dropped half read is reset at once, which RFC 9113 (8.1) allows after a complete answer, but curl
//! 7.88 then fails without showing the answer. So the body is not dropped but drained.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// How long to go on reading.
pub(super) const LONGEST: Duration = Duration::from_secs(2);
/// How many bytes to go on reading.
pub(super) const MOST_BYTES: usize = 16 * 1024 * 1024;

/// The body of a request; dropped half read on HTTP/2, it is drained in the background.
#[derive(Debug)]
pub(super) struct Drained {
    body: Option<Incoming>,
    multiplexed: bool,
}

impl Drained {
    pub(super) fn new(incoming: Incoming, multiplexed: bool) -> Self {
        Self {
            body: Some(incoming),
            multiplexed,
        }
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        if !self.multiplexed {
            return;
        }
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(rest), Ok(runtime)) = (rest, tokio::runtime::Handle::try_current()) {
            runtime.spawn(tokio::time::timeout(LONGEST, drain(rest)));
        }
    }
}

async fn drain(mut body: Incoming) {
    let mut left = MOST_BYTES;
    while let Some(Ok(frame)) = body.frame().await {
        left = left.saturating_sub(frame.data_ref().map_or(0, Bytes::len));
        if left == 0 {
            return;
        }
    }
}

impl Body for Drained {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match &mut self.body {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}
