//! Writes down when tokens and sessions were last used: gathered in memory by the engine, flushed now and then,
//! never one write per verification. Idle sessions are swept out here too.

use jiff::{SignedDuration, Timestamp};

use crate::{
    app::App,
    error::Error,
    id::TokenId,
    port::{Batch, Write},
    secret::Digest,
    token::Use,
};

/// For how long the log can tell why the string of a token that is no more was refused: 400 days.
const TOMBSTONES_KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// How many uses are committed at once, so that nobody else waits long for his turn to write.
const PART: usize = 5_000;

impl App {
    /// Commits the uses gathered since the last time, and that it is now so late, even if there were none: a server
    /// whose store commits nothing any more must notice. Many uses are committed a part at a time, and what has not
    /// been when it fails is to be gathered again.
    pub async fn record_uses(
        &self,
        tokens: Vec<(TokenId, Use)>,
        sessions: Vec<(Digest, Timestamp)>,
    ) -> Result<(), Error> {
        let fits = tokens.len() + sessions.len() <= PART;
        let uses = tokens
            .chunks(PART)
            .map(|some| Write::RecordTokenUses(some.into()));
        let touches = (sessions.chunks(PART)).map(|some| Write::RecordSessionUses(some.into()));
        let clock = Write::RaiseClock(self.now());
        let writes: Vec<Write> = uses.chain(touches).chain([clock]).collect();
        for writes in writes.chunks(if fits { writes.len() } else { 1 }) {
            let batch = Batch {
                writes: writes.to_vec(),
                ..Batch::default()
            };
            self.store().apply(batch).await?;
        }
        Ok(())
    }

    /// Deletes sessions that lay idle for longer than they may.
    pub async fn delete_idle_sessions(&self) -> Result<(), Error> {
        let longest = self
            .policy
            .session_idle_timeout
            .max(self.policy.numbered_session_idle_timeout);
        let oldest = self.now() - longest;
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

impl App {
    /// Deletes the tombstones of tokens that ended long ago: their strings are refused as unknown from then on. Keys of
    /// requests are forgotten here too.
    pub async fn delete_old_tombstones(&self) -> Result<(), Error> {
        let oldest = self.now() - TOMBSTONES_KEPT;
        let writes = vec![
            Write::DeleteTombstonesBefore(oldest),
            self.forget_old_keys(),
        ];
        let batch = Batch {
            writes,
            ..Batch::default()
        };
        self.store().apply(batch).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use crate::app::testing::{NOW, Town, second};

    #[test]
    fn uses_are_written_down_without_a_line_in_the_audit_log() {
        let town = Town::new();
        let digest = town.sign_in("user");
        let alive = town.does(town.app.record_uses(vec![], vec![]));
        assert_eq!((alive.events, alive.changes), (vec![], vec![]));
        let uses = vec![(digest, second(NOW + 60))];
        let recorded = town.does(town.app.record_uses(vec![], uses));
        assert_eq!((recorded.events, recorded.changes), (vec![], vec![]));
        assert_eq!(town.dump().sessions[0].last_used, second(NOW + 60));
    }

    #[test]
    fn only_idle_sessions_are_swept_out() {
        let town = Town::new();
        let _ = town.sign_in("user");
        town.advance(1);
        let kept = town.sign_in("user");
        town.advance(3600);
        let swept = town.does(town.app.delete_idle_sessions());
        assert_eq!((swept.events, swept.changes), (vec![], vec![]));
        let left = town.dump().sessions;
        assert_eq!(
            left.iter().map(|one| one.digest).collect::<Vec<_>>(),
            [kept]
        );
    }
}
