//! Lists tokens: records, never strings.

use crate::{
    app::{App, Caller},
    error::Error,
    id::{TokenId, UserName},
    permit::Wish,
    port::{Page, Sort, Term, TokenQuery},
    token::{Status, Token},
};

/// Which tokens are wanted. All conditions must hold.
#[derive(Debug, Clone, Default)]
pub struct ListTokens<'a> {
    /// Only those of the user of this name.
    pub username: Option<&'a str>,
    /// Only the one of this id.
    pub id: Option<&'a str>,
    /// Only those of this status.
    pub status: Option<Status>,
    /// Only those for which every term holds.
    pub terms: Vec<Term>,
    /// In which order.
    pub sort: Sort,
    /// How many at most; `None` is all.
    pub limit: Option<u64>,
    /// How many to leave out first.
    pub offset: u64,
}

impl App {
    /// Lists tokens, as far as the caller may see them: spec/splunk.md 2.3. A user or an id that does not exist
    /// gives an empty page.
    pub async fn list_tokens(
        &self,
        caller: &Caller,
        wanted: ListTokens<'_>,
    ) -> Result<Page<Token>, Error> {
        self.tokens_enabled()?;
        let owner = wanted.username.map(|name| {
            let name = UserName::parse(name).ok()?;
            Some(self.world().named(&name)?.user.id)
        });
        caller.may(match owner {
            Some(Some(owner)) => Wish::ListTokens(owner),
            _ => Wish::ListAllTokens,
        })?;
        let nothing = Ok(Page {
            items: Vec::new(),
            total: 0,
        });
        let Some(owner) = owner.map_or(Some(None), |known| known.map(Some)) else {
            return nothing;
        };
        let Some(id) = wanted
            .id
            .map_or(Some(None), |text| TokenId::from_hex(text).map(Some))
        else {
            return nothing;
        };
        let ListTokens {
            status,
            terms,
            sort,
            limit,
            offset,
            ..
        } = wanted;
        self.store()
            .tokens(TokenQuery {
                owner,
                id,
                status,
                terms,
                sort,
                limit,
                offset,
                ..TokenQuery::default()
            })
            .await
    }

    /// One token, if it exists and the caller may see it. A token of somebody else whom the caller may not list
    /// looks like one that does not exist (NT-19).
    pub async fn token(&self, caller: &Caller, id: &str) -> Result<Option<Token>, Error> {
        self.tokens_enabled()?;
        let Some(id) = TokenId::from_hex(id) else {
            return Ok(None);
        };
        let found = self.store().token(id).await?;
        Ok(found.filter(|token| caller.may(Wish::ListTokens(token.owner)).is_ok()))
    }
}

#[cfg(test)]
mod tests;
