//! The decision: credential, then what the route demands, in this order. Every front end asks it and nothing else.

use std::{net::IpAddr, sync::Arc, time::Instant};

use jiff::Timestamp;
use tokenry_core::{
    Error,
    app::Origin,
    id::Capability,
    port::{GrantedCredential, Known},
    token::{Audience, Brief, address::ClientAddress},
    verify::{Grant, Reason, Verdict, Via},
};

use super::{
    Gate,
    bearer::Bearer,
    callers::Caller,
    meters::{DoorName, Outcome},
    rules::{Matched, Route, Rule},
};
use crate::listener::RequestId;

/// What a front end asks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// By which door.
    pub(crate) door: DoorName,
    /// Who asks.
    pub(crate) caller: &'a Caller,
    /// From where he asks.
    pub(crate) peer: IpAddr,
    /// For whom.
    pub(crate) client: ClientAddress,
    /// The credential.
    pub(super) bearer: Bearer<'a>,
    /// What is asked for; none where the caller cannot say, which only matters where there are rules.
    pub(crate) route: Option<Route<'a>>,
    /// The id of the request.
    pub(crate) id: RequestId,
    /// The trace it belongs to, as the caller says; see [`Gate::traceparent`].
    pub(super) traceparent: Option<&'a str>,
}

/// The answer.
#[derive(Debug)]
pub(crate) enum Decision {
    /// It may pass, with a token.
    Allowed(Box<Pass>),
    /// It may pass without.
    Public,
    /// It may not.
    Denied(Denial),
}

/// Who passes.
#[derive(Debug)]
pub(crate) struct Pass {
    /// To whom it was granted.
    pub(crate) grant: Grant,
    /// What is recorded of the token; nothing of one without a record.
    pub(crate) token: Option<Arc<Brief>>,
    /// The API it is for, where a rule or the caller names it.
    pub(crate) audience: Option<Audience>,
    /// When.
    pub(crate) at: Timestamp,
}

/// Why it may not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Denial {
    /// The request is not in order, or can be read in two ways: 400.
    BadRequest(String),
    /// No credential: 401, without saying what is wrong (RFC 6750 3.1).
    Missing,
    /// One that does not stand: 401. Why is for the log.
    InvalidToken,
    /// A good one that may not do this: 403; and what it would have to carry.
    InsufficientScope(String),
    /// No rule allows it: 403.
    NoRule,
    /// Too often: 429; and after how many seconds to come again.
    TooMany(u64),
    /// Nothing can be decided now: 503.
    Undecided,
}

impl Gate {
    /// Decides.
    pub(crate) async fn decide(&self, question: Question<'_>) -> Decision {
        let began = Instant::now();
        let decided = self.weigh(&question).await;
        self.decided(&question, began, decided)
    }

    /// Counts a decision and tells of it.
    pub(super) fn decided(
        &self,
        question: &Question<'_>,
        began: Instant,
        (decision, outcome): (Decision, Outcome),
    ) -> Decision {
        let took = began.elapsed();
        self.meters.count(question.door, outcome, took);
        self.trace(question, &decision, outcome, took);
        decision
    }

    pub(super) async fn weigh(&self, question: &Question<'_>) -> (Decision, Outcome) {
        let rule = match self.rule(question) {
            Ok(rule) => rule,
            Err(Denial::NoRule) => return self.refuse(question, Reason::NoRule, Denial::NoRule),
            Err(denial) => return (Decision::Denied(denial), Outcome::BadRequest),
        };
        let token = match question.bearer {
            Bearer::Token(token) => token,
            Bearer::Missing if rule.is_some_and(|rule| rule.public) => {
                return (Decision::Public, Outcome::Public);
            }
            Bearer::Missing => return self.refuse(question, Reason::Missing, Denial::Missing),
            Bearer::OtherScheme => {
                return self.refuse(question, Reason::UnknownScheme, Denial::Missing);
            }
            Bearer::Malformed(what) => {
                let denial = Denial::BadRequest(what.to_owned());
                return self.refuse(question, Reason::Ambiguous, denial);
            }
        };
        let origin = self.origin(question);
        match self.door.engine.verify_token(token, &origin).await {
            Ok(verification) => match verification.verdict {
                Verdict::Granted(grant) => {
                    self.tell_grant(question, &origin, &grant, &verification.known);
                    let pass = Pass {
                        grant,
                        token: verification.token,
                        audience: None,
                        at: origin.at,
                    };
                    self.route(question, rule, pass)
                }
                Verdict::Denied(reason) => self.denied(question, reason, verification.known),
            },
            Err(Error::TooMany { seconds }) => {
                self.refuse(question, Reason::RateLimited, Denial::TooMany(seconds))
            }
            Err(error) => {
                tracing::error!(%error, door = question.door.as_str(), "nothing can be decided");
                (Decision::Denied(Denial::Undecided), Outcome::Undecided)
            }
        }
    }

