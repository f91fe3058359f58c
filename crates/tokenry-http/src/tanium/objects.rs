//! What the routes of the directory have in common: how ids are read and printed, and what a body may not say. Not
//! here: anything that knows one kind of object.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Value, json};
use tokenry_core::{Error, secret::Digest};

use super::{call::Call, failure::Failure, json::Body, reply::Reply};

/// The number in the path. What is no number names nothing; `what` is the kind of thing, in the rules' words.
pub(super) fn number(call: &Call, what: &'static str) -> Result<i64, Failure> {
    call.id()
        .ok_or_else(|| Error::not_found(what, String::new()).into())
}

/// The one that is called what the path says, in whatever case. `what` is the kind of thing, in the rules' words.
pub(super) fn named<T>(
    call: &Call,
    what: &'static str,
    all: Vec<Arc<T>>,
    name: fn(&T) -> &str,
) -> Result<Arc<T>, Failure> {
    let wanted = call.param("name").to_lowercase();
    let found = all
        .into_iter()
        .find(|one| name(one).to_lowercase() == wanted);
    found.ok_or_else(|| Error::not_found(what, "").into())
}

/// The answer that lists these.
pub(super) fn list<T>(all: &[Arc<T>], object: fn(&T) -> Value) -> Reply {
    let objects = all.iter().map(|one| object(one));
    Reply::data(Value::Array(objects.collect()))
}

/// Refuses a body that says again what the path says (spec/tanium.md 6.1).
pub(super) fn not_in_body(body: &Body, key: &str) -> Result<(), Failure> {
    if !body.has(key) {
        return Ok(());
    }
    Err(Failure::bad_request(
        "TooManyTagsWithSameName",
        format!("The body must not repeat the {key} that is in the path"),
    ))
}

/// A text that is to be kept.
pub(super) fn text(body: &Body, key: &'static str) -> Result<Option<String>, Failure> {
    Ok(body.text(key)?.map(str::to_owned))
}

/// The name of something new. Without one the answer is the error of this name.
pub(super) fn new_name(body: &Body, error: &'static str) -> Result<String, Failure> {
    text(body, "name")?
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Failure::bad_request(error, "A name is needed"))
}

/// A list of ids, each once.
pub(super) fn ids<T: Ord>(
    body: &Body,
    key: &'static str,
    make: fn(i64) -> T,
) -> Result<Option<BTreeSet<T>>, Failure> {
    let ids = body.ids(key)?;
    Ok(ids.map(|ids| ids.into_iter().map(make).collect()))
}

/// The id of something that must be named.
pub(super) fn needed_id(body: &Body, key: &'static str) -> Result<i64, Failure> {
    body.id(key)?
        .ok_or_else(|| Failure::invalid(key, "is needed"))
}

/// Something by its id and name.
pub(super) fn reference(id: i64, name: &str) -> Value {
    json!({ "id": id, "name": name })
}

/// Things by their ids alone.
pub(super) fn references(ids: impl IntoIterator<Item = i64>) -> Value {
    let all = ids.into_iter().map(|id| json!({ "id": id }));
    Value::Array(all.collect())
}

/// A switch that is written as 0 or 1.
pub(super) fn bit(flag: bool) -> Value {
    u8::from(flag).into()
}

/// A switch that is written as `"0"` or `"1"`.
pub(super) fn bit_text(flag: bool) -> Value {
    if flag { "1" } else { "0" }.into()
}

/// The id of something that has no number of its own but is known by three parts: always the same one, and so large
/// that no two meet. 52 bits, for clients that keep numbers as floating ones.
pub(super) fn derived_id(kind: &str, parts: [&str; 3]) -> i64 {
    let [a, b, c] = parts;
    let digest = Digest::of(&format!("{kind}\n{a}\n{b}\n{c}"));
    let bits = digest.as_bytes().iter().take(8);
    let bits = bits.fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
    i64::try_from(bits >> 12).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_id_is_stable_exact_as_a_floating_number_and_of_all_its_parts() {
        let id = derived_id("privilege", ["1", "2", "use token"]);
        assert_eq!(id, derived_id("privilege", ["1", "2", "use token"]));
        let others = [
            derived_id("membership", ["1", "2", "use token"]),
            derived_id("privilege", ["12", "", "use token"]),
            derived_id("privilege", ["1", "2", "use"]),
        ];
        for other in others {
            assert_ne!(id, other);
            assert!((1000..1 << 52).contains(&other), "{other}");
        }
    }

    #[test]
    fn a_body_may_not_repeat_the_path() {
        let body = Body::read(br#"{"id":7,"name":null}"#).unwrap();
        let (_, text) = not_in_body(&body, "id").unwrap_err().spoken();
        assert!(text.contains("TooManyTagsWithSameName"), "{text}");
        assert!(!text.contains('7'), "{text}");
        assert!(not_in_body(&body, "name").is_ok());
    }
}
