//! Personas: making, changing and deleting them without gaining power, and what they do to those who act as them.

use super::*;
use crate::{
    app::{
        CreatedApiToken, NewApiToken, RoleEdit, UserEdit, UserGroupEdit, Whom,
        testing::{ADDRESS, Done, Town, capability, password, refusal},
    },
    principal::Power,
    token::{
        Brief,
        address::{ClientAddress, Networks},
    },
    verify::{Credential, Reason, Verdict, decide},
};

fn named(name: &str) -> PersonaEdit {
    PersonaEdit {
        name: Some(name.to_owned()),
        ..PersonaEdit::default()
    }
}

/// A persona of this name with these roles, for these users.
fn persona(town: &Town, name: &str, roles: &[&str], users: &[&str]) -> PersonaEdit {
    PersonaEdit {
        roles: Some(roles.iter().map(|role| town.role_number(role)).collect()),
        users: Some(users.iter().map(|user| town.id(user)).collect()),
        ..named(name)
    }
}

fn creates(town: &Town, caller: &str, edit: PersonaEdit) -> Done<Arc<Persona>> {
    town.does(town.app.create_persona(&town.caller(caller), edit))
}

fn edits(town: &Town, caller: &str, id: PersonaId, edit: PersonaEdit) -> Done<Arc<Persona>> {
    town.does(town.app.edit_persona(&town.caller(caller), id, edit))
}

fn refuses_new(town: &Town, caller: &str, edit: PersonaEdit) -> Error {
    town.refuses(town.app.create_persona(&town.caller(caller), edit))
}

fn refuses_edit(town: &Town, caller: &str, id: PersonaId, edit: PersonaEdit) -> Error {
    town.refuses(town.app.edit_persona(&town.caller(caller), id, edit))
}

fn users(town: &Town, names: &[&str]) -> PersonaEdit {
    PersonaEdit {
        users: Some(names.iter().map(|user| town.id(user)).collect()),
        ..PersonaEdit::default()
    }
}

/// A token that its owner made for this persona.
fn token(town: &Town, owner: &str, persona: PersonaId) -> CreatedApiToken {
    let wanted = NewApiToken {
        persona: Some(persona),
        trusted: Networks::parse("trusted", &ADDRESS.to_string()).unwrap(),
        ..NewApiToken::default()
    };
    let made = town.does(town.app.create_api_token(&town.caller(owner), wanted));
    town.keep_secret(&made.value.string);
    made.value
}

/// What a verifier says of it now.
fn verdict(town: &Town, made: &CreatedApiToken) -> Verdict {
    let record = town.record(made.token.id).unwrap();
    let client = ClientAddress::Known(ADDRESS);
    let world = town.app.world();
    decide(
        Credential::Token(&Brief::from(&record)),
        &world,
        town.app.now(),
        client,
    )
}

fn denied(town: &Town, made: &CreatedApiToken) -> Option<Reason> {
    match verdict(town, made) {
        Verdict::Denied(reason) => Some(reason),
        Verdict::Granted(_) => None,
    }
}

