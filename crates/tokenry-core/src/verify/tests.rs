//! The verdict: a table of every fault with every kind of credential, and what holds for all of them.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::{
    app::Origin,
    id::{Capability, ComputerGroupId, RoleName, RoleNumber, TokenNumber, UserGroupId, UserName},
    principal::{Generation, Object, Persona, Profile, Role, Stamp, User, UserGroup},
    settings::Settings,
    token::{
        Audience, Token,
        address::Networks,
        form::splunk_jwt::{Owner, Version},
    },
};

const NOW: i64 = 1_700_000_000;
const IDLE: SignedDuration = SignedDuration::from_mins(60);

/// From where everything is used, unless a test says otherwise.
const CLIENT: ClientAddress = ClientAddress::Known(IpAddr::V4(Ipv4Addr::LOCALHOST));

/// Somewhere else.
const ELSEWHERE: ClientAddress = ClientAddress::Known(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 1)));

/// The persona that some act as.
const PERSONA: PersonaId = PersonaId::from_number(4);

/// What can be asked about, all five kinds of it, and the world it is asked in. Sound as made; each test spoils some of
/// it.
#[derive(Debug, Clone)]
struct Case {
    now: Timestamp,
    settings: Settings,
    owner: Option<User>,
    capabilities: Vec<&'static str>,
    persona: Option<Persona>,
    group: UserGroup,
    client: ClientAddress,
    token: Token,
    hex: Token,
    claims: Claims,
    session: Session,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ephemeral,
    Hex,
    Password,
    Session,
    Token,
}

const KINDS: [Kind; 5] = [
    Kind::Token,
    Kind::Hex,
    Kind::Ephemeral,
    Kind::Session,
    Kind::Password,
];

