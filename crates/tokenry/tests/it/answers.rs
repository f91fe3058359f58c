//! Whole answers of every operation, in both formats: what clients parse changes only where somebody has read the
//! difference. What differs from run to run (ids, times, keys, addresses) is replaced by what it is.

use std::{collections::BTreeSet, fmt::Write as _};

use tokenry_http::splunk::operations;
use tokenry_testkit::{
    client::{Answer, Method},
    server::{ADMIN_PASSWORD, Server},
};

use crate::kit::{self, BINARY};

/// Operation | request behind `/services/` | form: one after the other, each in both formats. `{format}` is the
/// format; `{id}` a token of the user `jdoe-json`; `{session}` the key of a session.
const CALLS: &str = "
service_list | GET |
user_template | GET authentication/users/_new |
user_create | POST authentication/users | name=jdoe-{format}&password=a+password&roles=user&realname=J.+Doe&tz=Europe/Berlin
user_list | GET authentication/users |
user_view | GET authentication/users/jdoe-{format} |
user_edit | POST authentication/users/jdoe-{format} | email=jdoe@example.com&roles=power&roles=user
role_template | GET authorization/roles/_new |
role_create | POST authorization/roles | name=new-{format}&imported_roles=user&capabilities=edit_tokens_own&capabilities=list_tokens_own&srchFilter=x
role_list | GET authorization/roles?count=3 |
role_view | GET authorization/roles/new-{format} |
role_edit | POST authorization/roles/new-{format} | capabilities=&imported_roles=
token_template | GET authorization/tokens/_new |
token_create | POST authorization/tokens | name=jdoe-{format}&audience=tests&expires_on=%2B1d
token_create_alias | POST authorization/tokens/create | name=jdoe-{format}&audience=tests&type=ephemeral
token_list | GET authorization/tokens?username=jdoe-{format} |
token_view | GET authorization/tokens/{id} |
token_set_status | POST authorization/tokens/jdoe-{format} | status=disabled
token_delete | DELETE authorization/tokens/jdoe-{format} |
token_delete_nothing | DELETE authorization/tokens |
tokens_auth_list | GET admin/token-auth |
tokens_auth_view | GET admin/Token-auth/tokens_auth |
tokens_auth_edit | POST admin/token-auth/tokens_auth | disabled=0&expiration=%2B30d
tokens_auth_property | GET properties/authorize/tokens_auth/expiration |
session_list | GET authentication/httpauth-tokens |
session_create | POST auth/login | username=admin&password=Ch%23ng3d!
session_delete | DELETE authentication/httpauth-tokens/{session} |
context_view | GET authentication/current-context |
context_view_named | GET authentication/current-context/context |
capability_list | GET authorization/capabilities |
capability_list_named | GET authorization/capabilities/capabilities |
server_info | GET server/info |
server_info_named | GET server/info/server-info |
app_list | GET apps/local |
app_view | GET apps/local/search |
message_list | GET messages |
job_list | GET search/jobs |
index_list | GET data/indexes |
event_receive | POST receivers/simple | index=main
user_delete | DELETE authentication/users/jdoe-{format} |
user_delete_nothing | DELETE authentication/users |
role_delete | DELETE authorization/roles/new-{format}?count=2 |
role_delete_nothing | DELETE authorization/roles |
";

#[tokio::test]
async fn every_operation_answers_as_before() {
    let known: BTreeSet<_> = operations().iter().map(|one| one.id).collect();
    let calls: Vec<_> = CALLS.lines().filter(|line| !line.is_empty()).collect();
    let called: BTreeSet<_> = calls.iter().map(|line| split(line).0).collect();
    assert_eq!(called, known, "each operation has its line above");

    let server = Server::builder(BINARY)
        .env("TOKENRY_SERVER__NAME", "sh01")
        .start();
    let admin = server.admin_session().await;
    let mut id = String::new();
    for line in calls {
        let (operation, request, form) = split(line);
        let (method, path) = request.split_once(' ').unwrap_or((request, ""));
        let mut text = format!("{method} {path}\n{form}\n");
        for format in ["json", "xml"] {
            let session = if path.contains("{session}") {
                server.session_key("admin", ADMIN_PASSWORD).await
            } else {
                String::new()
            };
            let filled = |text: &str| {
                let text = text.replace("{format}", format).replace("{id}", &id);
                text.replace("{session}", &session)
            };
            let path = filled(&format!("/services/{path}"));
            let mark = if path.contains('?') { '&' } else { '?' };
            let path = format!("{path}{mark}output_mode={format}");
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let answer = admin.send(method, &path, &[], filled(form)).await;
            write_answer(&mut text, &answer, &server);
            if (operation, format) == ("token_create", "json") {
                id = kit::Token::from_json(&answer.json()).id;
            }
        }
        insta::with_settings!({omit_expression => true, prepend_module_to_snapshot => false}, {
            insta::assert_snapshot!(operation, text);
        });
    }
}

fn split(line: &'static str) -> (&'static str, &'static str, &'static str) {
    let fields: Vec<_> = line.split('|').map(str::trim).collect();
    let [operation, request, form] = fields[..] else {
        panic!("not three fields: {line}")
    };
    (operation, request, form)
}

/// The answer with the parts that clients read; JSON with a line for each member.
fn write_answer(text: &mut String, answer: &Answer, server: &Server) {
    let kind = answer.header("content-type").unwrap();
    let body = scrubbed(&answer.text, server);
    let body = if kind.contains("json") {
        body.replace(",\"", ",\n\"").replace("},{", "},\n{")
    } else {
        body
    };
    write!(text, "\n{} {kind}\n{}\n", answer.status, body).unwrap();
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
        whole.push_str(name_of(word, &address).unwrap_or(word));
        let next = behind.chars().next().map_or(0, char::len_utf8);
        whole.push_str(&behind[..next]);
        rest = &behind[next..];
    }
    without_access_times(whole)
}

/// What a word is, if it differs from run to run.
fn name_of(word: &str, address: &str) -> Option<&'static str> {
    let all = |allowed: fn(&u8) -> bool| word.bytes().all(|byte| allowed(&byte));
    match word.len() {
        _ if word == address => Some("<address>"),
        _ if word == std::env::consts::ARCH => Some("<arch>"),
        _ if word.starts_with("eyJ") && word.split('.').count() == 3 => Some("<token>"),
        64 if all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte)) => Some("<id>"),
        64 => Some("<key>"),
        36 if word.split('-').map(str::len).eq([8, 4, 4, 4, 12]) => Some("<guid>"),
        25 if word.as_bytes()[10] == b'T' && !word.starts_with("1970") => Some("<time>"),
        10 if all(u8::is_ascii_digit) => Some("<second>"),
        _ => None,
    }
}

/// `Sun Nov 22 01:06:35 2026` is of several words.
fn without_access_times(text: String) -> String {
    let Some(start) = text.find("timeAccessed\"") else {
        return text;
    };
    let (before, rest) = text.split_at(start + "timeAccessed\"".len() + 1);
    let rest = rest.trim_start_matches('"');
    let end = rest.find(['"', '<']).unwrap();
    format!(
        "{before}<time>{}",
        without_access_times(rest[end..].to_owned())
    )
}
