//! GET `…/explain`, our own addition: would this token be granted from that address, at that time? Check by check.

use serde_json::{Value, json};
use tokenry_core::{
    token::address::{ClientAddress, canonical},
    verify::Reason,
};

use super::{number, object};
use crate::tanium::{call::Call, face::Face, failure::Failure, reply::Reply, time};

/// `ip` and `time` in the query; the caller's own address, and now, where they are not given.
pub(in crate::tanium) async fn explain(face: &Face, call: Call) -> Result<Reply, Failure> {
    let address = match call.options.text("ip") {
        None => call.origin.client,
        Some(text) => ClientAddress::Known(canonical(
            text.parse()
                .map_err(|_| Failure::invalid("ip", "must be one IPv4 or IPv6 address"))?,
        )),
    };
    let at = match call.options.text("time") {
        None => call.now(),
        Some(text) => time::parse(text)
            .ok_or_else(|| Failure::invalid("time", "must be like 2026-03-02T09:00:00Z"))?,
    };
    let app = &face.door.app;
    let explanation = app
        .explain_token(call.caller()?, number(&call)?, address, at)
        .await?;
    let checks = explanation.findings.iter().map(|finding| {
        json!({
            "check": finding.check.as_str(),
            "passed": finding.fails.is_none(),
            "reason": finding.fails.map(Reason::as_str),
        })
    });
    let address = match address {
        ClientAddress::Known(address) => Some(address.to_string()),
        ClientAddress::Unknown => None,
    };
    Ok(Reply::data(json!({
        "api_token": object::of(face, &explanation.token),
        "ip": address,
        "time": time::print(at),
        "granted": explanation.refusal().is_none(),
        "reason": explanation.refusal().map(Reason::as_str),
        "checks": checks.collect::<Value>(),
    })))
}
