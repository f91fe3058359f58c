//! `audit_logs` and `audit_types` (spec/tanium.md 8.1): the audit log in the vendor's words.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokenry_core::{
    audit::Action,
    id::{PersonaId, TokenId, TokenNumber},
    port::{AuditQuery, Recorded},
};

use super::{call::Call, face::Face, failure::Failure, lists, reply::Reply, time};

/// A kind of entries.
struct Kind {
    /// In the plural, as in the path; the singular is understood, too.
    plural: &'static str,
    /// In the singular.
    singular: &'static str,
    /// What the vendor calls its column.
    column: &'static str,
    /// What is created, changed and deleted by.
    created: &'static [Action],
    updated: &'static [Action],
    deleted: &'static [Action],
}

const fn kind(
    plural: &'static str,
    singular: &'static str,
    column: &'static str,
    created: &'static [Action],
    updated: &'static [Action],
    deleted: &'static [Action],
) -> Kind {
    Kind {
        plural,
        singular,
        column,
        created,
        updated,
        deleted,
    }
}

const AUTHENTICATION: &str = "authentication";
const TOKENS: &str = "api_tokens";

const KINDS: &[Kind] = &[
    kind(
        TOKENS,
        "api_token",
        "api_token_id",
        &[Action::CreateToken],
        &[Action::UpdateToken, Action::RevealToken],
        &[Action::DeleteToken],
    ),
    kind(
        AUTHENTICATION,
        AUTHENTICATION,
        "mod_user_id",
        &[Action::Login],
        &[],
        &[Action::Logout],
    ),
    kind(
        "content_set_roles",
        "content_set_role",
        "content_set_role_id",
        &[Action::CreateRole],
        &[Action::EditRole],
        &[Action::DeleteRole],
    ),
    kind(
        "content_sets",
        "content_set",
        "content_set_id",
        &[Action::CreateContentSet],
        &[Action::EditContentSet],
        &[Action::DeleteContentSet],
    ),
    kind(
        "groups",
        "group",
        "group_id",
        &[Action::CreateComputerGroup],
        &[Action::EditComputerGroup],
        &[Action::DeleteComputerGroup],
    ),
    kind(
        "personas",
        "persona",
        "persona_id",
        &[Action::CreatePersona],
        &[Action::EditPersona],
        &[Action::DeletePersona],
    ),
    kind(
        "system_settings",
        "system_setting",
        "system_setting_id",
        &[],
        &[Action::EditSettings],
        &[],
    ),
    kind(
        "user_groups",
        "user_group",
        "user_group_id",
        &[Action::CreateUserGroup],
        &[Action::EditUserGroup],
        &[Action::DeleteUserGroup],
    ),
    kind(
        "users",
        "user",
        "user_id",
        &[Action::CreateUser],
        &[Action::EditUser, Action::ResetPassword],
        &[Action::DeleteUser],
    ),
];

/// How far back entries are looked for.
const SEARCHED: u64 = 1000;

/// GET `/audit_types`.
pub(super) async fn types(face: &Face, call: Call) -> Result<Reply, Failure> {
    let nothing = AuditQuery::default();
    face.door.app.audit_log(call.caller()?, nothing).await?;
    let types = KINDS.iter().map(|kind| {
        json!({
            "audit_name": format!("{}_audit", kind.plural),
            "column": kind.column,
            "object_type": kind.singular,
            "source": "",
        })
    });
    Ok(Reply::data(types.collect()))
}

/// GET `/audit_logs/{type}` and `/audit_logs/{type}/{id}`.
pub(super) async fn list(face: &Face, call: Call) -> Result<Reply, Failure> {
    let named = call.param("type");
    let found = KINDS
        .iter()
        .find(|kind| named == kind.plural || named == kind.singular);
    let kind = found.ok_or_else(|| {
        let text = "There is no such audit type; GET /api/v2/audit_types lists those there are";
        Failure::bad_request("InvalidAuditType", text)
    })?;
    let id = match call.param("id") {
        "" => None,
        _ => Some(call.id().unwrap_or(-1)),
    };
    let lines = read(face, &call, kind, id).await?;
    let numbers = face.door.app.token_numbers(call.caller()?, &lines).await?;
    let entries = lines.iter().map(|line| Entry {
        kind,
        line,
        object: object_of(line, &numbers),
    });
    let entries = entries.filter(|entry| id.is_none_or(|id| entry.object == id));
    let entries = cut(entries.collect(), id.is_some(), &call);
    let entries: Vec<_> = entries.iter().map(|entry| entry.print(face)).collect();
    let mut data = Map::new();
    data.insert(
        "entries".to_owned(),
        lists::with_cache_info(entries, call.now()).into(),
    );
    if let Some(id) = id {
        data.insert("id".to_owned(), id.into());
    }
    data.insert("type".to_owned(), format!("{}_audit", kind.singular).into());
    Ok(Reply::data(Value::Object(data)))
}

