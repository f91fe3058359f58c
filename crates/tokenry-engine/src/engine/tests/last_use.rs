//! Last uses: gathered without a write, written down in one go, kept when they cannot be; and a session lives as long as
//! it is used, whether or not its last use has been written yet.

use std::{net::IpAddr, sync::atomic::Ordering::SeqCst};

use tokenry_core::{
    secret::Digest,
    token::{Use, form::splunk_jwt::Kind},
    verify::{Reason, Verdict},
};

use super::town::{ADDRESS, IDLE, NOW, Town, block_on, origin_at, second};
use crate::Gathered;

const NOTHING: Gathered = Gathered {
    tokens: Vec::new(),
    sessions: Vec::new(),
};

#[test]
fn many_uses_are_one_row_and_only_granted_ones_count() {
    let town = Town::new();
    let (used, refused) = (
        town.make_token("anna", Kind::Static),
        town.make_token("bert", Kind::Static),
    );
    let ephemeral = town.make_token("anna", Kind::Ephemeral);
    let hex = town.api_token("anna");
    let key = town.sign_in("anna");
    town.lock("bert", true);
    for _ in 0..1000 {
        town.advance(1);
        assert!(town.is_granted(used.string.expose()));
        assert!(town.is_granted(hex.string.expose()));
        let elsewhere = origin_at(town.now(), IpAddr::from([198, 51, 100, 1]));
        let verified = town.engine.verify(hex.string.expose(), &elsewhere);
        assert!(matches!(
            block_on(verified).unwrap().verdict,
            Verdict::Denied(_)
        ));
        assert!(town.is_granted(ephemeral.string.expose()));
        assert!(town.is_granted(key.expose()));
        assert!(!town.is_granted(refused.string.expose()));
    }
    let at = second(NOW + 1000);
    let last = Use {
        at,
        address: ADDRESS,
    };
    let mut gathered = town.engine.uses().take();
    gathered
        .tokens
        .sort_unstable_by_key(|(id, _)| *id != used.id);
    assert_eq!(gathered.tokens, [(used.id, last), (hex.token.id, last)]);
    assert!(gathered.sessions == [(Digest::of(key.expose()), at)]);
    assert_eq!(town.engine.uses().take(), NOTHING, "taken once");
}

/// In a round of all parts each token is written once, however often it is used.
#[test]
fn a_round_of_all_parts_takes_every_token_once() {
    const PARTS: u32 = 6;
    let town = Town::new();
    let tokens: Vec<_> = (0..40).map(|_| town.api_token("anna")).collect();
    let mut taken = Vec::new();
    for number in 0..PARTS {
        for token in &tokens {
            assert!(town.is_granted(token.string.expose()));
        }
        let part = town.engine.uses().take_part(number, PARTS);
        taken.extend(part.tokens.into_iter().map(|(id, _)| id));
    }
    taken.sort_unstable();
    let mut all: Vec<_> = tokens.iter().map(|token| token.token.id).collect();
    all.sort_unstable();
    assert_eq!(taken, all);
}

#[test]
fn a_use_from_before_does_not_hide_a_later_one() {
    let town = Town::new();
    let token = town.make_token("anna", Kind::Static);
    let elsewhere = IpAddr::from([198, 51, 100, 1]);
    let verify = |at, address| {
        let origin = origin_at(second(NOW + at), address);
        let verified = town.engine.verify(token.string.expose(), &origin);
        block_on(verified).unwrap();
    };
    verify(10, ADDRESS);
    verify(5, elsewhere);
    let gathered = town.engine.uses().take();
    let latest = Use {
        at: second(NOW + 10),
        address: ADDRESS,
    };
    assert_eq!(gathered.tokens, [(token.id, latest)]);
    verify(20, elsewhere);
    town.engine.uses().put_back(gathered);
    let newer = Use {
        at: second(NOW + 20),
        address: elsewhere,
    };
    assert_eq!(town.engine.uses().take().tokens, [(token.id, newer)]);
}

