//! Sessions: who sees and ends which.

use super::*;
use crate::app::{SessionStyle, testing::Town};

#[test]
fn a_user_sees_his_own_live_sessions_and_an_editor_of_users_all_newest_first() {
    let town = Town::new();
    let _ = town.sign_in("user");
    town.advance(1800);
    let users = town.sign_in("user");
    town.advance(1800);
    let admins = town.sign_in("admin");
    let listed = |caller: &str| {
        let sessions = town.ignores(town.app.list_sessions(&town.caller(caller)));
        let digests = sessions.iter().map(|session| session.digest);
        digests.collect::<Vec<_>>()
    };
    assert_eq!(listed("user"), [users]);
    assert_eq!(listed("admin"), [admins, users]);
    assert_eq!(listed("user_editor"), [admins, users]);
    assert_eq!(listed("nobody"), []);
}

#[test]
fn a_session_ends_for_its_user_and_for_an_editor_of_users() {
    let town = Town::new();
    for caller in ["user", "user_editor", "admin"] {
        let digest = town.sign_in("user");
        let kept = town.sign_in("user");
        let ended = town.does(town.app.logout(&town.caller(caller), digest));
        ended.recorded(caller, Action::Logout, "user", None);
        ended.told(&[Change::SessionEnded(digest)]);
        let left = town.dump().sessions;
        assert!(left.iter().any(|session| session.digest == kept));
        assert!(left.iter().all(|session| session.digest != digest));
    }
}

#[test]
fn nt19_a_session_of_somebody_else_looks_like_none() {
    let town = Town::new();
    let digest = town.sign_in("admin");
    for caller in ["user", "role_editor", "all_maker", "nobody"] {
        for digest in [digest, Digest::of("of no session")] {
            let refused = town.refuses(town.app.logout(&town.caller(caller), digest));
            assert_eq!(refused, Error::not_found("session", ""));
        }
    }
}

#[test]
fn all_sessions_of_the_caller_end_at_once_and_nobody_elses() {
    let town = Town::new();
    let _ = town.settle_user("bearer", &["use token"]);
    let persona = town.make_persona("Reporting", &["bearer"], &["bearer"]);
    let caller = town.signed_in("bearer");
    let another = town.does(
        town.app
            .login_as_persona(&caller, persona, SessionStyle::Plain),
    );
    town.keep_secret(&another.value);
    let _ = town.sign_in("bearer");
    let kept = ["user", "admin"].map(|name| town.sign_in(name));
    let user = town.id("bearer");
    let ended = town.does(town.app.logout_everywhere(&caller));
    ended.recorded("bearer", Action::Logout, "bearer", None);
    ended.told(&[Change::SessionsEnded(user)]);
    assert_eq!(ended.events[0].object, Some(user.number()));
    let mut left: Vec<_> = town
        .dump()
        .sessions
        .iter()
        .map(|session| session.digest)
        .collect();
    left.sort_by_key(|digest| *digest != kept[0]);
    assert_eq!(left, kept);
}

/// Whoever is let in at all may end his own sessions; that there are none is nothing to complain about.
#[test]
fn anybody_may_end_all_his_sessions() {
    let town = Town::new();
    for name in ["nobody", "user", "nobody"] {
        let ended = town.does(town.app.logout_everywhere(&town.caller(name)));
        ended.told(&[Change::SessionsEnded(town.id(name))]);
    }
}
