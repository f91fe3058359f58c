//! POST makes a token in any form and shows its string.

use std::sync::Arc;

use tokenry_api::{
    Secret, operations as op,
    types::tokens::{Form, IssuedToken, Kind, NewToken},
};
use tokenry_core::{
    app::{self, Caller, IdempotencyKey, Shape},
    id::PersonaId,
    secret::Digest,
    token::{Rate, Scope, address::Networks, form::opaque, lifetime::Wanted},
};

use super::{
    super::{Face, answer::Answer, call::Call, problem::Problem},
    record::record,
};

pub(in super::super) async fn create(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenCreate>,
) -> Result<Answer<IssuedToken>, Problem> {
    let request = Digest::of(&String::from_utf8_lossy(&call.raw));
    let key = call.header("idempotency-key")?;
    let key = key.map(|key| IdempotencyKey::parse(key, request));
    let mut wanted = wanted(&call.body)?;
    wanted.idempotency = key.transpose()?;
    let issued = face.door.app.issue_token(&caller, wanted).await?;
    Ok(shown(&face, &caller, &issued).into())
}

/// A new token with its string.
pub(super) fn shown(face: &Face, caller: &Caller, issued: &app::IssuedToken) -> IssuedToken {
    IssuedToken {
        token: Secret::from(issued.string.expose()),
        visible_until: (face.door.app)
            .visible_until(caller, issued.token.id)
            .map(|until| until.to_string()),
        record: record(face, &face.door.app.world(), caller, &issued.token),
    }
}

fn wanted(body: &NewToken) -> Result<app::NewToken<'_>, Problem> {
    let addresses = body.addresses.as_ref().map(|items| {
        let items = items.iter().map(String::as_str);
        Networks::parse_items("addresses", items)
    });
    let scope = body.scope.as_ref();
    let scope =
        scope.map(|names| Scope::parse(names.iter().map(String::as_str).collect::<Vec<_>>()));
    let rate = body.rate.map(|rate| Rate::new(rate.per_minute, rate.burst));
    Ok(app::NewToken {
        shape: shape(body)?,
        user: body.user.as_deref(),
        persona: body.persona.map(PersonaId::from_number),
        audience: body.audience.as_deref(),
        name: body.name.clone().unwrap_or_default(),
        notes: body.notes.clone().unwrap_or_default(),
        life: Wanted {
            expires_on: body.expires.as_deref(),
            not_before: body.not_before.as_deref(),
        },
        addresses: addresses.transpose()?,
        scope: scope.transpose()?,
        rate: rate.transpose()?,
        idempotency: None,
    })
}

fn shape(body: &NewToken) -> Result<Shape, Problem> {
    match (body.form.unwrap_or(Form::Opaque), body.kind) {
        (Form::Opaque, kind) => Ok(Shape::Opaque(opaque_kind(kind.unwrap_or(Kind::Pat)))),
        (Form::Hex, None) => Ok(Shape::Hex),
        (Form::SplunkJwt, None) => Ok(Shape::SplunkJwt),
        (Form::Hex | Form::SplunkJwt, Some(_)) => {
            let why = "is only for opaque tokens; leave it out";
            Err(Problem::invalid("kind", why))
        }
    }
}

/// What an opaque string is to say of itself.
pub(super) fn opaque_kind(kind: Kind) -> opaque::Kind {
    match kind {
        Kind::Pat => opaque::Kind::Personal,
        Kind::Svc => opaque::Kind::Service,
    }
}
