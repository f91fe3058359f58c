//! Refusals gathered under a flood: of each kind the first is told at once, the rest as a number.

use std::{collections::HashMap, net::IpAddr};

use serde_json::{Value, json};
use tokenry_core::{id::TokenId, port::RefusedCredential, verify::Reason};

/// How many kinds are told apart; further ones are counted by reason alone.
const KINDS: usize = 1024;

#[derive(Default)]
pub(super) struct Refusals {
    counted: HashMap<Kind, u64>,
    others: HashMap<Reason, u64>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Kind {
    reason: Reason,
    address: IpAddr,
    token: Option<TokenId>,
    user: Option<String>,
}

impl Refusals {
    /// The line to write now, if it is the first of its kind.
    pub(super) fn add(&mut self, refusal: RefusedCredential) -> Option<Value> {
        let line = line(&refusal);
        let RefusedCredential {
            reason,
            address,
            token,
            user,
            ..
        } = refusal;
        let kind = Kind {
            reason,
            address,
            token,
            user,
        };
        if let Some(count) = self.counted.get_mut(&kind) {
            *count += 1;
            return None;
        }
        if self.counted.len() == KINDS {
            *self.others.entry(reason).or_default() += 1;
            return None;
        }
        self.counted.insert(kind, 0);
        Some(line)
    }

    /// The lines that tell how many more there were, and a new beginning.
    pub(super) fn take(&mut self) -> Vec<Value> {
        let repeated = self
            .counted
            .drain()
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| {
                json!({
                    "kind": "refusals",
                    "count": count,
                    "reason": kind.reason.as_str(),
                    "address": kind.address.to_string(),
                    "token": kind.token.map(TokenId::to_hex),
                    "user": kind.user,
                })
            });
        let others = self.others.drain().map(|(reason, count)| {
            json!({"kind": "refusals", "count": count, "reason": reason.as_str()})
        });
        repeated.chain(others).collect()
    }
}

fn line(refusal: &RefusedCredential) -> Value {
    json!({
        "kind": "refusal",
        "at": refusal.at.to_string(),
        "reason": refusal.reason.as_str(),
        "address": refusal.address.to_string(),
        "request": refusal.request,
        "token": refusal.token.map(TokenId::to_hex),
        "user": refusal.user,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(address: [u8; 4], reason: Reason) -> RefusedCredential {
        RefusedCredential {
            at: jiff::Timestamp::UNIX_EPOCH,
            address: IpAddr::from(address),
            request: "1".to_owned(),
            reason,
            token: None,
            user: None,
        }
    }

    #[test]
    fn a_flood_is_one_line_and_a_number() {
        let mut refusals = Refusals::default();
        assert!(
            refusals
                .add(refusal([127, 0, 0, 1], Reason::Missing))
                .is_some()
        );
        for _ in 0..999 {
            assert!(
                refusals
                    .add(refusal([127, 0, 0, 1], Reason::Missing))
                    .is_none()
            );
        }
        assert!(
            refusals
                .add(refusal([127, 0, 0, 2], Reason::Missing))
                .is_some()
        );
        let lines = refusals.take();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["count"], 999);
        assert!(refusals.take().is_empty());
    }

    #[test]
    fn nt69_a_flood_of_many_kinds_needs_no_more_memory() {
        let mut refusals = Refusals::default();
        for n in 0..10_000_u32 {
            let [_, _, high, low] = n.to_be_bytes();
            refusals.add(refusal([10, 0, high, low], Reason::Malformed));
        }
        assert_eq!(refusals.counted.len(), KINDS);
        let lines = refusals.take();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["count"], 10_000 - KINDS);
    }
}
