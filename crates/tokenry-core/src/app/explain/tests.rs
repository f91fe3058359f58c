//! An explanation says what would happen, and says it only to whoever may list the token.

use std::net::IpAddr;

use super::*;
use crate::{
    app::{
        NewApiToken, TokensAuthEdit, UserEdit,
        testing::{ADDRESS, NOW, Town, second},
    },
    token::{Status, address::Networks, form::splunk_jwt::Kind},
    verify::{Credential, Verdict, decide},
};

const HERE: ClientAddress = ClientAddress::Known(ADDRESS);
const ELSEWHERE: ClientAddress =
    ClientAddress::Known(IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1)));

/// A token of `bearer` as a persona, trusted from where requests come from.
fn town() -> (Town, Token) {
    let town = Town::with_bearers();
    let persona = town.make_persona("Reporting", &["bearer"], &["bearer"]);
    let wanted = NewApiToken {
        persona: Some(persona),
        trusted: Networks::parse("", "192.0.2.7").unwrap(),
        ..NewApiToken::default()
    };
    let caller = town.signed_in("bearer");
    let token = town.make_api_token(&caller, wanted).token;
    (town, token)
}

fn explains(town: &Town, number: TokenNumber, client: ClientAddress, at: i64) -> Explanation {
    let admin = town.caller("admin");
    let explained = town.app.explain_token(&admin, number, client, second(at));
    town.ignores(explained)
}

fn fails(explanation: &Explanation) -> Vec<Reason> {
    let findings = explanation.findings.iter();
    findings.filter_map(|finding| finding.fails).collect()
}

#[test]
fn a_token_that_would_be_granted_passes_every_check_and_all_are_named_in_their_order() {
    let (town, token) = town();
    let explained = explains(&town, token.number, HERE, NOW);
    assert_eq!(explained.token, token);
    assert_eq!(explained.refusal(), None);
    let checks: Vec<_> = explained.findings.iter().map(|one| one.check).collect();
    assert_eq!(checks, Check::ALL);
}

#[test]
fn every_check_that_fails_is_told_and_the_first_is_the_refusal() {
    let (town, token) = town();
    let admin = town.caller("admin");
    let off = Status::Disabled;
    let _ = town.does(town.app.set_token_status(&admin, "bearer", None, off));
    town.assign(token.persona, &[]);
    let lock = UserEdit {
        locked: Some(true),
        ..UserEdit::default()
    };
    let _ = town.does(town.app.edit_user(&admin, "bearer", lock));
    let explained = explains(&town, token.number, ELSEWHERE, NOW - 1);
    assert_eq!(
        fails(&explained),
        [
            Reason::Disabled,
            Reason::NotYetValid,
            Reason::AddressNotTrusted,
            Reason::OwnerLocked,
            Reason::PersonaUnassigned,
            Reason::PrivilegeMissing,
        ]
    );
    assert_eq!(explained.refusal(), Some(Reason::Disabled));
}

/// Something that is done to the user of a token.
type Act = fn(&Town, &Token);

/// For tokens of both forms, from everywhere, at all times, whatever has been done to their user.
#[test]
fn an_explanation_says_what_the_verdict_says() {
    let (town, hex) = town();
    let jwt = town.make_token("admin", Kind::Static, "bearer");
    let jwt = town.record(jwt.id).unwrap();
    let week = 7 * 86_400;
    let times = [-1, 0, 1, week - 1, week, week + 1].map(|seconds| NOW + seconds);
    let acts: [Act; 4] = [
        |_, _| {},
        |town, hex| town.assign(hex.persona, &["other"]),
        |town, hex| {
            let admin = town.caller("admin");
            let _ = town.does(town.app.delete_persona(&admin, hex.persona));
        },
        |town, _| {
            let lock = UserEdit {
                locked: Some(true),
                ..UserEdit::default()
            };
            let _ = town.does(town.app.edit_user(&town.caller("admin"), "bearer", lock));
        },
    ];
    let mut refusals = 0;
    for act in acts {
        act(&town, &hex);
        for token in [&hex, &jwt] {
            for client in [HERE, ELSEWHERE, ClientAddress::Unknown] {
                for at in times {
                    let explained = explains(&town, token.number, client, at);
                    let world = town.app.world();
                    let verdict = decide(
                        Credential::Token(&Brief::from(token)),
                        &world,
                        second(at),
                        client,
                    );
                    let refused = match verdict {
                        Verdict::Granted(_) => None,
                        Verdict::Denied(reason) => Some(reason),
                    };
                    assert_eq!(explained.refusal(), refused);
                    refusals += usize::from(refused.is_some());
                }
            }
        }
    }
    assert!((50..140).contains(&refusals), "of 144: {refusals}");
}

#[test]
fn nt19_an_explanation_is_for_whoever_may_see_the_token() {
    let (town, token) = town();
    for name in ["bearer", "viewer", "admin"] {
        let caller = town.signed_in(name);
        let explained = town
            .app
            .explain_token(&caller, token.number, HERE, second(NOW));
        assert_eq!(town.ignores(explained).refusal(), None);
    }
    for name in ["other", "revoker", "nobody"] {
        let caller = town.signed_in(name);
        for number in [token.number, TokenNumber::from_number(77)] {
            let explained = town.app.explain_token(&caller, number, HERE, second(NOW));
            let unknown = Error::not_found("token", number.to_string());
            assert_eq!(town.refuses(explained), unknown, "{name}");
        }
    }
}

#[test]
fn by_its_id_a_token_of_any_form_is_explained_the_same_way() {
    let (town, token) = town();
    let jwt = town.make_token("admin", Kind::Static, "bearer").id;
    let admin = town.caller("admin");
    let by_id = |id| {
        let explains = town.app.explain_token_of(&admin, id, HERE, second(NOW));
        town.ignores(explains)
    };
    assert_eq!(by_id(token.id), explains(&town, token.number, HERE, NOW));
    assert_eq!(by_id(jwt).refusal(), None);
}

/// By number, as the vendor has it, a token is gone when its life is over; here is said why it is refused.
#[test]
fn by_its_id_a_token_is_explained_when_it_has_expired_or_tokens_are_off() {
    let (town, token) = town();
    let off = TokensAuthEdit {
        disabled: Some(true),
        ..TokensAuthEdit::default()
    };
    let admin = town.caller("admin");
    let _ = town.does(town.app.edit_tokens_auth(&admin, off));
    town.advance(8 * 86_400);
    let (admin, at) = (town.caller("admin"), town.origin().at);
    let explains = town.app.explain_token_of(&admin, token.id, HERE, at);
    let explained = town.ignores(explains);
    assert_eq!(fails(&explained), [Reason::TokensDisabled, Reason::Expired]);
}

#[test]
fn nt19_by_its_id_a_token_that_one_may_not_see_looks_like_none() {
    let (town, token) = town();
    for caller in ["other", "revoker", "nobody"] {
        for id in [token.id, TokenId::from_bytes([9; 32])] {
            let caller = town.caller(caller);
            let explains = town.app.explain_token_of(&caller, id, HERE, second(NOW));
            let refused = town.refuses(explains);
            assert_eq!(refused, Error::not_found("token", id.to_hex()));
        }
    }
}
