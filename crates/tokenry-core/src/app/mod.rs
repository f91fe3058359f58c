//! The use cases, one file each. Each takes who calls and what he wants, asks the judges, computes, and commits one
//! batch: writes, their audit lines, and what verifiers must learn, together or not at all.

mod api_tokens;
mod attempts;
mod audit_log;
mod browse_tokens;
mod computer_groups;
mod content_sets;
mod create_token;
mod delete_tokens;
mod edit_token;
mod expirations;
mod explain;
mod idempotency;
mod initialise;
mod issue_token;
mod list_tokens;
mod login;
mod many_tokens;
mod objects;
mod personas;
mod powers;
mod record_uses;
mod reveal;
mod revoke_presented;
mod roles;
mod rotate;
mod sessions;
mod set_status;
mod settings;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod token_rights;
mod user_groups;
mod users;

use std::{net::IpAddr, sync::Arc};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

pub use self::{
    api_tokens::{CreatedApiToken, NewApiToken},
    attempts::Lockout,
    browse_tokens::{Attribute, Browse, Browsed, Condition, Cursor, Operator, Order},
    computer_groups::ComputerGroupEdit,
    content_sets::ContentSetEdit,
    create_token::{CreateToken, CreatedToken},
    edit_token::TokenEdit,
    explain::{Explanation, Finding},
    idempotency::IdempotencyKey,
    initialise::{initialise, reset_clock, reset_password},
    issue_token::{IssuedToken, NewToken, Shape},
    list_tokens::ListTokens,
    login::SessionStyle,
    many_tokens::Many,
    personas::PersonaEdit,
    reveal::Revealed,
    revoke_presented::Presented,
    roles::{Assignee, RoleDetailsEdit, RoleEdit},
    rotate::Rotation,
    settings::{ApiTokensEdit, SettingsEdit, TokensAuthEdit},
    token_rights::TokenRights,
    user_groups::UserGroupEdit,
    users::{NewUser, ProfileEdit, UserEdit, Whom},
};
use self::{attempts::Attempts, reveal::Shelf};
use crate::{
    audit::{Action, Event},
    error::{Error, Refusal},
    id::{TokenId, UserId},
    permit::{Permit, Wish, may},
    port::{Batch, Clock, Entropy, PasswordWork, Store, View},
    principal::{Generation, Principal, World},
    token::{
        Scope,
        address::{ClientAddress, Networks, canonical, client_address},
        form::{key_ring::KeyRing, splunk_jwt::Version},
    },
    verify::{Credential, Grant, Verdict, Via, decide},
};

/// The use cases, with the ports they work through.
pub struct App {
    ports: Ports,
    policy: Policy,
    attempts: Attempts,
    shelf: Shelf,
}

/// What the use cases work through.
#[derive(Clone)]
pub struct Ports {
    /// Where everything is kept.
    pub store: Arc<dyn Store>,
    /// The current world.
    pub view: Arc<dyn View>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Password hashing.
    pub passwords: Arc<dyn PasswordWork>,
    /// The keys that sign tokens.
    pub keys: Arc<KeyRing>,
}

/// What the configuration decides before start.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The `serverName` in a token's issuer.
    pub server_name: String,
    /// The JWT layout to sign.
    pub jwt_version: Version,
    /// How a local user's authentication scheme is spelled in `idp`.
    pub identity_provider: &'static str,
    /// The zone for users who name none.
    pub time_zone: TimeZone,
    /// How long a session may lie idle.
    pub session_idle_timeout: SignedDuration,
    /// The shortest new password, in characters.
    pub password_min_chars: usize,
    /// When wrong passwords lock an account, and for how long.
    pub lockout: Lockout,
    /// How long a session made through the Tanium face may lie idle.
    pub numbered_session_idle_timeout: SignedDuration,
    /// The proxies whose word on a client's address is taken.
    pub trusted_proxies: Networks,
}

/// Who calls: the grant he got, and where the request came from.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who acts, by which credential.
    pub grant: Grant,
    /// The request.
    pub origin: Origin,
    /// The world that he has seen, where what he changes must still be as it was then. `None` where it does not
    /// matter.
    pub expects: Option<Generation>,
}

/// Where and when a request came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The time of the request: `now` for everything it does.
    pub at: Timestamp,
    /// The client's address; the server's own operator has none. Where it cannot be told, the peer's.
    pub address: Option<IpAddr>,
    /// The id of the request.
    pub request: String,
    /// The client as a token's list of addresses sees it.
    pub client: ClientAddress,
    /// The other end of the connection, where that is not the client.
    pub proxy: Option<IpAddr>,
    /// The route it came by, without what stands for something in it; for the log.
    pub route: &'static str,
}

impl Caller {
    /// Who was granted this calls, whatever the world is like.
    #[must_use]
    pub fn new(grant: Grant, origin: Origin) -> Self {
        Self {
            grant,
            origin,
            expects: None,
        }
    }

    /// The same caller, who has seen the world of this generation: changes of users, roles, objects and settings are
    /// refused with [`Error::outdated`] if it has moved on since.
    #[must_use]
    pub fn expecting(&self, generation: Generation) -> Self {
        Self {
            expects: Some(generation),
            ..self.clone()
        }
    }

    /// Whether he signed in himself, with his password, as opposed to showing a token (NT-65).
    #[must_use]
    pub fn is_signed_in(&self) -> bool {
        matches!(self.grant.via, Via::Password | Via::Session(_))
    }

