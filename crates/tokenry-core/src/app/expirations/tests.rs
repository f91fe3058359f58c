//! Counting the tokens that end: by day, in whose zone, and whose.

use jiff::civil::date;

use super::*;
use crate::{
    app::{
        NewToken,
        testing::{Town, refusal},
    },
    token::lifetime::Wanted,
};

/// A town's time is 2023-11-14T22:13:20Z.
fn issue(town: &Town, user: &str, end: &str) {
    let wanted = NewToken {
        life: Wanted {
            expires_on: Some(end),
            ..Wanted::default()
        },
        ..NewToken::default()
    };
    let _ = town.does(town.app.issue_token(&town.caller(user), wanted));
}

fn town() -> Town {
    let town = Town::new();
    for (user, end) in [
        ("own_maker", "+1h"),
        ("own_maker", "+2h"),
        ("admin", "+2h"),
        ("admin", "+10d"),
    ] {
        issue(&town, user, end);
    }
    let _ = town.does(
        town.app
            .issue_token(&town.caller("admin"), NewToken::default()),
    );
    town
}

#[test]
fn ends_are_counted_by_day_and_days_without_any_left_out() {
    let town = town();
    let admin = town.caller("admin");
    let (today, next) = (date(2023, 11, 14), date(2023, 11, 15));
    let expected = [(today, 1), (next, 2), (date(2023, 11, 24), 1)];
    assert_eq!(town.ignores(town.app.expirations(&admin, 366)), expected);
    assert_eq!(town.ignores(town.app.expirations(&admin, 11)), expected);
    assert_eq!(
        town.ignores(town.app.expirations(&admin, 10)),
        expected[..2]
    );
    assert_eq!(town.ignores(town.app.expirations(&admin, 1)), expected[..1]);
    town.advance(3600);
    let admin = town.caller("admin");
    let left = town.ignores(town.app.expirations(&admin, 10));
    assert_eq!(left, expected[1..2], "what has ended is not counted");
}

#[test]
fn who_sees_his_own_tokens_only_counts_them_only() {
    let town = town();
    let own = town.caller("own_maker");
    let expected = [(date(2023, 11, 14), 1), (date(2023, 11, 15), 1)];
    assert_eq!(town.ignores(town.app.expirations(&own, 30)), expected);
    let nobody = town.refuses(town.app.expirations(&town.caller("nobody"), 30));
    let requires = "edit_tokens_all or list_tokens_all or edit_tokens_own or list_tokens_own";
    assert_eq!(nobody, refusal("nobody", requires));
    for days in [0, 367] {
        let error = town.refuses(town.app.expirations(&own, days));
        assert_eq!(error, Error::invalid("days", "must be between 1 and 366"));
    }
}
