//! The listener: from an accepted TCP connection to a `Router`, within limits, and back.
//!
//! It owns what every face needs and no face should repeat: TLS, time and size limits, request ids, the access line,
//! catching panics, stopping gracefully. It knows nothing of tokens, faces or settings files.
//!
//! It is written over hyper-util and not as tower layers, because six generic layers cost more than checking a token.

mod accept;
mod activity;
mod body;
mod connection;
mod handler;
mod leftover;
mod limits;
mod linger;
mod peer;
mod record;
mod request_id;
mod service;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use body::{BodyError, read_body};
pub use handler::Handler;
pub use limits::Limits;
pub use peer::Peer;
pub use request_id::{RequestId, RequestIds};

/// Serves `app` on `listener` until `shutdown` resolves, then lets running requests end within the grace period.
///
/// With `tls` every connection speaks TLS; without it, plain HTTP. HTTP/1.1 and HTTP/2 are told apart by what arrives.
/// Several listeners may share `ids` (a clone), so that an id names one request of the whole process.
///
/// # Errors
///
/// None today: what goes wrong with a connection is logged and ends that connection only.
pub async fn serve<H: Handler>(
    listener: TcpListener,
    tls: Option<Arc<ServerConfig>>,
    app: H,
    limits: Limits,
    ids: RequestIds,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    let shared = Arc::new(connection::Shared::new(tls, app, limits, ids));
    let connections = accept::accept_until(shutdown, &listener, &shared, &stopping).await;
    drop(listener);
    stop.send_replace(true);
    finish(connections, &shared.limits).await;
    Ok(())
}

/// Waits for the connections to end, and cuts what is left after the grace period.
async fn finish(mut connections: JoinSet<()>, limits: &Limits) {
    let all_ended = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.grace_period, all_ended)
        .await
        .is_err()
    {
        tracing::warn!(
            connections = connections.len(),
            "the grace period is over: cutting the connections that are left"
        );
        connections.shutdown().await;
    }
}
