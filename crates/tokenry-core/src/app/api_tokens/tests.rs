//! API tokens: made with what, by whom, as which persona; seen and deleted by whom.

use super::*;
use crate::{
    app::{
        ApiTokensEdit, TokensAuthEdit, UserEdit,
        testing::{NOW, Town, refusal, refusal_to_delete, second},
    },
    change::Change,
    token::{
        Brief, Status,
        form::{hex::PREFIX, splunk_jwt::Kind},
    },
    verify::{Check, Reason},
};

const DAY: i64 = 86_400;

fn for_days(days: i64) -> NewApiToken {
    NewApiToken {
        days: Some(days),
        ..NewApiToken::default()
    }
}

fn as_persona(persona: PersonaId) -> NewApiToken {
    NewApiToken {
        persona: Some(persona),
        ..NewApiToken::default()
    }
}

fn numbers(tokens: &[Token]) -> Vec<i64> {
    tokens.iter().map(|token| token.number.number()).collect()
}

#[test]
fn a_token_made_with_nothing_said_has_every_default() {
    let town = Town::with_bearers();
    let caller = town.signed_in("bearer");
    let made = town.does(town.app.create_api_token(&caller, NewApiToken::default()));
    town.keep_hex(&made.value);
    let token = &made.value.token;
    made.recorded("bearer", Action::CreateToken, "bearer", Some(token.id));
    made.told(&[]);
    assert_eq!(
        made.events[0].reason,
        "hex token as persona 0, expires 2023-11-21T22:13:20Z"
    );
    let expected = Token {
        id: token.id,
        number: TokenNumber::from_number(1),
        form: Form::Hex,
        owner: town.id("bearer"),
        persona: PersonaId::DEFAULT,
        subject: town.principal("bearer").user.name.clone(),
        audience: Audience::parse("tanium").unwrap(),
        issuer: "bearer from sh01".to_owned(),
        identity_provider: "Splunk".to_owned(),
        key_id: "splunk.secret".to_owned(),
        version: town.app.policy().jwt_version,
        issued_at: second(NOW),
        not_before: second(NOW),
        expires: Some(second(NOW + 7 * DAY)),
        status: Status::Enabled,
        last_used: None,
        name: String::new(),
        notes: String::new(),
        origins: Origins::Trusted(Networks::default()),
        days: Some(7),
        scope: None,
        rate: None,
        replaced_by: None,
    };
    assert_eq!(*token, expected);
    assert_eq!(town.dump().tokens, [expected]);
    let string = made.value.string.expose();
    assert_eq!((string.len(), string.starts_with(PREFIX)), (64, true));
    assert_eq!(hex::read(&town.ports.keys, string), Ok(token.id));
}

#[test]
fn a_token_has_what_was_said() {
    let town = Town::with_bearers();
    let persona = town.make_persona("Reporting", &["bearer"], &["bearer"]);
    let wanted = NewApiToken {
        persona: Some(persona),
        days: Some(30),
        name: "exporter".to_owned(),
        notes: "nightly\nexport\tto the archive".to_owned(),
        trusted: Networks::parse("", "198.51.100.7,203.0.113.0/24").unwrap(),
    };
    let caller = town.signed_in("bearer");
    let token = town.make_api_token(&caller, wanted.clone()).token;
    assert_eq!(
        (token.persona, token.days, &token.name, &token.notes),
        (persona, Some(30), &wanted.name, &wanted.notes)
    );
    assert_eq!(token.origins, Origins::Trusted(wanted.trusted));
    assert_eq!(token.expires, Some(second(NOW + 30 * DAY)));
    assert_eq!(town.dump().tokens, [token]);
}

#[test]
fn a_token_stands_as_soon_as_it_is_made_but_is_trusted_nowhere_unless_somebody_says_so() {
    let town = Town::with_bearers();
    let caller = town.signed_in("bearer");
    let made = town.make_api_token(&caller, NewApiToken::default()).token;
    let (world, origin) = (town.app.world(), town.origin());
    let fails = |check: &Check| {
        check
            .of(&Brief::from(&made), &world, origin.at, origin.client)
            .err()
    };
    let failed: Vec<_> = Check::ALL.iter().filter_map(fails).collect();
    assert_eq!(failed, [Reason::AddressNotTrusted]);
}

