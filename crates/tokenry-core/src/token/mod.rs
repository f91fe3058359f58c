//! What a token is: the record, when it is valid, and the forms its string can take.

pub mod address;
pub mod form;
pub mod lifetime;
mod record;
pub mod when;

pub use record::{Audience, End, EndReason, Form, Origins, Status, Token, Tombstone, Use};
