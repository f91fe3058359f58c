//! What outlives a token, a user, or a name: numbers, tombstones, and what users and roles refer to.

use tokenry_core::{
    id::{ComputerGroupId, UserGroupId},
    principal::{Persona, Stamp, UserGroup},
};

use super::*;

pub(super) async fn numbers_grow_and_are_never_reused(kit: &Kit) {
    kit.write([insert_user(1), insert_user(2)]).await;
    let numbers = async |of: &[u8]| {
        let mut numbers = Vec::new();
        for number in of {
            let token = kit.store.token(token_id(*number)).await.unwrap();
            numbers.push(token.map_or(0, |token| token.number.number()));
        }
        numbers
    };
    let insert = |number: u8| Write::InsertToken(token(number, 1 + i64::from(number) % 2));
    let last = async |writes: Vec<Write>| {
        let applied = kit.apply(writes).await.unwrap();
        applied.token_number.number()
    };
    assert_eq!(last(vec![]).await, 0);
    assert_eq!(last(vec![insert(1), insert(2), insert(3)]).await, 3);
    assert_eq!(numbers(&[1, 2, 3]).await, [1, 2, 3]);

    let refused = kit.apply([insert(4), insert(1)]).await;
    assert!(is_conflict(&refused), "{refused:?}");
    let delete = Write::DeleteToken(token_id(3), user_id(2), revoked());
    assert_eq!(last(vec![delete, insert(5)]).await, 4);
    let delete = Write::DeleteTokensOf(user_id(2), revoked());
    assert_eq!(last(vec![insert(3), delete, insert(3)]).await, 6);
    let delete = Write::DeleteUser(user_id(1), revoked());
    assert_eq!(last(vec![delete]).await, 6);
    assert_eq!(last(vec![insert(7)]).await, 7);
    assert_eq!(numbers(&[1, 2, 3, 4, 5, 7]).await, [0, 0, 6, 0, 0, 7]);
    assert_eq!(kit.totals(&[1, 2]).await, [2, 0, 2]);
}

pub(super) async fn a_tombstone_is_kept_of_every_token_that_is_ended(kit: &Kit) {
    kit.write([insert_user(1), insert_user(2)]).await;
    let owners = [1, 1, 2, 2, 2].into_iter();
    let tokens = (1..)
        .zip(owners)
        .map(|(number, owner)| token(number, owner));
    kit.write(tokens.map(Write::InsertToken).collect::<Vec<_>>())
        .await;
    let one = end(1, EndReason::Rotated);
    let precise = End {
        at: Timestamp::from_microsecond(1_700_000_002_000_001).unwrap(),
        reason: EndReason::Revoked,
    };
    let gone = end(3, EndReason::OwnerGone);
    kit.write([Write::DeleteToken(token_id(1), user_id(1), one)])
        .await;
    kit.write([
        Write::DeleteToken(token_id(3), user_id(2), one),
        Write::DeleteTokensOf(user_id(2), precise),
        Write::DeleteUser(user_id(1), gone),
    ])
    .await;
    let stone = |number: u8, owner, end| {
        let (id, subject) = (token_id(number), user(owner).name);
        let number = TokenNumber::from_number(number.into());
        Some(Tombstone {
            id,
            number,
            subject,
            end,
        })
    };
    let all = [
        stone(1, 1, one),
        stone(2, 1, gone),
        stone(3, 2, one),
        stone(4, 2, precise),
        stone(5, 2, precise),
        None,
    ];
    assert_eq!(tombstones(kit).await, all);

    kit.write([Write::DeleteTombstonesBefore(at(1))]).await;
    assert_eq!(tombstones(kit).await, all, "none is older");
    kit.write([Write::DeleteTombstonesBefore(precise.at)]).await;
    let [.., fourth, fifth, none] = all.clone();
    let left = [None, all[1].clone(), None, fourth, fifth, none];
    assert_eq!(tombstones(kit).await, left);

    // An id that comes back, as it never should, has one tombstone: the later.
    let again = [
        Write::InsertToken(token(4, 2)),
        Write::DeleteTokensOf(user_id(2), gone),
    ];
    kit.write(again).await;
    let later = Tombstone {
        number: TokenNumber::from_number(6),
        ..stone(4, 2, gone).unwrap()
    };
    assert_eq!(tombstones(kit).await[3], Some(later));
    kit.write([Write::DeleteTombstonesBefore(at(50))]).await;
    assert_eq!(tombstones(kit).await, [const { None }; 6]);
}

