//! Rotation: what is kept, who may, when the old string ends, and what is left behind. By string; by id in `by_id`.

mod by_id;

use std::sync::Arc;

use super::*;
use crate::{
    app::{
        ApiTokensEdit, NewApiToken, UserEdit,
        testing::{ADDRESS, Interleaved, Interruption, NOW, Town, block_on, refusal, second},
    },
    audit::Event,
    id::TokenId,
    token::{
        Status,
        address::Networks,
        form::{
            key_ring::{KeyId, KeyRing, RootSecret},
            splunk_jwt::Kind,
        },
    },
};

const DAY: i64 = 86_400;
const AT_ONCE: SignedDuration = SignedDuration::ZERO;
const WEEK: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The session of `bearer`, and a token it made.
fn town() -> (Town, Caller, CreatedApiToken) {
    let town = Town::with_bearers();
    let caller = town.signed_in("bearer");
    let token = town.make_api_token(&caller, NewApiToken::default());
    (town, caller, token)
}

/// Rotates, and gives the new token and the audit lines.
fn rotates(
    town: &Town,
    caller: &Caller,
    string: &Plaintext,
    overlap: SignedDuration,
) -> (CreatedApiToken, Vec<Event>) {
    let done = town.does(town.app.rotate_token(caller, string, overlap));
    town.keep_hex(&done.value);
    (done.value, done.events)
}

#[track_caller]
fn refuses(town: &Town, caller: &Caller, string: &Plaintext, reason: Reason) {
    for overlap in [AT_ONCE, SignedDuration::from_mins(5)] {
        let refused = town.refuses(town.app.rotate_token(caller, string, overlap));
        assert_eq!(refused, Error::Unauthenticated(reason));
    }
}

fn again(string: &Plaintext) -> Plaintext {
    Plaintext::from(string.expose().to_owned())
}

/// What an audit line says: what was done, to which token, why.
fn said(events: &[Event]) -> Vec<(Action, Option<TokenId>, &str)> {
    events
        .iter()
        .map(|event| (event.action, event.token, &*event.reason))
        .collect()
}

#[test]
fn the_new_token_is_like_the_old_one_but_for_its_id_number_string_and_times() {
    let (town, session, _) = town();
    let persona = town.make_persona("Reporting", &["bearer"], &["bearer"]);
    let wanted = NewApiToken {
        persona: Some(persona),
        days: Some(30),
        name: "exporter".to_owned(),
        notes: "nightly\nexport".to_owned(),
        trusted: Networks::parse("", "198.51.100.7,203.0.113.0/24").unwrap(),
    };
    let first = town.make_api_token(&session, wanted.clone());
    town.advance(1000);
    for caller in [town.again(&session), town.bearer_of(&first.token)] {
        let caller = town.again(&caller);
        let old = town.make_api_token(&caller, wanted.clone());
        town.advance(1000);
        let now = town.origin().at.as_second();
        let caller = town.again(&caller);
        let (new, _) = rotates(&town, &caller, &old.string, AT_ONCE);
        let expected = Token {
            id: new.token.id,
            number: new.token.number,
            issued_at: second(now),
            not_before: second(now),
            expires: Some(second(now + 30 * DAY)),
            ..old.token.clone()
        };
        assert_eq!(new.token, expected);
        assert_ne!(new.token.id, old.token.id);
        assert!(new.token.number > old.token.number);
        assert_eq!(town.record(new.token.id), Some(expected));
        assert_eq!(town.record(old.token.id), None);
    }
}

#[test]
fn a_rotation_is_one_deletion_and_one_creation_in_the_audit_log() {
    let (town, caller, old) = town();
    let done = town.does(town.app.rotate_token(&caller, &old.string, AT_ONCE));
    town.keep_hex(&done.value);
    let new = done.value.token.id;
    done.told(&[Change::TokenChanged(old.token.id)]);
    assert_eq!(
        said(&done.events),
        [
            (Action::DeleteToken, Some(old.token.id), "token rotated"),
            (
                Action::CreateToken,
                Some(new),
                "hex token as persona 0, expires 2023-11-21T22:13:20Z"
            ),
        ]
    );
    for event in &done.events {
        let who = (&*event.actor, event.target.as_deref(), event.address);
        assert_eq!(who, ("bearer", Some("bearer"), Some(ADDRESS)));
    }
}

