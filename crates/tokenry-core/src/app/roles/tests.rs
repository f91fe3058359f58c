//! Roles: making, changing and deleting them without gaining power or going in circles.

use super::*;
use crate::{
    app::{
        UserEdit,
        testing::{Done, Town, capability, refusal, role_name},
    },
    principal::{Power, RoleDetails},
    token::form::splunk_jwt::Kind,
    verify::Verdict,
};

const NO_MORE_THAN_HIS: &str = "every capability over tokens, users and roles that the role grants";

fn capabilities(names: &[&str]) -> RoleEdit {
    RoleEdit {
        capabilities: Some(names.iter().map(|name| capability(name)).collect()),
        ..RoleEdit::default()
    }
}

fn imports(names: &[&str]) -> RoleEdit {
    RoleEdit {
        imports: Some(names.iter().map(|name| role_name(name)).collect()),
        ..RoleEdit::default()
    }
}

fn creates(town: &Town, caller: &str, name: &str, edit: RoleEdit) -> Done<Role> {
    town.does(
        town.app
            .create_role(&town.caller(caller), role_name(name), edit),
    )
}

fn edits(town: &Town, caller: &str, name: &str, edit: RoleEdit) -> Done<Role> {
    town.does(town.app.edit_role(&town.caller(caller), name, edit))
}

fn refuses_new(town: &Town, caller: &str, name: &str, edit: RoleEdit) -> Error {
    town.refuses(
        town.app
            .create_role(&town.caller(caller), role_name(name), edit),
    )
}

fn refuses_edit(town: &Town, caller: &str, name: &str, edit: RoleEdit) -> Error {
    town.refuses(town.app.edit_role(&town.caller(caller), name, edit))
}

fn names(role: &Role) -> Vec<&str> {
    role.capabilities.iter().map(Capability::as_str).collect()
}

#[test]
fn a_role_is_made_and_changed_where_something_is_said() {
    let town = Town::new();
    let made = creates(&town, "admin", "Readers", RoleEdit::default());
    made.recorded("admin", Action::CreateRole, "readers", None);
    made.told(&[Change::RolePut(Role::new(
        role_name("readers"),
        made.value.number,
    ))]);

    let mut edit = capabilities(&["orders.read", "edit_tokens_own"]);
    edit.imports = imports(&["can_delete"]).imports;
    edit.attributes = [("srchFilter".to_owned(), vec!["*".to_owned()])].into();
    let edited = edits(&town, "admin", "READERS", edit);
    edited.recorded("admin", Action::EditRole, "readers", None);
    let reason = "capabilities: edit_tokens_own, orders.read; imports: can_delete";
    assert_eq!(edited.events[0].reason, reason);

    let other = RoleEdit {
        attributes: [("defaultApp".to_owned(), vec![])].into(),
        ..RoleEdit::default()
    };
    let role = edits(&town, "admin", "readers", other).value;
    assert_eq!(names(&role), ["edit_tokens_own", "orders.read"]);
    assert_eq!(role.imports, [role_name("can_delete")]);
    assert_eq!(role.attributes.len(), 2);
    let role = edits(&town, "admin", "readers", capabilities(&[])).value;
    assert!(role.capabilities.is_empty());
    assert_eq!(town.app.role(&town.caller("admin"), "Readers"), Ok(role));
}

/// spec/splunk.md 5.3.
#[test]
fn what_is_imported_already_is_not_a_roles_own() {
    let town = Town::new();
    let mut edit = capabilities(&["search", "rtsearch", "orders.read"]);
    edit.imports = imports(&["power"]).imports;
    let role = creates(&town, "admin", "readers", edit).value;
    assert_eq!(names(&role), ["orders.read"]);
}

#[test]
fn what_cannot_be_a_role_is_refused() {
    let town = Town::new();
    for name in ["admin", "Admin", "nobody"] {
        let error = refuses_new(&town, "admin", name, RoleEdit::default());
        let taken = format!("Role with name={} already exists", name.to_lowercase());
        assert_eq!(error, Error::conflict(taken), "nt28: {name}");
    }
    let ghost = Error::invalid("imported_roles", "role 'ghost' does not exist");
    assert_eq!(
        refuses_new(&town, "admin", "new", imports(&["user", "ghost"])),
        ghost
    );
    assert_eq!(
        refuses_edit(&town, "admin", "user", imports(&["ghost"])),
        ghost
    );
    for name in ["ghost", "a b"] {
        let missing = Error::not_found("role", name);
        assert_eq!(
            refuses_edit(&town, "admin", name, RoleEdit::default()),
            missing
        );
        let deleted = town.refuses(town.app.delete_role(&town.caller("admin"), name));
        assert_eq!(deleted, missing);
        assert_eq!(town.app.role(&town.caller("admin"), name), Err(missing));
    }
    let long = [vec!["x".repeat(1025)], vec![String::new(); 1025]];
    for texts in long {
        let edit = RoleEdit {
            attributes: [("srchFilter".to_owned(), texts)].into(),
            ..RoleEdit::default()
        };
        let error = refuses_edit(&town, "admin", "user", edit);
        assert!(matches!(error, Error::Invalid { .. }), "nt63: {error}");
    }
}

