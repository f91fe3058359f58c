//! The body of a request, never longer than allowed: the limit is enforced while reading, whoever reads.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};

use super::leftover::Drained;

/// Why a body could not be read. The face chooses status and words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Longer than allowed: 413.
    #[error("the body is longer than allowed")]
    TooLarge,
    /// The connection broke, or the client framed the body wrongly: 400.
    #[error("the body could not be read")]
    Broken,
}

/// Reads a whole body of at most `limit` bytes (and never more than the listener's own limit).
///
/// A body that announces itself as too long is refused without reading a byte, and before `100 Continue` is sent.
///
/// # Errors
///
/// [`BodyError`]
pub async fn read_body(body: Body, limit: usize) -> Result<Bytes, BodyError> {
    if exceeds(&body.size_hint(), limit) {
        return Err(BodyError::TooLarge);
    }
    match Limited::new(body, limit).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if is_length_limit(error.as_ref()) => Err(BodyError::TooLarge),
        Err(_) => Err(BodyError::Broken),
    }
}

/// The body as the faces see it, and a way to ask afterwards whether it was read to its end.
pub(super) fn guard(incoming: Incoming, limit: usize, multiplexed: bool) -> (Body, BodyState) {
    let hint = incoming.size_hint();
    if incoming.is_end_stream() {
        return (Body::empty(), BodyState::none());
    }
    let oversized = exceeds(&hint, limit).then_some(hint);
    let ended = Arc::default();
    let state = BodyState::unread(&hint, &ended);
    let limit = if oversized.is_some() { 0 } else { limit };
    let body = Guarded {
        inner: Limited::new(Drained::new(incoming, multiplexed), limit),
        oversized,
        ended,
    };
    (Body::new(body), state)
}

/// What became of a request's body.
#[derive(Debug)]
pub(super) struct BodyState {
    /// None where there is none to be read.
    ended: Option<Arc<AtomicBool>>,
    small: bool,
}

impl BodyState {
    /// Bodies up to this size usually arrived together with their head, and hyper clears them away by itself.
    const SMALL: u64 = 8 * 1024;

    fn none() -> Self {
        Self {
            ended: None,
            small: true,
        }
    }

    fn unread(hint: &SizeHint, ended: &Arc<AtomicBool>) -> Self {
        Self {
            ended: Some(Arc::clone(ended)),
            small: hint.upper().is_some_and(|upper| upper <= Self::SMALL),
        }
    }

    /// Whether all of it was read.
    pub(super) fn ended(&self) -> bool {
        let ended = self.ended.as_ref();
        ended.is_none_or(|ended| ended.load(Ordering::Relaxed))
    }

    /// Whether so much of it may be left that the connection is better closed than cleared.
    pub(super) fn spoils_connection(&self) -> bool {
        !self.small && !self.ended()
    }
}

#[derive(Debug)]
struct Guarded {
    inner: Limited<Drained>,
    /// The announced size, where it is beyond the limit.
    oversized: Option<SizeHint>,
    ended: Arc<AtomicBool>,
}

impl HttpBody for Guarded {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::BoxError>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
        if frame.is_none() || self.inner.is_end_stream() {
            self.ended.store(true, Ordering::Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.oversized.unwrap_or_else(|| self.inner.size_hint())
    }
}

fn exceeds(hint: &SizeHint, limit: usize) -> bool {
    u64::try_from(limit).is_ok_and(|limit| hint.lower() > limit)
}

fn is_length_limit(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(<dyn std::error::Error>::is::<LengthLimitError>)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reads_up_to_the_limit_and_no_further() {
        let read = |size: usize| read_body(Body::from(vec![b'x'; size]), 10);
        assert_eq!(read(10).await.unwrap().len(), 10);
        assert_eq!(read(11).await.unwrap_err(), BodyError::TooLarge);
    }

    #[tokio::test]
    async fn knows_a_limit_below_its_own() {
        let chunks = Body::new(Limited::new(Body::from("0123456789"), 4));
        assert_eq!(
            read_body(chunks, 100).await.unwrap_err(),
            BodyError::TooLarge
        );
    }
}
