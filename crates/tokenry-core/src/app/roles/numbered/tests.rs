//! Roles by number: labels that cannot be mistaken, privileges on one content set or all, who holds them.

use super::*;
use crate::{
    app::{
        PersonaEdit, UserGroupEdit,
        testing::{Done, Town, capability, refusal, role_name},
    },
    principal::Power,
};

const NO_MORE_THAN_HIS: &str = "every capability over tokens, users and roles that the role grants";

fn labelled(label: &str) -> RoleDetailsEdit {
    RoleDetailsEdit {
        label: Some(label.to_owned()),
        ..RoleDetailsEdit::default()
    }
}

fn for_all(label: &str) -> RoleDetailsEdit {
    RoleDetailsEdit {
        all_content_sets: Some(true),
        ..labelled(label)
    }
}

/// A content set that is there from the start: 1 or 2.
const fn set(number: i64) -> ContentSetId {
    ContentSetId::from_number(number)
}

fn creates(town: &Town, caller: &str, edit: RoleDetailsEdit) -> Done<Role> {
    town.does(town.app.create_labelled_role(&town.caller(caller), edit))
}

fn refuses_new(town: &Town, caller: &str, edit: RoleDetailsEdit) -> Error {
    town.refuses(town.app.create_labelled_role(&town.caller(caller), edit))
}

fn edits(town: &Town, number: RoleNumber, edit: RoleDetailsEdit) -> Done<Role> {
    let admin = town.caller("admin");
    town.does(town.app.edit_role_details(&admin, number, edit))
}

fn refuses_edit(town: &Town, caller: &str, number: RoleNumber, edit: RoleDetailsEdit) -> Error {
    let caller = town.caller(caller);
    town.refuses(town.app.edit_role_details(&caller, number, edit))
}

fn grants(town: &Town, number: RoleNumber, name: &str, set: Option<ContentSetId>) -> Role {
    let admin = town.caller("admin");
    let privilege = capability(name);
    let granted = town.app.grant_privilege(&admin, number, &privilege, set);
    town.does(granted).value
}

fn withdraws(town: &Town, number: RoleNumber, name: &str, set: Option<ContentSetId>) -> Role {
    let admin = town.caller("admin");
    let privilege = capability(name);
    let withdrawn = town.app.withdraw_privilege(&admin, number, &privilege, set);
    town.does(withdrawn).value
}

fn assigns(town: &Town, number: RoleNumber, to: Assignee, holds: bool) -> Done<()> {
    let admin = town.caller("admin");
    town.does(town.app.assign_role(&admin, number, to, holds))
}

#[test]
fn a_role_is_called_by_its_label_and_found_by_its_number() {
    let town = Town::new();
    let made = creates(&town, "role_editor", labelled("Token Readers"));
    made.recorded("role_editor", Action::CreateRole, "token-readers", None);
    let role = &made.value;
    assert_eq!(
        (role.label(), role.name.as_str()),
        ("Token Readers", "token-readers")
    );
    let editor = town.caller("role_editor");
    assert_eq!(
        town.app.role_of_number(&editor, role.number),
        Ok(role.clone())
    );
    let edit = RoleDetailsEdit {
        description: Some("who reads tokens".to_owned()),
        ..labelled("Token readers")
    };
    let edited = edits(&town, role.number, edit).value;
    assert_eq!(edited.label(), "Token readers");
    assert_eq!(edited.name, role.name, "who holds it goes on holding it");
}

