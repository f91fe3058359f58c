//! `tokenry token …`

mod list;
mod make;
mod many;

use tokenry_api::types::audit::{AuditPage, HistoryQuery};
use tokenry_api::types::tokens::{
    AddressesEdit, Anywhere, Expirations, ExpirationsQuery, ExplainQuery, Explanation, ManyAction,
    Token, TokenEdit,
};
use tokenry_api::{Nothing, operations as op};

use super::pages::{Page, gather, mention_more};
use super::print::{Grid, Record, joined, word};
use super::words::{self, TokenCommand, TokenExplain, TokenHistory};
use super::{Desk, find, logs};
use crate::output::Hinted;

/// Does it.
pub(super) fn run(desk: &Desk, command: &TokenCommand) -> anyhow::Result<()> {
    match command {
        TokenCommand::Create(wanted) => make::create(desk, wanted),
        TokenCommand::List(wanted) => list::list(desk, wanted),
        TokenCommand::Show { id } => {
            let id = find::token(&desk.client, id)?;
            let token = desk
                .client
                .call::<op::TokenShow>(&[&id], &Nothing {}, &Nothing {})?;
            show(desk, &token)
        }
        TokenCommand::Edit(wanted) => edit(desk, wanted),
        TokenCommand::Enable(tokens) => many::act(desk, ManyAction::Enable, tokens, true),
        TokenCommand::Disable(tokens) => many::act(desk, ManyAction::Disable, tokens, true),
        TokenCommand::Revoke(wanted) => {
            many::act(desk, ManyAction::Revoke, &wanted.tokens, wanted.yes)
        }
        TokenCommand::Rotate(wanted) => make::rotate(desk, wanted),
        TokenCommand::Explain(wanted) => explain(desk, wanted),
        TokenCommand::History(wanted) => history(desk, wanted),
        TokenCommand::Expirations { days } => expirations(desk, *days),
    }
}

fn edit(desk: &Desk, wanted: &words::TokenEdit) -> anyhow::Result<()> {
    let id = find::token(&desk.client, &wanted.id)?;
    let addresses = match (wanted.from_anywhere, wanted.address.as_slice()) {
        (true, _) => Some(AddressesEdit::Anywhere(Anywhere::Anywhere)),
        (false, []) => None,
        (false, some) => Some(AddressesEdit::Only(some.to_vec())),
    };
    let body = TokenEdit {
        name: wanted.name.clone(),
        notes: wanted.notes.clone(),
        audience: wanted.audience.clone(),
        addresses,
    };
    let token = desk
        .client
        .call::<op::TokenChange>(&[&id], &Nothing {}, &body)?;
    show(desk, &token)
}

fn explain(desk: &Desk, wanted: &TokenExplain) -> anyhow::Result<()> {
    let id = find::token(&desk.client, &wanted.id)?;
    let query = ExplainQuery {
        address: wanted.from.clone(),
        at: wanted.at.clone(),
    };
    let told = desk
        .client
        .call::<op::TokenExplain>(&[&id], &query, &Nothing {})?;
    desk.printer.list(&told, || checks(&told))?;
    if told.granted {
        if !desk.printer.is_json() {
            crate::output::note(&told.summary);
        }
        return Ok(());
    }
    Err(anyhow::Error::msg(told.summary))
}

fn checks(told: &Explanation) -> Grid {
    let rows = told.checks.iter().map(|finding| {
        let passes = if finding.passes { "passes" } else { "FAILS" };
        vec![
            passes.to_owned(),
            finding.title.clone(),
            finding.reason.clone().unwrap_or_default(),
            finding.detail.clone().unwrap_or_default(),
        ]
    });
    Grid {
        head: &["", "check", "reason", "what to do"],
        rows: rows.collect(),
    }
}

fn history(desk: &Desk, wanted: &TokenHistory) -> anyhow::Result<()> {
    let id = find::token(&desk.client, &wanted.id)?;
    let page = gather(&wanted.how_many, 100, 1000, |before, limit| {
        let query = HistoryQuery {
            before,
            limit: Some(limit),
        };
        let page = desk
            .client
            .call::<op::TokenHistory>(&[&id], &query, &Nothing {})?;
        Ok(Page {
            items: page.items,
            next: page.next,
            total: None,
        })
    })?;
    mention_more(&page);
    let page = AuditPage {
        items: page.items,
        next: page.next,
    };
    desk.printer.list(&page, || {
        logs::audit_grid(&page.items, desk.printer.is_table())
    })
}

fn expirations(desk: &Desk, days: u32) -> anyhow::Result<()> {
    let query = ExpirationsQuery { days: Some(days) };
    let found: Expirations = desk
        .client
        .call::<op::TokenExpirations>(&[], &query, &Nothing {})?;
    desk.printer.list(&found, || {
        let rows = found.days.iter();
        Grid {
            head: &["day", "tokens"],
            rows: rows
                .map(|day| vec![day.date.clone(), day.tokens.to_string()])
                .collect(),
        }
    })
}

fn show(desk: &Desk, token: &Token) -> anyhow::Result<()> {
    desk.printer.record(token, || record(token))
}

/// All that there is to know of a token.
fn record(token: &Token) -> Record {
    let persona = match (&token.persona_name, token.persona) {
        (_, 0) => "the default one".to_owned(),
        (Some(name), id) => format!("{name} ({id})"),
        (None, id) => format!("{id}, which is gone"),
    };
    let rate = token
        .rate
        .map(|rate| format!("{} a minute, {} at once", rate.per_minute, rate.burst));
    let addresses = token.addresses.as_ref();
    vec![
        ("id", token.id.clone()),
        ("number", token.number.to_string()),
        ("form", word(&token.form)),
        ("status", word(&token.status)),
        ("state", word(&token.state)),
        ("user", token.user.clone()),
        ("persona", persona),
        ("audience", token.audience.clone()),
        ("name", token.name.clone()),
        ("notes", token.notes.clone()),
        (
            "scope",
            token
                .scope
                .as_ref()
                .map_or_else(|| "its user's rights".to_owned(), joined),
        ),
        ("rate", rate.unwrap_or_default()),
        (
            "addresses",
            addresses.map_or_else(|| "anywhere".to_owned(), joined),
        ),
        ("made by", token.issuer.clone()),
        ("made at", token.issued_at.clone()),
        ("not before", token.not_before.clone()),
        ("expires", never(token.expires.as_ref())),
        ("last used", never(token.last_used.as_ref())),
        (
            "last used from",
            token.last_used_address.clone().unwrap_or_default(),
        ),
        ("replaced by", token.replaced_by.clone().unwrap_or_default()),
    ]
}

/// An instant that may not come, or have come.
fn never(instant: Option<&String>) -> String {
    instant.cloned().unwrap_or_else(|| "never".to_owned())
}

/// What a person is told where some tokens were not there.
fn not_there(unknown: &[String]) -> anyhow::Error {
    Hinted::new(
        format!(
            "of these there is none, or you may not see it: {}",
            joined(unknown)
        ),
        "all others are done; `tokenry token list` shows what there is",
    )
    .into()
}
