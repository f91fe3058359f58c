//! Issuing tokens: by whom and for whom, in which form, as narrow as what, and how much then may be done with them.

use super::*;
use crate::{
    app::{
        Caller,
        testing::{ADDRESS, Done, NOW, Town, block_on, refusal, second},
    },
    audit::Action,
    error::Refusal,
    permit::Wish,
    port::Clock as _,
    token::{Brief, address::ClientAddress, form::looks_like_token},
    verify::{Credential, Reason, Verdict, decide},
};

const DAY: i64 = 86_400;

const SHAPES: [Shape; 4] = [
    Shape::Hex,
    Shape::Opaque(opaque::Kind::Personal),
    Shape::Opaque(opaque::Kind::Service),
    Shape::SplunkJwt,
];

fn issues(town: &Town, caller: &Caller, wanted: NewToken<'_>) -> Done<IssuedToken> {
    let done = town.does(town.app.issue_token(caller, wanted));
    town.keep_secret(&done.value.string);
    done
}

fn refuses(town: &Town, caller: &Caller, wanted: NewToken<'_>) -> Error {
    town.refuses(town.app.issue_token(caller, wanted))
}

fn narrowed_to(names: &[&str]) -> NewToken<'static> {
    NewToken {
        scope: Some(narrow(names)),
        ..NewToken::default()
    }
}

fn narrow(names: &[&str]) -> Scope {
    Scope::parse(names.iter().copied()).unwrap()
}

fn verdict(town: &Town, token: &Token) -> Verdict {
    let record = town.record(token.id).unwrap();
    let client = ClientAddress::Known(ADDRESS);
    let brief = Brief::from(&record);
    decide(
        Credential::Token(&brief),
        &town.app.world(),
        town.clock.now(),
        client,
    )
}

/// Whoever presents this token.
fn bearer(town: &Town, token: &Token) -> Caller {
    match verdict(town, token) {
        Verdict::Granted(grant) => Caller::new(grant, town.origin()),
        Verdict::Denied(reason) => panic!("{reason:?}"),
    }
}

fn read(town: &Town, shape: Shape, string: &str) -> TokenId {
    let keys = &town.ports.keys;
    match shape {
        Shape::Hex => hex::read(keys, string).unwrap(),
        Shape::Opaque(_) => opaque::read(keys, string).unwrap(),
        Shape::SplunkJwt => splunk_jwt::verify(keys, string).unwrap().claims.id,
    }
}

#[test]
fn a_token_is_issued_in_every_form_with_what_was_wished() {
    let town = Town::with_bearers();
    for shape in SHAPES {
        let wanted = NewToken {
            shape,
            user: Some("bearer"),
            audience: Some("orders"),
            name: "Nightly".to_owned(),
            notes: "for the\nnight".to_owned(),
            life: Wanted {
                expires_on: Some("+2d"),
                not_before: Some("+1h"),
            },
            addresses: Some(Networks::parse("addresses", "192.0.2.0/24").unwrap()),
            scope: Some(narrow(&["orders.read", "search"])),
            rate: Some(Rate::new(60, 5).unwrap()),
            ..NewToken::default()
        };
        let done = issues(&town, &town.caller("admin"), wanted.clone());
        let IssuedToken { token, string } = &done.value;
        done.recorded("admin", Action::CreateToken, "bearer", Some(token.id))
            .told(&[]);
        assert_eq!(town.record(token.id).as_ref(), Some(token));
        assert!(looks_like_token(string.expose()));
        assert_eq!(read(&town, shape, string.expose()), token.id);
        let expected = Token {
            owner: town.id("bearer"),
            audience: Audience::parse("orders").unwrap(),
            issuer: "admin from sh01".to_owned(),
            issued_at: second(NOW),
            not_before: second(NOW + 3600),
            expires: Some(second(NOW + 2 * DAY)),
            name: wanted.name,
            notes: wanted.notes,
            origins: Origins::Trusted(wanted.addresses.unwrap()),
            days: (shape == Shape::Hex).then_some(2),
            scope: wanted.scope,
            rate: wanted.rate,
            ..token.clone()
        };
        assert_eq!(*token, expected);
        assert_eq!(verdict(&town, token), Verdict::Denied(Reason::NotYetValid));
    }
}

