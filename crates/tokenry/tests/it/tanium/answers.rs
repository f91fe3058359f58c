//! Whole answers of every operation of this face: what clients parse changes only where somebody has read the
//! difference. What differs from run to run (times, tokens, keys, numbers of sessions) is replaced by what it is.

use std::{collections::BTreeSet, fmt::Write as _};

use tokenry_http::tanium::operations;
use tokenry_testkit::{
    client::{Answer, Method},
    server::Server,
};

use super::kit::{self, GATEWAY_USER, create, with};
use crate::kit::BINARY;

/// Operation | path with its parameters | body: one after the other. `{token}` is the number of a token, `{string}` its
/// string; `{key}` the key of a session; `{user}`, `{persona}`, `{role}` what was made before; `{made}` what the call
/// before this one made.
const CALLS: &str = r#"
console_config | /config/console.json |
info | /info.json |
session_login | /api/v2/session/login | {"username":"admin","password":"Ch#ng3d!"}
session_validate | /api/v2/session/validate | {"session":"{key}"}
session_current | /api/v2/session/current |
session_roles | /api/v2/session/current/effective-roles |
session_management_rights | /api/v2/session/management_rights |
session_info | /api/v2/session/info |
session_as_persona | /api/v2/session/as_persona/{persona} |
session_logout | /api/v2/session/logout | {"session":"{key}"}
legacy_auth | /auth |
gateway | /plugin/products/gateway/graphql | {"query":"{myAPITokens{tokens{id created expiration lastUsed notes persona{id name} tokenString trustedIPAddresses} error{message}} now}"}
api_token_list | /api/v2/api_tokens |
api_token_view | /api/v2/api_tokens/{token} |
api_token_reveal | /api/v2/api_tokens/{token}/token_string |
api_token_explain | /api/v2/api_tokens/{token}/explain?ip=192.0.2.77&time=2026-03-02T09:00:00Z |
api_token_rotate | /api/v2/api_tokens | {"token_string":"{string}"}
api_token_create | /api/v2/api_tokens | {"name":"export","notes":"nightly","expire_in_days":30,"trusted_ip_addresses":"198.51.100.7,203.0.113.0/24","as_persona":{persona}}
api_token_delete | /api/v2/api_tokens/{made} |
system_setting_edit | /api/v2/system_settings/1 | {"value":"14"}
system_setting_edit_named | /api/v2/system_settings/by-name/api_token_string_length | {"value":134}
system_setting_view | /api/v2/system_settings/1 |
system_setting_view_named | /api/v2/system_settings/by-name/api_token_trusted_ip_address_list |
system_setting_create | /api/v2/system_settings | {"name":"api_token_max_expiration_in_days","value":90}
system_setting_reset | /api/v2/system_settings/2 |
system_setting_list | /api/v2/system_settings |
local_setting_edit | /api/v2/local_settings/by-name/ModuleServer | {"value":"192.0.2.1"}
local_setting_view | /api/v2/local_settings/by-name/ModuleServer |
local_setting_list | /api/v2/local_settings |
server_info | /api/v2/server_info |
server_host | /api/v2/server_host |
audit_type_list | /api/v2/audit_types |
audit_list | /api/v2/audit_logs/personas |
audit_view | /api/v2/audit_logs/api_tokens/{token} |
user_list | /api/v2/users |
user_create | /api/v2/users | {"name":"new","display_name":"N. Ew","domain":"lab","password":"a password","content_set_roles":[{"id":20}],"metadata":[{"name":"k","value":"v"}]}
user_view | /api/v2/users/{user} |
user_view_named | /api/v2/users/by-name/jdoe |
user_edit | /api/v2/users/{user} | {"display_name":"J. Doe","locked_out":1}
user_edit_named | /api/v2/users/by-name/jdoe | {"locked_out":0}
user_roles | /api/v2/user/{user}/effective-roles |
user_metadata_create | /api/v2/users/{user}/metadata | {"name":"k","value":"v"}
user_metadata_edit | /api/v2/users/{user}/metadata/by-name/k | {"value":"w"}
user_metadata_view | /api/v2/users/{user}/metadata/by-name/k |
user_metadata_list | /api/v2/users/{user}/metadata |
user_metadata_delete | /api/v2/users/{user}/metadata/by-name/k |
user_delete | /api/v2/users/{user} |
persona_list | /api/v2/personas |
persona_create | /api/v2/personas | {"name":"New","display_name":"A new one","content_set_role_list":[{"id":20}],"user_list":[{"id":1}],"json_metadata":"{}"}
persona_view | /api/v2/personas/{persona} |
persona_edit | /api/v2/personas/{persona} | {"display_name":"Reports"}
persona_roles | /api/v2/persona/{persona}/effective-roles |
persona_delete | /api/v2/personas/{persona} |
role_list | /api/v2/content_set_roles |
role_create | /api/v2/content_set_roles | {"name":"New Role","description":"For tests","all_content_sets_flag":"0"}
role_view | /api/v2/content_set_roles/{role} |
role_edit | /api/v2/content_set_roles/{role} | {"description":"Seen","deny_flag":0}
role_memberships | /api/v2/content_set_roles/memberships |
role_privilege_create | /api/v2/content_set_role_privileges | {"content_set_role":{"id":{role}},"content_set_privilege":{"name":"view token"},"content_set":{"id":1}}
role_privilege_view | /api/v2/content_set_role_privileges/{made} |
role_privilege_delete | /api/v2/content_set_role_privileges/{made} |
privilege_list | /api/v2/content_set_privileges |
effective_privileges | /api/v2/effective_content_set_privileges |
user_membership_create | /api/v2/content_set_role_memberships | {"user":{"id":1},"content_set_role":{"id":{role}}}
user_membership_view | /api/v2/content_set_role_memberships/{made} |
user_membership_delete | /api/v2/content_set_role_memberships/{made} |
user_membership_list | /api/v2/content_set_role_memberships |
user_group_create | /api/v2/user_groups | {"name":"Few","user_list":[{"id":1}],"content_set_role_list":[{"id":20}]}
user_group_view | /api/v2/user_groups/{made} |
user_group_edit | /api/v2/user_groups/{made} | {"user_list":[]}
user_group_edit_named | /api/v2/user_groups/by-name/Few | {"content_set_role_list":[{"id":10}]}
user_group_view_named | /api/v2/user_groups/by-name/few |
user_group_list | /api/v2/user_groups |
group_membership_list | /api/v2/content_set_user_group_role_memberships |
user_group_delete | /api/v2/user_groups/{made} |
content_set_create | /api/v2/content_sets | {"name":"Mine","description":"For tests"}
content_set_view | /api/v2/content_sets/{made} |
content_set_edit | /api/v2/content_sets/{made} | {"description":"Seen"}
content_set_delete | /api/v2/content_sets/{made} |
content_set_list | /api/v2/content_sets |
computer_group_create | /api/v2/computer_groups | {"name":"Ours","text":"Computer Name contains lab"}
computer_group_view | /api/v2/computer_groups/{made} |
computer_group_delete | /api/v2/computer_groups/{made} |
group_list | /api/v2/groups |
role_delete | /api/v2/content_set_roles/{role} |
"#;