#[test]
fn nt26_a_token_lives_for_one_day_to_the_maximum_and_nothing_else() {
    let town = Town::with_bearers();
    let caller = town.signed_in("bearer");
    for days in [1, 2, 365] {
        let token = town.make_api_token(&caller, for_days(days)).token;
        assert_eq!(token.expires, Some(second(NOW + days * DAY)));
        assert_eq!(token.days.map(i64::from), Some(days));
    }
    let wraps = i64::from(u32::MAX) + 2;
    for days in [0, -1, 366, 36_500, wraps, i64::MAX, i64::MIN] {
        let refused = town.refuses(town.app.create_api_token(&caller, for_days(days)));
        let why = "must be between 1 and 365";
        assert_eq!(refused, Error::invalid("expire_in_days", why), "{days}");
    }
}

#[test]
fn nt26_the_default_never_exceeds_the_maximum() {
    let town = Town::with_bearers();
    let caller = town.signed_in("bearer");
    town.set_api_tokens(ApiTokensEdit {
        expiration_in_days: Some(90),
        max_expiration_in_days: Some(5),
        ..ApiTokensEdit::default()
    });
    let token = town.make_api_token(&caller, NewApiToken::default()).token;
    assert_eq!(token.days, Some(5));
    let refused = town.refuses(town.app.create_api_token(&caller, for_days(6)));
    let why = "must be between 1 and 5";
    assert_eq!(refused, Error::invalid("expire_in_days", why));
    town.set_api_tokens(ApiTokensEdit {
        max_expiration_in_days: Some(36_500),
        ..ApiTokensEdit::default()
    });
    for (wanted, days) in [(NewApiToken::default(), 90), (for_days(36_500), 36_500)] {
        let token = town.make_api_token(&caller, wanted).token;
        assert_eq!(token.days, Some(days));
    }
}

#[test]
fn changed_settings_touch_only_tokens_made_later() {
    let town = Town::with_bearers();
    let caller = town.signed_in("bearer");
    let before = town.make_api_token(&caller, for_days(300));
    town.set_api_tokens(ApiTokensEdit {
        expiration_in_days: Some(30),
        max_expiration_in_days: Some(60),
        string_length: Some(100),
        ..ApiTokensEdit::default()
    });
    assert_eq!(town.record(before.token.id), Some(before.token));
    let after = town.make_api_token(&caller, NewApiToken::default());
    assert_eq!(after.token.days, Some(30));
    assert_eq!(after.string.expose().len(), 100);
    assert!(hex::read(&town.ports.keys, before.string.expose()).is_ok());
}

#[test]
fn a_string_is_as_long_as_the_setting_says_odd_lengths_too() {
    let town = Town::with_bearers();
    let caller = town.signed_in("bearer");
    for length in [64, 65, 134, 777, 1023, 1024] {
        town.set_api_tokens(ApiTokensEdit {
            string_length: Some(length),
            ..ApiTokensEdit::default()
        });
        let made = town.make_api_token(&caller, NewApiToken::default());
        let string = made.string.expose();
        assert_eq!(i64::try_from(string.len()), Ok(length));
        assert_eq!(hex::read(&town.ports.keys, string), Ok(made.token.id));
    }
}

#[test]
fn nt63_names_and_notes_have_a_limit() {
    let town = Town::with_bearers();
    let caller = town.signed_in("bearer");
    let with = |name: &str, notes: &str| NewApiToken {
        name: name.to_owned(),
        notes: notes.to_owned(),
        ..NewApiToken::default()
    };
    let longest = ["é".repeat(Token::MAX_NAME), "é".repeat(Token::MAX_NOTES)];
    for (name, notes) in [(&*longest[0], &*longest[1]), ("", "two\r\nlines")] {
        let _ = town.make_api_token(&caller, with(name, notes));
    }
    let too_long = longest.map(|text| text + "e");
    for (field, name, notes) in [
        ("name", &*too_long[0], ""),
        ("name", "two\nlines", ""),
        ("name", "a\u{200b}b", ""),
        ("notes", "", &*too_long[1]),
        ("notes", "", "\u{1b}[31mred"),
        ("notes", "", "nothing\0"),
    ] {
        let error = town.refuses(town.app.create_api_token(&caller, with(name, notes)));
        let is_it = matches!(error, Error::Invalid { field: it, .. } if it == field);
        assert!(is_it, "{field}: {error:?}");
    }
}

