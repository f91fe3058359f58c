//! Lists in parts: conditions, orders, cursors, and who sees what.

use jiff::SignedDuration;

use super::*;
use crate::{
    app::{
        NewToken, Shape, TokensAuthEdit,
        testing::{NOW, Town, refusal, second},
    },
    id::PersonaId,
    token::{address::Networks, form::opaque, lifetime::Wanted},
};

fn condition(attribute: Attribute, operator: Operator, value: &str) -> Condition {
    Condition {
        attribute,
        operator,
        value: value.to_owned(),
    }
}

fn only(attribute: Attribute, operator: Operator, value: &str) -> Browse {
    Browse {
        conditions: vec![condition(attribute, operator, value)],
        ..Browse::default()
    }
}

/// With five tokens, named a to e.
fn town() -> (Town, PersonaId) {
    let town = Town::new();
    let persona = town.make_persona("Night Shift", &["user"], &["admin"]);
    let issue = |user: &str, wanted: NewToken<'_>| {
        let _ = town.does(town.app.issue_token(&town.caller(user), wanted));
    };
    let named = |name: &str| NewToken {
        name: name.to_owned(),
        ..NewToken::default()
    };
    issue("admin", named("a"));
    issue(
        "admin",
        NewToken {
            shape: Shape::SplunkJwt,
            audience: Some("Billing"),
            life: Wanted {
                expires_on: Some("+90d"),
                ..Wanted::default()
            },
            ..named("b")
        },
    );
    town.advance(60);
    issue(
        "own_maker",
        NewToken {
            notes: "For the nightly build".to_owned(),
            ..named("c")
        },
    );
    issue(
        "admin",
        NewToken {
            persona: Some(persona),
            addresses: Some(Networks::parse("", "192.0.2.0/24").unwrap()),
            ..named("d")
        },
    );
    issue(
        "admin",
        NewToken {
            shape: Shape::Opaque(opaque::Kind::Service),
            user: Some("own_maker"),
            ..named("e")
        },
    );
    (town, persona)
}

/// The names of what is found, oldest first.
fn found(town: &Town, user: &str, wanted: Browse) -> String {
    let sort = Order {
        column: Attribute::Number,
        descending: false,
    };
    let wanted = Browse { sort, ..wanted };
    let browsed = town.ignores(town.app.browse_tokens(&town.caller(user), wanted));
    assert!(browsed.complete && browsed.next.is_none());
    let names = browsed.tokens.iter().map(|token| token.name.as_str());
    names.collect()
}

