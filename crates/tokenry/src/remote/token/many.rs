//! `tokenry token enable`, `disable` and `revoke`: many tokens at once.

use tokenry_api::types::tokens::{ManyAction, ManyDone, ManyTokens};
use tokenry_api::{Nothing, operations as op};

use super::not_there;
use crate::output;
use crate::remote::print::Grid;
use crate::remote::words::SomeTokens;
use crate::remote::{Desk, ask, find};

/// How many the server takes at once.
const MOST: usize = 1000;

pub(super) fn act(
    desk: &Desk,
    action: ManyAction,
    tokens: &SomeTokens,
    sure: bool,
) -> anyhow::Result<()> {
    let mut ids = Vec::new();
    for word in find::words(&tokens.ids)? {
        ids.push(find::token(&desk.client, &word)?);
    }
    ids.sort_unstable();
    ids.dedup();
    if !sure {
        let what = match ids.as_slice() {
            [one] => format!("This revokes the token {one}, for good"),
            many => format!("This revokes {} tokens, for good", many.len()),
        };
        ask::sure(&what, false)?;
    }
    let mut all = ManyDone {
        done: Vec::new(),
        unknown: Vec::new(),
    };
    for ids in ids.chunks(MOST) {
        let body = ManyTokens {
            action,
            ids: ids.to_vec(),
        };
        let done = desk.client.call::<op::TokenMany>(&[], &Nothing {}, &body)?;
        all.done.extend(done.done);
        all.unknown.extend(done.unknown);
    }
    let done = match action {
        ManyAction::Disable => "disabled",
        ManyAction::Enable => "enabled",
        ManyAction::Revoke => "revoked",
    };
    desk.printer.list(&all, || Grid {
        head: &["id", ""],
        rows: all
            .done
            .iter()
            .map(|id| vec![id.clone(), done.to_owned()])
            .collect(),
    })?;
    if all.unknown.is_empty() {
        output::note(&format!("{} {done}.", all.done.len()));
        return Ok(());
    }
    Err(not_there(&all.unknown))
}