#[test]
fn a_token_is_bound_to_a_persona_of_ones_own_only() {
    let town = Town::with_bearers();
    let own = town.make_persona("Own", &["bearer"], &["bearer"]);
    let foreign = town.make_persona("Foreign", &["bearer"], &["other"]);
    let deleted = town.make_persona("Deleted", &["bearer"], &["bearer"]);
    let admin = town.caller("admin");
    let _ = town.does(town.app.delete_persona(&admin, deleted));
    let caller = town.signed_in("bearer");
    let unknown = [i64::MIN, -1, 1, own.number() + 1000, i64::MAX].map(PersonaId::from_number);
    let why = "must be a persona that you may act as";
    for persona in unknown.into_iter().chain([foreign, deleted]) {
        let refused = town.refuses(town.app.create_api_token(&caller, as_persona(persona)));
        assert_eq!(refused, Error::invalid("as_persona", why), "{persona}");
    }
    let refused = town.refuses(town.app.create_api_token(&admin, as_persona(own)));
    let administrator = "not even for an administrator, who could";
    assert_eq!(
        refused,
        Error::invalid("as_persona", why),
        "{administrator}"
    );
    for persona in [own, PersonaId::DEFAULT] {
        let token = town.make_api_token(&caller, as_persona(persona)).token;
        assert_eq!(token.persona, persona);
    }
}

#[test]
fn a_session_as_a_persona_makes_tokens_of_that_persona_unless_it_says_otherwise() {
    let town = Town::with_bearers();
    let persona = town.make_persona("Own", &["bearer"], &["bearer"]);
    let another = town.make_persona("Another", &["bearer", "viewer"], &["bearer"]);
    let via = town.signed_in("bearer").grant.via;
    let caller = town.acting("bearer", persona, via);
    let token = town.make_api_token(&caller, NewApiToken::default()).token;
    assert_eq!(token.persona, persona);
    for chosen in [PersonaId::DEFAULT, another] {
        let token = town.make_api_token(&caller, as_persona(chosen)).token;
        assert_eq!(token.persona, chosen);
    }
}

#[test]
fn nt21_a_token_makes_none_that_may_do_more_than_itself() {
    let town = Town::with_bearers();
    let personas: [(&str, &[&str]); 5] = [
        ("Bearer", &["bearer"]),
        ("Same", &["bearer"]),
        ("Fewer", &[]),
        ("More", &["bearer", "viewer"]),
        ("All", &["admin"]),
    ];
    let [bearer, same, fewer, more, all] =
        personas.map(|(name, roles)| town.make_persona(name, roles, &["bearer"]));
    let session = town.signed_in("bearer");
    let refuses = |caller: &Caller, persona| {
        let refused = town.refuses(town.app.create_api_token(caller, as_persona(persona)));
        assert!(matches!(refused, Error::Refused(_)), "{refused:?}");
    };
    let first = town.make_api_token(&session, as_persona(bearer)).token;
    let caller = town.bearer_of(&first);
    let made = town.make_api_token(&caller, NewApiToken::default()).token;
    assert_eq!(made.persona, bearer, "its own, if nothing is said");
    for persona in [bearer, same, fewer] {
        let made = town.make_api_token(&caller, as_persona(persona)).token;
        assert_eq!(made.persona, persona);
    }
    for depth in 0..3 {
        refuses(&caller, more);
        refuses(&caller, all);
        let wanted = as_persona([bearer, same][depth % 2]);
        let deeper = town.bearer_of(&town.make_api_token(&caller, wanted).token);
        refuses(&deeper, more);
        refuses(&deeper, all);
    }
    let above = town.make_api_token(&session, as_persona(more)).token;
    let caller = town.bearer_of(&above);
    for persona in [bearer, more] {
        let made = town.make_api_token(&caller, as_persona(persona)).token;
        assert_eq!(made.persona, persona);
    }
    refuses(&caller, all);
    let default = town.make_api_token(&session, NewApiToken::default()).token;
    refuses(&town.bearer_of(&default), more);
}

