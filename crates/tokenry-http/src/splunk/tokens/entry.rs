//! A token as an entry of the feed (spec/splunk.md 2.2).

use tokenry_core::{
    id::RoleName,
    principal::{Power, Rights},
    token::{Form, Token},
};

use super::PATH;
use crate::splunk::{
    call::{Call, system_acl},
    face::Face,
    format::{
        feed::{Entry, Link},
        value::{Dict, Value},
    },
};

/// The links of the whole collection.
pub(super) fn feed_links(call: &Call) -> Vec<Link> {
    vec![Link::new("create", call.path(&format!("{PATH}/_new")))]
}

/// The entry of a stored token.
pub(super) fn of_token(face: &Face, call: &Call, token: &Token) -> Entry {
    let claims = Dict::new()
        .with("aud", token.audience.as_str())
        .with("exp", token.expires.map_or(0, jiff::Timestamp::as_second))
        .with("iat", token.issued_at.as_second())
        .with("idp", token.identity_provider.as_str())
        .with("iss", token.issuer.as_str())
        .with("nbr", token.not_before.as_second())
        .with("roles", Value::List(vec!["*".into()]))
        .with("sub", token.subject.as_str());
    let headers = match token.form {
        Form::SplunkJwt => Dict::new()
            .with("alg", "HS512")
            .with("kid", token.key_id.as_str())
            .with("ttyp", "static")
            .with("ver", token.version.as_str()),
        // It has no header; clients that look at the type find it all the same.
        Form::Hex | Form::Opaque => Dict::new()
            .with("kid", token.key_id.as_str())
            .with("ttyp", "static"),
    };
    let content = Dict::new()
        .with("claims", claims)
        .with("headers", headers)
        .with(
            "lastUsed",
            token.last_used.map_or(0, |used| used.at.as_second()),
        )
        .with(
            "lastUsedIp",
            token
                .last_used
                .map(|used| used.address.to_string())
                .unwrap_or_default(),
        )
        .with("status", token.status.to_string());
    of(face, call, &token.id.to_hex(), content)
}

/// An entry of this collection.
pub(super) fn of(face: &Face, call: &Call, name: &str, content: Dict) -> Entry {
    let mut entry = call.entry(
        PATH,
        name,
        &["alternate", "list", "edit", "remove"],
        content,
    );
    entry.acl = system_acl(&[], &["admin", "splunk-system-role"]);
    entry.acl.read = readers(face);
    entry
}

/// The roles that hold any capability over tokens.
fn readers(face: &Face) -> Vec<String> {
    let world = face.door.app.world();
    let reads = |name: &&RoleName| {
        let rights = Rights::of([*name], world.roles());
        [
            Power::TokensCreateAny,
            Power::TokensCreateOwn,
            Power::TokensListAny,
            Power::TokensListOwn,
        ]
        .into_iter()
        .any(|power| rights.has(power))
    };
    world
        .roles()
        .keys()
        .filter(reads)
        .map(ToString::to_string)
        .collect()
}
