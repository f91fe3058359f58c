//! Lists that are read in parts: whatever is asked, the parts joined are the list that the store in memory has, with
//! no token twice and none lost.

use tokenry_core::port::{
    Bound, Filter, NumberOf, OrderBy, Place, TextOf, Walk, WalkOrder, Walked,
};

use super::*;

/// More than enough for every list here.
const ALL: u32 = 1_000;

pub(super) async fn the_parts_of_any_list_join_to_what_the_model_has(kit: &Kit) {
    let model = MemoryStore::new(Arc::new(Heard::default()));
    settle(&[&*kit.store, &model], 150).await;
    let dice = SeededEntropy::new(11);
    let random = (0..100).map(|_| random_walk(&dice));
    for walk in each_filter().into_iter().chain(random) {
        assert_joins(kit, &model, &walk).await;
    }
}

pub(super) async fn a_walk_stops_after_so_many_records(kit: &Kit) {
    settle(&[&*kit.store], 300).await;
    let none = Filter::Anywhere("no token has this text".to_owned());
    let walk = Walk {
        filters: vec![none],
        reach: 100,
        ..simple()
    };
    let first = kit.store.walk(walk.clone()).await.unwrap();
    assert_eq!(
        (first.tokens.len(), first.complete, first.total),
        (0, false, None)
    );
    let after = first.next;
    assert!(after.is_some());
    let parts = parts(&*kit.store, &walk).await;
    let complete: Vec<bool> = parts.iter().map(|part| part.complete).collect();
    assert_eq!(complete, [false, false, false, true]);
}

pub(super) async fn totals_are_told_where_they_are_known(kit: &Kit) {
    settle(&[&*kit.store], 300).await;
    let total = async |owner: Option<i64>, filters: Vec<Filter>| {
        let walk = Walk {
            owner: owner.map(user_id),
            filters,
            limit: 5,
            ..simple()
        };
        kit.store.walk(walk).await.unwrap().total
    };
    assert_eq!(total(None, vec![]).await, Some(300));
    let counted = kit.totals(&[1, 2]).await;
    assert_eq!(total(Some(1), vec![]).await, Some(counted[1]));
    assert_eq!(total(Some(9), vec![]).await, Some(0));
    let disabled = TokenQuery {
        status: Some(Status::Disabled),
        ..TokenQuery::default()
    };
    let disabled = kit.store.tokens(disabled).await.unwrap().total;
    let filter = vec![Filter::Status(Status::Disabled)];
    assert_eq!(total(None, filter).await, Some(disabled));
    let filter = vec![Filter::Anywhere("ops".to_owned())];
    assert_eq!(total(None, filter).await, None);
}

pub(super) async fn ends_are_counted_between_instants(kit: &Kit) {
    kit.write([insert_user(1), insert_user(2)]).await;
    let ends = [
        (1, 1, None),
        (2, 1, Some(10)),
        (3, 2, Some(10)),
        (4, 1, Some(19)),
        (5, 1, Some(20)),
    ];
    let tokens = ends.map(|(number, owner, end)| {
        Write::InsertToken(Token {
            expires: end.map(at),
            ..token(number, owner)
        })
    });
    kit.write(tokens).await;
    let count = async |owner: Option<i64>, instants: &[i64]| {
        let instants = instants.iter().copied().map(at).collect();
        kit.store
            .expirations(owner.map(user_id), instants)
            .await
            .unwrap()
    };
    assert_eq!(count(None, &[0, 10, 20, 30]).await, [0, 3, 1]);
    assert_eq!(count(Some(1), &[0, 10, 20, 30]).await, [0, 2, 1]);
    assert_eq!(count(Some(2), &[11, 20]).await, [0]);
    assert_eq!(count(None, &[0]).await, [0; 0]);
    assert_eq!(count(None, &[]).await, [0; 0]);
    // 0 stands for never, and is no instant.
    let early = vec![Timestamp::UNIX_EPOCH, at(10)];
    assert_eq!(kit.store.expirations(None, early).await.unwrap(), [0]);
}

/// All parts, one after the other.
async fn parts(store: &dyn Port, walk: &Walk) -> Vec<Walked> {
    let mut parts = Vec::new();
    let mut after = walk.after.clone();
    loop {
        let walk = Walk {
            after,
            ..walk.clone()
        };
        let part = store.walk(walk.clone()).await;
        let part = part.unwrap_or_else(|error| panic!("{walk:?}: {error}"));
        after = part.next.clone();
        parts.push(part);
        assert!(parts.len() < 500, "it comes to no end");
        if after.is_none() {
            return parts;
        }
    }
}

