//! `/api/v1/settings`: every setting with what it means. Ranges and defaults are the rules'.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use serde_json::Value;
use tokenry_api::{
    operations as op,
    types::{
        directory::Changed,
        settings::{Setting, SettingKind, SettingList, SettingsEdit as Wanted},
    },
};
use tokenry_core::{
    Error,
    app::{ApiTokensEdit, Caller, SettingsEdit, TokensAuthEdit},
    principal::World,
    settings::{ApiTokens, Settings},
    token::address::Networks,
};

use super::{Face, answer::Answer, call::Call, problem::Problem, tag};

pub(super) async fn list(
    face: Arc<Face>,
    caller: Caller,
    _: Call<op::SettingsList>,
) -> Result<Answer<SettingList>, Problem> {
    let settings = face.door.app.settings(&caller)?;
    answer(&face, &caller, &settings).await
}

pub(super) async fn edit(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::SettingsChange>,
) -> Result<Answer<SettingList>, Problem> {
    let app = &face.door.app;
    // Who may not see them learns nothing of their tag.
    app.settings(&caller)?;
    let (wanted, expected) = (&call.body, call.if_match()?);
    let tag = |world: &World| tag_of(world.settings());
    let edited = tag::change(&face, caller.clone(), expected, tag, |caller| async move {
        app.edit_settings(&caller, to_change(wanted)?).await
    });
    answer(&face, &caller, &edited.await?).await
}

async fn answer(
    face: &Face,
    caller: &Caller,
    settings: &Settings,
) -> Result<Answer<SettingList>, Problem> {
    let changes = face.door.app.settings_changes(caller).await?;
    let items = LINES.iter().map(|line| line.described(settings, &changes));
    let list = SettingList {
        items: items.collect(),
    };
    Ok(Answer::from(list).tagged(tag_of(settings)?))
}

fn tag_of(settings: &Settings) -> Result<String, Problem> {
    tag::tag_of(&settings.to_pairs())
}

fn to_change(wanted: &Wanted) -> Result<SettingsEdit<'_>, Error> {
    let trusted = wanted.api_token_trusted_ip_address_list.as_ref();
    let module_servers = wanted.module_servers.as_ref();
    Ok(SettingsEdit {
        tokens_auth: TokensAuthEdit {
            disabled: wanted.token_authentication.map(|on| !on),
            expiration: wanted.default_expiration.as_deref(),
            ephemeral_expiration: wanted.ephemeral_expiration.as_deref(),
        },
        api_tokens: ApiTokensEdit {
            expiration_in_days: wanted.api_token_expiration_in_days,
            max_expiration_in_days: wanted.api_token_max_expiration_in_days,
            trusted_addresses: trusted
                .map(|items| networks("api_token_trusted_ip_address_list", items))
                .transpose()?,
            use_x_forwarded_for: wanted.authenticate_api_token_with_x_forwarded_for_ip,
            string_length: wanted.api_token_string_length,
            visibility_timeout_in_minutes: wanted.api_token_visibility_timeout_in_minutes,
            summary_only: wanted.users_summary_only,
            module_servers: module_servers
                .map(|items| networks("module_servers", items))
                .transpose()?,
        },
    })
}

fn networks(field: &'static str, items: &[String]) -> Result<Networks, Error> {
    Networks::parse_items(field, items.iter().map(String::as_str))
}

/// What there is to know of a setting beside its value.
struct Line {
    key: &'static str,
    vendor_name: &'static str,
    /// The name it is stored by, and so known to the audit log.
    stored: &'static str,
    meaning: &'static str,
    kind: Kind,
}

/// What kind of value it has, and where that is.
enum Kind {
    Addresses(fn(&Settings) -> &Networks),
    Boolean(fn(&Settings) -> bool),
    /// From, to, of what.
    Integer(fn(&Settings) -> u32, u32, u32, &'static str),
    RelativeTime(fn(&Settings) -> String),
}

impl Line {
    fn described(
        &self,
        settings: &Settings,
        changes: &BTreeMap<&'static str, (Timestamp, String)>,
    ) -> Setting {
        let (minimum, maximum, unit) = match self.kind {
            Kind::Integer(_, least, most, unit) => {
                (Some(i64::from(least)), Some(i64::from(most)), Some(unit))
            }
            _ => (None, None, None),
        };
        let last = changes.get(self.stored);
        Setting {
            key: self.key.to_owned(),
            vendor_name: self.vendor_name.to_owned(),
            meaning: self.meaning.to_owned(),
            kind: self.kind.name(),
            value: self.kind.value(settings),
            default: self.kind.value(&Settings::default()),
            minimum,
            maximum,
            unit: unit.map(str::to_owned),
            changed: last.map(|(at, by)| Changed {
                at: at.to_string(),
                by: by.clone(),
            }),
        }
    }
}

impl Kind {
    fn name(&self) -> SettingKind {
        match self {
            Self::Addresses(_) => SettingKind::Addresses,
            Self::Boolean(_) => SettingKind::Boolean,
            Self::Integer(..) => SettingKind::Integer,
            Self::RelativeTime(_) => SettingKind::RelativeTime,
        }
    }

