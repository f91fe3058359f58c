//! Reads the audit log.

use crate::{
    app::{App, Caller},
    error::Error,
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::testing::{Town, refusal},
        audit::Action,
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
}
