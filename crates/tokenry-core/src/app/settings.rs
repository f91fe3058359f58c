//! Reads and changes the settings of token authentication, and those of API tokens.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::{
    app::{App, Caller},
    audit::Action,
    change::Change,
    error::Error,
    permit::Wish,
    port::{Batch, Write},
    settings::{ApiTokens, Settings, TokensAuth},
    token::{address::Networks, when::When},
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

/// What to change of the settings of API tokens; `None` leaves it as it is. See [`ApiTokens`].
#[derive(Debug, Clone, Default)]
#[expect(
    missing_docs,
    reason = "each field is one of ApiTokens', documented there"
)]
pub struct ApiTokensEdit {
    pub expiration_in_days: Option<i64>,
    pub max_expiration_in_days: Option<i64>,
    pub trusted_addresses: Option<Networks>,
    pub use_x_forwarded_for: Option<bool>,
    pub string_length: Option<i64>,
    pub visibility_timeout_in_minutes: Option<i64>,
    pub summary_only: Option<bool>,
    pub module_servers: Option<Networks>,
}

/// What to change of all settings at once.
#[derive(Debug, Clone, Default)]
pub struct SettingsEdit<'a> {
    /// Of those of token authentication.
    pub tokens_auth: TokensAuthEdit<'a>,
    /// Of those of API tokens.
    pub api_tokens: ApiTokensEdit,
}

/// An edit of token authentication whose texts have been read.
struct ParsedEdit {
    disabled: Option<bool>,
    expiration: Option<When>,
    ephemeral_expiration: Option<When>,
}

impl App {
    /// All settings, for one who may change them.
    pub fn settings(&self, caller: &Caller) -> Result<Settings, Error> {
        caller.may(Wish::ReadSettings)?;
        Ok(self.world().settings().clone())
    }

    /// Changes them, from the next request on: all that is said, or nothing.
    pub async fn edit_settings(
        &self,
        caller: &Caller,
        edit: SettingsEdit<'_>,
    ) -> Result<Settings, Error> {
        self.change_settings(caller, "settings", edit).await
    }

    /// The settings of token authentication, for one who may change them (spec/splunk.md 3.1).
    pub fn tokens_auth(&self, caller: &Caller) -> Result<TokensAuth, Error> {
        self.settings(caller).map(|settings| settings.tokens_auth)
    }

    /// Changes them, from the next request on, for tokens made from then on.
    pub async fn edit_tokens_auth(
        &self,
        caller: &Caller,
        edit: TokensAuthEdit<'_>,
    ) -> Result<TokensAuth, Error> {
        let edit = SettingsEdit {
            tokens_auth: edit,
            ..SettingsEdit::default()
        };
        let changed = self.change_settings(caller, "tokens_auth", edit).await;
        changed.map(|settings| settings.tokens_auth)
    }

    /// The settings of API tokens, for one who may change them (spec/tanium.md 7.1).
    pub fn api_tokens_settings(&self, caller: &Caller) -> Result<ApiTokens, Error> {
        self.settings(caller).map(|settings| settings.api_tokens)
    }

    /// Changes them, from the next request on. A changed default touches only tokens that are made later.
    pub async fn edit_api_tokens_settings(
        &self,
        caller: &Caller,
        edit: ApiTokensEdit,
    ) -> Result<ApiTokens, Error> {
        let edit = SettingsEdit {
            api_tokens: edit,
            ..SettingsEdit::default()
        };
        let changed = self.change_settings(caller, "api_tokens", edit).await;
        changed.map(|settings| settings.api_tokens)
    }

