//! `/api/v1/audit`: what was changed, and by whom.

use std::sync::Arc;

use jiff::Timestamp;
use tokenry_api::{
    operations as op,
    types::audit::{AuditLine, AuditPage},
};
use tokenry_core::{
    app::Caller,
    audit::Action,
    id::TokenId,
    permit::Wish,
    port::{AuditQuery, Recorded},
};

use super::{Face, answer::Answer, call::Call, limit, problem::Problem};

pub(super) async fn read(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::AuditRead>,
) -> Result<Answer<AuditPage>, Problem> {
    caller.may(Wish::ReadAudit)?;
    let asked = call.query;
    let most = limit(asked.limit, 100, 1000)?;
    let actions = asked.action.iter().map(|name| action(name));
    let query = AuditQuery {
        before: place("before", asked.before)?,
        after: place("after", asked.after)?,
        actor: asked.actor,
        token: asked.token.as_deref().map(token).transpose()?,
        actions: actions.collect::<Result<_, _>>()?,
        object: None,
        since: instant("since", asked.since.as_deref())?,
        until: instant("until", asked.until.as_deref())?,
        limit: u64::try_from(most).unwrap_or(u64::MAX),
    };
    let lines = face.door.app.audit_log(&caller, query).await?;
    Ok(page(lines, most).into())
}

/// Lines, newest first, of which at most `most` were asked for. Only a full page may be followed by another.
pub(super) fn page(lines: Vec<Recorded>, most: usize) -> AuditPage {
    let last = lines.last().map(|line| line.sequence);
    let is_full = lines.len() >= most;
    AuditPage {
        next: last.filter(|sequence| is_full && *sequence > 1),
        items: lines.into_iter().map(described).collect(),
    }
}

fn described(line: Recorded) -> AuditLine {
    let Recorded { sequence, event } = line;
    AuditLine {
        sequence,
        at: event.at.to_string(),
        actor: event.actor,
        persona: event.persona.number(),
        address: event.address.map(|address| address.to_string()),
        request: event.request,
        action: event.action.to_string(),
        token: event.token.map(TokenId::to_hex),
        target: event.target,
        object: event.object,
        reason: event.reason,
    }
}

fn action(name: &str) -> Result<Action, Problem> {
    Action::named(name).ok_or_else(|| {
        let names: Vec<_> = Action::ALL.iter().map(|one| one.as_str()).collect();
        Problem::invalid("action", &format!("must be one of {}", names.join(", ")))
    })
}

fn token(text: &str) -> Result<TokenId, Problem> {
    let why = "must be the id of a token: 64 digits of 0-9 and a-f";
    TokenId::from_hex(text).ok_or_else(|| Problem::invalid("token", why))
}

fn place(field: &'static str, number: Option<i64>) -> Result<Option<i64>, Problem> {
    if number.is_some_and(|number| number < 0) {
        return Err(Problem::invalid(field, "must not be less than 0"));
    }
    Ok(number)
}

fn instant(field: &'static str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let why = "must be an instant, such as 2026-11-22T09:30:00Z";
    let read = text.map(str::parse::<Timestamp>).transpose();
    read.map_err(|_| Problem::invalid(field, why))
}
