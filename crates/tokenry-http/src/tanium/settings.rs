//! `system_settings` and `local_settings` (spec/tanium.md 7.1): the settings of API tokens under the vendor's names,
//! with their ranges and defaults.

use serde_json::{Value, json};
use tokenry_core::{
    app::ApiTokensEdit, port::Recorded, settings::ApiTokens, token::address::Networks,
};

use super::{
    call::Call, face::Face, failure::Failure, json, lists, objects::not_in_body, reply::Reply, time,
};

/// One setting.
struct Setting {
    /// Its number; never changes.
    id: i64,
    /// The vendor's name, or ours in the vendor's manner.
    name: &'static str,
    /// What it is stored under.
    key: &'static str,
    /// How it is read and changed.
    kind: Kind,
}

enum Kind {
    Number(fn(&ApiTokens) -> u32, fn(i64) -> ApiTokensEdit),
    Flag(fn(&ApiTokens) -> bool, fn(bool) -> ApiTokensEdit),
    Addresses(fn(&ApiTokens) -> &Networks, fn(Networks) -> ApiTokensEdit),
}

macro_rules! setting {
    ($id:literal $kind:ident $name:literal $field:ident) => {
        Setting {
            id: $id,
            name: $name,
            key: concat!("api_tokens.", stringify!($field)),
            kind: setting!(@$kind $field),
        }
    };
    (@Addresses $field:ident) => {
        Kind::Addresses(
            |settings| &settings.$field,
            |value| ApiTokensEdit { $field: Some(value), ..ApiTokensEdit::default() },
        )
    };
    (@$kind:ident $field:ident) => {
        Kind::$kind(
            |settings| settings.$field,
            |value| ApiTokensEdit { $field: Some(value), ..ApiTokensEdit::default() },
        )
    };
}

/// Those of the server.
const SYSTEM: &[Setting] = &[
    setting!(1 Number "api_token_expiration_in_days" expiration_in_days),
    setting!(2 Number "api_token_max_expiration_in_days" max_expiration_in_days),
    setting!(3 Addresses "api_token_trusted_ip_address_list" trusted_addresses),
    setting!(4 Flag "authenticate_api_token_with_x_forwarded_for_ip" use_x_forwarded_for),
    setting!(5 Number "api_token_string_length" string_length),
    setting!(6 Number "api_token_visibility_timeout_in_minutes" visibility_timeout_in_minutes),
    setting!(7 Flag "UsersNonSummaryViewDisallowed" summary_only),
];

/// Those of the vendor's own machine.
const LOCAL: &[Setting] = &[setting!(1 Addresses "ModuleServer" module_servers)];

/// GET `/system_settings`.
pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    let (now, history) = state(face, &call).await?;
    let objects = SYSTEM.iter().map(|one| object(face, one, &now, &history));
    Ok(Reply::data(objects.collect()))
}

/// GET `/system_settings/{id}` and `/by-name/{name}`.
pub(super) async fn view(face: &Face, call: Call) -> Result<Reply, Failure> {
    show(face, &call, named(&call, SYSTEM)?).await
}

/// PATCH the same.
pub(super) async fn edit(face: &Face, call: Call) -> Result<Reply, Failure> {
    let setting = named(&call, SYSTEM)?;
    refuse_key_of_path(&call)?;
    change(face, &call, setting).await
}

/// POST `/system_settings`: sets one by the name in the body. There are no others than those that mean something.
pub(super) async fn create(face: &Face, call: Call) -> Result<Reply, Failure> {
    let name = call.body.text("name")?.unwrap_or_default();
    let setting = SYSTEM.iter().find(|setting| setting.name == name);
    let setting = setting.ok_or_else(|| {
        let text = "There is no such setting; GET /api/v2/system_settings lists those there are";
        Failure::bad_request("SystemSettingNameInvalid", text)
    })?;
    change(face, &call, setting).await
}

/// DELETE: back to the default.
pub(super) async fn reset(face: &Face, call: Call) -> Result<Reply, Failure> {
    let setting = named(&call, SYSTEM)?;
    let defaults = ApiTokens::default();
    let edit = match &setting.kind {
        Kind::Number(get, set) => set(i64::from(get(&defaults))),
        Kind::Flag(get, set) => set(get(&defaults)),
        Kind::Addresses(get, set) => set(get(&defaults).clone()),
    };
    let app = &face.door.app;
    app.edit_api_tokens_settings(call.caller()?, edit).await?;
    Ok(Reply::data(json!({ "id": setting.id })))
}

/// GET `/local_settings`.
pub(super) async fn list_local(face: &Face, call: Call) -> Result<Reply, Failure> {
    let (now, history) = state(face, &call).await?;
    let objects = LOCAL.iter().map(|one| object(face, one, &now, &history));
    Ok(Reply::data(objects.collect()))
}

/// GET `/local_settings/by-name/{name}`.
pub(super) async fn view_local(face: &Face, call: Call) -> Result<Reply, Failure> {
    show(face, &call, named(&call, LOCAL)?).await
}

