//! `tokenry role …`

use tokenry_api::types::roles::{NewRole, Role, RoleEdit};
use tokenry_api::{Nothing, operations as op};

use super::print::{Grid, Record, joined, yes};
use super::words::{self, RoleCommand};
use super::{Desk, ask, find};
use crate::output;

/// Does it.
pub(super) fn run(desk: &Desk, command: &RoleCommand) -> anyhow::Result<()> {
    match command {
        RoleCommand::List => {
            let list = desk
                .client
                .call::<op::RolesList>(&[], &Nothing {}, &Nothing {})?;
            desk.printer.list(&list, || grid(&list.items))
        }
        RoleCommand::Show(one) => {
            let id = find::role(&desk.client, &one.name)?.to_string();
            let role = desk
                .client
                .call::<op::RoleShow>(&[&id], &Nothing {}, &Nothing {})?;
            show(desk, &role)
        }
        RoleCommand::Create(wanted) => {
            let body = NewRole {
                name: wanted.name.clone(),
                label: wanted.label.clone(),
                description: wanted.description.clone(),
                capabilities: wanted.capability.clone(),
                imports: wanted.import.clone(),
                grants: Vec::new(),
                deny: wanted.deny.unwrap_or_default(),
            };
            let role = desk
                .client
                .call::<op::RoleCreate>(&[], &Nothing {}, &body)?;
            show(desk, &role)
        }
        RoleCommand::Edit(wanted) => edit(desk, wanted),
        RoleCommand::Delete(wanted) => {
            let id = find::role(&desk.client, &wanted.name)?.to_string();
            let what = format!(
                "This deletes the role {}, which then gives nobody anything",
                wanted.name
            );
            ask::sure(&what, wanted.yes)?;
            desk.client
                .call::<op::RoleDelete>(&[&id], &Nothing {}, &Nothing {})?;
            output::note(&format!("The role {} is deleted.", wanted.name));
            Ok(())
        }
    }
}

/// Reads it first, and changes it only if it is still what was read.
fn edit(desk: &Desk, wanted: &words::RoleEdit) -> anyhow::Result<()> {
    let id = find::role(&desk.client, &wanted.name)?.to_string();
    let now = desk
        .client
        .send::<op::RoleShow>(&[&id], &Nothing {}, &Nothing {}, None)?;
    let replaced = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    let capabilities = find::changed(
        &now.value.capabilities,
        &wanted.add_capability,
        &wanted.remove_capability,
    );
    let imports = find::changed(
        &now.value.imports,
        &wanted.add_import,
        &wanted.remove_import,
    );
    let body = RoleEdit {
        label: wanted.label.clone(),
        description: wanted.description.clone(),
        capabilities: replaced(&wanted.capability).or(capabilities),
        imports: replaced(&wanted.import).or(imports),
        grants: None,
        deny: wanted.deny,
    };
    let more = Some(("if-match", now.tag.as_str()));
    let role = desk
        .client
        .send::<op::RoleChange>(&[&id], &Nothing {}, &body, more)?;
    show(desk, &role.value)
}

fn show(desk: &Desk, role: &Role) -> anyhow::Result<()> {
    desk.printer.record(role, || record(role))
}

fn record(role: &Role) -> Record {
    let grants = role
        .grants
        .iter()
        .map(|grant| format!("{} on content set {}", grant.capability, grant.content_set));
    vec![
        ("id", role.id.to_string()),
        ("name", role.name.clone()),
        ("label", role.label.clone()),
        ("description", role.description.clone()),
        ("capabilities", joined(&role.capabilities)),
        ("imports", joined(&role.imports)),
        ("grants", joined(grants)),
        ("takes away", yes(role.deny)),
        ("effective", joined(&role.effective)),
        ("built in", yes(role.built_in)),
        ("users", role.users.to_string()),
        ("given by", role.given_by.to_string()),
    ]
}

fn grid(roles: &[Role]) -> Grid {
    let rows = roles.iter().map(|role| {
        vec![
            role.id.to_string(),
            role.name.clone(),
            role.label.clone(),
            joined(&role.imports),
            role.effective.len().to_string(),
            role.users.to_string(),
            role.description.clone(),
        ]
    });
    Grid {
        head: &[
            "id",
            "name",
            "label",
            "imports",
            "capabilities",
            "users",
            "description",
        ],
        rows: rows.collect(),
    }
}
