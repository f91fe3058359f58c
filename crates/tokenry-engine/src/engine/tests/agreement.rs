//! Whatever happens and in whatever order, verifiers say what the store would say: each verdict from memory is compared
//! with one decided afresh from the stored records (NT-01, NT-06).

use std::{collections::HashMap, sync::atomic::Ordering::SeqCst};

use jiff::Timestamp;
use proptest::{collection::vec, prelude::*};
use tokenry_core::{
    Error,
    app::{
        ApiTokensEdit, CreatedApiToken, NewApiToken, NewToken, PersonaEdit, Shape, TokensAuthEdit,
        UserEdit, UserGroupEdit,
    },
    id::{PersonaId, TokenId, UserGroupId},
    port::View as _,
    secret::Digest,
    token::{
        Brief, Scope, Status,
        address::{ClientAddress, Networks},
        form::{
            hex, opaque,
            splunk_jwt::{self, Kind},
        },
    },
    verify::{Credential, Reason, Verdict, decide},
};

use super::town::{ADDRESS, IDLE, Town, block_on, networks, password, role};

const CLIENT: ClientAddress = ClientAddress::Known(ADDRESS);

const USERS: [&str; 2] = ["anna", "bert"];
const ROLES: [&str; 4] = ["user", "power", "can_delete", "bearer"];
const PERSONAS: [&str; 2] = ["Reporting", "Nightly"];

/// What the role `bearer` may come to grant.
const CAPABILITIES: [&str; 3] = ["use token", "search", "administrator"];

/// Lists of addresses that settings may come to hold. Requests come from 192.0.2.7.
const LISTS: [&str; 4] = ["", "192.0.2.0/24", "198.51.100.0/24", "0.0.0.0/0"];

/// What tokens may come to be narrowed to; nothing for none of it.
const SCOPES: [&[&str]; 3] = [
    &[],
    &["search"],
    &["search", "orders.read", "edit_tokens_own"],
];

const SHAPES: [Shape; 3] = [
    Shape::Opaque(opaque::Kind::Personal),
    Shape::Hex,
    Shape::SplunkJwt,
];

/// Something that happens. Numbers choose among what there is by then, and wrap around.
#[derive(Debug, Clone)]
enum Act {
    Assign(usize, usize),
    DeleteAll(usize),
    DeletePersona(usize),
    DeleteToken(usize),
    DeleteUser(usize),
    EditBearer(usize),
    Evict,
    Flush,
    Group(usize),
    Issue(usize, usize, usize, usize),
    Lock(usize, bool),
    LogOut(usize),
    MakeApiToken(usize, usize, usize),
    MakeToken(usize, Kind),
    MakeUser(usize),
    NarrowModuleServers(usize),
    NarrowTrusted(usize),
    Outage(bool),
    Rotate(usize, i64),
    SetPassword(usize),
    SetRoles(usize, usize),
    SetStatus(usize, bool),
    SetStatusOfAll(usize, bool),
    SignIn(usize),
    TurnTokens(bool),
    Verify(usize),
    Wait(i64),
    WaitDays(i64),
}

