//! Proves who somebody is by his password: for one request, or for a session.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    app::{App, Origin},
    audit::Action,
    error::Error,
    id::UserName,
    permit::Permit,
    port::{Batch, Write},
    principal::password::{MAX_BYTES, PasswordHash},
    secret::{Digest, Plaintext},
    session::Session,
    verify::{Credential, Grant, Reason, Verdict, decide},
};

impl App {
    /// Checks a name and a password, as presented with one request (Basic authentication).
    /// [`Error::Unauthenticated`] says in the log why not; to the stranger all reasons look alike.
    pub async fn check_password(
        &self,
        name: &str,
        password: Plaintext,
        origin: &Origin,
    ) -> Result<Grant, Error> {
        self.prove(name, password, origin)
            .await
            .map(|(grant, _)| grant)
    }

    /// The same, with the hash that the password was found to fit.
    async fn prove(
        &self,
        name: &str,
        password: Plaintext,
        origin: &Origin,
    ) -> Result<(Grant, PasswordHash), Error> {
        let refuse = |reason| Err(Error::Unauthenticated(reason));
        let world = self.world();
        let user = UserName::parse(name)
            .ok()
            .and_then(|name| Some(world.named(&name)?.user.id));
        let locked_out = user.is_some_and(|user| self.attempts.is_locked_out(user, origin.at));
        let hash = match user {
            Some(user) if !locked_out && password.expose().len() <= MAX_BYTES => {
                self.store().password(user).await?
            }
            _ => None,
        };
        let right = self
            .ports
            .passwords
            .check(shortened(password), hash.clone())
            .await?;
        // Once more: of many guesses that were checked at the same time, those after the lockout count for nothing.
        let locked_out =
            locked_out || user.is_some_and(|user| self.attempts.is_locked_out(user, origin.at));
        match (user, hash.filter(|_| right)) {
            (_, _) if locked_out => refuse(Reason::LockedOut),
            (Some(user), Some(hash)) => {
                self.attempts.clear(user);
                match decide(Credential::Password(user), &self.world(), origin.at) {
                    Verdict::Granted(grant) => Ok((grant, hash)),
                    Verdict::Denied(reason) => refuse(reason),
                }
            }
            (Some(user), None) => {
                self.attempts.failed(user, origin.at);
                refuse(Reason::WrongPassword)
            }
            (None, _) => refuse(Reason::WrongPassword),
        }
    }

    /// Signs somebody in. The key in the answer is the only copy there will ever be.
    pub async fn login(
        &self,
        name: &str,
        password: Plaintext,
        origin: &Origin,
    ) -> Result<Plaintext, Error> {
        let (grant, hash) = self.prove(name, password, origin).await?;
        let address = origin
            .address
            .ok_or_else(|| Error::internal("a sign-in without an address"))?;
        let key = Plaintext::from(URL_SAFE_NO_PAD.encode(self.random::<48>()));
        let session = Session {
            digest: Digest::of(key.expose()),
            user: grant.principal.user.id,
            created: origin.at,
            last_used: origin.at,
            address,
        };
        let permit = Permit::oneself(&grant.principal.user.name);
        let event = origin
            .event(&permit, Action::Login, "signed in with a password")
            .about(&grant.principal.user.name);
        let batch = Batch {
            // A password that is changed while it is being checked must not leave a session behind.
            writes: vec![
                Write::RequirePassword(session.user, hash),
                Write::InsertSession(session),
            ],
            events: vec![event],
            ..Batch::default()
        };
        match self.store().apply(batch).await {
            Err(Error::Conflict { .. }) => Err(Error::Unauthenticated(Reason::WrongPassword)),
            applied => applied.map(|_| key),
        }
    }
}

/// Nobody's password is longer than [`MAX_BYTES`], so what is longer need not be hashed whole to be wrong.
fn shortened(password: Plaintext) -> Plaintext {
    if password.expose().len() <= MAX_BYTES {
        password
    } else {
        Plaintext::from(String::new())
    }
}

#[cfg(test)]
mod tests;
