//! Rotation by id: every form, one's own and another's, and never more than the one who rotates may have.

use super::*;
use crate::{
    app::{NewToken, TokenEdit, TokensAuthEdit},
    token::{Origins, Rate, Scope, form::splunk_jwt, lifetime::Wanted},
    verify::{Grant, Via},
};

const SHAPES: [Shape; 4] = [
    Shape::Hex,
    Shape::Opaque(opaque::Kind::Personal),
    Shape::Opaque(opaque::Kind::Service),
    Shape::SplunkJwt,
];

/// With `keeper`, who may make tokens for all.
fn town() -> Town {
    let town = Town::with_bearers();
    let _ = town.settle_user("keeper", &["edit_tokens_all", "use token"]);
    town
}

fn issues(town: &Town, caller: &Caller, wanted: NewToken<'_>) -> IssuedToken {
    let issued = town.does(town.app.issue_token(caller, wanted)).value;
    keep(town, &issued.string);
    issued
}

fn keep(town: &Town, string: &Plaintext) {
    town.keep_secret(string);
}

/// Ends the old string after so long.
fn after(overlap: SignedDuration) -> Rotation {
    Rotation {
        overlap,
        kind: None,
    }
}

fn rotates(town: &Town, caller: &Caller, id: TokenId, rotation: Rotation) -> IssuedToken {
    let issued = town
        .does(town.app.rotate_token_of(caller, id, rotation))
        .value;
    keep(town, &issued.string);
    issued
}

fn refused(town: &Town, caller: &Caller, id: TokenId) -> Error {
    let refusals = [AT_ONCE, WEEK].map(|overlap| {
        let rotates = town.app.rotate_token_of(caller, id, after(overlap));
        town.refuses(rotates)
    });
    assert_eq!(refusals[0], refusals[1]);
    let [refusal, _] = refusals;
    refusal
}

/// The id that the string proves to be that of.
fn read(town: &Town, token: &IssuedToken) -> TokenId {
    let (keys, string) = (&town.ports.keys, token.string.expose());
    match token.token.form {
        Form::Hex => hex::read(keys, string).unwrap(),
        Form::Opaque => opaque::read(keys, string).unwrap(),
        Form::SplunkJwt => splunk_jwt::verify(keys, string).unwrap().claims.id,
    }
}

fn narrow(names: &[&str]) -> Scope {
    Scope::parse(names.iter().copied()).unwrap()
}

fn scope() -> Scope {
    narrow(&["edit_tokens_own", "reports.read"])
}

#[test]
fn a_token_of_every_form_is_renewed_with_all_it_has_but_id_number_string_and_times() {
    for (shape, by_owner) in SHAPES
        .into_iter()
        .flat_map(|shape| [(shape, true), (shape, false)])
    {
        let town = town();
        let persona = town.make_persona("Reporting", &["bearer"], &["bearer"]);
        let keeper = town.signed_in("keeper");
        let wanted = NewToken {
            shape,
            user: Some("bearer"),
            persona: Some(persona),
            audience: Some("reports"),
            name: "exporter".to_owned(),
            notes: "nightly\nexport".to_owned(),
            life: Wanted {
                expires_on: Some("+10d"),
                not_before: Some("+1d"),
            },
            addresses: Some(Networks::parse("", "198.51.100.7").unwrap()),
            scope: Some(scope()),
            rate: Some(Rate::new(60, 5).unwrap()),
            ..NewToken::default()
        };
        let old = issues(&town, &keeper, wanted).token;
        town.advance(2 * DAY + 7);
        let who = if by_owner { "bearer" } else { "keeper" };
        let caller = town.signed_in(who);
        let new = rotates(&town, &caller, old.id, after(AT_ONCE));
        let now = town.origin().at.as_second();
        // Ten days in hex; the other forms live from their begin to their end, which is nine.
        let days = if shape == Shape::Hex { 10 } else { 9 };
        let expected = Token {
            id: new.token.id,
            number: new.token.number,
            issuer: format!("{who} from sh01"),
            issued_at: second(now),
            not_before: second(now),
            expires: Some(second(now + days * DAY)),
            ..old.clone()
        };
        assert_eq!(new.token, expected, "{shape:?}");
        assert_eq!(read(&town, &new), new.token.id);
        assert_eq!(town.record(new.token.id), Some(expected));
        assert_eq!(town.record(old.id), None);
        assert_ne!(new.token.id, old.id);
        let revealed = town.does(town.app.reveal_token_of(&caller, new.token.id));
        let string = revealed.value.unwrap().string;
        assert_eq!(string.expose(), new.string.expose());
    }
}

