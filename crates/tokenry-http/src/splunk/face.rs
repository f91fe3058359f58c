//! What the handlers of this face work with.

use std::sync::Arc;

use jiff::Timestamp;
use tokenry_core::{
    app::{App, Origin},
    id::{TokenId, UserName},
    port::{RefusalListener, RefusedCredential},
    verify::Reason,
};
use tokenry_engine::Engine;

/// Everything a handler needs beside the request.
pub struct Face {
    /// The use cases.
    pub app: Arc<App>,
    /// Verifies tokens and session keys.
    pub engine: Arc<Engine>,
    /// Hears of refused credentials.
    pub refusals: Arc<dyn RefusalListener>,
    /// What the server says of itself.
    pub product: Product,
    /// The longest request body, in bytes.
    pub max_body_bytes: usize,
}

/// What the server says of itself to clients of Splunk.
#[derive(Debug, Clone)]
pub struct Product {
    /// The version of Splunk it answers like, dotted numbers: clients turn features on by it.
    pub version: String,
    /// Twelve hex digits: our own build.
    pub build: String,
    /// An id of this installation, as a GUID.
    pub guid: String,
    /// The `serverName`.
    pub server_name: String,
    /// The management port: part of the cookie's name.
    pub port: u16,
    /// When the server started.
    pub started: Timestamp,
}

impl Face {
    /// Tells the log of a refused credential, with its reason. A name is only told if it is a user's: people type
    /// passwords into the field for the name.
    pub(super) fn note_refusal(
        &self,
        origin: &Origin,
        reason: Reason,
        token: Option<TokenId>,
        user: Option<&str>,
    ) {
        let Some(address) = origin.address else {
            return;
        };
        let world = self.app.world();
        let known = user.and_then(|user| world.named(&UserName::parse(user).ok()?));
        self.refusals.refused(&RefusedCredential {
            at: origin.at,
            address,
            request: origin.request.clone(),
            reason,
            token,
            user: known.map(|known| known.user.name.to_string()),
        });
    }

    /// The name of the cookie that carries a session key (spec/splunk.md 4.2).
    pub(crate) fn cookie_name(&self) -> String {
        format!("splunkd_{}", self.product.port)
    }
}
