//! Endpoints of Splunk that have no meaning here but that real clients touch on their way (spec/splunk.md 5.7): they
//! answer that there is nothing.

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    format::{feed::Link, message::Message, value::Dict},
    reply::Reply,
};

/// Messages to the administrator: none. Every SDK's tests look here whether a restart is due.
pub(super) async fn messages(face: &Face, call: Call) -> Result<Reply, Failure> {
    empty(face, &call, "messages")
}

/// Search jobs: none.
pub(super) async fn jobs(face: &Face, call: Call) -> Result<Reply, Failure> {
    empty(face, &call, "search/jobs")
}

/// Indexes: none.
pub(super) async fn indexes(face: &Face, call: Call) -> Result<Reply, Failure> {
    empty(face, &call, "data/indexes")
}

/// Takes an event, which goes nowhere; so it says.
pub(super) async fn receive(face: &Face, call: Call) -> Result<Reply, Failure> {
    let mut feed = call.feed(face, "receivers/simple");
    feed.messages.push(Message::info(
        "This server keeps tokens, not events: the event was not stored.",
    ));
    Ok(Reply::ok(feed))
}

/// What there is.
pub(super) async fn services(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let mut feed = call.feed(face, "");
    "services".clone_into(&mut feed.title);
    call.base.clone_into(&mut feed.path);
    for name in [
        "apps",
        "authentication",
        "authorization",
        "messages",
        "server",
    ] {
        let path = call.path(name);
        let mut entry = call.entry("", name, &[], Dict::new());
        entry.links = vec![Link::new("alternate", path.clone())];
        entry.path = path;
        feed.entries.push(entry);
    }
    feed.paging.total = feed.entries.len() as u64;
    Ok(Reply::ok(feed))
}

fn empty(face: &Face, call: &Call, path: &str) -> Result<Reply, Failure> {
    call.supports(&[])?;
    Ok(Reply::ok(call.feed(face, path)))
}
