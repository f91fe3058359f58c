//! GET of one element: a token by its id; what is no token's id is taken for a user's name, and his tokens are listed
//! (spec/splunk.md 12).

use tokenry_core::{app::ListTokens, id::UserName, permit::Wish};

use super::{PATH, entry, list::page};
use crate::splunk::{call::Call, face::Face, failure::Failure, format::feed::Fields, reply::Reply};

pub(in crate::splunk) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&[])?;
    let name = call.param("name");
    if let Some(token) = face.door.app.token(call.caller()?, name).await? {
        let mut entry = entry::of_token(face, &call, &token);
        entry.fields = Some(Fields {
            optional: vec!["id", "status"],
            ..Fields::default()
        });
        return Ok(Reply::ok(call.feed_of(face, PATH, entry)));
    }
    // Who may not see all tokens is not told either which names are users.
    let may_know = call.caller()?.may(Wish::ListAllTokens).is_ok();
    let is_user =
        UserName::parse(name).is_ok_and(|user| face.door.app.world().named(&user).is_some());
    if may_know && !is_user {
        return Err(Failure::not_found(name));
    }
    page(
        face,
        &call,
        ListTokens {
            username: Some(name),
            ..ListTokens::default()
        },
    )
    .await
}
