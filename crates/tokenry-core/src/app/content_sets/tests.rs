//! Content sets: made, changed and deleted, and what roles grant on one goes with it.

use super::*;
use crate::{
    app::{
        ComputerGroupEdit, RoleDetailsEdit,
        testing::{Done, Town, capability, refusal},
    },
    principal::{GroupKind, Power},
};

fn named(name: &str) -> ContentSetEdit {
    ContentSetEdit {
        name: Some(name.to_owned()),
        ..ContentSetEdit::default()
    }
}

fn creates(town: &Town, caller: &str, edit: ContentSetEdit) -> Done<Arc<ContentSet>> {
    town.does(town.app.create_content_set(&town.caller(caller), edit))
}

fn refuses_edit(town: &Town, caller: &str, id: ContentSetId, edit: ContentSetEdit) -> Error {
    town.refuses(town.app.edit_content_set(&town.caller(caller), id, edit))
}

fn refuses_delete(town: &Town, caller: &str, id: ContentSetId) -> Error {
    town.refuses(town.app.delete_content_set(&town.caller(caller), id))
}

#[test]
fn a_content_set_is_made_changed_and_deleted() {
    let town = Town::new();
    let made = creates(&town, "role_editor", named("Mine"));
    made.recorded("role_editor", Action::CreateContentSet, "Mine", None);
    let id = made.value.id;
    let edit = ContentSetEdit {
        name: None,
        description: Some("for me".to_owned()),
    };
    let editor = town.caller("role_editor");
    let edited = town.does(town.app.edit_content_set(&editor, id, edit));
    edited.recorded("role_editor", Action::EditContentSet, "Mine", None);
    assert_eq!(
        (&*edited.value.name, &*edited.value.description),
        ("Mine", "for me")
    );
    let all = town.app.list_content_sets(&editor).unwrap();
    let names: Vec<_> = all.iter().map(|set| set.name.as_str()).collect();
    assert_eq!(names, ["Reserved", "Default", "Mine"]);
    let deleted = town.does(town.app.delete_content_set(&editor, id));
    deleted.recorded("role_editor", Action::DeleteContentSet, "Mine", None);
    let gone = Error::not_found("content set", id.to_string());
    assert_eq!(town.app.content_set(&editor, id), Err(gone.clone()));
    assert_eq!(refuses_delete(&town, "role_editor", id), gone);
    assert_eq!(refuses_edit(&town, "role_editor", id, named("x")), gone);
    assert_ne!(creates(&town, "role_editor", named("mine")).value.id, id);
}

#[test]
fn what_cannot_be_a_content_set_is_refused() {
    let town = Town::new();
    let admin = town.caller("admin");
    let new = |edit| town.refuses(town.app.create_content_set(&admin, edit));
    let taken = Error::conflict("Content set with name=DEFAULT already exists");
    assert_eq!(new(named("DEFAULT")), taken);
    let long = ContentSetEdit {
        description: Some("x".repeat(4097)),
        ..named("x")
    };
    for (expected, edit) in [
        ("name", named("")),
        ("name", named("\t")),
        ("description", long),
    ] {
        let error = new(edit);
        assert!(
            matches!(error, Error::Invalid { field, .. } if field == expected),
            "{error}"
        );
    }
}

#[test]
fn what_is_there_from_the_start_stays() {
    let town = Town::new();
    for id in [1, 2].map(ContentSetId::from_number) {
        let renamed = Error::conflict("A built-in content set cannot be renamed");
        assert_eq!(refuses_edit(&town, "admin", id, named("x")), renamed);
        let deleted = Error::conflict("A built-in content set cannot be deleted");
        assert_eq!(refuses_delete(&town, "admin", id), deleted);
    }
}

#[test]
fn who_does_not_edit_roles_neither_makes_nor_sees_content_sets() {
    let town = Town::new();
    let id = ContentSetId::from_number(1);
    for name in ["power", "user_editor", "nobody"] {
        let no = refusal(name, "edit_roles");
        let caller = town.caller(name);
        assert_eq!(
            town.refuses(town.app.create_content_set(&caller, named("x"))),
            no
        );
        assert_eq!(refuses_edit(&town, name, id, named("x")), no);
        assert_eq!(refuses_delete(&town, name, id), no);
        let no = refusal(name, "edit_roles or list_all_roles");
        assert_eq!(town.app.content_set(&caller, id), Err(no));
        assert!(town.app.list_content_sets(&caller).is_err());
    }
}

/// NT-15: a grant on what is gone grants nothing, here or elsewhere.
#[test]
fn nt15_what_roles_grant_on_a_content_set_goes_with_it() {
    let town = Town::new();
    let admin = town.caller("admin");
    let set = creates(&town, "admin", named("set")).value.id;
    let role = RoleDetailsEdit {
        label: Some("On the set".to_owned()),
        ..RoleDetailsEdit::default()
    };
    let role = town
        .does(town.app.create_labelled_role(&admin, role))
        .value
        .number;
    let privilege = capability("revoke token");
    let granted = town
        .app
        .grant_privilege(&admin, role, &privilege, Some(set));
    let _ = town.does(granted);
    let to = crate::app::Assignee::User(town.id("nobody"));
    let _ = town.does(town.app.assign_role(&admin, role, to, true));
    let has = || town.principal("nobody").rights.has(Power::TokensRevokeAny);
    assert!(has(), "on one content set is enough for a power");
    let no = "every capability over tokens, users and roles that roles grant on it";
    assert_eq!(
        refuses_delete(&town, "role_editor", set),
        refusal("role_editor", no)
    );

    let group = ComputerGroupEdit {
        name: Some("group".to_owned()),
        content_set: Some(set),
        ..ComputerGroupEdit::default()
    };
    let group = town
        .app
        .create_computer_group(&admin, GroupKind::Manual, group);
    let group = town.does(group).value.id;
    let full = Error::conflict("The content set still has computer groups");
    assert_eq!(refuses_delete(&town, "admin", set), full);
    let _ = town.does(town.app.delete_computer_group(&admin, group));
    let deleted = town.does(town.app.delete_content_set(&admin, set));
    assert_eq!(deleted.events[0].reason, "taken from 1 roles");
    assert!(!has());
    let role = town.app.role_of_number(&admin, role).unwrap();
    assert!(role.details.grants.is_empty() && role.capabilities.is_empty());
}
