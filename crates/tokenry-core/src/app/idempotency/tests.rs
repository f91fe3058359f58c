//! The same request twice: one token, and its string only while it can be seen.

use std::sync::Arc;

use super::*;
use crate::{
    app::{
        NewToken,
        testing::{Interleaved, Town},
    },
    fake::block_on,
    verify::{Grant, Via},
};

fn key(text: &str, request: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text, Digest::of(request)).unwrap()
}

fn wanted(text: &str, request: &str) -> NewToken<'static> {
    NewToken {
        idempotency: Some(key(text, request)),
        ..NewToken::default()
    }
}

/// Somebody in a session of his own.
fn in_session(town: &Town, user: &str, session: &str) -> Caller {
    let caller = town.caller(user);
    let grant = Grant {
        principal: Arc::clone(&caller.grant.principal),
        via: Via::Session(Digest::of(session)),
    };
    Caller { grant, ..caller }
}

fn tokens(town: &Town) -> usize {
    town.dump().tokens.len()
}

#[test]
fn the_same_request_makes_one_token_and_answers_the_same_again() {
    let town = Town::new();
    let caller = in_session(&town, "admin", "one");
    let first = town
        .does(town.app.issue_token(&caller, wanted("k-1", "r")))
        .value;
    let again = town.ignores(town.app.issue_token(&caller, wanted("k-1", "r")));
    assert_eq!(again.token, first.token);
    assert_eq!(again.string.expose(), first.string.expose());
    let other = town
        .does(town.app.issue_token(&caller, wanted("k-2", "r")))
        .value;
    assert_ne!(other.token.id, first.token.id);
    let without = town.does(town.app.issue_token(&caller, NewToken::default()));
    assert_ne!(without.value.token.id, first.token.id);
    assert_eq!(tokens(&town), 3);
}

#[test]
fn what_cannot_be_shown_again_is_named() {
    let town = Town::new();
    let caller = in_session(&town, "admin", "one");
    let made = town
        .does(town.app.issue_token(&caller, wanted("k-1", "r")))
        .value;
    let expected = made_already(made.token.id);
    let elsewhere = in_session(&town, "admin", "two");
    let with_password = town.caller("admin");
    for other in [&elsewhere, &with_password] {
        let again = town.app.issue_token(other, wanted("k-1", "r"));
        assert_eq!(town.refuses(again), expected);
    }
    // Another process knows what was stored, and no strings.
    let restarted = town.app_over(|_| {});
    let again = restarted.issue_token(&caller, wanted("k-1", "r"));
    assert_eq!(town.refuses(again), expected);
    town.advance(3600);
    let later = in_session(&town, "admin", "one");
    let again = town.app.issue_token(&later, wanted("k-1", "r"));
    assert_eq!(town.refuses(again), expected);
    assert!(expected.to_string().contains(&made.token.id.to_hex()));
    assert!(!expected.to_string().contains(made.string.expose()));
}

#[test]
fn a_key_is_good_for_one_request_of_one_user() {
    let town = Town::new();
    let caller = in_session(&town, "admin", "one");
    let _ = town.does(town.app.issue_token(&caller, wanted("k-1", "r")));
    let other = town.app.issue_token(&caller, wanted("k-1", "another"));
    let expected = Error::invalid("Idempotency-Key", "was used for another request");
    assert_eq!(town.refuses(other), expected);
    let theirs = in_session(&town, "own_maker", "two");
    let _ = town.does(town.app.issue_token(&theirs, wanted("k-1", "r")));
    assert_eq!(tokens(&town), 2);
}

#[test]
fn a_key_is_forgotten_after_a_day() {
    let town = Town::new();
    let caller = in_session(&town, "admin", "one");
    let _ = town.does(town.app.issue_token(&caller, wanted("k-1", "r")));
    town.advance(24 * 3600);
    let _ = town.does(town.app.delete_old_tombstones());
    let caller = in_session(&town, "admin", "one");
    let again = town.app.issue_token(&caller, wanted("k-1", "r"));
    assert!(matches!(town.refuses(again), Error::Conflict { .. }));
    town.advance(1);
    // Even if nobody has swept it out.
    let caller = in_session(&town, "admin", "one");
    let _ = town.does(town.app.issue_token(&caller, wanted("k-1", "another")));
    assert_eq!(tokens(&town), 2);
}

#[test]
fn of_two_requests_at_once_one_makes_the_token() {
    let town = Town::new();
    let caller = in_session(&town, "admin", "one");
    let quicker = town.app_over(|_| {});
    let theirs = caller.clone();
    let interruption = Box::new(move || {
        let issued = block_on(quicker.issue_token(&theirs, wanted("k-1", "r")));
        assert!(issued.is_ok());
    });
    let app = town.app_over(|ports| {
        let store = Interleaved::new(ports.store.clone(), vec![interruption]);
        ports.store = Arc::new(store);
    });
    let slower = block_on(app.issue_token(&caller, wanted("k-1", "r")));
    let made = town.dump().tokens;
    assert_eq!(made.len(), 1);
    assert_eq!(slower.err(), Some(made_already(made[0].id)));
}

#[test]
fn only_visible_ascii_is_a_key() {
    let request = Digest::of("r");
    for good in ["k", "a-b_c.d~e:f/1", &"x".repeat(255)] {
        assert!(IdempotencyKey::parse(good, request).is_ok(), "{good}");
    }
    for bad in ["", " ", "a b", "a\tb", "ä", "a\u{7f}", &"x".repeat(256)] {
        let error = IdempotencyKey::parse(bad, request).unwrap_err();
        let Error::Invalid { field, why } = error else {
            panic!("{error:?}");
        };
        assert_eq!(field, "Idempotency-Key");
        assert_eq!(
            why,
            "must be 1 to 255 visible ASCII characters, without spaces"
        );
    }
}
