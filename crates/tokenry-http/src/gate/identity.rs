//! What the API behind the proxy is told of who passes: headers of one prefix, every one of them always with a value, so
//! that none that a client sent himself comes through (spec/data-plane.md 1.4).

use std::{fmt::Write as _, sync::Arc};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use quick_cache::sync::Cache;
use tokenry_core::{
    id::{Capability, PersonaId, UserId},
    principal::{Generation, Principal, World},
    verify::Via,
};

use crate::bytes::ByteSet;

use super::{Gate, Rules, callers::Caller, decision::Pass};

/// What the name of every header begins with, in lower case: strip `X-Tokenry-*` of what clients send.
pub const PREFIX: &str = "x-tokenry-";

/// What stands where there is nothing to say. No user, persona or capability is called so.
const NOTHING: HeaderValue = HeaderValue::from_static("-");

/// Who passes where a rule asks for nobody. No user can have a colon in his name.
const NOBODY: HeaderValue = HeaderValue::from_static(":nobody");

const SUBJECT: HeaderName = HeaderName::from_static("x-tokenry-subject");
const USER_ID: HeaderName = HeaderName::from_static("x-tokenry-user-id");
const PERSONA: HeaderName = HeaderName::from_static("x-tokenry-persona");
const PERSONA_ID: HeaderName = HeaderName::from_static("x-tokenry-persona-id");
const TOKEN_ID: HeaderName = HeaderName::from_static("x-tokenry-token-id");
const AUDIENCE: HeaderName = HeaderName::from_static("x-tokenry-audience");
const SCOPE: HeaderName = HeaderName::from_static("x-tokenry-scope");
pub(super) const ASSERTION: HeaderName = HeaderName::from_static("x-tokenry-assertion");

/// How many headers there are but the assertion.
pub(super) const COUNT: usize = 7;

/// All headers but the assertion, in the order in which they are sent.
pub(super) const ALL: [HeaderName; COUNT] = [
    SUBJECT, USER_ID, PERSONA, PERSONA_ID, TOKEN_ID, AUDIENCE, SCOPE,
];

/// What stands in a header as it is.
const PLAIN: ByteSet = ByteSet::of(&[(b' ', b'$'), (b'&', b'~')]);

/// How many users, as their personas, the headers are remembered of.
const REMEMBERED: usize = 10_000;

/// The headers about a user, and what they were made of. His rights are those of the moment in which he was let pass, and
/// the world may have moved on since: so neither alone tells whether they are still true.
#[derive(Clone)]
struct Known {
    generation: Generation,
    principal: Arc<Principal>,
    headers: HeaderMap,
}

/// What APIs are told of users.
pub(super) struct Identities {
    /// All names that rules or the configuration mention.
    vocabulary: Vec<Capability>,
    /// The headers about users whose tokens are not narrowed, with nothing yet about the token.
    known: Cache<(UserId, PersonaId), Known>,
}

impl Identities {
    pub(super) fn new(rules: &Rules, more: &[Capability]) -> Self {
        let of_rules = rules
            .0
            .iter()
            .flat_map(|rule| rule.capabilities.iter().chain(&rule.scope));
        let mut vocabulary: Vec<Capability> = of_rules.chain(more).cloned().collect();
        vocabulary.sort();
        vocabulary.dedup();
        Self {
            vocabulary,
            known: Cache::new(REMEMBERED),
        }
    }

    /// What this one may do, names with a space between: of the scope of his token if it is narrowed, else of what the
    /// rules know.
    pub(super) fn scope(&self, pass: &Pass) -> String {
        let rights = &pass.grant.principal.rights;
        let names: Vec<&str> = match rights.scope() {
            Some(scope) => held(scope.names(), rights),
            None => held(self.vocabulary.iter(), rights),
        };
        names.join(" ")
    }

    /// All headers of an answer that lets somebody pass, but for those about the token.
    fn of_user(&self, pass: &Pass, world: &World) -> HeaderMap {
        let principal = &pass.grant.principal;
        if principal.rights.scope().is_some() {
            return self.make(pass, world);
        }
        let key = (principal.user.id, principal.persona);
        match self.known.get(&key) {
            Some(known)
                if known.generation == world.generation && known.principal == *principal =>
            {
                known.headers
            }
            _ => {
                let headers = self.make(pass, world);
                let known = Known {
                    generation: world.generation,
                    principal: Arc::clone(principal),
                    headers: headers.clone(),
                };
                self.known.insert(key, known);
                headers
            }
        }
    }

