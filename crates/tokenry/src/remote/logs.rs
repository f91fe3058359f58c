//! `tokenry audit` and `tokenry refusals`: read, and followed.

mod follow;

use tokenry_api::types::audit::{AuditLine, AuditPage, AuditQuery};
use tokenry_api::types::authentication::{
    AuthenticationLine, AuthenticationPage, AuthenticationQuery,
};
use tokenry_api::{Nothing, operations as op};

use super::pages::{Page, gather, mention_more};
use super::print::Grid;
use super::words::{Audit, Refusals};
use super::{Desk, find};

const USUAL: u32 = 100;
const MOST: u32 = 1000;

/// Reads the audit log.
pub(super) fn audit(desk: &Desk, wanted: &Audit) -> anyhow::Result<()> {
    let query = AuditQuery {
        actor: wanted.actor.clone(),
        action: wanted.action.clone(),
        token: about(desk, wanted.about.as_deref())?,
        since: wanted.since.clone(),
        until: wanted.until.clone(),
        ..AuditQuery::default()
    };
    let for_people = desk.printer.is_table();
    let ask = |after, before, limit| {
        let query = AuditQuery {
            after,
            before,
            limit: Some(limit),
            ..query.clone()
        };
        let page = desk
            .client
            .call::<op::AuditRead>(&[], &query, &Nothing {})?;
        Ok(Page {
            items: page.items,
            next: page.next,
            total: None,
        })
    };
    if wanted.follow {
        let limit = wanted.how_many.limit.unwrap_or(10);
        let place = |line: &AuditLine| (line.sequence, 1);
        let print = |line: &AuditLine| desk.printer.line(line, &audit_cells(line, for_people));
        return follow::follow(limit, ask, place, print);
    }
    let page = gather(&wanted.how_many, USUAL, MOST, |before, limit| {
        ask(None, before, limit)
    })?;
    mention_more(&page);
    let page = AuditPage {
        items: page.items,
        next: page.next,
    };
    desk.printer
        .list(&page, || audit_grid(&page.items, for_people))
}

/// Reads who was refused.
pub(super) fn refusals(desk: &Desk, wanted: &Refusals) -> anyhow::Result<()> {
    let query = AuthenticationQuery {
        reason: wanted.reason.clone(),
        user: wanted.user.clone(),
        token: about(desk, wanted.about.as_deref())?,
        address: wanted.address.clone(),
        ..AuthenticationQuery::default()
    };
    let for_people = desk.printer.is_table();
    let mut dropped = 0;
    let mut ask = |after, before, limit| {
        let query = AuthenticationQuery {
            after,
            before,
            limit: Some(limit),
            ..query.clone()
        };
        let page = desk
            .client
            .call::<op::AuthenticationRead>(&[], &query, &Nothing {})?;
        dropped = page.dropped;
        Ok(Page {
            items: page.items,
            next: page.next,
            total: None,
        })
    };
    if wanted.follow {
        let limit = wanted.how_many.limit.unwrap_or(10);
        let place = |line: &AuthenticationLine| (line.sequence, line.times);
        let print =
            |line: &AuthenticationLine| desk.printer.line(line, &refusal_cells(line, for_people));
        return follow::follow(limit, ask, place, print);
    }
    let page = gather(&wanted.how_many, USUAL, MOST, |before, limit| {
        ask(None, before, limit)
    })?;
    mention_more(&page);
    let page = AuthenticationPage {
        items: page.items,
        next: page.next,
        dropped,
    };
    desk.printer.list(&page, || Grid {
        head: &[
            "at", "times", "reason", "user", "token", "address", "route", "meaning",
        ],
        rows: page
            .items
            .iter()
            .map(|line| refusal_cells(line, for_people))
            .collect(),
    })
}

/// Lines of the audit log.
pub(super) fn audit_grid(lines: &[AuditLine], for_people: bool) -> Grid {
    Grid {
        head: &[
            "at", "actor", "action", "token", "target", "address", "reason",
        ],
        rows: lines
            .iter()
            .map(|line| audit_cells(line, for_people))
            .collect(),
    }
}

fn about(desk: &Desk, text: Option<&str>) -> anyhow::Result<Option<String>> {
    let id = |text: &str| {
        // Of a token that is gone only the log knows.
        let is_whole = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit());
        if is_whole {
            return Ok(text.to_owned());
        }
        find::token(&desk.client, text)
    };
    text.map(id).transpose()
}

fn audit_cells(line: &AuditLine, for_people: bool) -> Vec<String> {
    vec![
        line.at.clone(),
        line.actor.clone(),
        line.action.clone(),
        short(line.token.as_deref(), for_people),
        line.target.clone().unwrap_or_default(),
        line.address.clone().unwrap_or_default(),
        line.reason.clone(),
    ]
}

fn refusal_cells(line: &AuthenticationLine, for_people: bool) -> Vec<String> {
    vec![
        line.at.clone(),
        line.times.to_string(),
        line.reason.clone(),
        line.user.clone().unwrap_or_default(),
        short(line.token.as_deref(), for_people),
        line.address.clone().unwrap_or_default(),
        line.route.clone(),
        line.meaning.clone(),
    ]
}

/// For people, enough of an id to tell it from all others.
fn short(id: Option<&str>, for_people: bool) -> String {
    id.unwrap_or_default()
        .chars()
        .take(if for_people { 12 } else { 64 })
        .collect()
}
