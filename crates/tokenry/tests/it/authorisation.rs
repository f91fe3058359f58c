//! Who may call what: every operation of the face, by every kind of caller, compared with what his capabilities say and
//! with the committed `authorisation.txt`. An operation without a row here fails the test.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

use serde_json::Value;
use tokenry_http::splunk::{Access, operations};
use tokenry_testkit::{
    client::{Answer, Client, Method},
    server::Server,
};

use crate::kit::{self, BINARY, ROLES, USERS, user_at};

const PASSWORD: &str = "a password";

const EVERYTHING: &[&str] = &[
    "edit_roles",
    "edit_tokens_all",
    "edit_tokens_own",
    "edit_tokens_settings",
    "edit_user",
    "list_all_roles",
    "list_all_users",
    "list_tokens_all",
    "list_tokens_own",
];

/// Callers by name, their role, and what it lets them do. Most hold one capability, to show what that one does.
const CALLERS: &[(&str, &str, &[&str])] = &[
    ("anonymous", "", &[]),
    ("nothing", "nothing", &[]),
    ("tokens-own", "tokens-own", &["edit_tokens_own"]),
    ("tokens-all", "tokens-all", &["edit_tokens_all"]),
    ("see-own", "see-own", &["list_tokens_own"]),
    ("see-all", "see-all", &["list_tokens_all"]),
    ("settings", "settings", &["edit_tokens_settings"]),
    ("users", "users", &["edit_user"]),
    ("see-users", "see-users", &["list_all_users"]),
    ("roles", "roles", &["edit_roles"]),
    ("see-roles", "see-roles", &["list_all_roles"]),
    ("a-user", "user", &["list_tokens_own"]),
    ("a-power", "power", &["list_tokens_own"]),
    ("an-admin", "admin", EVERYTHING),
];