#[test]
fn a_persona_is_made_changed_and_deleted() {
    let town = Town::new();
    let made = creates(
        &town,
        "admin",
        persona(&town, "Readers", &["user"], &["power"]),
    );
    made.recorded("admin", Action::CreatePersona, "Readers", None);
    let id = made.value.id;
    assert_eq!(made.events[0].object, Some(id.number()));
    assert!(id.number() >= crate::principal::FIRST_FREE_NUMBER);
    assert_eq!(made.value.computer_group, ComputerGroupId::NO_COMPUTERS);
    assert_eq!(made.value.created.user, town.id("admin"));
    made.told(&[crate::change::Change::ObjectPut(Object::Persona(
        Persona::clone(&made.value),
    ))]);

    town.advance(5);
    let edit = PersonaEdit {
        computer_group: Some(ComputerGroupId::from_number(3)),
        roles: Some(BTreeSet::new()),
        metadata: Some("{\"color\":\"#2a7f62\"}".to_owned()),
        track_computer_id: Some(true),
        ..named("readers")
    };
    let edited = edits(&town, "admin", id, edit);
    edited.recorded("admin", Action::EditPersona, "readers", None);
    let now = &edited.value;
    assert_eq!(
        (now.roles.len(), now.users.len()),
        (0, 1),
        "only what is said"
    );
    assert_eq!(now.created, made.value.created);
    assert_eq!(now.modified.micros - made.value.modified.micros, 5_000_000);

    let deleted = town.does(town.app.delete_persona(&town.caller("admin"), id));
    deleted.recorded("admin", Action::DeletePersona, "readers", None);
    let gone = Error::not_found("persona", id.to_string());
    let admin = town.caller("admin");
    assert_eq!(town.app.persona(&admin, id), Err(gone.clone()));
    assert_eq!(town.refuses(town.app.delete_persona(&admin, id)), gone);
    assert_eq!(refuses_edit(&town, "admin", id, named("back")), gone);
    assert!(town.app.list_personas(&admin).is_empty());
    assert_eq!(town.app.list_personas_and_deleted(&admin).unwrap().len(), 1);
    let again = creates(&town, "admin", named("Readers")).value;
    assert_ne!(again.id, id, "nt14: a name may come back, an id does not");
}

#[test]
fn what_cannot_be_a_persona_is_refused() {
    let town = Town::new();
    let _ = creates(&town, "admin", named("Taken"));
    let taken = |name: &str| Error::conflict(format!("Persona with name={name} already exists"));
    assert_eq!(refuses_new(&town, "admin", named("tAKEN")), taken("tAKEN"));
    let other = creates(&town, "admin", named("Other")).value.id;
    assert_eq!(
        refuses_edit(&town, "admin", other, named("TAKEN")),
        taken("TAKEN")
    );

    let with = |change: fn(&mut PersonaEdit)| {
        let mut edit = named("new");
        change(&mut edit);
        edit
    };
    let ghost_role =
        |edit: &mut PersonaEdit| edit.roles = Some([RoleNumber::from_number(999)].into());
    let cases = [
        ("name", PersonaEdit::default()),
        ("name", named("")),
        ("name", named(" x")),
        ("name", named("x\u{200b}")),
        ("name", named(&"x".repeat(256))),
        (
            "display_name",
            with(|edit| edit.display_name = Some("x".repeat(256))),
        ),
        (
            "json_metadata",
            with(|edit| edit.metadata = Some("x".repeat(4097))),
        ),
        (
            "json_metadata",
            with(|edit| edit.metadata = Some("\n".to_owned())),
        ),
        (
            "track_computer_id_interval_seconds",
            with(|edit| edit.track_computer_id_interval = Some(3599)),
        ),
        (
            "group",
            with(|edit| edit.computer_group = Some(ComputerGroupId::from_number(9))),
        ),
        ("content_set_role_list", with(ghost_role)),
        (
            "user_list",
            with(|edit| edit.users = Some([UserId::from_number(999)].into())),
        ),
        (
            "user_group_list",
            with(|edit| edit.user_groups = Some([UserGroupId::from_number(9)].into())),
        ),
    ];
    for (expected, edit) in cases {
        let error = refuses_new(&town, "admin", edit);
        assert!(
            matches!(error, Error::Invalid { field, .. } if field == expected),
            "{expected}: {error}"
        );
    }
    for id in [0, 4711] {
        let id = PersonaId::from_number(id);
        let missing = Error::not_found("persona", id.to_string());
        assert_eq!(refuses_edit(&town, "admin", id, named("x")), missing);
    }
}