#[test]
fn every_condition_finds_what_it_says() {
    use Attribute as A;
    use Operator::*;
    let (town, persona) = town();
    let number = persona.number().to_string();
    let first = town.dump().tokens.into_iter().find(|one| one.name == "a");
    let id = first.unwrap().id.to_hex();
    let exact = second(NOW + 60).to_string();
    let later = (second(NOW + 60) - SignedDuration::from_millis(1)).to_string();
    let used = |at: &str| (A::LastUsed, Equals, at.to_owned());
    let of = |a, o, v: &str| (a, o, v.to_owned());
    for ((attribute, operator, value), expected) in [
        (of(A::Name, Equals, "a"), "a"),
        (of(A::Name, NotEquals, "a"), "bcde"),
        (of(A::Name, Equals, "A"), ""),
        (of(A::Audience, Contains, "ILL"), "b"),
        (of(A::Audience, NotContains, "ill"), "acde"),
        (of(A::Audience, StartsWith, "bill"), "b"),
        (of(A::Audience, EndsWith, "PI"), "acde"),
        (of(A::Audience, Equals, "billing"), ""),
        (of(A::Audience, Equals, "Billing"), "b"),
        (of(A::Notes, Contains, "nightly"), "c"),
        (of(A::Notes, Equals, ""), "abde"),
        (of(A::User, Equals, "own_maker"), "ce"),
        (of(A::User, Equals, "nobody_at_all"), ""),
        (of(A::User, NotEquals, "own_maker"), "abd"),
        (of(A::Issuer, StartsWith, "admin from"), "abde"),
        (of(A::Id, Equals, &id.to_uppercase()), "a"),
        (of(A::Id, StartsWith, &id[..9]), "a"),
        (of(A::Addresses, Equals, "anywhere"), "abce"),
        (of(A::Addresses, Contains, "192.0.2"), "d"),
        (of(A::LastUsedAddress, Equals, ""), "abcde"),
        (of(A::Form, Equals, "splunk_jwt"), "b"),
        (of(A::Form, NotEquals, "splunk_jwt"), "acde"),
        (of(A::Status, Equals, "enabled"), "abcde"),
        (of(A::Status, NotEquals, "enabled"), ""),
        (of(A::Persona, Equals, "default"), "abce"),
        (of(A::Persona, Equals, "0"), "abce"),
        (of(A::Persona, Equals, "Night Shift"), "d"),
        (of(A::Persona, Equals, &number), "d"),
        (of(A::Persona, StartsWith, "night"), "d"),
        (of(A::Persona, NotContains, "night"), "abce"),
        (of(A::Persona, Contains, "no such"), ""),
        (of(A::Number, Equals, "2"), "b"),
        (of(A::Number, NotEquals, "2"), "acde"),
        (of(A::Number, Before, "3"), "ab"),
        (of(A::Number, After, "3"), "de"),
        (of(A::Created, Before, &exact), "ab"),
        (of(A::Created, After, &exact), ""),
        (of(A::Created, After, &later), "cde"),
        (of(A::Created, Before, &later), "ab"),
        (of(A::Created, After, "-2m"), "abcde"),
        (of(A::Created, Before, "-30s"), "ab"),
        (of(A::Created, Before, "-1d"), ""),
        (of(A::Created, Before, "now"), "ab"),
        (of(A::Created, Before, "2023-11-14T22:14:00"), "ab"),
        (of(A::NotBefore, Before, "+1d"), "abcde"),
        (of(A::Expires, Equals, "never"), "acde"),
        (of(A::Expires, NotEquals, "never"), "b"),
        (of(A::Expires, Before, "+91d"), "b"),
        (of(A::Expires, After, "+89d"), "b"),
        (of(A::Expires, After, "+91d"), ""),
        (used("never"), "abcde"),
        (of(A::LastUsed, Before, "-7d"), ""),
    ] {
        let wanted = only(attribute, operator, &value);
        assert_eq!(
            found(&town, "admin", wanted),
            expected,
            "{attribute} {operator} {value}"
        );
    }
}

#[test]
fn a_search_looks_through_all_texts() {
    let (town, _) = town();
    let search = |text: &str| Browse {
        search: Some(text.to_owned()),
        ..Browse::default()
    };
    for (text, expected) in [
        ("BILLING", "b"),
        ("nightly", "c"),
        ("192.0.2.", "d"),
        ("anywhere", "abce"),
        ("own_maker from", "c"),
        ("splunk_jwt", "b"),
        ("", "abcde"),
    ] {
        assert_eq!(found(&town, "admin", search(text)), expected, "{text}");
    }
}

/// Conditions, and why each is refused.
fn misfits(long: &str) -> Vec<(Attribute, Operator, &str, &'static str)> {
    use Attribute as A;
    use Operator::{After, Before, Contains, Equals};
    vec![
        (
            A::Created,
            Contains,
            "x",
            "created cannot be compared by contains; use one of before, after",
        ),
        (
            A::Created,
            Equals,
            "never",
            "created cannot be compared by equals; use one of before, after",
        ),
        (
            A::Status,
            Contains,
            "en",
            "status cannot be compared by contains; use one of equals, not_equals",
        ),
        (
            A::Status,
            Equals,
            "on",
            "the value of status must be enabled or disabled",
        ),
        (
            A::Form,
            Equals,
            "x",
            "the value of form must be one of hex, opaque, splunk_jwt",
        ),
        (
            A::Number,
            Equals,
            "x",
            "the value of number must be a number, such as 17",
        ),
        (
            A::Number,
            After,
            "-1",
            "the value of number must be a number, such as 17",
        ),
        (
            A::Persona,
            Equals,
            "x",
            "the value of persona must be the number or name of a persona, or default",
        ),
        (
            A::Expires,
            Before,
            "never",
            "the value of expires must be an instant; never is compared by equals and not_equals",
        ),
        (
            A::Expires,
            Equals,
            "+1d",
            "the value of expires must be never; an instant can only be compared by before and after",
        ),
        (
            A::Expires,
            Before,
            "-1d@d",
            "the value of expires must be such as -7d: a number and a unit, of an instant in the calendar",
        ),
        (
            A::Expires,
            Before,
            "-999999999y",
            "the value of expires must be such as -7d: a number and a unit, of an instant in the calendar",
        ),
        (
            A::Name,
            Contains,
            "",
            "the value of name must be a text, which may be empty for equals and not_equals only",
        ),
        (
            A::Name,
            Contains,
            long,
            "must be at most 256 characters long, without NUL",
        ),
        (
            A::Name,
            Contains,
            "a\0b",
            "must be at most 256 characters long, without NUL",
        ),
    ]
}

