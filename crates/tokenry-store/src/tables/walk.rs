//! Lists of tokens that are read in parts (`port::Walk`): the statements, and which part of the order each covers.
//!
//! Two ways lead to a part, and both look at a bounded number of records:
//!
//! * **few**: a condition that an index knows is met by few tokens. They are looked at, and sorted.
//! * **along**: the index of the order is followed from one place to a stop, which another statement has found so many
//!   entries ahead. No other index may be taken, or the database would sort what that one finds; so every other
//!   condition is written in a way that no index fits (`owner + 0`, `subject || ''`).
//!
//! Not here: which way is taken (`crate::walk`).

use jiff::Timestamp;
use tokenry_core::{
    id::{PersonaId, TokenId, UserId},
    port::{Bound, Filter as Wanted, Key, NumberOf, OrderBy, Pattern, Place, TextOf, Walk},
    token::Status,
};

use super::{
    filter::Filter,
    tokens::{ANYWHERE, COLUMNS, MAX_PATTERN, escape},
};
use crate::engine::{Row, Statement, StoreError, Value};

/// How many tokens are few enough to be looked at and sorted, which spares many walks that find little.
pub(crate) fn few_of(walk: &Walk) -> u32 {
    walk.reach.saturating_mul(2).min(MOST_FEW)
}

const MOST_FEW: u32 = 2_000;

const TABLE: &str = "tokens";

/// A condition that an index knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    condition: String,
    values: Vec<Value>,
}

/// The conditions of a walk that an index knows, but for those on what it is sorted by: these only make it shorter.
pub(crate) fn known(walk: &Walk) -> Vec<Known> {
    let of_owner = walk.owner.map(|owner| Known {
        condition: "owner = $1".to_owned(),
        values: vec![owner.number().into()],
    });
    let others = walk
        .filters
        .iter()
        .filter_map(|filter| known_filter(filter, walk.order.by));
    of_owner.into_iter().chain(others).collect()
}

fn known_filter(filter: &Wanted, by: OrderBy) -> Option<Known> {
    let known = |condition: String, values: Vec<Value>| Some(Known { condition, values });
    match filter {
        Wanted::Status(Status::Disabled) => known("status = 'disabled'".to_owned(), vec![]),
        Wanted::Number(of, bound) if !of.is_key_of(by) || matches!(bound, Bound::Is(_)) => {
            let mut filter = Filter::default();
            bind_bound(&mut filter, number_column(*of), *bound);
            known(filter.conditions(), filter.params())
        }
        Wanted::Text(_, Pattern::Is(text) | Pattern::StartsWith(text)) if !is_searchable(text) => {
            None
        }
        Wanted::Text(TextOf::Id, Pattern::Is(id)) => known("id = $1".to_owned(), text(id)),
        Wanted::Text(TextOf::Id, Pattern::StartsWith(begin)) if !begin.is_empty() => {
            let begin = begin.to_ascii_lowercase();
            // Behind the last hex digit.
            let end = format!("{begin}g");
            known(
                "id >= $1 AND id < $2".to_owned(),
                vec![begin.into(), end.into()],
            )
        }
        Wanted::Text(TextOf::User, Pattern::Is(user)) => {
            known("subject = $1".to_owned(), text(user))
        }
        Wanted::Text(TextOf::Audience, Pattern::Is(audience)) => known(
            "lower(audience) = $1".to_owned(),
            text(&audience.to_ascii_lowercase()),
        ),
        _ => None,
    }
}

fn text(text: &str) -> Vec<Value> {
    vec![text.into()]
}

/// How many tokens meet the condition; one more than few is as far as it counts.
pub(crate) fn count(walk: &Walk, known: &Known) -> Statement {
    let sql = format!(
        "SELECT count(*) FROM (SELECT id FROM tokens WHERE {} LIMIT {}) AS few",
        known.condition,
        few_of(walk) + 1
    );
    Statement::built(sql, known.values.clone())
}

/// Reads how many.
pub(crate) fn read_count(rows: Vec<Row>) -> Result<u32, StoreError> {
    let Some(row) = rows.into_iter().next() else {
        return Ok(0);
    };
    let mut cells = row.of(TABLE);
    let number = cells.int("count")?;
    u32::try_from(number).map_err(|_| cells.inconsistent("count", "no number of tokens"))
}

