//! Strings of tokens, and their records in the database of a server that is not running.

use std::path::Path;

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rusqlite::Connection;
use tokenry_core::{
    id::TokenId,
    token::form::{
        hex,
        key_ring::{KeyId, KeyRing, RootSecret},
        opaque,
        splunk_jwt::{self, Claims, Kind, Version},
    },
};

use crate::{database, random::Random};

/// How a string is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Opaque,
    Hex,
    Jwt,
}

impl Form {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Opaque => "opaque",
            Self::Hex => "hex",
            Self::Jwt => "JWT",
        }
    }

    /// As it stands in the database.
    fn stored(self) -> &'static str {
        match self {
            Self::Opaque => "opaque",
            Self::Hex => "hex",
            Self::Jwt => "splunk_jwt",
        }
    }

    /// A new string, and the id of its record.
    pub(crate) fn make(self, keys: &KeyRing, random: &mut Random) -> (String, TokenId) {
        let (string, id) = match self {
            Self::Opaque => {
                let mut bytes = [0; opaque::RANDOM_BYTES];
                let drawn: [u8; 32] = random.bytes();
                bytes
                    .iter_mut()
                    .zip(drawn)
                    .for_each(|(to, from)| *to = from);
                opaque::make(keys, &bytes, opaque::Kind::Personal)
            }
            Self::Hex => {
                let bytes: [u8; 32] = random.bytes();
                let bytes = bytes
                    .get(..hex::random_bytes(hex::MIN_LEN))
                    .unwrap_or_default();
                hex::make(keys, bytes, hex::MIN_LEN)
            }
            Self::Jwt => {
                let id = TokenId::from_bytes(random.bytes());
                let claims = Claims {
                    issuer: "admin from tokenry.example.org".to_owned(),
                    subject: "admin".to_owned(),
                    audience: "bench".to_owned(),
                    identity_provider: "splunk".to_owned(),
                    id,
                    issued_at: ISSUED,
                    expires: 0,
                    not_before: ISSUED,
                    owner: None,
                };
                (
                    splunk_jwt::sign(keys, Version::V1, Kind::Static, &claims),
                    id,
                )
            }
        };
        (string.expose().to_owned(), id)
    }
}

/// Long past.
const ISSUED: i64 = 1_780_000_000;

/// The keys of a server, from its key file.
pub(crate) fn keys(data: &Path) -> anyhow::Result<KeyRing> {
    let text = std::fs::read_to_string(data.join("keys.toml"))?;
    let field = |name: &str| {
        let prefix = format!("{name} = \"");
        let line = text.lines().find_map(|line| line.strip_prefix(&prefix));
        line.and_then(|line| line.strip_suffix('"'))
            .context("cannot read the key file")
    };
    let secret = STANDARD.decode(field("secret")?)?;
    let secret = secret.try_into().ok().context("no secret of 32 bytes")?;
    let id = KeyId::new(field("id")?)?;
    Ok(KeyRing::new(vec![(id, RootSecret::from_bytes(secret))])?)
}

/// Keys that no server has.
pub(crate) fn other_keys() -> anyhow::Result<KeyRing> {
    let secret = RootSecret::from_bytes([9; 32]);
    Ok(KeyRing::new(vec![(KeyId::first(), secret)])?)
}

/// Adds records for these ids: of the administrator, for use from anywhere, without an end. All are made after the one
/// token that is there, so that the schema's columns stand nowhere here.
pub(crate) fn store(path: &Path, form: Form, ids: &[TokenId]) -> anyhow::Result<()> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY;")?;
    let all = connection.transaction()?;
    let indexes = database::drop_indexes(&all)?;
    let columns: Vec<String> = all
        .prepare("SELECT name FROM pragma_table_info('tokens')")?
        .query_map((), |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    all.execute_batch("CREATE TEMP TABLE model AS SELECT * FROM tokens LIMIT 1")?;
    let values: Vec<&str> = columns
        .iter()
        .map(|column| match column.as_str() {
            "id" => "?1",
            "number" => "?2",
            "form" => "?3",
            "expires" => "0",
            other => other,
        })
        .collect();
    let sql = format!(
        "INSERT INTO tokens ({}) SELECT {} FROM temp.model",
        columns.join(", "),
        values.join(", ")
    );
    let first: i64 = all.query_row("SELECT max(number) FROM tokens", (), |row| row.get(0))?;
    {
        let mut insert = all.prepare(&sql)?;
        for (number, id) in (first + 1..).zip(ids) {
            insert.execute((id.to_hex(), number, form.stored()))?;
        }
    }
    database::finish(all, &indexes)?;
    connection.pragma_update(None, "wal_checkpoint", "TRUNCATE")?;
    Ok(())
}
