//! Many at once: one batch, a line for each, all or nothing, and what is not there.

use std::sync::Arc;

use super::*;
use crate::{
    app::{
        CreatedToken, NewApiToken, TokensAuthEdit,
        testing::{Interleaved, Interruption, Town, block_on, refusal, refusal_to_delete},
    },
    token::form::splunk_jwt::Kind,
    verify::{Reason, Verdict},
};

/// An id that no token has.
fn none() -> TokenId {
    TokenId::from_bytes([9; 32])
}

/// Two tokens of `own_maker` and one of `user`.
fn town() -> (Town, [CreatedToken; 3]) {
    let town = Town::new();
    let make = |owner| town.make_token("admin", Kind::Static, owner);
    let tokens = [make("own_maker"), make("own_maker"), make("user")];
    (town, tokens)
}

fn ids(tokens: &[CreatedToken; 3]) -> [TokenId; 3] {
    tokens.each_ref().map(|token| token.id)
}

#[test]
fn many_tokens_are_set_in_one_batch_with_a_line_for_each() {
    let (town, tokens) = town();
    let [first, second, third] = ids(&tokens);
    for status in [Status::Disabled, Status::Enabled] {
        let asked = [first, third, none(), first, second];
        let admin = town.caller("admin");
        let done = town.does(town.app.set_status_of(&admin, &asked, status));
        let expected = Many {
            done: vec![first, third, second],
            unknown: vec![none()],
        };
        assert_eq!(done.value, expected);
        done.told(&[first, third, second].map(Change::TokenChanged));
        let lines = done.events.iter().map(|event| {
            let target = event.target.as_deref();
            (event.action, event.token, target, &*event.reason)
        });
        let reason = format!("token set to {status}");
        let line = |id, owner| (Action::UpdateToken, Some(id), Some(owner), &*reason);
        assert_eq!(
            lines.collect::<Vec<_>>(),
            [
                line(first, "own_maker"),
                line(third, "user"),
                line(second, "own_maker"),
            ]
        );
        let is_so = |id| town.record(id).unwrap().status == status;
        assert!([first, second, third].into_iter().all(is_so));
    }
}

#[test]
fn many_tokens_are_revoked_in_one_batch_with_a_line_for_each() {
    let (town, tokens) = town();
    let [first, second, third] = ids(&tokens);
    let revoker = "all_maker";
    let done = town.does(town.app.revoke(&town.caller(revoker), &[third, first]));
    assert_eq!(done.value.done, [third, first]);
    assert_eq!(done.value.unknown, []);
    done.told(&[third, first].map(Change::TokenChanged));
    for (event, id) in done.events.iter().zip([third, first]) {
        let line = (&*event.actor, event.action, event.token, &*event.reason);
        let expected = (revoker, Action::DeleteToken, Some(id), "token deleted");
        assert_eq!(line, expected);
        let tombstone = block_on(town.ports.store.tombstone(id)).unwrap().unwrap();
        assert_eq!(tombstone.end, revoked(&town.caller(revoker)));
    }
    let left = town.dump().tokens;
    assert_eq!(left.iter().map(|one| one.id).collect::<Vec<_>>(), [second]);
    assert_eq!(
        town.verdict(&tokens[0]),
        Verdict::Denied(Reason::Unknown),
        "it is gone"
    );
}

#[test]
fn nt19_what_one_may_not_see_is_unknown_like_what_is_not_there() {
    let (town, tokens) = town();
    let [first, second, third] = ids(&tokens);
    let admin = town.caller("admin");
    let unknown = |caller: &str, asked: &[TokenId]| {
        let caller = town.caller(caller);
        let revoked = town.ignores(town.app.revoke(&caller, asked));
        let off = Status::Disabled;
        let set = town.ignores(town.app.set_status_of(&caller, asked, off));
        let nothing = Many {
            done: Vec::new(),
            unknown: asked.to_vec(),
        };
        assert_eq!((&revoked, &set), (&nothing, &nothing));
    };
    for caller in ["nobody", "user_editor", "role_editor"] {
        unknown(caller, &[first, none(), second, third]);
    }
    unknown("own_maker", &[third, none()]);
    unknown("user", &[first, none()]);
    unknown("admin", &[none()]);
    let done = town.does(town.app.revoke(&town.caller("own_maker"), &[third, first]));
    assert_eq!(
        done.value,
        Many {
            done: vec![first],
            unknown: vec![third],
        }
    );
    let done = town.does(town.app.revoke(&admin, &[first, second]));
    assert_eq!(done.value.unknown, [first], "it is gone already");
}

