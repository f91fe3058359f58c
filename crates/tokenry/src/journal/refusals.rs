//! Refusals gathered under a flood: of each kind the first is told at once, the rest as a number.
//!
//! A kind is a reason, an address and what is known of the credential: one expired token that is tried again and again
//! hides nobody else's trouble behind the same address (NT-67).

use std::{collections::HashMap, net::IpAddr};

use jiff::Timestamp;
use tokenry_core::{
    id::{PersonaId, TokenId, TokenNumber},
    port::{Known, RefusedCredential},
    verify::Reason,
};

/// How many kinds are told apart; further ones are counted by reason alone.
const KINDS: usize = 1024;

#[derive(Default)]
pub(super) struct Refusals {
    counted: HashMap<Kind, Count>,
    others: HashMap<Reason, Count>,
}

/// How many more refusals there were of a kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Repeated {
    /// Why.
    pub(super) reason: Reason,
    /// From where; nothing where there were too many kinds to tell apart.
    pub(super) address: Option<IpAddr>,
    /// Likewise.
    pub(super) known: Known,
    /// How many, without the one that was told at once.
    pub(super) count: u64,
    /// When the last one was.
    pub(super) last: Timestamp,
}

#[derive(PartialEq, Eq, Hash)]
struct Kind {
    reason: Reason,
    address: Option<IpAddr>,
    token: Option<TokenId>,
    number: Option<TokenNumber>,
    user: Option<String>,
    persona: PersonaId,
}

#[derive(Default)]
struct Count {
    count: u64,
    last: Timestamp,
}

impl Refusals {
    /// Counts a refusal. Whether it is the first of its kind, to be told now.
    pub(super) fn is_first(&mut self, refusal: &RefusedCredential) -> bool {
        let at = refusal.origin.at;
        let kind = Kind::of(refusal);
        if let Some(count) = self.counted.get_mut(&kind) {
            count.add(at);
            return false;
        }
        if self.counted.len() == KINDS {
            self.others.entry(refusal.reason).or_default().add(at);
            return false;
        }
        self.counted.insert(kind, Count::default());
        true
    }

    /// How many more there were of each kind, and a new beginning.
    pub(super) fn take(&mut self) -> Vec<Repeated> {
        let repeated = self.counted.drain();
        let repeated = repeated.filter(|(_, count)| count.count > 0);
        let repeated = repeated.map(|(kind, count)| kind.repeated(&count));
        let others = self.others.drain();
        let others = others.map(|(reason, count)| Kind::unknown(reason).repeated(&count));
        repeated.chain(others).collect()
    }
}

impl Kind {
    fn of(refusal: &RefusedCredential) -> Self {
        let known = &refusal.known;
        Self {
            reason: refusal.reason,
            address: refusal.origin.address,
            token: known.token,
            number: known.number,
            user: known.user.clone(),
            persona: known.persona,
        }
    }

    fn unknown(reason: Reason) -> Self {
        Self {
            reason,
            address: None,
            token: None,
            number: None,
            user: None,
            persona: PersonaId::DEFAULT,
        }
    }

    fn repeated(self, count: &Count) -> Repeated {
        Repeated {
            reason: self.reason,
            address: self.address,
            known: Known {
                token: self.token,
                number: self.number,
                user: self.user,
                persona: self.persona,
            },
            count: count.count,
            last: count.last,
        }
    }
}

impl Count {
    fn add(&mut self, at: Timestamp) {
        self.count += 1;
        self.last = at;
    }
}

#[cfg(test)]
mod tests {
    use tokenry_core::app::Origin;

    use super::*;

    fn refusal(address: [u8; 4], reason: Reason) -> RefusedCredential {
        RefusedCredential {
            origin: Origin {
                address: Some(address.into()),
                ..Origin::operator(Timestamp::UNIX_EPOCH)
            },
            reason,
            known: Known::default(),
        }
    }

    #[test]
    fn a_flood_is_one_line_and_a_number() {
        let mut refusals = Refusals::default();
        let mut one = refusal([127, 0, 0, 1], Reason::Missing);
        assert!(refusals.is_first(&one));
        for second in 1..1000 {
            one.origin.at = Timestamp::from_second(second).unwrap();
            assert!(!refusals.is_first(&one));
        }
        assert!(refusals.is_first(&refusal([127, 0, 0, 2], Reason::Missing)));
        let expected = Repeated {
            reason: Reason::Missing,
            address: one.origin.address,
            known: Known::default(),
            count: 999,
            last: one.origin.at,
        };
        assert_eq!(refusals.take(), [expected]);
        assert!(refusals.take().is_empty());
    }

    #[test]
    fn nt67_an_expired_token_hides_no_other_behind_the_same_address() {
        let mut refusals = Refusals::default();
        for number in [1, 2, 3] {
            let mut one = refusal([192, 0, 2, 1], Reason::Expired);
            one.known.number = Some(TokenNumber::from_number(number));
            assert!(refusals.is_first(&one));
            assert!(!refusals.is_first(&one));
        }
        let known = refusals.take().into_iter().map(|one| one.known.number);
        let mut known: Vec<_> = known.map(|number| number.unwrap().number()).collect();
        known.sort_unstable();
        assert_eq!(known, [1, 2, 3]);
    }

    #[test]
    fn nt69_a_flood_of_many_kinds_needs_no_more_memory() {
        let mut refusals = Refusals::default();
        for n in 0..10_000_u32 {
            let [_, _, high, low] = n.to_be_bytes();
            refusals.is_first(&refusal([10, 0, high, low], Reason::Malformed));
        }
        assert_eq!(refusals.counted.len(), KINDS);
        let repeated = refusals.take();
        assert_eq!(repeated.len(), 1);
        assert_eq!(repeated[0].count, 10_000 - KINDS as u64);
        assert_eq!(repeated[0].address, None);
    }
}
