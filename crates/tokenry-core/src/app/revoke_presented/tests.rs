//! Giving up a token by showing it: every form, every state, and what is no token.

use super::*;
use crate::{
    app::{
        NewApiToken, NewToken, Shape,
        testing::{Town, block_on, password_of},
    },
    audit::Event,
    secret::Plaintext,
    token::{Status, form::opaque::Kind as Opaque, lifetime::Wanted},
    verify::{Reason, Verdict},
};

fn revokes(town: &Town, presented: &str) -> Vec<Event> {
    let origin = town.origin();
    let done = town.does(town.app.revoke_presented(presented, &origin));
    assert_eq!(done.value, Presented::Ended);
    done.events
}

fn ignores(town: &Town, presented: &str) -> Presented {
    let origin = town.origin();
    town.ignores(town.app.revoke_presented(presented, &origin))
}

fn issued(town: &Town, shape: Shape) -> (TokenId, Plaintext) {
    let wanted = NewToken {
        shape,
        ..NewToken::default()
    };
    let admin = town.caller("admin");
    let made = town.does(town.app.issue_token(&admin, wanted)).value;
    town.keep_secret(&made.string);
    (made.token.id, made.string)
}

#[test]
fn a_token_of_any_form_ends_when_it_is_shown_and_its_user_is_named() {
    let town = Town::new();
    for shape in [
        Shape::Hex,
        Shape::Opaque(Opaque::Personal),
        Shape::Opaque(Opaque::Service),
        Shape::SplunkJwt,
    ] {
        let (id, string) = issued(&town, shape);
        let origin = town.origin();
        let done = town.does(town.app.revoke_presented(string.expose(), &origin));
        done.recorded("admin", Action::DeleteToken, "admin", Some(id));
        done.told(&[Change::TokenChanged(id)]);
        assert_eq!(done.events[0].reason, "revoked by its bearer");
        assert_eq!(town.record(id), None);
        let stone = block_on(town.ports.store.tombstone(id)).unwrap().unwrap();
        assert_eq!(stone.end.reason, EndReason::Revoked);
        assert_eq!(
            ignores(&town, string.expose()),
            Presented::Ended,
            "once more"
        );
    }
}

#[test]
fn a_token_that_cannot_be_used_now_is_ended_all_the_same() {
    let town = Town::new();
    let token = town.make_token("admin", Kind::Static, "user");
    let admin = town.caller("admin");
    let disabled = town
        .app
        .set_token_status(&admin, "user", None, Status::Disabled);
    let _ = town.does(disabled);
    let events = revokes(&town, token.string.expose());
    assert_eq!(events[0].actor, "user", "whoever made it");
    assert_eq!(town.verdict(&token), Verdict::Denied(Reason::Unknown));
}

/// What its maker may be shown once more must not outlive it.
#[test]
fn a_token_that_is_ended_is_not_shown_once_more() {
    let town = Town::with_bearers();
    let caller = town.signed_in("bearer");
    let made = town.make_api_token(&caller, NewApiToken::default());
    let _ = revokes(&town, made.string.expose());
    let again = block_on(
        town.app
            .reveal_token(&town.again(&caller), made.token.number),
    );
    assert!(again.is_err());
}

#[test]
fn nt72_what_is_over_or_never_was_ours_is_left_alone_with_the_same_answer() {
    let town = Town::new();
    let elsewhere = Town::new();
    let other = elsewhere.make_token("admin", Kind::Static, "user");
    let (_, opaque) = issued(&town, Shape::Opaque(Opaque::Personal));
    let cut = &opaque.expose()[..opaque.expose().len() - 1];
    let origin = town.origin();
    let session = town.app.login("user", password_of("user"), &origin);
    let session = town.does(session).value;
    town.keep_secret(&session);
    let id = town.dump().tokens[0].id.to_hex();
    for presented in [
        other.string.expose(),
        cut,
        session.expose(),
        &id,
        "",
        "rubbish",
        "token-",
        "tky_pat_",
        "a.b.c",
    ] {
        assert_eq!(ignores(&town, presented), Presented::Ended, "{presented}");
    }
    let again = town.dump().tokens;
    assert_eq!(again.len(), 1, "nothing was ended");
}

#[test]
fn an_expired_token_is_over_already() {
    let town = Town::new();
    let wanted = NewToken {
        life: Wanted {
            expires_on: Some("+1h"),
            ..Wanted::default()
        },
        ..NewToken::default()
    };
    let admin = town.caller("admin");
    let made = town.does(town.app.issue_token(&admin, wanted)).value;
    town.advance(3600);
    assert_eq!(ignores(&town, made.string.expose()), Presented::Ended);
    assert!(town.record(made.token.id).is_some());
}

#[test]
fn a_token_without_a_record_cannot_be_ended_alone_until_it_ends_by_itself() {
    let town = Town::new();
    let token = town.make_token("admin", Kind::Ephemeral, "user");
    let presented = token.string.expose();
    assert_eq!(ignores(&town, presented), Presented::WithoutRecord);
    town.advance(7 * 24 * 3600);
    assert_eq!(ignores(&town, presented), Presented::Ended);
}
