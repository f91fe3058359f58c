//! Lists that are read in parts, over a few tokens in memory: what the real stores are compared with.

use jiff::Timestamp;

use super::matches;
use crate::{
    id::UserId,
    port::{Bound, Filter, NumberOf, Pattern, Place, TextOf, Walk, Walked},
    token::{Status, Token},
};

/// Walks along the tokens that are there, as far as wanted.
pub(super) fn walk<'a>(tokens: impl Iterator<Item = &'a Token>, wanted: &Walk) -> Walked {
    let by = wanted.order.by;
    let owned = |token: &&Token| wanted.owner.is_none_or(|owner| token.owner == owner);
    let mut all: Vec<&Token> = tokens.filter(owned).collect();
    all.sort_by_cached_key(|token| Place::of(token, by));
    if wanted.order.descending {
        all.reverse();
    }
    let is_behind = |token: &&&Token| {
        let place = Place::of(token, by);
        wanted.after.as_ref().is_none_or(|after| {
            if wanted.order.descending {
                place < *after
            } else {
                place > *after
            }
        })
    };
    let behind: Vec<&Token> = all.iter().filter(is_behind).copied().collect();
    let reach = usize::try_from(wanted.reach).unwrap_or(usize::MAX);
    let limit = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
    let seen = behind.iter().take(reach);
    let fits = |token: &&&Token| wanted.filters.iter().all(|filter| holds(token, filter));
    let mut found: Vec<Token> = seen.filter(fits).copied().cloned().collect();
    let is_full = found.len() > limit;
    found.truncate(limit);
    let stop = behind.get(reach.saturating_sub(1));
    let next = match (is_full, stop) {
        (true, _) => found.last(),
        (false, stop) => stop.copied(),
    };
    let next = next.map(|token| Place::of(token, by));
    let is_counted = match &*wanted.filters {
        [] => true,
        [Filter::Status(Status::Disabled)] => wanted.owner.is_none(),
        _ => wanted.after.is_none() && next.is_none(),
    };
    let total = is_counted.then(|| all.iter().filter(fits).count() as u64);
    Walked {
        complete: is_full || stop.is_none(),
        next,
        total,
        tokens: found,
    }
}

/// How many tokens end from each of these instants on until before the next one.
pub(super) fn expirations<'a>(
    tokens: impl Iterator<Item = &'a Token>,
    owner: Option<UserId>,
    instants: &[Timestamp],
) -> Vec<u64> {
    let of_owner = tokens.filter(|token| owner.is_none_or(|owner| token.owner == owner));
    let ends: Vec<Timestamp> = of_owner.filter_map(|token| token.expires).collect();
    let days = instants.iter().zip(instants.iter().skip(1));
    days.map(|(from, until)| {
        let ending = ends.iter().filter(|end| (from..until).contains(end));
        ending.count() as u64
    })
    .collect()
}

fn holds(token: &Token, filter: &Filter) -> bool {
    match filter {
        Filter::Anywhere(text) => {
            let part = Pattern::Contains(text.clone());
            let texts = TextOf::ALL.iter().map(|text| text.in_token(token));
            texts.into_iter().any(|text| matches(&text, &part))
        }
        Filter::Number(of, bound) => is_within(*of, *bound, token),
        Filter::Persona(among) => among.contains(&token.persona),
        Filter::Status(status) => token.status == *status,
        Filter::Text(of, pattern) => matches(&of.in_token(token), pattern),
        Filter::Not(other) => !holds(token, other),
    }
}

fn is_within(of: NumberOf, bound: Bound, token: &Token) -> bool {
    let number = of.in_token(token);
    match bound {
        Bound::Above(least) => number > least && number != 0,
        Bound::Below(most) => number < most && number != 0,
        Bound::Is(same) => number == same,
    }
}
