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
        write!(
            query,
            "fragment F{number} on Query{{...F{next} ...F{next}}}"
        )
        .unwrap();
    }
    write!(query, "fragment F{fragments} on Query{{now}}").unwrap();
    query
}

/// A grant that must not happen, with this behind it.
fn with_grant(rest: &str) -> String {
    format!("mutation{{apiTokenGrant(input:{{trustedIPAddresses:[]}}){{token{{id}}}} {rest}}}")
}

/// A text for each of so many numbers.
fn each(many: usize, text: impl Fn(usize) -> String) -> String {
    (0..many).map(text).collect()
}

/// Queries that have or become many fields.
fn wide() -> Vec<(&'static str, String)> {
    let now = |n| format!("a{n}:now ");
    let grant = |n| format!("a{n}:apiTokenGrant(input:{{trustedIPAddresses:[]}}){{token{{id}}}} ");
    let chain = |n| format!("fragment F{n} on Query{{...F{}}}", n + 1);
    let types = "type{fields{".repeat(4);
    let text = str::to_owned;
    vec![
        ("10,000 aliases", format!("{{{}}}", each(MANY, now))),
        ("2,500 aliases", format!("{{{}}}", each(2_500, now))),
        ("11 aliases", format!("{{{}}}", each(11, now))),
        ("11 grants", format!("mutation{{{}}}", each(11, grant))),
        (
            "11 grants in a fragment",
            format!(
                "mutation{{...F}} fragment F on Mutation{{{}}}",
                each(11, grant)
            ),
        ),
        ("a cycle", text("{...F} fragment F on Query{...F}")),
        (
            "a long cycle",
            text("{...F} fragment F on Query{...G} fragment G on Query{now ...F ...F}"),
        ),
        (
            "a cycle that is not used",
            with_grant("} fragment F on Query{...F"),
        ),
        ("billion laughs", laughs(25)),
        ("laughs as deep as may be", laughs(50)),
        (
            "types of types",
            format!(
                "{{__schema{{types{{fields{{{types}name{}}}}}}}}}",
                "}}".repeat(4)
            ),
        ),
        (
            "a field of each token again and again",
            format!("{{myAPITokens{{tokens{{{}}}}}}}", "id ".repeat(100)),
        ),
        (
            "a chain of fragments",
            format!("{{...F0}}{}", each(MANY / 5, chain)),
        ),
        (
            "many operations",
            each(MANY / 5, |n| format!("query A{n}{{now}}")),
        ),
        (
            "many variables",
            format!(
                "query({}){{now}}",
                each(MANY / 2, |n| format!("$a{n}:Int "))
            ),
        ),
    ]
}

/// Queries that are deep or long.
fn deep() -> Vec<(&'static str, String)> {
    let list = |inner: &str| format!("{}{inner}{}", "[".repeat(MANY), "]".repeat(MANY));
    vec![
        ("deep selections", nested(MANY)),
        ("selections as deep as the parser reads", nested(60)),
        ("lists in a value", value("[", "]", MANY)),
        ("objects in a value", value("{a:", "}", MANY)),
        ("lists behind a false text", value("\"\"\"[", "]", MANY)),
        ("a deep type", format!("query($a:{}){{now}}", list("Int"))),
        (
            "a deep default",
            format!("query($a:Int={}){{now}}", list("1")),
        ),
        ("brackets that do not end", "[".repeat(MANY)),
        ("braces that do not end", "{".repeat(MANY)),
        ("parentheses that do not end", "{a(".repeat(MANY)),
        (
            "directives",
            format!("{{now {}}}", "@include(if:true)".repeat(MANY / 5)),
        ),
        (
            "unknown directives",
            format!("{{now {}}}", "@a".repeat(MANY)),
        ),
        (
            "directives of an operation",
            format!("query {}{{now}}", "@a".repeat(MANY)),
        ),
        (
            "a long comment",
            format!("{{now #{}\n}}", "x".repeat(64 * 1024)),
        ),
        ("a long name", format!("{{{}}}", "x".repeat(64 * 1024))),
    ]
}