/// spec/tanium.md 6.3: what a holder of `use token` may do for himself, and nobody else.
#[test]
fn who_may_not_use_tokens_makes_sees_and_deletes_none() {
    let town = Town::with_bearers();
    let own = "edit_tokens_all or edit_tokens_own";
    let list = "edit_tokens_all or list_tokens_all or edit_tokens_own or list_tokens_own";
    let (app, none) = (&town.app, TokenNumber::from_number(1));
    for name in ["nobody", "role_editor", "user_editor"] {
        let caller = town.signed_in(name);
        let refused = town.refuses(app.create_api_token(&caller, NewApiToken::default()));
        assert_eq!(refused, refusal(name, own));
        let refused = town.refuses(app.list_api_tokens(&caller));
        assert_eq!(refused, refusal(name, list));
        let refused = town.refuses(app.list_own_api_tokens(&caller));
        assert_eq!(refused, refusal(name, list));
        assert_eq!(town.refuses(app.api_token(&caller, none)), unknown(none));
        let deleted = app.delete_api_token(&caller, none);
        assert_eq!(town.refuses(deleted), unknown(none));
    }
    for name in ["viewer", "revoker"] {
        let caller = town.signed_in(name);
        let refused = town.refuses(app.create_api_token(&caller, NewApiToken::default()));
        assert_eq!(refused, refusal(name, own));
    }
}

/// One of `bearer`, one of `other`, and the numbers of both.
fn two_tokens() -> (Town, [TokenNumber; 2]) {
    let town = Town::with_bearers();
    let numbers = ["bearer", "other"].map(|name| {
        let caller = town.signed_in(name);
        let made = town.make_api_token(&caller, NewApiToken::default());
        made.token.number
    });
    (town, numbers)
}

#[test]
fn one_sees_ones_own_tokens_and_whoever_may_view_tokens_sees_all() {
    let (town, _) = two_tokens();
    let cases: [(&str, &[i64], &[i64]); 4] = [
        ("bearer", &[1], &[1]),
        ("other", &[2], &[2]),
        ("viewer", &[1, 2], &[]),
        ("admin", &[1, 2], &[]),
    ];
    for (name, all, own) in cases {
        let caller = town.signed_in(name);
        let seen = town.ignores(town.app.list_api_tokens(&caller));
        assert_eq!(numbers(&seen), all, "{name}");
        let seen = town.ignores(town.app.list_own_api_tokens(&caller));
        assert_eq!(numbers(&seen), own, "{name}");
    }
}

#[test]
fn nt06_a_list_holds_tokens_of_every_form_disabled_ones_and_those_of_locked_users() {
    let (town, _) = two_tokens();
    let _ = town.make_token("admin", Kind::Static, "bearer");
    let admin = town.caller("admin");
    let off = Status::Disabled;
    let _ = town.does(town.app.set_token_status(&admin, "bearer", None, off));
    let lock = UserEdit {
        locked: Some(true),
        ..UserEdit::default()
    };
    let _ = town.does(town.app.edit_user(&admin, "other", lock));
    let seen = town.ignores(town.app.list_api_tokens(&town.caller("viewer")));
    assert_eq!(numbers(&seen), [1, 2, 3]);
}

#[test]
fn nt19_a_token_that_one_may_not_see_looks_like_one_that_does_not_exist() {
    let (town, [of_bearer, of_other]) = two_tokens();
    let none = [0, 77, -1, i64::MAX].map(TokenNumber::from_number);
    let app = &town.app;
    for name in ["bearer", "nobody", "revoker"] {
        let caller = town.signed_in(name);
        for number in none.into_iter().chain([of_other]) {
            let seen = town.refuses(app.api_token(&caller, number));
            assert_eq!(seen, unknown(number), "{name}");
            if name != "revoker" {
                let deleted = town.refuses(app.delete_api_token(&caller, number));
                assert_eq!(deleted, unknown(number), "{name}");
            }
        }
    }
    for name in ["viewer", "admin"] {
        let seen = town.ignores(app.api_token(&town.caller(name), of_bearer));
        assert_eq!(seen.number, of_bearer);
    }
    // He may know that it is there; so he is told what he lacks.
    let deleted = town.refuses(app.delete_api_token(&town.caller("viewer"), of_bearer));
    assert_eq!(deleted, refusal_to_delete("viewer"));
    let deleted = town.refuses(app.delete_api_token(&town.caller("viewer"), none[0]));
    assert_eq!(deleted, unknown(none[0]));
}

