//! What lists of this face have in common: filters, orders and pages, which a client asks for by the `cache_…` options,
//! and the element behind the last one that tells of them (spec/tanium.md 1). The vendor keeps the result for a while
//! under an id; here every list is made anew, so any id is good and nothing is stale.

use std::cmp::Ordering;

use jiff::{SignedDuration, Timestamp};
use regex::{Regex, RegexBuilder};
use serde_json::{Value, json};
use tokenry_core::id::UserName;

use super::{
    face::Face,
    failure::Failure,
    json::{flag, integer},
    options::Options,
    time,
};

/// For how long a list is said to be kept, in seconds.
const CACHE_SECONDS: i64 = 300;

/// The longest time a client may ask for.
const MAX_CACHE_SECONDS: i64 = 600;

/// The options that ask for a part of a list.
const OPTIONS: &[&str] = &[
    "cache_filters",
    "cache_sort_fields",
    "cache_expiration",
    "cache_id",
    "row_start",
    "row_count",
];

/// The list that the vendor always ends with what it tells of its cache.
const ALWAYS: &str = "system_setting_list";

/// The list to which nothing must ever be added: clients read an id from each of its elements.
const NEVER: &str = "api_token_list";

/// The most filters and orders of one request.
const MOST: usize = 32;

/// Which part of a list is wanted.
pub(super) struct Paging {
    filters: Vec<Filter>,
    order: Vec<(String, bool)>,
    start: usize,
    count: usize,
}

struct Filter {
    field: String,
    test: Test,
    negated: bool,
}

enum Test {
    Matches(Regex),
    Compares(Value, fn(Ordering) -> bool),
}