#[test]
fn nt28_no_label_looks_like_anothers_name_or_label() {
    let town = Town::new();
    let role = creates(&town, "admin", labelled("Token Readers")).value;
    for label in [
        "token readers",
        "TOKEN-READERS",
        "token/readers",
        "Admin",
        "nobody",
    ] {
        let taken = Error::conflict(format!("Role with name={label} already exists"));
        assert_eq!(refuses_new(&town, "admin", labelled(label)), taken);
    }
    let _ = edits(&town, role.number, labelled("Auditors"));
    let other = creates(&town, "admin", labelled("Other")).value;
    for label in ["auditors", "Administrator", "token readers"] {
        let taken = Error::conflict(format!("Role with name={label} already exists"));
        assert_eq!(
            refuses_edit(&town, "admin", other.number, labelled(label)),
            taken
        );
    }
    let long = labelled(&"x".repeat(101));
    let description = RoleDetailsEdit {
        description: Some("x".repeat(1025)),
        ..labelled("new")
    };
    for (expected, edit) in [
        ("name", labelled("")),
        ("name", labelled(" x")),
        ("name", long),
        ("description", description),
    ] {
        let error = refuses_new(&town, "admin", edit);
        assert!(
            matches!(error, Error::Invalid { field, .. } if field == expected),
            "{error}"
        );
    }
}

#[test]
fn nt28_a_label_that_is_made_new_is_not_one_that_another_was_renamed_to() {
    let town = Town::new();
    let role = creates(&town, "admin", labelled("First")).value;
    let _ = edits(&town, role.number, labelled("Second"));
    let taken = Error::conflict("Role with name=second already exists");
    assert_eq!(refuses_new(&town, "admin", labelled("second")), taken);
}

#[test]
fn privileges_are_granted_and_withdrawn_on_one_content_set_or_on_all() {
    let town = Town::new();
    let number = creates(&town, "admin", labelled("one")).value.number;
    let role = grants(&town, number, "use token", Some(set(1)));
    assert!(role.capabilities.is_empty());
    assert_eq!(role.details.grants.len(), 1);
    let admin = town.caller("admin");
    let refuse = |set| {
        let privilege = capability("use token");
        let granted = town.app.grant_privilege(&admin, number, &privilege, set);
        town.refuses(granted)
    };
    for on in [None, Some(set(9))] {
        assert!(matches!(
            refuse(on),
            Error::Invalid {
                field: "content_set",
                ..
            }
        ));
    }
    let missing = Error::not_found("privilege", "use token");
    for on in [None, Some(set(2))] {
        let privilege = capability("use token");
        let withdrawn = town.app.withdraw_privilege(&admin, number, &privilege, on);
        assert_eq!(town.refuses(withdrawn), missing);
    }
    assert!(
        withdraws(&town, number, "use token", Some(set(1)))
            .details
            .grants
            .is_empty()
    );

    let number = creates(&town, "admin", for_all("all")).value.number;
    let role = grants(&town, number, "use token", Some(set(2)));
    assert!(role.details.grants.is_empty(), "it is for all of them");
    assert!(role.capabilities.contains(&capability("use token")));
    assert!(
        withdraws(&town, number, "use token", None)
            .capabilities
            .is_empty()
    );
}

#[test]
fn what_was_granted_on_single_sets_is_granted_on_all_when_the_role_is_for_all() {
    let town = Town::new();
    let number = creates(&town, "admin", labelled("r")).value.number;
    let _ = grants(&town, number, "use token", Some(set(1)));
    let _ = grants(&town, number, "use token", Some(set(2)));
    let all = |all| RoleDetailsEdit {
        all_content_sets: Some(all),
        ..RoleDetailsEdit::default()
    };
    let role = edits(&town, number, all(true)).value;
    assert!(role.details.grants.is_empty());
    assert_eq!(role.capabilities, [capability("use token")].into());
    let error = refuses_edit(&town, "admin", number, all(false));
    assert!(
        matches!(
            error,
            Error::Invalid {
                field: "all_content_sets_flag",
                ..
            }
        ),
        "{error}"
    );
    let _ = withdraws(&town, number, "use token", None);
    assert!(
        !edits(&town, number, all(false))
            .value
            .is_for_all_content_sets()
    );
}