#[test]
fn no_role_imports_itself_over_however_many_others() {
    let town = Town::new();
    let itself = |role: &str| {
        Error::invalid(
            "imported_roles",
            format!("role '{role}' would import itself"),
        )
    };
    assert_eq!(
        refuses_new(&town, "admin", "a", imports(&["a"])),
        itself("a")
    );
    for (name, imported) in [("a", &[][..]), ("b", &["a"]), ("c", &["nobody", "b"])] {
        let _ = creates(&town, "admin", name, imports(imported));
    }
    for imported in ["a", "b", "c"] {
        assert_eq!(
            refuses_edit(&town, "admin", "a", imports(&[imported])),
            itself("a")
        );
        assert_eq!(
            refuses_edit(&town, "admin", "a", imports(&["user", imported])),
            itself("a")
        );
    }
    // The other way round is no circle.
    let _ = edits(&town, "admin", "c", imports(&["a", "b"]));
}

#[test]
fn nt18_who_does_not_edit_roles_makes_edits_and_deletes_none() {
    let town = Town::new();
    for name in ["power", "user_editor", "all_maker", "nobody"] {
        let no = refusal(name, "edit_roles");
        let caller = town.caller(name);
        assert_eq!(refuses_new(&town, name, "new", RoleEdit::default()), no);
        for role in ["nobody", "admin", "ghost"] {
            assert_eq!(refuses_edit(&town, name, role, RoleEdit::default()), no);
            assert_eq!(town.refuses(town.app.delete_role(&caller, role)), no);
        }
        let no = refusal(name, "edit_roles or list_all_roles");
        assert_eq!(town.app.list_roles(&caller), Err(no.clone()));
        assert_eq!(town.app.role(&caller, "nobody"), Err(no));
    }
    assert!(town.app.list_roles(&town.caller("role_editor")).is_ok());
}

/// `role_editor` holds `edit_roles` and nothing else.
#[test]
fn nt18_an_editor_of_roles_shapes_none_with_a_power_that_he_lacks() {
    let town = Town::new();
    let no = refusal("role_editor", NO_MORE_THAN_HIS);
    let too_much = [
        capabilities(&["edit_user"]),
        capabilities(&["users.edit"]),
        capabilities(&["search", "tokens.create.any"]),
        imports(&["admin"]),
        imports(&["can_delete", "power"]),
    ];
    for edit in too_much {
        assert_eq!(refuses_new(&town, "role_editor", "new", edit.clone()), no);
        // The role he holds himself, and one that somebody else holds.
        for role in ["role_editor", "nobody"] {
            assert_eq!(refuses_edit(&town, "role_editor", role, edit.clone()), no);
        }
    }
    let editor = town.caller("role_editor");
    for role in ["admin", "splunk-system-role", "user", "own_maker"] {
        for edit in [RoleEdit::default(), capabilities(&[]), imports(&[])] {
            assert_eq!(refuses_edit(&town, "role_editor", role, edit), no);
        }
        assert_eq!(town.refuses(town.app.delete_role(&editor, role)), no);
    }
    let _ = creates(
        &town,
        "role_editor",
        "new",
        capabilities(&["orders.read", "edit_roles"]),
    );
    let _ = town.does(town.app.delete_role(&editor, "new"));
}

#[test]
fn nt16_a_token_shrinks_and_grows_with_its_owners_roles_at_once() {
    let town = Town::new();
    let token = town.make_token("admin", Kind::Static, "own_maker");
    let has = || match town.verdict(&token) {
        Verdict::Granted(grant) => grant.principal.rights.has(Power::TokensCreateOwn),
        Verdict::Denied(reason) => panic!("{reason}"),
    };
    assert!(has());
    let _ = edits(&town, "admin", "own_maker", capabilities(&[]));
    assert!(!has());
    let mut edit = capabilities(&[]);
    edit.imports = imports(&["admin"]).imports;
    let _ = edits(&town, "admin", "own_maker", edit);
    assert!(has());
}

