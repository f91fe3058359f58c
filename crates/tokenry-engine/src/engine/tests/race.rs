//! The race between reading a record and revoking it: whatever a reader brings back from the store, nothing that was
//! revoked meanwhile is ever remembered (NT-01).

use std::{
    sync::{Arc, Barrier},
    task::Poll,
    thread,
};

use jiff::SignedDuration;
use tokenry_core::{
    Error,
    id::TokenId,
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
    let looked = town.store.lookups() - lookups;
    assert!(looked > 0, "what was read then is not remembered");
    second
}

/// A token of `anna` of each form.
fn tokens(town: &Town) -> [(TokenId, Plaintext); 2] {
    let (jwt, hex) = (
        town.make_token("anna", Kind::Static),
        town.api_token("anna"),
    );
    [(jwt.id, jwt.string), (hex.token.id, hex.string)]
}

#[tokio::test]
async fn nt01_a_token_revoked_while_it_is_read_is_refused_from_then_on() {
    type Act = fn(&Town, TokenId);
    let acts: [(Act, Reason); 5] = [
        (
            |town, id| town.delete("anna", Some(id)).unwrap(),
            Reason::Revoked,
        ),
        (
            |town, _| town.delete("anna", None).unwrap(),
            Reason::Revoked,
        ),
        (
            |town, _| block_on(town.app.delete_user(&town.admin(), "anna")).unwrap(),
            Reason::OwnerGone,
        ),
        (
            |town, id| town.set_status("anna", Some(id), Status::Disabled).unwrap(),
            Reason::Disabled,
        ),
        (
            |town, _| town.set_status("anna", None, Status::Disabled).unwrap(),
            Reason::Disabled,
        ),
    ];
    for (act, reason) in acts {
        for form in 0..2 {
            let town = Town::new();
            let (id, string) = &tokens(&town)[form];
            let refused =
                revoked_while_it_is_read(town, string.expose(), |town| act(town, *id)).await;
            assert_eq!(refused, Some(reason), "form {form}");
        }
    }
}

/// The old string is being read when its token is rotated: with an overlap what was read is not remembered either, or
/// the token would outlive the overlap.
#[tokio::test]
async fn nt01_a_token_rotated_while_it_is_read_ends_with_its_overlap() {
    for (minutes, refused_then) in [(0, Some(Reason::Rotated)), (1, None)] {
        let town = Arc::new(Town::new());
        let token = town.api_token("anna");
        let (arrived, release) = town.store.hold_next_lookup();
        let first = tokio::spawn({
            let (town, string) = (Arc::clone(&town), token.string.expose().to_owned());
            async move { town.engine.verify(&string, &town.origin()).await }
        });
        arrived.await.unwrap();
        let string = token.string.expose();
        town.rotate("anna", string, minutes).unwrap();
        release.send(()).unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(town.refusal(string), refused_then);
        town.advance(60);
        assert_eq!(town.refusal(string), Some(Reason::Rotated));
    }
}

/// Both have read the token before either has rotated it. Whether there is an overlap makes no difference.
#[tokio::test]
async fn of_two_who_rotate_a_token_at_once_exactly_one_wins() {
    for (first_overlap, second_overlap) in [(0, 0), (0, 5), (5, 0), (5, 5)] {
        let town = Arc::new(Town::new());
        let token = town.api_token("anna");
        let (arrived, release) = town.store.hold_next_lookup();
        let slow = tokio::spawn({
            let town = Arc::clone(&town);
            let string = Plaintext::from(token.string.expose().to_owned());
            async move {
                let overlap = SignedDuration::from_mins(first_overlap);
                let caller = town.signed_in("anna");
                town.app.rotate_token(&caller, &string, overlap).await
            }
        });
        arrived.await.unwrap();
        let string = token.string.expose();
        let fast = town.rotate("anna", string, second_overlap).unwrap();
        release.send(()).unwrap();
        let lost = slow.await.unwrap().map(|_| ());
        let case = format!("{first_overlap} {second_overlap}");
        assert_eq!(lost, Err(Error::Unauthenticated(Reason::Rotated)), "{case}");
        assert_eq!(town.refusal(fast.string.expose()), None, "{case}");
        let number = fast.token.number;
        assert_eq!(number.number(), token.token.number.number() + 1, "{case}");
        let old = (second_overlap == 0).then_some(Reason::Rotated);
        assert_eq!(town.refusal(string), old, "{case}");
    }
}

#[test]
fn of_many_threads_that_rotate_one_token_exactly_one_wins() {
    const THREADS: usize = 4;
    for round in 0..20 {
        let town = Town::new();
        let token = town.api_token("anna");
        let start = Barrier::new(THREADS);
        let outcomes: Vec<_> = thread::scope(|scope| {
            let rotate = || {
                start.wait();
                town.rotate("anna", token.string.expose(), round % 2)
            };
            let rotating: Vec<_> = (0..THREADS).map(|_| scope.spawn(rotate)).collect();
            let ends = rotating.into_iter().map(|thread| thread.join().unwrap());
            ends.collect()
        });
        let winners = outcomes.iter().flatten().count();
        assert_eq!(winners, 1, "round {round}");
        for outcome in outcomes {
            match outcome {
                Ok(new) => assert_eq!(town.refusal(new.string.expose()), None),
                Err(error) => assert_eq!(error, Error::Unauthenticated(Reason::Rotated)),
            }
        }
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
    for form in 0..2 {
        let town = Arc::new(Town::new());
        let (_, string) = &tokens(&town)[form];
        let (arrived, release) = town.store.hold_next_lookup();
        let verifying = tokio::spawn({
            let (town, string) = (Arc::clone(&town), string.expose().to_owned());
            async move { town.engine.verify(&string, &town.origin()).await }
        });
        arrived.await.unwrap();
        town.lock("anna", true);
        release.send(()).unwrap();
        let verdict = verifying.await.unwrap().unwrap().verdict;
        assert_eq!(verdict, Verdict::Denied(Reason::OwnerLocked));
    }
}

/// A verification that is given up half way (the client has gone) leaves nothing behind.
#[tokio::test]
async fn nt01_a_verification_that_is_given_up_remembers_nothing() {
    for form in 0..2 {
        let town = Town::new();
        let (id, string) = &tokens(&town)[form];
        let string = string.expose();
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
        town.delete("anna", Some(*id)).unwrap();
        assert_eq!(town.refusal(string), Some(Reason::Revoked));
    }
}
