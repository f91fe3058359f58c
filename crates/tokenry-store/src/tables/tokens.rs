//! Tokens: the records, how each is written, and the lists of them.
//!
//! A page costs the same however many tokens there are: it is found along an index, and the total beside it comes
//! from a counter unless the list is searched. Only a search for text looks at every record.

use jiff::Timestamp;
use tokenry_core::{
    id::{PersonaId, TokenId, TokenNumber, UserId, UserName},
    port::{Column, Editable, Pattern, Sort, Term, TokenQuery},
    token::{Audience, End, Form, Origins, Rate, Scope, Status, Token, Use, address::Networks},
};

use super::{filter::Filter, head, optional_seconds, seconds, tombstones, users};
use crate::engine::{Cells, Row, Statement, Step, StoreError, Value};

const TABLE: &str = "tokens";
/// The columns of a record, in the order in which it is read.
macro_rules! columns {
    () => {
        "id, number, form, owner, persona, subject, audience, issuer, identity_provider, key_id, version, issued_at, \
        not_before, expires, status, last_used, last_used_address, name, notes, origins, days, replaced_by, scope, rate"
    };
}

/// The same, for statements that are put together.
pub(super) const COLUMNS: &str = columns!();
const INSERT: &str = concat!(
    "INSERT INTO tokens (",
    columns!(),
    ") VALUES ($1, (SELECT token_number FROM head) - $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, \
    $16, $17, $18, $19, $20, $21, $22, $23, $24)"
);
const DELETE: &str = "DELETE FROM tokens WHERE id = $1 AND owner = $2";
const DELETE_OF: &str = "DELETE FROM tokens WHERE owner = $1";
const SET_STATUS: &str = "UPDATE tokens SET status = $3 WHERE id = $1 AND owner = $2";
const SET_STATUS_OF: &str = "UPDATE tokens SET status = $2 WHERE owner = $1 AND status <> $2";
const RECORD_USE: &str =
    "UPDATE tokens SET last_used = $2, last_used_address = $3 WHERE id = $1 AND last_used <= $2";
const REPLACE: &str = "UPDATE tokens SET expires = $3, replaced_by = $4 \
    WHERE id = $1 AND owner = $2 AND replaced_by IS NULL AND status = 'enabled'";
const EDIT: &str = "UPDATE tokens SET name = $3, notes = $4, audience = $5, origins = $6 \
    WHERE id = $1 AND owner = $2 AND name = $7 AND notes = $8 AND audience = $9 AND origins = $10";
const ONE: &str = concat!("SELECT ", columns!(), " FROM tokens WHERE id = $1");

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    DELETE,
    DELETE_OF,
    SET_STATUS,
    SET_STATUS_OF,
    RECORD_USE,
    REPLACE,
    EDIT,
    ONE,
];

/// What a client is told who wants to change a token that is no more.
const GONE: &str = "the token no longer exists";

/// No text that is searched is longer; a longer pattern finds nothing, and SQLite refuses to try.
pub(super) const MAX_PATTERN: usize = 10_000;

/// Stands between texts that are searched together. No text holds it: it is a control character.
const SEPARATOR: char = '\u{1f}';

/// Stands for any address where a list of networks would stand.
pub(super) const ANYWHERE: &str = "*";

/// Adds a token; its owner must exist. It gets the number that lies so many `behind` the last one of its batch.
pub(crate) fn insert(token: &Token, behind: i64) -> [Step; 2] {
    let last_used = token.last_used;
    let params = [
        token.id.to_hex().into(),
        behind.into(),
        token.form.as_str().into(),
        token.owner.number().into(),
        token.persona.number().into(),
        token.subject.as_str().into(),
        token.audience.as_str().into(),
        token.issuer.as_str().into(),
        token.identity_provider.as_str().into(),
        token.key_id.as_str().into(),
        token.version.as_str().into(),
        token.issued_at.as_second().into(),
        token.not_before.as_second().into(),
        token.expires.map_or(0, Timestamp::as_second).into(),
        token.status.to_string().into(),
        last_used.map_or(0, |used| used.at.as_second()).into(),
        last_used
            .map_or(String::new(), |used| used.address.to_string())
            .into(),
        token.name.as_str().into(),
        token.notes.as_str().into(),
        origins_to_text(&token.origins).into(),
        token.days.map(i64::from).into(),
        token.replaced_by.map(TokenId::to_hex).into(),
        token.scope.as_ref().map(ToString::to_string).into(),
        token.rate.as_ref().map(ToString::to_string).into(),
    ];
    [
        users::add_tokens(token.owner, 1),
        Statement::new(INSERT, params).once("a token of this id exists"),
    ]
}

