//! Issues a stored token in any form, for oneself or another, as narrow as is wished: what our own API offers.
//!
//! Here is also what a new record looks like before a use case says more. What the faces of others offer beside is in
//! `create_token` and `api_tokens`.

use jiff::{SignedDuration, Timestamp};

use crate::{
    app::{
        App, Caller, IdempotencyKey,
        api_tokens::{check_notes, created, string_length},
        create_token::claims,
    },
    error::Error,
    id::{PersonaId, TokenId, TokenNumber, UserName},
    port::{Batch, Write},
    principal::{Principal, World, check_text},
    secret::Plaintext,
    settings::ApiTokens,
    token::{
        Audience, Form, Origins, Rate, Scope, Status, Token,
        address::Networks,
        form::{hex, opaque, splunk_jwt},
        lifetime::{Lifetime, Wanted},
    },
    verify::Via,
};

/// What is wanted. `None` is what was not given.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    /// How its string is to be written.
    pub shape: Shape,
    /// The user it is to act for; the caller if not given.
    pub user: Option<&'a str>,
    /// The persona it is to act as: the caller's own if not given, and another's default one.
    pub persona: Option<PersonaId>,
    /// What it is for; [`NewToken::AUDIENCE`] if not given.
    pub audience: Option<&'a str>,
    /// What to call it.
    pub name: String,
    /// What it is for, in words.
    pub notes: String,
    /// Its life.
    pub life: Wanted<'a>,
    /// From where it may be used, beside what the settings trust; from anywhere if not given.
    pub addresses: Option<Networks>,
    /// What to narrow it to; if not given, no more than the caller is.
    pub scope: Option<Scope>,
    /// How often it may be used; what the configuration says if not given.
    pub rate: Option<Rate>,
    /// Makes the same request, sent again, no second token.
    pub idempotency: Option<IdempotencyKey>,
}

/// How a new token's string is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `token-` and hex digits.
    Hex,
    /// Our own.
    Opaque(opaque::Kind),
    /// A JWT.
    SplunkJwt,
}

/// A token that has been issued. Its string exists nowhere else.
pub struct IssuedToken {
    /// The record.
    pub token: Token,
    /// Its string, to be shown once.
    pub string: Plaintext,
}

impl NewToken<'_> {
    /// The audience of a token that is issued without one.
    pub const AUDIENCE: &'static str = "api";
}

impl Default for NewToken<'_> {
    fn default() -> Self {
        Self {
            shape: Shape::Opaque(opaque::Kind::Personal),
            user: None,
            persona: None,
            audience: None,
            name: String::new(),
            notes: String::new(),
            life: Wanted::default(),
            addresses: None,
            scope: None,
            rate: None,
            idempotency: None,
        }
    }
}

