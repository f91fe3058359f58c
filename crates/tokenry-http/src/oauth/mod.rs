//! The OAuth face: what an API needs that asks about tokens by itself, by the standards that its libraries speak.
//!
//! * [`introspect`]: is this token good, and whose is it (RFC 7662, signed answers RFC 9701)? Decided by the gate.
//! * [`revoke`]: end this token (RFC 7009).
//! * [`metadata`]: where all this is (RFC 8414), and the keys that signed answers are checked with (RFC 7517).
//! * [`client`]: who asks. [`form`]: the body of a request. [`answer`]: what all answers have in common.
//!
//! Not here: issuing tokens. Nobody gets one by OAuth; people and services get theirs from the other faces.

mod answer;
mod client;
mod form;
mod introspect;
mod metadata;
mod revoke;

use std::sync::{Arc, Weak};

use axum::{
    Router,
    routing::{MethodRouter, get, post},
};
use tokenry_core::token::form::key_ring::KeyRing;

use crate::{Door, gate::Gate};

/// The face.
pub struct Face {
    /// The rules.
    pub door: Arc<Door>,
    /// Decides about tokens. It carries this face itself, so it is not held here.
    pub gate: Weak<Gate>,
    /// The keys that signed answers are checked with.
    pub keys: Arc<KeyRing>,
    /// The issuer: a URL without a slash at its end.
    pub issuer: String,
}

/// The longest body: the longest token and all else, in the clumsiest encoding.
const MAX_BODY: usize = 32 * 1024;

/// The path of introspection.
const INTROSPECT: &str = "/oauth2/introspect";

/// The path of revocation.
const REVOKE: &str = "/oauth2/revoke";

/// The path of the keys.
const JWKS: &str = "/.well-known/jwks.json";

/// The path of the metadata, which that of the issuer follows (RFC 8414 3).
const METADATA: &str = "/.well-known/oauth-authorization-server";

/// The same with any path behind it.
const METADATA_OF: &str = "/.well-known/oauth-authorization-server/{*path}";

/// The router of this face. It has no fallback, so it can be merged with others.
pub fn router(face: Arc<Face>) -> Router {
    let reading = |methods: MethodRouter<Arc<Face>>| methods.fallback(answer::only("GET, HEAD"));
    let posting = |methods: MethodRouter<Arc<Face>>| methods.fallback(answer::only("POST"));
    Router::new()
        .route(INTROSPECT, posting(post(introspect::answer)))
        .route(REVOKE, posting(post(revoke::answer)))
        .route(JWKS, reading(get(metadata::keys)))
        .route(METADATA, reading(get(metadata::metadata)))
        .route(METADATA_OF, reading(get(metadata::metadata)))
        .with_state(face)
}