/// Deletes a token of this owner, and keeps its tombstone.
pub(crate) fn delete(id: TokenId, owner: UserId, end: End) -> [Step; 3] {
    let params = [id.to_hex().into(), owner.number().into()];
    [
        tombstones::bury(id, owner, end),
        Statement::new(DELETE, params).once(GONE),
        users::add_tokens(owner, -1),
    ]
}

/// Deletes all tokens of a user, and keeps their tombstones.
pub(crate) fn delete_of(owner: UserId, end: End) -> [Step; 4] {
    let delete = Statement::new(DELETE_OF, [owner.number().into()]).any();
    [
        head::drop_tokens_of(owner.number()),
        users::drop_tokens(owner),
        tombstones::bury_of(owner, end),
        delete,
    ]
}

/// Notes what takes the place of a token of this owner, and when it ends; it must not have been replaced before.
pub(crate) fn replace(id: TokenId, owner: UserId, expires: Timestamp, by: TokenId) -> Step {
    let params = [
        id.to_hex().into(),
        owner.number().into(),
        expires.as_second().into(),
        by.to_hex().into(),
    ];
    Statement::new(REPLACE, params)
        .once("the token no longer exists, is disabled, or has been replaced already")
}

/// Replaces what can be edited of a token of this owner, if it still is as it was.
pub(crate) fn edit(id: TokenId, owner: UserId, was: &Editable, becomes: &Editable) -> Step {
    let texts = |one: &Editable| -> [Value; 4] {
        [
            one.name.as_str().into(),
            one.notes.as_str().into(),
            one.audience.as_str().into(),
            origins_to_text(&one.origins).into(),
        ]
    };
    let target = [id.to_hex().into(), owner.number().into()];
    let params = target.into_iter().chain(texts(becomes)).chain(texts(was));
    Statement::new(EDIT, params.collect::<Vec<_>>())
        .once("somebody else changed the token meanwhile, or it no longer exists")
}

/// Sets the status of a token of this owner.
pub(crate) fn set_status(id: TokenId, owner: UserId, status: Status) -> Step {
    let params = [
        id.to_hex().into(),
        owner.number().into(),
        status.to_string().into(),
    ];
    Statement::new(SET_STATUS, params).once(GONE)
}

/// Sets the status of all tokens of a user.
pub(crate) fn set_status_of(owner: UserId, status: Status) -> Step {
    Statement::new(
        SET_STATUS_OF,
        [owner.number().into(), status.to_string().into()],
    )
    .any()
}

/// Moves the last use of a token forward.
pub(crate) fn record_use(id: TokenId, used: &Use) -> Step {
    let params = [
        id.to_hex().into(),
        used.at.as_second().into(),
        used.address.to_string().into(),
    ];
    Statement::new(RECORD_USE, params).any()
}

/// One token.
pub(crate) fn one(id: TokenId) -> Statement {
    Statement::new(ONE, [id.to_hex().into()])
}

/// Reads a token.
pub(crate) fn read(row: Row) -> Result<Token, StoreError> {
    let mut cells = row.of(TABLE);
    let id = cells.parsed("id", TokenId::from_hex)?;
    Ok(Token {
        id,
        number: TokenNumber::from_number(cells.int("number")?),
        form: cells.parsed("form", Form::named)?,
        owner: UserId::from_number(cells.int("owner")?),
        persona: PersonaId::from_number(cells.int("persona")?),
        subject: cells.parsed("subject", |text| UserName::parse(text).ok())?,
        audience: cells.parsed("audience", |text| Audience::parse(text).ok())?,
        issuer: cells.text("issuer")?,
        identity_provider: cells.text("identity_provider")?,
        key_id: cells.text("key_id")?,
        version: cells.parsed("version", |text| text.parse().ok())?,
        issued_at: seconds(&mut cells, "issued_at")?,
        not_before: seconds(&mut cells, "not_before")?,
        expires: optional_seconds(&mut cells, "expires")?,
        status: cells.parsed("status", |text| text.parse().ok())?,
        last_used: read_use(&mut cells)?,
        name: cells.text("name")?,
        notes: cells.text("notes")?,
        origins: origins_from_text(id, &cells.text("origins")?),
        days: read_days(&mut cells)?,
        replaced_by: cells.optional("replaced_by", TokenId::from_hex)?,
        // What cannot be read is an error: a token must not lose what narrows it.
        scope: cells.optional("scope", Scope::from_stored)?,
        rate: cells.optional("rate", Rate::from_stored)?,
    })
}

