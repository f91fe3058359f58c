//! `properties/authorize/tokens_auth/<key>`: one setting as bare text, as the vendor's telemetry reads it
//! (spec/splunk.md 3.1).

use super::{call::Call, face::Face, failure::Failure, reply::Reply};

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let settings = face.door.app.tokens_auth(call.caller()?)?;
    match call.param("key") {
        "disabled" => Ok(Reply::text(u8::from(settings.disabled).to_string())),
        "ephemeralExpiration" => Ok(Reply::text(settings.ephemeral_expiration.to_string())),
        "expiration" => Ok(Reply::text(settings.expiration.to_string())),
        unknown => Err(Failure::not_found(unknown)),
    }
}
