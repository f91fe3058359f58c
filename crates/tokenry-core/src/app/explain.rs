//! Tells, check by check, whether a token would be granted from some address at some time: the same checks that
//! [`crate::verify::decide`] makes, none left out.

use jiff::Timestamp;

use crate::{
    app::{App, Caller},
    error::Error,
    id::{TokenId, TokenNumber},
    token::{Brief, Token, address::ClientAddress},
    verify::{Check, Reason},
};

/// What would become of a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The token.
    pub token: Token,
    /// Every check, in the order in which they are made.
    pub findings: Vec<Finding>,
}

/// The outcome of one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// The check.
    pub check: Check,
    /// Why it fails; `None` if it passes.
    pub fails: Option<Reason>,
}

impl Explanation {
    /// Why the token would be refused: the first check that fails. `None` if it would be granted.
    #[must_use]
    pub fn refusal(&self) -> Option<Reason> {
        self.findings.iter().find_map(|finding| finding.fails)
    }
}

impl App {
    /// Explains what would become of the token of this number if it were used from there, then, with the users, roles
    /// and settings of now. For whoever may list it.
    pub async fn explain_token(
        &self,
        caller: &Caller,
        number: TokenNumber,
        client: ClientAddress,
        at: Timestamp,
    ) -> Result<Explanation, Error> {
        let token = self.api_token(caller, number).await?;
        Ok(self.explained(token, client, at))
    }

    /// The same by its id: of a token of any form, also one that has expired, and while token authentication is off.
    pub async fn explain_token_of(
        &self,
        caller: &Caller,
        id: TokenId,
        client: ClientAddress,
        at: Timestamp,
    ) -> Result<Explanation, Error> {
        let token = self.token_seen(caller, id).await?;
        Ok(self.explained(token, client, at))
    }

    fn explained(&self, token: Token, client: ClientAddress, at: Timestamp) -> Explanation {
        let (brief, world) = (Brief::from(&token), self.world());
        let finding = |check: &Check| Finding {
            check: *check,
            fails: check.of(&brief, &world, at, client).err(),
        };
        Explanation {
            findings: Check::ALL.iter().map(finding).collect(),
            token,
        }
    }
}

#[cfg(test)]
mod tests;
