//! How large a query may be. Each limit is far above what a client of this schema needs, introspection included, and
//! each is checked in a time that grows with the length of the query alone (NT-70).

mod measure;
mod scan;

use async_graphql::parser::types::ExecutableDocument;

use self::{measure::Measure, scan::scan};
use super::refusal::Refusal;

/// The longest query, in bytes. Twice the longest list of addresses.
const MAX_BYTES: usize = 64 * 1024;

/// The most brackets of any kind within one another.
const MAX_NESTING: usize = 32;

/// The most directives in a query.
const MAX_DIRECTIVES: usize = 64;

/// The most operations and fragments.
const MAX_DEFINITIONS: usize = 64;

/// The most selections within one another, fragments spread.
const MAX_DEPTH: usize = 32;

/// The most selections of all definitions, fragments spread.
const MAX_SELECTIONS: u64 = 2_000;

/// About how many values an answer may have.
const MAX_COST: u64 = 250_000;

/// The most fields that one operation asks of the root.
pub(super) const MAX_ROOT_FIELDS: u64 = 10;

/// The most bytes that variables may come to when each is put in wherever it is named.
const MAX_PUT_IN: usize = 16 * 1024 * 1024;

/// Looks at a query before it is parsed: parsers call themselves for every bracket. `body` is the length of all that
/// was sent, variables included.
pub(super) fn check_text(query: &str, body: usize) -> Result<(), Refusal> {
    if query.len() > MAX_BYTES {
        let why = format!("The query is longer than {MAX_BYTES} bytes");
        return Err(Refusal::limit(why));
    }
    let scan = scan(query).ok_or_else(|| Refusal::syntax(None))?;
    if scan.nesting > MAX_NESTING {
        let why = format!("The query has more than {MAX_NESTING} brackets within one another");
        return Err(Refusal::limit(why));
    }
    if scan.directives > MAX_DIRECTIVES {
        let why = format!("The query has more than {MAX_DIRECTIVES} directives");
        return Err(Refusal::limit(why));
    }
    if scan.variables.saturating_mul(body) > MAX_PUT_IN {
        let why = "The query names its variables too often for what they hold";
        return Err(Refusal::limit(why));
    }
    Ok(())
}

/// Looks at a query after it is parsed: what it comes to when all fragments are spread, including those that are not
/// used, since they are validated too.
pub(super) fn check_document(document: &ExecutableDocument) -> Result<(), Refusal> {
    let operations = document.operations.iter();
    if operations.len() + document.fragments.len() > MAX_DEFINITIONS {
        let why = format!("The query has more than {MAX_DEFINITIONS} operations and fragments");
        return Err(Refusal::limit(why));
    }
    let mut measure = Measure::of(&document.fragments, MAX_DEPTH);
    let fragments = document.fragments.values();
    let sets = operations
        .clone()
        .map(|(_, operation)| &operation.node.selection_set.node)
        .chain(fragments.map(|fragment| &fragment.node.selection_set.node));
    let (mut selections, mut cost) = (0_u64, 0_u64);
    for set in sets {
        let size = measure.set(set, 0).ok_or_else(|| {
            let why = format!(
                "The query is more than {MAX_DEPTH} levels deep, or a fragment spreads itself"
            );
            Refusal::limit(why)
        })?;
        selections = selections.saturating_add(size.selections);
        cost = cost.max(size.cost);
    }
    if selections > MAX_SELECTIONS || cost > MAX_COST {
        return Err(Refusal::limit("The query asks for too much at once"));
    }
    for (_, operation) in operations {
        let size = measure.set(&operation.node.selection_set.node, 0);
        if size.is_none_or(|size| size.width > MAX_ROOT_FIELDS) {
            let why = format!("An operation can have at most {MAX_ROOT_FIELDS} fields at its root");
            return Err(Refusal::limit(why));
        }
    }
    Ok(())
}
