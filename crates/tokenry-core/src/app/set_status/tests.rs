//! Enabling and disabling: one token, all of a user's, somebody else's.

use super::*;
use crate::{
    app::{
        CreatedToken, TokensAuthEdit,
        testing::{Town, refusal},
    },
    token::form::splunk_jwt::Kind,
    verify::{Reason, Verdict},
};

/// Two tokens of `own_maker` and one of `user`.
fn town() -> (Town, [CreatedToken; 3]) {
    let town = Town::new();
    let make = |owner| town.make_token("admin", Kind::Static, owner);
    let tokens = [make("own_maker"), make("own_maker"), make("user")];
    (town, tokens)
}

fn statuses(town: &Town, tokens: &[CreatedToken; 3]) -> [Status; 3] {
    tokens
        .each_ref()
        .map(|token| town.record(token.id).unwrap().status)
}

#[test]
fn one_token_or_all_of_a_user_are_set() {
    use Status::{Disabled, Enabled};
    let (town, tokens) = town();
    let first = tokens[0].id.to_hex();
    let owner = town.id("own_maker");
    let one = || (Some(tokens[0].id), Change::TokenChanged(tokens[0].id));
    let all = || (None, Change::TokensChanged(owner));
    let steps = [
        (
            "own_maker",
            Some(&*first),
            Disabled,
            one(),
            [Disabled, Enabled, Enabled],
        ),
        (
            "admin",
            Some(&*first),
            Disabled,
            one(),
            [Disabled, Enabled, Enabled],
        ),
        ("all_maker", Some(&*first), Enabled, one(), [Enabled; 3]),
        (
            "own_maker",
            None,
            Disabled,
            all(),
            [Disabled, Disabled, Enabled],
        ),
        ("admin", None, Enabled, all(), [Enabled; 3]),
    ];
    for (caller, id, status, (token, change), expected) in steps {
        let who = town.caller(caller);
        let set = town.does(town.app.set_token_status(&who, "Own_Maker", id, status));
        set.recorded(caller, Action::UpdateToken, "own_maker", token);
        set.told(&[change]);
        assert!(set.events[0].reason.ends_with(&format!("set to {status}")));
        assert_eq!(statuses(&town, &tokens), expected);
        let denied = Verdict::Denied(Reason::Disabled);
        assert_eq!(town.verdict(&tokens[0]) == denied, expected[0] == Disabled);
    }
}

#[test]
fn nt19_a_token_of_somebody_else_is_left_alone_like_one_that_is_not_there() {
    let (town, tokens) = town();
    let foreign = tokens[2].id.to_hex();
    for id in [&*foreign, &"0".repeat(64), "nonsense", ""] {
        for caller in ["own_maker", "admin"] {
            let caller = town.caller(caller);
            let set = town
                .app
                .set_token_status(&caller, "own_maker", Some(id), Status::Disabled);
            town.ignores(set);
        }
    }
}

#[test]
fn nt18_only_who_may_make_tokens_for_a_user_may_set_his() {
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
        for (id, name) in [
            (None, "user"),
            (Some(&*id), "user"),
            (None, "ghost"),
            (None, "a:b"),
        ] {
            let who = town.caller(caller);
            let refused = town.refuses(town.app.set_token_status(&who, name, id, Status::Disabled));
            assert_eq!(refused, refusal(caller, "edit_tokens_all"));
        }
    }
    let user = town.caller("user");
    let refused = town.refuses(
        town.app
            .set_token_status(&user, "user", None, Status::Disabled),
    );
    assert_eq!(
        refused,
        refusal("user", "edit_tokens_all or edit_tokens_own")
    );
}

#[test]
fn an_unknown_user_and_tokens_turned_off_are_errors() {
    let (town, _) = town();
    let admin = town.caller("admin");
    let set = |name| {
        town.app
            .set_token_status(&admin, name, None, Status::Disabled)
    };
    for name in ["ghost", "a:b", ""] {
        assert_eq!(town.refuses(set(name)), Error::not_found("user", name));
    }
    let edit = TokensAuthEdit {
        disabled: Some(true),
        ..TokensAuthEdit::default()
    };
    let _ = town.does(town.app.edit_tokens_auth(&admin, edit));
    let off = Error::conflict("Token authentication is disabled");
    assert_eq!(town.refuses(set("ghost")), off);
}

#[test]
fn disabling_all_tokens_leaves_those_without_a_record() {
    let (town, _) = town();
    let ephemeral = town.make_token("admin", Kind::Ephemeral, "user");
    let admin = town.caller("admin");
    let _ = town.does(
        town.app
            .set_token_status(&admin, "user", None, Status::Disabled),
    );
    assert!(matches!(town.verdict(&ephemeral), Verdict::Granted(_)));
}
