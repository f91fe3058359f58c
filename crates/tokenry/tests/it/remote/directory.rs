//! `tokenry user`, `role`, `persona`, `group` and `settings`.

use tokenry_api::types::{
    directory::{Persona, PersonaList, UserGroup, UserGroupList},
    roles::{Role, RoleList},
    settings::SettingList,
    users::{User, UserPage},
};
use tokenry_testkit::{client::Method, server::Server};

use super::kit::{Person, end_with_input};
use crate::kit::BINARY;

#[test]
fn users_are_made_changed_locked_and_deleted() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let create = [
        "user",
        "create",
        "maria",
        "--role",
        "user",
        "--password-stdin",
        "--output",
        "json",
    ];
    let made: User = end_with_input(admin.command(&create), "long enough")
        .expect(0)
        .json();
    assert_eq!(
        (made.name.as_str(), made.roles.as_slice()),
        ("maria", &["user".to_owned()][..])
    );
    let maria = Person::stranger(&server);
    maria.sign_in("maria", "long enough");

    let edited: User = admin.json(&[
        "user",
        "edit",
        "maria",
        "--add-role",
        "power",
        "--real-name",
        "Maria Rossi",
    ]);
    assert_eq!(edited.real_name, "Maria Rossi");
    assert!(
        edited.roles.iter().any(|role| role == "power")
            && edited.roles.iter().any(|role| role == "user")
    );
    let edited: User = admin.json(&["user", "edit", "maria", "--remove-role", "power"]);
    assert_eq!(edited.roles, ["user"]);

    let new = admin.file("new", "another one");
    let own = maria.file("own", "long enough");
    let change = ["user", "edit", "maria", "--password-file", &new];
    maria.run(&change).expect(1).says(&["--old-password-file"]);
    maria
        .run(&[&change[..], &["--old-password-file", &own]].concat())
        .expect(0);
    maria.sign_in("maria", "another one");
    admin
        .run(&["user", "edit", "maria", "--password-file", &own])
        .expect(0);
    maria.sign_in("maria", "long enough");

    let locked: User = admin.json(&["user", "lock", "maria"]);
    assert!(locked.locked);
    maria.run(&["whoami"]).expect(1);
    let unlocked: User = admin.json(&["user", "unlock", &made.id.to_string()]);
    assert!(!unlocked.locked);
    let page: UserPage = admin.json(&["user", "list", "--search", "rossi"]);
    assert_eq!(
        page.items.iter().map(|user| user.id).collect::<Vec<_>>(),
        [made.id]
    );
    let page: UserPage = admin.json(&["user", "list", "--role", "admin", "--all"]);
    assert_eq!((page.total, page.items[0].name.as_str()), (1, "admin"));
    let shown: User = admin.json(&["user", "show", "maria"]);
    assert_eq!(shown.id, made.id);
    admin
        .run(&["user", "delete", "maria"])
        .expect(1)
        .says(&["--yes"]);
    admin.run(&["user", "delete", "maria", "--yes"]).expect(0);
    admin.run(&["user", "show", "maria"]).expect(1);
}

#[test]
fn roles_are_made_changed_and_deleted() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let made: Role = admin.json(&[
        "role",
        "create",
        "reader",
        "--capability",
        "orders.read,orders.list",
        "--import",
        "user",
        "--description",
        "d",
    ]);
    assert_eq!(
        (made.capabilities.len(), made.imports.as_slice()),
        (2, &["user".to_owned()][..])
    );
    let edit = [
        "role",
        "edit",
        "reader",
        "--add-capability",
        "invoices.read",
        "--remove-capability",
        "orders.list",
    ];
    let edited: Role = admin.json(&[&edit[..], &["--remove-import", "user"]].concat());
    let mut capabilities = edited.capabilities;
    capabilities.sort_unstable();
    assert_eq!(capabilities, ["invoices.read", "orders.read"]);
    assert!(edited.imports.is_empty());
    let shown: Role = admin.json(&["role", "show", "reader"]);
    assert_eq!(shown.id, made.id);
    let list: RoleList = admin.json(&["role", "list"]);
    assert!(list.items.iter().any(|role| role.name == "reader"));
    admin.run(&["role", "delete", "reader", "--yes"]).expect(0);
    admin
        .run(&["role", "show", "reader"])
        .expect(1)
        .says(&["there is no role reader"]);
}