#[test]
fn what_is_not_wished_is_the_callers_own_and_from_anywhere() {
    let town = Town::with_bearers();
    for shape in SHAPES {
        let wanted = NewToken {
            shape,
            ..NewToken::default()
        };
        let token = issues(&town, &town.caller("bearer"), wanted).value.token;
        assert_eq!(token.subject.as_str(), "bearer");
        assert_eq!(token.audience.as_str(), NewToken::AUDIENCE);
        assert_eq!(token.origins, Origins::Anywhere);
        assert_eq!((token.scope.as_ref(), token.rate), (None, None));
        let days = town.app.world().settings().api_tokens.default_days();
        let limited = second(NOW + i64::from(days) * DAY);
        let expires = (shape == Shape::Hex).then_some(limited);
        assert_eq!(token.expires, expires, "{shape:?}");
        let caller = bearer(&town, &token);
        assert_eq!(caller.principal().rights.scope(), None);
    }
}

/// As with Splunk's tokens, for which the same is asked.
#[test]
fn nt18_a_token_for_somebody_else_needs_edit_tokens_all() {
    let town = Town::new();
    let rows = [
        ("admin", true, true),
        ("all_maker", true, true),
        ("own_maker", true, false),
        ("all_lister", false, false),
        ("own_lister", false, false),
        ("nobody", false, false),
    ];
    for (name, may_own, may_any) in rows {
        for (user, may) in [
            (None, may_own),
            (Some(name), may_own),
            (Some("user"), may_any),
            (Some("ADMIN"), may_any || (name == "admin" && may_own)),
        ] {
            let wanted = NewToken {
                user,
                ..NewToken::default()
            };
            let caller = town.caller(name);
            if may {
                let _ = issues(&town, &caller, wanted);
                continue;
            }
            let own = user.is_none_or(|user| user == name);
            let requires = ["edit_tokens_all", "edit_tokens_all or edit_tokens_own"];
            let expected = refusal(name, requires[usize::from(own)]);
            assert_eq!(refuses(&town, &caller, wanted), expected, "{user:?}");
        }
    }
}

