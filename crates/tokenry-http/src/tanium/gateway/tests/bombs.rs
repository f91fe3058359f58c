//! Small queries that would become large ones (NT-70). Each is refused beside the data, quickly, and changes nothing.

use std::{fmt::Write as _, time::Instant};

use serde_json::json;

use super::town::Town;

const MANY: usize = 10_000;

/// A query of this many levels.
fn nested(levels: usize) -> String {
    format!("{}now{}", "{a".repeat(levels), "}".repeat(levels))
}

/// An argument in this many brackets.
fn value(open: &str, close: &str, levels: usize) -> String {
    let value = format!("{}1{}", open.repeat(levels), close.repeat(levels));
    format!("mutation{{apiTokenRevoke(input:{{id:{value}}}){{error{{message}}}}}}")
}

/// Each fragment spreads the next twice.
fn laughs(fragments: usize) -> String {
    let mut query = "{...F0}".to_owned();
    for number in 0..fragments {
        let next = number + 1;
        write!(query, "fragment F{number} on Query{{...F{next} ...F{next}}}").unwrap();
    }
    write!(query, "fragment F{fragments} on Query{{now}}").unwrap();
    query
}

/// A grant that must not happen, with this behind it.
fn with_grant(rest: &str) -> String {
    format!("mutation{{apiTokenGrant(input:{{trustedIPAddresses:[]}}){{token{{id}}}} {rest}}}")
}

#[tokio::test]
async fn nt70_bombs_are_refused_at_once() {
    let town = Town::new().await;
    let aliases = |many| (0..many).fold(String::new(), |text, n| text + &format!("a{n}:now "));
    let grants = |many| {
        let one = |n| format!("a{n}:apiTokenGrant(input:{{trustedIPAddresses:[]}}){{token{{id}}}} ");
        (0..many).fold(String::new(), |text, n| text + &one(n))
    };
    let chain = (0..MANY / 5).fold("{...F0}".to_owned(), |text, n| {
        text + &format!("fragment F{n} on Query{{...F{}}}", n + 1)
    });
    let types = "type{fields{".repeat(12);
    let cases = [
        ("deep selections", nested(MANY)),
        ("selections as deep as the parser reads", nested(60)),
        ("10,000 aliases", format!("{{{}}}", aliases(MANY))),
        ("2,500 aliases", format!("{{{}}}", aliases(2_500))),
        ("11 aliases", format!("{{{}}}", aliases(11))),
        ("11 grants", format!("mutation{{{}}}", grants(11))),
        ("11 grants in a fragment", format!("mutation{{...F}} fragment F on Mutation{{{}}}", grants(11))),
        ("a cycle", "{...F} fragment F on Query{...F}".to_owned()),
        ("a long cycle", "{...F} fragment F on Query{...G} fragment G on Query{now ...F ...F}".to_owned()),
        ("a cycle that is not used", with_grant("} fragment F on Query{...F")),
        ("billion laughs", laughs(25)),
        ("laughs as deep as may be", laughs(50)),
        ("laughs in a query of the types", format!("{{__schema{{types{{{types}name{}}}}}}}", "}}".repeat(12))),
        ("a chain of fragments", chain),
        ("directives", format!("{{now {}}}", "@include(if:true)".repeat(MANY / 5))),
        ("nonsense directives", format!("{{now {}}}", "@a".repeat(MANY))),
        ("directives of an operation", format!("query {}{{now}}", "@a".repeat(MANY))),
        ("lists in a value", value("[", "]", MANY)),
        ("objects in a value", value("{a:", "}", MANY)),
        ("brackets that do not end", "[".repeat(MANY)),
        ("braces that do not end", "{".repeat(MANY)),
        ("parentheses that do not end", "{a(".repeat(MANY)),
        ("lists in a value behind a false text", value("\"\"\"[", "]", MANY)),
        ("a deep type", format!("query($a:{}Int{}){{now}}", "[".repeat(MANY), "]".repeat(MANY))),
        ("a deep default", format!("query($a:Int={}1{}){{now}}", "[".repeat(MANY), "]".repeat(MANY))),
        ("a long query", format!("{{now #{}\n}}", "x".repeat(64 * 1024))),
        ("a long name", format!("{{{}}}", "x".repeat(64 * 1024))),
        ("many operations", (0..MANY / 5).fold(String::new(), |text, n| text + &format!("query A{n}{{now}}"))),
        ("many variables", format!("query({}){{now}}", (0..MANY / 2).fold(String::new(), |text, n| text + &format!("$a{n}:Int ")))),
    ];
    for (name, query) in cases {
        let start = Instant::now();
        let codes = town.codes(&query, json!({})).await;
        let took = start.elapsed();
        let expected = match name {
            "many variables" => &["ValidationError"; 10].join(" "),
            _ => "LimitExceeded",
        };
        assert_eq!(codes, expected, "{name}");
        assert!(took.as_secs() < 2, "{name} took {took:?}");
    }
    assert_eq!(town.count("anna").await, 0);
}

#[tokio::test]
async fn nt70_deep_variables_are_refused() {
    let town = Town::new().await;
    let query = "mutation($i:APITokenGrantInput!){apiTokenGrant(input:$i){token{id}}}";
    let mut deep = json!([]);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let codes = town.codes(query, json!({"i": {"trustedIPAddresses": deep}})).await;
    assert_eq!(codes, "ValidationError");
    assert_eq!(town.count("anna").await, 0);
}

#[tokio::test]
async fn what_is_just_within_the_limits_is_answered() {
    let town = Town::new().await;
    let ten = (0..10).fold(String::new(), |text, n| text + &format!("a{n}:now "));
    let answer = town.ask("anna", &format!("{{{ten}}}"), json!({})).await;
    assert_eq!(answer["data"]["a9"], "2026-03-02T09:00:00Z");
    let answer = town.ask("anna", &laughs(3), json!({})).await;
    assert_eq!(answer["data"]["now"], "2026-03-02T09:00:00Z");
    let addresses = vec!["203.0.113.199"; 2_300].join("\",\"");
    let query = format!("mutation{{apiTokenGrant(input:{{trustedIPAddresses:[\"{addresses}\"]}}){{error{{message}}}}}}");
    let answer = town.ask("anna", &query, json!({})).await;
    assert!(answer["data"]["apiTokenGrant"]["error"].is_null(), "{answer}");
}
