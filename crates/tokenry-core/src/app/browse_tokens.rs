//! Browses tokens: a list with conditions and an order, read in parts. It works while token authentication is off, so
//! that one can see what there is, and end it.
//!
//! Not here: the lists of the vendors' faces (`list_tokens`, `api_tokens`), which tell a total and count from it.

mod condition;
mod cursor;

pub use self::{
    condition::{Attribute, Condition, Operator},
    cursor::Cursor,
};
use crate::{
    app::{App, Caller, browse_tokens::condition::Reading},
    error::Error,
    id::{TokenId, UserId},
    permit::Wish,
    port::{Filter, OrderBy, Pattern, Walk, WalkOrder},
    token::Token,
};

/// The longest list in one answer.
const MAX_LIMIT: u32 = 1000;

/// The most conditions.
const MAX_CONDITIONS: usize = 32;

/// How many records one call looks at, or about so: what it costs when nearly nothing is found.
const REACH: u32 = 3_000;

/// The same where texts of each are searched, which takes several times as long.
const REACH_OF_SEARCH: u32 = 1_000;

/// Which tokens are wanted. All conditions must hold.
#[derive(Debug, Clone)]
pub struct Browse {
    /// A text that stands somewhere in any of a token's texts, without regard to ASCII case.
    pub search: Option<String>,
    /// Conditions on single attributes.
    pub conditions: Vec<Condition>,
    /// In which order.
    pub sort: Order,
    /// How many at most, from 1 to 1,000.
    pub limit: u32,
    /// Where to go on, as the call before has told.
    pub after: Option<Cursor>,
}

/// The order of a list. Ties are broken by id, so that parts never overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// By what; see [`Attribute::SORTABLE`]. What never expires comes behind what does, and what was never used
    /// before what was.
    pub column: Attribute,
    /// The greatest first.
    pub descending: bool,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browsed {
    /// The tokens found, in order.
    pub tokens: Vec<Token>,
    /// Where to go on; `None` at the end of the list.
    pub next: Option<Cursor>,
    /// How many tokens the whole list has, where that is known without looking at them.
    pub total: Option<u64>,
    /// False if it stopped because it had looked at so many records: it answers what it had found until there, which
    /// may be nothing, and the next call goes on.
    pub complete: bool,
}

impl Default for Browse {
    /// The newest first.
    fn default() -> Self {
        Self {
            search: None,
            conditions: Vec::new(),
            sort: Order {
                column: Attribute::Number,
                descending: true,
            },
            limit: 50,
            after: None,
        }
    }
}

impl App {
    /// A part of the list of tokens that the caller may see: all, or his own.
    pub async fn browse_tokens(&self, caller: &Caller, wanted: Browse) -> Result<Browsed, Error> {
        let owner = listed(caller)?;
        if !(1..=MAX_LIMIT).contains(&wanted.limit) {
            let why = format!("must be between 1 and {MAX_LIMIT}");
            return Err(Error::invalid("limit", why));
        }
        let order = wanted.sort.order()?;
        let filters = self.filters(caller, &wanted)?;
        let is_search = filters.iter().any(is_search);
        let keys = &self.ports.keys;
        let after = wanted.after.map(|cursor| cursor.open(keys, caller, order));
        let walk = Walk {
            owner,
            filters,
            order,
            after: after.transpose()?,
            limit: wanted.limit,
            reach: if is_search { REACH_OF_SEARCH } else { REACH },
        };
        let walked = self.store().walk(walk).await?;
        let next = walked
            .next
            .map(|place| Cursor::seal(keys, self.random(), caller, order, &place));
        Ok(Browsed {
            tokens: walked.tokens,
            next: next.transpose()?,
            total: walked.total,
            complete: walked.complete,
        })
    }

    /// One token, for whoever may see it. One that he may not see looks like one that does not exist (NT-19).
    pub async fn token_for(&self, caller: &Caller, id: TokenId) -> Result<Token, Error> {
        self.token_seen(caller, id).await
    }

    fn filters(&self, caller: &Caller, wanted: &Browse) -> Result<Vec<Filter>, Error> {
        if wanted.conditions.len() > MAX_CONDITIONS {
            let why = format!("at most {MAX_CONDITIONS} conditions");
            return Err(Error::invalid("filter", why));
        }
        let reading = Reading {
            world: &self.world(),
            now: caller.origin.at,
            zone: &caller.principal().user.time_zone(&self.policy.time_zone),
        };
        let search = wanted.search.as_deref().filter(|text| !text.is_empty());
        let search = search.map(|text| {
            condition::check_length("search", text)?;
            Ok(Filter::Anywhere(text.to_owned()))
        });
        let conditions = wanted.conditions.iter();
        let conditions = conditions.map(|condition| condition.filter(&reading));
        search.into_iter().chain(conditions).collect()
    }
}

fn is_search(filter: &Filter) -> bool {
    match filter {
        Filter::Anywhere(_) => true,
        Filter::Text(_, pattern) => !matches!(pattern, Pattern::Is(_)),
        Filter::Not(other) => is_search(other),
        Filter::Number(..) | Filter::Persona(_) | Filter::Status(_) => false,
    }
}

/// Whose tokens the caller may list: everybody's, or only his own.
pub(super) fn listed(caller: &Caller) -> Result<Option<UserId>, Error> {
    if caller.may(Wish::ListAllTokens).is_ok() {
        return Ok(None);
    }
    caller.may(Wish::ListTokens(caller.id()))?;
    Ok(Some(caller.id()))
}

impl Order {
    fn order(self) -> Result<WalkOrder, Error> {
        let by = match self.column {
            Attribute::Audience => OrderBy::Audience,
            Attribute::Created => OrderBy::Created,
            Attribute::Expires => OrderBy::Expires,
            Attribute::LastUsed => OrderBy::LastUsed,
            Attribute::NotBefore => OrderBy::NotBefore,
            Attribute::Number => OrderBy::Number,
            Attribute::User => OrderBy::User,
            other => {
                let allowed = Attribute::SORTABLE.map(Attribute::as_str).join(", ");
                let why = format!("a list cannot be sorted by {other}; use one of {allowed}");
                return Err(Error::invalid("sort", why));
            }
        };
        Ok(WalkOrder {
            by,
            descending: self.descending,
        })
    }
}

#[cfg(test)]
mod tests;
