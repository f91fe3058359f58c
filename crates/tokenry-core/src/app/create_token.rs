//! Creates a token: stored (`static`), or signed only (`ephemeral`, `interactive`).

use jiff::Timestamp;

use crate::{
    app::{App, Caller},
    audit::Action,
    error::Error,
    id::{PersonaId, TokenId, TokenNumber, UserName},
    permit::{Permit, Wish},
    port::{Batch, Write},
    principal::Principal,
    secret::Plaintext,
    token::{
        Audience, Form, Origins, Status, Token,
        form::splunk_jwt::{self, Claims, Kind, Owner},
        lifetime::{Lifetime, Wanted},
    },
};

/// What is wanted. Texts are as the client wrote them; `None` is an argument that was not given.
#[derive(Debug, Clone, Copy)]
pub struct CreateToken<'a> {
    /// Its type.
    pub kind: Kind,
    /// The user it is to act for; only an interactive token may leave it out.
    pub name: Option<&'a str>,
    /// What it is for; only an interactive token may leave it out.
    pub audience: Option<&'a str>,
    /// Its life.
    pub life: Wanted<'a>,
    /// Its first status.
    pub status: Status,
}

/// A token that has been created. Its string exists nowhere else.
pub struct CreatedToken {
    /// Its id.
    pub id: TokenId,
    /// Its string, to be shown once.
    pub string: Plaintext,
}

impl App {
    /// Whether the caller may create a token for the user of this name, who may not exist: the first two checks of
    /// spec/splunk.md 2.4, which come before any other argument is looked at.
    pub fn may_create_token(&self, caller: &Caller, name: Option<&str>) -> Result<Permit, Error> {
        self.tokens_enabled()?;
        let owner = match name {
            None => Some(caller.id()),
            Some(name) => UserName::parse(name)
                .ok()
                .and_then(|name| Some(self.world().named(&name)?.user.id)),
        };
        caller.may(Wish::ManageTokens(owner))
    }

    /// Creates a token. The string in the answer is the only copy there will ever be.
    pub async fn create_token(
        &self,
        caller: &Caller,
        wanted: CreateToken<'_>,
    ) -> Result<CreatedToken, Error> {
        let permit = self.may_create_token(caller, wanted.name)?;
        let name = owner_name(caller, &wanted)?;
        let audience = audience(&wanted)?;
        let world = self.world();
        let owner = world
            .named(&name)
            .ok_or_else(|| Error::invalid("name", format!("user '{name}' does not exist")))?;
        let persona = persona_for(caller, owner, wanted.kind)?;
        let life = Lifetime::plan(
            wanted.kind,
            wanted.life,
            &world.settings().tokens_auth,
            caller.origin.at,
            &caller.principal().user.time_zone(&self.policy.time_zone),
        )?;
        if wanted.kind != Kind::Static && wanted.status == Status::Disabled {
            return Err(Error::invalid(
                "status",
                "only a static token can be disabled",
            ));
        }
        let token = self.record(caller, owner, audience, life, wanted.status);
        let token = Token { persona, ..token };
        let claims = claims(&token, wanted.kind, owner);
        claims.check(wanted.kind).map_err(|error| {
            Error::invalid("name", format!("cannot be written into a token: {error}"))
        })?;
        let string = splunk_jwt::sign(&self.ports.keys, token.version, wanted.kind, &claims);
        let id = token.id;
        self.store()
            .apply(batch(caller, &permit, wanted.kind, token))
            .await?;
        Ok(CreatedToken { id, string })
    }

    fn record(
        &self,
        caller: &Caller,
        owner: &Principal,
        audience: Audience,
        life: Lifetime,
        status: Status,
    ) -> Token {
        Token {
            id: TokenId::from_bytes(self.random()),
            number: TokenNumber::from_number(0),
            form: Form::SplunkJwt,
            owner: owner.user.id,
            persona: PersonaId::DEFAULT,
            subject: owner.user.name.clone(),
            audience,
            issuer: format!(
                "{} from {}",
                caller.principal().user.name,
                self.policy.server_name
            ),
            identity_provider: self.policy.identity_provider.to_owned(),
            key_id: self.ports.keys.signing_id().to_string(),
            version: self.policy.jwt_version,
            issued_at: life.issued_at,
            not_before: life.not_before,
            expires: life.expires,
            status,
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
}

/// One who acts as an alternative persona makes tokens that act as it, not as more than he is (NT-21).
fn persona_for(caller: &Caller, owner: &Principal, kind: Kind) -> Result<PersonaId, Error> {
    let acting = caller.principal();
    if kind != Kind::Static && caller.scope().is_some() {
        return Err(Error::invalid(
            "type",
            "must be static: a token without a record cannot be narrowed as yours is",
        ));
    }
    if acting.persona == PersonaId::DEFAULT {
        return Ok(PersonaId::DEFAULT);
    }
    if owner.user.id != caller.id() {
        return if acting.rights.include(&owner.rights) {
            Ok(PersonaId::DEFAULT)
        } else {
            caller.refuse("every right of the user, who has more than your persona")
        };
    }
    if kind == Kind::Static {
        Ok(acting.persona)
    } else {
        Err(Error::invalid(
            "type",
            "must be static: a token without a record cannot be bound to your persona",
        ))
    }
}

fn owner_name(caller: &Caller, wanted: &CreateToken<'_>) -> Result<UserName, Error> {
    match (wanted.name, wanted.kind) {
        (Some(name), _) => UserName::parse(name),
        (None, Kind::Interactive) => Ok(caller.principal().user.name.clone()),
        (None, _) => Err(Error::invalid("name", "must not be empty")),
    }
}

fn audience(wanted: &CreateToken<'_>) -> Result<Audience, Error> {
    match (wanted.audience, wanted.kind) {
        (Some(text), _) => Audience::parse(text),
        (None, Kind::Interactive) => Audience::parse("interactive"),
        (None, _) => Err(Error::invalid("audience", "must not be empty")),
    }
}

/// Tokens without a record name the incarnation of their owner and its epoch, so that they can be revoked at all.
fn claims(token: &Token, kind: Kind, owner: &Principal) -> Claims {
    let bound = Owner {
        user: owner.user.id.number(),
        epoch: owner.user.token_epoch,
    };
    Claims {
        issuer: token.issuer.clone(),
        subject: token.subject.to_string(),
        audience: token.audience.to_string(),
        identity_provider: token.identity_provider.clone(),
        id: token.id,
        issued_at: token.issued_at.as_second(),
        expires: token.expires.map_or(0, Timestamp::as_second),
        not_before: token.not_before.as_second(),
        owner: (kind != Kind::Static).then_some(bound),
    }
}

fn batch(caller: &Caller, permit: &Permit, kind: Kind, token: Token) -> Batch {
    let until = token
        .expires
        .map_or_else(|| "never".to_owned(), |end| end.to_string());
    let reason = format!(
        "{kind} token, not before {}, expires {until}",
        token.not_before
    );
    let event = caller
        .origin
        .event(permit, Action::CreateToken, reason)
        .about(&token.subject)
        .about_token(Some(token.id));
    let writes = if kind == Kind::Static {
        vec![Write::InsertToken(token)]
    } else {
        Vec::new()
    };
    Batch {
        writes,
        events: vec![event],
        ..Batch::default()
    }
}

#[cfg(test)]
mod tests;
