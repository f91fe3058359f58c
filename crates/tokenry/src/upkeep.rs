//! What the server does beside answering: it writes last uses down, and so renews the lease of the memory, sweeps out
//! idle sessions and old tombstones, wipes strings that can no longer be seen, and counts verdicts by the minute.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokenry_core::app::App;
use tokenry_engine::{Engine, Gathered};
use tokenry_http::{ops::Flushes, recent::Recent};
use tokio::time::{MissedTickBehavior, interval};

/// How often something is written down: the uses of all sessions, and of a part of the tokens.
const FLUSH: Duration = Duration::from_secs(5);

/// In how many parts. The stored last use of a token is behind by so many flushes at most; with each more, tokens that
/// are used all the time cost less.
const PARTS: u32 = 6;

/// After how many flushes idle sessions are swept out.
const SWEEP: u32 = 60;

/// The upkeep of one server.
#[derive(Clone)]
pub struct Upkeep {
    /// Writes.
    pub app: Arc<App>,
    /// Has gathered what to write.
    pub engine: Arc<Engine>,
    /// Is told how it went.
    pub flushes: Arc<Flushes>,
    /// Counts by the minute.
    pub recent: Arc<Recent>,
}

impl Upkeep {
    /// Goes on until it is dropped.
    pub async fn run(self) {
        let mut ticks = interval(FLUSH);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for count in 0_u32.. {
            ticks.tick().await;
            self.app.clear_shelf();
            self.recent.look(self.app.now());
            // A session whose last use is not written down would look idle.
            let gathered = self.engine.uses().take_part(count, PARTS);
            if self.write(gathered).await && count % SWEEP == 0 {
                self.sweep().await;
            }
        }
    }

    /// Writes down all uses gathered so far, at the end.
    pub async fn flush(&self) {
        self.write(self.engine.uses().take()).await;
    }

    /// Writes these uses down, and that the server is alive; if that fails they are kept for the next time.
    async fn write(&self, gathered: Gathered) -> bool {
        let Gathered { tokens, sessions } = gathered.clone();
        let rows = tokens.len() + sessions.len();
        let (asked, at) = (Instant::now(), self.app.now());
        let written = self.app.record_uses(tokens, sessions).await;
        match &written {
            Ok(()) => {
                self.engine.memory().lease().renew(asked);
                self.flushes.succeeded(at, asked.elapsed(), rows);
            }
            Err(error) => {
                self.flushes.failed(at);
                tracing::warn!(%error, "last uses are not written down yet");
                self.engine.uses().put_back(gathered);
            }
        }
        written.is_ok()
    }

    async fn sweep(&self) {
        if let Err(error) = self.app.delete_idle_sessions().await {
            tracing::warn!(%error, "idle sessions are not swept out yet");
        }
        if let Err(error) = self.app.delete_old_tombstones().await {
            tracing::warn!(%error, "old tombstones are not swept out yet");
        }
    }
}
