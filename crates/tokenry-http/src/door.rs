//! What every face does at its door: find out where a request comes from, have what it presents verified, and tell the
//! log of refusals. How a credential is presented, and what a refused client hears, is each face's own.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::http::{HeaderName, request::Parts};
use tokenry_core::{
    Error,
    app::{App, Caller, Origin},
    id::UserName,
    port::{GrantedCredential, Known, RefusalListener, RefusedCredential},
    token::address::ClientAddress,
    verify::{Reason, Verdict, Via},
};
use tokenry_engine::Engine;

use crate::listener::{Peer, RequestId};

/// What stands for the other end of a unix socket.
pub(crate) const LOCAL: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// The one header in which a proxy says for whom it speaks.
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The rules, and those who verify and listen.
pub struct Door {
    /// The use cases.
    pub app: Arc<App>,
    /// Verifies tokens and session keys.
    pub engine: Arc<Engine>,
    /// Hears of refused credentials.
    pub refusals: Arc<dyn RefusalListener>,
    /// How many credentials the faces have let in since the start. The gate counts its own.
    pub granted: Arc<AtomicU64>,
}

impl Door {
    /// Where a request comes from. The header of a proxy counts only where the settings say so, and from a proxy that
    /// the configuration trusts.
    pub(crate) fn origin(&self, parts: &Parts, route: &'static str) -> Origin {
        let now = self.app.now();
        let request = parts.extensions.get::<RequestId>();
        let request = request.map(ToString::to_string).unwrap_or_default();
        let Some(peer) = parts.extensions.get::<Peer>() else {
            return Origin::operator(now);
        };
        let lines = parts.headers.get_all(FORWARDED_FOR);
        let is_believed = self.app.world().settings().api_tokens.use_x_forwarded_for;
        let lines = lines.iter().filter(|_| is_believed);
        let lines = lines.map(axum::http::HeaderValue::as_bytes);
        let trusted = &self.app.policy().trusted_proxies;
        match peer {
            Peer::Tcp(_) | Peer::Unix => {
                let ip = peer.ip().unwrap_or(LOCAL);
                Origin::from_peer(now, request, route, ip, lines, trusted)
            }
            Peer::Proxied { via, client } => {
                let via = via.map_or(LOCAL, |via| via.ip());
                let Some(client) = client else {
                    return Origin::of_client(now, request, route, ClientAddress::Unknown, via);
                };
                Origin::from_peer(now, request, route, client.ip(), lines, trusted)
            }
        }
    }

    /// Verifies a token or a session key. What is refused is told to the log, and why to the face, in the inner `Err`.
    /// The outer one is [`Error::Unavailable`] or a defect: no verdict at all.
    pub(crate) async fn verify(
        &self,
        presented: &str,
        origin: &Origin,
    ) -> Result<Result<Caller, Reason>, Error> {
        let verification = self.engine.verify(presented, origin).await?;
        match verification.verdict {
            Verdict::Granted(grant) => {
                self.granted.fetch_add(1, Ordering::Relaxed);
                if let (Via::Token(_), true) = (grant.via, self.refusals.hears_grants()) {
                    let user = grant.principal.user.name.to_string();
                    self.refusals.granted(&GrantedCredential {
                        origin: origin.clone(),
                        known: Known {
                            user: Some(user),
                            ..verification.known
                        },
                    });
                }
                Ok(Ok(Caller::new(grant, origin.clone())))
            }
            Verdict::Denied(reason) => {
                self.refused(origin, reason, verification.known);
                Ok(Err(reason))
            }
        }
    }

    /// Tells the log of a refused credential, with its reason.
    pub(crate) fn refused(&self, origin: &Origin, reason: Reason, known: Known) {
        if origin.address.is_none() {
            return;
        }
        self.refusals.refused(&RefusedCredential {
            origin: origin.clone(),
            reason,
            known,
        });
    }

    /// Passes on what a use case made of a credential that it was given, and tells the log if it did not stand.
    pub(crate) fn told<T>(
        &self,
        origin: &Origin,
        name: Option<&str>,
        outcome: Result<T, Error>,
    ) -> Result<T, Error> {
        if let Err(Error::Unauthenticated(reason)) = outcome {
            self.refused_by_name(origin, reason, name);
        }
        outcome
    }

    /// The same of one who gave a name, or none. A name is only told if it is a user's: people type passwords into the
    /// field for the name.
    pub(crate) fn refused_by_name(&self, origin: &Origin, reason: Reason, name: Option<&str>) {
        let world = self.app.world();
        let user = name.and_then(|name| world.named(&UserName::parse(name).ok()?));
        let known = Known {
            user: user.map(|user| user.user.name.to_string()),
            ..Known::default()
        };
        self.refused(origin, reason, known);
    }
}