/// Every call: operation | what is special about it | path behind `/services/` | form | what it takes | status then.
///
/// It takes `anybody`; `sign in`; some capabilities, in the words of the refusal; `404 unless` some, where the refusal
/// does not tell whether there is such a thing (NT-19); or `everything`, where it reaches for more than the caller
/// has (NT-18). `{self}` is the caller; `{id}` a token and `{session}` a session of the user `victim`; `{new}` a name
/// that is free. Before every call there are `victim`, who has no capability; the administrator `boss`; and the roles
/// `prey`, which has none, and `strong`.
const CALLS: &str = "
token_list | all | authorization/tokens | | edit_tokens_all or list_tokens_all | 200
token_list | own | authorization/tokens?username={self} | | edit_tokens_all or list_tokens_all or edit_tokens_own or list_tokens_own | 200
token_list | another's | authorization/tokens?username=victim | | edit_tokens_all or list_tokens_all | 200
token_list | nobody's | authorization/tokens?username=ghost | | edit_tokens_all or list_tokens_all | 200
token_list | another's as one's own | authorization/tokens?username={self}&id={id} | | edit_tokens_all or list_tokens_all or edit_tokens_own or list_tokens_own | 200
token_create | own | authorization/tokens | name={self}&audience=x | edit_tokens_all or edit_tokens_own | 201
token_create | another's | authorization/tokens | name=victim&audience=x | edit_tokens_all | 201
token_create | an administrator's | authorization/tokens | name=boss&audience=x | edit_tokens_all | 201
token_create | nobody's | authorization/tokens | name=ghost&audience=x | edit_tokens_all | 400
token_create | another's in other case | authorization/tokens | name=VICTIM&audience=x | edit_tokens_all | 201
token_create | ephemeral, another's | authorization/tokens | name=victim&audience=x&type=ephemeral | edit_tokens_all | 201
token_create | interactive, own | authorization/tokens | type=interactive | edit_tokens_all or edit_tokens_own | 201
token_create | interactive, another's | authorization/tokens | type=interactive&name=victim | edit_tokens_all | 201
token_create | own and another's | authorization/tokens | name={self}&name=victim&audience=x | sign in | 400
token_create_alias | own | authorization/tokens/create | name={self}&audience=x | edit_tokens_all or edit_tokens_own | 201
token_create_alias | another's | authorization/tokens/create | name=victim&audience=x | edit_tokens_all | 201
token_delete_nothing | | authorization/tokens | | sign in | 400
token_template | | authorization/tokens/_new | | edit_tokens_all or edit_tokens_own | 200
token_view | another's | authorization/tokens/{id} | | edit_tokens_all or list_tokens_all | 200
token_view | nobody's | authorization/tokens/0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef | | edit_tokens_all or list_tokens_all | 404
token_view | another's, all | authorization/tokens/victim | | edit_tokens_all or list_tokens_all | 200
token_view | own, all | authorization/tokens/{self} | | edit_tokens_all or list_tokens_all or edit_tokens_own or list_tokens_own | 200
token_set_status | own | authorization/tokens/{self} | status=enabled | edit_tokens_all or edit_tokens_own | 200
token_set_status | another's | authorization/tokens/victim | status=enabled | edit_tokens_all | 200
token_set_status | another's as one's own | authorization/tokens/{self} | status=disabled&id={id} | edit_tokens_all or edit_tokens_own | 200
token_set_status | nobody's | authorization/tokens/ghost | status=enabled | edit_tokens_all | 404
token_delete | own | authorization/tokens/{self} | | edit_tokens_all or edit_tokens_own | 200
token_delete | another's as one's own | authorization/tokens/{self} | id={id} | edit_tokens_all or edit_tokens_own | 200
token_delete | nobody's | authorization/tokens/ghost | | edit_tokens_all | 404
token_delete | another's | authorization/tokens/victim | id={id} | edit_tokens_all | 200
token_delete | another's, all | authorization/tokens/victim | | edit_tokens_all | 200
tokens_auth_list | | admin/token-auth | | edit_tokens_settings | 200
tokens_auth_view | | admin/token-auth/tokens_auth | | edit_tokens_settings | 200
tokens_auth_edit | | admin/token-auth/tokens_auth | disabled=0 | edit_tokens_settings | 200
tokens_auth_edit | nothing | admin/token-auth/tokens_auth | | edit_tokens_settings | 200
tokens_auth_property | | properties/authorize/tokens_auth/disabled | | edit_tokens_settings | 200
session_create | a wrong password | auth/login | username=ghost&password=x | anybody | 401
session_list | | authentication/httpauth-tokens | | sign in | 200
session_delete | another's | authentication/httpauth-tokens/{session} | | 404 unless edit_user | 200
session_delete | nobody's | authentication/httpauth-tokens/x | | sign in | 404
context_view | | authentication/current-context | | sign in | 200
context_view_named | | authentication/current-context/context | | sign in | 200
user_list | | authentication/users | | edit_user or list_all_users | 200
user_create | without power | authentication/users | name={new}&password=a+password&roles=prey | edit_user | 201
user_create | an administrator | authentication/users | name={new}&password=a+password&roles=admin | everything | 201
user_create | who is there | authentication/users | name=victim&password=a+password&roles=prey | edit_user | 400
user_delete_nothing | | authentication/users | | sign in | 400
user_template | | authentication/users/_new | | edit_user | 200
user_view | oneself | authentication/users/{self} | | sign in | 200
user_view | another | authentication/users/victim | | edit_user or list_all_users | 200
user_view | nobody | authentication/users/ghost | | edit_user or list_all_users | 404
user_edit | oneself | authentication/users/{self} | realname=I | sign in | 200
user_edit | one's own lock | authentication/users/{self} | locked-out=0 | edit_user | 200
user_edit | one's own roles | authentication/users/{self} | roles=admin | everything | 200
user_edit | another | authentication/users/victim | realname=X | edit_user | 200
user_edit | another's password | authentication/users/victim | password=a+password | edit_user | 200
user_edit | another's roles | authentication/users/victim | roles=admin | everything | 200
user_edit | an administrator | authentication/users/boss | password=a+password | everything | 200
user_edit | nobody | authentication/users/ghost | realname=X | edit_user | 404
user_delete | an administrator | authentication/users/boss | | everything | 200
user_delete | another | authentication/users/victim | | edit_user | 200
user_delete | nobody | authentication/users/ghost | | edit_user | 400
role_list | | authorization/roles | | edit_roles or list_all_roles | 200
role_create | without power | authorization/roles | name={new} | edit_roles | 201
role_create | with power | authorization/roles | name={new}&capabilities=edit_user | everything | 201
role_create | that imports power | authorization/roles | name={new}&imported_roles=admin | everything | 201
role_delete_nothing | | authorization/roles | | sign in | 400
role_template | | authorization/roles/_new | | edit_roles | 200
role_view | | authorization/roles/user | | edit_roles or list_all_roles | 200
role_edit | without power | authorization/roles/prey | srchFilter=x | edit_roles | 200
role_edit | to more power | authorization/roles/prey | capabilities=edit_user | everything | 200
role_edit | to less power | authorization/roles/strong | capabilities= | everything | 200
role_delete | with power | authorization/roles/strong | | everything | 200
role_delete | without power | authorization/roles/prey | | edit_roles | 200
capability_list | | authorization/capabilities | | sign in | 200
capability_list_named | | authorization/capabilities/capabilities | | sign in | 200
server_info | | server/info | | sign in | 200
server_info_named | | server/info/server-info | | sign in | 200
app_list | | apps/local | | sign in | 200
app_view | | apps/local/search | | sign in | 200
message_list | | messages | | sign in | 200
job_list | | search/jobs | | sign in | 200
index_list | | data/indexes | | sign in | 200
event_receive | | receivers/simple | index=main | sign in | 200
service_list | | | | anybody | 200
";