/// The tokens of the walk among the few that meet the condition; one more than the limit, if there are.
///
/// The join is written so that SQLite begins with the few.
pub(crate) fn few(walk: &Walk, known: &Known) -> Statement {
    let mut filter = Filter::starting_with(known.values.clone());
    filter.must("tokens.id = few.found".to_owned());
    for wanted in &walk.filters {
        require(&mut filter, wanted);
    }
    require_owner(&mut filter, walk.owner);
    let key = match walk.order.by {
        OrderBy::Expires => format!("CASE expires WHEN 0 THEN {} ELSE expires END", i64::MAX),
        by => key_column(by).to_owned(),
    };
    let (sign, direction) = direction(walk);
    if let Some(place) = &walk.after {
        require_side(&mut filter, &key, sign, place);
    }
    let limit = filter.bind(i64::from(walk.limit) + 1);
    let sql = format!(
        "SELECT {COLUMNS} FROM (SELECT id AS found FROM tokens WHERE {}) AS few CROSS JOIN tokens{} \
         ORDER BY {key} {direction}, id {direction} LIMIT {limit}",
        known.condition,
        filter.clause()
    );
    Statement::built(sql, filter.params()).seldom()
}

/// A part of an order that lies together in its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stretch {
    /// All of it.
    All,
    /// What has the same audience as the place to go on from, and lies behind it. An index of an expression is not
    /// searched by two of its columns at once, so ties are a stretch of their own.
    Tie,
    /// What has an audience behind that one.
    Beyond,
    /// The tokens that expire.
    Ending,
    /// Those that never do. Their 0 lies before all others in the index, and behind them in the order.
    Never,
}

/// The stretches that a walk has before it, in order.
pub(crate) fn stretches(walk: &Walk) -> Vec<Stretch> {
    match (walk.order.by, &walk.after) {
        (OrderBy::Expires, _) => {}
        (OrderBy::Audience, Some(_)) => return vec![Stretch::Tie, Stretch::Beyond],
        _ => return vec![Stretch::All],
    }
    let is_never = walk.after.as_ref().map(|place| place.key == Key::NEVER);
    let filters = || walk.filters.iter();
    let wants_ending = filters().any(|filter| match filter {
        Wanted::Number(NumberOf::Expires, Bound::Above(_) | Bound::Below(_)) => true,
        Wanted::Not(other) => **other == Wanted::Number(NumberOf::Expires, Bound::Is(0)),
        _ => false,
    });
    let wants_never =
        filters().any(|filter| *filter == Wanted::Number(NumberOf::Expires, Bound::Is(0)));
    let (ending, never) = if walk.order.descending {
        (true, is_never != Some(false))
    } else {
        (is_never != Some(true), true)
    };
    let ending = (ending && !wants_never).then_some(Stretch::Ending);
    let never = (never && !wants_ending).then_some(Stretch::Never);
    let stretches = if walk.order.descending {
        [never, ending]
    } else {
        [ending, never]
    };
    stretches.into_iter().flatten().collect()
}

/// The place as many entries ahead as the walk reaches; none if the stretch ends before.
pub(crate) fn stop(walk: &Walk, stretch: Stretch) -> Statement {
    let mut filter = Filter::default();
    bind_stretch(&mut filter, walk, stretch, None);
    let ahead = filter.bind(i64::from(walk.reach.max(1)) - 1);
    let sql = format!(
        "SELECT {}, id FROM tokens{} ORDER BY {} LIMIT 1 OFFSET {ahead}",
        key_column(walk.order.by),
        filter.clause(),
        order(walk, stretch)
    );
    Statement::built(sql, filter.params())
}

/// Reads the place.
pub(crate) fn read_stop(row: Row, walk: &Walk, stretch: Stretch) -> Result<Place, StoreError> {
    let mut cells = row.of(TABLE);
    let key = match (walk.order.by, stretch) {
        (OrderBy::Audience | OrderBy::User, _) => Key::Text(cells.text("key")?),
        (_, Stretch::Never) => cells.int("key").map(|_| Key::NEVER)?,
        _ => Key::Number(cells.int("key")?),
    };
    let id = cells.parsed("id", TokenId::from_hex)?;
    Ok(Place { key, id })
}

