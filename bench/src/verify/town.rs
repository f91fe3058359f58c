//! An engine as the server has it: keys, a real SQLite store, a memory that listens to it, users, and many tokens.

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::Arc,
};

use anyhow::{Context as _, ensure};
use aws_lc_rs::hmac;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;
use tokenry_core::{
    app::{self, Origin},
    change::Change,
    id::{RoleName, TokenId, UserId, UserName},
    port::{Batch, Store as _, Write},
    principal::{Profile, User, password::PasswordHash},
    settings::Settings,
    token::{
        Audience, Status, Token,
        form::{
            key_ring::{KeyId, KeyRing, RootSecret},
            splunk_jwt::{self, Claims, Kind, Version},
        },
    },
    verify::Verdict,
};
use tokenry_engine::{Engine, Memory};
use tokenry_store::Store;

use super::counting::Counting;
use crate::random::Random;

/// The time of every verification: 2026-09-21, long after all tokens were made.
pub(super) const NOW: Timestamp = Timestamp::constant(1_790_000_000, 0);
/// From where every token is presented.
pub(super) const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

const OWNERS: i64 = 100;
const BATCH: usize = 1000;

pub(super) struct Town {
    pub(super) engine: Engine,
    pub(super) store: Arc<Counting>,
    pub(super) keys: Arc<KeyRing>,
    /// A bare key as long as the one that is derived from the ring.
    pub(super) bare: hmac::Key,
    pub(super) tokens: Vec<Presented>,
    random: Random,
    _place: TempDir,
}

/// A token as a client presents it.
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
    pub(super) async fn found(tokens: usize) -> anyhow::Result<Self> {
        let place = tempfile::Builder::new()
            .prefix("tokenry-bench-")
            .tempdir()?;
        let memory = Arc::new(Memory::default());
        let store = Store::sqlite(
            &place.path().join("tokenry.db"),
            Arc::<Memory>::clone(&memory),
        )
        .await?;
        settle(&store).await?;
        memory.load(store.world().await?);
        let store = Arc::new(Counting::new(store));
        let mut random = Random::new(7);
        let keys = Arc::new(KeyRing::new(vec![(
            KeyId::first(),
            RootSecret::from_bytes(random.bytes()),
        )])?);
        let engine = Engine::new(
            memory,
            Arc::<Counting>::clone(&store),
            Arc::clone(&keys),
            SignedDuration::from_hours(1),
        );
        let bare = hmac::Key::new(hmac::HMAC_SHA512, &[7; 64]);
        let mut town = Self {
            engine,
            store,
            keys,
            bare,
            tokens: Vec::new(),
            random,
            _place: place,
        };
        town.fill(tokens).await?;
        Ok(town)
    }

    /// A record that is not stored yet.
    pub(super) fn record(&mut self) -> anyhow::Result<Token> {
        let owner = 1 + i64::try_from(self.random.next() % 100)? % OWNERS;
        Ok(Token {
            id: TokenId::from_bytes(self.random.bytes()),
            owner: UserId::from_number(owner),
            subject: name(owner)?,
            audience: Audience::parse("orders-api")?,
            issuer: "admin from tokenry.example.org".to_owned(),
            identity_provider: "splunk".to_owned(),
            key_id: self.keys.signing_id().to_string(),
            version: Version::V1,
            issued_at: NOW - SignedDuration::from_hours(2),
            not_before: NOW - SignedDuration::from_hours(2),
            expires: Some(NOW + SignedDuration::from_hours(24 * 90)),
            status: Status::Enabled,
            last_used: None,
        })
    }

    pub(super) fn sign(&self, token: &Token) -> anyhow::Result<Presented> {
        sign(&self.keys, token)
    }

    pub(super) async fn keep(&self, token: Token) -> anyhow::Result<()> {
        self.write(vec![Write::InsertToken(token)], Vec::new())
            .await
    }

    pub(super) async fn write(
        &self,
        writes: Vec<Write>,
        changes: Vec<Change>,
    ) -> anyhow::Result<()> {
        self.store
            .apply(Batch {
                writes,
                changes,
                ..Batch::default()
            })
            .await?;
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

    async fn fill(&mut self, tokens: usize) -> anyhow::Result<()> {
        while self.tokens.len() < tokens {
            let mut writes = Vec::with_capacity(BATCH);
            for _ in 0..BATCH.min(tokens - self.tokens.len()) {
                let token = self.record()?;
                self.tokens.push(self.sign(&token)?);
                writes.push(Write::InsertToken(token));
            }
            self.write(writes, Vec::new()).await?;
        }
        for token in &self.tokens {
            let verdict = self.verdict(&token.text).await?;
            ensure!(
                matches!(verdict, Verdict::Granted(_)),
                "a good token is refused: {verdict:?}"
            );
        }
        Ok(())
    }
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
    let text = splunk_jwt::sign(keys, token.version, Kind::Static, &claims)
        .expose()
        .to_owned();
    let signed = text.rfind('.').context("a token without a dot")?;
    Ok(Presented {
        id: token.id,
        owner: token.owner,
        text,
        signed,
    })
}

/// The roles, the settings, an administrator, and the owners of tokens.
async fn settle(store: &Store) -> anyhow::Result<()> {
    let origin = Origin {
        at: NOW,
        address: None,
        request: String::new(),
    };
    let hash = || PasswordHash::from_stored("nobody signs in here".to_owned());
    let admin = UserName::parse("admin")?;
    app::initialise(
        store,
        &origin,
        UserId::from_number(0),
        &admin,
        hash(),
        Settings::default(),
    )
    .await?;
    let mut batch = Batch {
        world: Some(store.world().await?.generation),
        ..Batch::default()
    };
    for owner in 1..=OWNERS {
        let user = User {
            id: UserId::from_number(owner),
            name: name(owner)?,
            roles: vec![RoleName::parse("user")?],
            locked: false,
            token_epoch: 0,
            created: NOW,
            profile: Profile::default(),
        };
        batch.writes.push(Write::InsertUser(user.clone(), hash()));
        batch.changes.push(Change::UserPut(user));
    }
    store.apply(batch).await?;
    Ok(())
}

fn name(owner: i64) -> anyhow::Result<UserName> {
    Ok(UserName::parse(&format!("service-{owner}"))?)
}
