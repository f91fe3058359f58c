//! What must be refused is refused, by the very engine that is measured. A verifier that says yes to all would be fast.

use std::net::{IpAddr, Ipv4Addr};

use anyhow::{Context as _, ensure};
use jiff::SignedDuration;
use tokenry_core::{
    change::Change,
    id::PersonaId,
    port::Write,
    token::{End, EndReason, Origins, Status, Token, address::Networks},
    verify::{Reason, Verdict},
};

use super::hex::{FOREIGN_PERSONA, TRUSTED, stranger};
use crate::town::{NOW, Town, origin_at};

/// Presents tokens that must be refused whatever their form, and says how each was.
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

/// Likewise what only those in hex digits can be refused for.
pub(super) async fn of_hex(town: &mut Town) -> anyhow::Result<Vec<String>> {
    Ok(vec![
        untrusted(town).await?,
        kept(
            town,
            "trusted from nowhere",
            Reason::AddressNotTrusted,
            |token| token.origins = Origins::Trusted(Networks::default()),
        )
        .await?,
        kept(
            town,
            "for a persona of others",
            Reason::PersonaUnassigned,
            |token| token.persona = FOREIGN_PERSONA,
        )
        .await?,
        kept(
            town,
            "for no persona there is",
            Reason::PersonaGone,
            |token| token.persona = PersonaId::from_number(1_000_000),
        )
        .await?,
        kept(
            town,
            "of one who may not use tokens",
            Reason::PrivilegeMissing,
            |token| token.owner = stranger(),
        )
        .await?,
    ])
}

/// Revokes a token that is in memory: from then on it is refused.
pub(super) async fn revoked(town: &Town) -> anyhow::Result<String> {
    let hot = town.tokens.first().context("no token")?;
    let granted = town.verdict(&hot.text).await?;
    ensure!(
        matches!(granted, Verdict::Granted(_)),
        "a good token is refused"
    );
    let end = End {
        at: NOW,
        reason: EndReason::Revoked,
    };
    town.write(
        vec![Write::DeleteToken(hot.id, hot.owner, end)],
        vec![Change::TokenChanged(hot.id)],
    )
    .await?;
    refused(town, "revoked a moment ago", Reason::Revoked, &hot.text).await
}

/// Every single character of a token counts.
async fn altered(town: &Town) -> anyhow::Result<String> {
    let good = &town.tokens.first().context("no token")?.text;
    for place in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        for byte in bytes.iter_mut().skip(place).take(1) {
            *byte = if *byte == b'0' { b'1' } else { b'0' };
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

/// A token whose record is there, but whose string was made with a key of the same name.
async fn forged(town: &mut Town) -> anyhow::Result<String> {
    let (token, presented) = town.draw_forged()?;
    town.keep(token).await?;
    refused(
        town,
        "made by a stranger",
        Reason::BadSignature,
        &presented.text,
    )
    .await
}

async fn unknown(town: &mut Town) -> anyhow::Result<String> {
    let (_, presented) = town.draw(|_| {})?;
    refused(town, "unknown", Reason::Unknown, &presented.text).await
}

/// A token that is good on this machine, presented from elsewhere.
async fn untrusted(town: &mut Town) -> anyhow::Result<String> {
    let networks = Networks::parse("", TRUSTED)?;
    let (token, presented) = town.draw(|token| token.origins = Origins::Trusted(networks))?;
    town.keep(token).await?;
    let here = town.verdict(&presented.text).await?;
    ensure!(
        matches!(here, Verdict::Granted(_)),
        "refused from where it is trusted: {here:?}"
    );
    let elsewhere = origin_at(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 9)));
    let verdict = town.engine.verify(&presented.text, &elsewhere).await?;
    let reason = Reason::AddressNotTrusted;
    is_denied("from elsewhere", reason, &verdict.verdict)
}

/// A token that is stored and genuine, but for one thing.
async fn kept(
    town: &mut Town,
    what: &str,
    reason: Reason,
    spoil: impl FnOnce(&mut Token),
) -> anyhow::Result<String> {
    let (token, presented) = town.draw(spoil)?;
    town.keep(token).await?;
    refused(town, what, reason, &presented.text).await
}

async fn refused(town: &Town, what: &str, reason: Reason, text: &str) -> anyhow::Result<String> {
    is_denied(what, reason, &town.verdict(text).await?)
}

fn is_denied(what: &str, reason: Reason, verdict: &Verdict) -> anyhow::Result<String> {
    ensure!(
        *verdict == Verdict::Denied(reason),
        "{what}: {verdict:?} instead of {reason}"
    );
    Ok(format!("refused: {what} ({reason})"))
}
