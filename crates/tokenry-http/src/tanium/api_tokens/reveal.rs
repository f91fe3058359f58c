//! GET `…/token_string`, our own addition: the second look at a string, for its maker, until the visibility timeout.

use axum::http::StatusCode;
use serde_json::json;

use super::number;
use crate::tanium::{call::Call, face::Face, failure::Failure, reply::Reply, time};

pub(in crate::tanium) async fn reveal(face: &Face, call: Call) -> Result<Reply, Failure> {
    let number = number(&call)?;
    let revealed = face.door.app.reveal_token(call.caller()?, number).await?;
    let Some(revealed) = revealed else {
        let text = "The string can be seen by its maker only, in the session that made it, until the visibility \
                    timeout; rotate the token to get another one";
        return Err(Failure::Said(
            StatusCode::GONE,
            "Processing",
            "APITokenNoLongerVisible",
            text.to_owned(),
        ));
    };
    Ok(Reply::data(json!({
        "id": number.number(),
        "token_string": revealed.string.expose(),
        "visible_until": time::print(revealed.until),
    })))
}
