//! `POST /oauth2/revoke`: ends a token (RFC 7009). Whoever has its string may: no other credential is asked for, and one
//! that is sent is not looked at. The answer is the same whether there was such a token or not (NT-72).

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    http::Response,
};
use tokenry_core::app::Presented;

use super::{
    Face, REVOKE,
    answer::{Failure, typed},
    form::Form,
};

/// Answers a request.
pub(super) async fn answer(State(face): State<Arc<Face>>, request: Request) -> Response<Body> {
    let answered = answered(&face, request).await;
    answered.unwrap_or_else(Failure::answer)
}

async fn answered(face: &Face, request: Request) -> Result<Response<Body>, Failure> {
    let gate = face.gate.upgrade().ok_or(Failure::Internal)?;
    let (parts, body) = request.into_parts();
    let form = Form::read(&parts, body).await?;
    let token = form.token()?;
    let origin = face.door.origin(&parts, REVOKE);
    // Whatever is shown, so that being told to wait says nothing about it.
    if let Some(address) = origin.address {
        let admitted = gate.admit_guess(origin.client, address);
        admitted.map_err(Failure::TooMany)?;
    }
    match face.door.app.revoke_presented(token, &origin).await? {
        Presented::Ended => Ok(typed("application/json", "{}".to_owned())),
        Presented::WithoutRecord => Err(Failure::TokenType),
    }
}
