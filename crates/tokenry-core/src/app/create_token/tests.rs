//! Creating tokens: for whom, the order of checks, what is written and signed.

use super::*;
use crate::{
    app::{
        ProfileEdit, TokensAuthEdit, UserEdit,
        testing::{Done, NOW, Town, refusal, second},
    },
    change::Change,
    fake::QuickPasswords,
    id::UserId,
    port::Write,
    principal::{Power, User},
    token::form::splunk_jwt::Owner,
    verify::{Reason, Verdict, Via},
};

const DAY: i64 = 86_400;

/// A static token for tests, as it is asked for when nothing else is said.
fn wanted(name: &str) -> CreateToken<'_> {
    CreateToken {
        kind: Kind::Static,
        name: Some(name),
        audience: Some("tests"),
        life: Wanted::default(),
        status: Status::Enabled,
    }
}

fn until(expires_on: &str) -> Wanted<'_> {
    Wanted {
        expires_on: Some(expires_on),
        not_before: None,
    }
}

fn makes(town: &Town, caller: &str, wanted: CreateToken<'_>) -> Done<CreatedToken> {
    let made = town.does(town.app.create_token(&town.caller(caller), wanted));
    town.keep_secret(&made.value.string);
    made
}

fn refuses(town: &Town, caller: &str, wanted: CreateToken<'_>) -> Error {
    town.refuses(town.app.create_token(&town.caller(caller), wanted))
}

/// A row for each caller: whether he may for himself, and for anybody, administrators included.
#[test]
fn nt18_a_token_for_somebody_else_needs_edit_tokens_all() {
    let rows = [
        ("admin", true, true),
        ("all_maker", true, true),
        ("own_maker", true, false),
        ("all_lister", false, false),
        ("own_lister", false, false),
        ("power", false, false),
        ("user", false, false),
        ("user_editor", false, false),
        ("role_editor", false, false),
        ("nobody", false, false),
    ];
    let town = Town::new();
    for (caller, may_own, may_any) in rows {
        for kind in [Kind::Static, Kind::Ephemeral, Kind::Interactive] {
            for target in [caller, "own_lister", "OWN_LISTER", "admin", "Admin"] {
                let name = target.to_lowercase();
                let wanted = CreateToken {
                    kind,
                    ..wanted(target)
                };
                let is_own = name == caller;
                if may_any || (is_own && may_own) {
                    let made = makes(&town, caller, wanted);
                    made.recorded(caller, Action::CreateToken, &name, Some(made.value.id));
                    made.told(&[]);
                } else {
                    let own = ["edit_tokens_all", "edit_tokens_all or edit_tokens_own"];
                    let refused = refuses(&town, caller, wanted);
                    assert_eq!(
                        refused,
                        refusal(caller, own[usize::from(is_own)]),
                        "{target}"
                    );
                }
            }
        }
    }
}

#[test]
fn nt19_who_may_not_create_for_others_cannot_tell_who_exists() {
    let town = Town::new();
    let names = ["admin", "ghost", "", "no name:", &"x".repeat(1025)];
    for caller in ["own_maker", "nobody"] {
        for name in names {
            let refused = refuses(&town, caller, wanted(name));
            assert_eq!(refused, refusal(caller, "edit_tokens_all"), "{name}");
        }
    }
}

/// Everything is wrong at first; what is found wrong is put right, one after the other (spec/splunk.md 2.4).
#[test]
fn arguments_are_checked_in_the_order_of_the_specification() {
    const PAST: &str = "2001-01-01T00:00:00Z";
    let (name, aud) = (&*"x".repeat(1025), &*"x".repeat(257));
    let rows = [
        ("name: must be at most", name, "", "soon", "later"),
        ("audience: must not be empty", "ghost", "", "soon", "later"),
        ("audience: must be at most", "ghost", aud, "soon", "later"),
        ("name: user 'ghost' does not", "ghost", "a", "soon", "later"),
        ("expires_on: \"soon\"", "user", "a", "soon", "later"),
        ("not_before: \"later\"", "user", "a", PAST, "later"),
        ("expires_on: must lie in the", "user", "a", PAST, PAST),
        ("not_before: must not lie", "user", "a", "+1d", PAST),
        ("not_before: must lie before", "user", "a", "+1d", "+2d"),
        ("expires_on: an ephemeral", "user", "a", "+1d", "+0d"),
        ("status: only a static", "user", "a", "+6h", "+0d"),
    ];
    let rows = rows.map(|(complaint, name, audience, expires_on, not_before)| {
        let life = Wanted {
            expires_on: Some(expires_on),
            not_before: Some(not_before),
        };
        let wanted = CreateToken {
            kind: Kind::Ephemeral,
            name: Some(name),
            audience: Some(audience),
            life,
            status: Status::Disabled,
        };
        (complaint, wanted)
    });
    let town = Town::new();
    let switch = |off| {
        let edit = TokensAuthEdit {
            disabled: Some(off),
            ..TokensAuthEdit::default()
        };
        let _ = town.does(town.app.edit_tokens_auth(&town.caller("admin"), edit));
    };
    let (_, first) = rows[0];
    switch(true);
    let off = Error::conflict("Token authentication is disabled");
    assert_eq!(refuses(&town, "nobody", first), off);
    switch(false);
    let refused = refuses(&town, "nobody", first);
    assert_eq!(refused, refusal("nobody", "edit_tokens_all"));
    for (complaint, wanted) in rows {
        let error = refuses(&town, "admin", wanted);
        assert!(matches!(error, Error::Invalid { .. }), "{error:?}");
        assert!(
            error.to_string().starts_with(complaint),
            "{complaint}: {error}"
        );
    }
    let (_, last) = rows[rows.len() - 1];
    let _ = makes(
        &town,
        "admin",
        CreateToken {
            status: Status::Enabled,
            ..last
        },
    );
}

