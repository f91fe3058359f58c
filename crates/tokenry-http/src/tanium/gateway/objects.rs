//! What is answered (spec/tanium.md 5.1): names and nullability are the vendor's, the descriptions ours.

use async_graphql::{
    ID, InputValueError, InputValueResult, Scalar, ScalarType, SimpleObject, Value,
};
use tokenry_core::{
    app::CreatedApiToken,
    id::PersonaId,
    principal::World,
    token::{Origins, Token},
};

use crate::tanium::time;

/// What the default persona is called, as the vendor's console shows it. It has no name of its own.
pub(super) const DEFAULT_PERSONA: &str = "Default";

/// A time, as in RFC 3339: UTC, whole seconds.
pub(super) struct Time(pub(super) String);

/// An API token.
#[derive(SimpleObject)]
#[graphql(name = "APIToken")]
pub(super) struct ApiToken {
    /// When it was created, or last rotated.
    created: Time,
    /// When it stops working; the first second of 2001 for one that does not.
    expiration: Time,
    /// Its id.
    id: ID,
    /// When it was last used; the time of its creation until then.
    last_used: Time,
    /// What it is for.
    notes: String,
    /// The persona that it acts as.
    persona: Option<Persona>,
    /// The string to send in the header "session". Only there when the token is granted or rotated.
    token_string: Option<String>,
    /// The addresses and networks from which it may be used, besides those that the server trusts anyway.
    #[graphql(name = "trustedIPAddresses")]
    trusted_ip_addresses: Vec<String>,
}

/// A persona.
#[derive(SimpleObject)]
pub(super) struct Persona {
    // Not in the vendor's schema, but there are clients that ask for it (spec/tanium.md 5.3).
    /// Its id; 0 is the default persona.
    id: Option<ID>,
    /// Its name.
    name: String,
}

/// Why something was not done.
#[derive(SimpleObject)]
pub(super) struct SystemError {
    /// A sentence.
    pub(super) message: Option<String>,
    /// Whether the same may succeed later.
    pub(super) retryable: Option<bool>,
    /// Whether it took too long.
    pub(super) timed_out: Option<bool>,
}

/// What became of granting a token.
#[derive(SimpleObject)]
#[graphql(name = "APITokenGrantPayload")]
pub(super) struct GrantPayload {
    /// Why there is no token.
    pub(super) error: Option<SystemError>,
    /// The token, with its string.
    pub(super) token: Option<ApiToken>,
}

/// What became of rotating a token.
#[derive(SimpleObject)]
#[graphql(name = "APITokenRotatePayload")]
pub(super) struct RotatePayload {
    /// Why the token was not rotated.
    pub(super) error: Option<SystemError>,
    /// The token that took its place, with its string.
    pub(super) token: Option<ApiToken>,
}

/// What became of revoking a token.
#[derive(SimpleObject)]
#[graphql(name = "APITokenRevokePayload")]
pub(super) struct RevokePayload {
    /// Why the token was not revoked.
    pub(super) error: Option<SystemError>,
}

/// The caller's tokens.
#[derive(SimpleObject)]
#[graphql(name = "APITokenQueryPayload")]
pub(super) struct QueryPayload {
    /// Why they cannot be shown.
    pub(super) error: Option<SystemError>,
    /// Those that have not expired.
    pub(super) tokens: Option<Vec<ApiToken>>,
}

impl ApiToken {
    /// A token without its string.
    pub(super) fn of(world: &World, token: &Token) -> Self {
        let last_used = token.last_used.map_or(token.issued_at, |used| used.at);
        Self {
            created: Time(time::print(token.issued_at)),
            expiration: Time(time::print_or_never(token.expires)),
            id: ID::from(token.number.number()),
            last_used: Time(time::print(last_used)),
            notes: token.notes.clone(),
            persona: Persona::of(world, token.persona),
            token_string: None,
            trusted_ip_addresses: trusted(&token.origins),
        }
    }

    /// A new token, with its string.
    pub(super) fn with_string(world: &World, created: &CreatedApiToken) -> Self {
        Self {
            token_string: Some(created.string.expose().to_owned()),
            ..Self::of(world, &created.token)
        }
    }
}

impl Persona {
    fn of(world: &World, id: PersonaId) -> Option<Self> {
        let name = if id == PersonaId::DEFAULT {
            DEFAULT_PERSONA
        } else {
            world.personas().get(&id)?.name.as_str()
        };
        Some(Self {
            id: Some(ID::from(id.number())),
            name: name.to_owned(),
        })
    }
}

/// A token of Splunk's works from anywhere.
fn trusted(origins: &Origins) -> Vec<String> {
    match origins {
        Origins::Anywhere => vec!["0.0.0.0/0".to_owned()],
        Origins::Trusted(list) => list.items().map(str::to_owned).collect(),
    }
}

/// A time, as in RFC 3339: UTC, whole seconds.
#[Scalar(
    name = "Time",
    specified_by_url = "https://www.rfc-editor.org/rfc/rfc3339"
)]
impl ScalarType for Time {
    /// Nothing takes a time yet.
    fn parse(value: Value) -> InputValueResult<Self> {
        match value {
            Value::String(text) if time::parse(&text).is_some() => Ok(Self(text)),
            _ => Err(InputValueError::from("must be like 2026-03-02T09:00:00Z")),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.clone())
    }
}
