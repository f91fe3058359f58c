//! Users, and, in a table of their own that nothing lists, the hashes of their passwords.

use tokenry_core::{
    id::{UserId, UserName},
    principal::{User, password::PasswordHash},
};

use super::{from_json, micros, roles, to_json};
use crate::engine::{Row, Statement, Step, StoreError};

const TABLE: &str = "users";
const INSERT: &str = "INSERT INTO users (id, name, roles, locked, deleted, token_epoch, created, profile, tokens) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)";
const UPDATE: &str = "UPDATE users SET roles = $2, locked = $3, deleted = $4, token_epoch = $5, profile = $6 \
    WHERE id = $1";
const DELETE: &str = "DELETE FROM users WHERE id = $1";
const ALL: &str =
    "SELECT id, name, roles, locked, deleted, token_epoch, created, profile FROM users";

const ADD_TOKENS: &str = "UPDATE users SET tokens = tokens + $2 WHERE id = $1";
const DROP_TOKENS: &str = "UPDATE users SET tokens = 0 WHERE id = $1";
const TOKENS: &str = "SELECT tokens FROM users WHERE id = $1";

const INSERT_PASSWORD: &str = "INSERT INTO passwords (owner, hash) VALUES ($1, $2)";
const REQUIRE_PASSWORD: &str = "UPDATE passwords SET hash = hash WHERE owner = $1 AND hash = $2";
const SET_PASSWORD: &str = "UPDATE passwords SET hash = $2 WHERE owner = $1";
const DELETE_PASSWORD: &str = "DELETE FROM passwords WHERE owner = $1";
const PASSWORD: &str = "SELECT hash FROM passwords WHERE owner = $1";

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    UPDATE,
    DELETE,
    ALL,
    ADD_TOKENS,
    DROP_TOKENS,
    TOKENS,
    INSERT_PASSWORD,
    REQUIRE_PASSWORD,
    SET_PASSWORD,
    DELETE_PASSWORD,
    PASSWORD,
];

/// What a client is told who wants to change a user that is no more.
const GONE: &str = "the user no longer exists";

/// Adds a user and his password.
pub(crate) fn insert(user: &User, hash: &PasswordHash) -> Result<[Step; 2], StoreError> {
    let params = [
        user.id.number().into(),
        user.name.as_str().into(),
        roles::names_to_json(&user.roles)?.into(),
        user.locked.into(),
        user.deleted.into(),
        user.token_epoch.into(),
        user.created.as_microsecond().into(),
        to_json(&user.profile)?.into(),
    ];
    let password = [user.id.number().into(), hash.as_stored().into()];
    Ok([
        Statement::new(INSERT, params).once("a user of this name exists"),
        Statement::new(INSERT_PASSWORD, password).once("the user has a password"),
    ])
}

/// Replaces all of a user but id, name and time of creation.
pub(crate) fn update(user: &User) -> Result<Step, StoreError> {
    let params = [
        user.id.number().into(),
        roles::names_to_json(&user.roles)?.into(),
        user.locked.into(),
        user.deleted.into(),
        user.token_epoch.into(),
        to_json(&user.profile)?.into(),
    ];
    Ok(Statement::new(UPDATE, params).once(GONE))
}

/// Deletes a user and his password. His tokens and sessions must have gone before.
pub(crate) fn delete(id: UserId) -> [Step; 2] {
    [
        Statement::new(DELETE_PASSWORD, [id.number().into()]).any(),
        Statement::new(DELETE, [id.number().into()]).once(GONE),
    ]
}

/// Changes nothing, but demands that this is still the hash of a user's password.
pub(crate) fn require_password(id: UserId, hash: &PasswordHash) -> Step {
    let params = [id.number().into(), hash.as_stored().into()];
    Statement::new(REQUIRE_PASSWORD, params).once("the password has been changed")
}

/// Sets the hash of a user's password.
pub(crate) fn set_password(id: UserId, hash: &PasswordHash) -> Step {
    Statement::new(SET_PASSWORD, [id.number().into(), hash.as_stored().into()]).once(GONE)
}

/// Counts a user's tokens up, or down.
pub(crate) fn add_tokens(id: UserId, number: i64) -> Step {
    Statement::new(ADD_TOKENS, [id.number().into(), number.into()])
        .once("the token's owner no longer exists")
}

/// Counts that a user has no more tokens.
pub(crate) fn drop_tokens(id: UserId) -> Step {
    Statement::new(DROP_TOKENS, [id.number().into()]).any()
}

/// How many tokens a user has.
pub(crate) fn tokens(id: UserId) -> Statement {
    Statement::new(TOKENS, [id.number().into()])
}

/// The hash of a user's password.
pub(crate) fn password(id: UserId) -> Statement {
    Statement::new(PASSWORD, [id.number().into()])
}

/// Reads the hash of a password.
pub(crate) fn read_password(row: Row) -> Result<PasswordHash, StoreError> {
    row.of("passwords")
        .text("hash")
        .map(PasswordHash::from_stored)
}

/// All users, those included that can be brought back.
pub(crate) fn all() -> Statement {
    Statement::new(ALL, [])
}

/// Reads a user.
pub(crate) fn read(row: Row) -> Result<User, StoreError> {
    let mut cells = row.of(TABLE);
    Ok(User {
        id: UserId::from_number(cells.int("id")?),
        name: cells.parsed("name", |text| UserName::parse(text).ok())?,
        roles: roles::names_from_json(&mut cells, "roles")?,
        locked: cells.bool("locked")?,
        deleted: cells.bool("deleted")?,
        token_epoch: cells.int("token_epoch")?,
        created: micros(&mut cells, "created")?,
        profile: from_json(&mut cells, "profile")?,
    })
}
