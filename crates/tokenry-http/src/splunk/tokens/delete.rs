//! DELETE on a user's name: deletes one of his tokens, or all (spec/splunk.md 2.6).

use super::{PATH, entry};
use crate::splunk::{
    call::Call, face::Face, failure::Failure, format::message::Message, reply::Reply,
};

pub(in crate::splunk) async fn delete(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&["id"])?;
    // `id=` with nothing behind it would otherwise delete them all.
    if call.arguments.one("id")? == Some("") {
        return Err(Failure::bad_request(
            "Argument \"id\" must not be empty; leave it out to delete all tokens.",
        ));
    }
    let id = call.arguments.text("id")?;
    face.door
        .app
        .delete_tokens(call.caller()?, call.param("name"), id)
        .await?;
    let mut feed = call.feed(face, PATH);
    feed.links = entry::feed_links(&call);
    feed.messages.push(Message::info("Token(s), removed."));
    Ok(Reply::ok(feed))
}

/// DELETE on the collection itself.
pub(in crate::splunk) async fn delete_without_target(
    _face: &Face,
    _call: Call,
) -> Result<Reply, Failure> {
    Err(Failure::no_target("DELETE"))
}
