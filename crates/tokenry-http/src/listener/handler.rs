//! What a listener gives requests to.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use tower::ServiceExt as _;

use super::{Peer, RequestId};

/// Answers requests.
pub trait Handler: Send + Sync + 'static {
    /// Whether its requests are told in the log one by one, and their answers carry the request's id. For one that
    /// answers a hundred thousand a second that would cost more than the answers.
    const IS_LOGGED: bool;

    /// Answers one request.
    fn answer(
        &self,
        request: Request<Body>,
        peer: Peer,
        id: RequestId,
    ) -> impl Future<Output = Response<Body>> + Send;
}

impl Handler for Router {
    const IS_LOGGED: bool = true;

    async fn answer(
        &self,
        mut request: Request<Body>,
        peer: Peer,
        id: RequestId,
    ) -> Response<Body> {
        request.extensions_mut().insert(peer);
        request.extensions_mut().insert(id);
        let answer: Result<_, Infallible> = self.clone().oneshot(request).await;
        match answer {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