struct Row {
    operation: &'static str,
    special: &'static str,
    path: &'static str,
    form: &'static str,
    needs: &'static str,
    status: u16,
}

fn rows() -> Vec<Row> {
    let row = |line: &'static str| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [operation, special, path, form, needs, status] = fields[..] else {
            panic!("not six fields: {line}")
        };
        Row {
            operation,
            special,
            path,
            form,
            needs,
            status: status.parse().unwrap(),
        }
    };
    CALLS
        .lines()
        .filter(|line| !line.is_empty())
        .map(row)
        .collect()
}

#[tokio::test]
async fn nt24_every_operation_is_allowed_to_its_callers_alone() {
    let rows = rows();
    let (known, tested): (BTreeSet<_>, BTreeSet<_>) = (
        operations().iter().map(|one| one.id).collect(),
        rows.iter().map(|row| row.operation).collect(),
    );
    assert_eq!(tested, known, "each operation has its rows above");

    let server = Server::start(BINARY);
    let mut town = Town::of(&server).await;
    let mut table = Vec::new();
    for (number, row) in rows.iter().enumerate() {
        let mut cells = Vec::new();
        for (index, (caller, _, capabilities)) in CALLERS.iter().enumerate() {
            let answer = town.call(row, number, index).await;
            check(row, caller, capabilities, &answer);
            cells.push(answer.status);
        }
        table.push((row.operation, row.special, cells));
    }
    compare(&table);
}

struct Town<'a> {
    server: &'a Server,
    admin: Client,
    callers: Vec<Client>,
    operations: BTreeMap<&'static str, Method>,
    /// A token of `victim`, unless a call may have changed what stands ready.
    ready: Option<String>,
}

impl<'a> Town<'a> {
    async fn of(server: &'a Server) -> Self {
        let admin = server.admin_session().await;
        let mut callers = vec![server.anonymous()];
        for (name, role, capabilities) in &CALLERS[1..] {
            if name == role {
                kit::role(&admin, role, capabilities).await;
            }
            kit::user(&admin, name, PASSWORD, &[role]).await;
            callers.push(server.session(name, PASSWORD).await);
        }
        let operations = operations().into_iter();
        let operations = operations.map(|one| (one.id, one.method)).collect();
        Self {
            server,
            admin,
            callers,
            operations,
            ready: None,
        }
    }

