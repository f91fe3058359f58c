//! Who may call what: every operation of this face, by every kind of caller, compared with what his privileges say and
//! with the committed `authorisation.txt`. Whatever is in the table of operations is called, whether or not it has a
//! row of its own here (NT-24, NT-66).

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use serde_json::{Value, json};
use tokenry_http::tanium::{Access, OperationInfo, operations};
use tokenry_testkit::{
    client::{Answer, Client, Method},
    server::Server,
};

use super::{
    doors::filled,
    kit::{
        self, GATEWAY_USER, Made, REFUSED_SESSION, REFUSED_TOKEN, TOKENS, create, patch, refused,
        rotate, token_at, with,
    },
};
use crate::kit::BINARY;

const PASSWORD: &str = "a password";

/// Callers by name, what they may do, and what they show. Most hold one privilege, to show what that one does.
const CALLERS: &[(&str, &[&str], Shows)] = &[
    ("anonymous", &[], Shows::Nothing),
    ("nothing", &[], Shows::Session),
    ("gateway", &["gateway use api"], Shows::Session),
    ("use", &["use token"], Shows::Session),
    ("view", &["view token"], Shows::Session),
    ("revoke", &["revoke token"], Shows::Session),
    ("rotate", &["rotate token"], Shows::Session),
    ("users", &["write user"], Shows::Session),
    ("see-users", &["read user"], Shows::Session),
    ("personas", &["write persona"], Shows::Session),
    ("audit", &["read audit"], Shows::Session),
    ("gateway-user", GATEWAY_PRIVILEGES, Shows::Session),
    ("its-token", GATEWAY_PRIVILEGES, Shows::Token),
    ("an-admin", ADMIN, Shows::Session),
    ("admins-token", ADMIN, Shows::Token),
    ("admins-jwt", ADMIN, Shows::Jwt),
    ("his-persona", GATEWAY_PRIVILEGES, Shows::PersonaSession),
    ("its-token-too", GATEWAY_PRIVILEGES, Shows::PersonaToken),
    ("barred", &[], Shows::BarredToken),
    ("dead", &[], Shows::DeadToken),
];

const ADMIN: &[&str] = &["administrator"];
const GATEWAY_PRIVILEGES: &[&str] = &["use token", "gateway use api"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    Nothing,
    Session,
    Token,
    /// A token of the other face.
    Jwt,
    /// What an administrator may show as a persona that may do less.
    PersonaSession,
    PersonaToken,
    /// A token of one who may not use tokens any more.
    BarredToken,
    DeadToken,
}