#[test]
fn what_was_to_live_for_ever_does_so_still() {
    let town = town();
    let bearer = town.signed_in("bearer");
    for shape in [SHAPES[1], Shape::SplunkJwt] {
        let wanted = NewToken {
            shape,
            ..NewToken::default()
        };
        let old = issues(&town, &bearer, wanted).token;
        assert_eq!(old.expires, None);
        let new = rotates(&town, &bearer, old.id, after(AT_ONCE)).token;
        assert_eq!((new.expires, new.days), (None, None));
    }
}

#[test]
fn a_life_to_the_end_of_time_is_not_stretched_past_it() {
    let town = town();
    let bearer = town.signed_in("bearer");
    let wanted = NewToken {
        life: Wanted {
            expires_on: Some("9999-12-30T00:00:00Z"),
            not_before: None,
        },
        ..NewToken::default()
    };
    let old = issues(&town, &bearer, wanted).token;
    town.advance(30 * DAY);
    let caller = town.again(&bearer);
    let new = rotates(&town, &caller, old.id, after(AT_ONCE)).token;
    assert_eq!(new.expires, old.expires);
}

#[test]
fn whom_a_string_is_for_is_said_anew_for_the_record_does_not_know() {
    let town = town();
    let bearer = town.signed_in("bearer");
    let mut last = issues(&town, &bearer, NewToken::default());
    for (kind, prefix) in [
        (Some(opaque::Kind::Service), "tky_svc_"),
        (None, "tky_pat_"),
        (Some(opaque::Kind::Personal), "tky_pat_"),
    ] {
        let rotation = Rotation {
            kind,
            ..Rotation::default()
        };
        last = rotates(&town, &bearer, last.token.id, rotation);
        assert!(last.string.expose().starts_with(prefix));
    }
}

#[test]
fn with_an_overlap_both_work_and_the_old_one_is_not_rotated_again() {
    let town = town();
    let bearer = town.signed_in("bearer");
    for shape in SHAPES {
        let wanted = NewToken {
            shape,
            ..NewToken::default()
        };
        let old = issues(&town, &bearer, wanted).token;
        let hour = SignedDuration::from_hours(1);
        let done = town.does(town.app.rotate_token_of(&bearer, old.id, after(hour)));
        keep(&town, &done.value.string);
        let lines = said(&done.events);
        let reason = "token rotated, works for another 1h";
        assert_eq!(lines[0], (Action::UpdateToken, Some(old.id), reason));
        assert_eq!(lines[1].0, Action::CreateToken);
        done.told(&[Change::TokenChanged(old.id)]);
        let kept = town.record(old.id).unwrap();
        assert_eq!(kept.expires, Some(second(NOW + 3600)));
        assert_eq!(kept.replaced_by, Some(done.value.token.id));
        let again = "The token has been rotated already: rotate the one that replaced it";
        assert_eq!(refused(&town, &bearer, old.id), Error::conflict(again));
    }
}

#[test]
fn by_id_an_overlap_is_from_none_to_a_week_too() {
    let town = town();
    let bearer = town.signed_in("bearer");
    let old = issues(&town, &bearer, NewToken::default()).token;
    let second = SignedDuration::from_secs(1);
    for overlap in [-second, WEEK + second, SignedDuration::MIN] {
        let rotates = town.app.rotate_token_of(&bearer, old.id, after(overlap));
        let why = "must be between 0 and 10080 (a week)";
        let expected = Error::invalid("overlap_in_minutes", why);
        assert_eq!(town.refuses(rotates), expected);
    }
}

#[test]
fn nt27_fifty_rotations_by_id_never_pass_a_maximum() {
    let town = town();
    let keeper = town.signed_in("keeper");
    for (shape, days) in [(Shape::Hex, 20), (SHAPES[1], 30), (Shape::SplunkJwt, 30)] {
        town.set_api_tokens(ApiTokensEdit {
            max_expiration_in_days: Some(30),
            ..ApiTokensEdit::default()
        });
        let wanted = NewToken {
            shape,
            user: Some("bearer"),
            life: Wanted {
                expires_on: Some("+30d"),
                not_before: None,
            },
            ..NewToken::default()
        };
        let mut last = issues(&town, &town.again(&keeper), wanted).token;
        town.set_api_tokens(ApiTokensEdit {
            max_expiration_in_days: Some(20),
            ..ApiTokensEdit::default()
        });
        for n in 0..50 {
            town.advance(61);
            let overlap = if n % 2 == 0 { AT_ONCE } else { WEEK };
            let caller = town.again(&keeper);
            last = rotates(&town, &caller, last.id, after(overlap)).token;
            let now = town.origin().at.as_second();
            assert_eq!(last.expires, Some(second(now + days * DAY)), "{shape:?}");
        }
    }
}