#[test]
fn who_does_not_edit_personas_makes_none_and_sees_his_own_alone() {
    let town = Town::new();
    let his = creates(&town, "admin", persona(&town, "his", &[], &["nobody"])).value;
    let other = creates(&town, "admin", named("other")).value;
    for name in ["power", "user_editor", "role_editor", "nobody"] {
        let no = refusal(name, "personas.edit");
        assert_eq!(refuses_new(&town, name, named("new")), no);
        let caller = town.caller(name);
        for id in [his.id, other.id, PersonaId::from_number(9)] {
            assert_eq!(refuses_edit(&town, name, id, named("x")), no);
            assert_eq!(town.refuses(town.app.delete_persona(&caller, id)), no);
        }
    }
    let nobody = town.caller("nobody");
    assert_eq!(town.app.list_personas(&nobody), std::slice::from_ref(&his));
    assert_eq!(town.app.persona(&nobody, his.id), Ok(his));
    let no = Err(refusal(
        "nobody",
        "personas.edit or edit_user or list_all_users",
    ));
    assert_eq!(
        town.app.list_personas_and_deleted(&nobody),
        no.clone().map(|()| vec![])
    );
    for id in [other.id, PersonaId::from_number(9)] {
        assert_eq!(
            town.app.persona(&nobody, id),
            no.clone().map(|()| other.clone())
        );
    }
    assert_eq!(town.app.list_personas(&town.caller("user_editor")).len(), 2);
}

/// `editor` holds `personas.edit` and nothing else.
#[test]
fn nt18_nobody_makes_assigns_or_deletes_a_persona_with_a_power_he_lacks() {
    let town = Town::new();
    town.settle_user("editor", &["personas.edit"]);
    let no = refusal("editor", NO_MORE_THAN_HIS);
    let strong = persona(&town, "strong", &["nobody", "admin"], &[]);
    let strong = creates(&town, "admin", strong).value.id;
    for role in ["admin", "user", "user_editor", "api-gateway-user"] {
        let wish = persona(&town, "mine", &[role], &["editor"]);
        assert_eq!(refuses_new(&town, "editor", wish), no, "{role}");
    }
    let weaker = PersonaEdit {
        roles: Some(BTreeSet::new()),
        ..PersonaEdit::default()
    };
    for edit in [users(&town, &["editor"]), named("renamed"), weaker] {
        assert_eq!(refuses_edit(&town, "editor", strong, edit), no);
    }
    let editor = town.caller("editor");
    assert_eq!(town.refuses(town.app.delete_persona(&editor, strong)), no);

    let weak = persona(&town, "weak", &["nobody", "editor"], &["nobody"]);
    let weak = creates(&town, "editor", weak).value.id;
    let stronger = persona(&town, "weak", &["editor", "own_maker"], &[]);
    assert_eq!(refuses_edit(&town, "editor", weak, stronger), no);
    let _ = town.does(town.app.delete_persona(&editor, weak));
}

/// One who acts as a persona has its powers alone, to hand out as well.
#[test]
fn nt21_as_a_persona_one_hands_out_no_more_than_the_persona_has() {
    let town = Town::new();
    town.settle_user("editor", &["personas.edit"]);
    let limited = persona(&town, "limited", &["editor"], &["admin"]);
    let limited = creates(&town, "admin", limited).value.id;
    let admin = town.caller_as("admin", limited);
    let wish = persona(&town, "mine", &["admin"], &["admin"]);
    let error = town.refuses(town.app.create_persona(&admin, wish));
    assert_eq!(error, refusal("admin", NO_MORE_THAN_HIS));
    let made = town.does(town.app.create_persona(&admin, named("small")));
    assert_eq!(made.value.created.persona, limited);
    assert_eq!(made.events[0].persona, limited);
}

/// A role that denies takes a power away: only one who holds the power may do that.
#[test]
fn nt18_what_a_role_denies_counts_as_if_it_granted_it() {
    let town = Town::new();
    town.settle_user("editor", &["personas.edit"]);
    let deny = crate::app::RoleDetailsEdit {
        label: Some("No tokens".to_owned()),
        all_content_sets: Some(true),
        deny: Some(true),
        ..Default::default()
    };
    let admin = town.caller("admin");
    let role = town.does(town.app.create_labelled_role(&admin, deny)).value;
    let use_token = capability("use token");
    let granted = town
        .app
        .grant_privilege(&admin, role.number, &use_token, None);
    let _ = town.does(granted);
    let wish = PersonaEdit {
        roles: Some([role.number].into()),
        ..named("denies")
    };
    let no = refusal("editor", NO_MORE_THAN_HIS);
    assert_eq!(refuses_new(&town, "editor", wish.clone()), no);
    let made = creates(&town, "admin", wish).value;
    let without = PersonaEdit {
        roles: Some(BTreeSet::new()),
        ..PersonaEdit::default()
    };
    assert_eq!(refuses_edit(&town, "editor", made.id, without), no);
}

