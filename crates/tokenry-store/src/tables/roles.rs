//! Roles: what each grants and imports.

use tokenry_core::{
    id::{Capability, RoleName, RoleNumber},
    principal::Role,
};

use super::{from_json, to_json};
use crate::engine::{Cells, Row, Statement, Step, StoreError};

const TABLE: &str = "roles";
const PUT: &str = "INSERT INTO roles (name, number, capabilities, imports, attributes, details) \
    VALUES ($1, $2, $3, $4, $5, $6) \
    ON CONFLICT (name) DO UPDATE SET number = excluded.number, capabilities = excluded.capabilities, \
    imports = excluded.imports, attributes = excluded.attributes, details = excluded.details";
const DELETE: &str = "DELETE FROM roles WHERE name = $1";
const ALL: &str = "SELECT name, number, capabilities, imports, attributes, details FROM roles";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PUT, DELETE, ALL];

/// Adds or replaces a role.
pub(crate) fn put(role: &Role) -> Result<Step, StoreError> {
    let capabilities = role
        .capabilities
        .iter()
        .map(Capability::as_str)
        .collect::<Vec<_>>();
    let params = [
        role.name.as_str().into(),
        role.number.number().into(),
        to_json(&capabilities)?.into(),
        names_to_json(&role.imports)?.into(),
        to_json(&role.attributes)?.into(),
        to_json(&role.details)?.into(),
    ];
    Ok(Statement::new(PUT, params).once("the role cannot be stored"))
}

/// Deletes a role.
pub(crate) fn delete(name: &RoleName) -> Step {
    Statement::new(DELETE, [name.as_str().into()]).once("the role no longer exists")
}

/// All roles.
pub(crate) fn all() -> Statement {
    Statement::new(ALL, [])
}

/// Reads a role.
pub(crate) fn read(row: Row) -> Result<Role, StoreError> {
    let mut cells = row.of(TABLE);
    Ok(Role {
        name: cells.parsed("name", |text| RoleName::parse(text).ok())?,
        number: RoleNumber::from_number(cells.int("number")?),
        capabilities: capabilities(&mut cells)?.into_iter().collect(),
        imports: names_from_json(&mut cells, "imports")?,
        attributes: from_json(&mut cells, "attributes")?,
        details: from_json(&mut cells, "details")?,
    })
}

/// Prints a list of roles' names.
pub(super) fn names_to_json(names: &[RoleName]) -> Result<String, StoreError> {
    to_json(&names.iter().map(RoleName::as_str).collect::<Vec<_>>())
}

/// Reads a list of roles' names.
pub(super) fn names_from_json(
    cells: &mut Cells,
    column: &'static str,
) -> Result<Vec<RoleName>, StoreError> {
    let names = from_json::<Vec<String>>(cells, column)?;
    let names = names
        .iter()
        .map(|name| RoleName::parse(name))
        .collect::<Result<_, _>>();
    names.map_err(|error| cells.inconsistent(column, error.to_string()))
}

fn capabilities(cells: &mut Cells) -> Result<Vec<Capability>, StoreError> {
    let names = from_json::<Vec<String>>(cells, "capabilities")?;
    let names = names
        .iter()
        .map(|name| Capability::parse(name))
        .collect::<Result<_, _>>();
    names.map_err(|error| cells.inconsistent("capabilities", error.to_string()))
}
