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