    /// When each setting was last changed, and by whom, under the name it is stored by, for one who may see them. One
    /// that nobody changed, or so long ago that more than a thousand changes followed, is not there.
    pub async fn settings_changes(
        &self,
        caller: &Caller,
    ) -> Result<BTreeMap<&'static str, (Timestamp, String)>, Error> {
        let history = self.settings_history(caller).await?;
        let mut changes = BTreeMap::new();
        for line in history.into_iter().map(|recorded| recorded.event) {
            for name in changed_in(&line.reason) {
                let last = || (line.at, line.actor.clone());
                changes.entry(name).or_insert_with(last);
            }
        }
        Ok(changes)
    }

    fn edited(&self, old: ApiTokens, edit: &ApiTokensEdit) -> Result<ApiTokens, Error> {
        const DAYS: std::ops::RangeInclusive<u32> = 1..=ApiTokens::MAX_DAYS;
        if edit.use_x_forwarded_for == Some(true) && self.policy.trusted_proxies.is_empty() {
            return Err(Error::invalid(
                "authenticate_api_token_with_x_forwarded_for_ip",
                "can be 1 only where the server's configuration names its proxies: set server.trusted_proxies, start \
                 the server again, then set this",
            ));
        }
        let new = ApiTokens {
            expiration_in_days: in_range(
                "api_token_expiration_in_days",
                edit.expiration_in_days,
                old.expiration_in_days,
                DAYS,
            )?,
            max_expiration_in_days: in_range(
                "api_token_max_expiration_in_days",
                edit.max_expiration_in_days,
                old.max_expiration_in_days,
                DAYS,
            )?,
            string_length: in_range(
                "api_token_string_length",
                edit.string_length,
                old.string_length,
                ApiTokens::LENGTHS,
            )?,
            visibility_timeout_in_minutes: in_range(
                "api_token_visibility_timeout_in_minutes",
                edit.visibility_timeout_in_minutes,
                old.visibility_timeout_in_minutes,
                0..=ApiTokens::MAX_VISIBILITY,
            )?,
            trusted_addresses: edit
                .trusted_addresses
                .clone()
                .unwrap_or(old.trusted_addresses),
            use_x_forwarded_for: edit.use_x_forwarded_for.unwrap_or(old.use_x_forwarded_for),
            summary_only: edit.summary_only.unwrap_or(old.summary_only),
            module_servers: edit.module_servers.clone().unwrap_or(old.module_servers),
        };
        Ok(new)
    }

    async fn change_settings(
        &self,
        caller: &Caller,
        part: &str,
        edit: SettingsEdit<'_>,
    ) -> Result<Settings, Error> {
        caller.may(Wish::EditSettings)?;
        let tokens_auth = ParsedEdit::of(&edit.tokens_auth, caller.origin.at)?;
        self.change_world(caller, |world, caller| {
            let permit = caller.may(Wish::EditSettings)?;
            let old = world.settings();
            let settings = Settings {
                tokens_auth: tokens_auth.applied_to(&old.tokens_auth),
                api_tokens: self.edited(old.api_tokens.clone(), &edit.api_tokens)?,
            };
            let event = caller
                .origin
                .event(&permit, Action::EditSettings, difference(old, &settings))
                .about(part);
            let batch = Batch {
                writes: vec![Write::PutSettings(settings.clone())],
                events: vec![event],
                changes: vec![Change::SettingsPut(settings.clone())],
                ..Batch::default()
            };
            Ok((batch, settings))
        })
        .await
    }
}

impl ParsedEdit {
    fn of(edit: &TokensAuthEdit<'_>, now: Timestamp) -> Result<Self, Error> {
        let expiration = edit
            .expiration
            .map(|text| TokensAuth::parse_expiration(text, now));
        let ephemeral_expiration = edit
            .ephemeral_expiration
            .map(|text| TokensAuth::parse_ephemeral_expiration(text, now));
        Ok(Self {
            disabled: edit.disabled,
            expiration: expiration.transpose()?,
            ephemeral_expiration: ephemeral_expiration.transpose()?,
        })
    }

    fn applied_to(&self, old: &TokensAuth) -> TokensAuth {
        TokensAuth {
            disabled: self.disabled.unwrap_or(old.disabled),
            expiration: (self.expiration.clone()).unwrap_or_else(|| old.expiration.clone()),
            ephemeral_expiration: (self.ephemeral_expiration.clone())
                .unwrap_or_else(|| old.ephemeral_expiration.clone()),
        }
    }
}

fn in_range(
    field: &'static str,
    wanted: Option<i64>,
    old: u32,
    range: std::ops::RangeInclusive<u32>,
) -> Result<u32, Error> {
    let Some(wanted) = wanted else { return Ok(old) };
    u32::try_from(wanted)
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            Error::invalid(field, format!("must be between {least} and {most}"))
        })
}

/// What is different, under the names that settings are stored by.
fn difference(old: &Settings, new: &Settings) -> String {
    let pairs = old.to_pairs().into_iter().zip(new.to_pairs());
    let changed: Vec<String> = pairs
        .filter(|(old, new)| old != new)
        .map(|((name, old), (_, new))| {
            let name = short(name);
            format!("{name}: {} -> {}", shown(&old), shown(&new))
        })
        .collect();
    if changed.is_empty() {
        "nothing changed".to_owned()
    } else {
        changed.join(", ")
    }
}

/// Which settings a text of [`difference`] names. No value can pass for another part of it: they are numbers, times and
/// addresses.
fn changed_in(reason: &str) -> impl Iterator<Item = &'static str> {
    let parts = reason.split(", ").filter_map(|part| part.split_once(": "));
    let named: BTreeSet<&str> = parts.map(|(name, _)| name).collect();
    let stored = Settings::default().to_pairs().into_iter();
    let stored = stored.filter(move |(name, _)| named.contains(short(name)));
    stored.map(|(name, _)| name)
}

/// The name of a setting without that of its part. No two have the same.
fn short(name: &str) -> &str {
    name.split_once('.').map_or(name, |(_, name)| name)
}

/// A long list of addresses is cut.
fn shown(value: &str) -> String {
    const LONGEST: usize = 200;
    match value.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", value.split_at(end).0),
        None if value.is_empty() => "(empty)".to_owned(),
        None => value.to_owned(),
    }
}

#[cfg(test)]
mod tests;