    fn make(&self, pass: &Pass, world: &World) -> HeaderMap {
        let principal = &pass.grant.principal;
        let persona = match principal.persona {
            PersonaId::DEFAULT => NOTHING,
            id => (world.personas().get(&id)).map_or(NOTHING, |persona| value(&persona.name)),
        };
        let mut headers = HeaderMap::with_capacity(COUNT + 2);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(SUBJECT, value(principal.user.name.as_str()));
        headers.insert(USER_ID, principal.user.id.number().into());
        headers.insert(PERSONA, persona);
        headers.insert(PERSONA_ID, principal.persona.number().into());
        headers.insert(TOKEN_ID, NOTHING);
        headers.insert(AUDIENCE, NOTHING);
        headers.insert(SCOPE, value(&self.scope(pass)));
        headers
    }
}

fn held<'a>(
    names: impl Iterator<Item = &'a Capability>,
    rights: &tokenry_core::principal::Rights,
) -> Vec<&'a str> {
    let names = names.filter(|name| rights.holds(name));
    // A name with a space in it cannot stand in a list with spaces between.
    names
        .map(Capability::as_str)
        .filter(|name| !name.contains(' '))
        .collect()
}

impl Gate {
    /// All headers of an answer that lets somebody pass.
    pub(super) fn identify(&self, pass: &Pass, caller: &Caller) -> HeaderMap {
        let world = self.door.app.world();
        let mut headers = self.identities.of_user(pass, &world);
        if let Via::Token(id) | Via::Ephemeral(id) = pass.grant.via {
            let id = HeaderValue::try_from(id.to_hex());
            headers.insert(TOKEN_ID, id.unwrap_or(NOTHING));
        }
        if let Some(audience) = pass.audience_of_token() {
            headers.insert(AUDIENCE, value(audience.as_str()));
        }
        if caller.assertion && self.assertions.are_signed() {
            let scope = || self.identities.scope(pass);
            let assertion = self.assertions.about(pass, &world, scope);
            headers.insert(ASSERTION, assertion.unwrap_or(NOTHING));
        }
        headers
    }
}

/// Every header, saying nobody.
pub(super) fn nobody(with_assertion: bool, headers: &mut HeaderMap) {
    for name in ALL {
        headers.insert(name, NOTHING);
    }
    headers.insert(SUBJECT, NOBODY);
    if with_assertion {
        headers.insert(ASSERTION, NOTHING);
    }
}

/// A text as the value of a header: visible ASCII and the spaces inside as they are, but for `%`; all else, and a lone
/// `-`, as percent-encoded UTF-8 (RFC 3986 2.1).
pub(super) fn value(text: &str) -> HeaderValue {
    let is_trimmed = !text.starts_with(' ') && !text.ends_with(' ');
    let is_plain = is_trimmed && PLAIN.holds_all(text.as_bytes()) && !matches!(text, "" | "-");
    if is_plain && let Ok(value) = HeaderValue::from_str(text) {
        return value;
    }
    if text.is_empty() {
        return NOTHING;
    }
    let mut encoded = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if PLAIN.holds(byte) && byte != b' ' && text != "-" {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    HeaderValue::try_from(encoded).unwrap_or(NOTHING)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use tokenry_core::{
        id::{RoleName, RoleNumber, TokenId, UserName},
        principal::{Profile, Role, User},
        settings::Settings,
        verify::Grant,
    };

    use super::*;

    fn world(generation: i64, capabilities: &[&str]) -> World {
        let name = RoleName::parse("clerk").unwrap();
        let mut role = Role::new(name.clone(), RoleNumber::from_number(1));
        let capabilities = capabilities
            .iter()
            .map(|one| Capability::parse(one).unwrap());
        role.capabilities = capabilities.collect();
        let user = User {
            id: UserId::from_number(7),
            name: UserName::parse("anna").unwrap(),
            roles: [name].into_iter().collect(),
            locked: false,
            deleted: false,
            token_epoch: 0,
            created: Timestamp::UNIX_EPOCH,
            profile: Profile::default(),
        };
        World::new(
            Generation(generation),
            vec![user],
            vec![role],
            Settings::default(),
        )
    }

    fn pass(world: &World) -> Pass {
        let principal = world.principal(UserId::from_number(7)).unwrap();
        Pass {
            grant: Grant {
                principal: Arc::clone(principal),
                via: Via::Token(TokenId::from_bytes([1; 32])),
            },
            token: None,
            audience: None,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    /// Somebody is let pass, his role is narrowed, and only then the answer is written.
    #[test]
    fn nt16_an_answer_written_late_does_not_outlive_the_rights_it_tells_of() {
        let (before, after) = (
            world(1, &["orders.read", "orders.write"]),
            world(2, &["orders.read"]),
        );
        let known = ["orders.read", "orders.write"].map(|one| Capability::parse(one).unwrap());
        let identities = Identities::new(&Rules::default(), &known);
        let scope = |pass: &Pass| identities.of_user(pass, &after)[SCOPE].clone();
        assert_eq!(scope(&pass(&before)), "orders.read orders.write");
        assert_eq!(scope(&pass(&after)), "orders.read");
        assert_eq!(scope(&pass(&after)), "orders.read", "remembered");
    }
}