/// What is special about it | operation | its parameters | body | what it takes | status then.
///
/// It takes `a session`; `sign in`; or some privileges, each enough. An administrator may do all. `{self}` is the caller;
/// `{new}` a name that is free. Before every call there are the user `{victim}`, who has no privilege; the administrator
/// `{boss}`; the roles `{prey}`, without privileges, and `{strong}`; the personas `{weak}`, of `{prey}`, and `{mighty}`,
/// of the administrators' role and nobody's; and the user groups `{few}`, of `{prey}`, and `{lords}`.
const CALLS: &str = r#"
now | gateway | | {"query":"{ now }"} | gateway use api | 200
own | api_token_create | | {} | use token | 200
as a persona that is not one's own | api_token_create | | {"as_persona":{mighty}} | use token | 400
as nobody's persona | api_token_create | | {"as_persona":999999999} | use token | 400
for another | api_token_create | | {"user":{"id":{victim}},"owner":{victim}} | use token | 200
another's persona | session_as_persona | id={mighty} | | a session | 400
oneself | user_view | id={self} | | sign in | 200
another | user_view | id={victim} | | read user or write user | 200
an administrator | user_view | id={boss} | | read user or write user | 200
by name | user_view_named | name=victim | | read user or write user | 200
without power | user_create | | {"name":"{new}","password":"a password","content_set_roles":[{prey}]} | write user | 200
an administrator | user_create | | {"name":"{new}","password":"a password","content_set_roles":[1]} | administrator | 200
oneself | user_edit | id={self} | {"display_name":"I"} | sign in | 200
one's own roles | user_edit | id={self} | {"content_set_roles":[1]} | administrator | 200
one's own lock | user_edit | id={self} | {"locked_out":0} | write user | 200
another | user_edit | id={victim} | {"display_name":"X"} | write user | 200
another, by name | user_edit_named | name=victim | {"display_name":"X"} | write user | 200
another's password | user_edit | id={victim} | {"password":"a password"} | write user | 200
another's roles | user_edit | id={victim} | {"content_set_roles":[1]} | administrator | 200
an administrator's password | user_edit | id={boss} | {"password":"a password"} | administrator | 200
an administrator's lock | user_edit | id={boss} | {"locked_out":1} | administrator | 200
another | user_delete | id={victim} | | write user | 200
an administrator | user_delete | id={boss} | | administrator | 200
oneself | user_roles | id={self} | | sign in | 200
another | user_roles | id={boss} | | read user or write user | 200
another | user_metadata_create | id={victim} | {"name":"k","value":"v"} | write user | 200
an administrator | user_metadata_create | id={boss} | {"name":"k","value":"v"} | administrator | 200
another | user_metadata_list | id={victim} | | read user or write user | 200
another's | persona_view | id={mighty} | | write persona or read user or write user | 200
another's | persona_roles | id={mighty} | | write persona or read user or write user | 200
without power | persona_create | | {"name":"{new}","content_set_role_list":[{prey}],"user_list":[{victim}]} | write persona | 200
with power | persona_create | | {"name":"{new}","content_set_role_list":[1]} | administrator | 200
with power, for oneself | persona_create | | {"name":"{new}","content_set_role_list":[1],"user_list":[{self}]} | administrator | 200
without power | persona_edit | id={weak} | {"display_name":"X"} | write persona | 200
to more power | persona_edit | id={weak} | {"content_set_role_list":[1]} | administrator | 200
a mighty one for oneself | persona_edit | id={mighty} | {"user_list":[{self}]} | administrator | 200
to less power | persona_edit | id={mighty} | {"content_set_role_list":[]} | administrator | 200
without power | persona_delete | id={weak} | | write persona | 200
with power | persona_delete | id={mighty} | | administrator | 200
without power | role_create | | {"name":"{new}"} | administrator | 200
without power | role_edit | id={prey} | {"description":"X"} | administrator | 200
one's own to more power | role_privilege_create | | {"content_set_role":{prey},"content_set_privilege":{"name":"administrator"},"content_set":1} | administrator | 200
without power | role_delete | id={prey} | | administrator | 200
without power | user_membership_create | | {"user":{victim},"content_set_role":{prey}} | write user | 200
an administrator | user_membership_create | | {"user":{victim},"content_set_role":1} | administrator | 200
oneself as an administrator | user_membership_create | | {"user":{self},"content_set_role":1} | administrator | 200
without power | group_membership_create | | {"user_group":{few},"content_set_role":{prey}} | write user | 200
to more power | group_membership_create | | {"user_group":{few},"content_set_role":1} | administrator | 200
without power | user_group_create | | {"name":"{new}","content_set_role_list":[{prey}]} | write user | 200
with power | user_group_create | | {"name":"{new}","content_set_role_list":[1],"user_list":[{self}]} | administrator | 200
oneself among the mighty | user_group_edit | id={lords} | {"user_list":[{self}]} | administrator | 200
without power | user_group_edit | id={few} | {"user_list":[{victim}]} | write user | 200
without power | user_group_delete | id={few} | | write user | 200
with power | user_group_delete | id={lords} | | administrator | 200
the addresses | system_setting_edit_named | name=api_token_trusted_ip_address_list | {"value":"127.0.0.1"} | administrator | 200
the module servers | local_setting_edit | name=ModuleServer | {"value":"192.0.2.1"} | administrator | 200
a number | system_setting_view | id=1 | | administrator | 200
of tokens | audit_list | type=api_tokens | | read audit | 200
"#;

/// Privileges that open an operation beside the one that it declares. `write …` also reads.
const ALSO: &[(&str, &str)] = &[
    ("api_token_list", "view token"),
    ("api_token_rotate", "rotate token"),
    ("user_list", "write user"),
    ("user_group_list", "write user"),
];