#[test]
fn what_does_not_fit_is_refused_with_what_would() {
    use Attribute as A;
    use Operator::*;
    let (town, _) = town();
    let admin = town.caller("admin");
    let long = "x".repeat(257);
    for (attribute, operator, value, expected) in misfits(&long) {
        let error = town.refuses(
            town.app
                .browse_tokens(&admin, only(attribute, operator, value)),
        );
        assert_eq!(error, Error::invalid("filter", expected));
    }
    for value in ["yesterday", "-", "--1d", "1700000000", "+"] {
        let wanted = only(A::Expires, Before, value);
        let error = town.refuses(town.app.browse_tokens(&admin, wanted));
        let begin = "filter: the value of expires must be an instant such as 2030-01-31T12:00:00Z, +30d or -7d: ";
        assert!(error.to_string().starts_with(begin), "{error}");
    }
}

#[test]
fn a_list_has_an_order_a_limit_and_so_many_conditions() {
    use Attribute as A;
    use Operator::Equals;
    let (town, _) = town();
    let admin = town.caller("admin");
    let sorted = Browse {
        sort: Order {
            column: A::Notes,
            descending: false,
        },
        ..Browse::default()
    };
    let why = "a list cannot be sorted by notes; use one of audience, created, expires, last_used, not_before, number, user";
    let error = town.refuses(town.app.browse_tokens(&admin, sorted));
    assert_eq!(error, Error::invalid("sort", why));
    for limit in [0, 1001] {
        let wanted = Browse {
            limit,
            ..Browse::default()
        };
        let error = town.refuses(town.app.browse_tokens(&admin, wanted));
        assert_eq!(error, Error::invalid("limit", "must be between 1 and 1000"));
    }
    let many = Browse {
        conditions: vec![condition(A::Name, Equals, "x"); 33],
        ..Browse::default()
    };
    let error = town.refuses(town.app.browse_tokens(&admin, many));
    assert_eq!(error, Error::invalid("filter", "at most 32 conditions"));
    let error = Attribute::parse("sort", "colour").unwrap_err().to_string();
    assert!(
        error.starts_with("sort: must be one of addresses, audience"),
        "{error}"
    );
    let error = Operator::parse("filter", "like").unwrap_err().to_string();
    assert!(
        error.starts_with("filter: must be one of after, before"),
        "{error}"
    );
}

#[test]
fn instants_are_read_in_the_zone_of_who_asks() {
    let (town, _) = town();
    let mut caller = town.caller("admin");
    let mut principal = crate::principal::Principal::clone(&caller.grant.principal);
    principal.user.profile.time_zone = "Europe/Berlin".to_owned();
    caller.grant.principal = std::sync::Arc::new(principal);
    let count = |before: &str| {
        let wanted = only(Attribute::Created, Operator::Before, before);
        town.ignores(town.app.browse_tokens(&caller, wanted))
            .tokens
            .len()
    };
    assert_eq!(
        (count("2023-11-14T22:14:00"), count("2023-11-14T23:14:00")),
        (0, 2)
    );
}

