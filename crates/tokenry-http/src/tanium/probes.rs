//! What clients ask for before or beside signing in (spec/tanium.md 3.7).

use serde_json::json;

use super::{call::Call, face::Face, failure::Failure, reply::Reply};

/// The version, by which clients decide whether to go on.
pub(super) async fn console(face: &Face, _: Call) -> Result<Reply, Failure> {
    Ok(Reply::raw(json!({ "serverVersion": face.product.version })))
}

/// The same for those who have signed in, in the shape that clients walk through.
pub(super) async fn info(face: &Face, _: Call) -> Result<Reply, Failure> {
    let settings =
        json!({ "ServerName": face.product.server_name, "Version": face.product.version });
    Ok(Reply::raw(
        json!({ "Diagnostics": { "Settings": settings } }),
    ))
}