fn act() -> impl Strategy<Value = Act> {
    let user = || 0..USERS.len();
    let kinds = [
        Kind::Static,
        Kind::Static,
        Kind::Ephemeral,
        Kind::Interactive,
    ];
    prop_oneof![
        12 => (0..64_usize).prop_map(Act::Verify),
        3 => (user(), proptest::sample::select(kinds.to_vec())).prop_map(|(u, k)| Act::MakeToken(u, k)),
        3 => (user(), 0..3_usize, 0..LISTS.len()).prop_map(|(u, p, l)| Act::MakeApiToken(u, p, l)),
        4 => (user(), 0..3_usize, 0..SHAPES.len(), 0..SCOPES.len())
            .prop_map(|(u, p, f, s)| Act::Issue(u, p, f, s)),
        2 => (0..64_usize, 0..3_i64).prop_map(|(t, overlap)| Act::Rotate(t, overlap)),
        2 => (0..PERSONAS.len(), 0..4_usize).prop_map(|(p, who)| Act::Assign(p, who)),
        1 => (0..PERSONAS.len()).prop_map(Act::DeletePersona),
        1 => (0..4_usize).prop_map(Act::Group),
        1 => (0..CAPABILITIES.len()).prop_map(Act::EditBearer),
        1 => (0..LISTS.len()).prop_map(Act::NarrowTrusted),
        1 => (0..LISTS.len()).prop_map(Act::NarrowModuleServers),
        1 => (1..9_i64).prop_map(Act::WaitDays),
        2 => user().prop_map(Act::SignIn),
        1 => user().prop_map(Act::DeleteAll),
        2 => (0..64_usize).prop_map(Act::DeleteToken),
        1 => user().prop_map(Act::DeleteUser),
        1 => user().prop_map(Act::MakeUser),
        1 => Just(Act::Evict),
        1 => Just(Act::Flush),
        2 => (user(), any::<bool>()).prop_map(|(u, b)| Act::Lock(u, b)),
        1 => (0..64_usize).prop_map(Act::LogOut),
        1 => any::<bool>().prop_map(Act::Outage),
        1 => user().prop_map(Act::SetPassword),
        1 => (user(), 0..ROLES.len()).prop_map(|(u, r)| Act::SetRoles(u, r)),
        2 => (0..64_usize, any::<bool>()).prop_map(|(t, b)| Act::SetStatus(t, b)),
        1 => (user(), any::<bool>()).prop_map(|(u, b)| Act::SetStatusOfAll(u, b)),
        1 => any::<bool>().prop_map(Act::TurnTokens),
        1 => (1..IDLE).prop_map(Act::Wait),
    ]
}

/// Everything that was ever handed out.
struct Handed {
    town: Town,
    strings: Vec<String>,
    tokens: Vec<(TokenId, &'static str)>,
    personas: Vec<PersonaId>,
    group: UserGroupId,
    last_uses: HashMap<String, Timestamp>,
}

impl Handed {
    fn new() -> Self {
        let town = Town::new();
        let group = UserGroupEdit {
            name: Some("Night shift".to_owned()),
            members: Some([town.id("bert")].into()),
            ..UserGroupEdit::default()
        };
        let group = block_on(town.app.create_user_group(&town.admin(), group));
        let group = group.unwrap().id;
        let personas = PERSONAS.map(|name| town.make_persona(name, &["anna"]));
        let of_group = PersonaEdit {
            user_groups: Some([group].into()),
            ..PersonaEdit::default()
        };
        block_on(town.app.edit_persona(&town.admin(), personas[0], of_group)).unwrap();
        let mut handed = Self {
            town,
            strings: Vec::new(),
            tokens: Vec::new(),
            personas: personas.to_vec(),
            group,
            last_uses: HashMap::new(),
        };
        handed.make_token("anna", Kind::Static);
        handed.make_api_token("anna", 0, LISTS[0]);
        handed.make_api_token("anna", 1, LISTS[1]);
        handed.make_api_token("bert", 1, LISTS[1]);
        for (persona, scope) in SCOPES.iter().enumerate() {
            handed.issue("anna", persona, SHAPES[0], scope);
        }
        handed.sign_in("anna");
        handed
    }

    fn make_token(&mut self, user: &'static str, kind: Kind) {
        let wanted = tokenry_core::app::CreateToken {
            kind,
            name: (kind != Kind::Interactive).then_some(user),
            audience: Some("tests"),
            life: tokenry_core::token::lifetime::Wanted::default(),
            status: Status::Enabled,
        };
        let made = block_on(self.town.app.create_token(&self.town.admin(), wanted));
        if let Ok(made) = made {
            self.strings.push(made.string.expose().to_owned());
            self.tokens.push((made.id, user));
        }
    }

    /// One of a persona; the default one for 0.
    fn make_api_token(&mut self, user: &'static str, persona: usize, trusted: &str) {
        let town = &self.town;
        if town.find(user).is_none() {
            return;
        }
        let personas = [&[PersonaId::DEFAULT], &*self.personas].concat();
        let wanted = NewApiToken {
            persona: Some(personas[persona]),
            trusted: networks(trusted),
            ..NewApiToken::default()
        };
        let caller = town.signed_in(user);
        let made = block_on(town.app.create_api_token(&caller, wanted));
        self.keep(user, made);
    }

