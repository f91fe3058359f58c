//! Computer groups: made, changed and deleted, and taken from whoever manages one.

use super::*;
use crate::app::{
    PersonaEdit, UserEdit, UserGroupEdit,
    testing::{Done, Town, refusal},
};

fn named(name: &str) -> ComputerGroupEdit {
    ComputerGroupEdit {
        name: Some(name.to_owned()),
        ..ComputerGroupEdit::default()
    }
}

fn creates(town: &Town, caller: &str, edit: ComputerGroupEdit) -> Done<Arc<ComputerGroup>> {
    let kind = GroupKind::Management;
    town.does(
        town.app
            .create_computer_group(&town.caller(caller), kind, edit),
    )
}

fn refuses_edit(town: &Town, caller: &str, id: ComputerGroupId, edit: ComputerGroupEdit) -> Error {
    town.refuses(town.app.edit_computer_group(&town.caller(caller), id, edit))
}

fn refuses_delete(town: &Town, caller: &str, id: ComputerGroupId) -> Error {
    town.refuses(town.app.delete_computer_group(&town.caller(caller), id))
}

#[test]
fn a_computer_group_is_made_and_changed_and_keeps_its_kind() {
    let town = Town::new();
    let made = creates(&town, "role_editor", named("Laptops"));
    made.recorded("role_editor", Action::CreateComputerGroup, "Laptops", None);
    assert_eq!(made.value.content_set, ContentSetId::from_number(1));
    let edit = ComputerGroupEdit {
        text: Some("Is Virtual contains no".to_owned()),
        content_set: Some(ContentSetId::from_number(2)),
        ..named("laptops")
    };
    let editor = town.caller("role_editor");
    let edited = town.does(town.app.edit_computer_group(&editor, made.value.id, edit));
    edited.recorded("role_editor", Action::EditComputerGroup, "laptops", None);
    assert_eq!(edited.value.kind, GroupKind::Management);
    assert_eq!(edited.value.content_set, ContentSetId::from_number(2));
    assert_eq!(town.app.list_computer_groups(&editor).unwrap().len(), 4);
    assert_eq!(
        town.app.computer_group(&editor, made.value.id),
        Ok(edited.value)
    );
}

#[test]
fn what_cannot_be_a_computer_group_is_refused() {
    let town = Town::new();
    let admin = town.caller("admin");
    let new = |edit| {
        let made = town
            .app
            .create_computer_group(&admin, GroupKind::Filter, edit);
        town.refuses(made)
    };
    let taken = Error::conflict("Computer group with name=no computers already exists");
    assert_eq!(new(named("no computers")), taken);
    let text = ComputerGroupEdit {
        text: Some("a\u{202e}b".to_owned()),
        ..named("x")
    };
    let set = ComputerGroupEdit {
        content_set: Some(ContentSetId::from_number(9)),
        ..named("x")
    };
    for (expected, edit) in [("name", named(" ")), ("text", text), ("content_set", set)] {
        let error = new(edit);
        assert!(
            matches!(error, Error::Invalid { field, .. } if field == expected),
            "{error}"
        );
    }
    let id = ComputerGroupId::from_number(9);
    let missing = Error::not_found("computer group", "9");
    assert_eq!(refuses_edit(&town, "admin", id, named("x")), missing);
    assert_eq!(refuses_delete(&town, "admin", id), missing);
    for id in [1, 2, 3].map(ComputerGroupId::from_number) {
        assert!(matches!(
            refuses_edit(&town, "admin", id, named("x")),
            Error::Conflict { .. }
        ));
        assert!(matches!(
            refuses_delete(&town, "admin", id),
            Error::Conflict { .. }
        ));
    }
}

#[test]
fn who_does_not_edit_roles_neither_makes_nor_sees_computer_groups() {
    let town = Town::new();
    let id = ComputerGroupId::NO_COMPUTERS;
    for name in ["power", "user_editor", "nobody"] {
        let no = refusal(name, "edit_roles");
        let caller = town.caller(name);
        let made = town
            .app
            .create_computer_group(&caller, GroupKind::Manual, named("x"));
        assert_eq!(town.refuses(made), no);
        assert_eq!(refuses_edit(&town, name, id, named("x")), no);
        assert_eq!(refuses_delete(&town, name, id), no);
        let no = refusal(name, "edit_roles or list_all_roles");
        assert_eq!(town.app.computer_group(&caller, id), Err(no));
        assert!(town.app.list_computer_groups(&caller).is_err());
    }
}

#[test]
fn nt15_a_deleted_computer_group_leaves_nobody_with_more_computers() {
    let town = Town::new();
    let admin = town.caller("admin");
    let id = creates(&town, "admin", named("Laptops")).value.id;
    let persona = PersonaEdit {
        name: Some("p".to_owned()),
        computer_group: Some(id),
        ..PersonaEdit::default()
    };
    let persona = town.does(town.app.create_persona(&admin, persona)).value.id;
    let group = UserGroupEdit {
        name: Some("g".to_owned()),
        computer_group: Some(id),
        ..UserGroupEdit::default()
    };
    let group = town
        .does(town.app.create_user_group(&admin, group))
        .value
        .id;
    let mut user = UserEdit::default();
    user.profile.computer_group = Some(id);
    let edited = town.does(town.app.edit_user(&admin, "nobody", user));
    assert_eq!(
        edited.value.rights.computer_groups().collect::<Vec<_>>(),
        [id]
    );

    let deleted = town.does(town.app.delete_computer_group(&admin, id));
    deleted.recorded("admin", Action::DeleteComputerGroup, "Laptops", None);
    let persona = town.app.persona(&admin, persona).unwrap();
    assert_eq!(persona.computer_group, ComputerGroupId::NO_COMPUTERS);
    assert_eq!(
        town.app.user_group(&admin, group).unwrap().computer_group,
        None
    );
    assert_eq!(town.principal("nobody").rights.computer_groups().count(), 0);
    let mut user = UserEdit::default();
    user.profile.computer_group = Some(id);
    let error = town.refuses(town.app.edit_user(&admin, "nobody", user));
    assert!(
        matches!(
            error,
            Error::Invalid {
                field: "group_id",
                ..
            }
        ),
        "{error}"
    );
}
