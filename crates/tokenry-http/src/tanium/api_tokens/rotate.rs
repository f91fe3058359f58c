//! PATCH: rotates the token whose string is in the body (spec/tanium.md 4.4).

use jiff::SignedDuration;
use tokenry_core::secret::Plaintext;

use super::object;
use crate::tanium::{call::Call, face::Face, failure::Failure, reply::Reply};

/// Our own addition: for how many minutes the old string goes on to work.
const OVERLAP: &str = "overlap_in_minutes";

pub(in crate::tanium) async fn rotate(face: &Face, call: Call) -> Result<Reply, Failure> {
    let string = call.body.text("token_string")?.ok_or_else(|| {
        Failure::bad_request("InvalidJSONBody", "The property token_string is missing")
    })?;
    let string = Plaintext::from(string.to_owned());
    let minutes = call.body.integer(OVERLAP)?.unwrap_or(0);
    // What is too long is refused by the rules; here it must only not overflow.
    let overlap = SignedDuration::from_mins(minutes.clamp(-1, 1_000_000));
    let app = &face.door.app;
    let rotated = app.rotate_token(call.caller()?, &string, overlap).await;
    let created = face.door.told(&call.origin, None, rotated)?;
    Ok(Reply::data(object::with_string(
        face,
        &created.token,
        &created.string,
    )))
}
