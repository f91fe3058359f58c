//! Who may do what: users, their groups and personas, the roles they hold, what those add up to, and the world of all
//! of them.

pub mod capability;
pub mod directory;
pub mod password;
mod persona;
mod rights;
mod role;
mod user;
mod world;

pub use capability::Power;
pub use directory::{ComputerGroup, ContentSet, GroupKind, Object, Stamp, UserGroup};
pub use persona::Persona;
pub use rights::Rights;
pub(crate) use role::check_text;
pub use role::{Role, RoleDetails};
pub use user::{Profile, User};
pub use world::{Generation, Principal, World};

/// Ids below this one are of what is there from the start.
pub const FIRST_FREE_NUMBER: i64 = 1000;
