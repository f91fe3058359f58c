//! An engine as the server has it: keys, a real SQLite store, a memory that listens to it, users, and many tokens.

mod counting;

use std::{
    net::{IpAddr, Ipv4Addr},
    ops::Range,
    path::Path,
    sync::Arc,
};

use anyhow::{Context as _, ensure};
use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokenry_core::{
    app::{self, Origin},
    change::Change,
    id::{PersonaId, RoleName, TokenId, TokenNumber, UserId, UserName},
    port::{Batch, Store as _, TokenQuery, View as _, Write},
    principal::{Object, Profile, Role, User, password::PasswordHash},
    settings::Settings,
    token::{
        Audience, Form, Origins, Status, Token,
        address::Networks,
        form::{
            hex,
            key_ring::{KeyId, KeyRing, RootSecret},
            splunk_jwt::{self, Claims, Kind, Version},
        },
    },
    verify::Verdict,
};
use tokenry_engine::{Engine, Memory};
use tokenry_store::Store;

use self::counting::Counting;
use crate::{
    database::{self, Share},
    random::Random,
};

/// The time of every verification: after all tokens were made, and before the first of them expires.
pub(crate) const NOW: Timestamp = Timestamp::constant(1_785_000_000, 0);

/// How many tokens are looked up at once while the memory is filled.
const AT_ONCE: usize = 32;

/// How many tokens one batch adds.
const AT_A_TIME: usize = 1000;

pub(crate) struct Town {
    pub(crate) engine: Arc<Engine>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) keys: KeyRing,
    /// A bare key as long as the one that is derived from the ring.
    pub(crate) bare: hmac::Key,
    /// All good tokens.
    pub(crate) tokens: Arc<[Presented]>,
    /// A request from this machine, at [`NOW`].
    pub(crate) origin: Arc<Origin>,
    store: Arc<Counting>,
    /// A good record; others are made after it.
    model: Token,
    random: Random,
    _place: TempDir,
}

/// A token as a client presents it.
#[derive(Clone)]
pub(crate) struct Presented {
    pub(crate) id: TokenId,
    pub(crate) owner: UserId,
    pub(crate) text: String,
    /// Which part of the text is signed.
    signed: Range<usize>,
}

impl Presented {
    pub(crate) fn signed(&self) -> &[u8] {
        let part = self.text.as_bytes().get(self.signed.clone());
        part.unwrap_or_default()
    }
}

impl Town {
    /// Founds a town with so many good JWTs of ten users, all of them in memory.
    pub(crate) async fn of_jwts(tokens: u32) -> anyhow::Result<Self> {
        let place = database::place()?;
        let path = place.path().join("tokenry.db");
        settle(&path).await?;
        database::fill(&path, tokens, Share::Alike)?;
        let mut town = Self::open(place, model(Form::SplunkJwt, database::first_owner())?).await?;
        let records = town.store.tokens(TokenQuery::default()).await?.items;
        let signed = records.iter().map(|token| sign(&town.keys, token));
        town.tokens = signed.collect::<anyhow::Result<_>>()?;
        town.remember().await?;
        Ok(town)
    }

    /// Founds a town without tokens, and with one user, who may use those in hex digits.
    pub(crate) async fn of_hex() -> anyhow::Result<Self> {
        let place = database::place()?;
        settle(&place.path().join("tokenry.db")).await?;
        let holder = UserId::from_number(1);
        let town = Self::open(place, model(Form::Hex, holder)?).await?;
        let holder = user(holder, "holder", &["api-gateway-user"])?;
        town.change(Vec::new(), Vec::new(), vec![holder]).await?;
        Ok(town)
    }

    async fn open(place: TempDir, model: Token) -> anyhow::Result<Self> {
        let memory = Arc::new(Memory::default());
        let path = place.path().join("tokenry.db");
        let store = Store::sqlite(&path, Arc::<Memory>::clone(&memory)).await?;
        memory.load(store.world().await?);
        let store = Arc::new(Counting::new(store));
        let mut random = Random::new(7);
        let secret = random.bytes();
        let engine = Engine::new(
            Arc::clone(&memory),
            Arc::<Counting>::clone(&store),
            Arc::new(ring(secret)?),
        );
        Ok(Self {
            engine: Arc::new(engine),
            memory,
            keys: ring(secret)?,
            bare: hmac::Key::new(hmac::HMAC_SHA512, &[7; 64]),
            tokens: Arc::default(),
            origin: Arc::new(origin_at(IpAddr::V4(Ipv4Addr::LOCALHOST))),
            store,
            model,
            random,
            _place: place,
        })
    }