#[test]
fn with_an_overlap_the_old_token_stays_until_it_ends() {
    for (minutes, words) in [(1, "1m"), (90, "1h 30m"), (7 * 24 * 60, "168h")] {
        let (town, caller, old) = town();
        let overlap = SignedDuration::from_mins(minutes);
        let (new, events) = rotates(&town, &caller, &old.string, overlap);
        let lines = said(&events);
        let reason = format!("token rotated, works for another {words}");
        let line = (Action::UpdateToken, Some(old.token.id), &*reason);
        assert_eq!((lines.len(), lines[0]), (2, line));
        let kept = town.record(old.token.id).unwrap();
        assert_eq!(kept.expires, Some(second(NOW + minutes * 60)));
        assert_eq!(kept.replaced_by, Some(new.token.id));
        assert_eq!(new.token.replaced_by, None);
        refuses(&town, &caller, &old.string, Reason::Rotated);
    }
}

#[test]
fn an_overlap_is_from_none_to_a_week() {
    let (town, caller, old) = town();
    let second = SignedDuration::from_secs(1);
    for overlap in [
        -second,
        WEEK + second,
        SignedDuration::MAX,
        SignedDuration::MIN,
    ] {
        let refused = town.refuses(town.app.rotate_token(&caller, &old.string, overlap));
        let why = "must be between 0 and 10080 (a week)";
        assert_eq!(refused, Error::invalid("overlap_in_minutes", why));
    }
    let _ = rotates(&town, &caller, &old.string, WEEK);
}

#[test]
fn nt27_an_overlap_never_lengthens_a_life() {
    let (town, caller, old) = town();
    town.advance(7 * DAY - 100);
    let _ = rotates(&town, &town.again(&caller), &old.string, WEEK);
    let kept = town.record(old.token.id).unwrap();
    assert_eq!(kept.expires, old.token.expires);
}

/// spec/tanium.md 4.4.
#[test]
fn nt26_a_rotation_never_exceeds_a_maximum_that_was_lowered() {
    let (town, caller, _) = town();
    let wanted = NewApiToken {
        days: Some(300),
        ..NewApiToken::default()
    };
    let mut last = town.make_api_token(&caller, wanted);
    for (max, days) in [(365, 300), (60, 60), (365, 60), (1, 1)] {
        town.set_api_tokens(ApiTokensEdit {
            max_expiration_in_days: Some(max),
            ..ApiTokensEdit::default()
        });
        last = rotates(&town, &caller, &last.string, AT_ONCE).0;
        assert_eq!(last.token.days, Some(days));
        let end = second(NOW + i64::from(days) * DAY);
        assert_eq!(last.token.expires, Some(end));
    }
}

#[test]
fn nt27_a_chain_of_rotations_keeps_the_number_of_days() {
    let (town, caller, mut last) = town();
    for n in 1..=50 {
        town.advance(60);
        last = rotates(&town, &town.again(&caller), &last.string, AT_ONCE).0;
        assert_eq!(last.token.days, Some(7));
        assert_eq!(last.token.expires, Some(second(NOW + n * 60 + 7 * DAY)));
    }
    assert_eq!(town.dump().tokens.len(), 1);
}

/// spec/tanium.md 4.4: the prefix may be missing, or be there many times.
#[test]
fn prefixes_do_not_matter_and_digits_do() {
    let (town, caller, mut last) = town();
    for prefixes in [0, 1, 2, 3] {
        let digits = last.string.expose().trim_start_matches("token-").to_owned();
        let shouted = Plaintext::from(digits.to_uppercase());
        refuses(&town, &caller, &shouted, Reason::Malformed);
        let string = format!("{}{digits}", "token-".repeat(prefixes));
        last = rotates(&town, &caller, &string.into(), AT_ONCE).0;
    }
}

#[test]
fn nt53_what_is_not_the_exact_string_of_a_living_token_is_not_rotated() {
    let (town, caller, old) = town();
    let genuine = old.string.expose();
    let jwt = town.make_token("admin", Kind::Static, "bearer").string;
    let session = Plaintext::from("7-318-".to_owned() + &"a".repeat(64));
    let cut = Plaintext::from(genuine[..63].to_owned());
    let spaced = Plaintext::from(format!("{genuine} "));
    let empty = Plaintext::from(String::new());
    for string in [jwt, session, cut, spaced, empty] {
        refuses(&town, &caller, &string, Reason::Malformed);
    }
    let made_up = Plaintext::from(format!("token-{}", "a".repeat(58)));
    let longer = Plaintext::from(format!("{genuine}0"));
    let other = KeyRing::new(vec![(KeyId::first(), RootSecret::from_bytes([8; 32]))]).unwrap();
    let (foreign, _) = hex::make(&other, &vec![1; hex::random_bytes(64)], 64);
    for string in [made_up, longer, foreign] {
        refuses(&town, &caller, &string, Reason::BadSignature);
    }
    let (never_stored, _) = hex::make(&town.ports.keys, &vec![1; hex::random_bytes(64)], 64);
    refuses(&town, &caller, &never_stored, Reason::Unknown);
}

