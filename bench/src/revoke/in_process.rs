//! The same revocation at the store, without a server: what of the time is not HTTPS; and what verifiers hear of it.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use tokenry_core::{
    change::Change,
    port::{Batch, Commit, CommitListener, Store as _, Write},
    principal::User,
    token::{End, EndReason},
};
use tokenry_store::Store;

use crate::{database::first_owner, town::NOW};

/// Keeps what it hears.
#[derive(Default)]
struct Heard(Mutex<Vec<Vec<Change>>>);

impl CommitListener for Heard {
    fn committed(&self, commit: &Commit) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push(commit.changes.clone());
    }
}

/// Deletes all tokens of the first owner, as the rules do. One commit with one change of tokens must be heard.
pub(super) async fn revoke(path: &Path) -> anyhow::Result<Duration> {
    let heard = Arc::new(Heard::default());
    let store = Store::sqlite(path, Arc::<Heard>::clone(&heard)).await?;
    let world = store.world().await?;
    let owner = first_owner();
    let user = &world.principal(owner).context("no such user")?.user;
    let user = User {
        token_epoch: user.token_epoch + 1,
        ..user.clone()
    };
    let end = End {
        at: NOW,
        reason: EndReason::Revoked,
    };
    let changes = vec![Change::TokensChanged(owner), Change::UserPut(user.clone())];
    let batch = Batch {
        world: Some(world.generation),
        writes: vec![Write::DeleteTokensOf(owner, end), Write::UpdateUser(user)],
        events: Vec::new(),
        changes: changes.clone(),
    };
    let begin = Instant::now();
    store.apply(batch).await?;
    let took = begin.elapsed();
    let heard = heard.0.lock().unwrap_or_else(PoisonError::into_inner);
    ensure!(*heard == [changes], "heard: {heard:?}");
    drop(heard);
    Ok(took)
}
