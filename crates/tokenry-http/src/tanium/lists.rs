//! What lists of this face have in common.

use serde_json::{Value, json};
use tokenry_core::id::UserName;

use super::{call::Call, face::Face, time};

/// For how long a list would be kept, in seconds, if it were: lists are made anew for every request.
const CACHE_SECONDS: i64 = 300;

/// The list with the element behind it that tells of its cache (spec/tanium.md 1): its keys stand there bare.
pub(super) fn with_cache_info(mut items: Vec<Value>, call: &Call) -> Value {
    let count = items.len();
    let expires = call.now() + jiff::SignedDuration::from_secs(CACHE_SECONDS);
    items.push(json!({
        "cache_id": call.now().as_second(),
        "cache_row_count": count,
        "expiration": time::print(expires),
        "filtered_row_count": count,
        "page_row_count": count,
    }));
    Value::Array(items)
}

/// A user as he stands in other objects; id 0 for one who is no more, or is not one.
pub(super) fn user_named(face: &Face, name: &str) -> Value {
    let world = face.door.app.world();
    let found = UserName::parse(name).ok();
    let found = found.and_then(|name| world.named_or_deleted(&name).cloned());
    match found {
        None => json!({ "id": 0, "name": name, "display_name": "", "domain": "" }),
        Some(found) => json!({
            "id": found.user.id.number(),
            "name": found.user.name.as_str(),
            "display_name": found.user.profile.real_name,
            "domain": found.user.profile.domain,
        }),
    }
}