#[test]
fn a_persona_has_what_was_assigned_to_it_and_nothing_else() {
    let town = Town::new();
    let made = creates(
        &town,
        "admin",
        persona(&town, "p", &["own_maker"], &["user_editor"]),
    );
    let id = made.value.id;
    let acting = town.caller_as("user_editor", id);
    let rights = &acting.principal().rights;
    assert!(rights.has(Power::TokensCreateOwn));
    assert!(!rights.has(Power::UsersEdit), "not what he is by himself");
    let own = &town.principal("user_editor").rights;
    assert!(!own.has(Power::TokensCreateOwn), "nor the other way round");
}

/// spec/tanium.md 6.4, row by row: decided anew at each use.
#[test]
fn a_token_of_a_persona_follows_its_user_its_persona_and_its_roles() {
    let town = Town::new();
    let admin = town.caller("admin");
    let id = town.settle_user("svc", &[]);
    town.settle_user("uses", &["use token"]);
    let made = creates(&town, "admin", persona(&town, "p", &["uses"], &["svc"]));
    let persona = made.value.id;
    // Made while he could: in his default persona he holds nothing.
    let as_persona = town.caller_as("svc", persona);
    let wanted = NewApiToken {
        trusted: Networks::parse("trusted", &ADDRESS.to_string()).unwrap(),
        ..NewApiToken::default()
    };
    let token = town
        .does(town.app.create_api_token(&as_persona, wanted))
        .value;
    town.keep_secret(&token.string);
    let is = |reason: Option<Reason>| assert_eq!(denied(&town, &token), reason);
    is(None);

    let edit_user = |edit: UserEdit| {
        let _ = town.does(town.app.edit_account(&admin, &Whom::Id(id), edit));
    };
    let deleted = |deleted| UserEdit {
        deleted: Some(deleted),
        ..UserEdit::default()
    };
    edit_user(deleted(true));
    is(Some(Reason::OwnerGone));
    edit_user(deleted(false));
    is(None);

    let locked = |number| {
        let mut edit = UserEdit::default();
        edit.profile.lock_number = Some(number);
        edit
    };
    edit_user(locked(2));
    is(Some(Reason::OwnerLocked));
    edit_user(locked(0));
    is(None);

    let _ = edits(&town, "admin", persona, users(&town, &[]));
    is(Some(Reason::PersonaUnassigned));
    let group = UserGroupEdit {
        name: Some("group".to_owned()),
        members: Some([id].into()),
        ..UserGroupEdit::default()
    };
    let group = town
        .does(town.app.create_user_group(&admin, group))
        .value
        .id;
    let to_group = PersonaEdit {
        user_groups: Some([group].into()),
        ..PersonaEdit::default()
    };
    let _ = edits(&town, "admin", persona, to_group);
    is(None);
    let members = |members: &[UserId]| UserGroupEdit {
        members: Some(members.iter().copied().collect()),
        ..UserGroupEdit::default()
    };
    let _ = town.does(town.app.edit_user_group(&admin, group, members(&[])));
    is(Some(Reason::PersonaUnassigned));
    let _ = town.does(town.app.edit_user_group(&admin, group, members(&[id])));
    is(None);

    let capabilities = |names: &[&str]| RoleEdit {
        capabilities: Some(names.iter().map(|name| capability(name)).collect()),
        ..RoleEdit::default()
    };
    let _ = town.does(town.app.edit_role(&admin, "uses", capabilities(&[])));
    is(Some(Reason::PrivilegeMissing));
    let _ = town.does(
        town.app
            .edit_role(&admin, "uses", capabilities(&["use token"])),
    );
    is(None);

    let _ = town.does(town.app.delete_user_group(&admin, group));
    is(Some(Reason::PersonaUnassigned));
    let _ = edits(&town, "admin", persona, users(&town, &["svc"]));
    is(None);

    let _ = town.does(town.app.delete_persona(&admin, persona));
    is(Some(Reason::PersonaGone));
    let _ = creates(
        &town,
        "admin",
        PersonaEdit {
            users: Some([id].into()),
            ..named("p")
        },
    );
    is(Some(Reason::PersonaGone));
}

