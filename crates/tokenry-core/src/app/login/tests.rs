//! Signing in: right, wrong, locked, locked out.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::*;
use crate::{
    app::{
        UserEdit,
        testing::{
            ADDRESS, Interleaved, Interruption, NOW, Town, block_on, password, password_of, second,
        },
    },
    fake::QuickPasswords,
    id::UserId,
    port::{BoxFuture, PasswordWork},
    principal::password::PasswordHash,
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