    fn value(&self, settings: &Settings) -> Value {
        match self {
            Self::Addresses(get) => get(settings).items().collect(),
            Self::Boolean(get) => get(settings).into(),
            Self::Integer(get, ..) => get(settings).into(),
            Self::RelativeTime(get) => get(settings).into(),
        }
    }
}

/// All settings, in the order in which they are best read.
const LINES: &[Line] = &[
    Line {
        key: "token_authentication",
        vendor_name: "disabled",
        stored: "tokens_auth.disabled",
        meaning: "Whether tokens authenticate at all. Off stops every token of every user at once, whatever its own \
            status, and nobody can make one; sessions go on. Turned on again, each token is as it was. The vendor's \
            setting says the opposite: disabled.",
        kind: Kind::Boolean(|all| !all.tokens_auth.disabled),
    },
    Line {
        key: "default_expiration",
        vendor_name: "expiration",
        stored: "tokens_auth.expiration",
        meaning: "How long a JWT or an opaque token lives whose maker says nothing. Tokens that are there stay as they \
            are.",
        kind: Kind::RelativeTime(|all| all.tokens_auth.expiration.to_string()),
    },
    Line {
        key: "ephemeral_expiration",
        vendor_name: "ephemeralExpiration",
        stored: "tokens_auth.ephemeral_expiration",
        meaning: "How long an ephemeral token lives whose maker says nothing: at most six hours. Such a token is kept \
            nowhere, so it cannot be disabled or revoked by itself.",
        kind: Kind::RelativeTime(|all| all.tokens_auth.ephemeral_expiration.to_string()),
    },
    Line {
        key: "api_token_expiration_in_days",
        vendor_name: "api_token_expiration_in_days",
        stored: "api_tokens.expiration_in_days",
        meaning: "How long a token in hex lives whose maker says nothing, but never longer than the longest life. \
            Tokens that are there stay as they are.",
        kind: Kind::Integer(
            |all| all.api_tokens.expiration_in_days,
            1,
            ApiTokens::MAX_DAYS,
            "days",
        ),
    },
    Line {
        key: "api_token_max_expiration_in_days",
        vendor_name: "api_token_max_expiration_in_days",
        stored: "api_tokens.max_expiration_in_days",
        meaning: "The longest life that can be asked for, for a token in hex. Tokens that are there stay as they are.",
        kind: Kind::Integer(
            |all| all.api_tokens.max_expiration_in_days,
            1,
            ApiTokens::MAX_DAYS,
            "days",
        ),
    },
    Line {
        key: "api_token_trusted_ip_address_list",
        vendor_name: "api_token_trusted_ip_address_list",
        stored: "api_tokens.trusted_addresses",
        meaning: "Addresses and networks from which every token may be used, beside those that its own list names. \
            0.0.0.0/0 is anywhere, for all tokens: only for a system that is not in production.",
        kind: Kind::Addresses(|all| &all.api_tokens.trusted_addresses),
    },
    Line {
        key: "authenticate_api_token_with_x_forwarded_for_ip",
        vendor_name: "authenticate_api_token_with_x_forwarded_for_ip",
        stored: "api_tokens.use_x_forwarded_for",
        meaning: "Whether the client's address is taken from X-Forwarded-For. Turn it on only if all clients come \
            through a reverse proxy that the configuration names in server.trusted_proxies. If they do and it is off, \
            every client has the proxy's address, and no list of addresses can tell them apart.",
        kind: Kind::Boolean(|all| all.api_tokens.use_x_forwarded_for),
    },
    Line {
        key: "api_token_string_length",
        vendor_name: "api_token_string_length",
        stored: "api_tokens.string_length",
        meaning: "How long the string of a new token in hex is.",
        kind: Kind::Integer(
            |all| all.api_tokens.string_length,
            *ApiTokens::LENGTHS.start(),
            *ApiTokens::LENGTHS.end(),
            "characters",
        ),
    },
    Line {
        key: "api_token_visibility_timeout_in_minutes",
        vendor_name: "api_token_visibility_timeout_in_minutes",
        stored: "api_tokens.visibility_timeout_in_minutes",
        meaning: "For how long the maker of a token can see its string again, in the session he made it in. With 0 it \
            is shown once.",
        kind: Kind::Integer(
            |all| all.api_tokens.visibility_timeout_in_minutes,
            0,
            ApiTokens::MAX_VISIBILITY,
            "minutes",
        ),
    },
    Line {
        key: "users_summary_only",
        vendor_name: "UsersNonSummaryViewDisallowed",
        stored: "api_tokens.summary_only",
        meaning: "Whether the Tanium face lists users only as summaries: ids and names.",
        kind: Kind::Boolean(|all| all.api_tokens.summary_only),
    },
    Line {
        key: "module_servers",
        vendor_name: "ModuleServer",
        stored: "api_tokens.module_servers",
        meaning: "The addresses of module servers. Every token may be used from there, whatever its list says.",
        kind: Kind::Addresses(|all| &all.api_tokens.module_servers),
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_listed_is_what_can_be_changed() {
        let wanted = serde_json::to_value(Wanted::default()).unwrap();
        let fields: BTreeSet<_> = wanted.as_object().unwrap().keys().cloned().collect();
        let keys: BTreeSet<_> = LINES.iter().map(|line| line.key.to_owned()).collect();
        assert_eq!(keys, fields);
        assert_eq!(keys.len(), LINES.len());
    }

    #[test]
    fn every_stored_setting_has_its_line() {
        let pairs = Settings::default().to_pairs();
        let stored: BTreeSet<_> = pairs.iter().map(|(name, _)| *name).collect();
        let told: BTreeSet<_> = LINES.iter().map(|line| line.stored).collect();
        assert_eq!(told, stored);
    }

    /// A value that is listed can be sent back.
    #[test]
    fn every_default_is_what_a_request_can_say() {
        for line in LINES {
            let value = line.kind.value(&Settings::default());
            let body = serde_json::json!({ line.key: value });
            let wanted: Wanted = serde_json::from_value(body).unwrap();
            assert!(to_change(&wanted).is_ok(), "{}", line.key);
        }
    }
}
