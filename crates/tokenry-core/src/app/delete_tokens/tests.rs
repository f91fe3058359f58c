//! Deleting tokens: one, all of a user's, and those that have no record.

use super::*;
use crate::{
    app::{
        CreateToken, CreatedToken, NewApiToken,
        testing::{Town, block_on, refusal, refusal_to_delete},
    },
    token::{Status, form::splunk_jwt::Kind, lifetime::Wanted},
    verify::{Reason, Verdict},
};

fn exist(town: &Town, tokens: &[CreatedToken]) -> Vec<bool> {
    let exists = |token: &CreatedToken| town.record(token.id).is_some();
    tokens.iter().map(exists).collect()
}

/// Two tokens of `own_maker` and one of `user`.
fn town() -> (Town, [CreatedToken; 3]) {
    let town = Town::new();
    let make = |owner| town.make_token("admin", Kind::Static, owner);
    let tokens = [make("own_maker"), make("own_maker"), make("user")];
    (town, tokens)
}

#[test]
fn one_token_is_deleted_and_refused_at_once() {
    let (town, tokens) = town();
    let id = tokens[0].id;
    let caller = town.caller("own_maker");
    let hex = id.to_hex();
    let deleted = town.does(town.app.delete_tokens(&caller, "own_maker", Some(&hex)));
    deleted.recorded("own_maker", Action::DeleteToken, "own_maker", Some(id));
    deleted.told(&[Change::TokenChanged(id)]);
    assert_eq!(exist(&town, &tokens), [false, true, true]);
    assert_eq!(town.verdict(&tokens[0]), Verdict::Denied(Reason::Unknown));
    town.ignores(town.app.delete_tokens(&caller, "own_maker", Some(&hex)));
}

#[test]
fn all_tokens_of_a_user_are_deleted_those_without_a_record_too() {
    let (town, tokens) = town();
    let owners = ["own_maker", "user"];
    let ephemeral = owners.map(|owner| town.make_token("admin", Kind::Ephemeral, owner));
    let admin = town.caller("admin");
    let deleted = town.does(town.app.delete_tokens(&admin, "own_maker", None));
    deleted.recorded("admin", Action::DeleteToken, "own_maker", None);
    let user = town.principal("own_maker").user.clone();
    assert_eq!(user.token_epoch, 1);
    deleted.told(&[Change::TokensChanged(user.id), Change::UserPut(user)]);
    assert_eq!(exist(&town, &tokens), [false, false, true]);
    assert_eq!(
        town.verdict(&ephemeral[0]),
        Verdict::Denied(Reason::Superseded)
    );
    assert!(matches!(town.verdict(&ephemeral[1]), Verdict::Granted(_)));
    let anew = town.make_token("admin", Kind::Ephemeral, "own_maker");
    assert!(matches!(town.verdict(&anew), Verdict::Granted(_)));
}

#[test]
fn nt19_a_token_of_somebody_else_is_left_alone_like_one_that_is_not_there() {
    let (town, tokens) = town();
    let foreign = tokens[2].id.to_hex();
    for id in [&*foreign, &"0".repeat(64), "nonsense", ""] {
        for caller in ["own_maker", "admin"] {
            let caller = town.caller(caller);
            town.ignores(town.app.delete_tokens(&caller, "own_maker", Some(id)));
        }
    }
}

#[test]
fn nt18_only_who_may_make_tokens_for_a_user_may_delete_his() {
    let (town, tokens) = town();
    let id = tokens[2].id.to_hex();
    for caller in [
        "own_maker",
        "own_lister",
        "all_lister",
        "power",
        "user_editor",
        "nobody",
    ] {
        for (id, name) in [(None, "user"), (Some(&*id), "user"), (None, "ghost")] {
            let refused = town.refuses(town.app.delete_tokens(&town.caller(caller), name, id));
            assert_eq!(refused, refusal_to_delete(caller));
        }
    }
    let ghost = town.refuses(town.app.delete_tokens(&town.caller("admin"), "ghost", None));
    assert_eq!(ghost, Error::not_found("user", "ghost"));
}

/// spec/tanium.md 6.3: he may end what others hold, and that is all.
#[test]
fn who_may_revoke_tokens_deletes_those_of_others_and_does_nothing_else_to_them() {
    let town = Town::with_bearers();
    let made = ["user", "user", "bearer"].map(|name| town.make_token("admin", Kind::Static, name));
    let hex = town.make_api_token(&town.signed_in("bearer"), NewApiToken::default());
    let revoker = town.caller("revoker");
    let app = &town.app;

    for status in [Status::Disabled, Status::Enabled] {
        let refused = town.refuses(app.set_token_status(&revoker, "user", None, status));
        assert_eq!(refused, refusal("revoker", "edit_tokens_all"));
    }
    let wanted = CreateToken {
        kind: Kind::Static,
        name: Some("user"),
        audience: Some("tests"),
        life: Wanted::default(),
        status: Status::Enabled,
    };
    let refused = town.refuses(app.create_token(&revoker, wanted));
    assert_eq!(refused, refusal("revoker", "edit_tokens_all"));
    let refused = town.refuses(app.list_api_tokens(&revoker));
    assert!(matches!(refused, Error::Refused(_)), "{refused:?}");

    let one = made[0].id.to_hex();
    let deleted = town.does(app.delete_tokens(&revoker, "user", Some(&one)));
    deleted.recorded("revoker", Action::DeleteToken, "user", Some(made[0].id));
    for name in ["user", "bearer"] {
        let deleted = town.does(app.delete_tokens(&revoker, name, None));
        deleted.recorded("revoker", Action::DeleteToken, name, None);
    }
    assert_eq!(town.dump().tokens, []);
    for id in made.map(|token| token.id).into_iter().chain([hex.token.id]) {
        let stone = block_on(town.ports.store.tombstone(id)).unwrap().unwrap();
        assert_eq!(stone.end.reason, EndReason::Revoked);
    }
}
