//! `[gate]`: who may ask the gate, and what routes demand.

use std::path::PathBuf;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use tokenry_core::id::Capability;
use tokenry_core::token::address::{Networks, parse_proxies};
use tokenry_core::token::{Audience, Rate};
use tokenry_http::gate::{self, ClientIp, Rule, Rules};
use tokenry_http::listener::{Listen, Senders};

use super::value;

const SECOND: i64 = 1_000;

/// `[gate]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Where it listens; nowhere, where there is no address.
    #[serde(deserialize_with = "value::optional_listen")]
    pub listen: Option<Listen>,
    /// Where it speaks FastCGI; nowhere, where there is no address.
    #[serde(deserialize_with = "value::optional_listen")]
    pub fastcgi_listen: Option<Listen>,
    /// The mode of unix sockets.
    #[serde(deserialize_with = "value::mode")]
    pub unix_mode: u32,
    /// Who speaks the PROXY protocol.
    #[serde(deserialize_with = "value::senders")]
    pub proxy_protocol: Senders,
    /// Who may ask.
    #[serde(deserialize_with = "callers")]
    pub callers: Vec<Caller>,
    /// What routes demand.
    #[serde(deserialize_with = "rules")]
    pub rules: Rules,
    /// Capabilities that the APIs behind it know.
    #[serde(deserialize_with = "capabilities")]
    pub capabilities: Vec<Capability>,
    /// How long a signed assertion lives.
    #[serde(deserialize_with = "value::duration::<_, 0, { 60 * SECOND }>")]
    pub assertion: Duration,
    /// The issuer of assertions and of the metadata.
    #[serde(deserialize_with = "issuer")]
    pub issuer: Option<String>,
    /// How many records of tokens are kept in memory.
    #[serde(deserialize_with = "value::number::<_, _, 1_000, 100_000_000>")]
    pub cached_tokens: usize,
    /// For how long tokens are verified without a sign of life from the store.
    #[serde(deserialize_with = "value::duration::<_, { 10 * SECOND }, { 3_600 * SECOND }>")]
    pub freshness: Duration,
    /// How often a token may be used that has no rate of its own.
    #[serde(deserialize_with = "rate")]
    pub token_rate: Option<Rate>,
    /// How often a source may present what is no token of ours.
    #[serde(deserialize_with = "rate")]
    pub failure_rate: Option<Rate>,
}

