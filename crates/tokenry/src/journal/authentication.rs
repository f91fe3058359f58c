//! The lines of the authentication log, `auth0.txt`: who got in, who did not and why, for people who look for the cause
//! (spec/tanium.md 8.2). Never a part of a token's string: the first digits of its id, which authenticates nobody.

mod log_line;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use tokenry_core::{
    app::Origin,
    audit::{Action, Event},
    id::{PersonaId, TokenId},
    port::{GrantedCredential, Known, RefusedCredential},
    token::address::ClientAddress,
};

use self::log_line::{Level, LogLine};
use super::refusals::Repeated;

/// What was committed that is told here: everything that begins or ends a way in. All else is in the audit file.
const TOLD: [Action; 8] = [
    Action::CreateToken,
    Action::DeleteToken,
    Action::DeleteUser,
    Action::Login,
    Action::Logout,
    Action::ResetPassword,
    Action::RevealToken,
    Action::UpdateToken,
];

/// The digits of an id that tell tokens apart well enough to find the line of one.
const ID_DIGITS: usize = 8;

/// A credential that was refused.
pub(super) fn refusal_line(refusal: &RefusedCredential) -> String {
    LogLine::new(refusal.origin.at, Level::Warn, "denied")
        .with("reason", refusal.reason)
        .credential(&refusal.known)
        .origin(&refusal.origin)
        .finish()
}

/// How many more there were of a kind, besides the one that has a line of its own.
pub(super) fn repeated_line(repeated: &Repeated) -> String {
    LogLine::new(repeated.last, Level::Warn, "denied")
        .with("reason", repeated.reason)
        .with("count", repeated.count)
        .credential(&repeated.known)
        .with_known("ip", repeated.address)
        .finish()
}

/// A token that was granted.
pub(super) fn granted_line(grant: &GrantedCredential) -> String {
    LogLine::new(grant.origin.at, Level::Info, "granted")
        .with("action", "use_token")
        .credential(&grant.known)
        .origin(&grant.origin)
        .finish()
}

/// Something that was committed, if it is told here.
pub(super) fn event_line(event: &Event) -> Option<String> {
    if !is_told(event) {
        return None;
    }
    let user = event.target.as_ref().unwrap_or(&event.actor);
    let line = LogLine::new(event.at, Level::Info, "granted")
        .with("action", event.action)
        .with_known("token", event.token.map(beginning))
        .with("user", user)
        .with_known("by", Some(&event.actor).filter(|actor| *actor != user))
        .persona(event.persona)
        .with_known("ip", event.address)
        .with("detail", &event.reason)
        .with("request", &event.request);
    Some(line.finish())
}

/// Whether the log tells of it.
pub(super) fn is_told(event: &Event) -> bool {
    TOLD.contains(&event.action)
}

/// How many lines are missing here.
pub(super) fn lost_line(count: u64, at: Timestamp) -> String {
    LogLine::new(at, Level::Error, "lost")
        .with("count", count)
        .finish()
}

impl LogLine {
    fn credential(self, known: &Known) -> Self {
        self.with_known("token_id", known.number)
            .with_known("token", known.token.map(beginning))
            .with_known("user", known.user.as_ref())
            .persona(known.persona)
    }

    /// The default persona is also that of a credential of which nothing is known, so it says nothing.
    fn persona(self, persona: PersonaId) -> Self {
        self.with_known(
            "persona",
            Some(persona).filter(|one| *one != PersonaId::DEFAULT),
        )
    }

    fn origin(self, origin: &Origin) -> Self {
        let header = match origin.client {
            ClientAddress::Known(_) => "used",
            ClientAddress::Unknown => "unreadable",
        };
        self.with_known("ip", origin.address)
            .with_known("peer", origin.proxy)
            .with_known("xff", origin.proxy.map(|_| header))
            .with("path", origin.route)
            .with("request", &origin.request)
    }
}

fn beginning(token: TokenId) -> String {
    token.to_hex().chars().take(ID_DIGITS).collect()
}
