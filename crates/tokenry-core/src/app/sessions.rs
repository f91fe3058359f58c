//! Lists sessions and ends them.

use crate::{
    app::{App, Caller},
    audit::Action,
    change::Change,
    error::Error,
    permit::Wish,
    port::{Batch, Write},
    secret::Digest,
    session::Session,
};

/// How many sessions a list shows at most.
const LISTED: u64 = 1000;

impl App {
    /// The live sessions that the caller may see, newest first: his own, or all if he edits users.
    pub async fn list_sessions(&self, caller: &Caller) -> Result<Vec<Session>, Error> {
        let sees_all = caller.may(Wish::EditUsers).is_ok();
        let of = (!sees_all).then(|| caller.id());
        let mut sessions = self.store().sessions(of, LISTED).await?;
        sessions.retain(|session| !session.is_idle(caller.origin.at));
        Ok(sessions)
    }

    /// Ends a session. One that the caller may not end looks like one that does not exist.
    pub async fn logout(&self, caller: &Caller, digest: Digest) -> Result<(), Error> {
        let gone = || Error::not_found("session", "");
        let session = self.store().session(digest).await?.ok_or_else(gone)?;
        let permit = caller
            .may(Wish::ManageSessions(session.user))
            .map_err(|_| gone())?;
        let world = self.world();
        let name = world
            .principal(session.user)
            .map(|owner| owner.user.name.to_string())
            .unwrap_or_default();
        let batch = Batch {
            writes: vec![Write::DeleteSession(digest)],
            events: vec![
                caller
                    .origin
                    .event(
                        &permit,
                        Action::Logout,
                        format!("session {} ended", session.number),
                    )
                    .about(&name)
                    .about_object(session.user.number()),
            ],
            changes: vec![Change::SessionEnded(digest)],
            ..Batch::default()
        };
        match self.store().apply(batch).await {
            Err(Error::Conflict { .. }) => Err(gone()),
            applied => {
                applied?;
                self.shelf.clear_session(digest);
                Ok(())
            }
        }
    }

    /// Ends all sessions of the caller.
    pub async fn logout_everywhere(&self, caller: &Caller) -> Result<(), Error> {
        let user = &caller.principal().user;
        let permit = caller.may(Wish::ManageSessions(user.id))?;
        let event = caller
            .origin
            .event(&permit, Action::Logout, "all sessions of the user ended")
            .about(&user.name)
            .about_object(user.id.number());
        let batch = Batch {
            writes: vec![Write::DeleteSessionsOf(user.id)],
            events: vec![event],
            changes: vec![Change::SessionsEnded(user.id)],
            ..Batch::default()
        };
        self.store().apply(batch).await?;
        self.shelf.clear_sessions_of(user.id);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