struct Row {
    special: &'static str,
    operation: OperationInfo,
    parameters: &'static str,
    body: &'static str,
    /// What it takes and the status then; nothing is known of a row that is not in the list.
    expected: Option<(&'static str, u16)>,
}

/// Those of the list, and one for each operation there is, with parameters that name nothing and an empty body.
fn rows() -> Vec<Row> {
    let find = |id: &str| operations().into_iter().find(|one| one.id == id);
    let listed = CALLS.lines().filter(|line| !line.is_empty()).map(|line| {
        let fields: Vec<_> = line.split('|').map(str::trim).collect();
        let [special, operation, parameters, body, needs, status] = fields[..] else {
            panic!("not six fields: {line}")
        };
        let known = find(operation);
        Row {
            special,
            operation: known.unwrap_or_else(|| panic!("no such operation: {line}")),
            parameters,
            body,
            expected: Some((needs, status.parse().unwrap())),
        }
    });
    let plain = operations().into_iter().map(|operation| Row {
        special: "",
        parameters: "",
        // The callers go on after this one.
        body: match operation.id {
            "session_logout" => r#"{"session":"x"}"#,
            _ => "",
        },
        operation,
        expected: None,
    });
    let mut rows: Vec<_> = plain.chain(listed).collect();
    let place: BTreeMap<_, _> = operations().iter().map(|one| one.id).zip(0..).collect();
    rows.sort_by_key(|row| place[row.operation.id]);
    rows
}

#[tokio::test]
async fn nt24_every_operation_is_allowed_to_its_callers_alone() {
    let server = Server::start(BINARY);
    let mut town = Town::of(&server).await;
    let mut table = Vec::new();
    let mut wrong = Vec::new();
    for (number, row) in rows().iter().enumerate() {
        let mut cells = Vec::new();
        for (index, (caller, ..)) in CALLERS.iter().enumerate() {
            let answer = town.call(row, number, index).await;
            if let Err(why) = check(row, index, &answer) {
                let text = &answer.text[..answer.text.len().min(300)];
                wrong.push(format!(
                    "{} ({}) by {caller}: {why}: {} {text}",
                    row.operation.id, row.special, answer.status
                ));
            }
            cells.push(answer.status);
        }
        table.push((row.operation.id, row.special, cells));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    compare(&table);
}

/// NT-66: what strangers may call is known by name. Of these, three want a credential in their own manner, and change
/// nothing without one.
#[tokio::test]
async fn nt66_only_signing_in_and_out_is_open_to_strangers() {
    let open = operations()
        .into_iter()
        .filter(|one| one.access == Access::Open);
    let open: Vec<_> = open.map(|one| one.id).collect();
    assert_eq!(
        open,
        [
            "session_login",
            "session_validate",
            "session_logout",
            "legacy_auth",
            "console_config"
        ]
    );
    let server = Server::start(BINARY);
    let stranger = server.anonymous();
    for operation in operations() {
        let path = filled(operation.path);
        for body in [
            "",
            "{}",
            "s3cr3t",
            r#"{"name":"x","token_string":"token-0"}"#,
        ] {
            let answer = stranger
                .send(operation.method.clone(), &path, &[], body)
                .await;
            let at = format!(
                "{} with {body:?}: {} {}",
                operation.id, answer.status, answer.text
            );
            match operation.id {
                "console_config" => assert!([200, 400].contains(&answer.status), "{at}"),
                "gateway" => assert_eq!(answer.text, r#"{"message":"Unauthorized"}"#, "{at}"),
                _ if open.contains(&operation.id) => {
                    assert!([400, 401, 403].contains(&answer.status), "{at}");
                }
                // Before anything that he says is read.
                _ => refused(&answer, 403, REFUSED_SESSION),
            }
        }
    }
}

struct Town<'a> {
    server: &'a Server,
    admin: Client,
    callers: Vec<Client>,
    ids: Vec<i64>,
    made: usize,
    /// What stands ready for the next call; what a call may have changed is taken out.
    ready: BTreeMap<&'static str, i64>,
    victim: i64,
    boss: i64,
}

impl<'a> Town<'a> {
    async fn of(server: &'a Server) -> Self {
        let admin = kit::admin(server).await;
        kit::trust_loopback(&admin).await;
        let splunk = server.admin_session().await;
        let mut town = Self {
            server,
            victim: kit::user(&admin, "victim", PASSWORD, &[10]).await,
            boss: kit::user(&admin, "boss", PASSWORD, &[1]).await,
            admin,
            callers: Vec::new(),
            ids: Vec::new(),
            made: 0,
            ready: BTreeMap::new(),
        };
        for (name, privileges, shows) in CALLERS {
            let (client, id) = town.caller(&splunk, name, privileges, *shows).await;
            town.callers.push(client);
            town.ids.push(id);
        }
        town
    }

    /// Whoever it is, he has an account of his own.
    async fn caller(
        &self,
        splunk: &Client,
        name: &str,
        privileges: &[&str],
        shows: Shows,
    ) -> (Client, i64) {
        if shows == Shows::Nothing {
            return (self.server.anonymous(), 0);
        }
        let is_persona = [Shows::PersonaSession, Shows::PersonaToken].contains(&shows);
        let role = match privileges {
            _ if is_persona => 1,
            ["administrator"] => 1,
            _ if privileges == GATEWAY_PRIVILEGES => GATEWAY_USER,
            _ if [Shows::BarredToken, Shows::DeadToken].contains(&shows) => GATEWAY_USER,
            _ => kit::role(&self.admin, &format!("role-{name}"), privileges).await,
        };
        let id = kit::user(&self.admin, name, PASSWORD, &[role]).await;
        let key = kit::key(self.server, name, PASSWORD).await;
        let session = with(self.server, &key);
        let string = match shows {
            Shows::Nothing | Shows::Session => key,
            Shows::Token => create(&session, json!({})).await.string,
            Shows::Jwt => crate::kit::token(splunk, name, &[]).await.string,
            Shows::PersonaSession | Shows::PersonaToken => {
                let name = format!("persona of {name}");
                let persona = kit::persona(&self.admin, &name, &[GATEWAY_USER], &[id]).await;
                if shows == Shows::PersonaSession {
                    kit::as_persona(&session, persona).await
                } else {
                    create(&session, json!({ "as_persona": persona }))
                        .await
                        .string
                }
            }
            Shows::BarredToken => {
                let made = create(&session, json!({})).await;
                let roles = json!({ "content_set_roles": [10] });
                patch(&self.admin, &format!("/api/v2/users/{id}"), roles).await;
                made.string
            }
            Shows::DeadToken => {
                let made = create(&session, json!({})).await;
                drop(
                    session
                        .delete(&token_at(made.id), &[])
                        .await
                        .expect_status(200),
                );
                made.string
            }
        };
        (with(self.server, &string), id)
    }

    async fn call(&mut self, row: &Row, number: usize, index: usize) -> Answer {
        let ready = self.prepare().await;
        let fill = |text: &str| {
            let mut text = text.replace("{new}", &format!("new-{number}-{index}"));
            for (name, id) in &ready {
                text = text.replace(&format!("{{{name}}}"), &id.to_string());
            }
            text.replace("{self}", &self.ids[index].to_string())
        };
        let mut path = row.operation.path.to_owned();
        for parameter in row.parameters.split('&').filter(|one| !one.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap();
            path = path.replace(&format!("{{{name}}}"), &fill(value));
        }
        let path = filled(&path);
        let method = row.operation.method.clone();
        let only_reads = method == Method::GET || row.operation.id == "gateway";
        let answer = self.callers[index]
            .send(method, &path, &[], fill(row.body))
            .await;
        let refused = !(200..300).contains(&answer.status);
        if !only_reads && !refused {
            let named = format!("{}{}", row.parameters, row.body);
            let is_named = |what: &str| named.contains(&format!("{{{what}}}"));
            // Whoever holds the role has what became of it.
            let of_prey = ["victim", "weak", "few"];
            let holds = |what: &str| of_prey.contains(&what) && is_named("prey");
            let by_name = |what: &str| what == "victim" && named.contains("victim");
            self.ready
                .retain(|what, _| !is_named(what) && !holds(what) && !by_name(what));
        }
        answer
    }

    /// Makes anew what an earlier call was allowed to change.
    async fn prepare(&mut self) -> BTreeMap<&'static str, i64> {
        for what in [
            "prey", "strong", "victim", "boss", "weak", "mighty", "few", "lords",
        ] {
            if !self.ready.contains_key(what) {
                let id = self.make(what).await;
                self.ready.insert(what, id);
            }
        }
        self.ready.clone()
    }

    async fn make(&mut self, what: &str) -> i64 {
        self.made += 1;
        let name = format!("{what}-{}", self.made);
        let admin = &self.admin;
        let account = async |id: i64, role: i64| {
            let body = json!({ "content_set_roles": [role], "deleted_flag": 0, "locked_out": 0 });
            patch(admin, &format!("/api/v2/users/{id}"), body).await;
            id
        };
        let group = async |role: i64| {
            let body = json!({ "name": name, "content_set_role_list": [role] });
            let made = kit::post(admin, "/api/v2/user_groups", body).await;
            made["id"].as_i64().unwrap()
        };
        let prey = self.ready.get("prey").copied().unwrap_or_default();
        match what {
            "prey" => kit::role(admin, &name, &[]).await,
            "strong" => kit::role(admin, &name, &["write user"]).await,
            "victim" => account(self.victim, prey).await,
            "boss" => account(self.boss, 1).await,
            "weak" => kit::persona(admin, &name, &[prey], &[]).await,
            "mighty" => kit::persona(admin, &name, &[1], &[]).await,
            "few" => group(prey).await,
            _ => group(1).await,
        }
    }
}

/// The answer is what the caller's privileges let expect.
fn check(row: &Row, index: usize, answer: &Answer) -> Result<(), String> {
    let (_, privileges, shows) = CALLERS[index];
    let expect = |status: u16, text: Option<&str>| {
        let told = match text {
            None => true,
            Some(_) if row.operation.id == "gateway" => true,
            Some(text) => {
                let body = json!({ "text": text }).to_string();
                answer.text == body
            }
        };
        if answer.status == status && told {
            return Ok(());
        }
        Err(format!("not {status} {}", text.unwrap_or_default()))
    };
    if row.operation.access == Access::Open {
        return Ok(());
    }
    let is_gateway = row.operation.id == "gateway";
    match shows {
        Shows::Nothing if is_gateway => return expect(401, None),
        Shows::Nothing => return expect(403, Some(REFUSED_SESSION)),
        Shows::DeadToken => return expect(401, Some(REFUSED_TOKEN)),
        Shows::BarredToken => return expect(403, None),
        _ => {}
    }
    let is_admin = privileges == ADMIN;
    let holds = |needs: &str| is_admin || needs.split(" or ").any(|one| privileges.contains(&one));
    let is_session = [Shows::Session, Shows::PersonaSession].contains(&shows);
    match row.expected {
        Some(("sign in", status)) => expect(status, None),
        Some(("a session", status)) if is_session => expect(status, None),
        Some(("a session", _)) => expect(403, Some(REFUSED_SESSION)),
        Some((needs, status)) if holds(needs) => expect(status, None),
        Some(_) => expect(403, None),
        None if is_admin && answer.status == 401 => Err("refused".to_owned()),
        None => match row.operation.access {
            Access::Privilege(declared) => {
                let also = ALSO.iter().filter(|(id, _)| *id == row.operation.id);
                let mut also = also.map(|(_, privilege)| *privilege);
                let may = holds(declared) || also.any(holds);
                match answer.status {
                    200..300 if !may => Err(format!("allowed without {declared}")),
                    403 if is_admin => Err("refused".to_owned()),
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        },
    }
}

/// The table is the committed one.
fn compare(table: &[(&str, &str, Vec<u16>)]) {
    const HEAD: &str = "\
Who may call what: the status that each kind of caller gets, for every operation of the Tanium-compatible face
(tests/it/tanium/authorisation.rs, which also says what each call is and what each caller shows). A call without a note
has parameters that name nothing and an empty body.
Generated by TOKENRY_UPDATE=1 cargo nextest run -p tokenry tanium::authorisation

";
    let mut text = HEAD.to_owned();
    let columns = CALLERS.iter().map(|(name, ..)| format!("  {name}"));
    let columns: String = columns.collect();
    writeln!(text, "{:<28}{:<36}{columns}", "operation", "").unwrap();
    for (operation, special, cells) in table {
        write!(text, "{operation:<28}{special:<36}").unwrap();
        for ((name, ..), status) in CALLERS.iter().zip(cells) {
            write!(text, "  {status:<width$}", width = name.len()).unwrap();
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tanium/authorisation.txt");
    if std::env::var_os("TOKENRY_UPDATE").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(
        text, committed,
        "renew it with TOKENRY_UPDATE=1, and read the difference"
    );
}

/// The matrix of spec/tanium.md 6.3: what one may do with one's own tokens and with another's. For each right: create,
/// list all, get own, get another's, rotate own, rotate another's, delete own, delete another's, explain own, explain
/// another's, see the string of one's own again, of another's.
const MATRIX: &[(&str, &[&str], &str)] = &[
    (
        "nobody",
        &[],
        "create 403, list 403, get 404 404, rotate 403 403, delete 404 404, explain 404 404, reveal 404 404",
    ),
    (
        "user",
        &["use token"],
        "create 200, list own, get 200 404, rotate 200 401, delete 200 404, explain 200 404, reveal 200 404",
    ),
    (
        "viewer",
        &["view token"],
        "create 403, list all, get 200 200, rotate 403 403, delete 403 403, explain 200 200, reveal 200 410",
    ),
    (
        "revoker",
        &["revoke token"],
        "create 403, list 403, get 404 404, rotate 403 403, delete 200 200, explain 404 404, reveal 404 404",
    ),
    (
        "rotator",
        &["rotate token"],
        "create 403, list 403, get 404 404, rotate 403 401, delete 404 404, explain 404 404, reveal 404 404",
    ),
    (
        "manager",
        &["use token", "view token", "revoke token"],
        "create 200, list all, get 200 200, rotate 200 401, delete 200 200, explain 200 200, reveal 200 410",
    ),
    (
        "administrator",
        &["administrator"],
        "create 200, list all, get 200 200, rotate 200 401, delete 200 200, explain 200 200, reveal 200 410",
    ),
];

#[tokio::test]
async fn what_one_may_do_with_tokens_is_as_in_the_matrix() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    kit::trust_loopback(&admin).await;
    let mut wrong = Vec::new();
    for (name, privileges, expected) in MATRIX {
        // Made while he may make tokens; then he may only do what the row says.
        let id = kit::user(&admin, name, PASSWORD, &[GATEWAY_USER]).await;
        let session = with(&server, &kit::key(&server, name, PASSWORD).await);
        let own = [(); 3].map(|()| create(&session, json!({})));
        let mut strings = Vec::new();
        for made in own {
            strings.push(made.await);
        }
        let [kept, to_rotate, to_delete] = &strings[..] else {
            panic!()
        };
        let foreign = create(&admin, json!({})).await;
        let role = kit::role(&admin, &format!("only {name}"), privileges).await;
        let roles = json!({ "content_set_roles": [role] });
        patch(&admin, &format!("/api/v2/users/{id}"), roles).await;

        let status = async |path: String| session.get(&path).await.status;
        let list = session.get(TOKENS).await;
        let listed = match list.status {
            200 if list.text.contains(r#""name":"admin""#) => "all".to_owned(),
            200 => "own".to_owned(),
            status => status.to_string(),
        };
        let at = |made: &Made, behind: &str| format!("{}{behind}", token_at(made.id));
        let pair = async |behind: &str| {
            let (own, other) = (
                status(at(kept, behind)).await,
                status(at(&foreign, behind)).await,
            );
            format!("{own} {other}")
        };
        let (get, explain, reveal) = (
            pair("").await,
            pair("/explain").await,
            pair("/token_string").await,
        );
        let rotate = (
            rotate(&session, &to_rotate.string).await.status,
            rotate(&session, &foreign.string).await.status,
        );
        let delete = (
            session.delete(&token_at(to_delete.id), &[]).await.status,
            session.delete(&token_at(foreign.id), &[]).await.status,
        );
        let create = session.send(Method::POST, TOKENS, &[], "").await.status;
        let found = format!(
            "create {create}, list {listed}, get {get}, rotate {} {}, delete {} {}, explain {explain}, reveal {reveal}",
            rotate.0, rotate.1, delete.0, delete.1
        );
        if found != *expected {
            wrong.push(format!(
                "{name}:\n  expected {expected}\n  found    {found}"
            ));
        }
        let stands = kit::validate(&server, &foreign.string).await.status == 200;
        assert_eq!(stands, delete.1 != 200, "{name}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// NT-19, NT-20: a token of somebody else looks like one that never was: to each verb, byte for byte.
#[tokio::test]
async fn nt19_anothers_token_and_no_token_look_the_same() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    kit::trust_loopback(&admin).await;
    let foreign = create(&admin, json!({ "notes": "not yours" })).await;
    let dead = create(&admin, json!({})).await;
    drop(
        admin
            .delete(&token_at(dead.id), &[])
            .await
            .expect_status(200),
    );
    kit::user(&admin, "jdoe", PASSWORD, &[GATEWAY_USER]).await;
    let session = with(&server, &kit::key(&server, "jdoe", PASSWORD).await);
    let by_token = create(&session, json!({})).await;
    let by_token = with(&server, &by_token.string);
    let text = "REST Object Not Found Exception: APITokenNotFound: No active API token has this ID";
    for client in [&session, &by_token] {
        for id in [
            foreign.id.to_string(),
            dead.id.to_string(),
            "0".to_owned(),
            "4031".to_owned(),
            "99999999999999999999".to_owned(),
            "-1".to_owned(),
            "x".to_owned(),
            "%00".to_owned(),
            foreign.string.clone(),
        ] {
            for (method, behind) in [
                (Method::GET, ""),
                (Method::DELETE, ""),
                (Method::GET, "/token_string"),
                (Method::GET, "/explain"),
            ] {
                let path = format!("{TOKENS}/{id}{behind}");
                let answer = client.send(method.clone(), &path, &[], "").await;
                refused(&answer, 404, text);
            }
        }
        let revoke =
            "mutation($i:ID!){apiTokenRevoke(input:{id:$i}){error{message retryable timedOut}}}";
        let mut answers = Vec::new();
        for id in [
            json!(foreign.id),
            json!(dead.id),
            json!(4031),
            json!("0"),
            json!("x"),
            json!(foreign.string),
        ] {
            answers.push(kit::graphql(client, revoke, json!({ "i": id })).await);
        }
        assert!(
            answers.iter().all(|answer| *answer == answers[0]),
            "{answers:?}"
        );
        assert_eq!(
            answers[0]["data"]["apiTokenRevoke"]["error"]["message"],
            text
        );
        // Nor does a string that was found tell whether it is still good.
        for string in [
            &foreign.string,
            &dead.string,
            &"token-0".to_owned(),
            &"0".repeat(58),
        ] {
            refused(&rotate(client, string).await, 401, REFUSED_TOKEN);
        }
    }
    drop(
        kit::validate(&server, &foreign.string)
            .await
            .expect_status(200),
    );
    let shown = admin
        .get(&token_at(foreign.id))
        .await
        .expect_status(200)
        .json();
    assert_eq!(shown["data"]["notes"], "not yours");
}

/// NT-21: a token makes none that may do more than itself; signed in, one may choose.
#[tokio::test]
async fn nt21_a_token_makes_no_stronger_token() {
    let server = Server::start(BINARY);
    let admin = kit::admin(&server).await;
    kit::trust_loopback(&admin).await;
    let user = kit::user(&admin, "jdoe", PASSWORD, &[GATEWAY_USER]).await;
    let weak = kit::persona(&admin, "Weak", &[GATEWAY_USER], &[user]).await;
    let strong = kit::persona(&admin, "Strong", &[1], &[user]).await;
    let session = with(&server, &kit::key(&server, "jdoe", PASSWORD).await);
    let of = async |client: &Client, persona: Option<i64>| -> Answer {
        let body = persona.map_or_else(|| json!({}), |id| json!({ "as_persona": id }));
        client.send_json(Method::POST, TOKENS, &body).await
    };
    let persona_of = |made: &Made| made.object["persona"]["id"].as_i64();
    let bound = Made::from(of(&session, Some(weak)).await);
    let plain = Made::from(of(&session, None).await);
    assert_eq!(
        (persona_of(&bound), persona_of(&plain)),
        (Some(weak), Some(0))
    );
    drop(of(&session, Some(strong)).await.expect_status(200));
    for made in [&bound, &plain] {
        let client = with(&server, &made.string);
        let child = Made::from(of(&client, None).await);
        assert_eq!(persona_of(&child), persona_of(made), "its own persona");
        let grandchild = Made::from(of(&with(&server, &child.string), None).await);
        for one in [made, &child, &grandchild] {
            let client = with(&server, &one.string);
            assert_eq!(
                of(&client, Some(strong)).await.status,
                403,
                "{:?}",
                one.object
            );
            let grant = "mutation{apiTokenGrant(input:{personaName:\"Strong\",trustedIPAddresses:[]}){error{message}token{id}}}";
            let granted = kit::graphql(&client, grant, json!({})).await;
            assert_eq!(granted["data"]["apiTokenGrant"]["token"], Value::Null);
        }
        let rotated = Made::from(rotate(&with(&server, &child.string), &child.string).await);
        assert_eq!(persona_of(&rotated), persona_of(made), "after a rotation");
    }
}