/// One of `[[gate.callers]]`.
#[derive(Debug, Clone)]
pub struct Caller {
    /// All but its secret.
    pub caller: gate::Caller,
    /// The file with its secret.
    pub secret_file: Option<PathBuf>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenCaller {
    name: String,
    #[serde(default)]
    from: Vec<String>,
    #[serde(default)]
    secret_file: Option<PathBuf>,
    #[serde(default)]
    client_ip: Option<String>,
    #[serde(default)]
    trusted_proxies: Vec<String>,
    #[serde(default)]
    audience: Option<String>,
    #[serde(default = "yes")]
    assertion: bool,
    #[serde(default)]
    introspection: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenRule {
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    methods: Vec<String>,
    path: String,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    audience: Option<String>,
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    scope: Vec<String>,
}

fn yes() -> bool {
    true
}

fn callers<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Caller>, D::Error> {
    let given: Vec<GivenCaller> = value::tables(source)?;
    let mut callers = Vec::with_capacity(given.len());
    for (place, given) in given.into_iter().enumerate() {
        let name = given.name.clone();
        if callers
            .iter()
            .any(|other: &Caller| other.caller.name == name)
        {
            return Err(D::Error::custom(format!("has two callers named {name}")));
        }
        let caller = caller(given);
        let of = |why: String| {
            D::Error::custom(format!("is wrong in caller {} ({name}): {why}", place + 1))
        };
        callers.push(caller.map_err(of)?);
    }
    Ok(callers)
}

fn caller(given: GivenCaller) -> Result<Caller, String> {
    if !value::is_name(&given.name) {
        return Err(
            "name must be 1 to 253 letters, digits, dots, hyphens and underscores".to_owned(),
        );
    }
    if given.introspection && given.secret_file.is_none() {
        return Err(
            "introspection needs a secret_file: nobody may ask by his address alone".to_owned(),
        );
    }
    let (unix, from): (Vec<_>, Vec<_>) = given.from.iter().partition(|item| *item == "unix");
    let networks = |field, items: &[&String]| {
        let items = items.iter().map(|item| item.as_str());
        parse_proxies(field, items).map_err(|error| error.to_string())
    };
    let from: Networks = networks("from", &from)?;
    let proxies: Vec<&String> = given.trusted_proxies.iter().collect();
    Ok(Caller {
        caller: gate::Caller {
            name: given.name,
            from,
            from_unix: !unix.is_empty(),
            secret: None,
            client_ip: client_ip(given.client_ip.as_deref())?,
            trusted_proxies: networks("trusted_proxies", &proxies)?,
            audience: audience(given.audience.as_deref())?,
            assertion: given.assertion,
            may_introspect: given.introspection,
        },
        secret_file: given.secret_file,
    })
}

fn client_ip(text: Option<&str>) -> Result<ClientIp, String> {
    match text {
        None => Ok(ClientIp::default()),
        Some("peer") => Ok(ClientIp::Peer),
        Some("forwarded") => Ok(ClientIp::Forwarded),
        Some(name) => {
            let header = name.parse();
            let why = "client_ip must be \"peer\", \"forwarded\" or the name of a header such as \"x-forwarded-for\"";
            header.map(ClientIp::List).map_err(|_| why.to_owned())
        }
    }
}

fn audience(text: Option<&str>) -> Result<Option<Audience>, String> {
    let audience = text.map(Audience::parse).transpose();
    audience.map_err(|error| error.to_string())
}

fn rules<'de, D: Deserializer<'de>>(source: D) -> Result<Rules, D::Error> {
    let given: Vec<GivenRule> = value::tables(source)?;
    let rules = given.into_iter().enumerate().map(|(place, given)| {
        let path = given.path.clone();
        let of = |why| D::Error::custom(format!("is wrong in rule {} ({path}): {why}", place + 1));
        rule(given).map_err(of)
    });
    rules.collect::<Result<_, _>>().map(Rules)
}

fn rule(given: GivenRule) -> Result<Rule, String> {
    let method = |text: &String| {
        let upper = text.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
        let method = text.parse().ok().filter(|_| upper && !text.is_empty());
        method.ok_or_else(|| "methods must be in upper case, such as GET".to_owned())
    };
    let demands =
        given.audience.is_some() || !given.capabilities.is_empty() || !given.scope.is_empty();
    if given.public && demands {
        return Err("a public rule asks for no token, so it can demand nothing of one".to_owned());
    }
    Ok(Rule {
        host: given
            .host
            .map(|host| host.parse().map_err(|why| format!("host {why}")))
            .transpose()?,
        methods: given.methods.iter().map(method).collect::<Result<_, _>>()?,
        path: given.path.parse().map_err(|why| format!("path {why}"))?,
        public: given.public,
        audience: audience(given.audience.as_deref())?,
        capabilities: names(&given.capabilities)?,
        scope: names(&given.scope)?,
    })
}

fn names(given: &[String]) -> Result<Vec<Capability>, String> {
    let names = given.iter().map(|name| Capability::parse(name));
    names
        .collect::<Result<_, _>>()
        .map_err(|error| error.to_string())
}

fn capabilities<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<Capability>, D::Error> {
    names(&value::texts(source)?).map_err(D::Error::custom)
}

/// `600/100`: uses a minute, and at once; empty is no limit.
fn rate<'de, D: Deserializer<'de>>(source: D) -> Result<Option<Rate>, D::Error> {
    let text = value::text(source);
    match text.as_deref() {
        Some("") => Ok(None),
        Some(text) => Rate::from_stored(text).map(Some).ok_or(()),
        None => Err(()),
    }
    .map_err(|()| {
        D::Error::custom(
            "must be uses a minute, a slash, and uses at once, such as \"600/100\", or empty",
        )
    })
}

fn issuer<'de, D: Deserializer<'de>>(source: D) -> Result<Option<String>, D::Error> {
    let why = "must be a URL such as https://tokens.example.com, without query and without a slash at its end";
    let text = value::text(source).ok_or_else(|| D::Error::custom(why))?;
    let is_url = |text: &str| {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~:/[]".contains(&b);
        rest.is_some_and(|rest| !rest.is_empty() && !rest.ends_with('/') && rest.bytes().all(plain))
    };
    match text.as_str() {
        "" => Ok(None),
        url if is_url(url) => Ok(Some(text)),
        _ => Err(D::Error::custom(why)),
    }
}
