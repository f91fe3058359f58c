//! Signing in: right, wrong, locked, locked out.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::{
    app::{
        NewApiToken, ProfileEdit, UserEdit,
        testing::{
            ADDRESS, Interleaved, Interruption, NOW, Town, block_on, password, password_of, second,
        },
    },
    fake::QuickPasswords,
    id::UserId,
    port::{BoxFuture, PasswordWork},
    principal::password::PasswordHash,
    token::form::splunk_jwt::Kind,
    verify::Via,
};

fn tries(town: &Town, name: &str, secret: Plaintext) -> Error {
    town.refuses(town.app.login(name, secret, &town.origin()))
}

fn wrong(town: &Town, name: &str) -> Error {
    tries(town, name, password("but wrong"))
}

fn lock(town: &Town, name: &str, locked: bool) {
    let edit = UserEdit {
        locked: Some(locked),
        ..UserEdit::default()
    };
    let _ = town.does(town.app.edit_user(&town.caller("admin"), name, edit));
}

const NUMBERED: SessionStyle = SessionStyle::Numbered;
const WRONG: Error = Error::Unauthenticated(Reason::WrongPassword);
const LOCKED_OUT: Error = Error::Unauthenticated(Reason::LockedOut);

#[test]
fn the_right_password_makes_a_session_that_is_kept_by_its_digest() {
    let town = Town::new();
    let signed_in = town.does(town.app.login("User", password_of("user"), &town.origin()));
    town.keep_secret(&signed_in.value);
    signed_in.recorded("user", Action::Login, "user", None);
    signed_in.told(&[]);
    let session = Session {
        digest: Digest::of(signed_in.value.expose()),
        number: town.dump().sessions[0].number,
        user: town.id("user"),
        persona: PersonaId::DEFAULT,
        idle_timeout: jiff::SignedDuration::from_hours(1),
        created: second(NOW),
        last_used: second(NOW),
        address: ADDRESS,
    };
    assert_eq!(town.dump().sessions, [session]);
    let again = town.sign_in("user");
    assert!(
        again != Digest::of(signed_in.value.expose()),
        "every session has its own key"
    );
}

#[test]
fn a_wrong_name_or_password_is_refused_without_a_trace() {
    let town = Town::new();
    let long = "x".repeat(MAX_BYTES + 1);
    let cases = [
        ("user", String::new()),
        ("user", password_of("user").expose().to_uppercase()),
        ("user", format!("{} ", password_of("user").expose())),
        ("user", long),
        ("user", password_of("admin").expose().to_owned()),
        ("ghost", password_of("user").expose().to_owned()),
        ("", String::new()),
        ("us er", password_of("user").expose().to_owned()),
    ];
    for (name, text) in cases {
        assert_eq!(tries(&town, name, Plaintext::from(text)), WRONG, "{name}");
        let _ = town.sign_in("user");
    }
}

#[test]
fn nt12_a_locked_user_cannot_sign_in_until_he_is_let_in_again() {
    let town = Town::new();
    lock(&town, "user", true);
    let refused = tries(&town, "user", password_of("user"));
    assert_eq!(refused, Error::Unauthenticated(Reason::OwnerLocked));
    assert_eq!(
        wrong(&town, "user"),
        WRONG,
        "who does not know it learns nothing"
    );
    lock(&town, "user", false);
    let _ = town.sign_in("user");
}

#[test]
fn too_many_wrong_passwords_lock_the_account_for_a_while_for_everybody() {
    let town = Town::new();
    for _ in 0..3 {
        assert_eq!(wrong(&town, "user"), WRONG);
    }
    for _ in 0..3 {
        assert_eq!(tries(&town, "user", password_of("user")), LOCKED_OUT);
        assert_eq!(wrong(&town, "user"), LOCKED_OUT);
    }
    let _ = town.sign_in("power");
    town.advance(30 * 60 - 1);
    assert_eq!(tries(&town, "user", password_of("user")), LOCKED_OUT);
    town.advance(1);
    let _ = town.sign_in("user");
}

#[test]
fn the_right_password_in_between_clears_the_count() {
    let town = Town::new();
    for _ in 0..3 {
        assert_eq!((wrong(&town, "user"), wrong(&town, "user")), (WRONG, WRONG));
        let _ = town.sign_in("user");
    }
}

