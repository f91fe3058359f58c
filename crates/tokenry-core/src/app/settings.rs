//! Reads and changes the settings of token authentication, and those of API tokens.

use crate::{
    app::{App, Caller},
    audit::Action,
    change::Change,
    error::Error,
    permit::Wish,
    port::{Batch, Write},
    settings::{ApiTokens, Settings, TokensAuth},
    token::address::Networks,
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
        self.change_settings(caller, "tokens_auth", |settings| {
            let old = &settings.tokens_auth;
            let new = TokensAuth {
                disabled: edit.disabled.unwrap_or(old.disabled),
                expiration: expiration.clone().unwrap_or_else(|| old.expiration.clone()),
                ephemeral_expiration: ephemeral
                    .clone()
                    .unwrap_or_else(|| old.ephemeral_expiration.clone()),
            };
            Ok(Settings {
                tokens_auth: new,
                ..settings.clone()
            })
        })
        .await
        .map(|settings| settings.tokens_auth)
    }

    /// The settings of API tokens, for one who may change them (spec/tanium.md 7.1).
    pub fn api_tokens_settings(&self, caller: &Caller) -> Result<ApiTokens, Error> {
        caller.may(Wish::ReadSettings)?;
        Ok(self.world().settings().api_tokens.clone())
    }

    /// Changes them, from the next request on. A changed default touches only tokens that are made later.
    pub async fn edit_api_tokens_settings(
        &self,
        caller: &Caller,
        edit: ApiTokensEdit,
    ) -> Result<ApiTokens, Error> {
        caller.may(Wish::EditSettings)?;
        self.change_settings(caller, "api_tokens", |settings| {
            Ok(Settings {
                api_tokens: self.edited(settings.api_tokens.clone(), &edit)?,
                ..settings.clone()
            })
        })
        .await
        .map(|settings| settings.api_tokens)
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
        change: impl Fn(&Settings) -> Result<Settings, Error>,
    ) -> Result<Settings, Error> {
        self.change_world(caller, |world, caller| {
            let permit = caller.may(Wish::EditSettings)?;
            let settings = change(world.settings())?;
            let reason = difference(world.settings(), &settings);
            let event = caller
                .origin
                .event(&permit, Action::EditSettings, reason)
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
            let name = name.split_once('.').map_or(name, |(_, name)| name);
            format!("{name}: {} -> {}", shown(&old), shown(&new))
        })
        .collect();
    if changed.is_empty() {
        "nothing changed".to_owned()
    } else {
        changed.join(", ")
    }
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