    /// The rule that decides; none where there are no rules at all.
    fn rule(&self, question: &Question<'_>) -> Result<Option<&Rule>, Denial> {
        if self.settings.rules.0.is_empty() {
            return Ok(None);
        }
        if question.door == DoorName::Introspect && question.route.is_none() {
            // Asked about a token, not about a request.
            return Ok(None);
        }
        let Some(route) = question.route else {
            let why = "the caller does not say what is asked for, and there are rules about it";
            return Err(Denial::BadRequest(why.to_owned()));
        };
        match self.settings.rules.find(route) {
            Err(ambiguous) => Err(Denial::BadRequest(ambiguous.to_string())),
            Ok(Matched::Nothing) => Err(Denial::NoRule),
            Ok(Matched::Unruled) => Ok(None),
            Ok(Matched::By(_, rule)) => Ok(Some(rule)),
        }
    }

    /// What the route demands of a good token.
    fn route(
        &self,
        question: &Question<'_>,
        rule: Option<&Rule>,
        pass: Pass,
    ) -> (Decision, Outcome) {
        let of_rule = rule.and_then(|rule| rule.audience.as_ref());
        let wanted = [of_rule, question.caller.audience.as_ref()];
        for wanted in wanted.into_iter().flatten() {
            if pass.audience_of_token() != Some(wanted) {
                return self.denied(question, Reason::WrongAudience, pass.known());
            }
        }
        if let Some(missing) = rule.and_then(|rule| missing(rule, &pass)) {
            let denial = Denial::InsufficientScope(missing);
            return self.refuse_known(question, Reason::ScopeInsufficient, denial, pass.known());
        }
        let audience = wanted.into_iter().flatten().next().cloned();
        let pass = Pass { audience, ..pass };
        (Decision::Allowed(Box::new(pass)), Outcome::Allowed)
    }

    /// Refuses a credential that does not stand. Whoever goes on presenting what was never a token of ours is told to
    /// wait; nobody else behind the same address notices (NT-67).
    fn denied(&self, question: &Question<'_>, reason: Reason, known: Known) -> (Decision, Outcome) {
        if let (None, Some(rate)) = (known.token, self.settings.failures) {
            let source = source(question.client, question.peer);
            if let Err(Error::TooMany { seconds }) = self.failures.admit(&source, rate) {
                let denial = Denial::TooMany(seconds);
                return (
                    Decision::Denied(denial),
                    Outcome::Denied(Reason::RateLimited),
                );
            }
        }
        self.refuse_known(question, reason, Denial::InvalidToken, known)
    }

    fn refuse(
        &self,
        question: &Question<'_>,
        reason: Reason,
        denial: Denial,
    ) -> (Decision, Outcome) {
        self.refuse_known(question, reason, denial, Known::default())
    }

    pub(super) fn refuse_known(
        &self,
        question: &Question<'_>,
        reason: Reason,
        denial: Denial,
        known: Known,
    ) -> (Decision, Outcome) {
        let mut origin = self.origin(question);
        origin.request = question.id.to_string();
        self.door.refused(&origin, reason, known);
        (Decision::Denied(denial), Outcome::Denied(reason))
    }

    fn tell_grant(&self, question: &Question<'_>, origin: &Origin, grant: &Grant, known: &Known) {
        if !self.door.refusals.hears_grants() {
            return;
        }
        self.door.refusals.granted(&GrantedCredential {
            origin: Origin {
                request: question.id.to_string(),
                ..origin.clone()
            },
            known: Known {
                user: Some(grant.principal.user.name.to_string()),
                ..known.clone()
            },
        });
    }

    fn origin(&self, question: &Question<'_>) -> Origin {
        let now = self.door.app.now();
        Origin::of_client(
            now,
            String::new(),
            question.door.as_str(),
            question.client,
            question.peer,
        )
    }
}

impl Pass {
    /// What the token is for. One without a record is for nothing in particular.
    pub(crate) fn audience_of_token(&self) -> Option<&Audience> {
        self.token.as_ref().map(|token| &token.audience)
    }

    /// What the log is told of it if it may not pass after all.
    pub(super) fn known(&self) -> Known {
        Known {
            token: match self.grant.via {
                Via::Token(id) | Via::Ephemeral(id) => Some(id),
                Via::Password | Via::Session(_) => None,
            },
            number: self.token.as_ref().map(|token| token.number),
            user: Some(self.grant.principal.user.name.to_string()),
            persona: self.grant.principal.persona,
        }
    }
}

/// The names that a rule demands and that are not held.
fn missing(rule: &Rule, pass: &Pass) -> Option<String> {
    let rights = &pass.grant.principal.rights;
    let capabilities = (rule.capabilities.iter()).filter(|name| !rights.holds(name));
    let scope = rights.scope();
    let scopes = (rule.scope.iter()).filter(|name| scope.is_some_and(|scope| !scope.holds(name)));
    let names: Vec<&str> = capabilities.chain(scopes).map(Capability::as_str).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// Whom failures are counted for: an address, or the network of one home or office.
pub(super) fn source(client: ClientAddress, peer: IpAddr) -> IpAddr {
    const HOME: u128 = !(u64::MAX as u128);
    match client {
        ClientAddress::Known(IpAddr::V6(v6)) => IpAddr::V6((v6.to_bits() & HOME).into()),
        ClientAddress::Known(v4) => v4,
        ClientAddress::Unknown => peer,
    }
}