#[test]
fn letting_a_user_in_again_ends_his_lockout() {
    let town = Town::new();
    for _ in 0..3 {
        wrong(&town, "user");
    }
    assert_eq!(wrong(&town, "user"), LOCKED_OUT);
    lock(&town, "user", false);
    let _ = town.sign_in("user");
}

/// Counts how many passwords are looked at, and against how many hashes.
#[derive(Default)]
struct Counted {
    checks: AtomicUsize,
    hashes: AtomicUsize,
}

impl PasswordWork for Counted {
    fn hash(
        &self,
        _password: Plaintext,
        _salt: [u8; 16],
    ) -> BoxFuture<'_, Result<PasswordHash, Error>> {
        unreachable!("nothing is hashed to sign in")
    }

    fn check(
        &self,
        password: Plaintext,
        hash: Option<PasswordHash>,
    ) -> BoxFuture<'_, Result<bool, Error>> {
        self.checks.fetch_add(1, Ordering::Relaxed);
        self.hashes
            .fetch_add(usize::from(hash.is_some()), Ordering::Relaxed);
        QuickPasswords.check(password, hash)
    }
}

/// The port takes as long without a hash as with one.
#[test]
fn nt54_each_attempt_costs_exactly_one_password_check_whoever_is_named() {
    let town = Town::new();
    lock(&town, "power", true);
    let counted = Arc::new(Counted::default());
    let app = town.app_over(|ports| ports.passwords = counted.clone());
    let (right, locked) = (password_of("user"), password_of("power"));
    let long = "x".repeat(MAX_BYTES + 1);
    let cases = [
        ("user", right.expose(), true),
        ("user", "wrong", true),
        ("user", &long, false),
        ("power", locked.expose(), true),
        ("ghost", "wrong", false),
        ("no name:", "wrong", false),
        ("user", "wrong", true),
        ("user", "wrong, and now locked out", false),
    ];
    for (number, (name, text, with_hash)) in cases.into_iter().enumerate() {
        let hashes = counted.hashes.load(Ordering::Relaxed);
        let secret = Plaintext::from(text.to_owned());
        let _ = block_on(app.check_password(name, secret, &town.origin()));
        assert_eq!(
            counted.checks.load(Ordering::Relaxed),
            number + 1,
            "{name} {text}"
        );
        let with = counted.hashes.load(Ordering::Relaxed) - hashes;
        assert_eq!(with, usize::from(with_hash), "{name} {text}");
    }
}

#[test]
fn a_password_is_good_for_one_request_without_a_session() {
    let town = Town::new();
    let origin = town.origin();
    let checked = town
        .app
        .check_password("user", password_of("user"), &origin);
    let granted = town.ignores(checked);
    let principal = town.principal("user");
    let via = Via::Password;
    assert_eq!(granted, Grant { principal, via });
}

#[test]
fn nt13_a_password_changed_while_it_is_checked_leaves_no_session_behind() {
    let town = Arc::new(Town::new());
    let change: Interruption = {
        let town = Arc::clone(&town);
        Box::new(move || {
            let edit = UserEdit {
                password: Some(password("quite another one")),
                ..UserEdit::default()
            };
            block_on(town.app.edit_user(&town.caller("admin"), "user", edit)).unwrap();
        })
    };
    let store = Arc::clone(&town.ports.store);
    let store = Arc::new(Interleaved::new(store, vec![change]));
    let app = town.app_over(|ports| ports.store = store.clone());
    let signed_in = block_on(app.login("user", password_of("user"), &town.origin()));
    assert_eq!(signed_in.map(|_| ()), Err(WRONG));
    assert_eq!(store.left(), 0);
    assert!(town.dump().sessions.is_empty());
}

/// While it checks a password, others guess at the same account.
struct Meanwhile {
    app: std::sync::OnceLock<Arc<App>>,
    user: UserId,
}

impl PasswordWork for Meanwhile {
    fn hash(
        &self,
        password: Plaintext,
        salt: [u8; 16],
    ) -> BoxFuture<'_, Result<PasswordHash, Error>> {
        QuickPasswords.hash(password, salt)
    }

    fn check(
        &self,
        password: Plaintext,
        hash: Option<PasswordHash>,
    ) -> BoxFuture<'_, Result<bool, Error>> {
        let app = self.app.get().unwrap();
        for _ in 0..app.policy.lockout.attempts {
            app.attempts.failed(self.user, second(NOW));
        }
        QuickPasswords.check(password, hash)
    }
}