    async fn call(&mut self, row: &Row, number: usize, index: usize) -> Answer {
        let id = match self.ready.take() {
            Some(id) => id,
            None => self.prepare().await,
        };
        let mut path = format!("/services/{}", row.path);
        let mut form = row.form.to_owned();
        let mut replace = |name: &str, value: &str| {
            path = path.replace(name, value);
            form = form.replace(name, value);
        };
        replace("{self}", CALLERS[index].0);
        replace("{new}", &format!("new-{number}-{index}"));
        if row.path.contains("{session}") {
            let key = self.server.session_key("victim", PASSWORD).await;
            replace("{session}", &key);
        }
        replace("{id}", &id);
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str("output_mode=json");
        let method = self.operations[row.operation].clone();
        let only_reads = method == Method::GET;
        let answer = self.callers[index].send(method, &path, &[], form).await;
        if row.special == "another's as one's own" {
            let path = format!("/services/authorization/tokens/{id}?output_mode=json");
            let token = self.admin.get(&path).await.expect_status(200).json();
            assert_eq!(token["entry"][0]["content"]["status"], "enabled", "NT-19");
        }
        let refused = !(200..300).contains(&answer.status);
        self.ready = (only_reads || refused).then_some(id);
        answer
    }

    /// Puts back what an earlier call was allowed to change.
    async fn prepare(&self) -> String {
        self.role("prey", "").await;
        self.role("strong", "edit_user").await;
        self.user("victim", "prey").await;
        self.user("boss", "admin").await;
        kit::token(&self.admin, "victim", &[]).await.id
    }

    async fn role(&self, name: &str, capability: &str) {
        let path = format!("/services/authorization/roles/{name}?output_mode=json");
        let form = [("capabilities", capability)];
        if self.admin.post(&path, &form).await.status != 200 {
            let form = [("name", name), ("capabilities", capability)];
            drop(self.admin.post(ROLES, &form).await.expect_status(201));
        }
    }

    async fn user(&self, name: &str, role: &str) {
        let roles = [("roles", role)];
        if self.admin.post(&user_at(name), &roles).await.status != 200 {
            let form = [("name", name), ("password", PASSWORD), ("roles", role)];
            drop(self.admin.post(USERS, &form).await.expect_status(201));
        }
    }
}

/// The answer is what the caller's capabilities let expect, and a refusal says so in the vendor's words.
fn check(row: &Row, caller: &str, capabilities: &[&str], answer: &Answer) {
    let at = format!(
        "{} ({}) by {caller}: {}",
        row.operation, row.special, answer.text
    );
    let holds = |needs: &str| needs.split(" or ").any(|one| capabilities.contains(&one));
    let refusal = |needs: &str| {
        format!(
            "You (user={caller}) do not have permission to perform this operation (requires capability: {needs})."
        )
    };
    let declared = operations().into_iter().find(|one| one.id == row.operation);
    let declared = declared.unwrap().access;
    if let Access::Capability(needs) = declared
        && !holds(needs)
    {
        assert!([400, 401, 403, 404].contains(&answer.status), "{at}");
    }
    match row.needs {
        "anybody" => {
            assert_eq!(declared, Access::Open, "{at}");
            assert_eq!(answer.status, row.status, "{at}");
        }
        _ if caller == "anonymous" => {
            assert_eq!(answer.status, 401, "{at}");
            assert_eq!(answer.message(), "Unauthorized", "{at}");
        }
        "sign in" => assert_eq!(answer.status, row.status, "{at}"),
        "everything" if capabilities == EVERYTHING => {
            assert_eq!(answer.status, row.status, "{at}");
        }
        "everything" => {
            assert_eq!(answer.status, 403, "{at}");
            let start = format!("You (user={caller}) do not have permission");
            assert!(answer.message().starts_with(&start), "{at}");
        }
        needs => match needs.strip_prefix("404 unless ") {
            Some(needs) if !holds(needs) => {
                assert_eq!(answer.status, 404, "{at}");
            }
            None if !holds(needs) => {
                assert_eq!(answer.status, 403, "{at}");
                assert_eq!(answer.message(), refusal(needs), "{at}");
            }
            _ => assert_eq!(answer.status, row.status, "{at}"),
        },
    }
}

