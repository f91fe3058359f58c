//! POST on a user's name: enables or disables one of his tokens, or all (spec/splunk.md 2.5).

use tokenry_core::token::Status;

use super::{PATH, entry};
use crate::splunk::{
    call::Call, face::Face, failure::Failure, format::message::Message, reply::Reply,
};

pub(in crate::splunk) async fn set_status(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&["id", "status"])?;
    let status = call
        .arguments
        .text("status")?
        .ok_or_else(|| Failure::missing(&["status"]))?;
    let status: Status = status.parse()?;
    let id = call.arguments.text("id")?;
    face.door
        .app
        .set_token_status(call.caller()?, call.param("name"), id, status)
        .await?;
    let mut feed = call.feed(face, PATH);
    feed.links = entry::feed_links(&call);
    feed.messages.push(Message::info(format!(
        "Token(s) updated to status: {status}."
    )));
    Ok(Reply::ok(feed))
}
