//! `tokenry user …`

use std::path::Path;

use tokenry_api::types::users::{NewUser, User, UserEdit, UserPage, UserQuery};
use tokenry_api::{Nothing, Secret, operations as op};

use super::pages::{Page, gather, mention_more};
use super::print::{Grid, Record, joined, yes};
use super::words::{self, HowMany, UserCommand, UserCreate};
use super::{Desk, ask, find, reach};
use crate::{output, password};

/// Does it.
pub(super) fn run(desk: &Desk, command: &UserCommand) -> anyhow::Result<()> {
    match command {
        UserCommand::List {
            search,
            role,
            how_many,
        } => {
            let query = UserQuery {
                search: search.clone(),
                role: role.clone(),
                ..UserQuery::default()
            };
            list(desk, query, how_many)
        }
        UserCommand::Show(one) => {
            let id = find::user(&desk.client, &one.name)?.to_string();
            let user = desk
                .client
                .call::<op::UserShow>(&[&id], &Nothing {}, &Nothing {})?;
            show(desk, &user)
        }
        UserCommand::Create(wanted) => create(desk, wanted),
        UserCommand::Edit(wanted) => edit(desk, wanted),
        UserCommand::Lock(one) => lock(desk, &one.name, true),
        UserCommand::Unlock(one) => lock(desk, &one.name, false),
        UserCommand::Delete(wanted) => {
            let id = find::user(&desk.client, &wanted.name)?.to_string();
            let what = format!(
                "This deletes the user {}, with all tokens and sessions",
                wanted.name
            );
            ask::sure(&what, wanted.yes)?;
            desk.client
                .call::<op::UserDelete>(&[&id], &Nothing {}, &Nothing {})?;
            output::note(&format!("The user {} is deleted.", wanted.name));
            Ok(())
        }
    }
}

fn list(desk: &Desk, mut query: UserQuery, how_many: &HowMany) -> anyhow::Result<()> {
    let page = gather(how_many, 100, 1000, |cursor, limit| {
        query.cursor = cursor;
        query.limit = Some(limit);
        let page = desk.client.call::<op::UserList>(&[], &query, &Nothing {})?;
        Ok(Page {
            items: page.items,
            next: page.next,
            total: Some(page.total),
        })
    })?;
    mention_more(&page);
    let page = UserPage {
        total: page.total.unwrap_or_default(),
        items: page.items,
        next: page.next,
    };
    desk.printer.list(&page, || grid(&page.items))
}

fn create(desk: &Desk, wanted: &UserCreate) -> anyhow::Result<()> {
    let password = reach::password_given(&wanted.password)?;
    let body = NewUser {
        name: wanted.name.clone(),
        password: password.map(|password| Secret::from(password.as_str())),
        roles: wanted.role.clone(),
        real_name: wanted.real_name.clone(),
        email: wanted.email.clone(),
        time_zone: wanted.time_zone.clone(),
        computer_group: wanted.computer_group,
    };
    let user = desk
        .client
        .call::<op::UserCreate>(&[], &Nothing {}, &body)?;
    show(desk, &user)
}

fn edit(desk: &Desk, wanted: &words::UserEdit) -> anyhow::Result<()> {
    let number = find::user(&desk.client, &wanted.name)?;
    let id = number.to_string();
    let password = reach::password_given(&wanted.password)?;
    let old_password = match &password {
        Some(_) => old_password(desk, number, wanted.old_password_file.as_deref())?,
        None => None,
    };
    let mut tag = None;
    let mut roles = (!wanted.role.is_empty()).then(|| wanted.role.clone());
    if !(wanted.add_role.is_empty() && wanted.remove_role.is_empty()) {
        let now = desk
            .client
            .send::<op::UserShow>(&[&id], &Nothing {}, &Nothing {}, None)?;
        roles = find::changed(&now.value.roles, &wanted.add_role, &wanted.remove_role);
        tag = Some(now.tag);
    }
    let body = UserEdit {
        password: password.map(|password| Secret::from(password.as_str())),
        old_password,
        roles,
        locked: None,
        real_name: wanted.real_name.clone(),
        email: wanted.email.clone(),
        time_zone: wanted.time_zone.clone(),
        computer_group: wanted.computer_group,
    };
    let more = tag.as_deref().map(|tag| ("if-match", tag));
    let user = desk
        .client
        .send::<op::UserChange>(&[&id], &Nothing {}, &body, more)?;
    show(desk, &user.value)
}

/// The present password: the server wants it of whoever changes his own.
fn old_password(desk: &Desk, id: i64, file: Option<&Path>) -> anyhow::Result<Option<Secret>> {
    if let Some(file) = file {
        let old = password::from_file(file)?;
        return Ok(Some(Secret::from(old.as_str())));
    }
    let session = desk
        .client
        .call::<op::SessionShow>(&[], &Nothing {}, &Nothing {})?;
    if session.user_id != id {
        return Ok(None);
    }
    let old = reach::password_asked("Present password: ", "give it by --old-password-file")?;
    Ok(Some(Secret::from(old.as_str())))
}

fn lock(desk: &Desk, name: &str, locked: bool) -> anyhow::Result<()> {
    let id = find::user(&desk.client, name)?.to_string();
    let body = UserEdit {
        locked: Some(locked),
        ..UserEdit::default()
    };
    let user = desk
        .client
        .call::<op::UserChange>(&[&id], &Nothing {}, &body)?;
    show(desk, &user)
}

fn show(desk: &Desk, user: &User) -> anyhow::Result<()> {
    desk.printer.record(user, || record(user))
}

fn record(user: &User) -> Record {
    let group = user.computer_group.map(|id| id.to_string());
    vec![
        ("id", user.id.to_string()),
        ("name", user.name.clone()),
        ("real name", user.real_name.clone()),
        ("email", user.email.clone()),
        ("roles", joined(&user.roles)),
        (
            "groups",
            joined(user.user_groups.iter().map(|group| &group.name)),
        ),
        (
            "personas",
            joined(user.personas.iter().map(|persona| &persona.name)),
        ),
        ("computer group", group.unwrap_or_default()),
        ("time zone", user.time_zone.clone()),
        ("locked", yes(user.locked)),
        ("locked out for a while", yes(user.locked_out)),
        ("created", user.created.clone()),
        ("powers", joined(&user.powers)),
        ("capabilities", joined(&user.capabilities)),
    ]
}

fn grid(users: &[User]) -> Grid {
    let rows = users.iter().map(|user| {
        vec![
            user.id.to_string(),
            user.name.clone(),
            user.real_name.clone(),
            joined(&user.roles),
            yes(user.locked),
            user.created.clone(),
        ]
    });
    Grid {
        head: &["id", "name", "real name", "roles", "locked", "created"],
        rows: rows.collect(),
    }
}
