//! Tags of what is answered, and changes that happen only if it is still what was read (RFC 9110 8.8.3, 13.1.1).

use serde::Serialize;
use tokenry_core::{Error, app::Caller, principal::World, secret::Digest};

use super::{Face, problem::Problem};

/// The tag of what can be changed of something.
pub(super) fn tag_of(value: &impl Serialize) -> Result<String, Problem> {
    let text = serde_json::to_string(value).map_err(Error::internal)?;
    let digits = Digest::of(&text).to_hex();
    Ok(format!("\"{}\"", digits.get(..32).unwrap_or(&digits)))
}

/// Fails unless `expected`, if something is, has this tag in it.
pub(super) fn check(expected: Option<&str>, tag: &str) -> Result<(), Problem> {
    let fits = |list: &str| {
        list.split(',')
            .any(|one| one.trim() == tag || one.trim() == "*")
    };
    match expected {
        Some(list) if !fits(list) => Err(Problem::changed_meanwhile()),
        _ => Ok(()),
    }
}

/// Changes something of the world, but only if it still has the tag that is `expected`, if one is. `tag` finds the tag
/// in a world; `act` changes as the caller it is given.
pub(super) async fn change<T, F>(
    face: &Face,
    caller: Caller,
    expected: Option<&str>,
    tag: impl Fn(&World) -> Result<String, Problem>,
    act: impl Fn(Caller) -> F,
) -> Result<T, Problem>
where
    F: Future<Output = Result<T, Error>>,
{
    const ATTEMPTS: usize = 16;
    let Some(expected) = expected else {
        return Ok(act(caller).await?);
    };
    for _ in 0..ATTEMPTS {
        let world = face.door.app.world();
        check(Some(expected), &tag(&world)?)?;
        let generation = world.generation;
        match act(caller.expecting(generation)).await {
            // Something else of the world was changed: look again.
            Err(error) if error.is_outdated() => {}
            done => return Ok(done?),
        }
    }
    Err(Problem::changed_meanwhile())
}
