//! Proves who somebody is by his password: for one request, or for a session.

use crate::{
    app::{App, Caller, Origin},
    audit::Action,
    change::Change,
    error::Error,
    id::{PersonaId, UserId, UserName},
    permit::Permit,
    port::{Batch, Write},
    principal::{
        Principal,
        password::{MAX_BYTES, PasswordHash},
    },
    secret::{Digest, Plaintext},
    session::Session,
    token::form::session_key::{self, Spelling},
    verify::{Credential, Grant, Reason, Verdict, Via, decide},
};

/// What kind of client a session is made for: it says how the key is spelled, and how long it may lie idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionStyle {
    /// Tanium's: a key with numbers in it.
    Numbered,
    /// Any other.
    Plain,
}

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
                match decide(
                    Credential::Password(user),
                    &self.world(),
                    origin.at,
                    origin.client,
                ) {
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
        let proven = still(grant.principal.user.id, hash);
        self.open_session(
            &grant.principal,
            SessionStyle::Plain,
            proven,
            origin,
            "signed in with a password",
        )
        .await
    }

    /// The same for clients that expect a numbered key and may name the user's domain, beside his name or before it
    /// (spec/tanium.md 3.2). A domain must be the user's own.
    pub async fn login_in_domain(
        &self,
        name: &str,
        domain: &str,
        password: Plaintext,
        origin: &Origin,
    ) -> Result<Plaintext, Error> {
        let (domain, name) = match name.split_once('\\') {
            Some((before, name)) if domain.is_empty() => (before, name),
            _ => (domain, name),
        };
        let (grant, hash) = self.prove(name, password, origin).await?;
        let user = &grant.principal.user;
        if !domain.is_empty() && !domain.eq_ignore_ascii_case(&user.profile.domain) {
            return Err(Error::Unauthenticated(Reason::WrongPassword));
        }
        let proven = still(user.id, hash);
        self.open_session(
            &grant.principal,
            SessionStyle::Numbered,
            proven,
            origin,
            "signed in with a password",
        )
        .await
    }

    /// Makes another session for one who is signed in, in which he acts as one of his personas (spec/tanium.md 3.6).
    /// His own session stays. Not for tokens: none becomes a session.
    pub async fn login_as_persona(
        &self,
        caller: &Caller,
        persona: PersonaId,
        style: SessionStyle,
    ) -> Result<Plaintext, Error> {
        let digest = own_session(caller)?;
        // A session that is ended meanwhile must not leave another behind.
        let proven = Batch {
            writes: vec![Write::RequireSession(digest)],
            ..Batch::default()
        };
        self.open_as_persona(caller, persona, style, proven).await
    }

    /// The same, but his own session ends with it, and what could be seen again in it is forgotten.
    pub async fn switch_persona(
        &self,
        caller: &Caller,
        persona: PersonaId,
        style: SessionStyle,
    ) -> Result<Plaintext, Error> {
        let digest = own_session(caller)?;
        let gone = Error::Unauthenticated(Reason::SessionUnknown);
        let session = self.store().session(digest).await?.ok_or(gone)?;
        let user = &caller.principal().user;
        let ended = caller
            .origin
            .event(
                &Permit::oneself(caller.principal()),
                Action::Logout,
                format!("session {} ended for another persona", session.number),
            )
            .about(&user.name)
            .about_object(user.id.number());
        let proven = Batch {
            writes: vec![Write::DeleteSession(digest)],
            events: vec![ended],
            changes: vec![Change::SessionEnded(digest)],
            ..Batch::default()
        };
        let key = self.open_as_persona(caller, persona, style, proven).await?;
        self.shelf.clear_session(digest);
        Ok(key)
    }

    async fn open_as_persona(
        &self,
        caller: &Caller,
        persona: PersonaId,
        style: SessionStyle,
        proven: Batch,
    ) -> Result<Plaintext, Error> {
        let world = self.world();
        let acting = world
            .acting(caller.id(), persona)
            .ok_or_else(|| Error::invalid("persona", "must be a persona that you may act as"))?;
        let reason = format!("new session as persona {persona}");
        let opened = self.open_session(acting, style, proven, &caller.origin, &reason);
        match opened.await {
            Err(Error::Unauthenticated(_)) => Err(Error::Unauthenticated(Reason::SessionUnknown)),
            opened => opened,
        }
    }

    /// Opens a session in one batch with what proves that it may be opened.
    async fn open_session(
        &self,
        acting: &Principal,
        style: SessionStyle,
        proven: Batch,
        origin: &Origin,
        reason: &str,
    ) -> Result<Plaintext, Error> {
        let address = origin
            .address
            .ok_or_else(|| Error::internal("a sign-in without an address"))?;
        // For people, and no secret: short, so that a log which names it holds no telling part of a key.
        let number = i64::from(u32::from_le_bytes(self.random()) % 1_000_000);
        let user = &acting.user;
        let (spelling, idle_timeout) = match style {
            SessionStyle::Numbered => {
                let timeout = self.policy.numbered_session_idle_timeout;
                (Spelling::Numbered(user.id, number), timeout)
            }
            SessionStyle::Plain => (Spelling::Plain, self.policy.session_idle_timeout),
        };
        let key = session_key::make(&self.ports.keys, &self.random(), spelling);
        let session = Session {
            digest: Digest::of(key.expose()),
            number,
            user: user.id,
            persona: acting.persona,
            created: origin.at,
            last_used: origin.at,
            address,
            idle_timeout,
        };
        let permit = Permit::oneself(acting);
        let event = origin
            .event(
                &permit,
                Action::Login,
                format!("{reason}; session {number}"),
            )
            .about(&user.name)
            .about_object(user.id.number());
        let mut batch = proven;
        batch.writes.push(Write::InsertSession(session));
        batch.events.push(event);
        match self.store().apply(batch).await {
            Err(Error::Conflict { .. }) => Err(Error::Unauthenticated(Reason::WrongPassword)),
            applied => applied.map(|_| key),
        }
    }
}

/// The session that the caller came with.
fn own_session(caller: &Caller) -> Result<Digest, Error> {
    match caller.grant.via {
        Via::Session(digest) => Ok(digest),
        Via::Ephemeral(_) | Via::Password | Via::Token(_) => {
            Err(Error::Unauthenticated(Reason::NotASession))
        }
    }
}

/// A password that is changed while it is being checked must not leave a session behind.
fn still(user: UserId, hash: PasswordHash) -> Batch {
    Batch {
        writes: vec![Write::RequirePassword(user, hash)],
        ..Batch::default()
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
