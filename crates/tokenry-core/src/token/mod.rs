//! What a token is: the record, when it is valid, and the forms its string can take.

pub mod address;
mod brief;
pub mod form;
pub mod lifetime;
mod record;
mod scope;
pub mod when;

pub use brief::Brief;
pub use record::{Audience, End, EndReason, Form, Origins, Status, Token, Tombstone, Use};
pub use scope::{Rate, Scope};
