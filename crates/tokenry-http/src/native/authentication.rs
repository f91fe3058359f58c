//! `/api/v1/authentication` and `/api/v1/verdicts`: who was refused lately and why, and how many were let in.

use std::sync::Arc;

use jiff::Timestamp;
use tokenry_api::{
    operations as op,
    types::authentication::{AuthenticationLine, AuthenticationPage, VerdictMinute, Verdicts},
};
use tokenry_core::{
    app::Caller,
    id::{TokenId, TokenNumber},
    permit::Wish,
    port::RefusedCredential,
    verify::Reason,
};

use super::{Face, answer::Answer, call::Call, problem::Problem, reasons::meaning};
use crate::recent::{Line, Minute};

pub(super) async fn read(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::AuthenticationRead>,
) -> Result<Answer<AuthenticationPage>, Problem> {
    caller.may(Wish::ReadAudit)?;
    let query = &call.query;
    let limit = super::limit(query.limit, 100, 1000)?;
    let reasons = query.reason.iter().map(|name| reason(name));
    let reasons: Vec<Reason> = reasons.collect::<Result<_, _>>()?;
    // Nothing is spelled out for the lines of the others: refusals wait meanwhile.
    let is = |wanted: &Option<String>, found: &dyn Fn() -> Option<String>| {
        wanted.is_none() || *wanted == found()
    };
    let wanted = |refusal: &RefusedCredential| {
        let (known, origin) = (&refusal.known, &refusal.origin);
        (reasons.is_empty() || reasons.contains(&refusal.reason))
            && is(&query.user, &|| known.user.clone())
            && is(&query.token, &|| known.token.map(TokenId::to_hex))
            && is(&query.address, &|| {
                origin.address.map(|address| address.to_string())
            })
    };
    let (lines, dropped) = face
        .recent
        .lines((query.after, query.before), limit, wanted);
    let is_full = lines.len() == limit;
    let next = lines.last().map(|line| line.sequence);
    Ok(AuthenticationPage {
        next: next.filter(|sequence| is_full && *sequence > 1),
        items: lines.into_iter().map(line).collect(),
        dropped,
    }
    .into())
}

fn reason(name: &str) -> Result<Reason, Problem> {
    Reason::named(name).ok_or_else(|| {
        let names: Vec<_> = Reason::ALL.iter().map(|one| one.as_str()).collect();
        Problem::invalid("reason", &format!("must be one of {}", names.join(", ")))
    })
}

fn line(line: Line) -> AuthenticationLine {
    let Line {
        sequence,
        times,
        refusal,
    } = line;
    let RefusedCredential {
        origin,
        reason,
        known,
    } = refusal;
    AuthenticationLine {
        sequence,
        at: origin.at.to_string(),
        times,
        reason: reason.to_string(),
        meaning: meaning(reason).to_owned(),
        user: known.user,
        token: known.token.map(TokenId::to_hex),
        number: known.number.map(TokenNumber::number),
        persona: known.persona.number(),
        address: origin.address.map(|address| address.to_string()),
        proxy: origin.proxy.map(|proxy| proxy.to_string()),
        route: origin.route.to_owned(),
        request: origin.request,
    }
}

pub(super) async fn verdicts(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::VerdictsRead>,
) -> Result<Answer<Verdicts>, Problem> {
    caller.may(Wish::ReadAudit)?;
    let count = super::limit_named("minutes", call.query.minutes, 60, 1440)?;
    let minutes = face.recent.minutes(caller.origin.at, count);
    let minutes = minutes.into_iter().map(minute).collect();
    Ok(Verdicts { minutes }.into())
}

fn minute(minute: Minute) -> VerdictMinute {
    let at = Timestamp::from_second(minute.number * 60).unwrap_or(Timestamp::UNIX_EPOCH);
    let refused = minute.refused.into_iter();
    VerdictMinute {
        at: at.to_string(),
        granted: minute.granted,
        refused: refused
            .map(|(reason, count)| (reason.to_string(), count))
            .collect(),
    }
}
