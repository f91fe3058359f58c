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

    /// The trail of one token, newest first: at most `limit` lines, all before the line of number `before` if that is
    /// given. For whoever may see the token, or read the whole log; to him of one that is no more, too. Others find
    /// nothing (NT-19).
    pub async fn token_history(
        &self,
        caller: &Caller,
        id: TokenId,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<Recorded>, Error> {
        if caller.may(Wish::ReadAudit).is_err() {
            self.token_seen(caller, id).await?;
        }
        let query = AuditQuery {
            token: Some(id),
            before,
            limit,
            ..AuditQuery::default()
        };
        let lines = self.store().audit(query).await?;
        // Of one that is no more the tombstone may be gone already, and its trail not; and a later page may be empty.
        if lines.is_empty() && before.is_none() && !self.is_known(id).await? {
            return Err(Error::not_found("token", id.to_hex()));
        }
        Ok(lines)
    }

    async fn is_known(&self, id: TokenId) -> Result<bool, Error> {
        let store = self.store();
        Ok(store.token(id).await?.is_some() || store.tombstone(id).await?.is_some())
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
    use crate::{
        app::testing::{Town, refusal},
        token::{Status, form::splunk_jwt::Kind},
    };

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

    #[test]
    fn who_sees_a_token_sees_its_trail_newest_first_in_pages() {
        let town = Town::new();
        let other = town.make_token("admin", Kind::Static, "own_maker").id;
        let id = town.make_token("admin", Kind::Static, "own_maker").id;
        let owner = town.caller("own_maker");
        for status in [Status::Disabled, Status::Enabled] {
            let both = [id, other];
            let _ = town.does(town.app.set_status_of(&owner, &both, status));
        }
        let actions = |caller: &str, before, limit| {
            let caller = town.caller(caller);
            let trail = town.app.token_history(&caller, id, before, limit);
            let lines = town.ignores(trail);
            assert!(lines.iter().all(|line| line.event.token == Some(id)));
            let actions: Vec<_> = lines.iter().map(|line| line.event.action).collect();
            (actions, lines.last().map(|line| line.sequence))
        };
        let (create, update) = (Action::CreateToken, Action::UpdateToken);
        for caller in ["own_maker", "all_lister", "admin"] {
            assert_eq!(actions(caller, None, 10).0, [update, update, create]);
            let (page, last) = actions(caller, None, 2);
            assert_eq!(page, [update, update]);
            let (page, last) = actions(caller, last, 2);
            assert_eq!(page, [create]);
            assert_eq!(actions(caller, last, 2).0, []);
        }
    }

    #[test]
    fn nt19_a_trail_that_one_may_not_see_looks_like_none() {
        let town = Town::new();
        let id = town.make_token("admin", Kind::Static, "user").id;
        let none = TokenId::from_bytes([9; 32]);
        let missing = |caller: &str, id: TokenId| {
            let caller = town.caller(caller);
            let refused = town.refuses(town.app.token_history(&caller, id, None, 10));
            assert_eq!(refused, Error::not_found("token", id.to_hex()));
        };
        for caller in ["own_maker", "own_lister", "power", "nobody"] {
            missing(caller, id);
            missing(caller, none);
        }
        for caller in ["admin", "user", "all_lister"] {
            missing(caller, none);
        }
        let _ = town.does(town.app.revoke(&town.caller("admin"), &[id]));
        // Of one that is no more only who reads the whole log sees the trail.
        missing("user", id);
        missing("all_lister", id);
        let admin = town.caller("admin");
        let trail = town.ignores(town.app.token_history(&admin, id, None, 10));
        let actions: Vec<_> = trail.iter().map(|line| line.event.action).collect();
        assert_eq!(actions, [Action::DeleteToken, Action::CreateToken]);
    }
}