impl Paging {
    /// What the options of a request ask for, if they ask for a part of this operation's list.
    pub(super) fn wanted(operation: &str, options: &Options) -> Result<Option<Self>, Failure> {
        let is_list = operation.ends_with("_list") && operation != NEVER;
        let asked = || OPTIONS.iter().any(|name| options.value(name).is_some());
        if !is_list || !(operation == ALWAYS || asked()) {
            return Ok(None);
        }
        let keep = options.number("cache_expiration").unwrap_or(CACHE_SECONDS);
        if !(0..=MAX_CACHE_SECONDS).contains(&keep) {
            let why = "must be between 0 and 600 seconds";
            return Err(Failure::invalid("cache_expiration", why));
        }
        let number = |name: &'static str, default: usize| match options.number(name) {
            None => Ok(default),
            Some(number) => {
                let refuse = |_| Failure::invalid(name, "must not be negative");
                usize::try_from(number).map_err(refuse)
            }
        };
        Ok(Some(Self {
            filters: filters(options)?,
            order: order(options)?,
            start: number("row_start", 0)?,
            count: number("row_count", usize::MAX)?,
        }))
    }

    /// The part, and behind it the element that tells of it.
    pub(super) fn cut(&self, mut items: Vec<Value>, now: Timestamp) -> Vec<Value> {
        let all = items.len();
        items.retain(|item| self.filters.iter().all(|filter| filter.admits(item)));
        items.sort_by(|a, b| self.compare(a, b));
        let filtered = items.len();
        let page = items.into_iter().skip(self.start).take(self.count);
        let mut page: Vec<_> = page.collect();
        page.push(info(now, all, filtered, page.len()));
        page
    }

    fn compare(&self, a: &Value, b: &Value) -> Ordering {
        let orders = self.order.iter().map(|(field, descending)| {
            let ordering = compare(field_of(a, field), field_of(b, field));
            if *descending {
                ordering.reverse()
            } else {
                ordering
            }
        });
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

impl Filter {
    fn admits(&self, item: &Value) -> bool {
        let value = field_of(item, &self.field);
        let holds = match &self.test {
            Test::Matches(pattern) => pattern.is_match(&text_of(value)),
            Test::Compares(other, fits) => fits(compare(value, other)),
        };
        holds != self.negated
    }
}

/// A list that is told of whole.
pub(super) fn with_cache_info(mut items: Vec<Value>, now: Timestamp) -> Vec<Value> {
    let count = items.len();
    items.push(info(now, count, count, count));
    items
}

/// Its keys stand there bare, as an element of the list.
fn info(now: Timestamp, all: usize, filtered: usize, page: usize) -> Value {
    json!({
        "cache_id": now.as_second(),
        "cache_row_count": all,
        "expiration": time::print(now + SignedDuration::from_secs(CACHE_SECONDS)),
        "filtered_row_count": filtered,
        "page_row_count": page,
    })
}

/// One filter, a list of them, or a list under the key `filter`.
fn filters(options: &Options) -> Result<Vec<Filter>, Failure> {
    let given = match options.value("cache_filters") {
        None => return Ok(Vec::new()),
        Some(Value::Object(mut object)) if object.contains_key("filter") => {
            object.remove("filter").unwrap_or_default()
        }
        Some(given) => given,
    };
    let given = match given {
        Value::Array(filters) => filters,
        one => vec![one],
    };
    if given.len() > MOST {
        return Err(Failure::invalid("cache_filters", "are too many"));
    }
    given.iter().map(filter).collect()
}

fn filter(given: &Value) -> Result<Filter, Failure> {
    const FIELD: &str = "cache_filters";
    let word = |key: &str| given.get(key).and_then(Value::as_str);
    let refuse = |why| Failure::invalid(FIELD, why);
    let field = word("field").ok_or_else(|| refuse("need a field"))?;
    let value = given.get("value").ok_or_else(|| refuse("need a value"))?;
    let test = match word("operator").unwrap_or("Equal") {
        "RegexMatch" => Test::Matches(pattern(&text_of(value))?),
        "Equal" => Test::Compares(value.clone(), Ordering::is_eq),
        "Greater" => Test::Compares(value.clone(), Ordering::is_gt),
        "GreaterEqual" => Test::Compares(value.clone(), Ordering::is_ge),
        "Less" => Test::Compares(value.clone(), Ordering::is_lt),
        "LessEqual" => Test::Compares(value.clone(), Ordering::is_le),
        _ => {
            let why =
                "take the operators RegexMatch, Equal, Less, LessEqual, Greater and GreaterEqual";
            return Err(refuse(why));
        }
    };
    Ok(Filter {
        field: field.to_owned(),
        test,
        negated: given.get("not_flag").and_then(flag).unwrap_or(false),
    })
}

/// Linear in what it looks at, whatever it is, and small.
fn pattern(text: &str) -> Result<Regex, Failure> {
    let built = RegexBuilder::new(text).size_limit(1 << 18).build();
    built.map_err(|_| Failure::invalid("cache_filters", "hold an expression that cannot be used"))
}

/// Names with commas between, or a list of names; one with a hyphen before it is sorted the other way round.
fn order(options: &Options) -> Result<Vec<(String, bool)>, Failure> {
    let refuse = || {
        Failure::invalid(
            "cache_sort_fields",
            "must be names of fields, with commas between",
        )
    };
    let names: Vec<String> = match options.value("cache_sort_fields") {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) => text.split(',').map(|name| name.trim().to_owned()).collect(),
        Some(Value::Array(names)) => {
            let names = names.iter().map(|name| name.as_str().map(str::to_owned));
            names.collect::<Option<_>>().ok_or_else(refuse)?
        }
        Some(_) => return Err(refuse()),
    };
    if names.len() > MOST {
        return Err(refuse());
    }
    let parsed = names.iter().map(|name| match name.strip_prefix('-') {
        Some(name) => (name.to_owned(), true),
        None => (name.clone(), false),
    });
    Ok(parsed.collect())
}

fn field_of<'a>(item: &'a Value, field: &str) -> &'a Value {
    item.get(field).unwrap_or(&Value::Null)
}

