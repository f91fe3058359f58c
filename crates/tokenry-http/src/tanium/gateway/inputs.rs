//! What mutations take (spec/tanium.md 5.1). A property that is not here is refused by the library (NT-25).

use async_graphql::{ID, InputObject};

/// A new token.
#[derive(InputObject)]
#[graphql(name = "APITokenGrantInput")]
pub(super) struct GrantInput {
    /// For how many days the token works. The server's default if not given.
    pub(super) expires_in_days: Option<i64>,
    /// What the token is for.
    pub(super) notes: Option<String>,
    /// The persona that the token acts as. The caller's own if not given.
    pub(super) persona_name: Option<String>,
    /// The addresses and networks from which the token may be used, besides those that the server trusts anyway.
    #[graphql(name = "trustedIPAddresses")]
    pub(super) trusted_ip_addresses: Vec<String>,
}

/// A token to rotate.
#[derive(InputObject)]
#[graphql(name = "APITokenRotateInput")]
pub(super) struct RotateInput {
    /// Its string.
    pub(super) token_string: String,
}

/// A token to revoke.
#[derive(InputObject)]
#[graphql(name = "APITokenRevokeInput")]
pub(super) struct RevokeInput {
    /// Its id.
    pub(super) id: ID,
}