/// NT-16: a token shrinks with its owner at once, and one bound to a persona does not grow with him.
#[test]
fn nt16_a_token_of_a_persona_does_not_grow_with_its_owner() {
    let town = Town::new();
    town.settle_user("svc", &["use token"]);
    let id = creates(&town, "admin", persona(&town, "p", &["svc"], &["svc"]))
        .value
        .id;
    let (own, scoped) = (
        token(&town, "svc", PersonaId::DEFAULT),
        token(&town, "svc", id),
    );
    let has = |made: &CreatedApiToken| match verdict(&town, made) {
        Verdict::Granted(grant) => grant.principal.rights.has(Power::UsersEdit),
        Verdict::Denied(reason) => panic!("{reason}"),
    };
    let roles = |roles: &[&str]| UserEdit {
        roles: Some(
            roles
                .iter()
                .map(|role| crate::app::testing::role_name(role))
                .collect(),
        ),
        ..UserEdit::default()
    };
    assert!(!has(&own) && !has(&scoped));
    let _ = town.does(
        town.app
            .edit_user(&town.caller("admin"), "svc", roles(&["admin"])),
    );
    assert!(has(&own) && !has(&scoped));
    let _ = town.does(
        town.app
            .edit_user(&town.caller("admin"), "svc", roles(&["svc"])),
    );
    assert!(!has(&own) && !has(&scoped));
}

/// NT-15: what a persona was made of may go; it is less then, never more.
#[test]
fn nt15_a_deleted_role_grants_a_persona_nothing_and_comes_back_to_none() {
    let town = Town::new();
    town.settle_user("svc", &["use token"]);
    let id = creates(&town, "admin", persona(&town, "p", &["svc"], &["svc"]))
        .value
        .id;
    let token = token(&town, "svc", id);
    let admin = town.caller("admin");
    let _ = town.does(town.app.delete_role(&admin, "svc"));
    assert_eq!(denied(&town, &token), Some(Reason::PrivilegeMissing));
    assert!(town.app.persona(&admin, id).unwrap().roles.is_empty());
    let role = RoleEdit {
        capabilities: Some([capability("use token")].into()),
        ..RoleEdit::default()
    };
    let again = town
        .app
        .create_role(&admin, crate::app::testing::role_name("svc"), role);
    let _ = town.does(again);
    assert_eq!(denied(&town, &token), Some(Reason::PrivilegeMissing));
}

#[test]
fn nt14_a_user_made_anew_is_in_no_persona_or_group_of_the_old_one() {
    let town = Town::new();
    let admin = town.caller("admin");
    let old = town.id("nobody");
    let id = creates(&town, "admin", persona(&town, "p", &["user"], &["nobody"]))
        .value
        .id;
    let group = UserGroupEdit {
        name: Some("group".to_owned()),
        members: Some([old].into()),
        ..UserGroupEdit::default()
    };
    let group = town
        .does(town.app.create_user_group(&admin, group))
        .value
        .id;
    let _ = town.does(town.app.delete_user(&admin, "nobody"));
    let new = crate::app::NewUser {
        name: crate::app::testing::user_name("nobody"),
        password: Some(password("of another")),
        roles: Vec::new(),
        create_role: false,
        profile: crate::app::ProfileEdit::default(),
    };
    let anew = town.does(town.app.create_user(&admin, new)).value.user.id;
    assert_ne!(anew, old);
    let world = town.app.world();
    assert_eq!(world.personas_of(anew).count(), 0);
    assert_eq!(world.groups_of(anew).count(), 0);
    assert!(world.personas()[&id].users.is_empty());
    assert!(world.user_groups()[&group].members.is_empty());
}
