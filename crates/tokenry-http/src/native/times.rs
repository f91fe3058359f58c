//! `/api/v1/times`: what `expires` and `not_before` would make of a text, while it is typed.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};
use tokenry_api::{operations as op, types::help::TimeRead};
use tokenry_core::{app::Caller, token::when::When};

use super::{Face, answer::Answer, call::Call, problem::Problem};

pub(super) async fn read(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TimeExplain>,
) -> Result<Answer<TimeRead>, Problem> {
    let instant = instant(&face, &caller, "expression", &call.query.expression)?;
    Ok(TimeRead {
        instant: instant.map(|instant| instant.to_string()),
        time_zone: name(&zone(&face, &caller)),
    }
    .into())
}

/// The instant that a text means to the caller; none is never.
pub(super) fn instant(
    face: &Face,
    caller: &Caller,
    field: &'static str,
    text: &str,
) -> Result<Option<Timestamp>, Problem> {
    let read = When::parse(text);
    let read = read.and_then(|when| when.resolve(caller.origin.at, &zone(face, caller)));
    read.map_err(|error| Problem::about(field, &error.to_string()))
}

/// The zone in which the caller's times are read.
pub(super) fn zone(face: &Face, caller: &Caller) -> TimeZone {
    let server = &face.door.app.policy().time_zone;
    caller.principal().user.time_zone(server)
}

/// A zone by the name that browsers know it by.
pub(super) fn name(zone: &TimeZone) -> String {
    zone.iana_name().unwrap_or("UTC").to_owned()
}