#[tokio::test]
async fn nt70_bombs_are_refused_at_once() {
    let town = Town::new().await;
    for (name, query) in wide().into_iter().chain(deep()) {
        let start = Instant::now();
        let codes = town.codes(&query, json!({})).await;
        let took = start.elapsed();
        assert_eq!(codes, "LimitExceeded", "{name}");
        assert!(took.as_secs() < 10, "{name} took {took:?}");
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
    let codes = town
        .codes(query, json!({"i": {"trustedIPAddresses": deep}}))
        .await;
    assert_eq!(codes, "ValidationError");
    assert_eq!(town.count("anna").await, 0);
}

/// Whatever a variable holds is put in as often as it is named.
#[tokio::test]
async fn nt70_a_long_variable_is_not_put_in_often() {
    let town = Town::new().await;
    let often = "$x,".repeat(MANY);
    let query = format!(
        "mutation($x:String!){{apiTokenGrant(input:{{trustedIPAddresses:[{often}]}}){{token{{id}}}}}}"
    );
    let variables = json!({ "x": "::1 ".repeat(100_000) });
    assert_eq!(town.codes(&query, variables).await, "LimitExceeded");
    let default = query.replace("$x:String!", "$x:String=\"::1\"");
    assert_eq!(town.codes(&default, json!({})).await, "LimitExceeded");
    assert_eq!(town.count("anna").await, 0);
}

/// The most expensive queries that still pass.
#[tokio::test]
async fn nt70_what_passes_is_answered_quickly() {
    let town = Town::new().await;
    for _ in 0..100 {
        town.make_token("anna").await;
    }
    let names = |many| each(many, |n| format!("n{n}:name "));
    for query in [
        format!("{{myAPITokens{{tokens{{{}}}}}}}", "id ".repeat(45)),
        format!("{{{}}}", "now ".repeat(10)),
        format!("{{__schema{{queryType{{{}}}}}}}", "name ".repeat(1_900)),
        format!("{{__schema{{types{{fields{{{}}}}}}}}}", names(900)),
        format!(
            "{{__schema{{types{{fields{{type{{fields{{{}}}}}}}}}}}}}",
            names(100)
        ),
        "{__schema{types{fields{type{fields{type{fields{name}}}}}}}}".to_owned(),
    ] {
        let start = Instant::now();
        let answer = town.ask("anna", &query, json!({})).await;
        let (took, length) = (start.elapsed(), answer.to_string().len());
        assert!(answer["data"].is_object(), "{query:.60} {answer:.300}");
        assert!(
            took.as_secs() < 10 && length < 8_000_000,
            "{query:.60} {took:?} {length}"
        );
    }
}

/// A parser that tries again at each level would need years for these.
#[tokio::test]
async fn nt70_a_fault_deep_within_is_found_quickly() {
    let town = Town::new().await;
    for part in [
        "{a",
        "{...",
        "{...on Query",
        "{a(b:[{c:1}])@d(e:f)",
        "{a:b@c",
    ] {
        let start = Instant::now();
        let codes = town.codes(&part.repeat(28), json!({})).await;
        assert_eq!(codes, "SyntaxError", "{part}");
        assert!(start.elapsed().as_secs() < 10, "{part}");
    }
    for part in ["[", "{a:", "[{a:"] {
        let start = Instant::now();
        let query = format!("{{a(b:{}", part.repeat(14));
        assert_eq!(town.codes(&query, json!({})).await, "SyntaxError", "{part}");
        assert!(start.elapsed().as_secs() < 10, "{part}");
    }
}

#[tokio::test]
async fn what_is_just_within_the_limits_is_answered() {
    let town = Town::new().await;
    let ten = each(10, |n| format!("a{n}:now "));
    let answer = town.ask("anna", &format!("{{{ten}}}"), json!({})).await;
    assert_eq!(answer["data"]["a9"], "2026-03-02T09:00:00Z");
    let answer = town.ask("anna", &laughs(3), json!({})).await;
    assert_eq!(answer["data"]["now"], "2026-03-02T09:00:00Z");
    let addresses = vec!["203.0.113.199"; 2_300].join("\",\"");
    let query = format!(
        "mutation{{apiTokenGrant(input:{{trustedIPAddresses:[\"{addresses}\"]}}){{error{{message}}}}}}"
    );
    let answer = town.ask("anna", &query, json!({})).await;
    assert!(
        answer["data"]["apiTokenGrant"]["error"].is_null(),
        "{answer}"
    );
}
