//! Searches, sorts and pages entries that are all at hand, for collections too small to trouble a store with.

use std::cmp::Ordering;

use super::format::{
    feed::{Entry, Feed, Paging},
    listing::{Listing, SortMode},
    value::{Dict, Value},
};

/// Puts those of `entries` that are wanted into the feed.
pub(crate) fn fill(feed: &mut Feed, entries: Vec<Entry>, listing: &Listing) {
    let mut found: Vec<Entry> = entries
        .into_iter()
        .filter(|entry| is_wanted(entry, listing))
        .collect();
    found.sort_by(|a, b| compare(a, b, listing));
    let size = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    feed.paging = Paging {
        total: found.len() as u64,
        per_page: listing.count,
        offset: listing.offset,
    };
    feed.entries = found
        .into_iter()
        .skip(size(listing.offset))
        .take(listing.count.map_or(usize::MAX, size))
        .collect();
}

fn is_wanted(entry: &Entry, listing: &Listing) -> bool {
    let Some(search) = &listing.search else {
        return true;
    };
    search.terms.iter().all(|term| match &term.field {
        Some(field) => texts(entry, field)
            .iter()
            .any(|text| term.pattern.matches(text)),
        None => {
            term.pattern.matches(&entry.name)
                || entry
                    .content
                    .iter()
                    .any(|(_, value)| flat(value).iter().any(|text| term.pattern.matches(text)))
        }
    })
}

fn compare(a: &Entry, b: &Entry, listing: &Listing) -> Ordering {
    let key = |entry: &Entry| match listing.sort_key.as_deref() {
        None => entry.name.clone(),
        Some(field) => texts(entry, field).join(" "),
    };
    let (left, right) = (key(a), key(b));
    let folded = || left.to_lowercase().cmp(&right.to_lowercase());
    let numbers = || Some(left.parse::<i64>().ok()?.cmp(&right.parse::<i64>().ok()?));
    let ordering = match listing.sort_mode {
        SortMode::Auto | SortMode::Num => numbers().unwrap_or_else(folded),
        SortMode::Alpha => folded(),
        SortMode::AlphaCase => left.cmp(&right),
    };
    let ordering = ordering.then_with(|| a.name.cmp(&b.name));
    if listing.descending {
        ordering.reverse()
    } else {
        ordering
    }
}

fn texts(entry: &Entry, field: &str) -> Vec<String> {
    if matches!(field, "name" | "title") {
        return vec![entry.name.clone()];
    }
    entry
        .content
        .iter()
        .find(|(name, _)| *name == field)
        .map(|(_, value)| flat(value))
        .unwrap_or_default()
}

fn flat(value: &Value) -> Vec<String> {
    match value {
        Value::Bool(one) => vec![u8::from(*one).to_string()],
        Value::Cdata(_) | Value::Null => Vec::new(),
        Value::Dict(dict) => inner(dict),
        Value::Int(number) => vec![number.to_string()],
        Value::List(items) => items.iter().flat_map(flat).collect(),
        Value::Text(text) => vec![text.clone()],
    }
}

fn inner(dict: &Dict) -> Vec<String> {
    dict.iter().flat_map(|(_, value)| flat(value)).collect()
}
