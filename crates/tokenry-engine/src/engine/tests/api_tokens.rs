//! What only API tokens can lose, and how soon: their persona, the privilege to use tokens, the addresses they are
//! trusted from, their place to another one.

use std::net::IpAddr;

use tokenry_core::{
    app::{ApiTokensEdit, CreatedApiToken},
    id::PersonaId,
    port::Known,
    secret::Plaintext,
    token::form::splunk_jwt::Kind,
    verify::{Reason, Verdict, Via},
};

use super::town::{ADDRESS, NOW, Town, block_on, networks, origin_at, second};

const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 1));

/// A token of `anna` as a persona of hers, one as herself, and one of `bert` as the persona; all used once.
struct Personal {
    town: Town,
    persona: PersonaId,
    of_persona: CreatedApiToken,
    others: [CreatedApiToken; 2],
}

impl Personal {
    fn new() -> Self {
        let town = Town::new();
        let persona = town.make_persona("Reporting", &["anna", "bert"]);
        let of_persona = town.make_api_token("anna", Some(persona)).unwrap();
        let others = [
            town.api_token("anna"),
            town.make_api_token("bert", Some(persona)).unwrap(),
        ];
        let made = Self {
            town,
            persona,
            of_persona,
            others,
        };
        assert_eq!(made.refusals(), [None; 3]);
        made
    }

    /// Why they are refused: from memory and, which must be the same, from the store.
    #[track_caller]
    fn refusals(&self) -> [Option<Reason>; 3] {
        let [own, his] = &self.others;
        let tokens = [&self.of_persona, own, his];
        let ask = || tokens.map(|token| self.town.refusal(token.string.expose()));
        let remembered = ask();
        self.town.evict();
        assert_eq!(ask(), remembered);
        remembered
    }
}

#[test]
fn nt15_a_persona_taken_away_stops_its_tokens_at_once_and_given_back_they_work_at_once() {
    let made = Personal::new();
    made.town.assign(made.persona, &["bert"]).unwrap();
    let unassigned = Some(Reason::PersonaUnassigned);
    assert_eq!(made.refusals(), [unassigned, None, None]);
    made.town.assign(made.persona, &[]).unwrap();
    assert_eq!(made.refusals(), [unassigned, None, unassigned]);
    made.town.assign(made.persona, &["anna", "bert"]).unwrap();
    assert_eq!(made.refusals(), [None; 3]);
}

#[test]
fn nt15_a_deleted_persona_stops_its_tokens_at_once_and_leaves_the_others() {
    let made = Personal::new();
    let town = &made.town;
    block_on(town.app.delete_persona(&town.admin(), made.persona)).unwrap();
    let gone = Some(Reason::PersonaGone);
    assert_eq!(made.refusals(), [gone, None, gone]);
}

