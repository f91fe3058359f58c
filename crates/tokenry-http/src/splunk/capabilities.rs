//! `authorization/capabilities`: all there are (spec/splunk.md 5.4): those that Tokenry itself knows and those that
//! any role grants.

use std::collections::BTreeSet;

use tokenry_core::{
    id::Capability,
    principal::capability::{Dialect, known},
};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    format::value::{Dict, Value},
    reply::Reply,
};

pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let world = face.door.app.world();
    let mut names: BTreeSet<&str> = world
        .capabilities()
        .into_iter()
        .map(Capability::as_str)
        .collect();
    for known in known(&[Dialect::Tokenry, Dialect::Splunk]) {
        names.insert(known);
    }
    let names = names.into_iter().map(Value::from).collect();
    let content = Dict::new().with("capabilities", Value::List(names));
    let path = "authorization/capabilities";
    let entry = call.entry(path, "capabilities", &["alternate", "list"], content);
    Ok(Reply::ok(call.feed_of(face, path, entry)))
}