    /// The user who calls, with his rights.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.grant.principal
    }

    /// Asks whether the caller may have his wish.
    pub fn may(&self, wish: Wish<'_>) -> Result<Permit, Error> {
        may(self.principal(), wish).map_err(Error::Refused)
    }

    /// What his token is narrowed to. Every token made with it is narrowed as much (NT-21).
    fn scope(&self) -> Option<Scope> {
        self.principal().rights.scope().cloned()
    }

    /// The same caller with the rights he has in this world: one who was demoted, locked or deleted since his request
    /// began does not get to finish what he was then allowed to.
    fn as_of(&self, world: &World) -> Result<Self, Error> {
        let credential = Credential::Acting(self.id(), self.principal().persona);
        match decide(credential, world, self.origin.at, self.origin.client) {
            Verdict::Denied(reason) => Err(Error::Unauthenticated(reason)),
            Verdict::Granted(now) => Ok(Self {
                grant: Grant {
                    via: self.grant.via,
                    principal: match self.principal().rights.scope() {
                        None => now.principal,
                        Some(scope) => Arc::new(now.principal.narrowed(scope)),
                    },
                },
                origin: self.origin.clone(),
                expects: self.expects,
            }),
        }
    }

    fn id(&self) -> UserId {
        self.grant.principal.user.id
    }

    /// The refusal of a right that cannot be named by one capability.
    fn refuse<T>(&self, requires: &'static str) -> Result<T, Error> {
        Err(Error::Refused(Refusal {
            user: self.principal().user.name.clone(),
            requires,
            privilege: "administrator",
        }))
    }
}

impl Origin {
    /// A request of the server's own operator, who needs no connection.
    #[must_use]
    pub fn operator(at: Timestamp) -> Self {
        Self {
            at,
            address: None,
            request: String::new(),
            client: ClientAddress::Unknown,
            proxy: None,
            route: "",
        }
    }

    /// A request that came over a connection from `peer`. `forwarded` are the lines of its `X-Forwarded-For`, which
    /// count only where the settings say so and a proxy of `trusted` sent them (spec/data-plane.md 5).
    pub fn from_peer<'a>(
        at: Timestamp,
        request: String,
        route: &'static str,
        peer: IpAddr,
        forwarded: impl IntoIterator<Item = &'a [u8]>,
        trusted: &Networks,
    ) -> Self {
        let client = client_address(peer, forwarded, trusted);
        Self::of_client(at, request, route, client, peer)
    }

    /// A request of this client, which came over a connection from `peer`.
    #[must_use]
    pub fn of_client(
        at: Timestamp,
        request: String,
        route: &'static str,
        client: ClientAddress,
        peer: IpAddr,
    ) -> Self {
        let peer = canonical(peer);
        let address = match client {
            ClientAddress::Known(address) => address,
            ClientAddress::Unknown => peer,
        };
        Self {
            at,
            address: Some(address),
            request,
            client,
            proxy: (client != ClientAddress::Known(peer)).then_some(peer),
            route,
        }
    }

    /// The audit line of something done by leave of `permit`.
    pub(crate) fn event(
        &self,
        permit: &Permit,
        action: Action,
        reason: impl Into<String>,
    ) -> Event {
        Event {
            at: self.at,
            actor: permit.actor().to_owned(),
            persona: permit.persona(),
            address: self.address,
            request: self.request.clone(),
            action,
            token: None,
            target: None,
            object: None,
            reason: reason.into(),
        }
    }
}

impl Event {
    fn about_token(self, id: Option<TokenId>) -> Self {
        Self { token: id, ..self }
    }

    fn about_object(self, number: i64) -> Self {
        Self {
            object: Some(number),
            ..self
        }
    }

    fn about(self, target: &(impl ToString + ?Sized)) -> Self {
        Self {
            target: Some(target.to_string()),
            ..self
        }
    }
}

impl App {
    /// The use cases over these ports.
    #[must_use]
    pub fn new(ports: Ports, policy: Policy) -> Self {
        let attempts = Attempts::new(policy.lockout);
        Self {
            ports,
            policy,
            attempts,
            shelf: Shelf::default(),
        }
    }

    /// The time of day; a door asks once per request.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// The current world.
    #[must_use]
    pub fn world(&self) -> Arc<World> {
        self.ports.view.world()
    }

    /// What the configuration decided.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    fn store(&self) -> &dyn Store {
        self.ports.store.as_ref()
    }

    fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.ports.entropy.fill(&mut bytes);
        bytes
    }

    /// Refuses everything about tokens while the feature is off (spec/splunk.md 2.8).
    fn tokens_enabled(&self) -> Result<(), Error> {
        if self.world().settings().tokens_auth.disabled {
            return Err(Error::conflict("Token authentication is disabled"));
        }
        Ok(())
    }

    /// Commits what `plan` makes of the world, provided that it is still the world when it is committed; else
    /// plans again. So two administrators can never undo each other's checks (a role cycle made by halves, the
    /// last administrator removed twice). For a caller who expects a world there is no other plan.
    async fn change_world<T>(
        &self,
        caller: &Caller,
        plan: impl Fn(&World, &Caller) -> Result<(Batch, T), Error>,
    ) -> Result<T, Error> {
        const ATTEMPTS: usize = 16;
        for _ in 0..ATTEMPTS {
            let world = self.world();
            if caller.expects.is_some_and(|seen| seen != world.generation) {
                return Err(Error::outdated());
            }
            let (batch, value) = plan(&world, &caller.as_of(&world)?)?;
            match self
                .store()
                .apply(Batch {
                    world: Some(world.generation),
                    ..batch
                })
                .await
            {
                Err(Error::Conflict { .. }) if self.world().generation != world.generation => {}
                applied => return applied.map(|_| value),
            }
        }
        Err(Error::unavailable(
            "users, roles or settings kept changing meanwhile",
        ))
    }
}
