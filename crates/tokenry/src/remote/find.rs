//! From what people call things to the ids that the API wants.

use std::io::{self, BufRead as _};

use tokenry_api::types::tokens::TokenQuery;
use tokenry_api::types::users::{Named, User, UserQuery};
use tokenry_api::{Nothing, operations as op};

use super::client::Client;
use super::failure::Failure;
use crate::output::Hinted;

/// How long a token's id is.
const TOKEN_ID: usize = 64;

/// The shortest beginning of an id that is taken for one.
const SHORTEST: usize = 6;

/// The id of a token, by its id, the beginning of that, or its number.
pub(super) fn token(client: &Client, text: &str) -> anyhow::Result<String> {
    let is_hex = text
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'a'..=b'f'));
    if is_hex && text.len() == TOKEN_ID {
        return Ok(text.to_owned());
    }
    let is_number =
        !text.is_empty() && text.len() <= 18 && text.bytes().all(|b| b.is_ascii_digit());
    let filter = if is_number {
        format!("number:equals:{text}")
    } else if is_hex && (SHORTEST..TOKEN_ID).contains(&text.len()) {
        format!("id:starts_with:{text}")
    } else {
        // It is not repeated: it may be the string of a token.
        return Err(Hinted::new(
            "that is no id of a token, no beginning of one, and no number",
            "`tokenry token list` shows them; the string of a token is never given as an argument",
        )
        .into());
    };
    let mut query = TokenQuery {
        filter: vec![filter],
        limit: Some(2),
        ..TokenQuery::default()
    };
    let mut found = Vec::new();
    loop {
        let page = client.call::<op::TokenList>(&[], &query, &Nothing {})?;
        found.extend(page.items);
        query.cursor = page.next;
        if query.cursor.is_none() || found.len() > 1 {
            break;
        }
    }
    let mut ids = found.into_iter().map(|token| token.id);
    match (ids.next(), ids.next()) {
        (Some(id), None) => Ok(id),
        (Some(_), Some(_)) => Err(Hinted::new(
            format!("more than one token has an id that begins with {text}"),
            "give more of it",
        )
        .into()),
        (None, _) => Err(Hinted::new(
            format!("there is no token {text}, or you may not see it"),
            "`tokenry token list` shows what there is",
        )
        .into()),
    }
}

/// The words given, or in place of `-` the first word of each line of standard input.
pub(super) fn words(given: &[String]) -> anyhow::Result<Vec<String>> {
    let mut words = Vec::new();
    for word in given {
        if word != "-" {
            words.push(word.clone());
            continue;
        }
        for line in io::stdin().lock().lines() {
            words.extend(line?.split_whitespace().next().map(str::to_owned));
        }
    }
    Ok(words)
}

/// The id of a user, by name or id.
pub(super) fn user(client: &Client, text: &str) -> anyhow::Result<i64> {
    if let Some(id) = number(text) {
        return Ok(id);
    }
    match named_user(client, text) {
        Ok(Some(user)) => Ok(user.id),
        Ok(None) => Err(unknown("user", text)),
        // Who may not list users may look at himself.
        Err(failure) if failure.is("forbidden") => {
            let session = client.call::<op::SessionShow>(&[], &Nothing {}, &Nothing {})?;
            if session.user == text {
                return Ok(session.user_id);
            }
            Err(failure.into())
        }
        Err(failure) => Err(failure.into()),
    }
}

fn named_user(client: &Client, name: &str) -> Result<Option<User>, Failure> {
    let mut query = UserQuery {
        search: Some(name.to_owned()),
        limit: Some(1000),
        ..UserQuery::default()
    };
    loop {
        let page = client.call::<op::UserList>(&[], &query, &Nothing {})?;
        let found = page.items.into_iter().find(|user| user.name == name);
        if found.is_some() || page.next.is_none() {
            return Ok(found);
        }
        query.cursor = page.next;
    }
}

/// The ids of users.
pub(super) fn users(client: &Client, texts: &[String]) -> anyhow::Result<Vec<i64>> {
    texts.iter().map(|text| user(client, text)).collect()
}

/// The id of a role.
pub(super) fn role(client: &Client, text: &str) -> anyhow::Result<i64> {
    one("role", text, || {
        let list = client.call::<op::RolesList>(&[], &Nothing {}, &Nothing {})?;
        Ok(list
            .items
            .into_iter()
            .map(|role| (role.id, role.name))
            .collect())
    })
}

/// The ids of roles.
pub(super) fn roles(client: &Client, texts: &[String]) -> anyhow::Result<Vec<i64>> {
    texts.iter().map(|text| role(client, text)).collect()
}

/// The id of a user group.
pub(super) fn group(client: &Client, text: &str) -> anyhow::Result<i64> {
    one("user group", text, || {
        let list = client.call::<op::UserGroupsList>(&[], &Nothing {}, &Nothing {})?;
        Ok(list
            .items
            .into_iter()
            .map(|group| (group.id, group.name))
            .collect())
    })
}

/// The ids of user groups.
pub(super) fn groups(client: &Client, texts: &[String]) -> anyhow::Result<Vec<i64>> {
    texts.iter().map(|text| group(client, text)).collect()
}

/// The id of a persona.
pub(super) fn persona(client: &Client, text: &str) -> anyhow::Result<i64> {
    one("persona", text, || {
        let list = client.call::<op::PersonasList>(&[], &Nothing {}, &Nothing {})?;
        Ok(list
            .items
            .into_iter()
            .map(|persona| (persona.id, persona.name))
            .collect())
    })
}

/// What is left of `now` with some more and some less; `None` if nothing is said about it.
pub(super) fn changed<T: Clone + PartialEq>(now: &[T], add: &[T], remove: &[T]) -> Option<Vec<T>> {
    if add.is_empty() && remove.is_empty() {
        return None;
    }
    let kept = now.iter().filter(|item| !remove.contains(item));
    let added = add.iter().filter(|item| !now.contains(item));
    Some(kept.chain(added).cloned().collect())
}

/// The ids of things that have names too.
pub(super) fn ids(named: &[Named]) -> Vec<i64> {
    named.iter().map(|one| one.id).collect()
}

fn one(
    what: &str,
    text: &str,
    list: impl FnOnce() -> Result<Vec<(i64, String)>, Failure>,
) -> anyhow::Result<i64> {
    if let Some(id) = number(text) {
        return Ok(id);
    }
    let found = list()?.into_iter().find(|(_, name)| name == text);
    found.map_or_else(|| Err(unknown(what, text)), |(id, _)| Ok(id))
}

/// Digits alone are an id.
fn number(text: &str) -> Option<i64> {
    let is_number = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

fn unknown(what: &str, text: &str) -> anyhow::Error {
    let shown: String = text.chars().filter(|c| !c.is_control()).take(100).collect();
    let hint = "the `list` command beside this one shows what there is";
    Hinted::new(
        format!("there is no {what} {shown}, or you may not see it"),
        hint,
    )
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_and_less_of_a_list() {
        assert_eq!(changed(&[1, 2], &[], &[]), None);
        assert_eq!(changed(&[1, 2], &[3, 2], &[1]), Some(vec![2, 3]));
        assert_eq!(changed(&[1], &[], &[1]), Some(vec![]));
    }

    #[test]
    fn digits_alone_are_an_id() {
        assert_eq!(number("7"), Some(7));
        for name in ["", "+7", "-7", "7a", "99999999999999999999"] {
            assert_eq!(number(name), None, "{name}");
        }
    }
}