#[test]
fn nt18_anothers_token_is_rotated_only_by_who_may_make_tokens_for_him() {
    let town = town();
    let _ = town.settle_user("rotator", &["tokens.rotate.own", "list_tokens_all"]);
    let bearer = town.signed_in("bearer");
    let id = issues(&town, &bearer, NewToken::default()).token.id;
    for name in ["viewer", "rotator", "all_lister"] {
        let refusal_of = refusal(name, "edit_tokens_all");
        assert_eq!(refused(&town, &town.signed_in(name), id), refusal_of);
    }
    let for_rotator = NewToken {
        user: Some("rotator"),
        ..NewToken::default()
    };
    let own = issues(&town, &town.signed_in("keeper"), for_rotator).token;
    let rotator = town.signed_in("rotator");
    assert_eq!(
        rotates(&town, &rotator, own.id, after(WEEK)).token.owner,
        own.owner
    );
}

#[test]
fn nt19_by_id_what_one_may_not_see_looks_like_none() {
    let town = town();
    let bearer = town.signed_in("bearer");
    let id = issues(&town, &bearer, NewToken::default()).token.id;
    for name in ["other", "revoker", "own_maker", "nobody"] {
        for id in [id, TokenId::from_bytes([9; 32])] {
            let unknown = Error::not_found("token", id.to_hex());
            assert_eq!(refused(&town, &town.signed_in(name), id), unknown);
        }
    }
}

#[test]
fn by_id_a_token_that_does_not_stand_is_not_rotated_and_it_is_said_why() {
    let town = town();
    let keeper = town.signed_in("keeper");
    let life = Wanted {
        expires_on: Some("+2d"),
        not_before: Some("+1d"),
    };
    let wanted = |persona| NewToken {
        user: Some("bearer"),
        persona,
        life,
        ..NewToken::default()
    };
    let id = issues(&town, &keeper, wanted(None)).token.id;
    let persona = town.make_persona("Reporting", &["bearer"], &["bearer"]);
    let of_persona = issues(&town, &keeper, wanted(Some(persona))).token.id;
    let says = |id, words: &str| {
        let caller = town.again(&keeper);
        assert_eq!(refused(&town, &caller, id), Error::conflict(words));
    };
    says(
        id,
        "The token is not valid yet, so its string is as good as new",
    );
    town.advance(DAY);
    let set = |status| {
        let caller = town.again(&keeper);
        let _ = town.does(town.app.set_status_of(&caller, &[id], status));
    };
    set(Status::Disabled);
    says(id, "The token is disabled: enable it before you rotate it");
    set(Status::Enabled);
    town.assign(persona, &[]);
    says(
        of_persona,
        "The user of the token may no longer act as its persona",
    );
    let lock = |locked| {
        let edit = UserEdit {
            locked: Some(locked),
            ..UserEdit::default()
        };
        let admin = town.caller("admin");
        let _ = town.does(town.app.edit_user(&admin, "bearer", edit));
    };
    lock(true);
    says(id, "The user of the token is locked or deleted");
    lock(false);
    town.advance(DAY);
    says(id, "The token has expired: make another");
    let off = TokensAuthEdit {
        disabled: Some(true),
        ..TokensAuthEdit::default()
    };
    let _ = town.does(town.app.edit_tokens_auth(&town.caller("admin"), off));
    says(id, "Token authentication is disabled");
}

/// Whoever presents this token, with the rights it has.
fn bearer_of(town: &Town, token: &Token) -> Caller {
    let caller = town.bearer_of(token);
    let principal = match &token.scope {
        None => return caller,
        Some(scope) => Arc::new(caller.principal().narrowed(scope)),
    };
    let grant = Grant {
        principal,
        ..caller.grant
    };
    Caller::new(grant, caller.origin)
}

#[test]
fn nt21_a_narrowed_token_rotates_itself_and_none_that_is_less_narrow() {
    let town = town();
    let maker = town.signed_in("own_maker");
    let narrowed = |scope| NewToken {
        scope: Some(scope),
        ..NewToken::default()
    };
    let wide = issues(&town, &maker, NewToken::default()).token;
    let beside = narrow(&["edit_tokens_own", "reports.write"]);
    let beside = issues(&town, &maker, narrowed(beside)).token;
    let within = issues(&town, &maker, narrowed(narrow(&["edit_tokens_own"]))).token;
    let narrow = issues(&town, &maker, narrowed(scope())).token;
    let caller = bearer_of(&town, &narrow);
    for id in [wide.id, beside.id] {
        let refused = refused(&town, &caller, id);
        assert!(matches!(refused, Error::Refused(_)), "{refused:?}");
    }
    let new = rotates(&town, &caller, within.id, after(AT_ONCE)).token;
    assert_eq!(new.scope, within.scope);
    let new = rotates(&town, &caller, narrow.id, after(WEEK)).token;
    assert_eq!(new.scope, narrow.scope);
}