fn origins_to_text(origins: &Origins) -> String {
    match origins {
        Origins::Anywhere => ANYWHERE.to_owned(),
        Origins::Trusted(networks) => networks.to_string(),
    }
}

/// What cannot be read is left out, so the token can be used from less places and never from more.
fn origins_from_text(id: TokenId, text: &str) -> Origins {
    if text == ANYWHERE {
        return Origins::Anywhere;
    }
    let (networks, left_out) = Networks::from_stored(text);
    if !left_out.is_empty() {
        let items = left_out.len();
        tracing::warn!(token = %id, items, "the list of networks of a token holds items that cannot be read");
    }
    Origins::Trusted(networks)
}

fn read_days(cells: &mut Cells) -> Result<Option<u32>, StoreError> {
    let number = cells.optional_int("days")?;
    number
        .map(u32::try_from)
        .transpose()
        .map_err(|_| cells.inconsistent("days", "no number of days"))
}

fn read_use(cells: &mut Cells) -> Result<Option<Use>, StoreError> {
    let at = optional_seconds(cells, "last_used")?;
    let address = cells.optional("last_used_address", |text| match text {
        "" => Some(None),
        text => text.parse().ok().map(Some),
    })?;
    Ok(at
        .zip(address.flatten())
        .map(|(at, address)| Use { at, address }))
}

/// The tokens of a page, in order.
///
/// The inner query finds their ids, which an index holds; only the records of this page are then looked at.
pub(crate) fn page(query: &TokenQuery) -> Statement {
    let mut filter = filter(query);
    let clause = filter.clause();
    let order = order(query.sort);
    let limit = filter.bind(query.limit.map_or(i64::MAX, clamp));
    let offset = filter.bind(clamp(query.offset));
    let sql = format!(
        "SELECT {COLUMNS} \
         FROM (SELECT id AS found FROM tokens{clause} ORDER BY {order} LIMIT {limit} OFFSET {offset}) AS page \
         JOIN tokens ON tokens.id = page.found ORDER BY {order}"
    );
    searched(query, sql, &filter)
}

/// How many tokens all pages hold: counted ahead of time, unless the list is searched or leaves out the expired. Few tokens are disabled, so
/// those are counted, and the others are the rest.
pub(crate) fn total(query: &TokenQuery) -> Statement {
    let has_total = query.id.is_none() && query.number.is_none() && query.alive_at.is_none();
    if !has_total || !query.terms.is_empty() {
        let filter = filter(query);
        return searched(
            query,
            format!("SELECT count(*) FROM tokens{}", filter.clause()),
            &filter,
        );
    }
    let disabled = |condition: &str| {
        format!("SELECT count(*) FROM tokens WHERE status = 'disabled'{condition}")
    };
    match (query.owner, query.status) {
        (None, None) => head::tokens(),
        (None, Some(Status::Disabled)) => Statement::built(disabled(""), []),
        (None, Some(Status::Enabled)) => {
            Statement::built(format!("SELECT tokens - ({}) FROM head", disabled("")), [])
        }
        (Some(owner), None) => users::tokens(owner),
        (Some(owner), Some(status)) => {
            let disabled = disabled(" AND owner = $1");
            let sql = match status {
                Status::Disabled => disabled,
                Status::Enabled => format!("SELECT tokens - ({disabled}) FROM users WHERE id = $1"),
            };
            Statement::built(sql, [owner.number().into()])
        }
    }
}

/// Reads the number of tokens; a user that does not exist has none.
pub(crate) fn read_total(rows: Vec<Row>) -> Result<u64, StoreError> {
    let Some(row) = rows.into_iter().next() else {
        return Ok(0);
    };
    let mut cells = row.of("head");
    let number = cells.int("tokens")?;
    u64::try_from(number).map_err(|_| cells.inconsistent("tokens", "a negative number"))
}

/// There are as many statements with search terms as clients can think of, so those are not kept prepared.
fn searched(query: &TokenQuery, sql: String, filter: &Filter) -> Statement {
    let statement = Statement::built(sql, filter.params());
    if query.terms.is_empty() {
        statement
    } else {
        statement.seldom()
    }
}