/// As numbers where both are, or are written as such; else as texts, without regard to case.
fn compare(a: &Value, b: &Value) -> Ordering {
    match (integer(a), integer(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => text_of(a).to_lowercase().cmp(&text_of(b).to_lowercase()),
    }
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Bool(flag) => u8::from(*flag).to_string(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// A user as he stands in other objects; id 0 for one who is no more, or is not one.
pub(super) fn user_named(face: &Face, name: &str) -> Value {
    let world = face.door.app.world();
    let found = UserName::parse(name).ok();
    let found = found.and_then(|name| world.named_or_deleted(&name).cloned());
    match found {
        None => json!({ "id": 0, "name": name, "display_name": "", "domain": "" }),
        Some(found) => json!({
            "id": found.user.id.number(),
            "name": found.user.name.as_str(),
            "display_name": found.user.profile.real_name,
            "domain": found.user.profile.domain,
        }),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    fn options(json: &Value) -> Options {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_str(&json.to_string()).unwrap();
        headers.insert(HeaderName::from_static("tanium-options"), value);
        Options::read(&headers, None).unwrap()
    }

    fn people() -> Vec<Value> {
        let names = ["svc-b", "Anna", "svc-a", "bert"];
        let people = names.iter().zip(7..);
        people
            .map(|(name, id)| json!({ "id": id, "name": name, "deleted_flag": id == 8 }))
            .collect()
    }

    fn ids(wanted: &Value) -> Vec<i64> {
        let paging = Paging::wanted("user_list", &options(wanted))
            .unwrap()
            .unwrap();
        let page = paging.cut(people(), Timestamp::UNIX_EPOCH);
        let (info, page) = page.split_last().unwrap();
        assert_eq!(info["cache_row_count"], 4);
        assert_eq!(info["page_row_count"], page.len());
        page.iter().map(|one| one["id"].as_i64().unwrap()).collect()
    }

    #[test]
    fn a_list_is_filtered_sorted_and_cut() {
        let filter = |field, value: Value, operator| json!({ "field": field, "value": value, "operator": operator });
        let cases = [
            (json!({ "row_start": 1, "row_count": 2 }), vec![8, 9]),
            (json!({ "cache_sort_fields": "name" }), vec![8, 10, 9, 7]),
            (json!({ "cache_sort_fields": ["-id"] }), vec![10, 9, 8, 7]),
            (
                json!({ "cache_filters": [filter("name", json!("^svc-"), "RegexMatch")] }),
                vec![7, 9],
            ),
            (
                json!({ "cache_filters": filter("id", json!("8"), "GreaterEqual") }),
                vec![8, 9, 10],
            ),
            (
                json!({ "cache_filters": { "filter": [filter("id", json!(8), "Less")] } }),
                vec![7],
            ),
            (
                json!({ "cache_filters": [filter("deleted_flag", json!(1), "Equal")] }),
                vec![8],
            ),
            (
                json!({ "cache_filters": [{ "field": "id", "value": 8, "operator": "Equal", "not_flag": true }] }),
                vec![7, 9, 10],
            ),
            (json!({ "cache_id": 5, "row_start": 9 }), vec![]),
        ];
        for (wanted, expected) in cases {
            assert_eq!(ids(&wanted), expected, "{wanted}");
        }
    }

    #[test]
    fn what_cannot_be_done_is_refused() {
        for wanted in [
            json!({ "cache_filters": [{ "field": "name", "value": "(", "operator": "RegexMatch" }] }),
            json!({ "cache_filters": [{ "field": "name", "value": "(a{1000}){1000}", "operator": "RegexMatch" }] }),
            json!({ "cache_filters": [{ "value": "x" }] }),
            json!({ "cache_filters": [{ "field": "x", "value": "x", "operator": "Like" }] }),
            json!({ "cache_filters": vec![json!({ "field": "x", "value": 1 }); 33] }),
            json!({ "cache_sort_fields": 5 }),
            json!({ "cache_expiration": 601 }),
            json!({ "row_start": -1 }),
        ] {
            assert!(
                Paging::wanted("user_list", &options(&wanted)).is_err(),
                "{wanted}"
            );
        }
    }

    /// spec/tanium.md 1: clients read an id from every element of the list of tokens.
    #[test]
    fn the_list_of_tokens_is_never_added_to() {
        let wanted = options(&json!({ "row_count": 1 }));
        assert!(Paging::wanted("api_token_list", &wanted).unwrap().is_none());
        assert!(
            Paging::wanted("user_list", &options(&json!({})))
                .unwrap()
                .is_none()
        );
        assert!(
            Paging::wanted("system_setting_list", &options(&json!({})))
                .unwrap()
                .is_some()
        );
    }
}