#[test]
fn the_right_one_of_many_guesses_at_once_comes_too_late() {
    let town = Town::new();
    let work = Arc::new(Meanwhile {
        app: std::sync::OnceLock::new(),
        user: town.id("user"),
    });
    let app = Arc::new(town.app_over(|ports| ports.passwords = work.clone()));
    assert!(work.app.set(Arc::clone(&app)).is_ok());
    let signed_in = block_on(app.login("user", password_of("user"), &town.origin()));
    assert_eq!(signed_in.map(|_| ()), Err(LOCKED_OUT));
}

/// The user `user`, who is of the domain `lab`.
fn town_with_domain() -> Town {
    let town = Town::new();
    let profile = ProfileEdit {
        domain: Some("lab".to_owned()),
        ..ProfileEdit::default()
    };
    let edit = UserEdit {
        profile,
        ..UserEdit::default()
    };
    let _ = town.does(town.app.edit_user(&town.caller("admin"), "user", edit));
    town
}

/// spec/tanium.md 3.1 and 3.2.
#[test]
fn a_domain_is_the_users_own_or_none_and_stands_beside_the_name_or_before_it() {
    let town = town_with_domain();
    let origin = town.origin();
    for (name, domain) in [
        ("user", ""),
        ("User", "lab"),
        ("user", "LAB"),
        ("lab\\user", ""),
        ("LAB\\user", ""),
    ] {
        let login = town
            .app
            .login_in_domain(name, domain, password_of("user"), &origin);
        let done = town.does(login);
        town.keep_secret(&done.value);
        done.recorded("user", Action::Login, "user", None);
        let key = done.value.expose();
        assert!(session_key::looks_numbered(key), "{key}");
        let digest = Digest::of(key);
        let sessions = town.dump().sessions;
        let session = sessions.iter().find(|one| one.digest == digest).unwrap();
        let front = format!("{}-{}-", town.id("user"), session.number);
        assert!(key.starts_with(&front), "{key}");
        assert_eq!(session.persona, PersonaId::DEFAULT);
        assert_eq!(session.idle_timeout, jiff::SignedDuration::from_mins(5));
    }
}

#[test]
fn a_wrong_domain_is_refused_like_a_wrong_password() {
    let town = town_with_domain();
    let origin = town.origin();
    for (name, domain) in [
        ("user", "lab2"),
        ("user", "la"),
        ("user", " lab"),
        ("user", "lab\\user"),
        ("lab2\\user", ""),
        ("lab\\user", "lab2"),
        ("lab\\user", "lab"),
        ("lab\\lab\\user", ""),
        ("user\\lab", ""),
        ("lab\\", ""),
        ("lab\\admin", ""),
        ("admin", "lab"),
    ] {
        let secret = if name.ends_with("admin") {
            "admin"
        } else {
            "user"
        };
        let secret = password_of(secret);
        let refused = town.refuses(town.app.login_in_domain(name, domain, secret, &origin));
        assert_eq!(refused, WRONG, "{name} {domain}");
    }
    for (name, domain) in [("user", "lab"), ("lab\\user", "")] {
        let secret = password("but wrong");
        let refused = town.refuses(town.app.login_in_domain(name, domain, secret, &origin));
        assert_eq!(refused, WRONG, "{name} {domain}");
    }
}

/// The user `bearer` with two personas, and one of somebody else.
fn town_with_personas() -> (Town, [PersonaId; 3]) {
    let town = Town::with_bearers();
    let personas = [
        ("Reporting", "bearer", "bearer"),
        ("Watching", "viewer", "bearer"),
        ("Foreign", "bearer", "other"),
    ];
    let made = personas.map(|(name, role, user)| town.make_persona(name, &[role], &[user]));
    (town, made)
}

/// What a session is worth now.
fn refusal_of(town: &Town, key: &Plaintext) -> Option<Reason> {
    let digest = Digest::of(key.expose());
    let session = block_on(town.ports.store.session(digest)).unwrap().unwrap();
    let (world, origin) = (town.app.world(), town.origin());
    match decide(
        Credential::Session(&session),
        &world,
        origin.at,
        origin.client,
    ) {
        Verdict::Granted(grant) => {
            assert_eq!(grant.principal.persona, session.persona);
            None
        }
        Verdict::Denied(reason) => Some(reason),
    }
}

