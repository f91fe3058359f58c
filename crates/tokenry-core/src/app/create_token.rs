//! Creates a token: stored (`static`), or signed only (`ephemeral`, `interactive`).

use jiff::Timestamp;

use crate::{
    app::{App, Caller, issue_token::persona_to_bind},
    audit::Action,
    error::Error,
    id::{PersonaId, TokenId, UserName},
    permit::{Permit, Wish},
    port::{Batch, Write},
    principal::{Principal, World},
    secret::Plaintext,
    token::{
        Audience, Status, Token,
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
        let persona = persona_for(caller, &world, owner, wanted.kind)?;
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
        let token = Token {
            persona,
            status: wanted.status,
            ..self.new_token(caller, owner, audience, life)
        };
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
}

/// What has no record can hold neither a scope nor a persona (NT-21).
fn persona_for(
    caller: &Caller,
    world: &World,
    owner: &Principal,
    kind: Kind,
) -> Result<PersonaId, Error> {
    if kind != Kind::Static && caller.scope().is_some() {
        return Err(Error::invalid(
            "type",
            "must be static: a token without a record cannot be narrowed as yours is",
        ));
    }
    let persona = persona_to_bind(caller, world, owner, None)?;
    if kind != Kind::Static && persona != PersonaId::DEFAULT {
        return Err(Error::invalid(
            "type",
            "must be static: a token without a record cannot be bound to your persona",
        ));
    }
    Ok(persona)
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
pub(super) fn claims(token: &Token, kind: Kind, owner: &Principal) -> Claims {
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
