//! Reads and changes the settings of token authentication.

use crate::{
    app::{App, Caller},
    audit::Action,
    change::Change,
    error::Error,
    permit::Wish,
    port::{Batch, Write},
    settings::{Settings, TokensAuth},
};

/// What to change; `None` leaves it as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct TokensAuthEdit<'a> {
    /// `disabled`.
    pub disabled: Option<bool>,
    /// `expiration`: a relative time or `never`.
    pub expiration: Option<&'a str>,
    /// `ephemeralExpiration`: a relative time.
    pub ephemeral_expiration: Option<&'a str>,
}

impl App {
    /// The settings of token authentication, for one who may change them (spec/splunk.md 3.1).
    pub fn tokens_auth(&self, caller: &Caller) -> Result<TokensAuth, Error> {
        caller.may(Wish::ReadSettings)?;
        Ok(self.world().settings().tokens_auth.clone())
    }

    /// Changes them, from the next request on, for tokens made from then on.
    pub async fn edit_tokens_auth(
        &self,
        caller: &Caller,
        edit: TokensAuthEdit<'_>,
    ) -> Result<TokensAuth, Error> {
        caller.may(Wish::EditSettings)?;
        let now = caller.origin.at;
        let expiration = edit
            .expiration
            .map(|text| TokensAuth::parse_expiration(text, now))
            .transpose()?;
        let ephemeral = edit
            .ephemeral_expiration
            .map(|text| TokensAuth::parse_ephemeral_expiration(text, now))
            .transpose()?;
        self.change_world(caller, |world, caller| {
            let permit = caller.may(Wish::EditSettings)?;
            let old = world.settings().tokens_auth.clone();
            let new = TokensAuth {
                disabled: edit.disabled.unwrap_or(old.disabled),
                expiration: expiration.clone().unwrap_or_else(|| old.expiration.clone()),
                ephemeral_expiration: ephemeral
                    .clone()
                    .unwrap_or_else(|| old.ephemeral_expiration.clone()),
            };
            let settings = Settings {
                tokens_auth: new.clone(),
            };
            let event = caller
                .origin
                .event(&permit, Action::EditSettings, difference(&old, &new))
                .about("tokens_auth");
            let batch = Batch {
                writes: vec![Write::PutSettings(settings.clone())],
                events: vec![event],
                changes: vec![Change::SettingsPut(settings)],
                ..Batch::default()
            };
            Ok((batch, new))
        })
        .await
    }
}

fn difference(old: &TokensAuth, new: &TokensAuth) -> String {
    let pairs = [
        (
            "disabled",
            old.disabled.to_string(),
            new.disabled.to_string(),
        ),
        (
            "expiration",
            old.expiration.to_string(),
            new.expiration.to_string(),
        ),
        (
            "ephemeralExpiration",
            old.ephemeral_expiration.to_string(),
            new.ephemeral_expiration.to_string(),
        ),
    ];
    let changed: Vec<String> = pairs
        .iter()
        .filter(|(_, old, new)| old != new)
        .map(|(name, old, new)| format!("{name}: {old} -> {new}"))
        .collect();
    if changed.is_empty() {
        "nothing changed".to_owned()
    } else {
        changed.join(", ")
    }
}

#[cfg(test)]
mod tests;
