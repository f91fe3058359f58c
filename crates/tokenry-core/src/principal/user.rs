//! A user: an account that signs in, and that tokens act for. The password's hash is kept apart, so that nothing
//! that lists or caches users can leak it.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};

use crate::id::{ComputerGroupId, RoleName, UserId, UserName};

/// An account, without its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// This incarnation.
    pub id: UserId,
    /// Its name, unique.
    pub name: UserName,
    /// The roles it holds, in the order they were given.
    pub roles: Vec<RoleName>,
    /// Locked out by an administrator: neither its password nor its tokens work.
    pub locked: bool,
    /// Deleted, but can be brought back (spec/tanium.md 6.1): as good as gone meanwhile, though its name stays taken.
    pub deleted: bool,
    /// Raised whenever all of its tokens are deleted: ephemeral tokens, which have no record, carry the epoch they
    /// were made in and die with it.
    pub token_epoch: i64,
    /// When it was made.
    pub created: Timestamp,
    /// What else it says of itself.
    pub profile: Profile,
}

/// What a user says of himself; every part may be empty. Names in parentheses are the vendor's.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Profile {
    /// Full name (`realname`).
    pub real_name: String,
    /// Mail address (`email`).
    pub email: String,
    /// The application shown first (`defaultApp`).
    pub default_app: String,
    /// IANA time zone for relative and zoneless times (`tz`); empty is the server's.
    pub time_zone: String,
    /// Preferred language (`lang`).
    pub language: String,
    /// Must choose a new password at the next sign-in (`force-change-pass`).
    pub must_change_password: bool,
    /// Vendor switch without a meaning here, kept for its clients (`restart_background_jobs`).
    pub restart_background_jobs: bool,
    /// The domain a client may name beside the user's name at sign-in (spec/tanium.md 3.2); empty is none.
    pub domain: String,
    /// The computers he manages in his default persona; none if not given (`group_id`).
    pub computer_group: Option<ComputerGroupId>,
    /// Why he is locked, while he is: the vendor's number, 1 to 3 (`locked_out`, spec/tanium.md 6.1).
    pub lock_number: u8,
    /// What clients keep with him, by name (`metadata`).
    pub metadata: BTreeMap<String, String>,
}

impl User {
    /// The longest text of a profile field, in characters (NT-63).
    pub const MAX_PROFILE_CHARS: usize = 1024;

    /// The zone in which his relative and zoneless times are read; the server's where he names none.
    #[must_use]
    pub fn time_zone(&self, server: &TimeZone) -> TimeZone {
        match self.profile.time_zone.as_str() {
            "" => server.clone(),
            name => TimeZone::get(name).unwrap_or_else(|_| server.clone()),
        }
    }
}