#[test]
fn what_is_there_from_the_start_is_not_renamed_turned_round_or_deleted() {
    let town = Town::new();
    let admin = town.caller("admin");
    let deny = RoleDetailsEdit {
        deny: Some(true),
        ..RoleDetailsEdit::default()
    };
    for name in ["user", "api-gateway-user", "content-administrator"] {
        let number = town.role_number(name);
        for edit in [labelled("Mine"), deny.clone()] {
            let error = refuses_edit(&town, "admin", number, edit);
            assert!(matches!(error, Error::Conflict { .. }), "{name}: {error}");
        }
        let deleted = town.refuses(town.app.delete_role_of_number(&admin, number));
        assert_eq!(
            deleted,
            Error::conflict("A built-in role cannot be deleted")
        );
    }
    let number = town.role_number("api-gateway-user");
    assert_eq!(
        edits(&town, number, labelled("API Gateway User"))
            .value
            .number,
        number
    );
    let missing = Error::not_found("role", "4711");
    let ghost = RoleNumber::from_number(4711);
    assert_eq!(refuses_edit(&town, "admin", ghost, labelled("x")), missing);
    assert_eq!(
        town.refuses(town.app.delete_role_of_number(&admin, ghost)),
        missing
    );
    assert_eq!(town.app.role_of_number(&admin, ghost), Err(missing));
}

#[test]
fn roles_are_given_to_users_and_groups_and_taken_back() {
    let town = Town::new();
    let admin = town.caller("admin");
    let number = creates(&town, "admin", for_all("makers")).value.number;
    let _ = grants(&town, number, "use token", None);
    let has = || town.principal("nobody").rights.has(Power::TokensUse);
    let user = Assignee::User(town.id("nobody"));
    assigns(&town, number, user, true).recorded("admin", Action::EditUser, "nobody", None);
    assert!(has());
    let _ = assigns(&town, number, user, true);
    let held = [role_name("nobody"), role_name("makers")];
    assert_eq!(town.principal("nobody").user.roles, held, "once is enough");
    let _ = assigns(&town, number, user, false);
    assert!(!has());

    let group = UserGroupEdit {
        name: Some("g".to_owned()),
        members: Some([town.id("nobody")].into()),
        ..UserGroupEdit::default()
    };
    let group = town
        .does(town.app.create_user_group(&admin, group))
        .value
        .id;
    let group = Assignee::UserGroup(group);
    assigns(&town, number, group, true).recorded("admin", Action::EditUserGroup, "g", None);
    assert!(has());
    let _ = assigns(&town, number, group, false);
    assert!(!has());

    for (to, what) in [
        (Assignee::User(UserId::from_number(4711)), "user"),
        (
            Assignee::UserGroup(UserGroupId::from_number(4711)),
            "user group",
        ),
    ] {
        let error = town.refuses(town.app.assign_role(&admin, number, to, true));
        assert_eq!(error, Error::not_found(what, "4711"));
    }
    let ghost = RoleNumber::from_number(4711);
    let error = town.refuses(town.app.assign_role(&admin, ghost, user, true));
    assert_eq!(error, Error::not_found("role", "4711"));
}

#[test]
fn nt15_a_deleted_role_is_taken_from_users_groups_and_personas() {
    let town = Town::new();
    let admin = town.caller("admin");
    let number = creates(&town, "admin", labelled("r")).value.number;
    let _ = assigns(&town, number, Assignee::User(town.id("nobody")), true);
    let group = UserGroupEdit {
        name: Some("g".to_owned()),
        roles: Some([number].into()),
        ..UserGroupEdit::default()
    };
    let group = town
        .does(town.app.create_user_group(&admin, group))
        .value
        .id;
    let persona = PersonaEdit {
        name: Some("p".to_owned()),
        roles: Some([number].into()),
        ..PersonaEdit::default()
    };
    let persona = town.does(town.app.create_persona(&admin, persona)).value.id;
    let deleted = town.does(town.app.delete_role_of_number(&admin, number));
    deleted.recorded("admin", Action::DeleteRole, "r", None);
    assert_eq!(town.principal("nobody").user.roles, [role_name("nobody")]);
    assert!(town.app.user_group(&admin, group).unwrap().roles.is_empty());
    assert!(town.app.persona(&admin, persona).unwrap().roles.is_empty());
}