/// Operations without a line: what the same handler answers for another spelling of the path, or of another kind.
const ALIKE: &[&str] = &[
    "computer_group_",
    "content_set_edit_named",
    "content_set_view_named",
    "filter_group_",
    "group_",
    "group_membership_",
    "management_group_",
    "privilege_view",
    "role_privilege_list",
];

#[tokio::test]
async fn every_operation_answers_as_before() {
    let calls: Vec<_> = CALLS
        .lines()
        .filter(|line| !line.is_empty())
        .map(split)
        .collect();
    let called: BTreeSet<_> = calls.iter().map(|(operation, ..)| *operation).collect();
    let known = operations();
    let missing = known
        .iter()
        .map(|one| one.id)
        .filter(|id| !called.contains(id) && !ALIKE.iter().any(|start| id.starts_with(start)));
    let missing: Vec<_> = missing.collect();
    assert!(
        missing.is_empty(),
        "each operation has its line above: {missing:?}"
    );

    let server = Server::builder(BINARY)
        .env("TOKENRY_SERVER__NAME", "sh01")
        .start();
    let admin = kit::admin(&server).await;
    kit::trust_loopback(&admin).await;
    let user = kit::user(&admin, "jdoe", "a password", &[GATEWAY_USER]).await;
    let persona = kit::persona(&admin, "Reporting", &[GATEWAY_USER], &[1, user]).await;
    let role = kit::role(&admin, "A Role", &["use token"]).await;
    let token = create(&admin, serde_json::json!({ "notes": "siem" })).await;
    let key = kit::key(&server, "admin", kit::PASSWORD).await;
    let mut made = 0;
    let mut texts = Vec::new();
    for (operation, path, body) in calls {
        let filled = |text: &str| {
            let numbers = [
                ("{token}", token.id),
                ("{user}", user),
                ("{persona}", persona),
                ("{role}", role),
                ("{made}", made),
            ];
            let text = text
                .replace("{string}", &token.string)
                .replace("{key}", &key);
            numbers.iter().fold(text, |text, (mark, number)| {
                text.replace(mark, &number.to_string())
            })
        };
        let info = known.iter().find(|one| one.id == operation);
        let method = info
            .unwrap_or_else(|| panic!("no such operation: {operation}"))
            .method
            .clone();
        let client = if operation == "legacy_auth" {
            with(&server, &token_of(&server).await)
        } else {
            admin.clone()
        };
        let answer = client
            .send(method.clone(), &filled(path), &[], filled(body))
            .await;
        if method == Method::POST && answer.text.starts_with("{\"data\":{") {
            made = answer.json()["data"]["id"].as_i64().unwrap_or(made);
        }
        let mut text = format!("{method} {path}\n{body}\n\n");
        write_answer(&mut text, &answer, &server);
        texts.push((operation, text));
    }
    for (operation, text) in texts {
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(operation, text);
        });
    }
}

