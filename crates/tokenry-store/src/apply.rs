//! What a batch of the rules is in statements, and what its listeners are told once it is committed.
//!
//! Not here: the statements (`crate::tables`), and how they are committed (`crate::engine`).

use std::sync::Arc;

use tokenry_core::port::{Applied, Batch, Commit, CommitListener, Recorded, Write};

use crate::{
    engine::{After, Done, Step, StoreError},
    tables::{
        audit, feed, head, objects, requests, roles, sessions, settings, tokens, tombstones, users,
    },
};

/// All steps of a batch. The first one makes room for the rest.
pub(crate) fn steps(batch: &Batch) -> Result<Vec<Step>, StoreError> {
    let at = batch
        .events
        .first()
        .map_or(0, |event| event.at.as_microsecond());
    let mut steps = vec![head::advance(batch)];
    let mut unnumbered = head::tokens_added(&batch.writes);
    for write in &batch.writes {
        steps.extend(write_steps(write, &mut unnumbered)?);
    }
    steps.extend(audit::append(&batch.events));
    steps.extend(feed::append(&batch.changes, at));
    Ok(steps)
}

/// Tells the listener, once the batch is committed.
pub(crate) fn announce(listener: Arc<dyn CommitListener>, batch: Batch) -> After {
    Box::new(move |done| match commit(batch, done) {
        Ok(commit) => listener.committed(&commit),
        Err(error) => {
            tracing::error!(%error, "a committed batch has no place in the order of commits");
        }
    })
}

/// The answer to the caller.
pub(crate) fn applied(done: &[Done]) -> Result<Applied, StoreError> {
    head::position(done).map(|position| Applied {
        sequence: position.sequence,
        token_number: position.token_number,
    })
}

fn commit(batch: Batch, done: &[Done]) -> Result<Commit, StoreError> {
    let position = head::position(done)?;
    let numbers = (position.audit - (batch.events.len() as u64).cast_signed() + 1)..;
    Ok(Commit {
        sequence: position.sequence,
        world: batch.world.map(|_| position.world),
        events: numbers
            .zip(batch.events)
            .map(|(sequence, event)| Recorded { sequence, event })
            .collect(),
        changes: batch.changes,
    })
}

/// The steps of one write. The head has made room for the numbers of all tokens that the batch adds; so many of them,
/// this write's included, are still to be given out.
fn write_steps(write: &Write, unnumbered: &mut i64) -> Result<Vec<Step>, StoreError> {
    Ok(match write {
        Write::DeleteRole(name) => vec![roles::delete(name)],
        Write::DeleteSession(digest) => vec![sessions::delete(digest)],
        Write::DeleteSessionsOf(user) => vec![sessions::delete_of(*user)],
        Write::DeleteSessionsUnusedSince(oldest) => vec![sessions::delete_unused_since(*oldest)],
        Write::DeleteToken(id, owner, end) => tokens::delete(*id, *owner, *end).into(),
        Write::DeleteTokensOf(owner, end) => tokens::delete_of(*owner, *end).into(),
        Write::DeleteTombstonesBefore(oldest) => vec![tombstones::delete_before(*oldest)],
        Write::DeleteUser(id, end) => {
            let mut steps = vec![sessions::delete_of(*id)];
            steps.extend(tokens::delete_of(*id, *end));
            steps.extend(users::delete(*id));
            steps
        }
        Write::EditToken {
            id,
            owner,
            was,
            becomes,
        } => vec![tokens::edit(*id, *owner, was, becomes)],
        Write::ForgetBefore(oldest) => vec![requests::delete_before(*oldest)],
        Write::InsertSession(session) => vec![sessions::insert(session)],
        Write::InsertToken(token) => {
            *unnumbered -= 1;
            tokens::insert(token, *unnumbered).into()
        }
        Write::InsertUser(user, hash) => users::insert(user, hash)?.into(),
        Write::PutObject(object) => vec![objects::put(object)?],
        Write::PutRole(role) => vec![roles::put(role)?],
        Write::PutSettings(settings) => settings::replace(settings),
        Write::ResetClock(at) => vec![head::reset_clock(*at)],
        Write::RaiseClock(at) => vec![head::raise_clock(*at)],
        Write::RecordTokenUses(uses) => uses
            .iter()
            .map(|(id, used)| tokens::record_use(*id, used))
            .collect(),
        Write::RecordSessionUses(uses) => uses
            .iter()
            .map(|(digest, at)| sessions::touch(digest, *at))
            .collect(),
        Write::ReplaceToken {
            id,
            owner,
            expires,
            by,
        } => vec![tokens::replace(*id, *owner, *expires, *by)],
        Write::Remember(key, what) => vec![requests::insert(*key, what)],
        Write::RequireSession(digest) => vec![sessions::require(digest)],
        Write::RequirePassword(id, hash) => vec![users::require_password(*id, hash)],
        Write::SetPassword(id, hash) => vec![users::set_password(*id, hash)],
        Write::SetTokenStatus(id, owner, status) => vec![tokens::set_status(*id, *owner, *status)],
        Write::SetTokenStatusOf(owner, status) => vec![tokens::set_status_of(*owner, *status)],
        Write::UpdateUser(user) => vec![users::update(user)?],
    })
}
