//! What is recorded of every change: who, what, whose, from where, and why. Built from a fixed list of fields, none
//! of which can hold a secret (NT-42).

use std::{fmt, net::IpAddr};

use jiff::Timestamp;

use crate::id::{PersonaId, TokenId};

/// One line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When it was committed, by the server's clock.
    pub at: Timestamp,
    /// Who did it: a user's name, or `system` for the server's own operator.
    pub actor: String,
    /// The persona he acted as.
    pub persona: PersonaId,
    /// From where.
    pub address: Option<IpAddr>,
    /// The id of the request that did it.
    pub request: String,
    /// What was done.
    pub action: Action,
    /// The token it was done to.
    pub token: Option<TokenId>,
    /// What else it was done to: a user's or a role's name.
    pub target: Option<String>,
    /// The number of what it was done to, where that has one beside its name.
    pub object: Option<i64>,
    /// What it changed or why it was done, in words.
    pub reason: String,
}

/// Gives an enum its stored names, both ways, from one table.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every one of them.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name it is stored and printed under.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one of this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use named;

named! {
    /// What was done. Names follow the vendor's audit log where it has one (spec/splunk.md 8.3).
    Action {
        /// A computer group was made.
        CreateComputerGroup = "create_computer_group",
        /// A content set was made.
        CreateContentSet = "create_content_set",
        /// A persona was made.
        CreatePersona = "create_persona",
        /// A role was made.
        CreateRole = "create_role",
        /// A token was made.
        CreateToken = "create_token",
        /// A user was made.
        CreateUser = "create_user",
        /// A user group was made.
        CreateUserGroup = "create_user_group",
        /// A computer group was deleted.
        DeleteComputerGroup = "delete_computer_group",
        /// A content set was deleted.
        DeleteContentSet = "delete_content_set",
        /// A persona was deleted.
        DeletePersona = "delete_persona",
        /// A role was deleted.
        DeleteRole = "delete_role",
        /// One token, or all of a user's, was deleted.
        DeleteToken = "delete_token",
        /// A user was deleted, and his tokens and sessions with him.
        DeleteUser = "delete_user",
        /// A user group was deleted.
        DeleteUserGroup = "delete_user_group",
        /// A computer group was changed.
        EditComputerGroup = "edit_computer_group",
        /// A content set was changed.
        EditContentSet = "edit_content_set",
        /// A persona was changed.
        EditPersona = "edit_persona",
        /// A role was changed.
        EditRole = "edit_role",
        /// A setting was changed.
        EditSettings = "edit_settings",
        /// A user was changed.
        EditUser = "edit_user",
        /// A user group was changed.
        EditUserGroup = "edit_user_group",
        /// A data directory was set up.
        Initialise = "initialise",
        /// Somebody signed in.
        Login = "login",
        /// Somebody signed out, or was signed out.
        Logout = "logout",
        /// A password was set on the server's own machine.
        ResetPassword = "reset_password",
        /// The operator set back the latest time that the server knows of.
        ResetClock = "reset_clock",
        /// The string of a token was shown to its maker once more.
        RevealToken = "reveal_token",
        /// One token, or all of a user's, was enabled or disabled.
        UpdateToken = "update_token",
    }
}
