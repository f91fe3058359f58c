//! The Tanium-compatible face: REST v2 and the GraphQL gateway, on the wire as Tanium's server has them
//! (spec/tanium.md).
//!
//! It reads top-down: [`routes`] is the table of all operations, from which the router and the tests are made. A
//! request becomes a [`call::Call`] (its JSON read by [`json`], its options by [`options`]), its `session` header is
//! verified by [`authenticate`], a handler answers a [`reply::Reply`] or a [`failure::Failure`], and that is printed. A
//! handler is `async fn(&Face, Call) -> Result<Reply, Failure>`, in a file named after what it is about.

mod authenticate;
mod call;
mod face;
mod failure;
mod json;
mod options;
mod reply;
mod routes;
mod time;

mod api_tokens;
mod audit;
mod gateway;
mod legacy;
mod lists;
mod probes;
mod server_info;
mod sessions;
mod settings;

mod content_sets;
mod groups;
mod memberships;
mod metadata;
mod objects;
mod personas;
mod privileges;
mod roles;
#[cfg(test)]
mod testing;
mod user_groups;
mod users;

pub use face::{Face, Product};
pub use routes::{Access, OperationInfo, operations, router};