#[test]
fn from_a_session_another_is_made_in_which_one_acts_as_a_persona() {
    let (town, [reporting, watching, _]) = town_with_personas();
    let mut caller = town.signed_in("bearer");
    for (n, persona) in [reporting, watching, PersonaId::DEFAULT, reporting]
        .into_iter()
        .enumerate()
    {
        let done = town.does(town.app.login_as_persona(&caller, persona, NUMBERED));
        town.keep_secret(&done.value);
        done.recorded("bearer", Action::Login, "bearer", None);
        let words = format!("new session as persona {persona};");
        assert!(done.events[0].reason.starts_with(&words));
        assert!(session_key::looks_numbered(done.value.expose()));
        let digest = Digest::of(done.value.expose());
        let sessions = town.dump().sessions;
        assert_eq!(sessions.len(), n + 2, "the first one stays");
        let session = sessions.iter().find(|one| one.digest == digest).unwrap();
        assert_eq!(
            (session.persona, session.user),
            (persona, town.id("bearer"))
        );
        assert_eq!(session.idle_timeout, jiff::SignedDuration::from_mins(5));
        assert_eq!(refusal_of(&town, &done.value), None);
        caller = town.acting("bearer", persona, Via::Session(digest));
    }
}

/// spec/tanium.md 4.4: no token becomes a session; nor does a password that comes with each request.
#[test]
fn nothing_but_a_session_becomes_a_session() {
    let (town, [reporting, ..]) = town_with_personas();
    let session = town.signed_in("bearer");
    let hex = town.make_api_token(&session, NewApiToken::default()).token;
    let ephemeral = town.make_token("admin", Kind::Ephemeral, "bearer").id;
    for via in [Via::Token(hex.id), Via::Ephemeral(ephemeral), Via::Password] {
        let caller = town.acting("bearer", PersonaId::DEFAULT, via);
        for persona in [reporting, PersonaId::DEFAULT, PersonaId::from_number(77)] {
            let refused = town.refuses(town.app.login_as_persona(&caller, persona, NUMBERED));
            assert_eq!(refused, Error::Unauthenticated(Reason::NotASession));
        }
    }
}

#[test]
fn nobody_acts_as_a_persona_that_is_not_his() {
    let (town, [reporting, watching, foreign]) = town_with_personas();
    let admin = town.caller("admin");
    let _ = town.does(town.app.delete_persona(&admin, watching));
    let caller = town.signed_in("bearer");
    let unknown = [-1, 1, i64::MAX].map(PersonaId::from_number);
    let why = "must be a persona that you may act as";
    for persona in unknown.into_iter().chain([foreign, watching]) {
        let refused = town.refuses(town.app.login_as_persona(&caller, persona, NUMBERED));
        assert_eq!(refused, Error::invalid("persona", why));
    }
    let refused = town.refuses(town.app.login_as_persona(
        &town.signed_in("admin"),
        reporting,
        NUMBERED,
    ));
    assert_eq!(
        refused,
        Error::invalid("persona", why),
        "not even an administrator"
    );
}

#[test]
fn nt15_a_session_as_a_persona_ends_with_it_and_never_becomes_more() {
    let (town, [reporting, watching, _]) = town_with_personas();
    let caller = town.signed_in("bearer");
    let sign_in = |persona| {
        let done = town.does(town.app.login_as_persona(&caller, persona, NUMBERED));
        town.keep_secret(&done.value);
        done.value
    };
    let (as_reporting, as_watching) = (sign_in(reporting), sign_in(watching));
    town.assign(reporting, &["other"]);
    assert_eq!(
        refusal_of(&town, &as_reporting),
        Some(Reason::PersonaUnassigned)
    );
    assert_eq!(refusal_of(&town, &as_watching), None);
    town.assign(reporting, &["bearer"]);
    assert_eq!(refusal_of(&town, &as_reporting), None);
    let admin = town.caller("admin");
    let _ = town.does(town.app.delete_persona(&admin, reporting));
    assert_eq!(refusal_of(&town, &as_reporting), Some(Reason::PersonaGone));
    assert_eq!(refusal_of(&town, &as_watching), None);
}