/// The tokens of the walk along a stretch up to the stop; at most so many. To be read one after the other, until there
/// are so many.
pub(crate) fn along(
    walk: &Walk,
    stretch: Stretch,
    stop: Option<&Place>,
    limit: usize,
) -> Vec<Statement> {
    let mut filter = Filter::default();
    bind_stretch(&mut filter, walk, stretch, stop);
    let (sign, _) = direction(walk);
    let (before, until) = if sign == ">" {
        ("<", "<=")
    } else {
        (">", ">=")
    };
    let Some(stop) = stop else {
        return vec![followed(walk, stretch, filter, limit)];
    };
    if walk.order.by != OrderBy::Audience || stretch == Stretch::Tie {
        require_place(&mut filter, walk, stretch, until, stop);
        return vec![followed(walk, stretch, filter, limit)];
    }
    require_audience(&mut filter, before, stop);
    let mut tie = Filter::default();
    require_audience(&mut tie, "=", stop);
    tie.must_be(&format!("id {until}"), Some(stop.id.to_hex()));
    vec![
        followed(walk, stretch, filter, limit),
        followed(walk, Stretch::Tie, tie, limit),
    ]
}

fn followed(walk: &Walk, stretch: Stretch, mut filter: Filter, limit: usize) -> Statement {
    for wanted in &walk.filters {
        require(&mut filter, wanted);
    }
    require_owner(&mut filter, walk.owner);
    let limit = filter.bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let sql = format!(
        "SELECT {COLUMNS} FROM tokens{} ORDER BY {} LIMIT {limit}",
        filter.clause(),
        order(walk, stretch)
    );
    let statement = Statement::built(sql, filter.params());
    if walk.filters.is_empty() {
        return statement;
    }
    statement.seldom()
}

/// How many tokens of a user, or of all, end from each instant on until before the next one.
pub(crate) fn expirations(owner: Option<UserId>, instants: &[Timestamp]) -> Statement {
    let mut filter = Filter::default();
    filter.must_be("owner =", owner.map(UserId::number));
    filter.must("expires >= days.column1".to_owned());
    filter.must("expires < days.column2".to_owned());
    let days = instants.iter().zip(instants.iter().skip(1));
    let days = days.map(|(from, until)| {
        let [from, until] = [from, until].map(|at| at.as_second().max(1));
        format!("(CAST({from} AS BIGINT), CAST({until} AS BIGINT))")
    });
    let days: Vec<String> = days.collect();
    let sql = format!(
        "SELECT (SELECT count(*) FROM tokens{}) FROM (VALUES {}) AS days ORDER BY days.column1",
        filter.clause(),
        days.join(", ")
    );
    Statement::built(sql, filter.params()).seldom()
}

/// What of the index is to be followed: from where on, and between which bounds.
fn bind_stretch(filter: &mut Filter, walk: &Walk, stretch: Stretch, stop: Option<&Place>) {
    bind_ends(filter, walk, stretch, stop);
    let Some(place) = &walk.after else {
        return;
    };
    let (sign, _) = direction(walk);
    match stretch {
        Stretch::Beyond => require_audience(filter, sign, place),
        Stretch::Tie => {
            require_audience(filter, "=", place);
            require_place(filter, walk, stretch, sign, place);
        }
        Stretch::All | Stretch::Ending | Stretch::Never => {
            if goes_on(stretch, place) {
                require_place(filter, walk, stretch, sign, place);
            }
        }
    }
}

