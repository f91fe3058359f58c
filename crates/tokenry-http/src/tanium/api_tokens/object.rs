//! A token as this face prints it (spec/tanium.md 4.1), in the vendor's order of keys.

use serde_json::{Map, Value, json};
use tokenry_core::{
    id::PersonaId,
    principal::World,
    secret::Plaintext,
    token::{Origins, Token},
};

use crate::tanium::{face::Face, time};

/// A token without its string.
pub(super) fn of(face: &Face, token: &Token) -> Value {
    Value::Object(fields(&face.door.app.world(), token, None, false))
}

/// A token that has just been deleted.
pub(super) fn of_deleted(face: &Face, token: &Token) -> Value {
    Value::Object(fields(&face.door.app.world(), token, None, true))
}

/// A new token, with its string.
pub(super) fn with_string(face: &Face, token: &Token, string: &Plaintext) -> Value {
    Value::Object(fields(&face.door.app.world(), token, Some(string), false))
}

fn fields(
    world: &World,
    token: &Token,
    string: Option<&Plaintext>,
    deleted: bool,
) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    put("id", token.number.number().into());
    put("name", token.name.as_str().into());
    put("deleted_flag", u8::from(deleted).into());
    put("user", user(world, token));
    put("persona", persona(world, token.persona));
    put("created_time", time::print(token.issued_at).into());
    put("expiration", time::print_or_never(token.expires).into());
    put("notes", token.notes.as_str().into());
    match trusted(&token.origins) {
        list if list.is_empty() => {}
        list => {
            put("trusted_ip_addresses", list.into());
        }
    }
    put("expire_in_days", days(token).into());
    if let Some(string) = string {
        put("token_string", string.expose().into());
    }
    let last_used = token.last_used.map_or(token.issued_at, |used| used.at);
    put("last_used_on", time::print(last_used).into());
    fields
}

/// A token of Splunk's works from anywhere.
fn trusted(origins: &Origins) -> String {
    match origins {
        Origins::Anywhere => "0.0.0.0/0".to_owned(),
        Origins::Trusted(list) => list.to_string(),
    }
}

/// As asked for, else what its life comes to; 0 for one that never ends.
fn days(token: &Token) -> i64 {
    let life = token.expires.map(|end| end.duration_since(token.issued_at));
    let counted = || life.map_or(0, |life| life.as_hours() / 24);
    token.days.map_or_else(counted, i64::from)
}

fn user(world: &World, token: &Token) -> Value {
    let owner = world.principal(token.owner).map(|owner| &owner.user);
    json!({
        "id": token.owner.number(),
        "name": token.subject.as_str(),
        "display_name": owner.map_or("", |user| user.profile.real_name.as_str()),
        "domain": owner.map_or("", |user| user.profile.domain.as_str()),
    })
}

/// The default persona has no name (spec/tanium.md 14).
fn persona(world: &World, id: PersonaId) -> Value {
    match world.personas().get(&id) {
        Some(persona) => json!({ "id": id.number(), "name": persona.name }),
        None => json!({ "id": id.number() }),
    }
}