#[test]
fn a_session_that_is_ended_meanwhile_leaves_no_other_behind() {
    let (town, [reporting, ..]) = town_with_personas();
    let town = Arc::new(town);
    let caller = town.signed_in("bearer");
    let interruption: Interruption = {
        let (town, caller) = (Arc::clone(&town), caller.clone());
        Box::new(move || block_on(town.app.logout_everywhere(&caller)).unwrap())
    };
    let store = Arc::clone(&town.ports.store);
    let store = Arc::new(Interleaved::new(store, vec![interruption]));
    let app = town.app_over(|ports| ports.store = store.clone());
    let refused = block_on(app.login_as_persona(&caller, reporting, NUMBERED)).map(|_| ());
    assert_eq!(refused, Err(Error::Unauthenticated(Reason::SessionUnknown)));
    assert_eq!(store.left(), 0);
    assert_eq!(town.dump().sessions, []);
}

#[test]
fn a_session_as_a_persona_may_have_a_plain_key_and_the_time_that_goes_with_it() {
    let (town, [reporting, ..]) = town_with_personas();
    let caller = town.signed_in("bearer");
    let opens = town
        .app
        .login_as_persona(&caller, reporting, SessionStyle::Plain);
    let key = town.does(opens).value;
    town.keep_secret(&key);
    assert!(!session_key::looks_numbered(key.expose()));
    let digest = Digest::of(key.expose());
    let sessions = town.dump().sessions;
    let session = sessions.iter().find(|one| one.digest == digest).unwrap();
    assert_eq!(session.idle_timeout, jiff::SignedDuration::from_mins(60));
}

/// One batch: nobody is left with no session, or with two.
#[test]
fn who_switches_persona_has_one_session_and_the_old_key_is_no_good() {
    let (town, [reporting, ..]) = town_with_personas();
    let caller = town.signed_in("bearer");
    let Via::Session(old) = caller.grant.via else {
        panic!("signed in without a session");
    };
    let number = town.dump().sessions[0].number;
    let made = town.make_api_token(&caller, NewApiToken::default()).token;
    let done = town.does(
        town.app
            .switch_persona(&caller, reporting, SessionStyle::Plain),
    );
    town.keep_secret(&done.value);
    done.told(&[Change::SessionEnded(old)]);
    let said: Vec<_> = done
        .events
        .iter()
        .map(|event| (event.action, event.target.as_deref(), event.persona))
        .collect();
    let default = PersonaId::DEFAULT;
    assert_eq!(
        said,
        [
            (Action::Logout, Some("bearer"), default),
            (Action::Login, Some("bearer"), reporting),
        ]
    );
    let ended = format!("session {number} ended for another persona");
    assert_eq!(done.events[0].reason, ended);
    let new = Digest::of(done.value.expose());
    let sessions = town.dump().sessions;
    let left: Vec<_> = sessions
        .iter()
        .map(|one| (one.digest, one.persona))
        .collect();
    assert_eq!(left, [(new, reporting)]);
    // NT-47: what could be seen again in the old session cannot be in the new one.
    let caller = town.acting("bearer", reporting, Via::Session(new));
    let seen = town.ignores(town.app.reveal_token(&caller, made.number));
    assert!(seen.is_none());
}

#[test]
fn nt65_only_a_session_that_stands_is_switched() {
    let (town, [reporting, _, foreign]) = town_with_personas();
    let caller = town.signed_in("bearer");
    let hex = town.make_api_token(&caller, NewApiToken::default()).token;
    let switch = |caller: &Caller, persona| {
        let style = SessionStyle::Plain;
        town.refuses(town.app.switch_persona(caller, persona, style))
    };
    let why = "must be a persona that you may act as";
    assert_eq!(switch(&caller, foreign), Error::invalid("persona", why));
    for via in [Via::Token(hex.id), Via::Password] {
        let caller = town.acting("bearer", PersonaId::DEFAULT, via);
        let refused = Error::Unauthenticated(Reason::NotASession);
        assert_eq!(switch(&caller, reporting), refused);
    }
    let _ = town.does(town.app.logout_everywhere(&caller));
    let gone = Error::Unauthenticated(Reason::SessionUnknown);
    assert_eq!(switch(&caller, reporting), gone);
}

#[test]
fn nt65_who_shows_a_token_has_not_signed_in() {
    let (town, _) = town_with_personas();
    let session = town.signed_in("bearer");
    let hex = town.make_api_token(&session, NewApiToken::default()).token;
    let ephemeral = town.make_token("admin", Kind::Ephemeral, "bearer").id;
    assert!(session.is_signed_in() && town.caller("bearer").is_signed_in());
    for via in [Via::Token(hex.id), Via::Ephemeral(ephemeral)] {
        let caller = town.acting("bearer", PersonaId::DEFAULT, via);
        assert!(!caller.is_signed_in());
    }
}