impl App {
    /// Issues a token. The string in the answer is the only copy there will ever be.
    ///
    /// Its scope may name what its user may not do now, or what only an API behind us understands: what it may do is
    /// found out at each use.
    pub async fn issue_token(
        &self,
        caller: &Caller,
        wanted: NewToken<'_>,
    ) -> Result<IssuedToken, Error> {
        let permit = self.may_create_token(caller, wanted.user)?;
        let key = wanted.idempotency;
        if let Some(issued) = self.issued_before(caller, key).await? {
            return Ok(issued);
        }
        let world = self.world();
        let owner = owner(caller, &world, wanted.user)?;
        let persona = persona_to_bind(caller, &world, owner, wanted.persona)?;
        let audience = Audience::parse(wanted.audience.unwrap_or(NewToken::AUDIENCE))?;
        check_text("name", &wanted.name, Token::MAX_NAME)?;
        check_notes(&wanted.notes)?;
        let scope = scope(caller, wanted.scope)?;
        let life = Lifetime::plan(
            splunk_jwt::Kind::Static,
            wanted.life,
            &world.settings().tokens_auth,
            caller.origin.at,
            &caller.principal().user.time_zone(&self.policy.time_zone),
        )?;
        let (life, days) = match wanted.shape {
            Shape::Hex => in_days(life, &wanted.life, &world.settings().api_tokens)?,
            Shape::Opaque(_) | Shape::SplunkJwt => (life, None),
        };
        let token = Token {
            persona,
            name: wanted.name,
            notes: wanted.notes,
            origins: wanted.addresses.map_or(Origins::Anywhere, Origins::Trusted),
            days,
            scope,
            rate: wanted.rate,
            ..self.new_token(caller, owner, audience, life)
        };
        let (token, string) = self.string_of(token, wanted.shape, owner)?;
        let mut writes = Self::remember(caller, key, token.id);
        writes.push(Write::InsertToken(token.clone()));
        let batch = Batch {
            events: vec![created(caller, &permit, &token)],
            writes,
            ..Batch::default()
        };
        let applied = match self.store().apply(batch).await {
            // The same request may have been quicker.
            Err(conflict @ Error::Conflict { .. }) => {
                let issued = self.issued_before(caller, key).await?;
                return issued.ok_or(conflict);
            }
            applied => applied?,
        };
        let shown = self.put_on_shelf(caller, token, applied.token_number, string);
        Ok(IssuedToken {
            token: shown.token,
            string: shown.string,
        })
    }

    /// The record of a new token before anything else is said of it: a JWT in the owner's default persona, usable from
    /// anywhere, and narrowed as its maker is (NT-21).
    pub(super) fn new_token(
        &self,
        caller: &Caller,
        owner: &Principal,
        audience: Audience,
        life: Lifetime,
    ) -> Token {
        let maker = &caller.principal().user.name;
        Token {
            id: TokenId::from_bytes(self.random()),
            number: TokenNumber::from_number(0),
            form: Form::SplunkJwt,
            owner: owner.user.id,
            persona: PersonaId::DEFAULT,
            subject: owner.user.name.clone(),
            audience,
            issuer: format!("{maker} from {}", self.policy.server_name),
            identity_provider: self.policy.identity_provider.to_owned(),
            key_id: self.ports.keys.signing_id().to_string(),
            version: self.policy.jwt_version,
            issued_at: life.issued_at,
            not_before: life.not_before,
            expires: life.expires,
            status: Status::Enabled,
            last_used: None,
            name: String::new(),
            notes: String::new(),
            origins: Origins::Anywhere,
            days: None,
            scope: caller.scope(),
            rate: None,
            replaced_by: None,
        }
    }

    /// A new string of `token-` and hex digits, as long as the settings say, and the id it gives its record.
    pub(super) fn hex_string(&self) -> (Plaintext, TokenId) {
        let length = string_length(&self.world().settings().api_tokens);
        let mut random = vec![0; hex::random_bytes(length)];
        self.ports.entropy.fill(&mut random);
        hex::make(&self.ports.keys, &random, length)
    }

    /// The string of a new token, and its record with the id and the form that come of it.
    pub(super) fn string_of(
        &self,
        token: Token,
        shape: Shape,
        owner: &Principal,
    ) -> Result<(Token, Plaintext), Error> {
        let keys = &self.ports.keys;
        let (form, (string, id)) = match shape {
            Shape::Hex => (Form::Hex, self.hex_string()),
            Shape::Opaque(kind) => (Form::Opaque, opaque::make(keys, &self.random(), kind)),
            Shape::SplunkJwt => {
                let claims = claims(&token, splunk_jwt::Kind::Static, owner);
                let kind = splunk_jwt::Kind::Static;
                claims.check(kind).map_err(|error| {
                    let why = format!("cannot be written into a token: {error}");
                    Error::invalid("user", why)
                })?;
                let string = splunk_jwt::sign(keys, token.version, kind, &claims);
                (Form::SplunkJwt, (string, token.id))
            }
        };
        Ok((Token { id, form, ..token }, string))
    }
}

