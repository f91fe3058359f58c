//! GET: lists, one token, for whom one may make them, and when they end.

use std::sync::Arc;

use tokenry_api::{
    operations as op,
    types::{
        tokens::{Expirations, ExpiringDay, Token, TokenPage},
        users::{Named, Owner, OwnerList},
    },
};
use tokenry_core::{
    app::{Attribute, Browse, Caller, Condition, Cursor, Operator, Order},
    id::PersonaId,
    principal::{Principal, World},
};

use super::{
    super::{
        Face,
        answer::Answer,
        call::Call,
        limit, limit_named,
        problem::Problem,
        sessions::{persona_name, personas_of},
    },
    id,
    record::{answer, record},
};

pub(in super::super) async fn list(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenList>,
) -> Result<Answer<TokenPage>, Problem> {
    let query = &call.query;
    let conditions = query.filter.iter().map(|text| condition(text));
    let sort = query.sort.as_deref().map(order).transpose()?;
    let wanted = Browse {
        search: query.search.clone(),
        conditions: conditions.collect::<Result<_, _>>()?,
        sort: sort.unwrap_or(Browse::default().sort),
        limit: u32::try_from(limit(query.limit, 50, 200)?).unwrap_or(50),
        after: query.cursor.as_deref().map(Cursor::new),
    };
    let found = face.door.app.browse_tokens(&caller, wanted).await?;
    let world = face.door.app.world();
    let items = found.tokens.iter();
    Ok(TokenPage {
        items: items
            .map(|token| record(&face, &world, &caller, token))
            .collect(),
        next: found.next.map(|cursor| cursor.as_str().to_owned()),
        total: found.total,
        complete: found.complete,
    }
    .into())
}

/// Reads `attribute:operator:value`. The value may hold anything.
fn condition(text: &str) -> Result<Condition, Problem> {
    let mut parts = text.splitn(3, ':');
    let (Some(attribute), Some(operator), Some(value)) = (parts.next(), parts.next(), parts.next())
    else {
        let why = "must be attribute:operator:value, such as user:equals:jdoe";
        return Err(Problem::invalid("filter", why));
    };
    Ok(Condition {
        attribute: Attribute::parse("filter", attribute)?,
        operator: Operator::parse("filter", operator)?,
        value: value.to_owned(),
    })
}

/// Reads the name of a column, with `-` before it for the greatest first.
fn order(text: &str) -> Result<Order, Problem> {
    let (descending, name) = match text.strip_prefix('-') {
        Some(name) => (true, name),
        None => (false, text),
    };
    Ok(Order {
        column: Attribute::parse("sort", name)?,
        descending,
    })
}

pub(in super::super) async fn show(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenShow>,
) -> Result<Answer<Token>, Problem> {
    let token = face.door.app.token_for(&caller, id(call.id())?).await?;
    answer(&face, &caller, &token)
}

pub(in super::super) async fn owners(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenOwners>,
) -> Result<Answer<OwnerList>, Problem> {
    let app = &face.door.app;
    let search = call.query.search.as_deref().unwrap_or_default();
    let found = app.users_for_tokens(&caller, search, limit(call.query.limit, 10, 100)?);
    let world = app.world();
    let items = found.iter().map(|one| owner(&world, one)).collect();
    Ok(OwnerList { items }.into())
}

fn owner(world: &World, one: &Principal) -> Owner {
    let user = &one.user;
    let named = |id: PersonaId| Named {
        id: id.number(),
        name: persona_name(world, id).unwrap_or_default(),
    };
    Owner {
        id: user.id.number(),
        name: user.name.to_string(),
        real_name: user.profile.real_name.clone(),
        personas: personas_of(world, user.id).map(named).collect(),
    }
}

pub(in super::super) async fn expirations(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::TokenExpirations>,
) -> Result<Answer<Expirations>, Problem> {
    let days = limit_named("days", call.query.days, 30, 366)?;
    let days = u32::try_from(days).unwrap_or(30);
    let found = face.door.app.expirations(&caller, days).await?;
    let days = found.into_iter().map(|(date, tokens)| ExpiringDay {
        date: date.to_string(),
        tokens,
    });
    Ok(Expirations {
        days: days.collect(),
    }
    .into())
}