#[test]
fn nt21_a_token_rotates_none_of_a_persona_that_may_do_more() {
    let town = town();
    let wide = town.make_persona("Wide", &["bearer", "user_editor"], &["bearer"]);
    let bearer = town.signed_in("bearer");
    let of = |persona| NewToken {
        persona: Some(persona),
        ..NewToken::default()
    };
    let more = issues(&town, &bearer, of(wide)).token;
    let plain = issues(&town, &bearer, NewToken::default()).token;
    let refused = refused(&town, &town.bearer_of(&plain), more.id);
    assert!(matches!(refused, Error::Refused(_)), "{refused:?}");
    // He who has signed in chooses among all his personas.
    let new = rotates(&town, &bearer, more.id, after(AT_ONCE)).token;
    assert_eq!(new.persona, wide);
    // And a token may rotate one that may do less.
    let _ = rotates(&town, &town.bearer_of(&new), plain.id, after(AT_ONCE));
}

#[test]
fn nt21_who_acts_as_a_persona_rotates_none_of_a_user_who_may_do_more() {
    let town = town();
    let makers = town.make_persona("Makers", &["all_maker"], &["admin"]);
    let admin = town.signed_in("admin");
    let his = NewToken {
        user: Some("user_editor"),
        ..NewToken::default()
    };
    let token = issues(&town, &admin, his).token;
    let acting = town.acting("admin", makers, admin.grant.via);
    let refused = refused(&town, &acting, token.id);
    assert!(matches!(refused, Error::Refused(_)), "{refused:?}");
    let _ = rotates(&town, &admin, token.id, after(AT_ONCE));
}

/// What one does to a token while another rotates it.
type Deed = fn(&Town, &Token);

/// An heir of what was narrowed, or ended, would be what it was before.
#[test]
fn nt09_a_token_that_is_changed_while_it_is_rotated_has_no_heir() {
    let deeds: [Deed; 3] = [
        |town, token| {
            let admin = town.caller("admin");
            let (ids, off) = ([token.id], Status::Disabled);
            assert!(block_on(town.app.set_status_of(&admin, &ids, off)).is_ok());
        },
        |town, token| {
            let revokes = town.caller("admin");
            assert!(block_on(town.app.revoke(&revokes, &[token.id])).is_ok());
        },
        |town, token| {
            let edit = TokenEdit {
                addresses: Some(Origins::Trusted(Networks::default())),
                ..TokenEdit::default()
            };
            let admin = town.caller("admin");
            let edited = town.app.edit_token(&admin, token.id, edit);
            assert!(block_on(edited).is_ok());
        },
    ];
    for (deed, overlap) in deeds
        .into_iter()
        .flat_map(|deed| [(deed, AT_ONCE), (deed, WEEK)])
    {
        let town = Arc::new(town());
        let bearer = town.signed_in("bearer");
        let token = issues(&town, &bearer, NewToken::default()).token;
        let interruption: Interruption = {
            let (town, token) = (Arc::clone(&town), token.clone());
            Box::new(move || deed(&town, &token))
        };
        let store = Arc::clone(&town.ports.store);
        let store = Arc::new(Interleaved::new(store, vec![interruption]));
        let app = town.app_over(|ports| ports.store = store.clone());
        let rotated = block_on(app.rotate_token_of(&bearer, token.id, after(overlap)));
        let words = "The token was changed, rotated or deleted meanwhile";
        assert_eq!(rotated.map(|_| ()), Err(Error::conflict(words)));
        assert_eq!(store.left(), 0);
        assert!(town.dump().tokens.len() <= 1);
    }
}

/// By string, the token of a caller is renewed for what it was for, too.
#[test]
fn by_string_a_token_keeps_its_audience() {
    let town = town();
    let bearer = town.signed_in("bearer");
    let wanted = NewToken {
        shape: Shape::Hex,
        audience: Some("reports"),
        ..NewToken::default()
    };
    let old = issues(&town, &bearer, wanted);
    let (new, _) = super::rotates(&town, &bearer, &old.string, AT_ONCE);
    assert_eq!(new.token.audience, old.token.audience);
    assert!(matches!(bearer.grant.via, Via::Session(_)));
}
