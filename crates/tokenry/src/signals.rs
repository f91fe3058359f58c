//! Signals: the orders to stop and to read the certificate again.

use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The orders to stop.
#[derive(Debug)]
pub struct StopSignals {
    interrupt: Signal,
    terminate: Signal,
}

impl StopSignals {
    /// Listens from now on.
    ///
    /// # Errors
    ///
    /// When the system does not let us.
    pub fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Resolves at the next SIGINT or SIGTERM.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Calls `action` at every SIGHUP; never ends.
///
/// # Errors
///
/// When the system does not let us listen.
pub async fn on_hangup(action: impl Fn()) -> io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    while hangup.recv().await.is_some() {
        action();
    }
    std::future::pending().await
}
