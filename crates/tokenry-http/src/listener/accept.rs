//! The accept loop: connections up to the cap, one task each, and patience when the system runs out of descriptors.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::peer::Peer;
use super::socket::{Socket, Stream};

const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Accepts until `shutdown` resolves, and gives every connection to `run`; gives back those that are still open.
pub(super) async fn accept_until<R: Future<Output = ()> + Send + 'static>(
    shutdown: impl Future<Output = ()> + Send,
    socket: &Socket,
    max_connections: usize,
    run: impl Fn(Stream, Peer) -> R + Send,
) -> JoinSet<()> {
    let slots = Arc::new(Semaphore::new(max_connections));
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return connections,
            Some(ended) = connections.join_next() => report(ended),
            Some((slot, stream, peer)) = next(socket, &slots) => {
                let connection = run(stream, peer);
                connections.spawn(async move {
                    connection.await;
                    drop(slot);
                });
            }
        }
    }
}

/// The next connection, once there is room for it; `None` never while the socket lives.
async fn next(
    socket: &Socket,
    slots: &Arc<Semaphore>,
) -> Option<(OwnedSemaphorePermit, Stream, Peer)> {
    let slot = Arc::clone(slots).acquire_owned().await.ok()?;
    let mut pause = FIRST_PAUSE;
    loop {
        match socket.accept().await {
            Ok((stream, peer)) => return Some((slot, stream, peer)),
            Err(error) if is_about_one_connection(&error) => {}
            Err(error) => {
                // Out of descriptors or memory: trying again at once would only burn the processor.
                tracing::error!(%error, "cannot accept connections; trying again soon");
                tokio::time::sleep(pause).await;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
        }
    }
}

fn is_about_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted
    )
}

/// A panic outside a handler (in a streamed body, or in the listener itself) ends its connection only.
fn report(ended: Result<(), tokio::task::JoinError>) {
    if ended.is_err_and(|error| error.is_panic()) {
        tracing::error!("a connection's task panicked; its connection is closed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_a_lost_connection_from_an_exhausted_system() {
        assert!(is_about_one_connection(
            &io::ErrorKind::ConnectionAborted.into()
        ));
        let too_many_open_files = io::Error::from_raw_os_error(24);
        assert!(!is_about_one_connection(&too_many_open_files));
    }
}