#[tokio::test]
async fn groups_and_personas_are_made_changed_and_deleted() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    admin
        .run(&["user", "create", "maria", "--role", "user"])
        .expect(0);
    let group: UserGroup = admin.json(&[
        "group",
        "create",
        "operators",
        "--member",
        "maria",
        "--role",
        "power",
    ]);
    assert_eq!(
        (group.members[0].name.as_str(), group.roles[0].name.as_str()),
        ("maria", "power")
    );
    let edit = [
        "group",
        "edit",
        "operators",
        "--name",
        "night",
        "--add-member",
        "admin",
        "--remove-member",
        "maria",
    ];
    let edited: UserGroup = admin.json(&edit);
    assert_eq!(
        (
            edited.name.as_str(),
            edited.members.len(),
            edited.members[0].name.as_str()
        ),
        ("night", 1, "admin")
    );
    let list: UserGroupList = admin.json(&["group", "list"]);
    assert!(list.items.iter().any(|one| one.id == group.id));
    let shown: UserGroup = admin.json(&["group", "show", "night"]);
    assert_eq!(shown.id, group.id);

    let client = server.bearer(&admin.key());
    let computers = serde_json::json!({ "name": "all of them", "text": "x" });
    let computers = client
        .send_json(Method::POST, "/api/v1/computer-groups", &computers)
        .await;
    let computers = computers.expect_status(201).json()["id"].to_string();
    let create = [
        "persona",
        "create",
        "auditors",
        "--computer-group",
        &computers,
        "--role",
        "user",
    ];
    let made: Persona =
        admin.json(&[&create[..], &["--user", "maria", "--group", "night"]].concat());
    assert_eq!(
        (made.users.len(), made.user_groups.len(), made.roles.len()),
        (1, 1, 1)
    );
    let edit = [
        "persona",
        "edit",
        "auditors",
        "--add-role",
        "power",
        "--remove-user",
        "maria",
    ];
    let edited: Persona = admin.json(&[&edit[..], &["--display-name", "Auditors"]].concat());
    assert_eq!(
        (
            edited.users.len(),
            edited.roles.len(),
            edited.display_name.as_str()
        ),
        (0, 2, "Auditors")
    );
    let list: PersonaList = admin.json(&["persona", "list"]);
    assert!(list.items.iter().any(|one| one.id == made.id));
    let shown: Persona = admin.json(&["persona", "show", "auditors"]);
    assert_eq!(shown.id, made.id);
    admin
        .run(&["persona", "delete", "auditors", "--yes"])
        .expect(0);
    admin.run(&["group", "delete", "night", "--yes"]).expect(0);
    admin.run(&["group", "show", "night"]).expect(1);
}

#[test]
fn settings_are_listed_and_set_together_or_not_at_all() {
    let server = Server::start(BINARY);
    let admin = Person::admin(&server);
    let value = |list: &SettingList, key: &str| {
        let found = list.items.iter().find(|setting| setting.key == key);
        found.unwrap().value.clone()
    };
    let list: SettingList = admin.json(&["settings", "list"]);
    assert!(list.items.len() > 5);
    let set = [
        "settings",
        "set",
        "default_expiration=+30d",
        "users_summary_only=on",
    ];
    let networks = "api_token_trusted_ip_address_list=192.0.2.0/24,198.51.100.7";
    let set: SettingList = admin.json(&[&set[..], &[networks]].concat());
    assert_eq!(set.items.len(), 3);
    assert_eq!(value(&set, "users_summary_only"), true);
    assert_eq!(
        value(&set, "api_token_trusted_ip_address_list")
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let wrong = [
        "settings",
        "set",
        "default_expiration=+60d",
        "api_token_string_length=1",
    ];
    admin.run(&wrong).expect(1);
    let list: SettingList = admin.json(&["settings", "list"]);
    assert_eq!(value(&list, "default_expiration"), "+30d");
}
