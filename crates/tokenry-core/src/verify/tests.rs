//! The verdict: a table of every fault with every kind of credential, and what holds for all of them.

use std::{collections::BTreeSet, net::Ipv4Addr};

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::{
    id::{Capability, RoleName, RoleNumber, TokenNumber, UserName},
    principal::{Generation, Profile, Role, User},
    settings::Settings,
    token::{
        Audience,
        form::splunk_jwt::{Owner, Version},
    },
};

const NOW: i64 = 1_700_000_000;
const IDLE: SignedDuration = SignedDuration::from_mins(60);

/// From where everything is used, unless a test says otherwise.
const CLIENT: ClientAddress = ClientAddress::Known(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST));

/// What can be asked about, all four kinds of it, and the world it is asked in. Sound as made; each test spoils some of
/// it.
#[derive(Debug, Clone)]
struct Case {
    now: Timestamp,
    settings: Settings,
    owner: Option<User>,
    token: Token,
    claims: Claims,
    session: Session,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ephemeral,
    Password,
    Session,
    Token,
}

const KINDS: [Kind; 4] = [Kind::Token, Kind::Ephemeral, Kind::Session, Kind::Password];

impl Case {
    fn sound() -> Self {
        let owner = UserId::from_number(7);
        let name = UserName::parse("somebody").unwrap();
        let id = TokenId::from_bytes([7; 32]);
        let made = second(NOW - 100);
        Self {
            now: second(NOW),
            settings: Settings::default(),
            owner: Some(User {
                id: owner,
                name: name.clone(),
                roles: vec![RoleName::parse("user").unwrap()],
                locked: false,
                deleted: false,
                token_epoch: 3,
                created: made,
                profile: Profile::default(),
            }),
            token: Token {
                id,
                number: TokenNumber::from_number(1),
                form: Form::SplunkJwt,
                owner,
                persona: PersonaId::DEFAULT,
                subject: name,
                audience: Audience::parse("tests").unwrap(),
                issuer: "admin from sh01".to_owned(),
                identity_provider: "Splunk".to_owned(),
                key_id: "splunk.secret".to_owned(),
                version: Version::V2,
                issued_at: made,
                not_before: made,
                expires: None,
                status: Status::Enabled,
                last_used: None,
                name: String::new(),
                notes: String::new(),
                origins: Origins::Anywhere,
                days: None,
                replaced_by: None,
            },
            claims: Claims {
                issuer: "admin from sh01".to_owned(),
                subject: "somebody".to_owned(),
                audience: "tests".to_owned(),
                identity_provider: "Splunk".to_owned(),
                id,
                issued_at: NOW - 100,
                expires: NOW + 100,
                not_before: NOW - 100,
                owner: Some(Owner {
                    user: owner.number(),
                    epoch: 3,
                }),
            },
            session: Session {
                digest: Digest::of("a session key"),
                number: 1,
                user: owner,
                persona: PersonaId::DEFAULT,
                idle_timeout: IDLE,
                created: made,
                last_used: made,
                address: Ipv4Addr::LOCALHOST.into(),
            },
        }
    }

    fn owner(&mut self) -> &mut User {
        self.owner.as_mut().unwrap()
    }

    /// Both kinds of token live from one second until before the other.
    fn live(&mut self, not_before: i64, expires: i64) {
        self.token.not_before = second(not_before);
        self.token.expires = Some(second(expires));
        self.claims.not_before = not_before;
        self.claims.expires = expires;
    }

    fn world(&self) -> World {
        let mut role = Role::new(RoleName::parse("user").unwrap(), RoleNumber::from_number(1));
        role.capabilities = [Capability::parse("list_tokens_own").unwrap()].into();
        World::new(
            Generation::default(),
            self.owner.iter().cloned().collect(),
            vec![role],
            self.settings.clone(),
        )
    }

    fn decide(&self, kind: Kind) -> Verdict {
        let credential = match kind {
            Kind::Ephemeral => Credential::Ephemeral(&self.claims),
            Kind::Password => Credential::Password(UserId::from_number(7)),
            Kind::Session => Credential::Session(&self.session),
            Kind::Token => Credential::Token(&self.token),
        };
        decide(credential, &self.world(), self.now, CLIENT)
    }