#[test]
fn nt75_uses_that_cannot_be_written_are_kept_and_written_later() {
    let town = Town::new();
    let token = town.make_token("anna", Kind::Static);
    let hex = town.api_token("anna");
    let key = town.sign_in("anna");
    let uses_all = || {
        let strings = [token.string.expose(), hex.string.expose(), key.expose()];
        strings.map(|string| town.is_granted(string)) == [true; 3]
    };
    assert!(uses_all());
    town.advance(60);
    assert!(uses_all());
    town.store.is_down.store(true, SeqCst);
    for _ in 0..3 {
        assert!(town.flush().is_err());
    }
    for id in [token.id, hex.token.id] {
        assert_eq!(town.stored(id).unwrap().last_used, None);
    }
    town.store.is_down.store(false, SeqCst);
    town.flush().unwrap();
    for id in [token.id, hex.token.id] {
        let used = town.stored(id).unwrap().last_used.unwrap();
        assert_eq!(used.at, second(NOW + 60));
    }
    let session = town.stored_session(&key).unwrap();
    assert_eq!(session.last_used, second(NOW + 60));
    assert_eq!(town.engine.uses().take(), NOTHING);
}

#[test]
fn a_use_of_what_is_deleted_before_it_is_written_revives_nothing() {
    let town = Town::new();
    let token = town.make_token("anna", Kind::Static);
    let hex = town.api_token("anna");
    let key = town.sign_in("anna");
    let uses_all = || {
        let strings = [token.string.expose(), hex.string.expose(), key.expose()];
        strings.map(|string| town.is_granted(string)) == [true; 3]
    };
    assert!(uses_all());
    town.delete("anna", Some(token.id)).unwrap();
    town.rotate("anna", hex.string.expose(), 0).unwrap();
    block_on(town.app.logout(&town.admin(), Digest::of(key.expose()))).unwrap();
    town.flush().unwrap();
    assert_eq!(town.stored(token.id), None);
    assert_eq!(town.stored(hex.token.id), None);
    assert!(town.stored_session(&key).is_none());
    for string in [token.string.expose(), hex.string.expose(), key.expose()] {
        assert!(!town.is_granted(string));
    }
}

#[test]
fn a_session_lives_as_long_as_it_is_used() {
    let town = Town::new();
    let key = town.sign_in("anna");
    for _ in 0..5 {
        town.advance(IDLE - 1);
        assert_eq!(town.refusal(key.expose()), None);
    }
    town.advance(IDLE);
    assert_eq!(town.refusal(key.expose()), Some(Reason::SessionIdle));
    assert_eq!(town.refusal(key.expose()), Some(Reason::SessionIdle));
}

#[test]
fn a_session_that_is_read_again_is_as_old_as_its_last_use() {
    let town = Town::new();
    let key = town.sign_in("anna");
    for flushes in [false, true, false, false, true] {
        town.advance(IDLE - 1);
        assert_eq!(town.refusal(key.expose()), None);
        if flushes {
            town.flush().unwrap();
        }
        town.evict();
    }
    town.advance(IDLE);
    assert_eq!(town.refusal(key.expose()), Some(Reason::SessionIdle));
}

/// The flush takes the uses out, and a moment later they are in the store. A session that is read again within this
/// moment must not look older than it is.
#[test]
fn a_session_that_is_read_again_while_its_use_is_being_written_is_not_idle() {
    let town = Town::new();
    let key = town.sign_in("anna");
    town.advance(IDLE - 1);
    assert_eq!(town.refusal(key.expose()), None);
    let on_its_way = town.engine.uses().take();
    assert_eq!(on_its_way.sessions.len(), 1);
    town.evict();
    town.advance(2);
    assert_eq!(town.refusal(key.expose()), None);
}

/// Sweeping looks at the store alone, so what is gathered is written first.
#[test]
fn a_session_in_use_is_not_swept_out() {
    let town = Town::new();
    let (used, idle) = (town.sign_in("anna"), town.sign_in("anna"));
    town.advance(IDLE - 1);
    assert!(town.is_granted(used.expose()));
    town.advance(2);
    town.flush().unwrap();
    block_on(town.app.delete_idle_sessions()).unwrap();
    assert!(town.stored_session(&used).is_some());
    assert!(town.stored_session(&idle).is_none());
    for _ in 0..2 {
        assert_eq!(town.refusal(used.expose()), None);
        assert_ne!(town.refusal(idle.expose()), None);
        town.evict();
    }
}