async fn assert_joins(kit: &Kit, model: &MemoryStore, walk: &Walk) {
    let whole = Walk {
        limit: 100_000,
        reach: 100_000,
        ..walk.clone()
    };
    let expected = model.walk(whole).await.unwrap();
    assert!(expected.complete && expected.next.is_none());
    let parts = parts(&*kit.store, walk).await;
    let joined: Vec<&Token> = parts.iter().flat_map(|part| &part.tokens).collect();
    let numbers = |tokens: Vec<&Token>| -> Vec<i64> {
        tokens.iter().map(|token| token.number.number()).collect()
    };
    let expected_numbers = numbers(expected.tokens.iter().collect());
    assert_eq!(numbers(joined.clone()), expected_numbers, "{walk:?}");
    assert!(joined.into_iter().eq(&expected.tokens), "{walk:?}");
    let all = Walk {
        after: None,
        limit: 100_000,
        reach: 100_000,
        ..walk.clone()
    };
    let total = model.walk(all).await.unwrap().tokens.len() as u64;
    for part in &parts {
        assert!(part.tokens.len() <= walk.limit as usize, "{walk:?}");
        assert!(part.complete || part.next.is_some(), "{walk:?}");
        assert!(part.total.is_none_or(|told| told == total), "{walk:?}");
        let is_known = walk.filters.is_empty();
        assert!(!is_known || part.total.is_some(), "{walk:?}");
    }
}

fn simple() -> Walk {
    Walk {
        owner: None,
        filters: Vec::new(),
        order: WalkOrder {
            by: OrderBy::Number,
            descending: false,
        },
        after: None,
        limit: 50,
        reach: ALL,
    }
}

async fn settle(stores: &[&dyn Port], tokens: u32) {
    let dice = SeededEntropy::new(3);
    let users = (1..=3).map(insert_user);
    let tokens = (0..tokens).map(|_| Write::InsertToken(random_token(&dice)));
    let batch = Batch {
        writes: users.chain(tokens).collect(),
        ..Batch::default()
    };
    for store in stores {
        store.apply(batch.clone()).await.unwrap();
    }
}

fn throw(dice: &SeededEntropy, sides: u8) -> usize {
    let mut shown = [0];
    dice.fill(&mut shown);
    usize::from(shown[0] % sides)
}

const WORDS: [&str; 10] = [
    "ops",
    "Ops",
    "OPS",
    "a_b",
    "aXb",
    "50%",
    "Ärger",
    "ärger",
    "back\\slash",
    "z",
];

/// Many are alike in what is sorted by, so that ties have to be broken.
fn random_token(dice: &SeededEntropy) -> Token {
    let mut id = [0; 32];
    dice.fill(&mut id);
    let pick = |sides: u8| throw(dice, sides);
    let second = |sides: u8| at(i64::try_from(throw(dice, sides)).unwrap());
    let addresses = ["192.0.2.1", "10.0.0.1", "2001:db8::1"];
    let lists = ["", "192.0.2.0/24", "10.0.0.1,2001:db8::/32"];
    let owner = [1, 1, 2, 3][pick(4)];
    Token {
        id: TokenId::from_bytes(id),
        form: Form::ALL[pick(3)],
        persona: PersonaId::from_number(i64::try_from(pick(3)).unwrap()),
        audience: Audience::parse(WORDS[pick(10)]).unwrap(),
        issuer: ["admin from so1", "Admin from so1", "bob from so2"][pick(3)].to_owned(),
        issued_at: second(5),
        not_before: second(9),
        expires: (pick(3) > 0).then(|| second(20)),
        status: [Status::Enabled, Status::Enabled, Status::Disabled][pick(3)],
        last_used: (pick(2) > 0).then(|| Use {
            at: second(30),
            address: address(addresses[pick(3)]),
        }),
        name: ["", "Deploy", "deploy bot", WORDS[pick(10)]][pick(4)].to_owned(),
        notes: ["", "two\nlines", WORDS[pick(10)]][pick(3)].to_owned(),
        origins: match pick(4) {
            3 => Origins::Anywhere,
            list => Origins::Trusted(Networks::parse("", lists[list]).unwrap()),
        },
        ..token(0, owner)
    }
}

