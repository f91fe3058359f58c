//! The audit log: numbered from 1 without gaps, never changed, never shortened.

use jiff::Timestamp;
use tokenry_core::{
    audit::{Action, Event},
    id::{PersonaId, TokenId},
    port::{AuditQuery, Recorded},
};

use super::{filter::Filter, micros};
use crate::engine::{Row, Statement, Step, StoreError};

const TABLE: &str = "audit";
const APPEND: &str = "INSERT INTO audit (sequence, at, actor, persona, address, request, action, token, target, \
    object, reason) VALUES ((SELECT audit FROM head) - $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const SELECT: &str = "SELECT sequence, at, actor, persona, address, request, action, token, target, object, reason \
    FROM audit";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[APPEND, SELECT];

/// The most lines one query gives.
const MAX_LINES: u64 = 1000;

/// Adds lines at the places that the head has made for them.
pub(crate) fn append(events: &[Event]) -> impl Iterator<Item = Step> {
    let behind = (0..events.len() as u64).rev();
    events
        .iter()
        .zip(behind)
        .map(|(event, behind)| append_one(event, behind.cast_signed()))
}

fn append_one(event: &Event, behind: i64) -> Step {
    let params = [
        behind.into(),
        event.at.as_microsecond().into(),
        event.actor.as_str().into(),
        event.persona.number().into(),
        event.address.map(|address| address.to_string()).into(),
        event.request.as_str().into(),
        event.action.as_str().into(),
        event.token.map(TokenId::to_hex).into(),
        event.target.as_deref().into(),
        event.object.into(),
        event.reason.as_str().into(),
    ];
    Statement::new(APPEND, params).once("")
}

/// Lines, newest first.
pub(crate) fn find(query: &AuditQuery) -> Statement {
    let mut filter = Filter::default();
    filter.must_be("sequence <", query.before);
    filter.must_be("sequence >", query.after);
    filter.must_be("actor =", query.actor.as_deref());
    filter.must_be("token =", query.token.map(TokenId::to_hex));
    filter.must_be("object =", query.object);
    filter.must_be("at >=", query.since.map(Timestamp::as_microsecond));
    filter.must_be("at <=", query.until.map(Timestamp::as_microsecond));
    require_any(&mut filter, &query.actions);
    let clause = filter.clause();
    let limit = filter.bind(query.limit.min(MAX_LINES).cast_signed());
    Statement::built(
        format!("{SELECT}{clause} ORDER BY sequence DESC LIMIT {limit}"),
        filter.params(),
    )
}

fn require_any(filter: &mut Filter, actions: &[Action]) {
    if actions.is_empty() {
        return;
    }
    let names = actions.iter().map(|action| filter.bind(action.as_str()));
    let names = names.collect::<Vec<_>>().join(", ");
    filter.must(format!("action IN ({names})"));
}

/// Reads a line.
pub(crate) fn read(row: Row) -> Result<Recorded, StoreError> {
    let mut cells = row.of(TABLE);
    Ok(Recorded {
        sequence: cells.int("sequence")?,
        event: Event {
            at: micros(&mut cells, "at")?,
            actor: cells.text("actor")?,
            persona: PersonaId::from_number(cells.int("persona")?),
            address: cells.optional("address", |text| text.parse().ok())?,
            request: cells.text("request")?,
            action: cells.parsed("action", Action::named)?,
            token: cells.optional("token", TokenId::from_hex)?,
            target: cells.optional("target", |text| Some(text.to_owned()))?,
            object: cells.optional_int("object")?,
            reason: cells.text("reason")?,
        },
    })
}