#[test]
fn nt18_nobody_rotates_a_token_of_somebody_else() {
    let (town, _, old) = town();
    for name in ["other", "admin", "all_maker"] {
        let caller = town.signed_in(name);
        refuses(&town, &caller, &old.string, Reason::ForeignToken);
    }
    let requires = "edit_tokens_all or edit_tokens_own";
    for name in ["viewer", "revoker", "nobody"] {
        let caller = town.signed_in(name);
        let refused = town.refuses(town.app.rotate_token(&caller, &old.string, AT_ONCE));
        assert_eq!(refused, refusal(name, requires));
    }
}

#[test]
fn a_dead_token_is_not_rotated_and_the_log_is_told_what_it_died_of() {
    let (town, caller, old) = town();
    let string = again(&old.string);
    let _ = rotates(&town, &caller, &old.string, AT_ONCE);
    refuses(&town, &caller, &string, Reason::Rotated);

    let deleted = town.make_api_token(&caller, NewApiToken::default());
    let delete = town.app.delete_api_token(&caller, deleted.token.number);
    let _ = town.does(delete);
    refuses(&town, &caller, &deleted.string, Reason::Revoked);

    let expired = town.make_api_token(&caller, NewApiToken::default());
    town.advance(7 * DAY);
    refuses(
        &town,
        &town.again(&caller),
        &expired.string,
        Reason::Expired,
    );
}

#[test]
fn a_token_that_does_not_stand_is_not_rotated_into_one_that_does() {
    let (town, caller, old) = town();
    let admin = town.caller("admin");
    let off = Status::Disabled;
    let _ = town.does(town.app.set_token_status(&admin, "bearer", None, off));
    refuses(&town, &caller, &old.string, Reason::Disabled);

    let persona = town.make_persona("Reporting", &["bearer"], &["bearer"]);
    let wanted = NewApiToken {
        persona: Some(persona),
        ..NewApiToken::default()
    };
    let of_persona = town.make_api_token(&caller, wanted);
    town.assign(persona, &["other"]);
    refuses(
        &town,
        &caller,
        &of_persona.string,
        Reason::PersonaUnassigned,
    );
    let _ = town.does(town.app.delete_persona(&admin, persona));
    refuses(&town, &caller, &of_persona.string, Reason::PersonaGone);

    let fresh = town.make_api_token(&caller, NewApiToken::default());
    let lock = UserEdit {
        locked: Some(true),
        ..UserEdit::default()
    };
    let _ = town.does(town.app.edit_user(&admin, "bearer", lock));
    refuses(&town, &caller, &fresh.string, Reason::OwnerLocked);
}

/// It is the caller who is here, and his credential has been checked: a token that is trusted nowhere can be rotated.
#[test]
fn a_token_is_rotated_from_wherever_its_user_is() {
    let (town, caller, old) = town();
    assert_eq!(
        old.token.origins,
        crate::token::Origins::Trusted(Networks::default())
    );
    let _ = rotates(&town, &caller, &old.string, AT_ONCE);
}

/// Whoever disables a token knows that nothing comes of it, even if somebody is just rotating it (NT-09).
#[test]
fn nt09_a_token_that_is_disabled_while_it_is_rotated_has_no_heir() {
    for overlap in [AT_ONCE, WEEK] {
        let (town, caller, made) = town();
        let town = Arc::new(town);
        let disables: Interruption = {
            let (town, id) = (Arc::clone(&town), made.token.id.to_hex());
            Box::new(move || {
                let admin = town.caller("admin");
                let app = &town.app;
                let done = app.set_token_status(&admin, "bearer", Some(&id), Status::Disabled);
                assert_eq!(block_on(done), Ok(()));
            })
        };
        let store = Arc::clone(&town.ports.store);
        let store = Arc::new(Interleaved::new(store, vec![disables]));
        let app = town.app_over(|ports| ports.store = store);
        let rotated = block_on(app.rotate_token(&caller, &made.string, overlap));
        assert!(matches!(rotated, Err(Error::Unauthenticated(_))));
        assert_eq!(town.dump().tokens.len(), 1);
    }
}