    /// One in any form, of a persona, narrowed or not.
    fn issue(&mut self, user: &'static str, persona: usize, shape: Shape, scope: &[&str]) {
        let town = &self.town;
        if town.find(user).is_none() {
            return;
        }
        let personas = [&[PersonaId::DEFAULT], &*self.personas].concat();
        let wanted = NewToken {
            shape,
            user: Some(user),
            persona: Some(personas[persona]),
            scope: Scope::parse(scope.iter().copied()).ok(),
            ..NewToken::default()
        };
        if let Ok(made) = block_on(town.app.issue_token(&town.admin(), wanted)) {
            self.strings.push(made.string.expose().to_owned());
            self.tokens.push((made.token.id, user));
        }
    }

    fn keep(&mut self, user: &'static str, made: Result<CreatedApiToken, Error>) {
        if let Ok(made) = made {
            self.strings.push(made.string.expose().to_owned());
            self.tokens.push((made.token.id, user));
        }
    }

    fn rotate(&mut self, n: usize, overlap: i64) {
        let hex: Vec<_> = self
            .strings
            .iter()
            .filter(|one| hex::looks_like(one))
            .collect();
        let string = hex[n % hex.len()];
        let user = USERS[n % USERS.len()];
        if self.town.find(user).is_some() {
            let rotated = self.town.rotate(user, string, overlap * 60);
            self.keep(user, rotated);
        }
    }

    /// Sets one list of the settings.
    fn narrow(&self, which: fn(&mut ApiTokensEdit) -> &mut Option<Networks>, list: usize) {
        let mut edit = ApiTokensEdit::default();
        *which(&mut edit) = Some(networks(LISTS[list]));
        drop(self.town.edit_settings(edit));
    }

    /// `anna`, `bert`, both or neither, by the bits.
    fn some_users(&self, bits: usize) -> Vec<&'static str> {
        let chosen = USERS.iter().enumerate();
        let chosen =
            chosen.filter(|(n, user)| bits >> n & 1 == 1 && self.town.find(user).is_some());
        chosen.map(|(_, user)| *user).collect()
    }

    fn sign_in(&mut self, user: &str) {
        let origin = self.town.admin().origin;
        if let Ok(key) = block_on(self.town.app.login(user, password(user), &origin)) {
            self.strings.push(key.expose().to_owned());
        }
    }

    /// Does it. Much is refused, because the user is gone or the store is down; then nothing must have changed.
    fn act(&mut self, act: &Act) {
        let town = &self.town;
        let token = |n: usize| self.tokens[n % self.tokens.len()];
        let string = |n: usize| &self.strings[n % self.strings.len()];
        let edit = |user: usize, edit: UserEdit| {
            drop(block_on(town.app.edit_user(
                &town.admin(),
                USERS[user],
                edit,
            )));
        };
        match *act {
            Act::Assign(persona, users) => {
                drop(town.assign(self.personas[persona], &self.some_users(users)));
            }
            Act::DeletePersona(n) => {
                let persona = self.personas[n];
                drop(block_on(town.app.delete_persona(&town.admin(), persona)));
            }
            Act::EditBearer(n) => drop(town.edit_bearer(&[CAPABILITIES[n]])),
            Act::Group(users) => {
                let users = self.some_users(users);
                let edit = UserGroupEdit {
                    members: Some(users.iter().map(|user| town.id(user)).collect()),
                    ..UserGroupEdit::default()
                };
                let admin = town.admin();
                drop(block_on(town.app.edit_user_group(&admin, self.group, edit)));
            }
            Act::Issue(user, persona, shape, scope) => {
                self.issue(USERS[user], persona, SHAPES[shape], SCOPES[scope]);
            }
            Act::MakeApiToken(user, persona, list) => {
                self.make_api_token(USERS[user], persona, LISTS[list]);
            }
            Act::NarrowModuleServers(list) => self.narrow(|edit| &mut edit.module_servers, list),
            Act::NarrowTrusted(list) => self.narrow(|edit| &mut edit.trusted_addresses, list),
            Act::Rotate(n, overlap) => self.rotate(n, overlap),
            Act::WaitDays(days) => town.advance(days * 86_400),
            Act::DeleteAll(user) => drop(town.delete(USERS[user], None)),
            Act::DeleteToken(n) => {
                let (id, owner) = token(n);
                drop(town.delete(owner, Some(id)));
            }
            Act::DeleteUser(user) => {
                drop(block_on(town.app.delete_user(&town.admin(), USERS[user])));
            }
            Act::Evict => town.evict(),
            Act::Flush => drop(town.flush()),
            Act::Lock(user, locked) => edit(
                user,
                UserEdit {
                    locked: Some(locked),
                    ..UserEdit::default()
                },
            ),
            Act::LogOut(n) => {
                let digest = Digest::of(string(n));
                drop(block_on(town.app.logout(&town.admin(), digest)));
            }
            Act::MakeToken(user, kind) => self.make_token(USERS[user], kind),
            Act::MakeUser(user) => drop(town.make_user(USERS[user])),
            Act::Outage(down) => town.store.is_down.store(down, SeqCst),
            Act::SetPassword(user) => edit(
                user,
                UserEdit {
                    password: Some(password(USERS[user])),
                    ..UserEdit::default()
                },
            ),
            Act::SetRoles(user, n) => edit(
                user,
                UserEdit {
                    roles: Some(vec![role(ROLES[n])]),
                    ..UserEdit::default()
                },
            ),
            Act::SetStatus(n, on) => {
                let (id, owner) = token(n);
                drop(town.set_status(owner, Some(id), status(on)));
            }
            Act::SetStatusOfAll(user, on) => {
                drop(town.set_status(USERS[user], None, status(on)));
            }
            Act::SignIn(user) => self.sign_in(USERS[user]),
            Act::TurnTokens(on) => {
                let edit = TokensAuthEdit {
                    disabled: Some(!on),
                    ..TokensAuthEdit::default()
                };
                drop(block_on(town.app.edit_tokens_auth(&town.admin(), edit)));
            }
            Act::Verify(n) => {
                let string = string(n).clone();
                self.compare(&string);
            }
            Act::Wait(seconds) => town.advance(seconds),
        }
    }

