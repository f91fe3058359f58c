//! What must be refused is refused, by the very engine that is measured. A verifier that says yes to all would be fast.

use anyhow::{Context as _, ensure};
use jiff::SignedDuration;
use tokenry_core::{
    change::Change,
    port::Write,
    token::{
        Status, Token,
        form::key_ring::{KeyId, KeyRing, RootSecret},
    },
    verify::{Reason, Verdict},
};

use super::town::{NOW, Town, sign};

/// Presents tokens that must be refused, and says how each was.
pub(super) async fn all(town: &mut Town) -> anyhow::Result<Vec<String>> {
    Ok(vec![
        altered(town).await?,
        forged(town).await?,
        unknown(town).await?,
        kept(town, "expired", Reason::Expired, |token| {
            token.expires = Some(NOW - SignedDuration::from_secs(1));
        })
        .await?,
        kept(town, "not yet valid", Reason::NotYetValid, |token| {
            token.not_before = NOW + SignedDuration::from_secs(1);
        })
        .await?,
        kept(town, "disabled", Reason::Disabled, |token| {
            token.status = Status::Disabled;
        })
        .await?,
    ])
}

/// Revokes the hot token, which is in memory: from then on it is refused.
pub(super) async fn revoked(town: &Town) -> anyhow::Result<String> {
    let hot = town.tokens.first().context("no token")?;
    let granted = town.verdict(&hot.text).await?;
    ensure!(
        matches!(granted, Verdict::Granted(_)),
        "a good token is refused"
    );
    town.write(
        Write::DeleteToken(hot.id, hot.owner),
        vec![Change::TokenChanged(hot.id)],
    )
    .await?;
    refused(town, "revoked a moment ago", Reason::Unknown, &hot.text).await
}

/// Every single character of a token counts.
async fn altered(town: &Town) -> anyhow::Result<String> {
    let good = &town.tokens.first().context("no token")?.text;
    for place in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        for byte in bytes.iter_mut().skip(place).take(1) {
            *byte = if *byte == b'A' { b'B' } else { b'A' };
        }
        let verdict = town.verdict(&String::from_utf8(bytes)?).await?;
        ensure!(
            matches!(verdict, Verdict::Denied(_)),
            "granted with character {place} altered"
        );
    }
    Ok(format!(
        "refused: altered in any one of its {} characters",
        good.len()
    ))
}

/// The claims of a good token, signed with a key of the same name.
async fn forged(town: &mut Town) -> anyhow::Result<String> {
    let keys = KeyRing::new(vec![(KeyId::first(), RootSecret::from_bytes([1; 32]))])?;
    let token = town.record();
    town.keep(token.clone()).await?;
    refused(
        town,
        "signed by a stranger",
        Reason::BadSignature,
        &sign(&keys, &token)?.text,
    )
    .await
}

async fn unknown(town: &mut Town) -> anyhow::Result<String> {
    let token = town.record();
    let text = town.sign(&token)?.text;
    refused(town, "unknown", Reason::Unknown, &text).await
}

/// A token that is stored and genuine, but for one thing.
async fn kept(
    town: &mut Town,
    what: &str,
    reason: Reason,
    spoil: impl FnOnce(&mut Token),
) -> anyhow::Result<String> {
    let mut token = town.record();
    spoil(&mut token);
    let text = town.sign(&token)?.text;
    town.keep(token).await?;
    refused(town, what, reason, &text).await
}

async fn refused(town: &Town, what: &str, reason: Reason, text: &str) -> anyhow::Result<String> {
    let verdict = town.verdict(text).await?;
    ensure!(
        verdict == Verdict::Denied(reason),
        "{what}: {verdict:?} instead of {reason}"
    );
    Ok(format!("refused: {what} ({reason})"))
}