/// PATCH the same.
pub(super) async fn edit_local(face: &Face, call: Call) -> Result<Reply, Failure> {
    let setting = named(&call, LOCAL)?;
    refuse_key_of_path(&call)?;
    change(face, &call, setting).await
}

async fn show(face: &Face, call: &Call, setting: &Setting) -> Result<Reply, Failure> {
    let (now, history) = state(face, call).await?;
    Ok(Reply::data(object(face, setting, &now, &history)))
}

async fn change(face: &Face, call: &Call, setting: &Setting) -> Result<Reply, Failure> {
    if let Some(edit) = edit_of(setting, call)? {
        let app = &face.door.app;
        app.edit_api_tokens_settings(call.caller()?, edit).await?;
    }
    show(face, call, setting).await
}

/// What the body asks for; nothing if it has no value.
fn edit_of(setting: &Setting, call: &Call) -> Result<Option<ApiTokensEdit>, Failure> {
    let Some(value) = call.body.value("value") else {
        return Ok(None);
    };
    let edit = match &setting.kind {
        Kind::Number(_, set) => json::integer(value).map(set),
        Kind::Flag(_, set) => json::flag(value).map(set),
        Kind::Addresses(_, set) => match value.as_str() {
            Some(text) => Some(set(Networks::parse("value", text)?)),
            None => None,
        },
    };
    let refuse = || match setting.kind {
        Kind::Number(..) => Failure::invalid("value", "must be a whole number"),
        Kind::Flag(..) => Failure::invalid("value", "must be 0 or 1"),
        Kind::Addresses(..) => Failure::invalid(
            "value",
            "must be a text: addresses and networks with commas",
        ),
    };
    edit.map(Some).ok_or_else(refuse)
}

/// The body must not repeat what the path says (spec/tanium.md 7.1).
fn refuse_key_of_path(call: &Call) -> Result<(), Failure> {
    let is_numbered = call.param("name").is_empty();
    not_in_body(&call.body, if is_numbered { "id" } else { "name" })
}

fn named<'a>(call: &Call, settings: &'a [Setting]) -> Result<&'a Setting, Failure> {
    let found = match call.param("name") {
        "" => settings
            .iter()
            .find(|setting| Some(setting.id) == call.id()),
        name => settings.iter().find(|setting| setting.name == name),
    };
    let text = "There is no such setting";
    found.ok_or_else(|| Failure::not_found("SystemSettingNotFound", text))
}

async fn state(face: &Face, call: &Call) -> Result<(ApiTokens, Vec<Recorded>), Failure> {
    let caller = call.caller()?;
    let now = face.door.app.api_tokens_settings(caller)?;
    Ok((now, face.door.app.settings_history(caller).await?))
}

fn object(face: &Face, setting: &Setting, now: &ApiTokens, history: &[Recorded]) -> Value {
    let is_text = matches!(setting.kind, Kind::Addresses(..));
    let last = last_change(setting, history);
    let by = last.map(|line| lists::user_named(face, &line.event.actor));
    json!({
        "id": setting.id,
        "name": setting.name,
        "value": value(setting, now),
        "default_value": value(setting, &ApiTokens::default()),
        "value_type": if is_text { "Text" } else { "Numeric" },
        "setting_type": "Server",
        "hidden_flag": 0,
        "read_only_flag": 0,
        "audit_data": {},
        "created_time": time::print_or_never(None),
        "modified_time": time::print_or_never(last.map(|line| line.event.at)),
        "modified_user": by,
        "modified_persona": last.map(|line| json!({ "id": line.event.persona.number() })),
    })
}

fn value(setting: &Setting, settings: &ApiTokens) -> Value {
    match &setting.kind {
        Kind::Number(get, _) => get(settings).into(),
        Kind::Flag(get, _) => u8::from(get(settings)).into(),
        Kind::Addresses(get, _) => get(settings).to_string().into(),
    }
}

/// The line that tells when it was last changed: lines of settings name what is different.
fn last_change<'a>(setting: &Setting, history: &'a [Recorded]) -> Option<&'a Recorded> {
    let name = setting.key.rsplit('.').next().unwrap_or(setting.key);
    let tells = |line: &&Recorded| {
        let mut parts = line.event.reason.split(", ");
        parts.any(|part| part.starts_with(&format!("{name}: ")))
    };
    history.iter().find(tells)
}

/// Every setting is stored, and so under its name: else nobody could tell who changed it last.
#[cfg(test)]
mod tests {
    use tokenry_core::settings::Settings;

    use super::*;

    #[test]
    fn every_setting_is_stored_under_its_key() {
        let stored = Settings::default().to_pairs();
        let settings: Vec<_> = SYSTEM.iter().chain(LOCAL).collect();
        for setting in &settings {
            assert!(
                stored.iter().any(|(key, _)| *key == setting.key),
                "{}",
                setting.name
            );
        }
        let ours = stored
            .iter()
            .filter(|(key, _)| key.starts_with("api_tokens."));
        assert_eq!(ours.count(), settings.len());
    }
}
