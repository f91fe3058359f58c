//! The lines of the audit file: JSON, every field by name, so that nothing can get there that is not listed here
//! (NT-42). What is not known is null.

use jiff::Timestamp;
use serde_json::{Value, json};
use tokenry_core::{
    id::{PersonaId, TokenId, TokenNumber},
    port::{Known, Recorded, RefusedCredential},
};

use super::refusals::Repeated;

/// A line of the audit log once more.
pub(super) fn event_line(recorded: &Recorded) -> String {
    let event = &recorded.event;
    json!({
        "kind": "event",
        "sequence": recorded.sequence,
        "at": event.at.to_string(),
        "action": event.action.as_str(),
        "actor": event.actor,
        "persona": event.persona.number(),
        "address": event.address.map(|address| address.to_string()),
        "request": event.request,
        "token": event.token.map(TokenId::to_hex),
        "target": event.target,
        "object": event.object,
        "reason": event.reason,
    })
    .to_string()
}

/// A credential that was refused.
pub(super) fn refusal_line(refusal: &RefusedCredential) -> String {
    let RefusedCredential {
        origin,
        reason,
        known,
    } = refusal;
    json!({
        "kind": "refusal",
        "at": origin.at.to_string(),
        "reason": reason.as_str(),
        "address": origin.address.map(|address| address.to_string()),
        "proxy": origin.proxy.map(|address| address.to_string()),
        "route": Some(origin.route).filter(|route| !route.is_empty()),
        "request": origin.request,
        "token": known.token.map(TokenId::to_hex),
        "number": known.number.map(TokenNumber::number),
        "user": known.user,
        "persona": persona(known),
    })
    .to_string()
}

/// How many more there were of a kind, besides the one that has a line of its own.
pub(super) fn repeated_line(repeated: &Repeated) -> String {
    let known = &repeated.known;
    json!({
        "kind": "refusals",
        "at": repeated.last.to_string(),
        "count": repeated.count,
        "reason": repeated.reason.as_str(),
        "address": repeated.address.map(|address| address.to_string()),
        "token": known.token.map(TokenId::to_hex),
        "number": known.number.map(TokenNumber::number),
        "user": known.user,
        "persona": persona(known),
    })
    .to_string()
}

/// How many lines are missing here.
pub(super) fn lost_line(count: u64, at: Timestamp) -> String {
    json!({"kind": "lost", "at": at.to_string(), "count": count}).to_string()
}

/// The default persona is also that of a credential of which nothing is known, so it says nothing.
fn persona(known: &Known) -> Value {
    match known.persona {
        PersonaId::DEFAULT => Value::Null,
        persona => persona.number().into(),
    }
}

#[cfg(test)]
mod tests {
    use tokenry_core::{app::Origin, verify::Reason};

    use super::*;

    fn read(line: &str) -> Value {
        serde_json::from_str(line).unwrap()
    }

    #[test]
    fn a_refusal_tells_what_is_known() {
        let mut refusal = RefusedCredential {
            origin: Origin {
                address: Some([192, 0, 2, 55].into()),
                proxy: Some([10, 0, 0, 8].into()),
                route: "/api/v2/users",
                request: "6b90".to_owned(),
                ..Origin::operator(Timestamp::UNIX_EPOCH)
            },
            reason: Reason::AddressNotTrusted,
            known: Known {
                token: Some(TokenId::from_bytes([7; 32])),
                number: Some(TokenNumber::from_number(41)),
                user: Some("lab\\svc-report\n".to_owned()),
                persona: PersonaId::from_number(4),
            },
        };
        let expected = json!({
            "kind": "refusal",
            "at": "1970-01-01T00:00:00Z",
            "reason": "ip_not_trusted",
            "address": "192.0.2.55",
            "proxy": "10.0.0.8",
            "route": "/api/v2/users",
            "request": "6b90",
            "token": "07".repeat(32),
            "number": 41,
            "user": "lab\\svc-report\n",
            "persona": 4,
        });
        let line = refusal_line(&refusal);
        assert_eq!(read(&line), expected);
        assert!(!line.contains('\n'), "nt62: {line}");
        refusal.known = Known::default();
        refusal.origin = Origin::operator(Timestamp::UNIX_EPOCH);
        let line = read(&refusal_line(&refusal));
        for unknown in [
            "address", "proxy", "route", "token", "number", "user", "persona",
        ] {
            assert!(line[unknown].is_null(), "{unknown} in {line}");
        }
    }
}
