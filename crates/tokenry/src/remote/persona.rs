//! `tokenry persona …`

use tokenry_api::types::directory::{NewPersona, Persona, PersonaEdit};
use tokenry_api::{Nothing, operations as op};

use super::print::{Grid, Record, joined};
use super::words::{self, PersonaCommand, PersonaCreate};
use super::{Desk, ask, find};
use crate::output;

/// Does it.
pub(super) fn run(desk: &Desk, command: &PersonaCommand) -> anyhow::Result<()> {
    match command {
        PersonaCommand::List => {
            let list = desk
                .client
                .call::<op::PersonasList>(&[], &Nothing {}, &Nothing {})?;
            desk.printer.list(&list, || grid(&list.items))
        }
        PersonaCommand::Show(one) => {
            let id = find::persona(&desk.client, &one.name)?.to_string();
            let persona = desk
                .client
                .call::<op::PersonaShow>(&[&id], &Nothing {}, &Nothing {})?;
            show(desk, &persona)
        }
        PersonaCommand::Create(wanted) => create(desk, wanted),
        PersonaCommand::Edit(wanted) => edit(desk, wanted),
        PersonaCommand::Delete(wanted) => {
            let id = find::persona(&desk.client, &wanted.name)?.to_string();
            let what = format!(
                "This deletes the persona {}, and its tokens stop",
                wanted.name
            );
            ask::sure(&what, wanted.yes)?;
            desk.client
                .call::<op::PersonaDelete>(&[&id], &Nothing {}, &Nothing {})?;
            output::note(&format!("The persona {} is deleted.", wanted.name));
            Ok(())
        }
    }
}

fn create(desk: &Desk, wanted: &PersonaCreate) -> anyhow::Result<()> {
    let body = NewPersona {
        name: wanted.name.clone(),
        display_name: wanted.display_name.clone(),
        computer_group: wanted.computer_group,
        roles: find::roles(&desk.client, &wanted.role)?,
        users: find::users(&desk.client, &wanted.user)?,
        user_groups: find::groups(&desk.client, &wanted.group)?,
    };
    let persona = desk
        .client
        .call::<op::PersonaCreate>(&[], &Nothing {}, &body)?;
    show(desk, &persona)
}

/// Reads it first, and changes it only if it is still what was read.
fn edit(desk: &Desk, wanted: &words::PersonaEdit) -> anyhow::Result<()> {
    let client = &desk.client;
    let id = find::persona(client, &wanted.name)?.to_string();
    let now = client.send::<op::PersonaShow>(&[&id], &Nothing {}, &Nothing {}, None)?;
    let body = PersonaEdit {
        name: wanted.new_name.clone(),
        display_name: wanted.display_name.clone(),
        computer_group: wanted.computer_group,
        roles: find::changed(
            &find::ids(&now.value.roles),
            &find::roles(client, &wanted.add_role)?,
            &find::roles(client, &wanted.remove_role)?,
        ),
        users: find::changed(
            &find::ids(&now.value.users),
            &find::users(client, &wanted.add_user)?,
            &find::users(client, &wanted.remove_user)?,
        ),
        user_groups: find::changed(
            &find::ids(&now.value.user_groups),
            &find::groups(client, &wanted.add_group)?,
            &find::groups(client, &wanted.remove_group)?,
        ),
    };
    let more = Some(("if-match", now.tag.as_str()));
    let persona = client.send::<op::PersonaChange>(&[&id], &Nothing {}, &body, more)?;
    show(desk, &persona.value)
}

fn show(desk: &Desk, persona: &Persona) -> anyhow::Result<()> {
    desk.printer.record(persona, || record(persona))
}

fn record(persona: &Persona) -> Record {
    vec![
        ("id", persona.id.to_string()),
        ("name", persona.name.clone()),
        ("display name", persona.display_name.clone()),
        (
            "computer group",
            format!(
                "{} ({})",
                persona.computer_group.name, persona.computer_group.id
            ),
        ),
        ("roles", joined(persona.roles.iter().map(|role| &role.name))),
        ("users", joined(persona.users.iter().map(|user| &user.name))),
        (
            "groups",
            joined(persona.user_groups.iter().map(|group| &group.name)),
        ),
        ("changed", persona.changed.at.clone()),
        ("changed by", persona.changed.by.clone()),
    ]
}

fn grid(personas: &[Persona]) -> Grid {
    let rows = personas.iter().map(|persona| {
        vec![
            persona.id.to_string(),
            persona.name.clone(),
            joined(persona.roles.iter().map(|role| &role.name)),
            joined(persona.users.iter().map(|user| &user.name)),
            joined(persona.user_groups.iter().map(|group| &group.name)),
        ]
    });
    Grid {
        head: &["id", "name", "roles", "users", "groups"],
        rows: rows.collect(),
    }
}
