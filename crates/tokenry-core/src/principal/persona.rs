//! A persona: an alternative set of roles and computer groups that a user may act as (spec/tanium.md 6.2).

use std::collections::BTreeSet;

use crate::{
    id::{ComputerGroupId, PersonaId, RoleNumber, UserGroupId, UserId},
    principal::Stamp,
};

/// An alternative persona. The default one has no record: it is what a user is by himself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Persona {
    /// Its id; never 0, never reused.
    pub id: PersonaId,
    /// Its name, unique among personas that are not deleted, without regard to case.
    pub name: String,
    /// What it is shown as; empty if that is its name.
    pub display_name: String,
    /// The computers it manages.
    pub computer_group: ComputerGroupId,
    /// Its roles: all that it may do.
    pub roles: BTreeSet<RoleNumber>,
    /// Who may act as it.
    pub users: BTreeSet<UserId>,
    /// Whose members may act as it.
    pub user_groups: BTreeSet<UserGroupId>,
    /// A switch of the vendor's console, carried for its clients (`require_reauthentication_flag`).
    pub require_reauthentication: bool,
    /// What clients keep with it, such as its colour (`json_metadata`).
    pub metadata: String,
    /// Carried for the vendor's clients (`track_computer_id_flag`).
    pub track_computer_id: bool,
    /// Carried likewise, in seconds (`track_computer_id_interval_seconds`).
    pub track_computer_id_interval: i64,
    /// When it was made, and by whom.
    pub created: Stamp,
    /// When it was last changed, and by whom.
    pub modified: Stamp,
    /// It is gone, and nobody may act as it.
    pub deleted: bool,
}

impl Persona {
    /// The longest name and display name, in characters.
    pub const MAX_NAME: usize = 255;
    /// The longest metadata, in characters (NT-63).
    pub const MAX_METADATA: usize = 4096;
    /// The shortest interval, in seconds.
    pub const MIN_INTERVAL: i64 = 3600;
}