async fn token_of(server: &Server) -> String {
    kit::key(server, "admin", kit::PASSWORD).await
}

fn split(line: &'static str) -> (&'static str, &'static str, &'static str) {
    let fields: Vec<_> = line.splitn(3, '|').map(str::trim).collect();
    let [operation, path, body] = fields[..] else {
        panic!("not three fields: {line}")
    };
    (operation, path, body)
}

/// The answer with all its headers but those of every answer of any server, and a line for each member.
fn write_answer(text: &mut String, answer: &Answer, server: &Server) {
    writeln!(text, "{}", answer.status).unwrap();
    let mut headers: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    headers.sort_unstable();
    for (name, value) in headers {
        if !["content-length", "date", "x-request-id"].contains(&name) {
            writeln!(text, "{name}: {value}").unwrap();
        }
    }
    let body = scrubbed(&answer.text, server)
        .replace(",\"", ",\n\"")
        .replace("},{", "},\n{");
    writeln!(text, "\n{body}").unwrap();
}

fn scrubbed(text: &str, server: &Server) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_.-:+".contains(c);
    let address = server.address().to_string();
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (run, behind) = rest.split_at(length);
        let word = run.trim_start_matches(':');
        whole.push_str(&run[..run.len() - word.len()]);
        let is_session = whole.ends_with("ession ");
        whole.push_str(name_of(word, &address, is_session).unwrap_or(word));
        // A number of a cache is the second of the answer.
        let next = behind.chars().next().map_or(0, char::len_utf8);
        whole.push_str(&behind[..next]);
        rest = &behind[next..];
    }
    whole
}

/// What a word is, if it differs from run to run.
fn name_of(word: &str, address: &str, is_session: bool) -> Option<&'static str> {
    let is_hex = |text: &str| text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_time = word.len() == 20 && word.as_bytes()[10] == b'T' && word.ends_with('Z');
    match word.rsplit_once('-') {
        _ if word == address => Some("<address>"),
        Some(("token", digits)) if is_hex(digits) && digits.len() >= 58 => Some("<token>"),
        Some((_, digits)) if is_hex(digits) && digits.len() == 64 => Some("<key>"),
        _ if is_time && !word.starts_with("2001") && word != "2026-03-02T09:00:00Z" => {
            Some("<time>")
        }
        _ if word.len() == 10 && is_digits(word) => Some("<second>"),
        _ if is_session && is_digits(word) => Some("<session>"),
        _ => None,
    }
}
