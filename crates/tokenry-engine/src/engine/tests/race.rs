//! The race between reading a record and revoking it: whatever a reader brings back from the store, nothing that was
//! revoked meanwhile is ever remembered (NT-01).

use std::{sync::Arc, task::Poll};

use tokenry_core::{
    app::CreatedToken,
    secret::{Digest, Plaintext},
    token::{Status, form::splunk_jwt::Kind},
    verify::{Reason, Verdict},
};

use super::town::{Town, block_on};

/// Lets a first verification read from the store, then does `act`, then lets it go on; and then verifies again.
async fn revoked_while_it_is_read(
    town: Town,
    string: &str,
    act: impl FnOnce(&Town),
) -> Option<Reason> {
    let town = Arc::new(town);
    let (arrived, release) = town.store.hold_next_lookup();
    let first = tokio::spawn({
        let (town, string) = (Arc::clone(&town), string.to_owned());
        async move { town.engine.verify(&string, &town.origin()).await }
    });
    arrived.await.unwrap();
    act(&town);
    release.send(()).unwrap();
    let first = first.await.unwrap().unwrap().verdict;
    // It began before the revocation was answered, so either verdict would do; but it must have one.
    assert!(matches!(first, Verdict::Granted(_) | Verdict::Denied(_)));
    let lookups = town.store.lookups();
    let second = town.refusal(string);
    assert_eq!(
        town.store.lookups(),
        lookups + 1,
        "what was read then is not remembered"
    );
    second
}

#[tokio::test]
async fn nt01_a_token_revoked_while_it_is_read_is_refused_from_then_on() {
    type Act = fn(&Town, &CreatedToken);
    let acts: [(Act, Reason); 5] = [
        (
            |town, token| town.delete("anna", Some(token.id)).unwrap(),
            Reason::Unknown,
        ),
        (
            |town, _| town.delete("anna", None).unwrap(),
            Reason::Unknown,
        ),
        (
            |town, _| block_on(town.app.delete_user(&town.admin(), "anna")).unwrap(),
            Reason::Unknown,
        ),
        (
            |town, token| {
                town.set_status("anna", Some(token.id), Status::Disabled)
                    .unwrap();
            },
            Reason::Disabled,
        ),
        (
            |town, _| town.set_status("anna", None, Status::Disabled).unwrap(),
            Reason::Disabled,
        ),
    ];
    for (act, reason) in acts {
        let town = Town::new();
        let token = town.make_token("anna", Kind::Static);
        let refused =
            revoked_while_it_is_read(town, token.string.expose(), |town| act(town, &token)).await;
        assert_eq!(refused, Some(reason));
    }
}

#[tokio::test]
async fn nt01_a_session_ended_while_it_is_read_is_refused_from_then_on() {
    type Act = fn(&Town, &Plaintext);
    let acts: [Act; 2] = [
        |town, key| {
            let digest = Digest::of(key.expose());
            // Logging out reads the session, too; it must not be the one that is held.
            block_on(town.app.logout(&town.admin(), digest)).unwrap();
        },
        |town, _| block_on(town.app.delete_user(&town.admin(), "anna")).unwrap(),
    ];
    for act in acts {
        let town = Town::new();
        let key = town.sign_in("anna");
        let refused = revoked_while_it_is_read(town, key.expose(), |town| act(town, &key)).await;
        assert_eq!(refused, Some(Reason::SessionUnknown));
    }
}

/// However slow the store is, who has been locked out by the time it answers is not let in.
#[tokio::test]
async fn nt12_an_owner_locked_while_his_token_is_read_is_refused_there_and_then() {
    let town = Arc::new(Town::new());
    let token = town.make_token("anna", Kind::Static);
    let (arrived, release) = town.store.hold_next_lookup();
    let verifying = tokio::spawn({
        let (town, string) = (Arc::clone(&town), token.string.expose().to_owned());
        async move { town.engine.verify(&string, &town.origin()).await }
    });
    arrived.await.unwrap();
    town.lock("anna", true);
    release.send(()).unwrap();
    let verdict = verifying.await.unwrap().unwrap().verdict;
    assert_eq!(verdict, Verdict::Denied(Reason::OwnerLocked));
}

/// A verification that is given up half way (the client has gone) leaves nothing behind.
#[tokio::test]
async fn nt01_a_verification_that_is_given_up_remembers_nothing() {
    let town = Town::new();
    let token = town.make_token("anna", Kind::Static);
    let string = token.string.expose();
    let (arrived, release) = town.store.hold_next_lookup();
    {
        let origin = town.origin();
        let mut verifying = Box::pin(town.engine.verify(string, &origin));
        let first = std::future::poll_fn(|context| {
            Poll::Ready(verifying.as_mut().poll(context).is_pending())
        });
        assert!(first.await);
        arrived.await.unwrap();
    }
    drop(release);
    town.delete("anna", Some(token.id)).unwrap();
    assert_eq!(town.refusal(string), Some(Reason::Unknown));
}