fn filter(query: &TokenQuery) -> Filter {
    let mut filter = Filter::default();
    filter.must_be("owner =", query.owner.map(UserId::number));
    filter.must_be("id =", query.id.map(TokenId::to_hex));
    filter.must_be("number =", query.number.map(TokenNumber::number));
    if let Some(at) = query.alive_at {
        let at = filter.bind(at.as_second());
        filter.must(format!("(expires = 0 OR expires > {at})"));
    }
    if let Some(status) = query.status {
        // In the text, not a parameter, so that the index of disabled tokens is seen to fit.
        filter.must(format!("status = '{status}'"));
    }
    for term in &query.terms {
        require(&mut filter, term);
    }
    filter
}

fn require(filter: &mut Filter, term: &Term) {
    let (Pattern::Contains(text)
    | Pattern::EndsWith(text)
    | Pattern::Is(text)
    | Pattern::StartsWith(text)) = &term.pattern;
    if text.len() > MAX_PATTERN || text.contains([SEPARATOR, '\0']) {
        return filter.must_be_empty();
    }
    match (term.column, &term.pattern) {
        (Some(column), Pattern::Is(whole)) => {
            filter.must_be(&format!("{} =", text_of(column)), Some(whole.as_str()));
        }
        (Some(column), pattern) => require_like(filter, &text_of(column), pattern, ["", ""]),
        (None, pattern) => require_anywhere(filter, pattern),
    }
}

/// Looks through all texts at once, with a separator before and behind each.
fn require_anywhere(filter: &mut Filter, pattern: &Pattern) {
    let separator = filter.bind(SEPARATOR.to_string());
    let texts = Column::ALL
        .iter()
        .filter(|column| column.is_text())
        .map(|column| name(*column));
    let texts = texts
        .collect::<Vec<_>>()
        .join(&format!(" || {separator} || "));
    let texts = format!("{separator} || {texts} || {separator}");
    if let Pattern::Is(whole) = pattern {
        let whole = filter.bind(format!("{SEPARATOR}{whole}{SEPARATOR}"));
        return filter.must(format!("replace({texts}, {whole}, '') <> {texts}"));
    }
    require_like(
        filter,
        &texts,
        pattern,
        [&format!("%{SEPARATOR}"), &format!("{SEPARATOR}%")],
    );
}

/// Compares without regard to ASCII case. A text begins behind the first of the `edges` and ends before the second.
fn require_like(filter: &mut Filter, text: &str, pattern: &Pattern, edges: [&str; 2]) {
    let (begin, part, end) = match pattern {
        Pattern::Contains(part) => ("%", part, "%"),
        Pattern::EndsWith(part) => ("%", part, edges[1]),
        Pattern::Is(part) => (edges[0], part, edges[1]),
        Pattern::StartsWith(part) => (edges[0], part, "%"),
    };
    let pattern = filter.bind(format!("{begin}{}{end}", escape(part)));
    filter.must(format!("lower({text}) LIKE {pattern} ESCAPE '\\'"));
}

/// A text in lower case that stands for itself in a pattern.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c.to_ascii_lowercase());
    }
    escaped
}

fn order(sort: Sort) -> String {
    let direction = if sort.descending { "DESC" } else { "ASC" };
    match (name(sort.column), sort.column.is_text() && sort.ignore_case) {
        (unique @ ("id" | "number"), _) => format!("{unique} {direction}"),
        (column, true) if has_case(sort.column) => {
            format!("lower({column}) {direction}, id {direction}")
        }
        (column, _) => format!("{column} {direction}, id {direction}"),
    }
}

/// The other texts are in lower case by nature.
fn has_case(column: Column) -> bool {
    matches!(
        column,
        Column::Audience | Column::IdentityProvider | Column::Issuer
    )
}

fn text_of(column: Column) -> String {
    match name(column) {
        name if column.is_text() => name.to_owned(),
        name => format!("CAST({name} AS TEXT)"),
    }
}

fn name(column: Column) -> &'static str {
    match column {
        Column::Audience => "audience",
        Column::Expires => "expires",
        Column::Id => "id",
        Column::IdentityProvider => "identity_provider",
        Column::IssuedAt => "issued_at",
        Column::Issuer => "issuer",
        Column::LastUsed => "last_used",
        Column::LastUsedAddress => "last_used_address",
        Column::NotBefore => "not_before",
        Column::Number => "number",
        Column::Status => "status",
        Column::Subject => "subject",
    }
}

fn clamp(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
