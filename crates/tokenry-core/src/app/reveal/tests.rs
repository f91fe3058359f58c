//! The second look at a token's string: by its maker, in the session that made it, for a while, and by nobody else.

use jiff::SignedDuration;

use super::*;
use crate::{
    app::{
        ApiTokensEdit, CreatedApiToken, NewApiToken, NewToken, Shape, UserEdit,
        testing::{NOW, Town, password, second},
    },
    id::PersonaId,
    token::form::opaque,
};

/// The session of `bearer`, and a token it made.
fn town() -> (Town, Caller, CreatedApiToken) {
    let town = Town::with_bearers();
    let caller = town.signed_in("bearer");
    let token = town.make_api_token(&caller, NewApiToken::default());
    (town, caller, token)
}

#[track_caller]
fn sees(town: &Town, caller: &Caller, made: &CreatedApiToken) {
    let number = made.token.number;
    let done = town.does(town.app.reveal_token(&town.again(caller), number));
    let name = made.token.subject.as_str();
    done.recorded(name, Action::RevealToken, name, Some(made.token.id));
    done.told(&[]);
    assert_eq!(done.events[0].persona, caller.principal().persona);
    let revealed = done.value.unwrap();
    assert_eq!(revealed.string.expose(), made.string.expose());
    assert_eq!(
        revealed.until,
        made.token.issued_at + SignedDuration::from_mins(5)
    );
}

/// Sees no string, though he may know the token, and leaves no trace.
#[track_caller]
fn sees_none(town: &Town, caller: &Caller, number: TokenNumber) {
    let seen = town.ignores(town.app.reveal_token(&town.again(caller), number));
    assert!(seen.is_none());
}

fn kept(town: &Town) -> usize {
    town.app.shelf.lock().len()
}

#[test]
fn nt47_its_maker_sees_it_again_for_five_minutes_and_no_second_longer() {
    let (town, caller, made) = town();
    for seconds in [0, 1, 298] {
        town.advance(seconds);
        sees(&town, &caller, &made);
    }
    assert_eq!(town.origin().at, second(NOW + 299));
    sees(&town, &caller, &made);
    town.advance(1);
    sees_none(&town, &caller, made.token.number);
}

#[test]
fn nt47_nobody_sees_it_but_in_the_session_that_made_it() {
    let (town, caller, made) = town();
    let number = made.token.number;
    sees_none(&town, &town.signed_in("bearer"), number);
    sees_none(&town, &town.caller("bearer"), number);
    sees_none(&town, &town.bearer_of(&made.token), number);
    for name in ["admin", "viewer"] {
        sees_none(&town, &town.signed_in(name), number);
        sees_none(&town, &town.caller(name), number);
    }
    for name in ["other", "revoker", "nobody"] {
        let caller = town.signed_in(name);
        let refused = town.refuses(town.app.reveal_token(&caller, number));
        assert_eq!(refused, Error::not_found("token", number.to_string()));
    }
    let none = TokenNumber::from_number(77);
    let refused = town.refuses(town.app.reveal_token(&caller, none));
    assert_eq!(refused, Error::not_found("token", "77"));
    sees(&town, &caller, &made);
}

/// A password comes with each request, so it is no session: it would be the same for everybody who uses one.
#[test]
fn nt47_what_is_made_with_a_password_in_the_request_is_seen_once() {
    let town = Town::with_bearers();
    let caller = town.caller("bearer");
    let made = town.make_api_token(&caller, NewApiToken::default());
    assert_eq!(kept(&town), 0);
    for name in ["bearer", "admin", "viewer"] {
        sees_none(&town, &town.caller(name), made.token.number);
    }
}

#[test]
fn a_token_that_makes_another_sees_it_again_too_and_only_that() {
    let (town, _, first) = town();
    let caller = town.bearer_of(&first.token);
    let made = town.make_api_token(&caller, NewApiToken::default());
    sees(&town, &caller, &made);
    sees_none(&town, &caller, first.token.number);
    sees_none(&town, &town.bearer_of(&made.token), made.token.number);
}

