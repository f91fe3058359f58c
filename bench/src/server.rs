//! The server that is measured: the real binary, built as its users build it, started with a directory of its own.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use anyhow::{Context as _, ensure};
use serde_json::Value;
use tokenry_testkit::{
    client::{Answer, Client},
    server::Server,
};

pub(crate) const TOKENS: &str = "/services/authorization/tokens";

/// Where the binary is, which is built when it is first asked for.
pub(crate) struct Binary {
    given: Option<PathBuf>,
    built: OnceLock<PathBuf>,
}

impl Binary {
    pub(crate) fn new(given: Option<PathBuf>) -> Self {
        Self {
            given,
            built: OnceLock::new(),
        }
    }

    pub(crate) fn path(&self) -> anyhow::Result<&Path> {
        if let Some(path) = self.given.as_ref().or_else(|| self.built.get()) {
            return Ok(path);
        }
        let path = build()?;
        Ok(self.built.get_or_init(|| path))
    }
}

/// Builds the server into the folder that this program was built into, and nothing else of the workspace, so that it
/// has the features it is shipped with.
fn build() -> anyhow::Result<PathBuf> {
    let this = env::current_exe()?;
    let profile = this.parent().context("no folder")?;
    let target = profile.parent().context("no target folder")?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args([
            "build",
            "--quiet",
            "--release",
            "--locked",
            "--package",
            "tokenry",
        ])
        .arg("--target-dir")
        .arg(target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .context("cannot run cargo; give a built server with --server")?;
    ensure!(status.success(), "the server cannot be built");
    Ok(profile.join("tokenry"))
}

/// The administrator by a token of his own that never expires: verified like any other, at every request.
pub(crate) async fn admin_by_token(server: &Server) -> anyhow::Result<Client> {
    let answer = create_token(&server.admin(), "admin", "bench").await;
    Ok(server.bearer(&token_in(&answer.expect_status(201))?))
}

/// The string of a new token.
pub(crate) fn token_in(answer: &Answer) -> anyhow::Result<String> {
    let json = answer.json();
    let token = json.pointer("/entry/0/content/token");
    let token = token.and_then(Value::as_str);
    Ok(token.context("no token in the answer")?.to_owned())
}

pub(crate) async fn create_token(caller: &Client, name: &str, audience: &str) -> Answer {
    let form = [
        ("name", name),
        ("audience", audience),
        ("expires_on", "+30d"),
        ("output_mode", "json"),
    ];
    caller.post(TOKENS, &form).await
}

/// How many tokens a list says there are in all.
pub(crate) fn total(answer: &Answer) -> Option<u64> {
    answer.json().pointer("/paging/total")?.as_u64()
}

/// How many tokens an answer lists.
pub(crate) fn listed(answer: &Answer) -> usize {
    let json = answer.json();
    json.pointer("/entry")
        .and_then(Value::as_array)
        .map_or(0, Vec::len)
}