fn random_walk(dice: &SeededEntropy) -> Walk {
    let pick = |sides: u8| throw(dice, sides);
    let by = OrderBy::ALL[pick(7)];
    Walk {
        owner: [None, None, Some(user_id(1)), Some(user_id(2))][pick(4)],
        filters: (0..pick(4)).map(|_| random_filter(dice)).collect(),
        order: WalkOrder {
            by,
            descending: pick(2) == 0,
        },
        after: (pick(3) == 0).then(|| Place::of(&random_token(dice), by)),
        limit: [7, 17, 30, 60, ALL][pick(5)],
        reach: [20, 30, 60, 100, ALL][pick(5)],
    }
}

fn random_filter(dice: &SeededEntropy) -> Filter {
    let pick = |sides: u8| throw(dice, sides);
    let text = [
        WORDS[pick(10)],
        "d",
        "",
        "%",
        "0",
        "a\0b",
        "user1",
        "anywhere",
    ][pick(8)]
    .to_owned();
    let second = at(0).as_second() + i64::try_from(pick(25)).unwrap();
    let filter = match pick(12) {
        0 => Filter::Anywhere(text),
        1..=3 => {
            let number = [second, 0, i64::try_from(pick(250)).unwrap()][pick(3)];
            let bound = [
                Bound::Above(number),
                Bound::Below(number),
                Bound::Is(number),
            ][pick(3)];
            let of = [
                NumberOf::Created,
                NumberOf::Expires,
                NumberOf::LastUsed,
                NumberOf::NotBefore,
                NumberOf::Number,
            ][pick(5)];
            Filter::Number(of, bound)
        }
        4 => Filter::Persona(
            (0..pick(3))
                .map(|n| PersonaId::from_number(n.try_into().unwrap()))
                .collect(),
        ),
        5 | 6 => Filter::Status([Status::Enabled, Status::Disabled][pick(2)]),
        _ => {
            let pattern = [
                Pattern::Contains(text.clone()),
                Pattern::EndsWith(text.clone()),
                Pattern::Is(text.clone()),
                Pattern::StartsWith(text),
            ][pick(4)]
            .clone();
            Filter::Text(TextOf::ALL[pick(9)], pattern)
        }
    };
    if pick(3) == 0 {
        return Filter::Not(Box::new(filter));
    }
    filter
}

/// Each filter alone, in an order that its index does not give.
fn each_filter() -> Vec<Walk> {
    let some = random_token(&SeededEntropy::new(3));
    let id = some.id.to_hex();
    let texts = TextOf::ALL.iter().flat_map(|of| {
        let text = of.in_token(&some);
        let (begin, end) = (
            text[..text.len().min(2)].to_uppercase(),
            text.to_lowercase(),
        );
        [
            Pattern::Contains(begin.clone()),
            Pattern::StartsWith(begin),
            Pattern::EndsWith(end),
            Pattern::Is(text),
        ]
        .map(|pattern| Filter::Text(*of, pattern))
    });
    let numbers = [
        NumberOf::Created,
        NumberOf::Expires,
        NumberOf::LastUsed,
        NumberOf::NotBefore,
        NumberOf::Number,
    ];
    let numbers = numbers.into_iter().flat_map(|of| {
        let number = of.in_token(&some);
        [
            Bound::Above(number),
            Bound::Below(number),
            Bound::Is(number),
            Bound::Is(0),
        ]
        .map(|bound| Filter::Number(of, bound))
    });
    let one = [
        Filter::Text(TextOf::Id, Pattern::Is(id.to_uppercase())),
        Filter::Text(TextOf::Id, Pattern::StartsWith(id[..5].to_uppercase())),
        Filter::Anywhere("x".repeat(200_000)),
    ];
    let filters = texts.chain(numbers).chain(one);
    let negated = |filter: Filter| [filter.clone(), Filter::Not(Box::new(filter))];
    let orders = OrderBy::ALL.iter().cycle();
    let walk = |(filter, by): (Filter, &OrderBy)| Walk {
        filters: vec![filter],
        order: WalkOrder {
            by: *by,
            descending: false,
        },
        limit: 40,
        reach: 30,
        ..simple()
    };
    filters.flat_map(negated).zip(orders).map(walk).collect()
}
