//! Reads the audit log.

use std::collections::HashMap;

use crate::{
    app::{App, Caller},
    audit::Action,
    error::Error,
    id::{TokenId, TokenNumber},
    permit::Wish,
    port::{AuditQuery, Recorded},
};

impl App {
    /// Lines of the audit log, newest first.
    pub async fn audit_log(
        &self,
        caller: &Caller,
        query: AuditQuery,
    ) -> Result<Vec<Recorded>, Error> {
        caller.may(Wish::ReadAudit)?;
        self.store().audit(query).await
    }

    /// The numbers of the tokens that these lines are about, as far as they are known still.
    pub async fn token_numbers(
        &self,
        caller: &Caller,
        lines: &[Recorded],
    ) -> Result<HashMap<TokenId, TokenNumber>, Error> {
        caller.may(Wish::ReadAudit)?;
        let mut numbers = HashMap::new();
        for id in lines.iter().filter_map(|line| line.event.token) {
            if numbers.contains_key(&id) {
                continue;
            }
            let token = self.store().token(id).await?;
            let number = match token {
                Some(token) => Some(token.number),
                None => (self.store().tombstone(id).await?).map(|stone| stone.number),
            };
            numbers.extend(number.map(|number| (id, number)));
        }
        Ok(numbers)
    }

    /// The newest lines that tell of changed settings, for one who may see them.
    pub async fn settings_history(&self, caller: &Caller) -> Result<Vec<Recorded>, Error> {
        caller.may(Wish::ReadSettings)?;
        let query = AuditQuery {
            actions: vec![Action::EditSettings],
            limit: 1000,
            ..AuditQuery::default()
        };
        self.store().audit(query).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::{Town, refusal};

    #[test]
    fn the_audit_log_is_read_newest_first_by_who_may() {
        let town = Town::new();
        let digest = town.sign_in("user");
        let _ = town.does(town.app.logout(&town.caller("user"), digest));
        let query = || AuditQuery {
            actor: Some("user".to_owned()),
            limit: 10,
            ..AuditQuery::default()
        };
        let lines = town.ignores(town.app.audit_log(&town.caller("admin"), query()));
        let actions: Vec<_> = lines.iter().map(|line| line.event.action).collect();
        assert_eq!(actions, [Action::Logout, Action::Login]);
        let refused = town.refuses(town.app.audit_log(&town.caller("user_editor"), query()));
        assert_eq!(refused, refusal("user_editor", "audit.read"));
    }
}
