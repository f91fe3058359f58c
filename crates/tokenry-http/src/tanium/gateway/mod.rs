//! The GraphQL gateway, `POST /plugin/products/gateway/graphql` (spec/tanium.md 5).
//!
//! It reads top-down: a body becomes an [`envelope::Envelope`]; [`limits`] looks at the query before and after it is
//! parsed, so that nothing small becomes something large; [`prepare`] picks the operation and its variables; the
//! [`schema`] runs it. What the rules refuse is told within the answer ([`outcome`]), what is wrong with the query
//! itself beside it ([`refusal`]).
//!
//! GraphQL says all of this with status 200, a body that is no JSON included. Other statuses say who may not call at
//! all: here, and nowhere else in this face, a session that does not stand is 401, like a token (spec/tanium.md 5.3).
//! `X-Request-Id` is put on by the listener, as on all answers.

mod envelope;
mod inputs;
mod limits;
mod objects;
mod outcome;
mod prepare;
mod refusal;
mod schema;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_graphql::Response;
use axum::http::{HeaderName, StatusCode, header};
use serde_json::{Map, Value, json};
use tokenry_core::permit::Wish;

use super::{call::Call, face::Face, failure::Failure, reply::Reply};
use envelope::Envelope;
use prepare::Prepared;
use refusal::Refusal;
use schema::{Asker, SCHEMA};

/// The id of the operation in the table.
pub(super) const ID: &str = "gateway";

const VERSION: HeaderName = HeaderName::from_static("tanium-gateway-version");

/// Runs a query or a mutation.
pub(super) async fn answer(face: &Face, call: Call) -> Result<Reply, Failure> {
    let caller = call.caller()?;
    caller.may(Wish::UseGateway)?;
    let asker = Asker {
        door: Arc::clone(&face.door),
        caller: caller.clone(),
    };
    let answer = match Envelope::read(&call.raw).and_then(Envelope::prepare) {
        Ok(Prepared { request, keys }) => printed(SCHEMA.execute(request.data(asker)).await, &keys),
        Err(refusal) => refusal::print(vec![refusal]),
    };
    Ok(reply(face, StatusCode::OK, answer))
}

/// What one hears who may not call at all, or whose request did not get as far as the query.
pub(super) fn refused(face: &Face, failure: Failure) -> Reply {
    match failure.spoken() {
        (StatusCode::UNAUTHORIZED, _) => unauthorized(face),
        // A session. What is no session but may not be used stays forbidden.
        (StatusCode::FORBIDDEN, text) if text.contains("InvalidSession") => unauthorized(face),
        (status, text) => {
            let reply = reply(face, status, json!({ "message": text }));
            match status {
                StatusCode::SERVICE_UNAVAILABLE => reply.with_header(header::RETRY_AFTER, "5"),
                _ => reply,
            }
        }
    }
}

fn unauthorized(face: &Face) -> Reply {
    let json = json!({ "message": "Unauthorized" });
    reply(face, StatusCode::UNAUTHORIZED, json)
}

fn reply(face: &Face, status: StatusCode, json: Value) -> Reply {
    Reply::gateway(status, json).with_header(VERSION, &face.product.version)
}

/// Errors that the library found, or the data. Never both: what can be wrong with arguments is found before anything
/// runs, so there is no half of an answer.
fn printed(response: Response, keys: &[String]) -> Value {
    if !response.errors.is_empty() {
        let errors = response.errors.iter();
        return refusal::print(errors.map(Refusal::of_library).collect());
    }
    match response.data.into_json() {
        Ok(Value::Object(mut data)) => {
            let ordered = keys.iter().filter_map(|key| data.remove_entry(key));
            let ordered: Map<_, _> = ordered.collect();
            json!({ "data": ordered })
        }
        Ok(data) => json!({ "data": data }),
        Err(_) => refusal::print(vec![Refusal::invalid("The answer cannot be printed")]),
    }
}