    /// A token that is not stored yet, good but for what `spoil` does to it.
    pub(crate) fn draw(
        &mut self,
        spoil: impl FnOnce(&mut Token),
    ) -> anyhow::Result<(Token, Presented)> {
        draw(&self.keys, &self.model, &mut self.random, spoil)
    }

    /// Likewise, but its string is made with the keys of somebody else.
    pub(crate) fn draw_forged(&mut self) -> anyhow::Result<(Token, Presented)> {
        draw(&ring([1; 32])?, &self.model, &mut self.random, |_| {})
    }

    /// Adds these users, and what they refer to.
    pub(crate) async fn change(
        &self,
        roles: Vec<Role>,
        objects: Vec<Object>,
        users: Vec<User>,
    ) -> anyhow::Result<()> {
        let mut writes = Vec::new();
        let mut changes = Vec::new();
        for role in roles {
            writes.push(Write::PutRole(role.clone()));
            changes.push(Change::RolePut(role));
        }
        for object in objects {
            writes.push(Write::PutObject(object.clone()));
            changes.push(Change::ObjectPut(object));
        }
        for user in users {
            writes.push(Write::InsertUser(user.clone(), nobody_signs_in()));
            changes.push(Change::UserPut(user));
        }
        let world = Some(self.memory.world().generation);
        self.apply(Batch {
            world,
            writes,
            changes,
            ..Batch::default()
        })
        .await
    }

    /// Adds good tokens, and has them all in memory.
    pub(crate) async fn add(&mut self, tokens: Vec<(Token, Presented)>) -> anyhow::Result<()> {
        let (records, presented): (Vec<_>, Vec<_>) = tokens.into_iter().unzip();
        for some in records.chunks(AT_A_TIME) {
            let writes = some.iter().cloned().map(Write::InsertToken).collect();
            self.write(writes, Vec::new()).await?;
        }
        self.tokens = presented.into();
        self.remember().await
    }

    pub(crate) async fn keep(&self, token: Token) -> anyhow::Result<()> {
        self.write(vec![Write::InsertToken(token)], Vec::new())
            .await
    }

    /// Commits what leaves the world as it is.
    pub(crate) async fn write(
        &self,
        writes: Vec<Write>,
        changes: Vec<Change>,
    ) -> anyhow::Result<()> {
        self.apply(Batch {
            writes,
            changes,
            ..Batch::default()
        })
        .await
    }

    /// What the engine says to a text that somebody presents.
    pub(crate) async fn verdict(&self, text: &str) -> anyhow::Result<Verdict> {
        Ok(self.engine.verify(text, &self.origin).await?.verdict)
    }

    /// How many records were read from the store so far.
    pub(crate) fn lookups(&self) -> u64 {
        self.store.lookups()
    }

    async fn apply(&self, batch: Batch) -> anyhow::Result<()> {
        self.store.apply(batch).await?;
        Ok(())
    }

    /// Presents every token once.
    async fn remember(&self) -> anyhow::Result<()> {
        let parts = (0..AT_ONCE).map(|part| {
            let (engine, tokens) = (Arc::clone(&self.engine), Arc::clone(&self.tokens));
            let origin = Arc::clone(&self.origin);
            tokio::spawn(async move {
                present(&engine, &origin, tokens.iter().skip(part).step_by(AT_ONCE)).await
            })
        });
        for part in parts.collect::<Vec<_>>() {
            part.await??;
        }
        Ok(())
    }
}

/// Presents tokens that must be granted.
pub(crate) async fn present(
    engine: &Engine,
    origin: &Origin,
    tokens: impl Iterator<Item = &Presented>,
) -> anyhow::Result<()> {
    for token in tokens {
        let verdict = engine.verify(&token.text, origin).await?.verdict;
        ensure!(
            matches!(verdict, Verdict::Granted(_)),
            "a good token is refused: {verdict:?}"
        );
    }
    Ok(())
}

