//! A long random course of events, done to a store and to the one in memory: both must always answer alike. This also
//! holds the counters of tokens to the truth.

use super::*;

pub(super) async fn any_course_of_events_ends_as_in_memory(kit: &Kit) {
    let heard = Arc::new(Heard::default());
    let model = MemoryStore::new(heard.clone());
    let dice = SeededEntropy::new(7);
    for step in 0..400 {
        let batch = random_batch(&dice, step);
        let (ours, expected) = (
            kit.store.apply(batch.clone()).await,
            model.apply(batch.clone()).await,
        );
        assert_eq!(
            ours.as_ref().ok(),
            expected.as_ref().ok(),
            "step {step}: {batch:?}: {ours:?}"
        );
        assert_eq!(
            is_conflict(&ours),
            is_conflict(&expected),
            "step {step}: {batch:?}: {ours:?}"
        );
        if step % 20 == 0 {
            assert_alike(kit, &model).await;
        }
    }
    assert_alike(kit, &model).await;
    assert_eq!(kit.heard(), std::mem::take(&mut *heard.0.lock().unwrap()));
}

async fn assert_alike(kit: &Kit, model: &dyn Port) {
    let (ours, expected) = (
        kit.store.world().await.unwrap(),
        model.world().await.unwrap(),
    );
    assert_eq!(contents(&ours), contents(&expected));
    for number in 0..8 {
        assert_eq!(
            kit.store.tombstone(token_id(number)).await.unwrap(),
            model.tombstone(token_id(number)).await.unwrap()
        );
    }
    for owner in [None]
        .into_iter()
        .chain((1..=4).map(|number| Some(user_id(number))))
    {
        let query = TokenQuery {
            owner,
            ..TokenQuery::default()
        };
        assert_eq!(
            kit.store.tokens(query.clone()).await.unwrap(),
            model.tokens(query).await.unwrap()
        );
    }
    for number in 1..=4 {
        assert_eq!(
            kit.store.password(user_id(number)).await.unwrap(),
            model.password(user_id(number)).await.unwrap()
        );
    }
    assert_eq!(
        kit.store.sessions(None, 100).await.unwrap(),
        model.sessions(None, 100).await.unwrap()
    );
    let lines = AuditQuery {
        limit: 1000,
        ..AuditQuery::default()
    };
    assert_eq!(
        kit.store.audit(lines.clone()).await.unwrap(),
        model.audit(lines).await.unwrap()
    );
}

/// One to three writes on a world so small that they often get in each other's way.
fn random_batch(dice: &SeededEntropy, step: i64) -> Batch {
    let throw = |sides: u8| {
        let mut shown = [0];
        dice.fill(&mut shown);
        shown[0] % sides
    };
    let writes = (0..=throw(3))
        .map(|_| random_write(&throw, step))
        .collect::<Vec<_>>();
    let events = (0..throw(3))
        .map(|number| event(Action::ALL[usize::from(number)], "model"))
        .collect();
    let changes = (0..throw(3))
        .map(|number| Change::TokenChanged(token_id(number)))
        .collect();
    Batch {
        world: (throw(8) == 0).then_some(Generation(step / 16)),
        writes,
        events,
        changes,
    }
}

fn random_write(throw: &dyn Fn(u8) -> u8, step: i64) -> Write {
    let owner = i64::from(throw(4)) + 1;
    let (number, who) = (throw(8), user_id(owner));
    let status = if throw(2) == 0 {
        Status::Disabled
    } else {
        Status::Enabled
    };
    let used = Use {
        at: at(step - i64::from(throw(20))),
        address: address("192.0.2.1"),
    };
    match throw(32) {
        0 => Write::DeleteRole(RoleName::parse("a").unwrap()),
        1 => Write::DeleteSession(digest(number)),
        2 => Write::DeleteSessionsOf(who),
        3 => Write::DeleteSessionsUnusedSince(at(step - 50)),
        4 => Write::DeleteToken(token_id(number), who, end(step, EndReason::Revoked)),
        5 => Write::DeleteTokensOf(who, end(step, EndReason::Rotated)),
        6 => Write::DeleteUser(who, end(step, EndReason::OwnerGone)),
        7 | 8 => Write::InsertSession(session(number, owner)),
        9..=13 => Write::InsertToken(token(number, owner)),
        14 | 15 => insert_user(owner),
        16 => Write::PutRole(role("a", step)),
        17 => Write::PutSettings(Settings::default()),
        18 => Write::RecordTokenUses(vec![(token_id(number), used), (token_id(throw(8)), used)]),
        19 => Write::RecordSessionUses(vec![(digest(number), used.at)]),
        20 => Write::SetPassword(who, hash(&format!("{step}"))),
        21 => Write::SetTokenStatus(token_id(number), who, status),
        22 => Write::SetTokenStatusOf(who, status),
        23 => Write::RequirePassword(who, hash("x")),
        24 => Write::RequireSession(digest(number)),
        25 => Write::DeleteTombstonesBefore(at(step - 30)),
        26 | 27 => Write::ReplaceToken {
            id: token_id(number),
            owner: who,
            expires: at(step),
            by: token_id(throw(8)),
        },
        28 | 29 => Write::PutObject(Object::built_in().remove(usize::from(throw(5)))),
        _ => Write::UpdateUser(User {
            token_epoch: step,
            locked: throw(2) == 0,
            deleted: throw(2) == 0,
            ..user(owner)
        }),
    }
}
