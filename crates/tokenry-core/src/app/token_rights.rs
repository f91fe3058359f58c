//! What a caller may do with a token, and for whom he may make one: for an interface that offers nobody what would be
//! refused. Nothing is decided here: each use case asks [`crate::permit`] again, and some refuse more than it does.

use std::sync::Arc;

use crate::{
    app::{App, Caller},
    error::Error,
    id::TokenId,
    permit::Wish,
    principal::Principal,
    token::Token,
};

/// What a caller may do with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "four things that one may do, or not, apart from each other"
)]
pub struct TokenRights {
    /// Change its name and what else can be changed.
    pub edit: bool,
    /// Enable and disable it.
    pub set_status: bool,
    /// Revoke it.
    pub revoke: bool,
    /// Rotate it.
    pub rotate: bool,
}

impl App {
    /// What the caller may do with this token.
    #[must_use]
    pub fn what_may_be_done(&self, caller: &Caller, token: &Token) -> TokenRights {
        let may = |wish| caller.may(wish).is_ok();
        let manage = may(Wish::ManageTokens(Some(token.owner)));
        TokenRights {
            edit: manage,
            set_status: manage,
            revoke: may(Wish::DeleteTokens(Some(token.owner))),
            rotate: may(Wish::rotate(caller.id(), token.owner)),
        }
    }

    /// The users for whom the caller may make tokens and whose name or real name holds this text, without regard to
    /// case: first those that begin with it, and by name.
    #[must_use]
    pub fn users_for_tokens(
        &self,
        caller: &Caller,
        search: &str,
        limit: usize,
    ) -> Vec<Arc<Principal>> {
        let own = caller.id();
        let may_for_himself = caller.may(Wish::ManageTokens(Some(own))).is_ok();
        let may_for_others = caller.may(Wish::ManageTokens(None)).is_ok();
        let wanted = search.trim().to_lowercase();
        let world = self.world();
        let may = |one: &&Arc<Principal>| {
            if one.user.id == own {
                may_for_himself
            } else {
                may_for_others
            }
        };
        let users = world.users().filter(may);
        let mut found: Vec<_> = users
            .filter_map(|one| Some((is_only_inside(one, &wanted)?, one)))
            .collect();
        // Users come by name, and the sort is stable.
        found.sort_by_key(|(only_inside, _)| *only_inside);
        let first = found.into_iter().take(limit);
        first.map(|(_, one)| Arc::clone(one)).collect()
    }

    /// The token of this id, while token authentication is off too. One that the caller may not see looks like one
    /// that does not exist (NT-19).
    pub(super) async fn token_seen(&self, caller: &Caller, id: TokenId) -> Result<Token, Error> {
        let found = self.store().token(id).await?;
        found
            .filter(|token| caller.may(Wish::ListTokens(token.owner)).is_ok())
            .ok_or_else(|| Error::not_found("token", id.to_hex()))
    }
}

/// Whether what somebody types stands only inside of a user's names, or, better, at the front of one. `None` if in
/// neither.
fn is_only_inside(one: &Principal, wanted: &str) -> Option<bool> {
    let user = &one.user;
    let names = [user.name.as_str(), &user.profile.real_name].map(str::to_lowercase);
    if names.iter().any(|name| name.starts_with(wanted)) {
        return Some(false);
    }
    names
        .iter()
        .any(|name| name.contains(wanted))
        .then_some(true)
}

#[cfg(test)]
mod tests;
