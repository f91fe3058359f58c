//! `tokenry token list`: flags become conditions, pages become one list.

use tokenry_api::types::tokens::{Token, TokenPage, TokenQuery};
use tokenry_api::{Nothing, operations as op};

use super::never;
use crate::remote::Desk;
use crate::remote::pages::{Page, gather, mention_more};
use crate::remote::print::{Grid, word};
use crate::remote::words::{StatusWord, TokenFilter};

const USUAL: u32 = 50;
const MOST: u32 = 200;

pub(super) fn list(desk: &Desk, wanted: &TokenFilter) -> anyhow::Result<()> {
    let mut query = TokenQuery {
        search: wanted.search.clone(),
        filter: conditions(wanted),
        sort: wanted.sort.clone(),
        ..TokenQuery::default()
    };
    let page = gather(&wanted.how_many, USUAL, MOST, |cursor, limit| {
        query.cursor = cursor;
        query.limit = Some(limit);
        let page = desk
            .client
            .call::<op::TokenList>(&[], &query, &Nothing {})?;
        Ok(Page {
            items: page.items,
            next: page.next,
            total: page.total,
        })
    })?;
    mention_more(&page);
    let page = TokenPage {
        items: page.items,
        next: page.next,
        total: page.total,
        complete: true,
    };
    desk.printer
        .list(&page, || grid(&page.items, desk.printer.is_table()))
}

fn conditions(wanted: &TokenFilter) -> Vec<String> {
    let mut all = wanted.filter.clone();
    let mut add = |condition: String| all.push(condition);
    if let Some(user) = &wanted.user {
        add(format!("user:equals:{user}"));
    }
    if let Some(audience) = &wanted.audience {
        add(format!("audience:equals:{audience}"));
    }
    match wanted.status {
        Some(StatusWord::Enabled) => add("status:equals:enabled".to_owned()),
        Some(StatusWord::Disabled) => add("status:equals:disabled".to_owned()),
        None => {}
    }
    if let Some(within) = &wanted.expiring {
        // What has ended already does not end within that time.
        add("expires:after:+0s".to_owned());
        add(format!(
            "expires:before:+{}",
            within.trim_start_matches('+')
        ));
    }
    if wanted.unused {
        add("last_used:equals:never".to_owned());
    }
    all
}

fn grid(tokens: &[Token], for_people: bool) -> Grid {
    let rows = tokens.iter().map(|token| {
        vec![
            token.number.to_string(),
            if for_people {
                short(&token.id)
            } else {
                token.id.clone()
            },
            token.name.clone(),
            token.user.clone(),
            token.audience.clone(),
            word(&token.form),
            word(&token.state),
            never(token.expires.as_ref()),
            never(token.last_used.as_ref()),
        ]
    });
    Grid {
        head: &[
            "number",
            "id",
            "name",
            "user",
            "audience",
            "form",
            "state",
            "expires",
            "last used",
        ],
        rows: rows.collect(),
    }
}

/// Enough of an id to tell it from all others.
fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remote::words::HowMany;

    #[test]
    fn flags_become_conditions_beside_those_given() {
        let wanted = TokenFilter {
            user: Some("maria".to_owned()),
            audience: Some("orders".to_owned()),
            status: Some(StatusWord::Disabled),
            expiring: Some("14d".to_owned()),
            unused: true,
            filter: vec!["form:equals:hex".to_owned()],
            search: None,
            sort: None,
            how_many: HowMany::default(),
        };
        assert_eq!(
            conditions(&wanted),
            [
                "form:equals:hex",
                "user:equals:maria",
                "audience:equals:orders",
                "status:equals:disabled",
                "expires:after:+0s",
                "expires:before:+14d",
                "last_used:equals:never",
            ]
        );
    }
}
