//! `tokenry group …`: user groups.

use tokenry_api::types::directory::{NewUserGroup, UserGroup, UserGroupEdit};
use tokenry_api::{Nothing, operations as op};

use super::print::{Grid, Record, joined};
use super::words::{self, GroupCommand};
use super::{Desk, ask, find};
use crate::output;

/// Does it.
pub(super) fn run(desk: &Desk, command: &GroupCommand) -> anyhow::Result<()> {
    match command {
        GroupCommand::List => {
            let list = desk
                .client
                .call::<op::UserGroupsList>(&[], &Nothing {}, &Nothing {})?;
            desk.printer.list(&list, || grid(&list.items))
        }
        GroupCommand::Show(one) => {
            let id = find::group(&desk.client, &one.name)?.to_string();
            let group = desk
                .client
                .call::<op::UserGroupShow>(&[&id], &Nothing {}, &Nothing {})?;
            show(desk, &group)
        }
        GroupCommand::Create(wanted) => {
            let body = NewUserGroup {
                name: wanted.name.clone(),
                members: find::users(&desk.client, &wanted.member)?,
                roles: find::roles(&desk.client, &wanted.role)?,
                computer_group: wanted.computer_group,
            };
            let group = desk
                .client
                .call::<op::UserGroupCreate>(&[], &Nothing {}, &body)?;
            show(desk, &group)
        }
        GroupCommand::Edit(wanted) => edit(desk, wanted),
        GroupCommand::Delete(wanted) => {
            let id = find::group(&desk.client, &wanted.name)?.to_string();
            ask::sure(
                &format!("This deletes the group {}", wanted.name),
                wanted.yes,
            )?;
            desk.client
                .call::<op::UserGroupDelete>(&[&id], &Nothing {}, &Nothing {})?;
            output::note(&format!("The group {} is deleted.", wanted.name));
            Ok(())
        }
    }
}

/// Reads it first, and changes it only if it is still what was read.
fn edit(desk: &Desk, wanted: &words::GroupEdit) -> anyhow::Result<()> {
    let client = &desk.client;
    let id = find::group(client, &wanted.name)?.to_string();
    let now = client.send::<op::UserGroupShow>(&[&id], &Nothing {}, &Nothing {}, None)?;
    let body = UserGroupEdit {
        name: wanted.new_name.clone(),
        members: find::changed(
            &find::ids(&now.value.members),
            &find::users(client, &wanted.add_member)?,
            &find::users(client, &wanted.remove_member)?,
        ),
        roles: find::changed(
            &find::ids(&now.value.roles),
            &find::roles(client, &wanted.add_role)?,
            &find::roles(client, &wanted.remove_role)?,
        ),
        computer_group: wanted.computer_group,
    };
    let more = Some(("if-match", now.tag.as_str()));
    let group = client.send::<op::UserGroupChange>(&[&id], &Nothing {}, &body, more)?;
    show(desk, &group.value)
}

fn show(desk: &Desk, group: &UserGroup) -> anyhow::Result<()> {
    desk.printer.record(group, || record(group))
}

fn record(group: &UserGroup) -> Record {
    let computers = group.computer_group.map(|id| id.to_string());
    vec![
        ("id", group.id.to_string()),
        ("name", group.name.clone()),
        (
            "members",
            joined(group.members.iter().map(|user| &user.name)),
        ),
        ("roles", joined(group.roles.iter().map(|role| &role.name))),
        ("computer group", computers.unwrap_or_default()),
        ("changed", group.changed.at.clone()),
        ("changed by", group.changed.by.clone()),
    ]
}

fn grid(groups: &[UserGroup]) -> Grid {
    let rows = groups.iter().map(|group| {
        vec![
            group.id.to_string(),
            group.name.clone(),
            joined(group.members.iter().map(|user| &user.name)),
            joined(group.roles.iter().map(|role| &role.name)),
        ]
    });
    Grid {
        head: &["id", "name", "members", "roles"],
        rows: rows.collect(),
    }
}
