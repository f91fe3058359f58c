//! The listener: from an accepted connection to a `Router`, within limits, and back.
//!
//! It owns what every face needs and no face should repeat: TLS, the PROXY protocol, time and size limits, request ids, the access line,
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
mod proxy;
mod record;
mod request_id;
mod service;
mod socket;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub use body::{BodyError, read_body};
pub use handler::Handler;
pub use limits::Limits;
pub use peer::Peer;
pub use proxy::Senders;
pub use request_id::{RequestId, RequestIds};
pub(crate) use service::in_time;
pub(crate) use socket::Stream;
pub use socket::{Listen, Socket};

/// Serves `app` on `socket` until `shutdown` resolves, then lets running requests end within the grace period.
///
/// With `tls` every connection speaks TLS; without it, plain HTTP. HTTP/1.1 and HTTP/2 are told apart by what arrives.
/// Several listeners may share `ids` (a clone), so that an id names one request of the whole process.
///
/// # Errors
///
/// None today: what goes wrong with a connection is logged and ends that connection only.
pub async fn serve<H: Handler>(
    socket: Socket,
    tls: Option<Arc<ServerConfig>>,
    app: H,
    limits: Limits,
    ids: RequestIds,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    let senders = socket.senders.clone();
    let shared = Arc::new(connection::Shared::new(senders, tls, app, limits, ids));
    let limits = &shared.limits;
    let run = |stream, peer| {
        let (shared, stopping) = (Arc::clone(&shared), stopping.clone());
        async move { connection::run(&shared, stream, peer, stopping).await }
    };
    let connections = accept::accept_until(shutdown, &socket, limits.max_connections, run).await;
    drop(socket);
    stop.send_replace(true);
    finish(connections, limits).await;
    Ok(())
}

/// Serves connections on which something else than HTTP is spoken: `run` gets each of them, and a way to hear of the
/// order to stop.
///
/// # Errors
///
/// As [`serve`].
pub(crate) async fn serve_streams<R: Future<Output = ()> + Send + 'static>(
    socket: Socket,
    limits: &Limits,
    run: impl Fn(Stream, Peer, watch::Receiver<bool>) -> R + Send,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    let run = move |stream, peer| run(stream, peer, stopping.clone());
    let connections = accept::accept_until(shutdown, &socket, limits.max_connections, run).await;
    drop(socket);
    stop.send_replace(true);
    finish(connections, limits).await;
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