#[test]
fn nt15_a_deleted_role_is_taken_from_all_who_hold_or_import_it_and_comes_back_to_nobody() {
    let town = Town::new();
    let token = town.make_token("admin", Kind::Static, "power");
    let deleted = town.does(town.app.delete_role(&town.caller("admin"), "Power"));
    deleted.recorded("admin", Action::DeleteRole, "power", None);
    assert_eq!(deleted.events[0].reason, "taken from 1 users");
    let holder = town.principal("power").user.clone();
    let admin = town.app.world().roles()[&role_name("admin")].clone();
    assert_eq!(holder.roles, []);
    assert_eq!(admin.imports, [role_name("user")]);
    deleted.told(&[
        Change::UserPut(holder),
        Change::RolePut(admin),
        Change::RoleDeleted(role_name("power")),
    ]);
    let rights = || match town.verdict(&token) {
        Verdict::Granted(grant) => grant.principal.rights.capabilities().count(),
        Verdict::Denied(reason) => panic!("{reason}"),
    };
    assert_eq!(rights(), 0, "nothing is left, and no other role steps in");
    let _ = creates(&town, "admin", "power", imports(&["admin"]));
    assert_eq!(rights(), 0);
}

#[test]
fn the_last_administrator_keeps_what_makes_him_one() {
    let town = Town::new();
    let stuck = Error::conflict("This would leave nobody who can edit users and roles");
    let edit = capabilities(&["edit_user"]);
    assert_eq!(refuses_edit(&town, "admin", "admin", edit), stuck);
    let deleted = town.refuses(town.app.delete_role(&town.caller("admin"), "admin"));
    assert_eq!(deleted, stuck);
    // In our spelling it is the same.
    let _ = edits(
        &town,
        "admin",
        "admin",
        capabilities(&["users.edit", "roles.edit"]),
    );
}

/// A content set that is there from the start.
const SET: ContentSetId = ContentSetId::from_number(1);

/// A role as our own interface sends it: whole.
fn whole(label: &str, names: &[&str], all: bool, grants: &[(ContentSetId, &str)]) -> RoleEdit {
    let grants = grants.iter().map(|(set, name)| (*set, capability(name)));
    RoleEdit {
        details: Some(RoleDetailsEdit {
            label: Some(label.to_owned()),
            description: Some(format!("for {label}")),
            deny: Some(false),
            all_content_sets: Some(all),
        }),
        grants: Some(grants.collect()),
        imports: Some(vec![role_name("user")]),
        ..capabilities(names)
    }
}

#[test]
fn a_role_is_made_and_changed_with_all_it_has_in_one_batch() {
    let town = Town::new();
    let sensors = &[(SET, "read sensor")];
    let made = creates(
        &town,
        "admin",
        "readers",
        whole("Our readers", &["ask"], false, sensors),
    );
    made.recorded("admin", Action::CreateRole, "readers", None);
    let expected = Role {
        capabilities: [capability("ask")].into(),
        imports: vec![role_name("user")],
        details: RoleDetails {
            label: "Our readers".to_owned(),
            description: "for Our readers".to_owned(),
            grants: [(SET, capability("read sensor"))].into(),
            deny: false,
            all_content_sets: false,
        },
        ..Role::new(role_name("readers"), made.value.number)
    };
    assert_eq!(made.value, expected);
    // The same again is no harm, though it is said that it is not for all content sets.
    let again = edits(
        &town,
        "admin",
        "readers",
        whole("Our readers", &["ask"], false, sensors),
    );
    assert_eq!(again.value, expected);

    let changed = edits(
        &town,
        "admin",
        "readers",
        whole("Readers", &["ask", "tell"], true, &[]),
    );
    changed.told(&[Change::RolePut(changed.value.clone())]);
    let role = changed.value;
    assert_eq!(
        (role.label(), names(&role)),
        ("Readers", vec!["ask", "tell"])
    );
    assert!(role.details.all_content_sets && role.details.grants.is_empty());

    let back = edits(
        &town,
        "admin",
        "readers",
        whole("Readers", &[], false, sensors),
    )
    .value;
    assert!(!back.details.all_content_sets && back.capabilities.is_empty());
    assert_eq!(
        back.details.grants,
        [(SET, capability("read sensor"))].into()
    );
    // What is not said stays.
    let kept = edits(&town, "admin", "readers", capabilities(&["ask"])).value;
    assert_eq!(kept.details, back.details);
}