#[test]
fn nt18_who_does_not_edit_roles_or_users_shapes_or_assigns_none() {
    let town = Town::new();
    let number = creates(&town, "admin", labelled("r")).value.number;
    let nobody = Assignee::User(town.id("nobody"));
    for name in ["power", "user_editor", "nobody"] {
        let no = refusal(name, "edit_roles");
        let caller = town.caller(name);
        assert_eq!(refuses_new(&town, name, labelled("new")), no);
        for number in [number, RoleNumber::from_number(4711)] {
            assert_eq!(refuses_edit(&town, name, number, labelled("x")), no);
            let privilege = capability("use token");
            let granted = town
                .app
                .grant_privilege(&caller, number, &privilege, Some(set(1)));
            assert_eq!(town.refuses(granted), no);
            let withdrawn = town
                .app
                .withdraw_privilege(&caller, number, &privilege, Some(set(1)));
            assert_eq!(town.refuses(withdrawn), no);
            assert_eq!(
                town.refuses(town.app.delete_role_of_number(&caller, number)),
                no
            );
            let unseen = refusal(name, "edit_roles or list_all_roles");
            assert_eq!(town.app.role_of_number(&caller, number), Err(unseen));
        }
    }
    for name in ["power", "role_editor", "nobody"] {
        let caller = town.caller(name);
        let error = town.refuses(town.app.assign_role(&caller, number, nobody, true));
        assert_eq!(error, refusal(name, "edit_user"));
    }
    let editor = town.caller("user_editor");
    let strong = town.role_number("role_editor");
    let error = town.refuses(town.app.assign_role(&editor, strong, nobody, true));
    let no = "every capability over tokens, users and roles that the roles grant";
    assert_eq!(error, refusal("user_editor", no));
}

/// `role_editor` holds `edit_roles` and nothing else; on one content set is as good as on all (spec/tanium.md 6.3).
#[test]
fn nt18_an_editor_of_roles_neither_grants_nor_denies_a_power_that_he_lacks() {
    let town = Town::new();
    let editor = town.caller("role_editor");
    let no = refusal("role_editor", NO_MORE_THAN_HIS);
    let grant = |number, name: &str, on| {
        let privilege = capability(name);
        let granted = town.app.grant_privilege(&editor, number, &privilege, on);
        town.refuses(granted)
    };
    let deny = RoleDetailsEdit {
        deny: Some(true),
        ..for_all("denies")
    };
    let denies = creates(&town, "role_editor", deny).value.number;
    let one = creates(&town, "role_editor", labelled("one")).value.number;
    for name in ["administrator", "use token", "revoke token", "users.edit"] {
        assert_eq!(grant(denies, name, None), no, "{name}");
        assert_eq!(grant(one, name, Some(set(1))), no, "{name}");
    }
    let _ = grants(&town, denies, "revoke token", None);
    let privilege = capability("revoke token");
    let taken = town
        .app
        .withdraw_privilege(&editor, denies, &privilege, None);
    assert_eq!(town.refuses(taken), no);
    let grants_again = RoleDetailsEdit {
        deny: Some(false),
        ..RoleDetailsEdit::default()
    };
    assert_eq!(refuses_edit(&town, "role_editor", denies, grants_again), no);
    assert_eq!(
        town.refuses(town.app.delete_role_of_number(&editor, denies)),
        no
    );
    // What belongs to the APIs behind us does not count.
    let privilege = capability("read sensor");
    let _ = town.does(
        town.app
            .grant_privilege(&editor, one, &privilege, Some(set(1))),
    );
}

#[test]
fn the_last_administrator_is_not_denied_what_makes_him_one() {
    let town = Town::new();
    let admin = town.caller("admin");
    let deny = RoleDetailsEdit {
        deny: Some(true),
        ..for_all("denies")
    };
    let number = creates(&town, "admin", deny).value.number;
    let _ = grants(&town, number, "administrator", None);
    let to = Assignee::User(town.id("admin"));
    let stuck = Error::conflict("This would leave nobody who can edit users and roles");
    let error = town.refuses(town.app.assign_role(&admin, number, to, true));
    assert_eq!(error, stuck);
}
