//! The one permission check: whether an actor may do something. What is allowed comes back as a [`Permit`], which
//! the audit line needs; so nothing is done that was not asked for here.

use crate::{
    error::Refusal,
    id::{UserId, UserName},
    principal::{Power, Principal},
};

/// Proof that an actor may do what he wished. Made only by [`may`], and for the server's own operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    actor: String,
}

impl Permit {
    /// The permit of whoever can run the server's own command line: he owns the machine anyway.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            actor: "system".to_owned(),
        }
    }

    /// The permit to act for oneself, where no capability is asked for: to sign in and out.
    #[must_use]
    pub fn oneself(user: &UserName) -> Self {
        Self {
            actor: user.to_string(),
        }
    }

    /// Who got it.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }
}

/// What somebody wishes to do.
#[derive(Debug, Clone, Copy)]
pub enum Wish<'a> {
    /// Change his own password and profile.
    EditOneself,
    /// Make, change or delete roles.
    EditRoles,
    /// Change the settings.
    EditSettings,
    /// Make users.
    EditUsers,
    /// Change, lock or delete this user.
    EditUser(&'a Principal),
    /// See all tokens.
    ListAllTokens,
    /// See all roles.
    ListRoles,
    /// See all users.
    ListUsers,
    /// Make, enable, disable and delete tokens of this user; `None` is one who does not exist.
    ManageTokens(Option<UserId>),
    /// Read the audit log.
    ReadAudit,
    /// See the tokens of this user.
    ListTokens(UserId),
    /// See, and end, the sessions of this user.
    ManageSessions(UserId),
    /// See the settings.
    ReadSettings,
    /// See this user.
    ReadUser(UserId),
}

/// Decides whether `actor` may have his wish.
pub fn may(actor: &Principal, wish: Wish<'_>) -> Result<Permit, Refusal> {
    let (powers, requires) = demand(actor.user.id, wish);
    let capable = powers.is_empty() || powers.iter().any(|power| actor.rights.has(*power));
    if capable && not_above(actor, wish) {
        return Ok(Permit {
            actor: actor.user.name.to_string(),
        });
    }
    Err(Refusal {
        user: actor.user.name.clone(),
        requires,
    })
}

/// Nobody lays hands on the account of one who holds a power that he lacks (NT-18).
fn not_above(actor: &Principal, wish: Wish<'_>) -> bool {
    match wish {
        Wish::EditUser(target) => actor.rights.covers(&target.rights),
        _ => true,
    }
}

/// The powers of which one suffices (none are needed where the list is empty), and their expression in the
/// vendor's spelling.
fn demand(actor: UserId, wish: Wish<'_>) -> (&'static [Power], &'static str) {
    use Power::{
        AuditRead, RolesEdit, RolesList, SettingsEdit, TokensCreateAny, TokensCreateOwn,
        TokensListAny, TokensListOwn, UsersEdit, UsersList,
    };
    match wish {
        Wish::EditOneself => (&[], ""),
        Wish::EditRoles => (&[RolesEdit], "edit_roles"),
        Wish::EditSettings | Wish::ReadSettings => (&[SettingsEdit], "edit_tokens_settings"),
        Wish::EditUser(_) | Wish::EditUsers => (&[UsersEdit], "edit_user"),
        Wish::ListAllTokens => (
            &[TokensCreateAny, TokensListAny],
            "edit_tokens_all or list_tokens_all",
        ),
        Wish::ListRoles => (&[RolesEdit, RolesList], "edit_roles or list_all_roles"),
        Wish::ListTokens(owner) if owner == actor => (
            &[
                TokensCreateAny,
                TokensListAny,
                TokensCreateOwn,
                TokensListOwn,
            ],
            "edit_tokens_all or list_tokens_all or edit_tokens_own or list_tokens_own",
        ),
        Wish::ListTokens(_) => (
            &[TokensCreateAny, TokensListAny],
            "edit_tokens_all or list_tokens_all",
        ),
        Wish::ListUsers => (&[UsersEdit, UsersList], "edit_user or list_all_users"),
        Wish::ManageSessions(user) | Wish::ReadUser(user) if user == actor => (&[], ""),
        Wish::ManageSessions(_) => (&[UsersEdit], "edit_user"),
        Wish::ManageTokens(Some(owner)) if owner == actor => (
            &[TokensCreateAny, TokensCreateOwn],
            "edit_tokens_all or edit_tokens_own",
        ),
        Wish::ManageTokens(_) => (&[TokensCreateAny], "edit_tokens_all"),
        Wish::ReadAudit => (&[AuditRead], "audit.read"),
        Wish::ReadUser(_) => (&[UsersEdit, UsersList], "edit_user or list_all_users"),
    }
}
