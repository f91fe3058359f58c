//! GET and DELETE: lists tokens, shows one, deletes one (spec/tanium.md 4.3). Never a string.

use serde_json::Value;

use super::{number, object};
use crate::tanium::{call::Call, face::Face, failure::Failure, reply::Reply};

/// All tokens of the server that have not expired; one's own where one may not see others'.
pub(in crate::tanium) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    let tokens = face.door.app.list_api_tokens(call.caller()?).await?;
    let objects = tokens.iter().map(|token| object::of(face, token));
    Ok(Reply::data(Value::Array(objects.collect())))
}

pub(in crate::tanium) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let token = app.api_token(call.caller()?, number(&call)?).await?;
    Ok(Reply::data(object::of(face, &token)))
}

pub(in crate::tanium) async fn delete(face: &Face, call: Call) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let token = app.delete_api_token(call.caller()?, number(&call)?).await?;
    Ok(Reply::data(object::of_deleted(face, &token)))
}
