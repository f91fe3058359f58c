//! GET on the collection: lists tokens (spec/splunk.md 2.2).

use tokenry_core::{
    app::ListTokens,
    port::{self, Column, Sort},
};

use super::{PATH, entry};
use crate::splunk::{
    call::Call,
    face::Face,
    failure::Failure,
    format::{
        feed::Paging,
        listing::{Listing, Pattern, SortMode, Term},
    },
    reply::Reply,
};

pub(in crate::splunk) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.supports(&["username", "id", "status"])?;
    let wanted = ListTokens {
        username: call.arguments.text("username")?,
        id: call.arguments.text("id")?,
        status: call.arguments.text("status")?.map(str::parse).transpose()?,
        ..ListTokens::default()
    };
    page(face, &call, wanted).await
}

/// The page of tokens that fits both the conditions and the common arguments.
pub(super) async fn page(
    face: &Face,
    call: &Call,
    wanted: ListTokens<'_>,
) -> Result<Reply, Failure> {
    let listing = call.listing()?;
    let wanted = ListTokens {
        terms: terms(&listing)?,
        sort: sort(&listing)?,
        limit: listing.count,
        offset: listing.offset,
        ..wanted
    };
    let found = face.door.app.list_tokens(call.caller()?, wanted).await?;
    let mut feed = call.feed(face, PATH);
    feed.links = entry::feed_links(call);
    feed.entries = found
        .items
        .iter()
        .map(|token| entry::of_token(face, call, token))
        .collect();
    feed.paging = Paging {
        total: found.total,
        per_page: listing.count,
        offset: listing.offset,
    };
    Ok(Reply::ok(feed))
}

fn terms(listing: &Listing) -> Result<Vec<port::Term>, Failure> {
    let terms = listing.search.iter().flat_map(|search| &search.terms);
    terms.map(term).collect()
}

fn term(term: &Term) -> Result<port::Term, Failure> {
    let column = term
        .field
        .as_deref()
        .map(|field| column("search", field))
        .transpose()?;
    let Pattern {
        text,
        open_start,
        open_end,
    } = term.pattern.clone();
    let pattern = match (open_start, open_end) {
        (true, true) => port::Pattern::Contains(text),
        (true, false) => port::Pattern::EndsWith(text),
        (false, true) => port::Pattern::StartsWith(text),
        (false, false) => port::Pattern::Is(text),
    };
    Ok(port::Term { column, pattern })
}

/// Text is sorted without regard to case unless asked for; ids and numbers have none.
fn sort(listing: &Listing) -> Result<Sort, Failure> {
    let column = listing
        .sort_key
        .as_deref()
        .map_or(Ok(Column::Id), |key| column("sort_key", key))?;
    let folds = matches!(listing.sort_mode, SortMode::Auto | SortMode::Alpha);
    let has_case = matches!(
        column,
        Column::Audience | Column::IdentityProvider | Column::Issuer
    );
    Ok(Sort {
        column,
        descending: listing.descending,
        ignore_case: folds && has_case,
    })
}

fn column(argument: &str, field: &str) -> Result<Column, Failure> {
    let field = if field == "title" { "name" } else { field };
    // A token's number means nothing to clients of this face.
    let known = || {
        Column::ALL
            .iter()
            .filter(|column| **column != Column::Number)
    };
    let found = known().find(|column| column.as_str() == field).copied();
    found.ok_or_else(|| {
        let fields: Vec<&str> = known().map(|column| column.as_str()).collect();
        Failure::bad_request(format!(
            "Argument \"{argument}\" knows these fields of a token: {}.",
            fields.join(", ")
        ))
    })
}
