//! Changes of names, notes and addresses: what is kept, what is refused, and who may.

use super::*;
use crate::{
    app::{
        IssuedToken, NewToken, Shape,
        testing::{Interleaved, Town, refusal},
    },
    token::address::Networks,
    verify::Grant,
};

use std::sync::Arc;

fn issue(town: &Town, user: &str, shape: Shape) -> IssuedToken {
    let wanted = NewToken {
        shape,
        name: "old".to_owned(),
        ..NewToken::default()
    };
    town.does(town.app.issue_token(&town.caller(user), wanted))
        .value
}

fn list(text: &str) -> Origins {
    Origins::Trusted(Networks::parse("", text).unwrap())
}

fn named(name: &str) -> TokenEdit {
    TokenEdit {
        name: Some(name.to_owned()),
        ..TokenEdit::default()
    }
}

fn by_token(town: &Town, user: &str, id: TokenId) -> Caller {
    let caller = town.caller(user);
    let principal = Arc::clone(&caller.grant.principal);
    let via = Via::Token(id);
    let grant = Grant { principal, via };
    Caller { grant, ..caller }
}

#[test]
fn an_edit_changes_what_it_names_and_tells_verifiers() {
    let town = Town::new();
    let token = issue(&town, "own_maker", Shape::Hex).token;
    let edit = TokenEdit {
        name: Some("new".to_owned()),
        notes: Some("two\nlines".to_owned()),
        audience: Some("billing".to_owned()),
        addresses: Some(list("192.0.2.0/24")),
    };
    let caller = town.caller("own_maker");
    let done = town.does(town.app.edit_token(&caller, token.id, edit));
    let expected = Token {
        name: "new".to_owned(),
        notes: "two\nlines".to_owned(),
        audience: Audience::parse("billing").unwrap(),
        origins: list("192.0.2.0/24"),
        ..token.clone()
    };
    assert_eq!(done.value, expected);
    assert_eq!(town.record(token.id), Some(expected.clone()));
    done.recorded(
        "own_maker",
        Action::UpdateToken,
        "own_maker",
        Some(token.id),
    )
    .told(&[Change::TokenChanged(token.id)]);
    assert_eq!(
        done.events[0].reason,
        "token changed: name, notes, audience from 'api' to 'billing', addresses from 'anywhere' to '192.0.2.0/24'"
    );
    let nothing = town.app.edit_token(&caller, token.id, named("new"));
    assert_eq!(town.ignores(nothing), expected);
}

#[test]
fn a_long_list_of_addresses_is_cut_in_the_audit_line() {
    let town = Town::new();
    let token = issue(&town, "admin", Shape::Hex).token;
    let many: Vec<String> = (0..100).map(|n| format!("192.0.2.{n}")).collect();
    let edit = TokenEdit {
        addresses: Some(list(&many.join(","))),
        ..TokenEdit::default()
    };
    let done = town.does(town.app.edit_token(&town.caller("admin"), token.id, edit));
    let reason = &done.events[0].reason;
    assert!(
        reason.chars().count() < 300 && reason.ends_with("…'"),
        "{reason}"
    );
}

#[test]
fn nt19_a_token_of_another_looks_like_none() {
    let town = Town::new();
    let token = issue(&town, "admin", Shape::Hex).token;
    let unknown = TokenId::from_bytes([9; 32]);
    for user in ["own_maker", "nobody"] {
        let caller = town.caller(user);
        for id in [token.id, unknown] {
            let missing = Error::not_found("token", id.to_hex());
            let edited = town.app.edit_token(&caller, id, named("x"));
            assert_eq!(town.refuses(edited), missing);
            assert_eq!(town.refuses(town.app.token_for(&caller, id)), missing);
        }
    }
    let lister = town.caller("all_lister");
    assert_eq!(town.ignores(town.app.token_for(&lister, token.id)), token);
    let edited = town.app.edit_token(&lister, token.id, named("x"));
    assert_eq!(
        town.refuses(edited),
        refusal("all_lister", "edit_tokens_all")
    );
}

#[test]
fn nt21_who_comes_with_a_token_widens_nothing() {
    let town = Town::new();
    let token = issue(&town, "own_maker", Shape::Hex).token;
    let caller = by_token(&town, "own_maker", token.id);
    let wider = [
        TokenEdit {
            addresses: Some(Origins::Trusted(Networks::default())),
            ..TokenEdit::default()
        },
        TokenEdit {
            audience: Some("other".to_owned()),
            ..named("x")
        },
    ];
    for edit in wider {
        let edited = town.app.edit_token(&caller, token.id, edit);
        let error = town.refuses(edited);
        assert!(matches!(error, Error::Refused(_)), "{error:?}");
    }
    let edited = town.does(town.app.edit_token(&caller, token.id, named("x")));
    assert_eq!(edited.value.name, "x");
}

#[test]
fn the_audience_of_a_jwt_is_signed_and_stays() {
    let town = Town::new();
    let token = issue(&town, "admin", Shape::SplunkJwt).token;
    let caller = town.caller("admin");
    let edit = |audience: &str| TokenEdit {
        audience: Some(audience.to_owned()),
        ..named("x")
    };
    let refused = town.refuses(town.app.edit_token(&caller, token.id, edit("other")));
    let is_of_audience = matches!(
        refused,
        Error::Invalid {
            field: "audience",
            ..
        }
    );
    assert!(is_of_audience, "{refused:?}");
    let same = edit(token.audience.as_str());
    let edited = town.does(town.app.edit_token(&caller, token.id, same));
    assert_eq!(edited.value.name, "x");
}

#[test]
fn what_is_not_allowed_in_a_new_token_is_not_allowed_in_an_old_one() {
    let town = Town::new();
    let token = issue(&town, "admin", Shape::Hex).token;
    let caller = town.caller("admin");
    let edits = [
        named("a\nb"),
        named(&"x".repeat(256)),
        TokenEdit {
            notes: Some("x".repeat(4097)),
            ..TokenEdit::default()
        },
        TokenEdit {
            audience: Some(" ".to_owned()),
            ..TokenEdit::default()
        },
    ];
    for edit in edits {
        let error = town.refuses(town.app.edit_token(&caller, token.id, edit));
        assert!(matches!(error, Error::Invalid { .. }), "{error:?}");
    }
}

#[test]
fn of_two_who_edit_at_once_the_second_is_told() {
    let town = Town::new();
    let token = issue(&town, "admin", Shape::Hex).token;
    let caller = town.caller("admin");
    let first = town.app_over(|_| {});
    let (theirs, id) = (caller.clone(), token.id);
    let interruption = Box::new(move || {
        let edited = first.edit_token(&theirs, id, named("first"));
        crate::fake::block_on(edited).unwrap();
    });
    let app = town.app_over(|ports| {
        let store = Interleaved::new(ports.store.clone(), vec![interruption]);
        ports.store = Arc::new(store);
    });
    let second = crate::fake::block_on(app.edit_token(&caller, token.id, named("second")));
    let expected = Error::conflict("somebody else changed the token meanwhile");
    assert_eq!(second, Err(expected));
    assert_eq!(town.record(token.id).unwrap().name, "first");
}