#[test]
fn nt19_who_may_not_issue_for_others_cannot_tell_who_exists() {
    let town = Town::new();
    for user in ["admin", "ghost", "", "no name:"] {
        let wanted = NewToken {
            user: Some(user),
            ..NewToken::default()
        };
        let refused = refuses(&town, &town.caller("own_maker"), wanted);
        assert_eq!(refused, refusal("own_maker", "edit_tokens_all"), "{user}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let town = Town::with_bearers();
    let life = |expires_on| NewToken {
        life: Wanted {
            expires_on: Some(expires_on),
            not_before: None,
        },
        ..NewToken::default()
    };
    let hex = |wanted: NewToken<'static>| NewToken {
        shape: Shape::Hex,
        ..wanted
    };
    let rows = [
        (
            "user: user 'ghost' does not exist",
            NewToken {
                user: Some("ghost"),
                ..NewToken::default()
            },
        ),
        (
            "as_persona: must be",
            NewToken {
                persona: Some(PersonaId::from_number(9)),
                ..NewToken::default()
            },
        ),
        (
            "audience: must not be empty",
            NewToken {
                audience: Some(" "),
                ..NewToken::default()
            },
        ),
        (
            "name: ",
            NewToken {
                name: "x".repeat(256),
                ..NewToken::default()
            },
        ),
        (
            "notes: ",
            NewToken {
                notes: "\u{0}".to_owned(),
                ..NewToken::default()
            },
        ),
        ("expires_on: \"soon\"", life("soon")),
        (
            "expires_on: must lie in the future",
            life("2001-01-01T00:00:00Z"),
        ),
        (
            "expires_on: a token in hex lives at most 365 days",
            hex(life("+366d")),
        ),
        (
            "not_before: must lie before the default",
            hex(NewToken {
                life: Wanted {
                    not_before: Some("+2y"),
                    expires_on: None,
                },
                ..NewToken::default()
            }),
        ),
    ];
    for (complaint, wanted) in rows {
        let refused = refuses(&town, &town.caller("admin"), wanted).to_string();
        assert!(refused.starts_with(complaint), "{refused}");
    }
}

/// Three tokens deep: each is made with the one before it.
#[test]
fn nt21_a_narrowed_token_makes_none_that_is_less_narrow() {
    let town = Town::new();
    let names = ["edit_tokens_all", "edit_user", "orders.read"];
    let mut caller = town.caller("admin");
    for depth in (1..=names.len()).rev() {
        let token = issues(&town, &caller, narrowed_to(&names[..depth]))
            .value
            .token;
        caller = bearer(&town, &token);
        let own = narrow(&names[..depth]);
        let wider = NewToken {
            scope: Some(narrow(&["edit_tokens_all", "edit_roles"])),
            ..NewToken::default()
        };
        assert!(matches!(
            refuses(&town, &caller, wider),
            Error::Refused(Refusal { .. })
        ));
        for shape in SHAPES {
            for user in [None, Some("user"), Some("role_editor")] {
                let wanted = NewToken {
                    shape,
                    user,
                    ..NewToken::default()
                };
                let made = issues(&town, &caller, wanted).value.token;
                assert_eq!(made.scope.as_ref(), Some(&own), "depth {depth}, {user:?}");
            }
        }
    }
}

#[test]
fn a_scope_narrows_what_a_token_may_do_here_to_what_its_user_may_too() {
    let town = Town::new();
    let token = issues(
        &town,
        &town.caller("admin"),
        narrowed_to(&["list_tokens_own"]),
    );
    let caller = bearer(&town, &token.value.token);
    assert!(caller.may(Wish::ListTokens(town.id("admin"))).is_ok());
    assert!(caller.may(Wish::ListAllTokens).is_err());
    let refused = refuses(&town, &caller, NewToken::default());
    assert_eq!(
        refused,
        refusal("admin", "edit_tokens_all or edit_tokens_own")
    );

    // A name in the scope gives nothing to a user who lacks it.
    let wanted = NewToken {
        user: Some("own_lister"),
        ..narrowed_to(&["edit_user", "list_tokens_own", "orders.read"])
    };
    let token = issues(&town, &town.caller("admin"), wanted).value.token;
    let caller = bearer(&town, &token);
    assert!(caller.may(Wish::EditUsers).is_err());
    assert!(caller.may(Wish::ListTokens(town.id("own_lister"))).is_ok());
    assert!(block_on(town.app.list_api_tokens(&caller)).is_ok());
}

#[test]
fn nt21_a_token_acts_as_a_persona_and_makes_none_that_may_do_more() {
    let town = Town::with_bearers();
    let narrow = town.make_persona("Narrow", &["own_maker"], &["bearer", "admin"]);
    let wide = town.make_persona("Wide", &["admin", "own_maker"], &["bearer", "admin"]);
    let wanted = |persona| NewToken {
        persona: Some(persona),
        ..NewToken::default()
    };
    let bearer_now = town.caller("bearer");
    let token = issues(&town, &bearer_now, wanted(narrow)).value.token;
    assert_eq!(token.persona, narrow);
    let by_token = bearer(&town, &token);
    assert_eq!(by_token.principal().persona, narrow);
    let inherited = issues(&town, &by_token, NewToken::default()).value.token;
    assert_eq!(inherited.persona, narrow);
    assert!(matches!(
        refuses(&town, &by_token, wanted(wide)),
        Error::Refused(_)
    ));
    // For another it is one of the other's.
    let admin = town.caller("admin");
    let theirs = |persona| NewToken {
        user: Some("other"),
        ..wanted(persona)
    };
    let refused = refuses(&town, &admin, theirs(wide)).to_string();
    assert!(refused.starts_with("as_persona: "), "{refused}");
    town.assign(wide, &["other", "admin"]);
    let token = issues(&town, &admin, theirs(wide)).value.token;
    assert_eq!((token.persona, token.owner), (wide, town.id("other")));
    // Who acts as a persona may give no more than it has.
    let acting = Caller {
        grant: crate::verify::Grant {
            principal: town
                .app
                .world()
                .acting(town.id("admin"), wide)
                .unwrap()
                .clone(),
            via: Via::Password,
        },
        ..admin
    };
    let to = |user| NewToken {
        user: Some(user),
        ..NewToken::default()
    };
    let _ = issues(&town, &acting, to("own_maker"));
    assert!(matches!(
        refuses(&town, &acting, to("viewer")),
        Error::Refused(_)
    ));
}

#[test]
fn nothing_is_issued_while_tokens_are_off() {
    let town = Town::new();
    let edit = crate::app::TokensAuthEdit {
        disabled: Some(true),
        ..crate::app::TokensAuthEdit::default()
    };
    let _ = town.does(town.app.edit_tokens_auth(&town.caller("admin"), edit));
    let refused = refuses(&town, &town.caller("admin"), NewToken::default());
    assert!(matches!(refused, Error::Conflict { .. }));
}