#[test]
fn grants_on_content_sets_never_turn_into_grants_on_all() {
    let town = Town::new();
    let sensors: &[(ContentSetId, &str)] = &[(SET, "read sensor")];
    let why = "must be empty for a role whose capabilities are for all content sets";
    let refused = refuses_new(&town, "admin", "readers", whole("R", &[], true, sensors));
    assert_eq!(refused, Error::invalid("grants", why));
    let _ = creates(&town, "admin", "readers", whole("R", &[], true, &[]));
    let grants = || RoleEdit {
        grants: whole("R", &[], false, sensors).grants,
        ..RoleEdit::default()
    };
    let refused = refuses_edit(&town, "admin", "readers", grants());
    assert_eq!(refused, Error::invalid("grants", why));
    let refused = refuses_edit(&town, "admin", "admin", grants());
    assert_eq!(refused, Error::invalid("grants", why), "a built-in one");
    let why = "names a content set that does not exist";
    let nowhere = [(ContentSetId::from_number(77), "read sensor")];
    let refused = refuses_edit(&town, "admin", "readers", whole("R", &[], false, &nowhere));
    assert_eq!(refused, Error::invalid("grants", why));
}

#[test]
fn nt18_nobody_gives_a_role_powers_he_lacks_in_whichever_part_of_it() {
    let town = Town::new();
    let _ = creates(&town, "admin", "readers", whole("R", &[], false, &[]));
    let power = "edit_user";
    let denying = RoleEdit {
        details: Some(RoleDetailsEdit {
            deny: Some(true),
            ..RoleDetailsEdit::default()
        }),
        ..capabilities(&[power])
    };
    for edit in [
        whole("R", &[power], false, &[]),
        whole("R", &[power], true, &[]),
        whole("R", &[], false, &[(SET, power)]),
        denying,
    ] {
        let refused = refuses_edit(&town, "role_editor", "readers", edit.clone());
        assert_eq!(refused, refusal("role_editor", NO_MORE_THAN_HIS));
        let mut details = edit.details.clone().unwrap();
        details.label = Some("Others".to_owned());
        let new = RoleEdit {
            details: Some(details),
            ..edit
        };
        let refused = refuses_new(&town, "role_editor", "others", new);
        assert_eq!(refused, refusal("role_editor", NO_MORE_THAN_HIS));
    }
}

#[test]
fn nt28_no_role_made_whole_can_be_taken_for_another() {
    let town = Town::new();
    let taken = |name: &str| Error::conflict(format!("Role with name={name} already exists"));
    let plain = |label| whole(label, &[], false, &[]);
    let refused = refuses_new(&town, "admin", "administrator", plain("Mine"));
    assert_eq!(
        refused,
        taken("administrator"),
        "it is what admin is called"
    );
    for label in ["Administrator", "ADMIN", "Content Administrator"] {
        assert_eq!(
            refuses_new(&town, "admin", "mine", plain(label)),
            taken(label)
        );
    }
    let _ = creates(&town, "admin", "mine", plain("Mine"));
    let refused = refuses_edit(&town, "admin", "mine", plain("User"));
    assert_eq!(refused, taken("User"));
    let why = "A built-in role cannot be renamed, nor deny, nor change the content sets it is for";
    for details in [
        RoleDetailsEdit {
            label: Some("Bosses".to_owned()),
            ..RoleDetailsEdit::default()
        },
        RoleDetailsEdit {
            deny: Some(true),
            ..RoleDetailsEdit::default()
        },
    ] {
        let edit = RoleEdit {
            details: Some(details),
            ..RoleEdit::default()
        };
        let refused = refuses_edit(&town, "admin", "power", edit);
        assert_eq!(refused, Error::conflict(why));
    }
}

#[test]
fn the_last_administrator_is_not_denied_his_powers_by_an_edit_of_details() {
    let town = Town::new();
    let _ = creates(&town, "admin", "burden", capabilities(&["edit_roles"]));
    let give = UserEdit {
        roles: Some(vec![role_name("admin"), role_name("burden")]),
        ..UserEdit::default()
    };
    let admin = town.caller("admin");
    let _ = town.does(town.app.edit_user(&admin, "admin", give));
    let deny = RoleEdit {
        details: Some(RoleDetailsEdit {
            deny: Some(true),
            ..RoleDetailsEdit::default()
        }),
        ..RoleEdit::default()
    };
    let refused = refuses_edit(&town, "admin", "burden", deny);
    let why = "This would leave nobody who can edit users and roles";
    assert_eq!(refused, Error::conflict(why));
}