#[test]
fn a_token_is_deleted_by_its_user_and_by_whoever_may_revoke_tokens() {
    for name in ["bearer", "revoker", "admin"] {
        let (town, [number, others]) = two_tokens();
        let caller = town.signed_in(name);
        let deleted = town.does(town.app.delete_api_token(&caller, number));
        let token = &deleted.value;
        assert_eq!(token.number, number);
        deleted.recorded(name, Action::DeleteToken, "bearer", Some(token.id));
        deleted.told(&[Change::TokenChanged(token.id)]);
        assert_eq!(numbers(&town.dump().tokens), [others.number()]);
        let again = town.refuses(town.app.delete_api_token(&caller, number));
        assert_eq!(again, unknown(number));
    }
}

#[test]
fn a_token_may_delete_itself_and_others_of_its_user() {
    let town = Town::with_bearers();
    let session = town.signed_in("bearer");
    let [first, second] =
        [(); 2].map(|()| town.make_api_token(&session, NewApiToken::default()).token);
    let caller = town.bearer_of(&first);
    for number in [second.number, first.number] {
        let _ = town.does(town.app.delete_api_token(&caller, number));
    }
    assert_eq!(town.dump().tokens, []);
}

#[test]
fn an_expired_token_is_unknown_from_the_second_it_ends() {
    let town = Town::with_bearers();
    let session = town.signed_in("bearer");
    let token = town.make_api_token(&session, for_days(1)).token;
    town.advance(DAY - 1);
    let (caller, admin) = (town.again(&session), town.caller("admin"));
    let seen = town.ignores(town.app.list_api_tokens(&caller));
    assert_eq!(numbers(&seen), [1]);
    let seen = town.ignores(town.app.api_token(&caller, token.number));
    assert_eq!(seen, token);
    town.advance(1);
    for caller in [town.again(&caller), town.again(&admin)] {
        assert_eq!(town.ignores(town.app.list_api_tokens(&caller)), []);
        let seen = town.refuses(town.app.api_token(&caller, token.number));
        assert_eq!(seen, unknown(token.number));
        let deleted = town.refuses(town.app.delete_api_token(&caller, token.number));
        assert_eq!(deleted, unknown(token.number));
    }
}

#[test]
fn numbers_grow_and_are_never_used_again() {
    let town = Town::with_bearers();
    let caller = town.signed_in("bearer");
    for expected in 1..6 {
        let made = town.make_api_token(&caller, NewApiToken::default()).token;
        assert_eq!(made.number.number(), expected);
        let _ = town.does(town.app.delete_api_token(&caller, made.number));
    }
    let made = town.make_api_token(&caller, NewApiToken::default());
    let at_once = SignedDuration::ZERO;
    let rotated = town.does(town.app.rotate_token(&caller, &made.string, at_once));
    town.keep_hex(&rotated.value);
    assert_eq!(rotated.value.token.number.number(), 7);
}

#[test]
fn while_token_authentication_is_off_nothing_is_done_about_tokens() {
    let (town, [number, _]) = two_tokens();
    let off = TokensAuthEdit {
        disabled: Some(true),
        ..TokensAuthEdit::default()
    };
    let _ = town.does(town.app.edit_tokens_auth(&town.caller("admin"), off));
    let caller = town.signed_in("bearer");
    let (app, origin) = (&town.app, town.origin());
    let refused = [
        town.refuses(app.create_api_token(&caller, NewApiToken::default())),
        town.refuses(app.list_api_tokens(&caller)),
        town.refuses(app.list_own_api_tokens(&caller)),
        town.refuses(app.api_token(&caller, number)),
        town.refuses(app.delete_api_token(&caller, number)),
        town.refuses(app.reveal_token(&caller, number)),
        town.refuses(app.explain_token(&caller, number, origin.client, origin.at)),
    ];
    let off = Error::conflict("Token authentication is disabled");
    assert!(refused.iter().all(|error| *error == off), "{refused:?}");
}
