//! Listing tokens: who sees what.

use super::*;
use crate::{
    app::{
        TokensAuthEdit,
        testing::{Town, block_on, refusal},
    },
    port::{Column, Pattern},
    token::form::splunk_jwt::Kind,
};

/// A town in which `admin`, `own_maker` and `user` have one, two and three tokens.
fn town() -> Town {
    let town = Town::new();
    for (owner, count) in [("admin", 1), ("own_maker", 2), ("user", 3)] {
        for _ in 0..count {
            town.make_token("admin", Kind::Static, owner);
        }
    }
    town
}

fn of(username: &str) -> ListTokens<'_> {
    ListTokens {
        username: Some(username),
        ..ListTokens::default()
    }
}

fn lists(town: &Town, caller: &str, wanted: ListTokens<'_>) -> Page<Token> {
    town.ignores(town.app.list_tokens(&town.caller(caller), wanted))
}

/// spec/splunk.md 2.3: how many tokens each caller sees of all, his own, another's and nobody's; `None` is refused.
#[test]
fn who_may_list_what() {
    let rows = [
        ("admin", [Some(6), Some(1), Some(3), Some(0)]),
        ("all_maker", [Some(6), Some(0), Some(3), Some(0)]),
        ("all_lister", [Some(6), Some(0), Some(3), Some(0)]),
        ("own_maker", [None, Some(2), None, None]),
        ("own_lister", [None, Some(0), None, None]),
        ("power", [None, Some(0), None, None]),
        ("nobody", [None, None, None, None]),
        ("user_editor", [None, None, None, None]),
        ("role_editor", [None, None, None, None]),
    ];
    let town = town();
    for (name, expected) in rows {
        let wishes = [ListTokens::default(), of(name), of("user"), of("ghost")];
        for (number, (wanted, expected)) in wishes.into_iter().zip(expected).enumerate() {
            if let Some(count) = expected {
                assert_eq!(lists(&town, name, wanted).total, count, "{name} {number}");
                continue;
            }
            let requires = if number == 1 {
                "edit_tokens_all or list_tokens_all or edit_tokens_own or list_tokens_own"
            } else {
                "edit_tokens_all or list_tokens_all"
            };
            let refused = town.refuses(town.app.list_tokens(&town.caller(name), wanted));
            assert_eq!(refused, refusal(name, requires), "{number}");
        }
    }
}

#[test]
fn conditions_add_up_and_what_does_not_exist_is_an_empty_page() {
    let town = town();
    let all = lists(&town, "admin", of("user")).items;
    let id = all[0].id.to_hex();
    let disable = (Some(id.as_str()), Status::Disabled);
    let admin = town.caller("admin");
    let _ = town.does(
        town.app
            .set_token_status(&admin, "user", disable.0, disable.1),
    );
    let found = |username, id, status| {
        let wanted = ListTokens {
            username,
            id,
            status,
            ..ListTokens::default()
        };
        lists(&town, "admin", wanted).total
    };
    let (user, id, disabled) = (Some("user"), Some(id.as_str()), Some(Status::Disabled));
    let unknown = "0".repeat(64);
    assert_eq!(found(user, None, None), 3);
    assert_eq!(found(user, None, disabled), 1);
    assert_eq!(found(None, id, None), 1);
    assert_eq!(found(user, id, disabled), 1);
    assert_eq!(found(user, id, Some(Status::Enabled)), 0);
    assert_eq!(found(Some("own_maker"), id, None), 0);
    assert_eq!(found(None, Some(&unknown), None), 0);
    assert_eq!(found(None, Some("not an id"), None), 0);
    assert_eq!(found(Some("not a name"), None, None), 0);
    assert_eq!(found(Some("USER"), None, None), 3);
}

#[test]
fn terms_order_and_page_are_passed_on() {
    let town = town();
    let wanted = ListTokens {
        terms: vec![Term {
            column: Some(Column::Subject),
            pattern: Pattern::Contains("MAKE".to_owned()),
        }],
        sort: Sort {
            descending: true,
            ..Sort::default()
        },
        limit: Some(1),
        offset: 1,
        ..ListTokens::default()
    };
    let page = lists(&town, "admin", wanted);
    let mut all = lists(&town, "admin", of("own_maker")).items;
    all.truncate(1);
    assert_eq!((page.items, page.total), (all, 2));
}

#[test]
fn nt19_a_token_that_one_may_not_see_looks_like_none() {
    let town = town();
    let mine = lists(&town, "admin", of("own_maker")).items.remove(0);
    let foreign = lists(&town, "admin", of("user")).items.remove(0);
    let found = |caller: &str, id: &str| town.ignores(town.app.token(&town.caller(caller), id));
    let (mine_id, foreign_id) = (mine.id.to_hex(), foreign.id.to_hex());
    for caller in ["own_maker", "own_lister", "nobody"] {
        for id in [&*foreign_id, &"0".repeat(64), "nonsense", ""] {
            assert_eq!(found(caller, id), None, "{caller} {id}");
        }
    }
    assert_eq!(found("own_maker", &mine_id), Some(mine));
    for caller in ["user", "all_lister", "all_maker", "admin"] {
        assert_eq!(
            found(caller, &foreign_id),
            Some(foreign.clone()),
            "{caller}"
        );
    }
}

#[test]
fn nothing_is_listed_while_tokens_are_off() {
    let town = town();
    let edit = TokensAuthEdit {
        disabled: Some(true),
        ..TokensAuthEdit::default()
    };
    let admin = town.caller("admin");
    let _ = town.does(town.app.edit_tokens_auth(&admin, edit));
    let off = Error::conflict("Token authentication is disabled");
    assert_eq!(town.refuses(town.app.list_tokens(&admin, of("user"))), off);
    let one = block_on(town.app.token(&admin, "x"));
    assert_eq!(one, Err(off));
}