    /// The verdict must be that of the store; only while it is down may there be none.
    fn compare(&mut self, string: &str) {
        let expected = self.afresh(string);
        let is_down = self.town.store.is_down.load(SeqCst);
        match self.town.try_to_verify(string) {
            Ok(verification) => assert_eq!(verification.verdict, expected),
            Err(Error::Unavailable { .. }) if is_down => return,
            Err(error) => panic!("{error}"),
        }
        if matches!(expected, Verdict::Granted(_)) {
            self.last_uses.insert(string.to_owned(), self.town.now());
        }
    }

    fn afresh(&self, string: &str) -> Verdict {
        let (world, now) = (self.town.stored_world(), self.town.now());
        if hex::looks_like(string) {
            return self.afresh_stored(hex::read(&self.town.keys, string).unwrap());
        }
        if opaque::looks_like(string) {
            return self.afresh_stored(opaque::read(&self.town.keys, string).unwrap());
        }
        let Ok(verified) = splunk_jwt::verify(&self.town.keys, string) else {
            return self.afresh_session(string);
        };
        if verified.header.kind != Kind::Static {
            return decide(Credential::Ephemeral(&verified.claims), &world, now, CLIENT);
        }
        self.afresh_stored(verified.claims.id)
    }

    fn afresh_stored(&self, id: TokenId) -> Verdict {
        let (world, now) = (self.town.stored_world(), self.town.now());
        match self.town.stored(id) {
            Some(token) => decide(Credential::Token(&Brief::from(&token)), &world, now, CLIENT),
            None => Verdict::Denied(self.town.ended(id).unwrap_or(Reason::Unknown)),
        }
    }

    fn afresh_session(&self, key: &str) -> Verdict {
        let key_text = tokenry_core::secret::Plaintext::from(key.to_owned());
        let Some(mut session) = self.town.stored_session(&key_text) else {
            return Verdict::Denied(Reason::SessionUnknown);
        };
        if let Some(used) = self.last_uses.get(key) {
            session.last_used = session.last_used.max(*used);
        }
        decide(
            Credential::Session(&session),
            &self.town.stored_world(),
            self.town.now(),
            CLIENT,
        )
    }
}

fn status(on: bool) -> Status {
    if on {
        Status::Enabled
    } else {
        Status::Disabled
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nt01_the_memory_never_says_anything_but_what_the_store_says(acts in vec(act(), 1..120)) {
        let mut handed = Handed::new();
        for act in acts {
            handed.act(&act);
            let known = handed.town.memory.world().generation;
            assert_eq!(known, handed.town.stored_world().generation);
        }
        for string in handed.strings.clone() {
            handed.compare(&string);
        }
    }
}