/// From where to where a stretch goes: one end each, or the database might begin at the one that is farther off and
/// read its way to the other. A place to go on from is an end, too, and so is a stop; both lie within the others.
fn bind_ends(filter: &mut Filter, walk: &Walk, stretch: Stretch, stop: Option<&Place>) {
    let key = key_column(walk.order.by);
    if stretch == Stretch::Never {
        return filter.must(format!("{key} = 0"));
    }
    let (mut least, mut most, mut is_bound) = (None, None, false);
    for wanted in &walk.filters {
        match wanted {
            Wanted::Number(of, _) if !of.is_key_of(walk.order.by) => {}
            Wanted::Number(_, Bound::Above(end)) => {
                (least, is_bound) = (least.max(Some(*end)), true);
            }
            Wanted::Number(_, Bound::Below(end)) => {
                (most, is_bound) = (Some(most.map_or(*end, |most| (*end).min(most))), true);
            }
            Wanted::Number(_, Bound::Is(same)) => filter.must_be(&format!("{key} ="), Some(*same)),
            _ => {}
        }
    }
    if stretch == Stretch::Ending {
        least = least.max(Some(0));
    }
    let (begin, end) = if walk.order.descending {
        (&mut most, &mut least)
    } else {
        (&mut least, &mut most)
    };
    let after = walk.after.as_ref();
    if after.is_some_and(|place| goes_on(stretch, place)) {
        *begin = None;
    }
    if stop.is_some() {
        *end = None;
    }
    filter.must_be(&format!("{key} >"), least);
    filter.must_be(&format!("{key} <"), most);
    if is_bound {
        // Never is neither less nor greater than anything; the negative ones lie before 1970.
        filter.must(format!("{key} + 0 <> 0"));
    }
}

/// Whether the place to go on from lies in the stretch, and not on the other side of it altogether.
fn goes_on(stretch: Stretch, place: &Place) -> bool {
    match stretch {
        Stretch::Never => place.key == Key::NEVER,
        Stretch::Ending => place.key != Key::NEVER,
        Stretch::All | Stretch::Beyond | Stretch::Tie => true,
    }
}

fn require_audience(filter: &mut Filter, sign: &str, place: &Place) {
    match &place.key {
        Key::Text(text) => filter.must_be(&format!("lower(audience) {sign}"), Some(text.as_str())),
        Key::Number(_) => filter.must_be_empty(),
    }
}

fn require_place(filter: &mut Filter, walk: &Walk, stretch: Stretch, sign: &str, place: &Place) {
    if matches!(stretch, Stretch::Never | Stretch::Tie) {
        return filter.must_be(&format!("id {sign}"), Some(place.id.to_hex()));
    }
    require_side(filter, key_column(walk.order.by), sign, place);
}

/// On which side of a place. A number is unique, so there is no tie to break.
fn require_side(filter: &mut Filter, key: &str, sign: &str, place: &Place) {
    let value: Value = match &place.key {
        Key::Number(number) => (*number).into(),
        Key::Text(text) => text.as_str().into(),
    };
    if value.has_nul() {
        return filter.must_be_empty();
    }
    let value = filter.bind(value);
    if key == "number" {
        return filter.must(format!("number {sign} {value}"));
    }
    let id = filter.bind(place.id.to_hex());
    filter.must(format!("({key}, id) {sign} ({value}, {id})"));
}

fn direction(walk: &Walk) -> (&'static str, &'static str) {
    if walk.order.descending {
        ("<", "DESC")
    } else {
        (">", "ASC")
    }
}

fn order(walk: &Walk, stretch: Stretch) -> String {
    let (_, direction) = direction(walk);
    match (walk.order.by, stretch) {
        (OrderBy::Number, _) => format!("number {direction}"),
        (_, Stretch::Never | Stretch::Tie) => format!("id {direction}"),
        (by, _) => format!("{} {direction}, id {direction}", key_column(by)),
    }
}

fn key_column(by: OrderBy) -> &'static str {
    match by {
        OrderBy::Audience => "lower(audience)",
        OrderBy::Created => "issued_at",
        OrderBy::Expires => "expires",
        OrderBy::LastUsed => "last_used",
        OrderBy::NotBefore => "not_before",
        OrderBy::Number => "number",
        OrderBy::User => "subject",
    }
}

fn number_column(of: NumberOf) -> &'static str {
    match of {
        NumberOf::Created => "issued_at",
        NumberOf::Expires => "expires",
        NumberOf::LastUsed => "last_used",
        NumberOf::NotBefore => "not_before",
        NumberOf::Number => "number",
    }
}

