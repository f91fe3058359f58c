//! `authentication/current-context`: who the caller is and what he may do (spec/splunk.md 5.1).

use super::{call::Call, face::Face, failure::Failure, reply::Reply, users};

pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let caller = call.caller()?;
    let content = users::content(face, caller.principal(), call.now())
        .with("username", caller.principal().user.name.as_str());
    let path = "authentication/current-context";
    let entry = call.entry(path, "context", &["alternate", "list"], content);
    Ok(Reply::ok(call.feed_of(face, path, entry)))
}
