//! The operations (spec/tanium.md 5.1), over the same use cases as REST.

use std::sync::{Arc, LazyLock};

use async_graphql::{Context, EmptySubscription, Object, Result, Schema};
use jiff::SignedDuration;
use tokenry_core::{
    Error,
    app::{Caller, CreatedApiToken, NewApiToken},
    id::{PersonaId, TokenNumber},
    secret::Plaintext,
    token::address::Networks,
};

use super::{
    inputs::{GrantInput, RevokeInput, RotateInput},
    objects::{
        ApiToken, DEFAULT_PERSONA, GrantPayload, QueryPayload, RevokePayload, RotatePayload,
        SystemError, Time,
    },
};
use crate::{
    door::Door,
    tanium::{failure::Failure, time},
};

/// Made once, for all requests. Introspection stays on: clients are generated from it.
pub(super) static SCHEMA: LazyLock<Schema<Query, Mutation, EmptySubscription>> =
    LazyLock::new(|| Schema::new(Query, Mutation, EmptySubscription));

/// On whose behalf an operation runs.
pub(super) struct Asker {
    /// The rules.
    pub(super) door: Arc<Door>,
    /// Who asks.
    pub(super) caller: Caller,
}

/// What can be asked.
pub(super) struct Query;

/// What can be done.
pub(super) struct Mutation;

#[Object]
impl Query {
    /// The caller's own API tokens, without their strings.
    #[graphql(name = "myAPITokens")]
    async fn my_api_tokens(&self, context: &Context<'_>) -> Result<QueryPayload> {
        let asker = asker(context)?;
        let app = &asker.door.app;
        Ok(match app.list_own_api_tokens(&asker.caller).await {
            Ok(tokens) => {
                let world = app.world();
                let tokens = tokens.iter().map(|token| ApiToken::of(&world, token));
                QueryPayload {
                    error: None,
                    tokens: Some(tokens.collect()),
                }
            }
            Err(error) => QueryPayload {
                error: Some(SystemError::of(error.into())),
                tokens: None,
            },
        })
    }

    /// The time of the request.
    #[expect(
        clippy::unused_async,
        reason = "the library takes asynchronous functions only"
    )]
    async fn now(&self, context: &Context<'_>) -> Result<Time> {
        Ok(Time(time::print(asker(context)?.caller.origin.at)))
    }
}

#[Object]
impl Mutation {
    /// Makes an API token for the caller.
    async fn api_token_grant(
        &self,
        context: &Context<'_>,
        input: GrantInput,
    ) -> Result<GrantPayload> {
        let asker = asker(context)?;
        Ok(match asker.grant(input).await {
            Ok(created) => GrantPayload {
                error: None,
                token: Some(asker.token(&created)),
            },
            Err(failure) => GrantPayload {
                error: Some(SystemError::of(failure)),
                token: None,
            },
        })
    }

    /// Puts another API token into the place of one of the caller's, whose string stops working at once.
    async fn api_token_rotate(
        &self,
        context: &Context<'_>,
        input: RotateInput,
    ) -> Result<RotatePayload> {
        let asker = asker(context)?;
        Ok(match asker.rotate(input).await {
            Ok(created) => RotatePayload {
                error: None,
                token: Some(asker.token(&created)),
            },
            Err(error) => RotatePayload {
                error: Some(error),
                token: None,
            },
        })
    }

    /// Deletes an API token, which stops working at once.
    async fn api_token_revoke(
        &self,
        context: &Context<'_>,
        input: RevokeInput,
    ) -> Result<RevokePayload> {
        let revoked = asker(context)?.revoke(&input.id).await;
        Ok(RevokePayload {
            error: revoked.err().map(SystemError::of),
        })
    }
}

fn asker<'a>(context: &Context<'a>) -> Result<&'a Asker> {
    context.data::<Asker>()
}

impl Asker {
    async fn grant(&self, input: GrantInput) -> std::result::Result<CreatedApiToken, Failure> {
        let items = input.trusted_ip_addresses.iter().map(String::as_str);
        let wanted = NewApiToken {
            persona: input
                .persona_name
                .map(|name| self.persona(&name))
                .transpose()?,
            days: input.expires_in_days,
            name: String::new(),
            notes: input.notes.unwrap_or_default(),
            trusted: Networks::parse_items("trustedIPAddresses", items)?,
        };
        Ok(self.door.app.create_api_token(&self.caller, wanted).await?)
    }

    /// Why a token is refused is told to the log alone.
    async fn rotate(
        &self,
        input: RotateInput,
    ) -> std::result::Result<CreatedApiToken, SystemError> {
        let string = Plaintext::from(input.token_string);
        let app = &self.door.app;
        let rotated = app
            .rotate_token(&self.caller, &string, SignedDuration::ZERO)
            .await;
        let rotated = self.door.told(&self.caller.origin, None, rotated);
        rotated.map_err(|error| match error {
            Error::Unauthenticated(_) => SystemError::invalid_token(),
            error => SystemError::of(error.into()),
        })
    }

    /// What is no number names no token.
    async fn revoke(&self, id: &str) -> std::result::Result<(), Failure> {
        let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_number.then(|| id.parse().unwrap_or(i64::MAX));
        let number = number.ok_or_else(|| Error::not_found("token", ""))?;
        let number = TokenNumber::from_number(number);
        self.door.app.delete_api_token(&self.caller, number).await?;
        Ok(())
    }

    /// One of the caller's own personas, by name.
    fn persona(&self, name: &str) -> std::result::Result<PersonaId, Failure> {
        let wanted = name.to_lowercase();
        let world = self.door.app.world();
        let mut own = world.personas_of(self.caller.principal().user.id);
        if let Some(persona) = own.find(|persona| persona.name.to_lowercase() == wanted) {
            return Ok(persona.id);
        }
        if wanted == DEFAULT_PERSONA.to_lowercase() {
            return Ok(PersonaId::DEFAULT);
        }
        let why = "must be a persona that you may act as";
        Err(Failure::invalid("as_persona", why))
    }

    fn token(&self, created: &CreatedApiToken) -> ApiToken {
        ApiToken::with_string(&self.door.app.world(), created)
    }
}
