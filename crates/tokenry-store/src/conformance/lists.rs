//! Lists of tokens: each is compared with what the store in memory gives.

use super::*;

pub(super) async fn every_list_is_as_the_model_has_it(kit: &Kit) {
    let model = MemoryStore::new(Arc::new(Heard::default()));
    let users = (1..=3).map(insert_user);
    let tokens = assorted_tokens(120).into_iter().map(Write::InsertToken);
    let batch = Batch {
        writes: users.chain(tokens).collect(),
        ..Batch::default()
    };
    kit.store.apply(batch.clone()).await.unwrap();
    model.apply(batch).await.unwrap();
    for query in queries() {
        let expected = model.tokens(query.clone()).await.unwrap();
        let found = kit.store.tokens(query.clone()).await.unwrap();
        assert_eq!(ids(&found), ids(&expected), "{query:?}");
        assert_eq!(found, expected, "{query:?}");
    }
}

pub(super) async fn what_clients_write_is_never_read_as_sql(kit: &Kit) {
    kit.apply([insert_user(1), Write::InsertToken(token(1, 1))])
        .await
        .unwrap();
    let hostile = [
        "%",
        "_",
        "\\",
        "%%",
        "\\%",
        "'",
        "' OR '1'='1",
        "\"; --",
        "$1",
        "?1",
        "*",
        "[a-z]",
        "a\0b",
        "a\u{1f}b",
        &"x".repeat(200_000),
    ];
    for text in hostile {
        let patterns = [
            Pattern::Contains,
            Pattern::EndsWith,
            Pattern::Is,
            Pattern::StartsWith,
        ];
        for pattern in patterns.map(|make| make(text.to_owned())) {
            let terms = vec![Term {
                column: None,
                pattern,
            }];
            let page = kit
                .store
                .tokens(TokenQuery {
                    terms,
                    ..TokenQuery::default()
                })
                .await
                .unwrap();
            assert_eq!((page.total, page.items.len()), (0, 0), "{text:?}");
        }
    }
}

fn ids(page: &Page<Token>) -> Vec<String> {
    page.items
        .iter()
        .map(|token| token.id.to_hex()[..4].to_owned())
        .collect()
}

/// Tokens with many equal values, so that ties have to be broken, and values that sort apart by case and by byte.
fn assorted_tokens(number: u8) -> Vec<Token> {
    let audiences = [
        "ops",
        "Ops",
        "OPS",
        "a_b",
        "aXb",
        "50%",
        "Ärger",
        "ärger",
        "z",
        "Z",
        "back\\slash",
    ];
    let addresses = ["192.0.2.1", "10.0.0.1", "2001:db8::1"];
    let entropy = SeededEntropy::new(1);
    let assorted = |number: u8| {
        let mut dice = [0; 40];
        entropy.fill(&mut dice);
        let pick = |die: usize, sides: u8| dice[die] % sides;
        let used = |at| Use {
            at,
            address: address(addresses[usize::from(pick(8, 3))]),
        };
        Token {
            id: TokenId::from_bytes(dice[..32].try_into().unwrap()),
            audience: Audience::parse(audiences[usize::from(pick(33, 11))]).unwrap(),
            issuer: ["admin from so1", "Admin from so1", "bob from so2"][usize::from(pick(34, 3))]
                .to_owned(),
            identity_provider: ["Splunk", "LDAP", "splunk"][usize::from(pick(35, 3))].to_owned(),
            issued_at: at(i64::from(pick(36, 5))),
            not_before: at(i64::from(pick(37, 5))),
            expires: (pick(38, 3) > 0).then(|| at(1000 + i64::from(pick(38, 10)))),
            status: if pick(39, 4) == 0 {
                Status::Disabled
            } else {
                Status::Enabled
            },
            last_used: (pick(32, 2) > 0).then(|| used(at(i64::from(pick(32, 30))))),
            ..token(number, 1 + i64::from(number % 3))
        }
    };
    (0..number).map(assorted).collect()
}