fn owner<'a>(
    caller: &Caller,
    world: &'a World,
    wanted: Option<&str>,
) -> Result<&'a Principal, Error> {
    let name = match wanted {
        Some(name) => &user_name(name)?,
        None => &caller.principal().user.name,
    };
    let owner = world.named(name).map(|owner| &**owner);
    owner.ok_or_else(|| Error::invalid("user", format!("user '{name}' does not exist")))
}

fn user_name(name: &str) -> Result<UserName, Error> {
    UserName::parse(name).map_err(|error| match error {
        Error::Invalid { why, .. } => Error::invalid("user", why),
        other => other,
    })
}

/// The persona that a new token is to act as. A token, or a persona other than the default one, makes none that may do
/// more than itself (NT-21); one who has signed in may choose among all his personas.
pub(super) fn persona_to_bind(
    caller: &Caller,
    world: &World,
    owner: &Principal,
    wanted: Option<PersonaId>,
) -> Result<PersonaId, Error> {
    let own = caller.principal();
    let is_own = owner.user.id == own.user.id;
    let default = if is_own {
        own.persona
    } else {
        PersonaId::DEFAULT
    };
    let wanted = wanted.unwrap_or(default);
    let acting = world
        .acting(owner.user.id, wanted)
        .ok_or_else(|| Error::invalid("as_persona", "must be a persona that you may act as"))?;
    if is_own {
        let by_token = matches!(caller.grant.via, Via::Token(_) | Via::Ephemeral(_));
        if by_token && wanted != own.persona && !own.rights.include(&acting.rights) {
            return caller.refuse("every right of the persona, which has more than your token");
        }
    } else if own.persona != PersonaId::DEFAULT && !own.rights.include(&acting.rights) {
        return caller.refuse("every right of the user, who has more than your persona");
    }
    Ok(wanted)
}

/// Who is narrowed makes no token that is less so (NT-21).
pub(super) fn scope(caller: &Caller, wanted: Option<Scope>) -> Result<Option<Scope>, Error> {
    match (caller.scope(), wanted) {
        (None, wanted) => Ok(wanted),
        (Some(own), None) => Ok(Some(own)),
        (Some(own), Some(wanted)) if wanted.is_within(&own) => Ok(Some(wanted)),
        (Some(_), Some(_)) => {
            caller.refuse("a token whose scope has every name in the scope of the new one")
        }
    }
}

/// The life of a token in hex, whose days are limited by the settings, and which is renewed for as many when it is
/// rotated (spec/tanium.md 4.3).
fn in_days(
    life: Lifetime,
    wanted: &Wanted<'_>,
    settings: &ApiTokens,
) -> Result<(Lifetime, Option<u32>), Error> {
    const DAY: i64 = 86_400;
    let max = settings.max_expiration_in_days;
    let asked = life.expires.filter(|_| wanted.expires_on.is_some());
    let Some(end) = asked else {
        let days = settings.default_days();
        let end = after_days(life.issued_at, days)?;
        if life.not_before >= end {
            let why = "must lie before the default expiration; give expires_on too";
            return Err(Error::invalid("not_before", why));
        }
        let expires = Some(end);
        return Ok((Lifetime { expires, ..life }, Some(days)));
    };
    let seconds = end.as_second() - life.issued_at.as_second();
    let days = u32::try_from((seconds + DAY - 1) / DAY).unwrap_or(u32::MAX);
    if days > max {
        let why = format!("a token in hex lives at most {max} days");
        return Err(Error::invalid("expires_on", why));
    }
    Ok((life, Some(days)))
}

/// So many days after.
pub(super) fn after_days(start: Timestamp, days: u32) -> Result<Timestamp, Error> {
    let life = SignedDuration::from_hours(24 * i64::from(days));
    start.checked_add(life).map_err(Error::internal)
}

#[cfg(test)]
mod tests;
