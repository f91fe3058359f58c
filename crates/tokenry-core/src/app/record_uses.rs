//! Writes down when tokens and sessions were last used: gathered in memory by the engine, flushed now and then,
//! never one write per verification. Idle sessions are swept out here too.

use jiff::Timestamp;

use crate::{
    app::App,
    error::Error,
    id::TokenId,
    port::{Batch, Write},
    secret::Digest,
    token::Use,
};

impl App {
    /// Commits the uses gathered since the last time.
    pub async fn record_uses(
        &self,
        tokens: Vec<(TokenId, Use)>,
        sessions: Vec<(Digest, Timestamp)>,
    ) -> Result<(), Error> {
        let writes: Vec<Write> = [
            (!tokens.is_empty()).then_some(Write::RecordTokenUses(tokens)),
            (!sessions.is_empty()).then_some(Write::RecordSessionUses(sessions)),
        ]
        .into_iter()
        .flatten()
        .collect();
        if writes.is_empty() {
            return Ok(());
        }
        self.store()
            .apply(Batch {
                writes,
                ..Batch::default()
            })
            .await
            .map(|_| ())
    }

    /// Deletes sessions that lay idle for longer than they may.
    pub async fn delete_idle_sessions(&self) -> Result<(), Error> {
        let oldest = self.now() - self.policy.session_idle_timeout;
        let writes = vec![Write::DeleteSessionsUnusedSince(oldest)];
        self.store()
            .apply(Batch {
                writes,
                ..Batch::default()
            })
            .await
            .map(|_| ())
    }
}