/// A request at [`NOW`] from there.
pub(crate) fn origin_at(address: IpAddr) -> Origin {
    let trusted = Networks::default();
    Origin::from_peer(NOW, "bench".to_owned(), "", address, [], &trusted)
}

/// A user with these roles, who has nothing else.
pub(crate) fn user(id: UserId, name: &str, roles: &[&str]) -> anyhow::Result<User> {
    let roles = roles.iter().map(|name| RoleName::parse(name));
    Ok(User {
        id,
        name: UserName::parse(name)?,
        roles: roles.collect::<Result<_, _>>()?,
        locked: false,
        deleted: false,
        token_epoch: 0,
        created: NOW,
        profile: Profile::default(),
    })
}

fn ring(secret: [u8; 32]) -> anyhow::Result<KeyRing> {
    let secret = RootSecret::from_bytes(secret);
    Ok(KeyRing::new(vec![(KeyId::first(), secret)])?)
}

/// Enabled, alive, for use from anywhere.
fn model(form: Form, owner: UserId) -> anyhow::Result<Token> {
    let made = NOW - SignedDuration::from_hours(24);
    let name = if form == Form::Hex {
        "holder"
    } else {
        "owner0"
    };
    Ok(Token {
        id: TokenId::from_bytes([0; 32]),
        number: TokenNumber::from_number(0),
        form,
        owner,
        persona: PersonaId::DEFAULT,
        subject: UserName::parse(name)?,
        audience: Audience::parse("bench")?,
        issuer: "admin from tokenry.example.org".to_owned(),
        identity_provider: "splunk".to_owned(),
        key_id: KeyId::first().to_string(),
        version: Version::V1,
        issued_at: made,
        not_before: made,
        expires: Some(NOW + SignedDuration::from_hours(24)),
        status: Status::Enabled,
        last_used: None,
        name: String::new(),
        notes: String::new(),
        origins: Origins::Anywhere,
        days: None,
        scope: None,
        rate: None,
        replaced_by: None,
    })
}

fn draw(
    keys: &KeyRing,
    model: &Token,
    random: &mut Random,
    spoil: impl FnOnce(&mut Token),
) -> anyhow::Result<(Token, Presented)> {
    let mut token = model.clone();
    if token.form == Form::SplunkJwt {
        token.id = TokenId::from_bytes(random.bytes());
        spoil(&mut token);
        let presented = sign(keys, &token)?;
        return Ok((token, presented));
    }
    let (string, id) = hex::make(keys, &random.bytes(), hex::MIN_LEN);
    token.id = id;
    spoil(&mut token);
    let text = string.expose().to_owned();
    let presented = Presented {
        id,
        owner: token.owner,
        // Behind these come the sixteen digits of the MAC.
        signed: hex::PREFIX.len()..text.len() - 16,
        text,
    };
    Ok((token, presented))
}

fn sign(keys: &KeyRing, token: &Token) -> anyhow::Result<Presented> {
    let claims = Claims {
        issuer: token.issuer.clone(),
        subject: token.subject.to_string(),
        audience: token.audience.to_string(),
        identity_provider: token.identity_provider.clone(),
        id: token.id,
        issued_at: token.issued_at.as_second(),
        expires: token.expires.map_or(0, Timestamp::as_second),
        not_before: token.not_before.as_second(),
        owner: None,
    };
    let string = splunk_jwt::sign(keys, token.version, Kind::Static, &claims);
    let text = string.expose().to_owned();
    let signed = text.rfind('.').context("a token without a dot")?;
    Ok(Presented {
        id: token.id,
        owner: token.owner,
        text,
        signed: 0..signed,
    })
}

/// Makes the database with its roles, its settings, and an administrator, as the first start of a server does.
async fn settle(path: &Path) -> anyhow::Result<()> {
    let store = Store::sqlite(path, Arc::new(Memory::default())).await?;
    let origin = Origin::operator(NOW);
    let (id, name) = (UserId::from_number(1000), UserName::parse("admin")?);
    let settings = Settings::default();
    app::initialise(&store, &origin, id, &name, nobody_signs_in(), settings).await?;
    Ok(())
}

fn nobody_signs_in() -> PasswordHash {
    PasswordHash::from_stored("nobody signs in here".to_owned())
}
