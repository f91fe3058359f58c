//! Changes: notes and addresses, status, another string, the end.

use std::sync::Arc;

use jiff::SignedDuration;
use tokenry_api::{
    Nothing, Operation, operations as op,
    types::tokens::{AddressesEdit, IssuedToken, ManyAction, ManyDone, Token, TokenEdit},
};
use tokenry_core::{
    app::{self, Caller, Many, Rotation},
    id::TokenId,
    token::{Origins, Status, address::Networks},
};

use super::{
    super::{Face, answer::Answer, call::Call, problem::Problem, tag::check},
    create::{opaque_kind, shown},
    id,
    record::{answer, record, tag},
};

pub(in super::super) async fn edit(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenChange>,
) -> Result<Answer<Token>, Problem> {
    let (app, id) = (&face.door.app, id(call.id())?);
    let edit = wanted(&call.body)?;
    // What is changed meanwhile is noticed by the write itself; what was changed before that, by the tag.
    let before = app.token_for(&caller, id).await?;
    let before = record(&face, &app.world(), &caller, &before);
    check(call.if_match()?, &tag(&before)?)?;
    let edited = app.edit_token(&caller, id, edit).await?;
    answer(&face, &caller, &edited)
}

fn wanted(body: &TokenEdit) -> Result<app::TokenEdit, Problem> {
    let origins = match &body.addresses {
        None => None,
        Some(AddressesEdit::Anywhere(_)) => Some(Origins::Anywhere),
        Some(AddressesEdit::Only(items)) => {
            let items = items.iter().map(String::as_str);
            Some(Origins::Trusted(Networks::parse_items("addresses", items)?))
        }
    };
    Ok(app::TokenEdit {
        name: body.name.clone(),
        notes: body.notes.clone(),
        audience: body.audience.clone(),
        addresses: origins,
    })
}

pub(in super::super) async fn enable(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenEnable>,
) -> Result<Answer<Token>, Problem> {
    set_status(&face, &caller, &call, Status::Enabled).await
}

pub(in super::super) async fn disable(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenDisable>,
) -> Result<Answer<Token>, Problem> {
    set_status(&face, &caller, &call, Status::Disabled).await
}

async fn set_status<O: Operation>(
    face: &Face,
    caller: &Caller,
    call: &Call<O>,
    status: Status,
) -> Result<Answer<Token>, Problem> {
    let id = id(call.id())?;
    let done = face.door.app.set_status_of(caller, &[id], status).await?;
    existed(&done)?;
    answer(face, caller, &face.door.app.token_for(caller, id).await?)
}

pub(in super::super) async fn revoke(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenRevoke>,
) -> Result<Answer<Nothing>, Problem> {
    let done = face.door.app.revoke(&caller, &[id(call.id())?]).await?;
    existed(&done)?;
    Ok(Nothing {}.into())
}

fn existed(done: &Many) -> Result<(), Problem> {
    if done.unknown.is_empty() {
        Ok(())
    } else {
        Err(Problem::not_found())
    }
}

pub(in super::super) async fn many(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenMany>,
) -> Result<Answer<ManyDone>, Problem> {
    let wanted = &call.body;
    let parsed = |text: &String| {
        let why = "must be ids of tokens: 64 hex digits each";
        TokenId::from_hex(text).ok_or_else(|| Problem::invalid("ids", why))
    };
    let ids: Vec<TokenId> = wanted.ids.iter().map(parsed).collect::<Result<_, _>>()?;
    let app = &face.door.app;
    let done = match wanted.action {
        ManyAction::Disable => app.set_status_of(&caller, &ids, Status::Disabled).await?,
        ManyAction::Enable => app.set_status_of(&caller, &ids, Status::Enabled).await?,
        ManyAction::Revoke => app.revoke(&caller, &ids).await?,
    };
    let hex = |ids: Vec<TokenId>| ids.into_iter().map(TokenId::to_hex).collect();
    Ok(ManyDone {
        done: hex(done.done),
        unknown: hex(done.unknown),
    }
    .into())
}

pub(in super::super) async fn rotate(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenRotate>,
) -> Result<Answer<IssuedToken>, Problem> {
    let overlap = call.body.overlap_seconds.unwrap_or(0);
    let most = Rotation::MAX_OVERLAP.as_secs();
    if !(0..=most).contains(&overlap) {
        let why = format!("must be 0 to {most}, a week");
        return Err(Problem::invalid("overlap_seconds", &why));
    }
    let rotation = Rotation {
        overlap: SignedDuration::from_secs(overlap),
        kind: call.body.kind.map(opaque_kind),
    };
    let id = id(call.id())?;
    let rotated = face.door.app.rotate_token_of(&caller, id, rotation).await?;
    Ok(shown(&face, &caller, &rotated).into())
}