fn bind_bound(filter: &mut Filter, column: &str, bound: Bound) {
    match bound {
        Bound::Above(least) => {
            // So an index has one end to begin from.
            let least = filter.bind(least);
            filter.must(format!("{column} > {least}"));
            filter.must(format!("{column} + 0 <> 0"));
        }
        Bound::Below(most) => {
            let most = filter.bind(most);
            filter.must(format!("{column} < {most}"));
            // The negative ones lie before 1970.
            filter.must(format!("{column} + 0 <> 0"));
        }
        Bound::Is(same) => filter.must_be(&format!("{column} ="), Some(same)),
    }
}

fn require_owner(filter: &mut Filter, owner: Option<UserId>) {
    filter.must_be("owner + 0 =", owner.map(UserId::number));
}

/// A condition, written so that no index fits it.
fn require(filter: &mut Filter, wanted: &Wanted) {
    if let Some(condition) = condition(filter, wanted) {
        filter.must(condition);
    } else {
        filter.must_be_empty();
    }
}

/// The condition in SQL; `None` if no token can meet it.
fn condition(filter: &mut Filter, wanted: &Wanted) -> Option<String> {
    Some(match wanted {
        Wanted::Anywhere(text) => {
            let pattern = like(filter, text, ["%", "%"])?;
            let texts = TextOf::ALL.iter();
            let any = texts.map(|of| format!("lower({}) LIKE {pattern} ESCAPE '\\'", text_of(*of)));
            format!("({})", any.collect::<Vec<_>>().join(" OR "))
        }
        Wanted::Number(of, bound) => {
            let column = number_column(*of);
            match bound {
                Bound::Above(least) => {
                    let least = filter.bind(*least);
                    format!("({column} + 0 > {least} AND {column} + 0 <> 0)")
                }
                Bound::Below(most) => {
                    let most = filter.bind(*most);
                    format!("({column} + 0 < {most} AND {column} + 0 <> 0)")
                }
                Bound::Is(same) => {
                    let same = filter.bind(*same);
                    format!("{column} + 0 = {same}")
                }
            }
        }
        Wanted::Persona(among) if among.is_empty() => return None,
        Wanted::Persona(among) => {
            let numbers = among.iter().copied().map(PersonaId::number);
            let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
            format!("persona IN ({})", numbers.join(", "))
        }
        Wanted::Status(status) => format!("status || '' = '{status}'"),
        Wanted::Text(of, Pattern::Is(whole)) => {
            if !is_searchable(whole) {
                return None;
            }
            let whole = filter.bind(whole.as_str());
            format!("{} || '' = {whole}", text_of(*of))
        }
        Wanted::Text(of, pattern) => {
            let (part, edges) = match pattern {
                Pattern::Contains(part) => (part, ["%", "%"]),
                Pattern::EndsWith(part) => (part, ["%", ""]),
                Pattern::Is(part) => (part, ["", ""]),
                Pattern::StartsWith(part) => (part, ["", "%"]),
            };
            let pattern = like(filter, part, edges)?;
            format!("lower({} || '') LIKE {pattern} ESCAPE '\\'", text_of(*of))
        }
        Wanted::Not(other) => match condition(filter, other) {
            Some(condition) => format!("NOT ({condition})"),
            None => "1 = 1".to_owned(),
        },
    })
}

fn like(filter: &mut Filter, part: &str, edges: [&str; 2]) -> Option<String> {
    let [begin, end] = edges;
    is_searchable(part).then(|| filter.bind(format!("{begin}{}{end}", escape(part))))
}

/// No text that is searched holds a NUL or is longer; SQLite refuses to try.
fn is_searchable(text: &str) -> bool {
    text.len() <= MAX_PATTERN && !text.contains('\0')
}

fn text_of(of: TextOf) -> String {
    match of {
        TextOf::Addresses => {
            let anywhere = TextOf::ANYWHERE;
            return format!("CASE origins WHEN '{ANYWHERE}' THEN '{anywhere}' ELSE origins END");
        }
        TextOf::Audience => "audience",
        TextOf::Form => "form",
        TextOf::Id => "id",
        TextOf::Issuer => "issuer",
        TextOf::LastUsedAddress => "last_used_address",
        TextOf::Name => "name",
        TextOf::Notes => "notes",
        TextOf::User => "subject",
    }
    .to_owned()
}