async fn tombstones(kit: &Kit) -> [Option<Tombstone>; 6] {
    let mut found = [const { None }; 6];
    for (number, place) in (1..).zip(&mut found) {
        *place = kit.store.tombstone(token_id(number)).await.unwrap();
    }
    found
}

pub(super) async fn a_user_can_be_brought_back(kit: &Kit) {
    kit.write([insert_user(1), Write::InsertToken(token(1, 1))])
        .await;
    for deleted in [true, false] {
        let user = User { deleted, ..user(1) };
        kit.write([Write::UpdateUser(user.clone())]).await;
        let world = kit.store.world().await.unwrap();
        assert_eq!(world.users().count(), usize::from(!deleted));
        assert_eq!(world.principal(user.id).unwrap().user, user);
        assert_eq!(kit.totals(&[1]).await, [1, 1]);
        // His name stays his.
        let other = User {
            id: user_id(2),
            ..user
        };
        let taken = Write::InsertUser(other, hash("y"));
        assert!(is_conflict(&kit.apply([taken]).await));
    }
}

pub(super) async fn objects_come_back_and_make_the_same_world(kit: &Kit) {
    let model = MemoryStore::new(Arc::new(Heard::default()));
    let stamp = Stamp {
        micros: 1_700_000_000_123_456,
        user: user_id(1),
        persona: PersonaId::DEFAULT,
    };
    let persona = |name: &str, deleted| {
        Object::Persona(Persona {
            id: PersonaId::from_number(1),
            name: name.to_owned(),
            display_name: "Größe \"M\"".to_owned(),
            computer_group: ComputerGroupId::NO_COMPUTERS,
            roles: [RoleNumber::from_number(1)].into(),
            users: [user_id(1)].into(),
            user_groups: [UserGroupId::from_number(1)].into(),
            require_reauthentication: true,
            metadata: "{\"colour\":\"red\"}".to_owned(),
            track_computer_id: true,
            track_computer_id_interval: Persona::MIN_INTERVAL,
            created: stamp,
            modified: stamp,
            deleted,
        })
    };
    let group = Object::UserGroup(UserGroup {
        id: UserGroupId::from_number(1),
        name: "Staff".to_owned(),
        members: [user_id(2)].into(),
        roles: [RoleNumber::from_number(10)].into(),
        computer_group: Some(ComputerGroupId::from_number(1)),
        modified: stamp,
        deleted: false,
    });
    let put = Write::PutObject;
    let roles = Role::built_in().unwrap().into_iter().map(Write::PutRole);
    let users = [insert_user(1), insert_user(2), insert_user(3)];
    let first = [put(persona("first", false)), put(group)];
    let batches: [Vec<Write>; 3] = [
        users.into_iter().chain(roles).chain(first).collect(),
        Object::built_in().into_iter().map(put).collect(),
        vec![put(persona("Second", false)), put(persona("Third", true))],
    ];
    for (world, writes) in (0..).zip(batches) {
        let batch = Batch {
            world: Some(Generation(world)),
            writes,
            ..Batch::default()
        };
        kit.store.apply(batch.clone()).await.unwrap();
        model.apply(batch).await.unwrap();
        let (ours, expected) = (kit.store.world().await, model.world().await);
        assert_eq!(contents(&ours.unwrap()), contents(&expected.unwrap()));
    }
    let world = kit.store.world().await.unwrap();
    assert_eq!(world.content_sets().len(), 2);
    let third = &world.personas()[&PersonaId::from_number(1)];
    assert_eq!((third.name.as_str(), third.deleted), ("Third", true));
}

pub(super) async fn what_has_expired_is_left_out(kit: &Kit) {
    let ends = [None, Some(at(10)), Some(at(11))];
    let tokens = (1..).zip(ends).map(|(number, expires)| Token {
        expires,
        ..token(number, 1)
    });
    kit.write([insert_user(1)]).await;
    kit.write(tokens.map(Write::InsertToken).collect::<Vec<_>>())
        .await;
    for (second, expected) in [(9, 3), (10, 2), (11, 1), (1_000_000, 1)] {
        for owner in [None, Some(user_id(1))] {
            let query = TokenQuery {
                owner,
                alive_at: Some(at(second)),
                limit: Some(1),
                ..TokenQuery::default()
            };
            let page = kit.store.tokens(query).await.unwrap();
            assert_eq!((page.total, page.items.len()), (expected, 1), "{second}");
        }
    }
}
