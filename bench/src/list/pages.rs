//! The pages that are asked for: as a client asks the server, and as the rules ask the store.

use tokenry_core::{
    id::UserId,
    port::{Column, Sort, TokenQuery},
};

use crate::{database::FIRST_OWNER, server::TOKENS};

/// How many tokens a page has.
pub(super) const PAGE: usize = 30;

pub(super) struct Page {
    pub(super) name: &'static str,
    /// Whether it may take no longer among a million.
    pub(super) is_promised: bool,
    by: By,
}

enum By {
    Default,
    Expiry {
        descending: bool,
    },
    Owner,
    /// The default order, half of all left out.
    Middle,
}

impl Page {
    pub(super) fn is_filtered(&self) -> bool {
        matches!(self.by, By::Owner)
    }

    pub(super) fn url(&self, tokens: u32) -> String {
        let wanted = match self.by {
            By::Default => String::new(),
            By::Expiry { descending: false } => "&sort_key=claims.exp".to_owned(),
            By::Expiry { descending: true } => "&sort_key=claims.exp&sort_dir=desc".to_owned(),
            By::Owner => format!("&username={FIRST_OWNER}"),
            By::Middle => format!("&offset={}", tokens / 2),
        };
        format!("{TOKENS}?count={PAGE}&output_mode=json{wanted}")
    }

    pub(super) fn query(&self, tokens: u32, owner: UserId) -> TokenQuery {
        let query = TokenQuery {
            limit: Some(PAGE as u64),
            ..TokenQuery::default()
        };
        match self.by {
            By::Default => query,
            By::Expiry { descending } => {
                let sort = Sort {
                    column: Column::Expires,
                    descending,
                    ignore_case: false,
                };
                TokenQuery { sort, ..query }
            }
            By::Owner => TokenQuery {
                owner: Some(owner),
                ..query
            },
            By::Middle => TokenQuery {
                offset: u64::from(tokens / 2),
                ..query
            },
        }
    }
}

pub(super) fn pages() -> Vec<Page> {
    let page = |name, is_promised, by| Page {
        name,
        is_promised,
        by,
    };
    vec![
        page("default order", true, By::Default),
        page("first to expire", true, By::Expiry { descending: false }),
        page("last to expire", true, By::Expiry { descending: true }),
        page("one of 10 users", true, By::Owner),
        page("page in the middle", false, By::Middle),
    ]
}
