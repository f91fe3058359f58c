//! One request: marked with id and peer, given to the faces, bounded in time, shielded from panics, and answered.

use std::convert::Infallible;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HeaderName, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use tokio::time::error::Elapsed;
use tracing::Instrument as _;

use super::Peer;
use super::activity::Activity;
use super::body::{self, BodyState};
use super::connection::Shared;
use super::handler::Handler;
use super::record::{self, Record, RecordedBody};
use super::request_id::RequestId;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What a request needs to know of its connection.
pub(super) struct Context<H> {
    pub(super) shared: Arc<Shared<H>>,
    pub(super) activity: Arc<Activity>,
    pub(super) peer: Peer,
}

/// Answers one request.
pub(super) async fn answer<H: Handler>(
    context: Arc<Context<H>>,
    request: Request<Incoming>,
) -> Result<Response<RecordedBody>, Infallible> {
    let id = context.shared.ids.next();
    let multiplexed = request.version() >= Version::HTTP_2;
    let span = H::IS_LOGGED.then(|| record::span(id, request.method(), request.uri()));
    let record = Record::begin(span.clone(), Arc::clone(&context.activity), multiplexed);
    let (mut response, body_state) = match span {
        Some(span) => respond(&context, id, request).instrument(span).await,
        None => respond(&context, id, request).await,
    };
    if H::IS_LOGGED {
        complete(&mut response, id);
    }
    if !multiplexed && body_state.spoils_connection() {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    let status = response.status();
    Ok(response.map(|body| record.answered(status, body)))
}

async fn respond<H: Handler>(
    context: &Context<H>,
    id: RequestId,
    request: Request<Incoming>,
) -> (Response<Body>, BodyState) {
    let limits = &context.shared.limits;
    let (parts, incoming) = request.into_parts();
    let multiplexed = parts.version >= Version::HTTP_2;
    let (body, body_state) = body::guard(incoming, limits.max_body_bytes, multiplexed);
    let request = Request::from_parts(parts, body);
    // Boxed: what is handed on from here to the clock is a pointer, and not some kilobytes.
    let handler = Box::pin(catch_panic(context.shared.app.answer(
        request,
        context.peer,
        id,
    )));
    let response = match in_time(handler, limits.request_timeout).await {
        Ok(Ok(response)) => response,
        Ok(Err(Panicked)) => {
            tracing::error!("a handler panicked");
            plain(StatusCode::INTERNAL_SERVER_ERROR, "Internal error")
        }
        Err(_) => out_of_time(&body_state),
    };
    (response, body_state)
}

/// Waits for so long, and sets no clock for what is done at once.
pub(crate) async fn in_time<F: Future>(future: F, limit: Duration) -> Result<F::Output, Elapsed> {
    let mut future = pin!(future);
    match poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await {
        Poll::Ready(output) => Ok(output),
        Poll::Pending => tokio::time::timeout(limit, future).await,
    }
}

fn out_of_time(body_state: &BodyState) -> Response<Body> {
    if !body_state.ended() {
        return plain(
            StatusCode::REQUEST_TIMEOUT,
            "The request took too long to arrive",
        );
    }
    tracing::warn!("no answer within the request timeout");
    let mut response = plain(StatusCode::SERVICE_UNAVAILABLE, "No answer in time");
    let seconds = HeaderValue::from_static("1");
    response.headers_mut().insert(RETRY_AFTER, seconds);
    response
}

/// Adds what every answer carries where its face did not say otherwise.
///
/// No `Strict-Transport-Security`: it binds every port of a host name, `localhost` and other people's services included;
/// that is for the operator's proxy, or the console, to decide.
fn complete(response: &mut Response<Body>, id: RequestId) {
    let headers = response.headers_mut();
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers
        .entry(X_CONTENT_TYPE_OPTIONS)
        .or_insert(HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(X_REQUEST_ID, id);
    }
}

/// The listener's own words, where no face got to speak.
fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

/// A handler panicked; the payload, which may hold anything, is gone.
struct Panicked;

async fn catch_panic<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(_payload) => Poll::Ready(Err(Panicked)),
        },
    )
    .await
}