    fn reason(&self, kind: Kind) -> Option<Reason> {
        match self.decide(kind) {
            Verdict::Denied(reason) => Some(reason),
            Verdict::Granted(_) => None,
        }
    }
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

type Fault = fn(&mut Case);

/// One fault each, and how it is answered for a stored token, an ephemeral one, a session and a password; `None` is
/// granted.
const FAULTS: &[(&str, Fault, [Option<Reason>; 4])] = {
    use Reason::{
        Disabled, Expired, Malformed, NotYetValid, OwnerGone, OwnerLocked, SessionIdle, Superseded,
        TokensDisabled,
    };
    &[
        ("none", |_| {}, [None; 4]),
        (
            "tokens off",
            |case| case.settings.tokens_auth.disabled = true,
            [Some(TokensDisabled), Some(TokensDisabled), None, None],
        ),
        (
            "disabled",
            |case| case.token.status = Status::Disabled,
            [Some(Disabled), None, None, None],
        ),
        (
            "a second too early",
            |case| case.live(NOW + 1, NOW + 100),
            [Some(NotYetValid), Some(NotYetValid), None, None],
        ),
        ("just begun", |case| case.live(NOW, NOW + 100), [None; 4]),
        (
            "in its last second",
            |case| case.live(NOW - 100, NOW + 1),
            [None; 4],
        ),
        (
            "just ended",
            |case| case.live(NOW - 100, NOW),
            [Some(Expired), Some(Expired), None, None],
        ),
        (
            "ended in 1970",
            |case| case.live(0, 0),
            [Some(Expired), Some(Expired), None, None],
        ),
        (
            "an older epoch of the owner's",
            |case| case.owner().token_epoch = 4,
            [None, Some(Superseded), None, None],
        ),
        (
            "an epoch not reached yet",
            |case| case.owner().token_epoch = 2,
            [None, Some(Superseded), None, None],
        ),
        (
            "no owner in its claims",
            |case| case.claims.owner = None,
            [None, Some(Malformed), None, None],
        ),
        (
            "owner locked",
            |case| case.owner().locked = true,
            [Some(OwnerLocked); 4],
        ),
        ("owner gone", |case| case.owner = None, [Some(OwnerGone); 4]),
        (
            "owner gone, another of his name",
            |case| case.owner().id = UserId::from_number(8),
            [Some(OwnerGone); 4],
        ),
        (
            "idle to the second",
            |case| case.session.last_used = case.now - IDLE,
            [None, None, Some(SessionIdle), None],
        ),
        (
            "nearly idle",
            |case| case.session.last_used = case.now - IDLE + SignedDuration::from_secs(1),
            [None; 4],
        ),
    ]
};

#[test]
fn each_fault_has_its_reason_with_every_kind_of_credential() {
    for (name, spoil, expected) in FAULTS {
        let mut case = Case::sound();
        spoil(&mut case);
        assert_eq!(KINDS.map(|kind| case.reason(kind)), *expected, "{name}");
    }
}

#[test]
fn the_table_of_faults_has_every_reason_that_is_decided_here() {
    let given: BTreeSet<_> = FAULTS.iter().flat_map(|row| row.2).flatten().collect();
    // The others are given before anything is decided: what was presented is not even a credential, or not genuine.
    let before = [
        Reason::Ambiguous,
        Reason::BadSignature,
        Reason::LockedOut,
        Reason::Malformed,
        Reason::Missing,
        Reason::SessionUnknown,
        Reason::Unknown,
        Reason::UnknownKey,
        Reason::UnknownScheme,
        Reason::WrongPassword,
    ];
    let all: BTreeSet<_> = given.iter().copied().chain(before).collect();
    assert_eq!(all, Reason::ALL.iter().copied().collect());
    assert_eq!(
        given.len() + before.len(),
        Reason::ALL.len() + 1,
        "Malformed is in both"
    );
}

/// spec/splunk.md 6.5.
#[test]
fn of_several_faults_the_first_in_the_order_of_checks_is_named() {
    let tokens_off: Fault = |case| case.settings.tokens_auth.disabled = true;
    let disabled: Fault = |case| case.token.status = Status::Disabled;
    let idle: Fault = |case| case.session.last_used = case.now - IDLE;
    let early: Fault = |case| case.live(NOW + 1, NOW);
    let ended: Fault = |case| case.live(NOW - 1, NOW);
    let locked: Fault = |case| case.owner().locked = true;
    let epoch: Fault = |case| case.owner().token_epoch = 4;
    let gone: Fault = |case| case.owner = None;
    let orders: [(Kind, &[Fault]); 6] = [
        (Kind::Token, &[tokens_off, disabled, early, locked]),
        (Kind::Token, &[tokens_off, disabled, ended, gone]),
        (Kind::Ephemeral, &[tokens_off, early, locked, epoch]),
        (Kind::Ephemeral, &[tokens_off, ended, gone]),
        (Kind::Session, &[idle, locked]),
        (Kind::Session, &[idle, gone]),
    ];
    for (kind, faults) in orders {
        for first in 0..faults.len() {
            let (mut alone, mut with_all_after) = (Case::sound(), Case::sound());
            faults[first](&mut alone);
            faults[first..]
                .iter()
                .rev()
                .for_each(|spoil| spoil(&mut with_all_after));
            assert_eq!(
                with_all_after.reason(kind),
                alone.reason(kind),
                "{kind:?} {first}"
            );
        }
    }
}

#[test]
fn a_static_token_without_an_end_never_ends() {
    let mut case = Case::sound();
    case.now = Timestamp::MAX;
    assert_eq!(case.reason(Kind::Token), None);
}

#[test]
fn nt23_every_credential_of_a_user_carries_the_same_rights() {
    let case = Case::sound();
    let id = case.token.id;
    let via = |kind| match kind {
        Kind::Ephemeral => Via::Ephemeral(id),
        Kind::Password => Via::Password,
        Kind::Session => Via::Session(case.session.digest),
        Kind::Token => Via::Token(id),
    };
    let world = case.world();
    for kind in KINDS {
        let principal = Arc::clone(world.principal(case.token.owner).unwrap());
        let via = via(kind);
        assert_eq!(
            case.decide(kind),
            Verdict::Granted(Grant { principal, via })
        );
    }
}

/// A few seconds around `NOW`, so that all orders of two instants come up.
fn near() -> impl Strategy<Value = i64> {
    NOW - 2..=NOW + 2
}

fn cases() -> impl Strategy<Value = Case> {
    let life = (
        near(),
        proptest::option::of(near()),
        near(),
        0..1_000_000_i64,
    );
    let session = near();
    let owner = (
        0..4_i64,
        0..4_i64,
        any::<bool>(),
        proptest::bool::weighted(0.8),
    );
    let switches = (proptest::bool::weighted(0.2), proptest::bool::weighted(0.2));
    (life, session, owner, switches).prop_map(
        |((not_before, expires, now, micros), last_used, owner, (off, disabled))| {
            let (epoch, epoch_of_claims, locked, exists) = owner;
            let mut case = Case::sound();
            case.now = Timestamp::from_microsecond(now * 1_000_000 + micros).unwrap();
            case.live(not_before, expires.unwrap_or(NOW + 1));
            if expires.is_none() {
                case.token.expires = None;
            }
            case.session.last_used = second(last_used) - IDLE;
            case.settings.tokens_auth.disabled = off;
            case.token.status = if disabled {
                Status::Disabled
            } else {
                Status::Enabled
            };
            case.owner().locked = locked;
            case.owner().token_epoch = epoch / 2;
            case.claims.owner.as_mut().unwrap().epoch = epoch_of_claims / 2;
            case.owner = case.owner.filter(|_| exists);
            case
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn nt08_it_is_granted_exactly_while_nothing_stands_against_it(case in cases()) {
        let owner_stands = case.owner.as_ref().is_some_and(|owner| !owner.locked);
        let tokens_on = !case.settings.tokens_auth.disabled;
        let has_begun = case.now >= case.token.not_before;
        let stands = |kind| owner_stands && match kind {
            Kind::Ephemeral => {
                let epoch = case.claims.owner.map(|owner| owner.epoch);
                tokens_on
                    && has_begun
                    && case.now < second(case.claims.expires)
                    && epoch == case.owner.as_ref().map(|owner| owner.token_epoch)
            }
            Kind::Password => true,
            Kind::Session => case.now < case.session.last_used + IDLE,
            Kind::Token => {
                tokens_on
                    && has_begun
                    && case.token.expires.is_none_or(|end| case.now < end)
                    && case.token.status == Status::Enabled
            }
        };
        for kind in KINDS {
            let granted = matches!(case.decide(kind), Verdict::Granted(_));
            prop_assert_eq!(granted, stands(kind), "{:?}", kind);
        }
    }
}
