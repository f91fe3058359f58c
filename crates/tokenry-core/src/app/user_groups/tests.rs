//! User groups: what being in one gives, at once, and that nobody gains power by making or joining one.

use super::*;
use crate::{
    app::{
        PersonaEdit,
        testing::{Done, Town, refusal},
    },
    principal::Power,
};

const NO_MORE_THAN_HIS: &str =
    "every capability over tokens, users and roles that the group and its personas grant";

fn named(name: &str) -> UserGroupEdit {
    UserGroupEdit {
        name: Some(name.to_owned()),
        ..UserGroupEdit::default()
    }
}

fn group(town: &Town, name: &str, roles: &[&str], members: &[&str]) -> UserGroupEdit {
    UserGroupEdit {
        roles: Some(roles.iter().map(|role| town.role_number(role)).collect()),
        members: Some(members.iter().map(|user| town.id(user)).collect()),
        ..named(name)
    }
}

fn members(town: &Town, names: &[&str]) -> UserGroupEdit {
    UserGroupEdit {
        members: Some(names.iter().map(|user| town.id(user)).collect()),
        ..UserGroupEdit::default()
    }
}

fn creates(town: &Town, caller: &str, edit: UserGroupEdit) -> Done<Arc<UserGroup>> {
    town.does(town.app.create_user_group(&town.caller(caller), edit))
}

fn edits(town: &Town, caller: &str, id: UserGroupId, edit: UserGroupEdit) -> Done<Arc<UserGroup>> {
    town.does(town.app.edit_user_group(&town.caller(caller), id, edit))
}

fn refuses_new(town: &Town, caller: &str, edit: UserGroupEdit) -> Error {
    town.refuses(town.app.create_user_group(&town.caller(caller), edit))
}

fn refuses_edit(town: &Town, caller: &str, id: UserGroupId, edit: UserGroupEdit) -> Error {
    town.refuses(town.app.edit_user_group(&town.caller(caller), id, edit))
}

#[test]
fn members_have_the_roles_and_computers_of_their_groups_at_once_and_as_long_as_they_are_in() {
    let town = Town::new();
    let has = || town.principal("nobody").rights.has(Power::TokensCreateOwn);
    let computers = || -> Vec<_> { town.principal("nobody").rights.computer_groups().collect() };
    let all = ComputerGroupId::from_number(1);
    let wish = UserGroupEdit {
        computer_group: Some(all),
        ..group(&town, "Makers", &["own_maker"], &["nobody"])
    };
    let made = creates(&town, "admin", wish);
    made.recorded("admin", Action::CreateUserGroup, "Makers", None);
    let id = made.value.id;
    assert_eq!(made.events[0].object, Some(id.number()));
    assert!(has());
    assert_eq!(computers(), [all]);

    let none = UserGroupEdit {
        computer_group: Some(ComputerGroupId::from_number(0)),
        ..UserGroupEdit::default()
    };
    let edited = edits(&town, "admin", id, none);
    edited.recorded("admin", Action::EditUserGroup, "Makers", None);
    assert!(has() && computers().is_empty());
    let _ = edits(&town, "admin", id, members(&town, &["user"]));
    assert!(!has());
    let _ = edits(&town, "admin", id, members(&town, &["user", "nobody"]));
    assert!(has());

    let deleted = town.does(town.app.delete_user_group(&town.caller("admin"), id));
    deleted.recorded("admin", Action::DeleteUserGroup, "Makers", None);
    assert!(!has());
    let gone = Error::not_found("user group", id.to_string());
    assert_eq!(
        town.app.user_group(&town.caller("admin"), id),
        Err(gone.clone())
    );
    assert_eq!(refuses_edit(&town, "admin", id, named("x")), gone);
    let _ = creates(&town, "admin", named("makers"));
    assert!(!has(), "nt14: the name comes back without its members");
}

#[test]
fn a_deleted_group_is_taken_from_the_personas_that_name_it() {
    let town = Town::new();
    let admin = town.caller("admin");
    let id = creates(&town, "admin", group(&town, "g", &[], &["nobody"]))
        .value
        .id;
    let persona = PersonaEdit {
        name: Some("p".to_owned()),
        user_groups: Some([id].into()),
        ..PersonaEdit::default()
    };
    let persona = town.does(town.app.create_persona(&admin, persona)).value.id;
    let may = || {
        town.app
            .world()
            .acting(town.id("nobody"), persona)
            .is_some()
    };
    assert!(may());
    let _ = town.does(town.app.delete_user_group(&admin, id));
    assert!(!may());
    assert!(
        town.app
            .persona(&admin, persona)
            .unwrap()
            .user_groups
            .is_empty()
    );
}