#[test]
fn nt15_a_token_of_a_persona_has_its_rights_and_never_those_of_the_default_one() {
    let made = Personal::new();
    let town = &made.town;
    let rights = |token: &CreatedApiToken| {
        let verified = town.try_to_verify(token.string.expose()).unwrap();
        let Verdict::Granted(grant) = verified.verdict else {
            panic!("refused");
        };
        assert_eq!(grant.via, Via::Token(token.token.id));
        assert_eq!(grant.principal.persona, token.token.persona);
        let names = grant.principal.rights.capabilities();
        names.map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(rights(&made.of_persona), ["use token"]);
    assert!(rights(&made.others[0]).contains(&"search".to_owned()));
}

/// spec/tanium.md 6.4: the token is genuine and stands, but nothing can be done with it.
#[test]
fn nt16_without_the_privilege_to_use_tokens_they_stop_at_once_and_with_it_they_work_at_once() {
    let made = Personal::new();
    let jwt = made.town.make_token("anna", Kind::Static);
    let key = made.town.sign_in("anna");
    made.town.edit_bearer(&["search"]).unwrap();
    assert_eq!(made.refusals(), [Some(Reason::PrivilegeMissing); 3]);
    for other in [jwt.string.expose(), key.expose()] {
        assert_eq!(made.town.refusal(other), None, "is no API token");
    }
    for privilege in ["use token", "administrator", "tokens.use"] {
        made.town.edit_bearer(&[privilege]).unwrap();
        assert_eq!(made.refusals(), [None; 3], "{privilege}");
    }
}

/// The settings' list and the module servers' count from the next verification on, however warm the memory is.
#[test]
fn nt40_a_list_of_the_settings_that_is_narrowed_refuses_the_old_address_at_once() {
    type Set = fn(&str) -> ApiTokensEdit;
    let lists: [Set; 2] = [
        |list| ApiTokensEdit {
            trusted_addresses: Some(networks(list)),
            ..ApiTokensEdit::default()
        },
        |list| ApiTokensEdit {
            module_servers: Some(networks(list)),
            ..ApiTokensEdit::default()
        },
    ];
    for set in lists {
        let town = Town::new();
        let token = town.api_token("anna");
        let refusal = |from: IpAddr| {
            let origin = origin_at(town.now(), from);
            let verified = block_on(town.engine.verify(token.string.expose(), &origin));
            match verified.unwrap().verdict {
                Verdict::Granted(_) => None,
                Verdict::Denied(reason) => Some(reason),
            }
        };
        let untrusted = Some(Reason::AddressNotTrusted);
        for (list, elsewhere) in [
            ("", untrusted),
            ("198.51.100.0/24", None),
            ("198.51.100.2", untrusted),
            ("0.0.0.0/0", None),
            ("198.51.100.0/31", None),
            ("::/0", untrusted),
            ("", untrusted),
        ] {
            town.edit_settings(set(list)).unwrap();
            assert_eq!(refusal(ELSEWHERE), elsewhere, "{list}");
            assert_eq!(refusal(ADDRESS), None, "its own list stands: {list}");
        }
        let lookups = town.store.lookups();
        assert_eq!(refusal(ADDRESS), None);
        assert_eq!(town.store.lookups(), lookups, "from a warm memory");
    }
}

#[test]
fn nt01_a_token_rotated_at_once_is_refused_at_once() {
    let town = Town::new();
    let old = town.api_token("anna");
    let string = old.string.expose();
    assert!(town.is_granted(string));
    let new = town.rotate("anna", string, 0).unwrap();
    assert_eq!(town.refusal(string), Some(Reason::Rotated));
    assert!(town.is_granted(new.string.expose()));
    town.evict();
    assert_eq!(town.refusal(string), Some(Reason::Rotated));
    assert_eq!(town.stored(old.token.id), None);
}

#[test]
fn a_token_rotated_with_an_overlap_works_until_it_ends_and_not_a_second_longer() {
    let town = Town::new();
    let old = town.api_token("anna");
    let string = old.string.expose();
    assert!(town.is_granted(string));
    let new = town.rotate("anna", string, 10).unwrap();
    for seconds in [0, 599] {
        town.advance(NOW + seconds - town.now().as_second());
        assert_eq!(town.refusal(string), None);
        assert_eq!(town.refusal(new.string.expose()), None);
        let again = town.rotate("anna", string, 0).map(|_| ());
        let rotated = tokenry_core::Error::Unauthenticated(Reason::Rotated);
        assert_eq!(again, Err(rotated), "only once");
    }
    town.advance(1);
    assert_eq!(town.now(), second(NOW + 600));
    assert_eq!(town.refusal(string), Some(Reason::Rotated));
    assert_eq!(town.refusal(new.string.expose()), None);
    town.evict();
    assert_eq!(town.refusal(string), Some(Reason::Rotated));
}

/// One that would have ended anyway does not live longer for its overlap.
#[test]
fn nt27_an_overlap_never_makes_an_old_token_live_longer() {
    let town = Town::new();
    let old = town.api_token("anna");
    let week = 7 * 86_400;
    town.advance(week - 60);
    town.rotate("anna", old.string.expose(), 60).unwrap();
    town.advance(59);
    assert_eq!(town.refusal(old.string.expose()), None);
    town.advance(1);
    assert_eq!(town.refusal(old.string.expose()), Some(Reason::Rotated));
}

/// A client that goes on and on with a dead token costs one look for its record and one for its tombstone, in all.
#[test]
fn nt67_a_dead_token_is_looked_for_once_and_then_never_again() {
    type End = fn(&Town, &CreatedApiToken);
    let ends: [(End, Reason); 4] = [
        (
            |town, token| town.delete("anna", Some(token.token.id)).unwrap(),
            Reason::Revoked,
        ),
        (
            |town, _| town.delete("anna", None).unwrap(),
            Reason::Revoked,
        ),
        (
            |town, token| {
                town.rotate("anna", token.string.expose(), 0).unwrap();
            },
            Reason::Rotated,
        ),
        (
            |town, _| block_on(town.app.delete_user(&town.admin(), "anna")).unwrap(),
            Reason::OwnerGone,
        ),
    ];
    for (end, reason) in ends {
        for warm in [false, true] {
            let town = Town::new();
            let token = town.api_token("anna");
            let string = token.string.expose();
            if warm {
                assert!(town.is_granted(string));
            }
            end(&town, &token);
            let before = town.store.lookups();
            assert_eq!(town.refusal(string), Some(reason));
            assert_eq!(town.store.lookups(), before + 2, "{reason}");
            for _ in 0..100 {
                assert_eq!(town.refusal(string), Some(reason));
            }
            assert_eq!(town.store.lookups(), before + 2, "{reason}");
        }
    }
}

#[test]
fn nt67_an_expired_token_is_looked_for_once_and_then_never_again() {
    let town = Town::new();
    let token = town.api_token("anna");
    town.advance(7 * 86_400);
    let before = town.store.lookups();
    for _ in 0..100 {
        assert_eq!(town.refusal(token.string.expose()), Some(Reason::Expired));
    }
    assert_eq!(town.store.lookups(), before + 1);
}

/// What the log is told of a token, alive or dead: its id, its number and whose it is.
#[test]
fn the_log_learns_whose_token_was_refused() {
    let town = Town::new();
    let persona = town.make_persona("Reporting", &["anna"]);
    let token = town.make_api_token("anna", Some(persona)).unwrap();
    let known = |string: &Plaintext| town.try_to_verify(string.expose()).unwrap().known;
    let alive = Known {
        token: Some(token.token.id),
        number: Some(token.token.number),
        user: Some("anna".to_owned()),
        persona,
    };
    // Of a granted token the grant says it.
    let granted = Known {
        user: None,
        ..alive.clone()
    };
    assert_eq!(known(&token.string), granted);
    town.lock("anna", true);
    assert_eq!(known(&token.string), alive);
    block_on(town.app.delete_user(&town.admin(), "anna")).unwrap();
    let dead = Known {
        persona: PersonaId::DEFAULT,
        ..alive
    };
    for _ in 0..2 {
        assert_eq!(known(&token.string), dead);
    }
}
