//! The signed assertion: what the API behind the proxy is told, in one header that it can require and check, so that
//! nobody between can take a part of it away (spec/data-plane.md 1.5).
//!
//! A compact JWS (RFC 7515) with `EdDSA` (RFC 8037), alive for a minute or less, for one audience. Signing takes longer
//! than all else the gate does, so one is used again for the same token and audience, for half of its life at most.

use std::{sync::Arc, time::Duration};

use axum::http::HeaderValue;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use quick_cache::sync::Cache;
use serde_json::{Value, json};
use tokenry_core::{
    id::TokenId,
    principal::{Generation, Principal, World},
    token::{
        Brief,
        form::key_ring::{AssertionKey, KeyRing},
    },
    verify::Via,
};

use super::decision::Pass;

/// How many are remembered.
const REMEMBERED: usize = 16_384;

/// Signs assertions.
pub(super) struct Assertions {
    key: Arc<AssertionKey>,
    issuer: String,
    /// In seconds; 0 signs none.
    life: i64,
    remembered: Cache<(TokenId, Option<Arc<str>>), Remembered>,
}

#[derive(Clone)]
struct Remembered {
    /// The world it was true in.
    generation: Generation,
    /// Who it is about, with the rights he had.
    principal: Arc<Principal>,
    /// The record it was true of; none of a token without one.
    token: Option<Arc<Brief>>,
    /// Until when it is used again, in seconds since the epoch.
    until: i64,
    header: HeaderValue,
}

impl Assertions {
    pub(super) fn new(keys: &KeyRing, issuer: &str, life: Duration) -> Self {
        Self {
            key: keys.assertion_key(),
            issuer: issuer.to_owned(),
            life: i64::try_from(life.as_secs()).unwrap_or(0),
            remembered: Cache::new(REMEMBERED),
        }
    }

    /// The key that signs.
    pub(super) fn key(&self) -> &AssertionKey {
        &self.key
    }

    /// Whether there are any.
    pub(super) fn are_signed(&self) -> bool {
        self.life > 0
    }

    /// The one about a pass, for the API that a rule or the caller names, else for what the token is for.
    pub(super) fn about(
        &self,
        pass: &Pass,
        world: &World,
        scope: impl FnOnce() -> String,
    ) -> Option<HeaderValue> {
        let (Via::Token(id) | Via::Ephemeral(id)) = pass.grant.via else {
            return None;
        };
        let audience = pass.audience.as_ref().or(pass.audience_of_token());
        let key = (id, audience.map(|audience| Arc::from(audience.as_str())));
        let now = pass.at.as_second();
        if let Some(found) = self.remembered.get(&key)
            && found.generation == world.generation
            && now < found.until
            && found.principal == pass.grant.principal
            && found.token == pass.token
        {
            return Some(found.header);
        }
        let expires = self.expiry(pass, now);
        let claims = self.claims(pass, world, id, key.1.as_deref(), &scope(), expires);
        let header = signed(&self.key, "tokenry-assertion+jwt", &claims);
        let header = HeaderValue::try_from(header).ok()?;
        let remembered = Remembered {
            generation: world.generation,
            principal: Arc::clone(&pass.grant.principal),
            token: pass.token.clone(),
            until: now + (expires - now) / 2,
            header: header.clone(),
        };
        self.remembered.insert(key, remembered);
        Some(header)
    }

    /// Never after the token's own end.
    fn expiry(&self, pass: &Pass, now: i64) -> i64 {
        let end = pass.token.as_ref().and_then(|token| token.expires());
        (now + self.life).min(end.unwrap_or(i64::MAX))
    }

    fn claims(
        &self,
        pass: &Pass,
        world: &World,
        id: TokenId,
        audience: Option<&str>,
        scope: &str,
        expires: i64,
    ) -> Value {
        let principal = &pass.grant.principal;
        let persona = world.personas().get(&principal.persona);
        let mut claims = json!({
            "iss": self.issuer,
            "aud": audience,
            "sub": principal.user.name.as_str(),
            "user_id": principal.user.id.number(),
            "persona": persona.map(|persona| persona.name.as_str()),
            "persona_id": principal.persona.number(),
            "token_id": id.to_hex(),
            "scope": scope,
            "iat": pass.at.as_second(),
            "exp": expires,
            "revision": world.generation.0,
        });
        if let Some(claims) = claims.as_object_mut() {
            claims.retain(|_, value| !value.is_null());
        }
        claims
    }
}

/// The JWT of these claims, of this type (RFC 8725 3.11).
pub(super) fn signed(key: &AssertionKey, kind: &str, claims: &Value) -> String {
    let header = json!({ "alg": "EdDSA", "typ": kind, "kid": key.id() });
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let signed = format!("{}.{}", part(&header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}