#[test]
fn nt18_one_token_that_may_be_seen_but_not_managed_leaves_all_as_they_are() {
    let (town, tokens) = town();
    let _ = town.settle_user("mixed", &["list_tokens_all", "edit_tokens_own"]);
    let own = town.make_token("admin", Kind::Static, "mixed").id;
    let caller = town.caller("mixed");
    for asked in [[own, tokens[2].id], [tokens[2].id, own]] {
        let off = Status::Disabled;
        let refused = town.refuses(town.app.set_status_of(&caller, &asked, off));
        assert_eq!(refused, refusal("mixed", "edit_tokens_all"));
        let refused = town.refuses(town.app.revoke(&caller, &asked));
        assert_eq!(refused, refusal_to_delete("mixed"));
    }
    let user = town.caller("user");
    let refused = town.refuses(town.app.revoke(&user, &[tokens[2].id]));
    let requires = "edit_tokens_all or edit_tokens_own";
    assert_eq!(refused, refusal("user", requires), "he only lists his own");
}

/// He need not see what he may end.
#[test]
fn who_may_revoke_all_tokens_revokes_what_he_may_not_list() {
    let town = Town::with_bearers();
    let bearer = town.signed_in("bearer");
    let id = town
        .make_api_token(&bearer, NewApiToken::default())
        .token
        .id;
    let revoker = town.caller("revoker");
    let off = Status::Disabled;
    let set = town.ignores(town.app.set_status_of(&revoker, &[id], off));
    assert_eq!(set.unknown, [id], "he may not set it");
    let done = town.does(town.app.revoke(&revoker, &[id]));
    assert_eq!(done.value.done, [id]);
    // NT-47: nor is its string to be seen again.
    let seen = town.refuses(town.app.reveal_token_of(&bearer, id));
    assert_eq!(seen, Error::not_found("token", id.to_hex()));
}

#[test]
fn tokens_can_be_ended_while_token_authentication_is_off() {
    let (town, tokens) = town();
    let admin = town.caller("admin");
    let off = TokensAuthEdit {
        disabled: Some(true),
        ..TokensAuthEdit::default()
    };
    let _ = town.does(town.app.edit_tokens_auth(&admin, off));
    let [first, second, _] = ids(&tokens);
    let disabled = Status::Disabled;
    let set = town.does(town.app.set_status_of(&admin, &[first], disabled));
    assert_eq!(set.value.done, [first]);
    let revoked = town.does(town.app.revoke(&admin, &[first, second]));
    assert_eq!(revoked.value.done, [first, second]);
}

#[test]
fn nt63_a_request_names_between_one_and_a_thousand_tokens() {
    let (town, tokens) = town();
    let admin = town.caller("admin");
    let why = "must name between 1 and 1000 tokens";
    let many = vec![none(); MOST + 1];
    for asked in [&many[..], &[]] {
        let refused = town.refuses(town.app.revoke(&admin, asked));
        assert_eq!(refused, Error::invalid("ids", why));
        let set = town.app.set_status_of(&admin, asked, Status::Enabled);
        assert_eq!(town.refuses(set), Error::invalid("ids", why));
    }
    let asked = [vec![tokens[0].id], vec![none(); MOST - 1]].concat();
    let done = town.does(town.app.revoke(&admin, &asked)).value;
    assert_eq!((done.done.len(), done.unknown), (1, vec![none()]));
}

#[test]
fn a_token_that_vanishes_meanwhile_does_not_keep_the_others() {
    for vanished in 0..3 {
        let (town, tokens) = town();
        let town = Arc::new(town);
        let asked = ids(&tokens);
        let gone = asked[vanished];
        let interruption: Interruption = {
            let town = Arc::clone(&town);
            Box::new(move || {
                let admin = town.caller("admin");
                assert!(block_on(town.app.revoke(&admin, &[gone])).is_ok());
            })
        };
        let store = Arc::clone(&town.ports.store);
        let store = Arc::new(Interleaved::new(store, vec![interruption]));
        let app = town.app_over(|ports| ports.store = store.clone());
        let admin = town.caller("admin");
        let many = block_on(app.revoke(&admin, &asked)).unwrap();
        assert_eq!(store.left(), 0);
        assert_eq!(many.unknown, [gone]);
        assert_eq!(many.done.len(), 2);
        assert_eq!(town.dump().tokens, []);
    }
}