fn queries() -> Vec<TokenQuery> {
    let filters = filters();
    let sorts = Column::ALL.iter().flat_map(|column| {
        [(false, false), (false, true), (true, false), (true, true)].map(
            |(descending, ignore_case)| Sort {
                column: *column,
                descending,
                ignore_case,
            },
        )
    });
    let sorted = sorts.flat_map(|sort| {
        let windows = [
            (None, 0),
            (Some(10), 0),
            (Some(7), 25),
            (Some(30), 110),
            (Some(0), 0),
            (Some(5), 1_000),
        ];
        windows.map(|(limit, offset)| TokenQuery {
            sort,
            limit,
            offset,
            ..TokenQuery::default()
        })
    });
    let one = TokenQuery {
        limit: Some(20),
        ..TokenQuery::default()
    };
    let of = |filter: &TokenQuery| {
        let by = Sort {
            column: Column::Expires,
            descending: true,
            ignore_case: true,
        };
        [
            filter.clone(),
            TokenQuery {
                sort: by,
                limit: Some(5),
                offset: 3,
                ..filter.clone()
            },
        ]
    };
    let huge = TokenQuery {
        limit: Some(u64::MAX),
        offset: u64::MAX,
        ..TokenQuery::default()
    };
    sorted
        .chain(filters.iter().flat_map(of))
        .chain([one, huge])
        .collect()
}

fn filters() -> Vec<TokenQuery> {
    let one = Some(assorted_tokens(5)[4].id);
    let (first, second, nobody) = (Some(user_id(1)), Some(user_id(2)), Some(user_id(9)));
    let (disabled, enabled) = (Some(Status::Disabled), Some(Status::Enabled));
    let filters = [
        (second, None, None),
        (nobody, None, None),
        (None, one, None),
        (None, Some(token_id(250)), None),
        (first, one, None),
        (second, one, None),
        (None, None, disabled),
        (None, None, enabled),
        (first, None, disabled),
        (first, None, enabled),
        (nobody, None, enabled),
        (second, one, enabled),
    ];
    let filter = |(owner, id, status)| TokenQuery {
        owner,
        id,
        status,
        ..TokenQuery::default()
    };
    let more = more_filters();
    let searches = searches().into_iter().flat_map(|terms| {
        let searched = |filter: TokenQuery| TokenQuery {
            terms: terms.clone(),
            ..filter
        };
        [(None, None, None), (first, None, enabled)].map(|parts| searched(filter(parts)))
    });
    let filters = filters.map(filter).into_iter().chain(more);
    filters.chain(searches).collect()
}

/// By number, and without what has expired; the assorted tokens end between 1000 and 1009, or never.
fn more_filters() -> Vec<TokenQuery> {
    let numbers = [0, 1, 60, 120, 121].map(|number| TokenQuery {
        number: Some(TokenNumber::from_number(number)),
        ..TokenQuery::default()
    });
    let alive = [0, 1000, 1004, 1005, 1009, 1010].map(|second| TokenQuery {
        alive_at: Some(at(second)),
        ..TokenQuery::default()
    });
    let of_one = alive.clone().map(|query| TokenQuery {
        owner: Some(user_id(1)),
        status: Some(Status::Enabled),
        ..query
    });
    let one_alive = TokenQuery {
        alive_at: Some(at(1005)),
        ..numbers[2].clone()
    };
    let all = numbers.into_iter().chain(alive).chain(of_one);
    all.chain([one_alive]).collect()
}

fn searches() -> Vec<Vec<Term>> {
    let texts = [
        "ops", "OPS", "Admin", "a_b", "%", "50%", "ärger", "Ä", "splunk", "192.0.2", "so1",
        "enabled", "", "\\", "17", "0",
    ];
    let columns = [
        None,
        Some(Column::Audience),
        Some(Column::Expires),
        Some(Column::LastUsedAddress),
        Some(Column::Number),
        Some(Column::Status),
    ];
    let mut searches = Vec::new();
    for text in texts.map(str::to_owned) {
        let patterns = [
            Pattern::Contains(text.clone()),
            Pattern::EndsWith(text.clone()),
            Pattern::Is(text.clone()),
            Pattern::StartsWith(text),
        ];
        let terms = patterns.into_iter().flat_map(|pattern| {
            columns.map(|column| Term {
                column,
                pattern: pattern.clone(),
            })
        });
        searches.extend(terms.map(|term| vec![term]));
    }
    let several = [1, 6, 150].map(|number: usize| searches[number][0].clone());
    searches.push(several.to_vec());
    searches
}