#[test]
fn an_audience_has_1_to_256_visible_characters_and_may_be_a_sentence() {
    let town = Town::new();
    let (most, wide) = ("x".repeat(256), "é".repeat(256));
    for audience in ["x", "nightly, for: \"all\" <hosts> & 10 %", &most, &wide] {
        let asked = CreateToken {
            audience: Some(audience),
            ..wanted("user")
        };
        let made = makes(&town, "admin", asked).value;
        assert_eq!(town.record(made.id).unwrap().audience.as_str(), audience);
        assert_eq!(town.claims(&made).audience, audience);
    }
    let long = "é".repeat(257);
    for audience in ["", "  ", "a\nb", "a\u{0}", "a\u{202e}b", &long] {
        let asked = CreateToken {
            audience: Some(audience),
            ..wanted("user")
        };
        let error = refuses(&town, "admin", asked);
        assert!(
            matches!(
                error,
                Error::Invalid {
                    field: "audience",
                    ..
                }
            ),
            "{audience:?}"
        );
    }
}

#[test]
fn only_an_interactive_token_can_do_without_a_name_and_an_audience() {
    let town = Town::new();
    for kind in [Kind::Static, Kind::Ephemeral] {
        let nameless = CreateToken {
            kind,
            name: None,
            ..wanted("")
        };
        let aimless = CreateToken {
            kind,
            audience: None,
            ..wanted("admin")
        };
        for (asked, missing) in [(nameless, "name"), (aimless, "audience")] {
            assert_eq!(
                refuses(&town, "admin", asked),
                Error::invalid(missing, "must not be empty")
            );
        }
    }
    let bare = CreateToken {
        kind: Kind::Interactive,
        name: None,
        audience: None,
        ..wanted("")
    };
    let made = makes(&town, "own_maker", bare);
    made.recorded(
        "own_maker",
        Action::CreateToken,
        "own_maker",
        Some(made.value.id),
    );
    let claims = town.claims(&made.value);
    assert_eq!(
        (&*claims.subject, &*claims.audience),
        ("own_maker", "interactive")
    );
    assert_eq!(claims.expires, NOW + 3600);
    let requires = "edit_tokens_all or edit_tokens_own";
    assert_eq!(refuses(&town, "user", bare), refusal("user", requires));
    let lasting = CreateToken {
        life: until("+2h"),
        ..bare
    };
    assert!(
        refuses(&town, "own_maker", lasting)
            .to_string()
            .starts_with("expires_on: ")
    );
}

#[test]
fn the_record_and_the_string_of_a_static_token_say_the_same() {
    let town = Town::new();
    let asked = CreateToken {
        life: Wanted {
            expires_on: Some("+30d"),
            not_before: Some("+1d"),
        },
        ..wanted("user")
    };
    let made = makes(&town, "all_maker", asked).value;
    let record = town.record(made.id).unwrap();
    assert_eq!(record.owner, town.id("user"));
    assert_eq!(record.issued_at, second(NOW));
    assert_eq!(record.not_before, second(NOW + DAY));
    assert_eq!(record.expires, Some(second(NOW + 30 * DAY)));
    assert_eq!((record.status, record.last_used), (Status::Enabled, None));
    assert_eq!(record.key_id, "splunk.secret");
    let claims = Claims {
        issuer: "all_maker from sh01".to_owned(),
        subject: "user".to_owned(),
        audience: "tests".to_owned(),
        identity_provider: "Splunk".to_owned(),
        id: made.id,
        issued_at: NOW,
        expires: NOW + 30 * DAY,
        not_before: NOW + DAY,
        owner: None,
    };
    assert_eq!(town.claims(&made), claims);
    assert_eq!(
        (&record.issuer, record.subject.as_str()),
        (&claims.issuer, "user")
    );
    assert_eq!(record.identity_provider, claims.identity_provider);
}

