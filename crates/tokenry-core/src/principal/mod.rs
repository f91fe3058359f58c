//! Who may do what: users, the roles they hold, what those add up to, and the world of all of them.

pub mod capability;
pub mod password;
mod rights;
mod role;
mod user;
mod world;

pub use capability::Power;
pub use rights::Rights;
pub use role::Role;
pub use user::{Profile, User};
pub use world::{Generation, Principal, World};
