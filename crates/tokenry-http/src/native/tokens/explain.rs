//! What would become of a token, what was done to it, and its string once more.

use std::{net::IpAddr, sync::Arc};

use tokenry_api::{
    Secret, operations as op,
    types::{
        audit::AuditPage,
        tokens::{Explanation, Finding, RevealedToken},
    },
};
use tokenry_core::{
    app::{self, Caller},
    token::address::ClientAddress,
};

use super::{
    super::{
        Face,
        answer::Answer,
        audit,
        call::Call,
        limit,
        problem::Problem,
        reasons::{check, meaning},
        times::instant,
    },
    id,
};

pub(in super::super) async fn explain(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenExplain>,
) -> Result<Answer<Explanation>, Problem> {
    let client = match call.query.address.as_deref() {
        None => caller.origin.client,
        Some(text) => {
            let why = "must be one address, such as 203.0.113.9 or 2001:db8::7";
            let address: IpAddr = text.parse().map_err(|_| Problem::invalid("address", why))?;
            ClientAddress::Known(address)
        }
    };
    let at = match call.query.at.as_deref() {
        None => caller.origin.at,
        Some(text) => instant(&face, &caller, "at", text)?.ok_or_else(|| {
            Problem::invalid(
                "at",
                "must be an instant, such as +1d or 2030-01-31T12:00:00Z",
            )
        })?,
    };
    let explained = face
        .door
        .app
        .explain_token_of(&caller, id(call.id())?, client, at);
    let explained = explained.await?;
    let reason = explained.refusal();
    Ok(Explanation {
        granted: reason.is_none(),
        summary: match reason {
            None => "It would work.".to_owned(),
            Some(reason) => meaning(reason).to_owned(),
        },
        reason: reason.map(|reason| reason.to_string()),
        address: match client {
            ClientAddress::Known(address) => Some(address.to_string()),
            ClientAddress::Unknown => None,
        },
        at: at.to_string(),
        checks: explained.findings.into_iter().map(finding).collect(),
    }
    .into())
}

fn finding(found: app::Finding) -> Finding {
    let (name, title) = check(found.check);
    Finding {
        check: name.to_owned(),
        title: title.to_owned(),
        passes: found.fails.is_none(),
        reason: found.fails.map(|reason| reason.to_string()),
        detail: found.fails.map(|reason| meaning(reason).to_owned()),
    }
}

pub(in super::super) async fn history(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenHistory>,
) -> Result<Answer<AuditPage>, Problem> {
    let most = limit(call.query.limit, 100, 1000)?;
    let lines = face.door.app.token_history(
        &caller,
        id(call.id())?,
        call.query.before,
        u64::try_from(most).unwrap_or(100),
    );
    Ok(audit::page(lines.await?, most).into())
}

pub(in super::super) async fn reveal(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenReveal>,
) -> Result<Answer<RevealedToken>, Problem> {
    let revealed = face.door.app.reveal_token_of(&caller, id(call.id())?);
    let revealed = revealed.await?.ok_or_else(Problem::no_longer_visible)?;
    Ok(RevealedToken {
        token: Secret::from(revealed.string.expose()),
        visible_until: revealed.until.to_string(),
    }
    .into())
}