#[test]
fn tokens_without_a_record_name_the_incarnation_and_epoch_of_their_owner() {
    let town = Town::new();
    let _ = town.does(town.app.delete_tokens(&town.caller("admin"), "user", None));
    for kind in [Kind::Ephemeral, Kind::Interactive] {
        let made = town.make_token("admin", kind, "user");
        let owner = Owner {
            user: town.id("user").number(),
            epoch: 1,
        };
        let claims = town.claims(&made);
        assert_eq!(claims.owner, Some(owner));
        assert_eq!((claims.not_before, claims.expires), (NOW, NOW + 3600));
        assert_eq!(town.record(made.id), None, "{kind} tokens are not stored");
        assert!(matches!(town.verdict(&made), Verdict::Granted(_)));
    }
}

#[test]
fn a_token_can_be_made_disabled_if_it_has_a_record() {
    let town = Town::new();
    let asked = CreateToken {
        status: Status::Disabled,
        ..wanted("user")
    };
    let made = makes(&town, "admin", asked).value;
    assert_eq!(town.record(made.id).unwrap().status, Status::Disabled);
    assert_eq!(town.verdict(&made), Verdict::Denied(Reason::Disabled));
    for kind in [Kind::Ephemeral, Kind::Interactive] {
        let refused = refuses(&town, "admin", CreateToken { kind, ..asked });
        assert_eq!(
            refused,
            Error::invalid("status", "only a static token can be disabled")
        );
    }
}

#[test]
fn default_lifetimes_bind_only_tokens_made_later() {
    let town = Town::new();
    let expiry = |kind| town.claims(&town.make_token("admin", kind, "user")).expires;
    let before = town.make_token("admin", Kind::Static, "user");
    assert_eq!(
        (expiry(Kind::Static), expiry(Kind::Ephemeral)),
        (0, NOW + 3600)
    );
    let edit = TokensAuthEdit {
        expiration: Some("+30d"),
        ephemeral_expiration: Some("+10m"),
        ..TokensAuthEdit::default()
    };
    let _ = town.does(town.app.edit_tokens_auth(&town.caller("admin"), edit));
    assert_eq!(expiry(Kind::Static), NOW + 30 * DAY);
    assert_eq!(expiry(Kind::Ephemeral), NOW + 600);
    assert_eq!(expiry(Kind::Interactive), NOW + 3600);
    assert_eq!(town.record(before.id).unwrap().expires, None);
    let asked = CreateToken {
        life: until("+1d"),
        ..wanted("user")
    };
    let own = makes(&town, "admin", asked).value;
    assert_eq!(town.claims(&own).expires, NOW + DAY);
}

#[test]
fn nt26_no_spelling_reaches_past_the_longest_life() {
    let town = Town::new();
    let cases = [
        (Kind::Static, "+18y+2d"),
        (Kind::Static, "+6600d"),
        (Kind::Static, "+999999999y"),
        (Kind::Static, "+18446744073709551616d"),
        (Kind::Static, "never"),
        (Kind::Static, "-1d"),
        (Kind::Static, "0"),
        (Kind::Static, "253402300799"),
        (Kind::Static, "10000-01-01T00:00:00Z"),
        (Kind::Ephemeral, "+6h+1s"),
        (Kind::Ephemeral, "+1d@y+1y"),
        (Kind::Ephemeral, "9999-12-30T00:00:00Z"),
        (Kind::Ephemeral, "never"),
    ];
    for (kind, text) in cases {
        let asked = CreateToken {
            kind,
            life: until(text),
            ..wanted("user")
        };
        let error = refuses(&town, "admin", asked);
        assert!(
            matches!(
                error,
                Error::Invalid {
                    field: "expires_on",
                    ..
                }
            ),
            "{text}: {error}"
        );
    }
}

#[test]
fn times_are_read_in_the_zone_of_the_caller() {
    let town = Town::new();
    let edit = UserEdit {
        profile: ProfileEdit {
            time_zone: Some("Asia/Tokyo".to_owned()),
            ..ProfileEdit::default()
        },
        ..UserEdit::default()
    };
    let _ = town.does(
        town.app
            .edit_user(&town.caller("all_maker"), "all_maker", edit),
    );
    let asked = CreateToken {
        life: until("+1d@d"),
        ..wanted("user")
    };
    let end = |caller| town.claims(&makes(&town, caller, asked).value).expires;
    let midnight = NOW - NOW % DAY + DAY;
    assert_eq!(end("admin"), midnight);
    // In Tokyo, nine hours ahead, the next day has begun already.
    assert_eq!(end("all_maker"), midnight + DAY - 9 * 3600);
}

