//! Sessions: who sees and ends which.

use super::*;
use crate::app::testing::Town;

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
