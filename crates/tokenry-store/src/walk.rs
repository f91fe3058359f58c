//! Reads a list of tokens in parts: chooses the way to a part, and goes it.
//!
//! Not here: the statements (`crate::tables::walk`).

use tokenry_core::{
    port::{Filter, Place, TokenQuery, Walk, Walked},
    token::{Status, Token},
};

use crate::{
    Store, each,
    engine::{Lane, Row, StoreError},
    tables::{
        tokens,
        walk::{self, Known, few_of},
    },
};

impl Store {
    pub(crate) async fn read_walk(&self, wanted: &Walk) -> Result<Walked, StoreError> {
        let known = walk::known(wanted);
        let counted = self.count(wanted, &known).await?;
        let narrow = (known.iter().zip(&counted)).filter(|(_, count)| **count <= few_of(wanted));
        let narrow = narrow.min_by_key(|(_, count)| **count);
        let part = match narrow {
            Some((known, _)) => self.read_few(wanted, known).await?,
            None => self.read_along(wanted).await?,
        };
        let total = match (&wanted.after, &part.next, totals(wanted, narrow.is_some())) {
            (None, None, _) => Some(part.tokens.len() as u64),
            (_, _, Some(query)) => {
                let counted = self.engine.query(Lane::List, tokens::total(&query)).await?;
                Some(tokens::read_total(counted)?)
            }
            _ => None,
        };
        Ok(Walked { total, ..part })
    }

    async fn count(&self, wanted: &Walk, known: &[Known]) -> Result<Vec<u32>, StoreError> {
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let counts = (known.iter())
            .map(|known| walk::count(wanted, known))
            .collect();
        let counted = self.engine.read(Lane::List, counts).await?;
        counted.into_iter().map(walk::read_count).collect()
    }

    async fn read_few(&self, wanted: &Walk, known: &Known) -> Result<Walked, StoreError> {
        let few = walk::few(wanted, known);
        let found = self.engine.query(Lane::List, few).await?;
        let tokens = each(found, tokens::read)?;
        Ok(part(wanted, tokens, None))
    }

    async fn read_along(&self, wanted: &Walk) -> Result<Walked, StoreError> {
        let limit = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
        let mut tokens = Vec::new();
        for stretch in walk::stretches(wanted) {
            let stop = walk::stop(wanted, stretch);
            let stop = self.engine.query(Lane::List, stop).await?;
            let read = |row: Row| walk::read_stop(row, wanted, stretch);
            let stop = each(stop, read)?.pop();
            for statement in walk::along(wanted, stretch, stop.as_ref(), limit.saturating_add(1)) {
                if tokens.len() <= limit {
                    let found = self.engine.query(Lane::List, statement).await?;
                    tokens.extend(each(found, tokens::read)?);
                }
            }
            if stop.is_some() || tokens.len() > limit {
                return Ok(part(wanted, tokens, stop));
            }
        }
        Ok(part(wanted, tokens, None))
    }
}

/// The tokens that there is room for, and where to go on: behind the last one, or at the stop.
fn part(wanted: &Walk, mut tokens: Vec<Token>, stop: Option<Place>) -> Walked {
    let limit = usize::try_from(wanted.limit).unwrap_or(usize::MAX);
    let is_full = tokens.len() > limit;
    tokens.truncate(limit);
    let last = tokens.last().filter(|_| is_full);
    let last = last.map(|token| Place::of(token, wanted.order.by));
    Walked {
        complete: is_full || stop.is_none(),
        next: last.or(stop),
        total: None,
        tokens,
    }
}

/// The list whose total is known ahead of time, if this is one. Tokens of a status are counted where those that are
/// disabled are few.
fn totals(wanted: &Walk, is_narrow: bool) -> Option<TokenQuery> {
    let status = match &*wanted.filters {
        [] => None,
        [Filter::Status(Status::Disabled)] if is_narrow && wanted.owner.is_none() => {
            Some(Status::Disabled)
        }
        _ => return None,
    };
    Some(TokenQuery {
        owner: wanted.owner,
        status,
        ..TokenQuery::default()
    })
}
