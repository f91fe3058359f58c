//! While the store is down, what is remembered is decided and what is not is an error, never a refusal; and nothing
//! that could not be written is believed (NT-75).

use std::sync::atomic::Ordering::SeqCst;

use tokenry_core::{
    Error,
    token::{Status, form::splunk_jwt::Kind},
    verify::Reason,
};

use super::town::{Town, block_on};

fn is_unavailable<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Unavailable { .. }))
}

#[test]
fn nt75_without_a_store_the_remembered_is_decided_and_the_rest_is_unavailable() {
    let town = Town::new();
    let (warm, cold) = (
        town.make_token("anna", Kind::Static),
        town.make_token("anna", Kind::Static),
    );
    let ephemeral = town.make_token("anna", Kind::Ephemeral);
    let disabled = town.make_token("bert", Kind::Static);
    let (warm_session, cold_session) = (town.sign_in("anna"), town.sign_in("anna"));
    town.set_status("bert", Some(disabled.id), Status::Disabled)
        .unwrap();
    assert!(town.is_granted(warm.string.expose()));
    assert!(town.is_granted(warm_session.expose()));
    assert!(!town.is_granted(disabled.string.expose()));
    let [warm_hex, cold_hex, dead_hex] = [(); 3].map(|()| town.api_token("anna"));
    town.delete("anna", Some(dead_hex.token.id)).unwrap();
    assert!(town.is_granted(warm_hex.string.expose()));
    assert!(!town.is_granted(dead_hex.string.expose()));

    town.store.is_down.store(true, SeqCst);
    assert_eq!(town.refusal(warm.string.expose()), None);
    assert_eq!(town.refusal(warm_session.expose()), None);
    assert_eq!(
        town.refusal(ephemeral.string.expose()),
        None,
        "has no record"
    );
    assert_eq!(
        town.refusal(disabled.string.expose()),
        Some(Reason::Disabled),
        "a refusal is remembered, too"
    );
    assert!(is_unavailable(&town.try_to_verify(cold.string.expose())));
    assert!(is_unavailable(&town.try_to_verify(cold_session.expose())));
    assert_eq!(town.refusal(warm_hex.string.expose()), None);
    assert_eq!(
        town.refusal(dead_hex.string.expose()),
        Some(Reason::Revoked),
        "that it is dead is remembered, too"
    );
    assert!(is_unavailable(
        &town.try_to_verify(cold_hex.string.expose())
    ));
    let made_up = format!("token-{}", "a".repeat(58));
    assert_eq!(
        town.refusal(&made_up),
        Some(Reason::BadSignature),
        "needs no store"
    );

    town.store.is_down.store(false, SeqCst);
    assert_eq!(town.refusal(cold_hex.string.expose()), None);
    assert_eq!(town.refusal(cold.string.expose()), None);
    assert_eq!(town.refusal(cold_session.expose()), None);
}

#[test]
fn nt75_a_revocation_that_could_not_be_written_is_an_error_and_changes_nothing() {
    let town = Town::new();
    let token = town.make_token("anna", Kind::Static);
    let string = token.string.expose();
    let hex = town.api_token("anna");
    assert!(town.is_granted(string) && town.is_granted(hex.string.expose()));
    town.store.is_down.store(true, SeqCst);
    let delete_all = town.delete("anna", None);
    assert!(is_unavailable(&delete_all));
    assert!(is_unavailable(&town.delete("anna", Some(token.id))));
    assert!(is_unavailable(&town.set_status(
        "anna",
        None,
        Status::Disabled
    )));
    let gone = block_on(town.app.delete_user(&town.admin(), "anna"));
    assert!(is_unavailable(&gone));
    for overlap in [0, 5] {
        let rotated = town.rotate("anna", hex.string.expose(), overlap);
        assert!(is_unavailable(&rotated));
    }
    assert!(town.is_granted(string), "as it is in the store");
    assert!(town.is_granted(hex.string.expose()), "and so is this");

    town.store.is_down.store(false, SeqCst);
    assert!(town.is_granted(string));
    assert!(town.is_granted(hex.string.expose()));
    town.delete("anna", Some(token.id)).unwrap();
    assert_eq!(town.refusal(string), Some(Reason::Revoked));
}

#[test]
fn nt75_an_error_is_not_remembered_as_an_answer() {
    let town = Town::new();
    let (token, hex) = (
        town.make_token("anna", Kind::Static),
        town.api_token("anna"),
    );
    for string in [token.string.expose(), hex.string.expose()] {
        town.store.is_down.store(true, SeqCst);
        for _ in 0..3 {
            assert!(is_unavailable(&town.try_to_verify(string)));
        }
        town.store.is_down.store(false, SeqCst);
        assert_eq!(town.refusal(string), None);
        town.store.is_down.store(true, SeqCst);
        assert_eq!(town.refusal(string), None, "read once, it is remembered");
        town.store.is_down.store(false, SeqCst);
    }
}

/// A dead token whose record is looked for while the store is down is neither alive nor unknown.
#[test]
fn nt75_a_dead_token_that_is_not_remembered_is_unavailable_too() {
    let town = Town::new();
    let token = town.api_token("anna");
    town.delete("anna", Some(token.token.id)).unwrap();
    town.store.is_down.store(true, SeqCst);
    assert!(is_unavailable(&town.try_to_verify(token.string.expose())));
    town.store.is_down.store(false, SeqCst);
    assert_eq!(town.refusal(token.string.expose()), Some(Reason::Revoked));
}