/// The table is the committed one.
fn compare(table: &[(&str, &str, Vec<u16>)]) {
    const HEAD: &str = "\
Who may call what: the status that each kind of caller gets, for every operation (tests/it/authorisation.rs, which also
says what each call is). Holders of one capability are named after it; what they may do is what that one is for.
Generated by TOKENRY_UPDATE=1 cargo nextest run -p tokenry authorisation

";
    let mut text = HEAD.to_owned();
    let columns: String = CALLERS
        .iter()
        .fold(String::new(), |line, (name, ..)| format!("{line}  {name}"));
    writeln!(text, "{:<22}{:<24}{columns}", "operation", "").unwrap();
    for (operation, special, cells) in table {
        write!(text, "{operation:<22}{special:<24}").unwrap();
        for ((name, ..), status) in CALLERS.iter().zip(cells) {
            write!(text, "  {status:<width$}", width = name.len()).unwrap();
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/authorisation.txt");
    if std::env::var_os("TOKENRY_UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        text, committed,
        "renew it with TOKENRY_UPDATE=1, and read the difference"
    );
}

/// 404 is for paths that nobody serves, 405 for methods that this path has not: both without a look at credentials.
#[tokio::test]
async fn wrong_methods_and_unknown_paths_are_told_apart() {
    let server = Server::start(BINARY);
    let admin = server.admin_session().await;
    let mut paths: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in operations() {
        let path = operation
            .path
            .replace("{handler}", "token-auth")
            .replace("{name}", "some-name")
            .replace("{key}", "disabled");
        let methods = paths.entry(path).or_default();
        methods.insert(operation.method.to_string());
    }
    for (path, served) in &paths {
        for method in [
            "GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW",
        ] {
            if served.contains(method) {
                continue;
            }
            for base in ["/services", "/servicesNS/nobody/system"] {
                let path = format!("{base}/{path}?output_mode=json");
                let sent = Method::from_bytes(method.as_bytes()).unwrap();
                let answer = admin.send(sent, &path, &[], "").await;
                let at = format!("{method} {path}: {}", answer.text);
                assert_eq!(answer.status, 405, "{at}");
                assert_eq!(answer.message(), "Method Not Allowed", "{at}");
                let allow: BTreeSet<_> = answer.header("allow").unwrap().split(',').collect();
                let allow: BTreeSet<_> = allow.into_iter().filter(|one| *one != "HEAD").collect();
                let expected: BTreeSet<_> = served.iter().map(String::as_str).collect();
                assert_eq!(allow, expected, "{at}");
            }
        }
        if served.contains("GET") {
            let path = format!("/services/{path}");
            let (head, get) = (
                admin.send(Method::HEAD, &path, &[], "").await,
                admin.get(&path).await,
            );
            assert_eq!(
                (head.status, head.text.as_str()),
                (get.status, ""),
                "{path}"
            );
        }
    }
    for path in [
        "/nowhere",
        "/services/nowhere",
        "/services/authorization",
        "/services/authorization/tokens/a/b",
        "/services/authentication/user/admin",
        "/services//authorization/tokens",
        "/SERVICES/server/info",
        "/services/server/Info",
        "/services;x/server/info",
        "/servicesNS/a/server/info",
        "/servicesNS/-/-/-/server/info",
        "/services/../services/server/info",
        "/services/%2e%2e/server/info",
        "/services\u{25}2fserver/info",
    ] {
        for client in [&admin, &server.anonymous()] {
            let answer = client.get(&format!("{path}?output_mode=json")).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text);
            assert_eq!(answer.message(), "Not Found", "{path}");
        }
    }
    let unknown: Value = admin
        .get("/services/admin/other?output_mode=json")
        .await
        .json();
    assert_eq!(
        unknown["messages"][0]["text"],
        "Could not find object id=other"
    );
}