#[test]
fn nt19_who_sees_his_own_tokens_only_gets_them_and_no_word_of_others() {
    let (town, _) = town();
    assert_eq!(found(&town, "own_maker", Browse::default()), "ce");
    assert_eq!(found(&town, "own_lister", Browse::default()), "");
    let others = only(Attribute::User, Operator::Equals, "admin");
    assert_eq!(found(&town, "own_maker", others), "");
    let (owner, nobody) = (town.caller("own_maker"), town.caller("nobody"));
    let own = town.app.browse_tokens(&owner, Browse::default());
    assert_eq!(town.ignores(own).total, Some(2));
    let refused = town.app.browse_tokens(&nobody, Browse::default());
    let requires = "edit_tokens_all or list_tokens_all or edit_tokens_own or list_tokens_own";
    assert_eq!(town.refuses(refused), refusal("nobody", requires));
}

#[test]
fn it_works_while_token_authentication_is_off() {
    let (town, _) = town();
    let off = TokensAuthEdit {
        disabled: Some(true),
        ..TokensAuthEdit::default()
    };
    let _ = town.does(town.app.edit_tokens_auth(&town.caller("admin"), off));
    assert_eq!(found(&town, "admin", Browse::default()), "abcde");
    let token = town.dump().tokens.remove(0);
    let admin = town.caller("admin");
    let seen = town.app.token_for(&admin, token.id);
    assert_eq!(town.ignores(seen), token);
}

#[test]
fn a_cursor_goes_on_where_the_call_before_ended_and_fits_no_other_list() {
    let (town, _) = town();
    let admin = town.caller("admin");
    for column in Attribute::SORTABLE {
        for descending in [false, true] {
            let sort = Order { column, descending };
            let mut names = String::new();
            let mut after = None;
            for _ in 0..3 {
                let wanted = Browse {
                    sort,
                    after: after.take(),
                    limit: 2,
                    ..Browse::default()
                };
                let browsed = town.ignores(town.app.browse_tokens(&admin, wanted));
                names.extend(browsed.tokens.iter().map(|token| token.name.clone()));
                assert_eq!((browsed.total, browsed.complete), (Some(5), true));
                after = browsed.next;
            }
            assert_eq!(after, None, "{column}");
            let mut sorted: Vec<char> = names.chars().collect();
            sorted.sort_unstable();
            assert_eq!(
                sorted.into_iter().collect::<String>(),
                "abcde",
                "{column}: {names}"
            );
        }
    }
    let first = Browse {
        limit: 2,
        ..Browse::default()
    };
    let next = town
        .ignores(town.app.browse_tokens(&admin, first))
        .next
        .unwrap();
    let with = |after: Cursor| Browse {
        after: Some(after),
        ..Browse::default()
    };
    let other_order = Browse {
        sort: Order {
            column: Attribute::Number,
            descending: false,
        },
        ..with(next.clone())
    };
    let lister = town.caller("all_lister");
    let broken = ["", "x", "AAAA", &next.as_str()[1..]].map(|text| with(Cursor::new(text)));
    let of_others = [(&lister, with(next.clone())), (&admin, other_order)];
    for (caller, wanted) in of_others.into_iter().chain(broken.map(|one| (&admin, one))) {
        let error = town.refuses(town.app.browse_tokens(caller, wanted));
        assert!(
            matches!(
                error,
                Error::Invalid {
                    field: "cursor",
                    ..
                }
            ),
            "{error:?}"
        );
    }
    let readable = Cursor::new(next.as_str());
    assert_eq!(
        town.ignores(town.app.browse_tokens(&admin, with(readable)))
            .tokens
            .len(),
        3
    );
}

#[test]
fn what_never_expires_comes_behind_what_does() {
    let (town, _) = town();
    let names = |descending: bool| -> String {
        let wanted = Browse {
            sort: Order {
                column: Attribute::Expires,
                descending,
            },
            ..Browse::default()
        };
        let admin = town.caller("admin");
        let browsed = town.ignores(town.app.browse_tokens(&admin, wanted));
        browsed.tokens.into_iter().map(|token| token.name).collect()
    };
    assert!(names(false).starts_with('b') && names(true).ends_with('b'));
}