impl Case {
    fn sound() -> Self {
        let owner = UserId::from_number(7);
        let name = UserName::parse("somebody").unwrap();
        let id = TokenId::from_bytes([7; 32]);
        let made = second(NOW - 100);
        let token = Token {
            id,
            number: TokenNumber::from_number(1),
            form: Form::SplunkJwt,
            owner,
            persona: PersonaId::DEFAULT,
            subject: name.clone(),
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
            scope: None,
            rate: None,
            replaced_by: None,
        };
        let stamp = Stamp {
            micros: 0,
            user: owner,
            persona: PersonaId::DEFAULT,
        };
        Self {
            capabilities: vec!["list_tokens_own", "use token"],
            persona: Some(persona_of(owner, stamp)),
            group: group_of(owner, stamp),
            client: CLIENT,
            hex: Token {
                id: TokenId::from_bytes([8; 32]),
                number: TokenNumber::from_number(2),
                form: Form::Hex,
                origins: Origins::Trusted(networks("127.0.0.1")),
                ..token.clone()
            },
            token,
            now: second(NOW),
            settings: Settings::default(),
            owner: Some(User {
                id: owner,
                name,
                roles: vec![RoleName::parse("user").unwrap()],
                locked: false,
                deleted: false,
                token_epoch: 3,
                created: made,
                profile: Profile::default(),
            }),
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

    fn persona(&mut self) -> &mut Persona {
        self.persona.as_mut().unwrap()
    }

    fn stored(&mut self) -> [&mut Token; 2] {
        [&mut self.token, &mut self.hex]
    }

    /// All kinds of token live from one second until before the other.
    fn live(&mut self, not_before: i64, expires: i64) {
        for token in self.stored() {
            token.not_before = second(not_before);
            token.expires = Some(second(expires));
        }
        self.claims.not_before = not_before;
        self.claims.expires = expires;
    }

    /// Whatever can be bound to a persona is.
    fn act_as(&mut self, persona: PersonaId) {
        for token in self.stored() {
            token.persona = persona;
        }
        self.session.persona = persona;
    }

    /// The stored tokens have been replaced, and work until then.
    fn replace(&mut self, until: i64) {
        for token in self.stored() {
            token.replaced_by = Some(TokenId::from_bytes([9; 32]));
            token.expires = Some(second(until));
        }
    }

    fn world(&self) -> World {
        let mut role = Role::new(RoleName::parse("user").unwrap(), RoleNumber::from_number(1));
        let parsed = self.capabilities.iter().map(|name| Capability::parse(name));
        role.capabilities = parsed.collect::<Result<_, _>>().unwrap();
        let world = World::new(
            Generation::default(),
            self.owner.iter().cloned().collect(),
            vec![role],
            self.settings.clone(),
        );
        let persona = self.persona.iter().cloned().map(Object::Persona);
        let group = Object::UserGroup(self.group.clone());
        world.with_objects(persona.chain([group]).collect())
    }

    fn decide(&self, kind: Kind) -> Verdict {
        let (hex, token) = (Brief::from(&self.hex), Brief::from(&self.token));
        let credential = match kind {
            Kind::Ephemeral => Credential::Ephemeral(&self.claims),
            Kind::Hex => Credential::Token(&hex),
            Kind::Password => Credential::Password(UserId::from_number(7)),
            Kind::Session => Credential::Session(&self.session),
            Kind::Token => Credential::Token(&token),
        };
        decide(credential, &self.world(), self.now, self.client)
    }

    fn reason(&self, kind: Kind) -> Option<Reason> {
        match self.decide(kind) {
            Verdict::Denied(reason) => Some(reason),
            Verdict::Granted(_) => None,
        }
    }
}

fn persona_of(user: UserId, stamp: Stamp) -> Persona {
    Persona {
        id: PERSONA,
        name: "Reporting".to_owned(),
        display_name: String::new(),
        computer_group: ComputerGroupId::NO_COMPUTERS,
        roles: [RoleNumber::from_number(1)].into(),
        users: [user].into(),
        user_groups: BTreeSet::new(),
        require_reauthentication: false,
        metadata: String::new(),
        track_computer_id: false,
        track_computer_id_interval: Persona::MIN_INTERVAL,
        created: stamp,
        modified: stamp,
        deleted: false,
    }
}

fn group_of(user: UserId, stamp: Stamp) -> UserGroup {
    UserGroup {
        id: UserGroupId::from_number(9),
        name: "Night shift".to_owned(),
        members: [user].into(),
        roles: BTreeSet::new(),
        computer_group: None,
        modified: stamp,
        deleted: false,
    }
}

fn networks(list: &str) -> Networks {
    Networks::parse("", list).unwrap()
}

fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

type Fault = fn(&mut Case);

/// One fault each, and how it is answered for a stored token, one of hex digits, an ephemeral one, a session and a
/// password; `None` is granted.
const FAULTS: &[(&str, Fault, [Option<Reason>; 5])] = {
    use Reason::{
        AddressNotTrusted, AddressUnknown, Disabled, Expired, Malformed, NotYetValid, OwnerGone,
        OwnerLocked, PersonaGone, PersonaUnassigned, PrivilegeMissing, Rotated, SessionIdle,
        Superseded, TokensDisabled,
    };
    const GRANTED: [Option<Reason>; 5] = [None; 5];
    const fn of_tokens(reason: Reason) -> [Option<Reason>; 5] {
        [Some(reason), Some(reason), Some(reason), None, None]
    }
    const fn of_stored(reason: Reason) -> [Option<Reason>; 5] {
        [Some(reason), Some(reason), None, None, None]
    }
    const fn of_hex(reason: Reason) -> [Option<Reason>; 5] {
        [None, Some(reason), None, None, None]
    }
    const fn of_ephemeral(reason: Reason) -> [Option<Reason>; 5] {
        [None, None, Some(reason), None, None]
    }
    const fn of_session(reason: Reason) -> [Option<Reason>; 5] {
        [None, None, None, Some(reason), None]
    }
    const fn of_personal(reason: Reason) -> [Option<Reason>; 5] {
        [Some(reason), Some(reason), None, Some(reason), None]
    }
    &[
        ("none", |_| {}, GRANTED),
        (
            "tokens off",
            |case| case.settings.tokens_auth.disabled = true,
            of_tokens(TokensDisabled),
        ),
        (
            "disabled",
            |case| {
                for token in case.stored() {
                    token.status = Status::Disabled;
                }
            },
            of_stored(Disabled),
        ),
        (
            "a second too early",
            |case| case.live(NOW + 1, NOW + 100),
            of_tokens(NotYetValid),
        ),
        ("just begun", |case| case.live(NOW, NOW + 100), GRANTED),
        (
            "in its last second",
            |case| case.live(NOW - 100, NOW + 1),
            GRANTED,
        ),
        (
            "just ended",
            |case| case.live(NOW - 100, NOW),
            of_tokens(Expired),
        ),
        ("ended in 1970", |case| case.live(0, 0), of_tokens(Expired)),
        (
            "another took its place and it has just ended",
            |case| case.replace(NOW),
            of_stored(Rotated),
        ),
        (
            "another took its place and it may be used still",
            |case| case.replace(NOW + 1),
            GRANTED,
        ),
        (
            "from another address",
            |case| case.client = ELSEWHERE,
            of_hex(AddressNotTrusted),
        ),
        (
            "from an address that cannot be told",
            |case| case.client = ClientAddress::Unknown,
            of_hex(AddressUnknown),
        ),
        (
            "from an address that cannot be told, trusted from anywhere",
            |case| {
                case.settings.api_tokens.trusted_addresses = networks("0.0.0.0/0");
                case.client = ClientAddress::Unknown;
            },
            of_hex(AddressUnknown),
        ),
        (
            "trusted nowhere",
            |case| case.hex.origins = Origins::Trusted(Networks::default()),
            of_hex(AddressNotTrusted),
        ),
        (
            "from an address that the settings trust",
            |case| {
                case.settings.api_tokens.trusted_addresses = networks("198.51.100.0/24");
                case.client = ELSEWHERE;
            },
            GRANTED,
        ),
        (
            "from a module server",
            |case| {
                case.settings.api_tokens.module_servers = networks("198.51.100.1");
                case.client = ELSEWHERE;
            },
            GRANTED,
        ),
        (
            "an older epoch of the owner's",
            |case| case.owner().token_epoch = 4,
            of_ephemeral(Superseded),
        ),
        (
            "an epoch not reached yet",
            |case| case.owner().token_epoch = 2,
            of_ephemeral(Superseded),
        ),
        (
            "no owner in its claims",
            |case| case.claims.owner = None,
            of_ephemeral(Malformed),
        ),
        (
            "owner locked",
            |case| case.owner().locked = true,
            [Some(OwnerLocked); 5],
        ),
        ("owner gone", |case| case.owner = None, [Some(OwnerGone); 5]),
        (
            "owner gone, another of his name",
            |case| case.owner().id = UserId::from_number(8),
            [Some(OwnerGone); 5],
        ),
        (
            "owner deleted, but can be brought back",
            |case| case.owner().deleted = true,
            [Some(OwnerGone); 5],
        ),
        (
            "owner deleted and locked",
            |case| {
                case.owner().deleted = true;
                case.owner().locked = true;
            },
            [Some(OwnerGone); 5],
        ),
        ("as a persona", |case| case.act_as(PERSONA), GRANTED),
        (
            "as a persona of his group",
            |case| {
                case.act_as(PERSONA);
                case.persona().users.clear();
                case.persona().user_groups = [case.group.id].into();
            },
            GRANTED,
        ),
        (
            "persona deleted",
            |case| {
                case.act_as(PERSONA);
                case.persona().deleted = true;
            },
            of_personal(PersonaGone),
        ),
        (
            "no such persona",
            |case| case.act_as(PersonaId::from_number(5)),
            of_personal(PersonaGone),
        ),
        (
            "persona taken away",
            |case| {
                case.act_as(PERSONA);
                case.persona().users = [UserId::from_number(8)].into();
            },
            of_personal(PersonaUnassigned),
        ),
        (
            "persona of a group he has left",
            |case| {
                case.act_as(PERSONA);
                case.persona().users.clear();
                case.persona().user_groups = [case.group.id].into();
                case.group.members.clear();
            },
            of_personal(PersonaUnassigned),
        ),
        (
            "persona of a group that is deleted",
            |case| {
                case.act_as(PERSONA);
                case.persona().users.clear();
                case.persona().user_groups = [case.group.id].into();
                case.group.deleted = true;
            },
            of_personal(PersonaUnassigned),
        ),
        (
            "may not use tokens",
            |case| case.capabilities = vec!["list_tokens_own"],
            of_hex(PrivilegeMissing),
        ),
        (
            "the persona may not use tokens",
            |case| {
                case.act_as(PERSONA);
                case.persona().roles.clear();
            },
            of_hex(PrivilegeMissing),
        ),
        (
            "an administrator",
            |case| case.capabilities = vec!["administrator"],
            GRANTED,
        ),
        (
            "idle to the second",
            |case| case.session.last_used = case.now - IDLE,
            of_session(SessionIdle),
        ),
        (
            "nearly idle",
            |case| case.session.last_used = case.now - IDLE + SignedDuration::from_secs(1),
            GRANTED,
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
    // The others are given before anything is decided: what was presented is not even a credential, or not genuine. Or
    // after: it is good, but not for this route, or too often.
    let elsewhere = [
        Reason::Ambiguous,
        Reason::BadSignature,
        Reason::ForeignToken,
        Reason::LockedOut,
        Reason::Malformed,
        Reason::Missing,
        Reason::NoRule,
        Reason::NotASession,
        Reason::NotAToken,
        Reason::RateLimited,
        Reason::Revoked,
        Reason::ScopeInsufficient,
        Reason::SessionUnknown,
        Reason::Unknown,
        Reason::UnknownKey,
        Reason::UnknownScheme,
        Reason::WrongAudience,
        Reason::WrongPassword,
    ];
    let all: BTreeSet<_> = given.iter().copied().chain(elsewhere).collect();
    assert_eq!(all, Reason::ALL.iter().copied().collect());
    assert_eq!(
        given.len() + elsewhere.len(),
        Reason::ALL.len() + 1,
        "Malformed is in both"
    );
}

/// spec/splunk.md 6.5, spec/tanium.md 13.
#[test]
fn of_several_faults_the_first_in_the_order_of_checks_is_named() {
    let tokens_off: Fault = |case| case.settings.tokens_auth.disabled = true;
    let disabled: Fault = |case| {
        for token in case.stored() {
            token.status = Status::Disabled;
        }
    };
    let idle: Fault = |case| case.session.last_used = case.now - IDLE;
    let early: Fault = |case| case.live(NOW + 1, NOW);
    let ended: Fault = |case| case.live(NOW - 1, NOW);
    let rotated: Fault = |case| case.replace(NOW);
    let elsewhere: Fault = |case| case.client = ELSEWHERE;
    let nowhere: Fault = |case| case.client = ClientAddress::Unknown;
    let locked: Fault = |case| case.owner().locked = true;
    let epoch: Fault = |case| case.owner().token_epoch = 4;
    let gone: Fault = |case| case.owner = None;
    let deleted: Fault = |case| case.owner().deleted = true;
    let no_persona: Fault = |case| {
        case.act_as(PERSONA);
        case.persona = None;
    };
    let unassigned: Fault = |case| {
        case.act_as(PERSONA);
        case.persona().users.clear();
    };
    let powerless: Fault = |case| case.capabilities.clear();
    let orders: [(Kind, &[Fault]); 10] = [
        (Kind::Token, &[tokens_off, disabled, early, locked]),
        (Kind::Token, &[tokens_off, disabled, ended, gone]),
        (
            Kind::Token,
            &[tokens_off, disabled, ended, locked, unassigned],
        ),
        (
            Kind::Hex,
            &[
                tokens_off, disabled, early, elsewhere, locked, unassigned, powerless,
            ],
        ),
        (
            Kind::Hex,
            &[
                tokens_off, disabled, ended, nowhere, deleted, no_persona, powerless,
            ],
        ),
        (
            Kind::Hex,
            &[
                tokens_off, disabled, rotated, elsewhere, gone, no_persona, powerless,
            ],
        ),
        (Kind::Ephemeral, &[tokens_off, early, locked, epoch]),
        (Kind::Ephemeral, &[tokens_off, ended, gone]),
        (Kind::Session, &[idle, locked, unassigned]),
        (Kind::Session, &[idle, gone, no_persona]),
    ];
    for (kind, faults) in orders {
        for first in 0..faults.len() {
            let (mut alone, mut with_all_after) = (Case::sound(), Case::sound());
            faults[first](&mut alone);
            assert!(alone.reason(kind).is_some(), "{kind:?} {first}");
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
    assert_eq!(case.reason(Kind::Hex), None);
}

#[test]
fn nt23_every_credential_of_a_user_carries_the_same_rights() {
    let case = Case::sound();
    let id = case.token.id;
    let via = |kind| match kind {
        Kind::Ephemeral => Via::Ephemeral(id),
        Kind::Hex => Via::Token(case.hex.id),
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

/// Who acts as what, from where, with which privilege: everything that is asked of an API token alone.
fn bindings() -> impl Strategy<Value = Case> {
    let persona = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        proptest::bool::weighted(0.2),
        proptest::bool::weighted(0.9),
    );
    let list = || {
        let lists = ["", "", "127.0.0.1", "198.51.100.0/24", "0.0.0.0/0"];
        proptest::sample::select(lists.to_vec()).prop_map(networks)
    };
    let lists = (list(), list(), list());
    let client = prop_oneof![
        4 => Just(CLIENT),
        2 => Just(ELSEWHERE),
        1 => Just(ClientAddress::Unknown),
    ];
    let privilege = proptest::bool::weighted(0.8);
    (persona, lists, client, privilege).prop_map(
        |((acts, assigned, in_group, deleted, exists), (own, all, servers), client, privilege)| {
            let mut case = Case::sound();
            if acts {
                case.act_as(PERSONA);
            }
            if !assigned {
                case.persona().users.clear();
            }
            if !in_group {
                case.group.members.clear();
            }
            case.persona().user_groups = [case.group.id].into();
            case.persona().deleted = deleted;
            case.persona = case.persona.take().filter(|_| exists);
            case.hex.origins = Origins::Trusted(own);
            case.settings.api_tokens.trusted_addresses = all;
            case.settings.api_tokens.module_servers = servers;
            case.client = client;
            if !privilege {
                case.capabilities.pop();
            }
            case
        },
    )
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
    let deleted = proptest::bool::weighted(0.2);
    (bindings(), life, session, (owner, deleted), switches).prop_map(
        |(mut case, (not_before, expires, now, micros), last_used, owner, (off, disabled))| {
            let ((epoch, epoch_of_claims, locked, exists), deleted) = owner;
            case.now = Timestamp::from_microsecond(now * 1_000_000 + micros).unwrap();
            case.live(not_before, expires.unwrap_or(NOW + 1));
            if expires.is_none() {
                for token in case.stored() {
                    token.expires = None;
                }
            }
            case.session.last_used = second(last_used) - IDLE;
            case.settings.tokens_auth.disabled = off;
            for token in case.stored() {
                token.status = if disabled {
                    Status::Disabled
                } else {
                    Status::Enabled
                };
            }
            case.owner().locked = locked;
            case.owner().deleted = deleted;
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
        let owner_stands = case
            .owner
            .as_ref()
            .is_some_and(|owner| !owner.locked && !owner.deleted);
        let tokens_on = !case.settings.tokens_auth.disabled;
        let has_begun = case.now >= case.token.not_before;
        let persona_stands = case.session.persona == PersonaId::DEFAULT || may_act(&case);
        let token_stands = tokens_on
            && has_begun
            && case.token.expires.is_none_or(|end| case.now < end)
            && case.token.status == Status::Enabled
            && persona_stands;
        let stands = |kind| owner_stands && match kind {
            Kind::Ephemeral => {
                let epoch = case.claims.owner.map(|owner| owner.epoch);
                tokens_on
                    && has_begun
                    && case.now < second(case.claims.expires)
                    && epoch == case.owner.as_ref().map(|owner| owner.token_epoch)
            }
            Kind::Hex => token_stands && is_trusted(&case) && case.capabilities.contains(&"use token"),
            Kind::Password => true,
            Kind::Session => persona_stands && case.now < case.session.last_used + IDLE,
            Kind::Token => token_stands,
        };
        for kind in KINDS {
            let granted = matches!(case.decide(kind), Verdict::Granted(_));
            prop_assert_eq!(granted, stands(kind), "{:?}", kind);
        }
    }

    /// What is granted acts as the persona it was bound to, with that persona's rights and no others.
    #[test]
    fn nt15_it_acts_as_its_persona_and_no_other(case in cases()) {
        let world = case.world();
        for kind in KINDS {
            let persona = match kind {
                Kind::Ephemeral | Kind::Password => PersonaId::DEFAULT,
                Kind::Hex | Kind::Session | Kind::Token => case.session.persona,
            };
            if let Verdict::Granted(grant) = case.decide(kind) {
                prop_assert_eq!(grant.principal.persona, persona);
                let acting = world.acting(case.token.owner, persona).map(|one| &one.rights);
                prop_assert_eq!(Some(&grant.principal.rights), acting);
            }
        }
    }

    /// The checks one by one say what the verdict says: so an explanation cannot differ from what happens.
    #[test]
    fn the_first_check_that_fails_is_the_reason_of_the_verdict(case in cases(), replaced in any::<bool>()) {
        let mut case = case;
        if replaced {
            for token in case.stored() {
                token.replaced_by = Some(TokenId::from_bytes([9; 32]));
            }
        }
        let world = case.world();
        for (kind, token) in [(Kind::Token, &case.token), (Kind::Hex, &case.hex)] {
            let brief = Brief::from(token);
            let fails = |check: &Check| check.of(&brief, &world, case.now, case.client).err();
            prop_assert_eq!(Check::ALL.iter().find_map(fails), case.reason(kind));
        }
    }

    /// spec/tanium.md 9, with a reading of the lists of its own.
    #[test]
    fn nt40_a_token_is_granted_only_from_an_address_of_one_of_the_three_lists(
        lists in proptest::array::uniform3(proptest::collection::vec((0..16_u8, 28..=32_u8), 0..3)),
        last in 0..16_u8,
    ) {
        let holds = |list: &Vec<(u8, u8)>| list.iter().any(|(base, length)| {
            let host_bits = u32::from(32 - length);
            base >> host_bits == last >> host_bits
        });
        let compiled = lists.each_ref().map(|list| {
            let items = list.iter().map(|(base, length)| {
                let host_bits = u32::from(32 - length);
                format!("192.0.2.{}/{length}", base >> host_bits << host_bits)
            });
            networks(&items.collect::<Vec<_>>().join(","))
        });
        let mut case = Case::sound();
        let [own, all, servers] = compiled;
        case.hex.origins = Origins::Trusted(own);
        case.settings.api_tokens.trusted_addresses = all;
        case.settings.api_tokens.module_servers = servers;
        case.client = ClientAddress::Known(Ipv4Addr::new(192, 0, 2, last).into());
        let expected = (!lists.iter().any(holds)).then_some(Reason::AddressNotTrusted);
        prop_assert_eq!(case.reason(Kind::Hex), expected);
        prop_assert_eq!(case.reason(Kind::Token), None, "Splunk's are used from anywhere");
    }
}

fn may_act(case: &Case) -> bool {
    case.persona.as_ref().is_some_and(|persona| {
        let owner = &case.token.owner;
        !persona.deleted && (persona.users.contains(owner) || case.group.members.contains(owner))
    })
}

/// The lists are all or nothing of a few that hold `CLIENT`, `ELSEWHERE` or both.
fn is_trusted(case: &Case) -> bool {
    let Origins::Trusted(own) = &case.hex.origins else {
        return true;
    };
    let settings = &case.settings.api_tokens;
    let lists = [own, &settings.trusted_addresses, &settings.module_servers];
    let mut items = lists.into_iter().flat_map(Networks::items);
    items.any(|item| match item {
        "0.0.0.0/0" => case.client != ClientAddress::Unknown,
        "127.0.0.1" => case.client == CLIENT,
        _ => case.client == ELSEWHERE,
    })
}

/// What the settings trust, what the token trusts, the proxies and their header, the peer, and whether it is granted.
/// Where there are no proxies, the header does not count.
type Vector = (
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
    &'static str,
    bool,
);

/// spec/tanium.md 9. The module server is 203.0.113.50.
const VECTORS: &[Vector] = &[
    ("", "", "", &[], "192.0.2.1", false),
    ("", "", "", &[], "203.0.113.50", true),
    ("192.0.2.0/24", "", "", &[], "192.0.2.77", true),
    ("192.0.2.0/24", "198.51.100.7", "", &[], "192.0.2.77", true),
    (
        "",
        "198.51.100.7,203.0.113.0/24",
        "",
        &[],
        "203.0.113.200",
        true,
    ),
    ("127.0.0.1, ::1", "", "", &[], "::1", true),
    ("0.0.0.0/0", "", "", &[], "2001:db8::5", true),
    (
        "192.0.2.9",
        "",
        "10.0.0.8",
        &["198.51.100.1, 192.0.2.9"],
        "10.0.0.8",
        true,
    ),
    (
        "192.0.2.9",
        "",
        "10.0.0.8",
        &["198.51.100.1", "192.0.2.9"],
        "10.0.0.8",
        true,
    ),
    ("192.0.2.9", "", "192.0.2.9", &[], "192.0.2.9", true),
    (
        "192.0.2.9",
        "",
        "192.0.2.9",
        &["198.51.100.1"],
        "192.0.2.9",
        false,
    ),
    ("192.0.2.9", "", "", &["192.0.2.9"], "10.0.0.8", false),
    // NT-32: what a client wrote itself stands left of what the proxy appended.
    (
        "192.0.2.9",
        "",
        "10.0.0.8",
        &["192.0.2.9, 198.51.100.1"],
        "10.0.0.8",
        false,
    ),
    // NT-31: somebody who is no proxy.
    (
        "192.0.2.9",
        "",
        "10.0.0.8",
        &["192.0.2.9"],
        "10.0.0.9",
        false,
    ),
    // NT-33: a header that cannot be read is nobody, not the peer and not its neighbour.
    (
        "0.0.0.0/0",
        "",
        "10.0.0.8",
        &["192.0.2.9, unknown"],
        "10.0.0.8",
        false,
    ),
    (
        "0.0.0.0/0",
        "0.0.0.0/0",
        "10.0.0.8",
        &[""],
        "10.0.0.8",
        false,
    ),
    // A module server that is the proxy, too: its clients are not module servers.
    (
        "",
        "",
        "203.0.113.50",
        &["198.51.100.1"],
        "203.0.113.50",
        false,
    ),
    ("", "", "10.0.0.8", &["203.0.113.50"], "10.0.0.8", true),
    // One address in two spellings; neighbours of a network; all of one family.
    ("192.0.2.9", "", "", &[], "::ffff:192.0.2.9", true),
    ("203.0.113.0/24", "", "", &[], "203.0.113.255", true),
    ("203.0.113.0/24", "", "", &[], "203.0.114.0", false),
    ("::/0", "", "", &[], "2001:db8::5", true),
    ("::/0", "", "", &[], "192.0.2.1", false),
    ("", "2001:db8::/32", "", &[], "2001:db9::", false),
];

#[test]
fn spec_9_the_table_of_addresses() {
    for (global, own, proxies, forwarded, peer, granted) in VECTORS {
        let mut case = Case::sound();
        case.hex.origins = Origins::Trusted(networks(own));
        case.settings.api_tokens.trusted_addresses = networks(global);
        case.settings.api_tokens.module_servers = networks("203.0.113.50");
        let lines = forwarded.iter().map(|line| line.as_bytes());
        let (peer, request) = (peer.parse().unwrap(), String::new());
        let origin = Origin::from_peer(case.now, request, "", peer, lines, &networks(proxies));
        case.client = origin.client;
        let name = format!("{global} | {own} | {proxies} {forwarded:?} | {peer}");
        assert_eq!(case.reason(Kind::Hex).is_none(), *granted, "{name}");
        for free in [Kind::Session, Kind::Password, Kind::Token, Kind::Ephemeral] {
            assert_eq!(
                case.reason(free),
                None,
                "is not subject to the lists: {name}"
            );
        }
    }
}

/// A stored list with an item that cannot be read trusts the others and never more.
#[test]
fn spec_9_a_spoilt_item_of_a_stored_list_widens_nothing() {
    let mut case = Case::sound();
    let (list, left_out) = Networks::from_stored("192.0.2.9,0.0.0.0/o,*,198.51.100.1-9");
    assert_eq!(left_out.len(), 3);
    case.hex.origins = Origins::Trusted(list);
    for (address, refused) in [
        ("192.0.2.9", None),
        ("198.51.100.1", Some(Reason::AddressNotTrusted)),
        ("127.0.0.1", Some(Reason::AddressNotTrusted)),
    ] {
        case.client = ClientAddress::Known(address.parse().unwrap());
        assert_eq!(case.reason(Kind::Hex), refused, "{address}");
    }
}