#[test]
fn what_cannot_be_a_user_group_is_refused() {
    let town = Town::new();
    let _ = creates(&town, "admin", named("Taken"));
    let taken = Error::conflict("User group with name=tAKEN already exists");
    assert_eq!(refuses_new(&town, "admin", named("tAKEN")), taken);
    let cases = [
        ("name", UserGroupEdit::default()),
        ("name", named("x ")),
        ("name", named(&"x".repeat(256))),
        (
            "group",
            UserGroupEdit {
                computer_group: Some(ComputerGroupId::from_number(9)),
                ..named("new")
            },
        ),
        (
            "content_set_role_list",
            UserGroupEdit {
                roles: Some([RoleNumber::from_number(999)].into()),
                ..named("new")
            },
        ),
        (
            "user_list",
            UserGroupEdit {
                members: Some([UserId::from_number(999)].into()),
                ..named("new")
            },
        ),
    ];
    for (expected, edit) in cases {
        let error = refuses_new(&town, "admin", edit);
        assert!(
            matches!(error, Error::Invalid { field, .. } if field == expected),
            "{expected}: {error}"
        );
    }
    let id = UserGroupId::from_number(9);
    let missing = Error::not_found("user group", "9");
    assert_eq!(refuses_edit(&town, "admin", id, named("x")), missing);
    let admin = town.caller("admin");
    assert_eq!(
        town.refuses(town.app.delete_user_group(&admin, id)),
        missing
    );
}

#[test]
fn who_does_not_edit_users_neither_makes_nor_sees_groups() {
    let town = Town::new();
    let id = creates(&town, "admin", named("g")).value.id;
    for name in ["power", "role_editor", "nobody"] {
        let no = refusal(name, "edit_user");
        let caller = town.caller(name);
        assert_eq!(refuses_new(&town, name, named("new")), no);
        for id in [id, UserGroupId::from_number(9)] {
            assert_eq!(refuses_edit(&town, name, id, named("x")), no);
            assert_eq!(town.refuses(town.app.delete_user_group(&caller, id)), no);
            let unseen = refusal(name, "edit_user or list_all_users");
            assert_eq!(town.app.user_group(&caller, id), Err(unseen));
        }
        assert!(town.app.list_user_groups(&caller).is_err());
    }
}

/// `user_editor` holds `edit_user` and nothing else.
#[test]
fn nt18_nobody_makes_fills_or_empties_a_group_that_gives_a_power_he_lacks() {
    let town = Town::new();
    let admin = town.caller("admin");
    let no = refusal("user_editor", NO_MORE_THAN_HIS);
    for role in ["admin", "user", "role_editor", "api-gateway-user"] {
        let wish = group(&town, "mine", &[role], &["user_editor"]);
        assert_eq!(refuses_new(&town, "user_editor", wish), no, "{role}");
    }
    let by_role = group(&town, "by role", &["role_editor"], &[]);
    let by_role = creates(&town, "admin", by_role).value.id;
    let by_persona = creates(&town, "admin", named("by persona")).value.id;
    let persona = PersonaEdit {
        name: Some("strong".to_owned()),
        roles: Some([town.role_number("role_editor")].into()),
        user_groups: Some([by_persona].into()),
        ..PersonaEdit::default()
    };
    let _ = town.does(town.app.create_persona(&admin, persona));
    let editor = town.caller("user_editor");
    for id in [by_role, by_persona] {
        for edit in [
            members(&town, &["user_editor"]),
            group(&town, "x", &[], &[]),
        ] {
            assert_eq!(refuses_edit(&town, "user_editor", id, edit), no);
        }
        assert_eq!(town.refuses(town.app.delete_user_group(&editor, id)), no);
    }
    let weak = group(&town, "weak", &["user_editor", "can_delete"], &["nobody"]);
    let weak = creates(&town, "user_editor", weak).value.id;
    let _ = town.does(town.app.delete_user_group(&editor, weak));
}

#[test]
fn the_last_administrator_is_kept_though_he_is_one_by_a_group_only() {
    let town = Town::new();
    let admins = group(&town, "admins", &["admin"], &["admin", "nobody"]);
    let id = creates(&town, "admin", admins).value.id;
    let none = crate::app::UserEdit {
        roles: Some(Vec::new()),
        ..crate::app::UserEdit::default()
    };
    let _ = town.does(town.app.edit_user(&town.caller("nobody"), "admin", none));
    let stuck = Error::conflict("This would leave nobody who can edit users and roles");
    for edit in [members(&town, &[]), group(&town, "admins", &[], &["admin"])] {
        assert_eq!(refuses_edit(&town, "admin", id, edit), stuck);
    }
    let admin = town.caller("admin");
    assert_eq!(town.refuses(town.app.delete_user_group(&admin, id)), stuck);
}

#[test]
fn the_audit_log_says_what_a_group_gives_to_whom() {
    let town = Town::new();
    let made = creates(&town, "user_editor", group(&town, "g", &[], &["admin"]));
    let reason = "roles: none; members: 1; computer group: none";
    assert_eq!(made.events[0].reason, reason);
}