#[test]
fn the_audit_log_names_the_persona_that_saw_it() {
    let town = Town::with_bearers();
    let persona = town.make_persona("Reporting", &["bearer"], &["bearer"]);
    let via = town.signed_in("bearer").grant.via;
    let caller = town.acting("bearer", persona, via);
    let made = town.make_api_token(&caller, NewApiToken::default());
    assert_ne!(persona, PersonaId::DEFAULT);
    sees(&town, &caller, &made);
}

#[test]
fn nt47_a_string_that_does_not_stand_any_more_is_not_shown() {
    let (town, caller, made) = town();
    let overlap = SignedDuration::from_mins(10);
    let new = town.does(town.app.rotate_token(&caller, &made.string, overlap));
    town.keep_hex(&new.value);
    sees_none(&town, &caller, made.token.number);
    sees(&town, &caller, &new.value);

    let at_once = SignedDuration::ZERO;
    let newer = town.does(town.app.rotate_token(&caller, &new.value.string, at_once));
    town.keep_hex(&newer.value);
    let number = new.value.token.number;
    let refused = town.refuses(town.app.reveal_token(&caller, number));
    assert_eq!(refused, Error::not_found("token", number.to_string()));
    assert_eq!(kept(&town), 1, "the newest is left");

    let number = newer.value.token.number;
    let _ = town.does(town.app.delete_api_token(&caller, number));
    assert_eq!(kept(&town), 0, "nothing is left");
}

#[test]
fn nt47_with_a_timeout_of_nothing_no_string_is_kept_at_all() {
    let (town, caller, earlier) = town();
    town.set_api_tokens(ApiTokensEdit {
        visibility_timeout_in_minutes: Some(0),
        ..ApiTokensEdit::default()
    });
    let made = town.make_api_token(&caller, NewApiToken::default());
    assert_eq!(kept(&town), 1);
    sees_none(&town, &caller, made.token.number);
    sees(&town, &caller, &earlier);
}

#[test]
fn nt47_a_string_whose_time_is_over_is_wiped() {
    let (town, caller, first) = town();
    town.advance(60);
    let _ = town.make_api_token(&town.again(&caller), NewApiToken::default());
    let mut left = Vec::new();
    for seconds in [0, 239, 1, 59, 1] {
        town.advance(seconds);
        town.app.clear_shelf();
        left.push(kept(&town));
    }
    assert_eq!(left, [2, 2, 1, 1, 0]);
    sees_none(&town, &caller, first.token.number);
}

/// However many are made, no more are kept than can be; those that end first give way.
#[test]
fn the_shelf_is_never_fuller_than_it_may_be() {
    let (town, caller, _) = town();
    let shelf = Shelf::default();
    let string = Plaintext::from("a string".to_owned());
    let id = |n: usize| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&n.to_le_bytes());
        TokenId::from_bytes(bytes)
    };
    let owner = caller.id();
    for (n, seconds) in (1..).take(MOST + 1).enumerate() {
        shelf.put(&caller, (id(n), owner), &string, second(NOW + seconds));
    }
    assert_eq!(shelf.lock().len(), MOST);
    assert!(shelf.look(&caller, id(0)).is_none());
    assert!(shelf.look(&caller, id(1)).is_some() && shelf.look(&caller, id(MOST)).is_some());
    drop(town);
}

#[test]
fn nt47_by_its_id_a_token_is_seen_again_like_by_its_number() {
    let (town, caller, made) = town();
    let sees = |caller: &Caller| {
        let id = made.token.id;
        let reveals = town.app.reveal_token_of(caller, id);
        town.does(reveals).value.unwrap().string.expose() == made.string.expose()
    };
    assert!(sees(&caller));
    for name in ["other", "nobody"] {
        for id in [made.token.id, TokenId::from_bytes([9; 32])] {
            let refused = town.refuses(town.app.reveal_token_of(&town.signed_in(name), id));
            assert_eq!(refused, Error::not_found("token", id.to_hex()));
        }
    }
    for caller in [town.signed_in("bearer"), town.signed_in("admin")] {
        let shown = town.ignores(town.app.reveal_token_of(&caller, made.token.id));
        assert!(shown.is_none());
    }
    assert!(sees(&caller));
}