#[test]
fn names_of_any_length_give_tokens_that_verify_or_none() {
    let town = Town::new();
    let made = ["x".repeat(1024), "ж".repeat(1024), "\u{1f600}".repeat(1024)];
    for (name, number) in made.iter().zip(100..) {
        let user = User {
            id: UserId::from_number(number),
            name: UserName::parse(name).unwrap(),
            ..town.principal("own_maker").user.clone()
        };
        town.commit(Batch {
            world: Some(town.app.world().generation),
            writes: vec![Write::InsertUser(user.clone(), QuickPasswords::hash_of(""))],
            changes: vec![Change::UserPut(user)],
            ..Batch::default()
        });
    }
    let long = "a".repeat(256);
    let asked = CreateToken {
        audience: Some(&long),
        ..wanted(&made[0])
    };
    assert!(matches!(
        town.verdict(&makes(&town, &made[0], asked).value),
        Verdict::Granted(_)
    ));
    for name in &made[1..] {
        let error = refuses(&town, name, wanted(name));
        assert!(matches!(error, Error::Invalid { .. }), "{error}");
    }
}

/// `maker` may make tokens for everybody, but not as the persona `Helper`, who may make them for everybody yet do
/// nothing else, nor as `Own`, who may make his own.
fn town_with_personas() -> (Town, [PersonaId; 2]) {
    let town = Town::new();
    let _ = town.settle_user("maker", &["edit_tokens_all", "edit_user"]);
    let personas = [("Helper", "all_maker"), ("Own", "own_maker")];
    let made = personas.map(|(name, role)| town.make_persona(name, &[role], &["maker"]));
    (town, made)
}

#[test]
fn nt21_who_acts_as_a_persona_makes_only_tokens_that_act_as_it() {
    let (town, personas) = town_with_personas();
    for persona in personas {
        for via in [Via::Password, town.signed_in("maker").grant.via] {
            let caller = town.acting("maker", persona, via);
            let made = town.does(town.app.create_token(&caller, wanted("maker")));
            town.keep_secret(&made.value.string);
            made.recorded("maker", Action::CreateToken, "maker", Some(made.value.id));
            assert_eq!(made.events[0].persona, persona);
            assert_eq!(town.record(made.value.id).unwrap().persona, persona);
            let Verdict::Granted(grant) = town.verdict(&made.value) else {
                panic!("refused");
            };
            assert_eq!(grant.principal.persona, persona);
            assert!(!grant.principal.rights.has(Power::UsersEdit));
            // And so does the token itself.
            let bearer = town.bearer_of(&town.record(made.value.id).unwrap());
            let deeper = town.does(town.app.create_token(&bearer, wanted("maker")));
            town.keep_secret(&deeper.value.string);
            assert_eq!(town.record(deeper.value.id).unwrap().persona, persona);
        }
    }
    let made = makes(&town, "maker", wanted("maker"));
    let record = town.record(made.value.id).unwrap();
    assert_eq!(record.persona, PersonaId::DEFAULT);
}

/// It could not be bound: all that is known of it is in its claims, and they name no persona.
#[test]
fn nt21_who_acts_as_a_persona_makes_no_token_without_a_record_for_himself() {
    let (town, personas) = town_with_personas();
    for persona in personas {
        let caller = town.acting("maker", persona, Via::Password);
        for kind in [Kind::Ephemeral, Kind::Interactive] {
            let mut wanted = CreateToken {
                kind,
                ..wanted("maker")
            };
            for name in [Some("maker"), None] {
                if kind == Kind::Ephemeral && name.is_none() {
                    continue;
                }
                wanted.name = name;
                let refused = town.refuses(town.app.create_token(&caller, wanted));
                let is_type = matches!(refused, Error::Invalid { field: "type", .. });
                assert!(is_type, "{refused:?}");
            }
        }
    }
}

#[test]
fn nt21_who_acts_as_a_persona_makes_tokens_for_others_only_who_may_do_no_more_than_it() {
    let (town, [helper, own]) = town_with_personas();
    let caller = town.acting("maker", helper, Via::Password);
    for kind in [Kind::Static, Kind::Ephemeral] {
        let for_whom = |name| CreateToken {
            kind,
            ..wanted(name)
        };
        for name in ["all_maker", "nobody"] {
            let made = town.does(town.app.create_token(&caller, for_whom(name)));
            town.keep_secret(&made.value.string);
            assert!(matches!(town.verdict(&made.value), Verdict::Granted(_)));
        }
        for name in ["admin", "user_editor", "role_editor", "user", "power"] {
            let refused = town.refuses(town.app.create_token(&caller, for_whom(name)));
            assert!(matches!(refused, Error::Refused(_)), "{name}: {refused:?}");
        }
        let caller = town.acting("maker", own, Via::Password);
        let refused = town.refuses(town.app.create_token(&caller, for_whom("nobody")));
        assert_eq!(refused, refusal("maker", "edit_tokens_all"));
    }
}