async fn read(
    face: &Face,
    call: &Call,
    kind: &Kind,
    id: Option<i64>,
) -> Result<Vec<Recorded>, Failure> {
    let query = AuditQuery {
        actions: [kind.created, kind.updated, kind.deleted].concat(),
        // A token's number is not in the log; its lines are found by their ids.
        object: id.filter(|_| kind.plural != TOKENS),
        since: instant(call, "start_time")?,
        until: instant(call, "end_time")?,
        limit: SEARCHED,
        ..AuditQuery::default()
    };
    Ok(face.door.app.audit_log(call.caller()?, query).await?)
}

fn instant(call: &Call, name: &'static str) -> Result<Option<Timestamp>, Failure> {
    let refuse = || {
        let text = format!("{name} must be like 2026-03-02T09:00:00Z");
        Failure::bad_request("InvalidUnorderedMap", text)
    };
    let text = call.options.text(name);
    text.map(|text| time::parse(text).ok_or_else(refuse))
        .transpose()
}

/// Without an id the newest entry of each object, or all; with one the newest few of it.
fn cut<'a>(entries: Vec<Entry<'a>>, of_one: bool, call: &Call) -> Vec<Entry<'a>> {
    let size = call.options.number("audit_history_size").unwrap_or(1);
    if of_one {
        let most = usize::try_from(size.max(0)).unwrap_or(usize::MAX);
        return entries.into_iter().take(most).collect();
    }
    let mut seen = BTreeSet::new();
    let is_wanted = |entry: &Entry<'_>| size != 1 || seen.insert(entry.object);
    entries.into_iter().filter(is_wanted).collect()
}

fn object_of(line: &Recorded, numbers: &HashMap<TokenId, TokenNumber>) -> i64 {
    let number = line.event.token.and_then(|id| numbers.get(&id));
    let number = number.map(|number| number.number());
    number.or(line.event.object).unwrap_or(0)
}

/// A line of the log as an entry of some kind.
struct Entry<'a> {
    kind: &'a Kind,
    line: &'a Recorded,
    object: i64,
}

impl Entry<'_> {
    fn print(&self, face: &Face) -> Value {
        let event = &self.line.event;
        let user = lists::user_named(face, &event.actor);
        let at = time::print(event.at);
        let (number, name) = self.class();
        let object_name = if event.token.is_some() {
            ""
        } else {
            event.target.as_deref().unwrap_or_default()
        };
        let mut entry = Map::new();
        let mut put = |name: &str, value: Value| entry.insert(name.to_owned(), value);
        put("audit_name", self.title().into());
        put("audit_row_id", self.line.sequence.into());
        put("creation_time", at.as_str().into());
        put("details", self.details().into());
        put("last_modified_by", event.actor.as_str().into());
        if event.persona != PersonaId::DEFAULT {
            put("mod_persona", json!({ "id": event.persona.number() }));
        }
        let modifier = user.get("id").cloned().unwrap_or_default();
        put("mod_user", user);
        put("modification_time", at.into());
        put("modifier_user_id", modifier);
        put("object_id", self.object.into());
        put("object_name", object_name.into());
        put(
            "object_type_name",
            format!("{}_audit", self.kind.singular).into(),
        );
        put("type", number.into());
        put("type_name", name.into());
        Value::Object(entry)
    }

    fn class(&self) -> (u8, &'static str) {
        let action = &self.line.event.action;
        if self.kind.created.contains(action) {
            (0, "CreateObject")
        } else if self.kind.deleted.contains(action) {
            (2, "DeleteObject")
        } else {
            (1, "UpdateObject")
        }
    }

    fn title(&self) -> &str {
        let event = &self.line.event;
        match event.action {
            Action::Login => "New Session Created",
            Action::Logout => "Session Closed For User",
            _ => event.target.as_deref().unwrap_or(&event.actor),
        }
    }

    fn details(&self) -> String {
        let event = &self.line.event;
        let address = event.address.map(|address| address.to_string());
        let address = address.unwrap_or_default();
        if self.kind.plural == AUTHENTICATION {
            let user = event.target.as_deref().unwrap_or_default();
            let session = session_number(&event.reason)
                .map_or(String::new(), |number| format!("Session ID: {number}; "));
            return format!(
                "User: {user}; {session}Authentication Type: User; IP Address: {address}"
            );
        }
        format!("{}; IP Address: {address}", event.reason)
    }
}

/// The number of the session that a line about one names.
fn session_number(reason: &str) -> Option<&str> {
    let (_, rest) = reason.rsplit_once("session ")?;
    let number = rest.split(' ').next()?;
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    is_number.then_some(number)
}
