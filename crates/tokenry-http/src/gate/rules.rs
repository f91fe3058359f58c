//! What a route demands of a request beside a good token: who may pass where. The first rule that fits decides; where
//! there are rules and none fits, nobody passes.

use std::{fmt, str::FromStr};

use axum::http::Method;
use tokenry_core::{id::Capability, token::Audience};

use super::path::{Ambiguous, plain_path};

/// All rules, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules(pub Vec<Rule>);

/// One rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rule {
    /// The host it is for; any, where there is none.
    pub host: Option<HostPattern>,
    /// The methods; any, where there are none.
    pub methods: Vec<Method>,
    /// The paths.
    pub path: PathPattern,
    /// It lets requests pass that carry no token: health checks, and the preflight of browsers.
    pub public: bool,
    /// What the token must be for.
    pub audience: Option<Audience>,
    /// What its user must be allowed to, as the persona and within the scope of the token: all of it.
    pub capabilities: Vec<Capability>,
    /// What the token must be narrowed to, if it is narrowed at all: all of it.
    pub scope: Vec<Capability>,
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route<'a> {
    /// As the client wrote it.
    pub method: &'a str,
    /// The host, with or without a port.
    pub host: &'a str,
    /// The request target: a path, and perhaps a query.
    pub target: &'a str,
}

/// What the rules say to a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matched<'a> {
    /// There are no rules.
    Unruled,
    /// This one decides; and its place, counted from 1.
    By(usize, &'a Rule),
    /// None fits.
    Nothing,
}

impl Rules {
    /// The rule that decides about a route; or why its path can be read in two ways.
    pub fn find(&self, route: Route<'_>) -> Result<Matched<'_>, Ambiguous> {
        if self.0.is_empty() {
            return Ok(Matched::Unruled);
        }
        let path = plain_path(route.target)?;
        let host = plain_host(route.host);
        let fits = |rule: &Rule| {
            (rule.methods.is_empty() || rule.methods.iter().any(|one| one == route.method))
                && rule.host.as_ref().is_none_or(|pattern| pattern.fits(&host))
                && rule.path.fits(&path)
        };
        let place = self.0.iter().position(fits);
        let found = place.and_then(|place| Some((place, self.0.get(place)?)));
        Ok(found.map_or(Matched::Nothing, |(place, rule)| {
            Matched::By(place + 1, rule)
        }))
    }
}

/// A host in lower case, without its port and the dot at its end.
fn plain_host(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// `api.example.com`, or `*.example.com` for every host below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    name: String,
    below: bool,
}

impl HostPattern {
    fn fits(&self, host: &str) -> bool {
        if !self.below {
            return host == self.name;
        }
        host.strip_suffix(&self.name)
            .and_then(|front| front.strip_suffix('.'))
            .is_some_and(|front| !front.is_empty())
    }
}

impl FromStr for HostPattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, below) = match text.strip_prefix("*.") {
            Some(name) => (name, true),
            None => (text, false),
        };
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.[]:".contains(&b);
        if name.is_empty() || !name.bytes().all(plain) {
            return Err(
                "must be a host in lower case without a port, such as api.example.com or *.example.com",
            );
        }
        let name = name.to_owned();
        Ok(Self { name, below })
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.below { "*." } else { "" }, self.name)
    }
}

/// A pattern of paths: elements between slashes, `*` for any one element, `**` at the end for any number of them, none
/// included. A slash at the end of a path makes no difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern {
    elements: Vec<Element>,
    /// It ends in `**`.
    open: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Element {
    Any,
    Is(String),
}

impl Default for PathPattern {
    /// Any path.
    fn default() -> Self {
        Self {
            elements: Vec::new(),
            open: true,
        }
    }
}

impl PathPattern {
    /// Whether it fits a path that [`plain_path`] gave.
    #[must_use]
    pub fn fits(&self, path: &str) -> bool {
        let mut found = elements(path);
        for wanted in &self.elements {
            match (wanted, found.next()) {
                (Element::Any, Some(_)) => {}
                (Element::Is(name), Some(element)) if name == element => {}
                _ => return false,
            }
        }
        self.open || found.next().is_none()
    }
}

fn elements(path: &str) -> impl Iterator<Item = &str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    path.split('/').filter(move |_| !path.is_empty())
}

impl FromStr for PathPattern {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ALLOWED: &str = "must be a path such as /orders, /orders/*/items or /orders/**, decoded, with * for one element and ** at the end for the rest";
        if !text.starts_with('/')
            || text.contains(['?', '#', '%', ';', '\\'])
            || text.contains("//")
        {
            return Err(ALLOWED);
        }
        let mut names: Vec<&str> = elements(text).collect();
        let open = names.pop_if(|last| *last == "**").is_some();
        let read = |name: &str| match name {
            "*" => Ok(Element::Any),
            "." | ".." => Err(ALLOWED),
            name if name.contains('*') => Err(ALLOWED),
            name => Ok(Element::Is(name.to_owned())),
        };
        let elements = names.into_iter().map(read).collect::<Result<_, _>>()?;
        Ok(Self { elements, open })
    }
}

impl fmt::Display for PathPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for element in &self.elements {
            match element {
                Element::Any => f.write_str("/*")?,
                Element::Is(name) => write!(f, "/{name}")?,
            }
        }
        match (self.open, self.elements.is_empty()) {
            (true, _) => f.write_str("/**"),
            (false, true) => f.write_str("/"),
            (false, false) => Ok(()),
        }
    }
}