#[test]
fn nt47_a_token_of_any_form_is_seen_again_in_the_session_that_issued_it_and_no_other() {
    let kinds = opaque::Kind::ALL.map(Shape::Opaque);
    for shape in [Shape::Hex, Shape::SplunkJwt].into_iter().chain(kinds) {
        let town = Town::with_bearers();
        let admin = town.signed_in("admin");
        let wanted = NewToken {
            shape,
            user: Some("bearer"),
            ..NewToken::default()
        };
        let issued = town.does(town.app.issue_token(&admin, wanted)).value;
        town.keep_secret(&issued.string);
        let id = issued.token.id;
        let reveals = town.app.reveal_token_of(&admin, id);
        let string = town.does(reveals).value.unwrap().string;
        assert_eq!(string.expose(), issued.string.expose());
        for caller in [town.signed_in("bearer"), town.signed_in("admin")] {
            let shown = town.ignores(town.app.reveal_token_of(&caller, id));
            assert!(shown.is_none(), "{shape:?}");
        }
        town.advance(300);
        let shown = town.ignores(town.app.reveal_token_of(&town.again(&admin), id));
        assert!(shown.is_none(), "{shape:?}");
    }
}

/// What ends a session, and by whom.
type End = (&'static str, fn(&Town, &Caller, Digest));

#[test]
fn nt47_a_string_is_wiped_when_its_session_ends_however_it_does() {
    let ends: [End; 4] = [
        ("logout", |town, caller, digest| {
            let _ = town.does(town.app.logout(caller, digest));
        }),
        ("logout everywhere", |town, caller, _| {
            let _ = town.does(town.app.logout_everywhere(caller));
        }),
        ("a new password", |town, _, _| {
            let edit = UserEdit {
                password: Some(password("another")),
                ..UserEdit::default()
            };
            let admin = town.caller("admin");
            let _ = town.does(town.app.edit_user(&admin, "bearer", edit));
        }),
        ("deletion for a while", |town, _, _| {
            let edit = UserEdit {
                deleted: Some(true),
                ..UserEdit::default()
            };
            let admin = town.caller("admin");
            let _ = town.does(town.app.edit_user(&admin, "bearer", edit));
        }),
    ];
    for (how, end) in ends {
        let (town, caller, _) = town();
        let other = town.signed_in("other");
        let kept_on = town.make_api_token(&other, NewApiToken::default());
        let Via::Session(digest) = caller.grant.via else {
            panic!("signed in without a session");
        };
        assert_eq!(kept(&town), 2);
        end(&town, &caller, digest);
        assert_eq!(kept(&town), 1, "{how}");
        sees(&town, &other, &kept_on);
    }
}

#[test]
fn nt47_the_strings_of_all_tokens_of_a_user_are_wiped_with_them() {
    let revokes_all = |town: &Town| {
        let admin = town.caller("admin");
        let _ = town.does(town.app.delete_tokens(&admin, "bearer", None));
    };
    let deletes_him = |town: &Town| {
        let admin = town.caller("admin");
        let _ = town.does(town.app.delete_user(&admin, "bearer"));
    };
    let ways: [&dyn Fn(&Town); 2] = [&revokes_all, &deletes_him];
    for way in ways {
        let (town, _, _) = town();
        let other = town.signed_in("other");
        let _ = town.make_api_token(&other, NewApiToken::default());
        way(&town);
        assert_eq!(kept(&town), 1);
    }
}

/// Nobody can come with it any more to see them.
#[test]
fn nt47_what_a_token_made_is_wiped_with_the_token() {
    let (town, caller, first) = town();
    let _ = town.make_api_token(&town.bearer_of(&first.token), NewApiToken::default());
    assert_eq!(kept(&town), 2);
    let delete = town.app.delete_api_token(&caller, first.token.number);
    let _ = town.does(delete);
    assert_eq!(kept(&town), 0);
}
