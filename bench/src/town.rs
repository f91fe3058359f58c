//! An engine as the server has it: keys, a real SQLite store, a memory that listens to it, users, and many tokens.

use std::{
    net::{IpAddr, Ipv4Addr},
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
    id::{TokenId, UserId, UserName},
    port::{Batch, Store as _, TokenQuery, Write},
    principal::password::PasswordHash,
    settings::Settings,
    token::{
        Token,
        form::{
            key_ring::{KeyId, KeyRing, RootSecret},
            splunk_jwt::{self, Claims, Kind},
        },
    },
    verify::Verdict,
};
use tokenry_engine::{Engine, Memory};
use tokenry_store::Store;

use super::counting::Counting;
use crate::{database, random::Random};

/// The time of every verification: after all tokens were made, and before the first of them expires.
pub(super) const NOW: Timestamp = Timestamp::constant(1_785_000_000, 0);
/// From where every token is presented.
pub(super) const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// How many tokens are looked up at once while the memory is filled.
const AT_ONCE: usize = 32;

pub(super) struct Town {
    pub(super) engine: Arc<Engine>,
    pub(super) store: Arc<Counting>,
    pub(super) keys: Arc<KeyRing>,
    /// A bare key as long as the one that is derived from the ring.
    pub(super) bare: hmac::Key,
    pub(super) tokens: Arc<[Presented]>,
    /// A good record; others are made after it.
    model: Token,
    random: Random,
    _place: TempDir,
}

/// A token as a client presents it.
#[derive(Clone)]
pub(super) struct Presented {
    pub(super) id: TokenId,
    pub(super) owner: UserId,
    pub(super) text: String,
    /// How much of the text is signed.
    signed: usize,
}

impl Presented {
    pub(super) fn signed(&self) -> &[u8] {
        self.text.as_bytes().get(..self.signed).unwrap_or_default()
    }
}

impl Town {
    /// Founds a town with so many good tokens, all of them in memory.
    pub(super) async fn found(tokens: u32) -> anyhow::Result<Self> {
        let place = database::place()?;
        let path = place.path().join("tokenry.db");
        settle(&path).await?;
        database::fill(&path, tokens)?;
        let memory = Arc::new(Memory::default());
        let store = Store::sqlite(&path, Arc::<Memory>::clone(&memory)).await?;
        memory.load(store.world().await?);
        let records = store.tokens(TokenQuery::default()).await?.items;
        let store = Arc::new(Counting::new(store));
        let mut random = Random::new(7);
        let secret = RootSecret::from_bytes(random.bytes());
        let keys = Arc::new(KeyRing::new(vec![(KeyId::first(), secret)])?);
        let engine = Engine::new(
            memory,
            Arc::<Counting>::clone(&store),
            Arc::clone(&keys),
            SignedDuration::from_hours(1),
        );
        let signed = records.iter().map(|token| sign(&keys, token));
        let town = Self {
            engine: Arc::new(engine),
            store,
            bare: hmac::Key::new(hmac::HMAC_SHA512, &[7; 64]),
            tokens: signed.collect::<anyhow::Result<_>>()?,
            keys,
            model: records.into_iter().next().context("no token")?,
            random,
            _place: place,
        };
        town.remember().await?;
        Ok(town)
    }

    /// A record that is not stored yet.
    pub(super) fn record(&mut self) -> Token {
        Token {
            id: TokenId::from_bytes(self.random.bytes()),
            ..self.model.clone()
        }
    }

    pub(super) fn sign(&self, token: &Token) -> anyhow::Result<Presented> {
        sign(&self.keys, token)
    }

    pub(super) async fn keep(&self, token: Token) -> anyhow::Result<()> {
        self.write(Write::InsertToken(token), Vec::new()).await
    }

    pub(super) async fn write(&self, write: Write, changes: Vec<Change>) -> anyhow::Result<()> {
        let batch = Batch {
            writes: vec![write],
            changes,
            ..Batch::default()
        };
        self.store.apply(batch).await?;
        Ok(())
    }

    /// What the engine says to a text that somebody presents.
    pub(super) async fn verdict(&self, text: &str) -> anyhow::Result<Verdict> {
        Ok(self.engine.verify(text, NOW, ADDRESS).await?.verdict)
    }

    /// How many records were read from the store so far.
    pub(super) fn lookups(&self) -> u64 {
        self.store.lookups()
    }

    /// Presents every token once.
    async fn remember(&self) -> anyhow::Result<()> {
        let parts = (0..AT_ONCE).map(|part| {
            let (engine, tokens) = (Arc::clone(&self.engine), Arc::clone(&self.tokens));
            tokio::spawn(async move {
                present(&engine, tokens.iter().skip(part).step_by(AT_ONCE)).await
            })
        });
        for part in parts.collect::<Vec<_>>() {
            part.await??;
        }
        Ok(())
    }
}

/// Presents tokens that must be granted.
pub(super) async fn present(
    engine: &Engine,
    tokens: impl Iterator<Item = &Presented>,
) -> anyhow::Result<()> {
    for token in tokens {
        let verdict = engine.verify(&token.text, NOW, ADDRESS).await?.verdict;
        ensure!(
            matches!(verdict, Verdict::Granted(_)),
            "a good token is refused: {verdict:?}"
        );
    }
    Ok(())
}

/// Signs a token with any ring.
pub(super) fn sign(keys: &KeyRing, token: &Token) -> anyhow::Result<Presented> {
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
        signed,
    })
}

/// Makes the database with its roles, its settings, and an administrator, as the first start of a server does.
async fn settle(path: &Path) -> anyhow::Result<()> {
    let store = Store::sqlite(path, Arc::new(Memory::default())).await?;
    let origin = Origin {
        at: NOW,
        address: None,
        request: String::new(),
    };
    let (id, name) = (UserId::from_number(1000), UserName::parse("admin")?);
    let hash = PasswordHash::from_stored("nobody signs in here".to_owned());
    app::initialise(&store, &origin, id, &name, hash, Settings::default()).await?;
    Ok(())
}
