//! Where everything is (RFC 8414), and the public keys (RFC 7517, RFC 8037). Open to everybody, and the same for all.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, Response, StatusCode, Uri, header},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::{
    Face, INTROSPECT, JWKS, METADATA, REVOKE,
    answer::{Failure, json_answer},
};

/// For how long these may be kept: a new key must be seen before it signs, and that is sooner than keys change (NT-56).
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// `GET /.well-known/oauth-authorization-server`, with the path of the issuer behind it, if that has one.
pub(super) async fn metadata(State(face): State<Arc<Face>>, uri: Uri) -> Response<Body> {
    if uri.path().strip_prefix(METADATA) != Some(path_of(&face.issuer)) {
        return Failure::NoSuchIssuer.answer();
    }
    let at = |path: &str| format!("{}{path}", origin_of(&face.issuer));
    // An empty list says that there is nothing of the kind. RFC 8414 3.2 would rather leave such a list out, but 2
    // requires the first of these, and without the second it would stand for two kinds of grant.
    kept(&json!({
        "issuer": face.issuer,
        "introspection_endpoint": at(INTROSPECT),
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "introspection_signing_alg_values_supported": ["EdDSA"],
        "revocation_endpoint": at(REVOKE),
        "revocation_endpoint_auth_methods_supported": ["none"],
        "jwks_uri": at(JWKS),
        "response_types_supported": [],
        "grant_types_supported": [],
    }))
}

/// `GET /.well-known/jwks.json`
pub(super) async fn keys(State(face): State<Arc<Face>>) -> Response<Body> {
    let keys = face.keys.assertion_keys().map(|key| {
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "x": URL_SAFE_NO_PAD.encode(key.public()),
            "kid": key.id(),
            "use": "sig",
            "alg": "EdDSA",
        })
    });
    let keys: Vec<Value> = keys.collect();
    kept(&json!({ "keys": keys }))
}

/// The path of an issuer, with a slash before it; empty for one without.
fn path_of(issuer: &str) -> &str {
    issuer.strip_prefix(origin_of(issuer)).unwrap_or_default()
}

/// Scheme and host of an issuer: all this is at the root there (RFC 8414 3.1).
fn origin_of(issuer: &str) -> &str {
    let host = issuer.find("://").map_or(0, |at| at + 3);
    let (_, rest) = issuer.split_at_checked(host).unwrap_or_default();
    let end = rest.find('/').map_or(issuer.len(), |at| host + at);
    issuer.get(..end).unwrap_or(issuer)
}

fn kept(json: &Value) -> Response<Body> {
    let mut response = json_answer(StatusCode::OK, json);
    response.headers_mut().insert(header::CACHE_CONTROL, KEPT);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_has_an_origin_and_perhaps_a_path() {
        for (issuer, origin, path) in [
            ("https://t.example", "https://t.example", ""),
            (
                "https://t.example:8089/a/b",
                "https://t.example:8089",
                "/a/b",
            ),
            ("http://[::1]:8089", "http://[::1]:8089", ""),
        ] {
            assert_eq!((origin_of(issuer), path_of(issuer)), (origin, path));
        }
    }
}
