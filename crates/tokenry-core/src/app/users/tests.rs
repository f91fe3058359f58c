//! Users: making, changing and deleting them without gaining power or losing the last administrator.

use super::*;
use crate::{
    app::testing::{Done, NOW, Town, password, password_of, refusal, role_name, second, user_name},
    audit::Action,
    token::form::splunk_jwt::Kind,
    verify::{Reason, Verdict},
};

const NO_MORE_THAN_HIS: &str = "every capability over tokens, users and roles that the roles grant";

fn new(name: &str, roles: &[&str]) -> NewUser {
    NewUser {
        name: user_name(name),
        password: Some(password(&format!("of {name}"))),
        roles: roles.iter().map(|role| role_name(role)).collect(),
        create_role: false,
        profile: ProfileEdit::default(),
    }
}

fn to_roles(roles: &[&str]) -> UserEdit {
    UserEdit {
        roles: Some(roles.iter().map(|role| role_name(role)).collect()),
        ..UserEdit::default()
    }
}

fn to_locked(locked: bool) -> UserEdit {
    UserEdit {
        locked: Some(locked),
        ..UserEdit::default()
    }
}

fn to_password(new: &str, old: Option<Plaintext>) -> UserEdit {
    UserEdit {
        password: Some(password(new)),
        old_password: old,
        ..UserEdit::default()
    }
}

fn to_profile(profile: ProfileEdit) -> UserEdit {
    UserEdit {
        profile,
        ..UserEdit::default()
    }
}

fn edits(town: &Town, caller: &str, name: &str, edit: UserEdit) -> Done<Arc<Principal>> {
    town.does(town.app.edit_user(&town.caller(caller), name, edit))
}

fn refuses_edit(town: &Town, caller: &str, name: &str, edit: UserEdit) -> Error {
    town.refuses(town.app.edit_user(&town.caller(caller), name, edit))
}

fn creates(town: &Town, caller: &str, new: NewUser) -> Done<Arc<Principal>> {
    town.does(town.app.create_user(&town.caller(caller), new))
}

fn refuses_new(town: &Town, caller: &str, new: NewUser) -> Error {
    town.refuses(town.app.create_user(&town.caller(caller), new))
}

#[test]
fn a_new_user_has_what_was_said_of_him_and_can_sign_in() {
    let town = Town::new();
    let asked = NewUser {
        profile: ProfileEdit {
            real_name: Some("Jörg Doe".to_owned()),
            time_zone: Some("Europe/Berlin".to_owned()),
            ..ProfileEdit::default()
        },
        ..new("JDoe", &["power", "user"])
    };
    let made = creates(&town, "admin", asked);
    made.recorded("admin", Action::CreateUser, "jdoe", None);
    let user = &made.value.user;
    made.told(&[Change::UserPut(user.clone())]);
    assert_eq!(
        user.roles,
        ["power", "user"].map(role_name),
        "in the order given"
    );
    assert_eq!(
        (user.created, user.locked, user.token_epoch),
        (second(NOW), false, 0)
    );
    assert_eq!(user.profile.real_name, "Jörg Doe");
    assert_eq!(made.value.rights, town.principal("power").rights);
    let origin = town.origin();
    let _ = town.does(town.app.login("jdoe", password("of JDoe"), &origin));
}

#[test]
fn a_role_of_his_own_comes_with_the_user_and_grants_nothing() {
    let town = Town::new();
    let asked = NewUser {
        create_role: true,
        ..new("solo", &[])
    };
    let made = creates(&town, "user_editor", asked);
    made.recorded("user_editor", Action::CreateUser, "solo", None);
    let number = made.value.user.id.number();
    let role = Role::new(role_name("user-solo"), RoleNumber::from_number(number));
    made.told(&[
        Change::RolePut(role),
        Change::UserPut(made.value.user.clone()),
    ]);
    assert_eq!(made.value.user.roles, [role_name("user-solo")]);
    assert_eq!(made.value.rights.capabilities().count(), 0);

    let _ = town.does(town.app.delete_user(&town.caller("admin"), "solo"));
    let again = NewUser {
        create_role: true,
        ..new("solo", &["user"])
    };
    let taken = Error::conflict("Role with name=user-solo already exists");
    assert_eq!(refuses_new(&town, "admin", again), taken);
    let odd = NewUser {
        create_role: true,
        ..new("a/b", &[])
    };
    let error = refuses_new(&town, "admin", odd);
    assert!(
        matches!(
            error,
            Error::Invalid {
                field: "createrole",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn what_cannot_be_a_new_user_is_refused() {
    let town = Town::new();
    let invalid = |field, why: &str| Error::invalid(field, why);
    let long = "x".repeat(1025);
    let profile = |edit: ProfileEdit| NewUser {
        profile: edit,
        ..new("new", &["user"])
    };
    let cases = [
        (
            new("User", &["user"]),
            Error::conflict("User with name=user already exists"),
        ),
        (
            NewUser {
                password: Some(Plaintext::from("7 chars".to_owned())),
                ..new("new", &["user"])
            },
            invalid("password", "must be at least 8 characters long"),
        ),
        (
            NewUser {
                password: Some(Plaintext::from(long.clone())),
                ..new("new", &["user"])
            },
            invalid("password", "must be at most 1024 bytes long"),
        ),
        (
            new("new", &["user", "ghost"]),
            invalid("roles", "role 'ghost' does not exist"),
        ),
        (
            profile(ProfileEdit {
                email: Some(long),
                ..ProfileEdit::default()
            }),
            invalid("email", "must be at most 1024 characters long"),
        ),
        (
            profile(ProfileEdit {
                language: Some("a\nb".to_owned()),
                ..ProfileEdit::default()
            }),
            invalid("lang", "must not contain control or invisible characters"),
        ),
        (
            profile(ProfileEdit {
                time_zone: Some("Mars".to_owned()),
                ..ProfileEdit::default()
            }),
            invalid(
                "tz",
                "must be the name of a time zone, such as Europe/Berlin, or empty",
            ),
        ),
    ];
    for (asked, expected) in cases {
        assert_eq!(refuses_new(&town, "admin", asked), expected);
    }
}

#[test]
fn nt18_who_does_not_edit_users_makes_edits_and_deletes_none_and_cannot_tell_who_exists() {
    let town = Town::new();
    for name in ["power", "role_editor", "all_maker", "nobody"] {
        let no = refusal(name, "edit_user");
        let caller = town.caller(name);
        assert_eq!(refuses_new(&town, name, new("new", &["nonsense"])), no);
        assert_eq!(refuses_new(&town, name, new("user", &["user"])), no);
        for target in ["admin", "user", "ghost", "a:b"] {
            assert_eq!(town.refuses(town.app.delete_user(&caller, target)), no);
            for edit in [
                to_locked(true),
                to_roles(&["admin"]),
                to_password("new", Some(password_of(target))),
                to_profile(ProfileEdit::default()),
            ] {
                assert_eq!(refuses_edit(&town, name, target, edit), no, "{target}");
            }
            let seen = "edit_user or list_all_users";
            let read = town.app.user(&caller, target);
            assert_eq!(read, Err(refusal(name, seen)), "{target}");
        }
        assert_eq!(refuses_edit(&town, name, name, to_roles(&["admin"])), no);
        assert_eq!(refuses_edit(&town, name, name, to_locked(false)), no);
        assert!(town.app.list_users(&caller).is_err());
        assert_eq!(town.app.user(&caller, name), Ok(town.principal(name)));
    }
}

/// `user_editor` holds `edit_user` and nothing else.
#[test]
fn nt18_an_editor_of_users_hands_out_no_power_that_he_lacks() {
    let town = Town::new();
    let no = refusal("user_editor", NO_MORE_THAN_HIS);
    let too_much = [
        "admin",
        "splunk-system-role",
        "user",
        "own_maker",
        "role_editor",
    ];
    for role in too_much {
        for roles in [vec![role], vec!["nobody", role]] {
            assert_eq!(
                refuses_new(&town, "user_editor", new("new", &roles)),
                no,
                "{role}"
            );
            for target in ["nobody", "user_editor"] {
                let edit = to_roles(&roles);
                assert_eq!(
                    refuses_edit(&town, "user_editor", target, edit),
                    no,
                    "{role}"
                );
            }
        }
    }
    for roles in [&["nobody"][..], &["user_editor", "can_delete"]] {
        let _ = edits(&town, "user_editor", "nobody", to_roles(roles));
    }
    let _ = creates(&town, "user_editor", new("new", &["can_delete"]));
}

#[test]
fn nt18_an_editor_of_users_does_not_lay_hands_on_one_with_a_power_he_lacks() {
    let town = Town::new();
    let no = refusal("user_editor", "edit_user");
    for target in ["admin", "user", "own_maker", "role_editor"] {
        for edit in [
            to_password("taken over", None),
            to_password("taken over", Some(password_of(target))),
            to_roles(&["nobody"]),
            to_locked(true),
            to_profile(ProfileEdit::default()),
        ] {
            assert_eq!(
                refuses_edit(&town, "user_editor", target, edit),
                no,
                "{target}"
            );
        }
        let editor = town.caller("user_editor");
        assert_eq!(town.refuses(town.app.delete_user(&editor, target)), no);
    }
    let _ = edits(&town, "user_editor", "nobody", to_locked(true));
}

#[test]
fn one_changes_ones_own_password_only_by_knowing_the_old_one() {
    let town = Town::new();
    for name in ["nobody", "admin"] {
        let session = town.sign_in(name);
        let wrong = Error::invalid("oldpassword", "is not your present password");
        let missing = Error::invalid("oldpassword", "is needed to change your own password");
        assert_eq!(
            refuses_edit(&town, name, name, to_password("is new", None)),
            missing
        );
        let guess = to_password("is new", Some(password("guess")));
        assert_eq!(refuses_edit(&town, name, name, guess), wrong);

        let known = to_password("is new", Some(password_of(name)));
        let edited = edits(&town, name, &name.to_uppercase(), known);
        edited.recorded(name, Action::EditUser, name, None);
        let user = edited.value.user.clone();
        let id = user.id;
        edited.told(&[Change::UserPut(user), Change::SessionsEnded(id)]);
        assert_eq!(edited.events[0].reason, "password changed, sessions ended");
        assert!(town.dump().sessions.iter().all(|one| one.digest != session));

        let origin = town.origin();
        let old = town.refuses(town.app.login(name, password_of(name), &origin));
        assert_eq!(old, Error::Unauthenticated(Reason::WrongPassword));
        let _ = town.does(town.app.login(name, password("is new"), &origin));
    }
}

#[test]
fn an_administrator_may_not_change_his_own_password_among_other_things_without_the_old_one() {
    let town = Town::new();
    let edit = UserEdit {
        roles: to_roles(&["admin"]).roles,
        locked: Some(false),
        ..to_password("is new", None)
    };
    let missing = Error::invalid("oldpassword", "is needed to change your own password");
    assert_eq!(refuses_edit(&town, "admin", "admin", edit), missing);
}

#[test]
fn guesses_at_ones_own_old_password_lock_it_like_those_of_strangers() {
    let town = Town::new();
    let guess = || to_password("is new", Some(password("guess")));
    for _ in 0..3 {
        refuses_edit(&town, "nobody", "nobody", guess());
    }
    let known = to_password("is new", Some(password_of("nobody")));
    let wrong = Error::invalid("oldpassword", "is not your present password");
    assert_eq!(refuses_edit(&town, "nobody", "nobody", known), wrong);
}

#[test]
fn an_administrator_sets_anothers_password_without_the_old_one() {
    let town = Town::new();
    let _ = town.sign_in("user");
    let edited = edits(
        &town,
        "admin",
        "user",
        to_password("is new", Some(password("ignored"))),
    );
    edited.recorded("admin", Action::EditUser, "user", None);
    assert_eq!(town.dump().sessions, []);
    let origin = town.origin();
    let _ = town.does(town.app.login("user", password("is new"), &origin));
    let short = UserEdit {
        password: Some(Plaintext::from("short".to_owned())),
        ..UserEdit::default()
    };
    let why = "must be at least 8 characters long";
    assert_eq!(
        refuses_edit(&town, "admin", "user", short),
        Error::invalid("password", why)
    );
}

#[test]
fn a_profile_is_ones_own_and_changes_only_where_something_is_said() {
    let town = Town::new();
    let first = ProfileEdit {
        email: Some("n@example.com".to_owned()),
        must_change_password: Some(true),
        ..ProfileEdit::default()
    };
    let second = ProfileEdit {
        real_name: Some("No Body".to_owned()),
        ..ProfileEdit::default()
    };
    let edited = edits(&town, "admin", "nobody", to_profile(first));
    assert_eq!(edited.events[0].reason, "profile changed");
    let edited = edits(&town, "nobody", "nobody", to_profile(second));
    edited.recorded("nobody", Action::EditUser, "nobody", None);
    let expected = Profile {
        real_name: "No Body".to_owned(),
        email: "n@example.com".to_owned(),
        must_change_password: true,
        ..Profile::default()
    };
    assert_eq!(edited.value.user.profile, expected);
}

#[test]
fn roles_and_lock_of_a_user_are_replaced() {
    let town = Town::new();
    let edited = edits(&town, "admin", "user", to_roles(&["own_maker", "user"]));
    assert_eq!(edited.events[0].reason, "roles: own_maker, user");
    assert_eq!(
        edited.value.user.roles,
        ["own_maker", "user"].map(role_name)
    );
    let both = UserEdit {
        locked: Some(true),
        ..to_roles(&["nobody"])
    };
    let edited = edits(&town, "admin", "user", both);
    assert_eq!(edited.events[0].reason, "roles: nobody; locked");
    assert!(edited.value.user.locked);
    let edited = edits(&town, "admin", "user", to_profile(ProfileEdit::default()));
    assert!(edited.value.user.locked, "only who says so lets him in");
    let ghost = Error::invalid("roles", "role 'ghost' does not exist");
    assert_eq!(
        refuses_edit(&town, "admin", "user", to_roles(&["ghost"])),
        ghost
    );
    let nobody = Error::not_found("user", "Ghost");
    assert_eq!(
        refuses_edit(&town, "admin", "Ghost", to_locked(true)),
        nobody
    );
}

#[test]
fn nt17_a_locked_users_tokens_and_sessions_stop_at_once() {
    let town = Town::new();
    let tokens = [Kind::Static, Kind::Ephemeral].map(|kind| town.make_token("admin", kind, "user"));
    let _ = edits(&town, "admin", "user", to_locked(true));
    for token in &tokens {
        assert_eq!(town.verdict(token), Verdict::Denied(Reason::OwnerLocked));
    }
}

#[test]
fn nt12_nt14_a_user_made_anew_revives_nothing() {
    let town = Town::new();
    let tokens = [Kind::Static, Kind::Ephemeral].map(|kind| town.make_token("admin", kind, "user"));
    let _ = town.sign_in("user");
    let id = town.id("user");
    let deleted = town.does(town.app.delete_user(&town.caller("admin"), "USER"));
    deleted.recorded("admin", Action::DeleteUser, "user", None);
    deleted.told(&[Change::UserDeleted(id)]);
    let gone = [Reason::Unknown, Reason::OwnerGone].map(Verdict::Denied);
    assert_eq!(tokens.each_ref().map(|token| town.verdict(token)), gone);

    let namesake = NewUser {
        password: Some(password("of another")),
        ..new("user", &["user"])
    };
    let anew = creates(&town, "admin", namesake).value.user.clone();
    assert!(anew.id != id);
    assert_eq!(tokens.each_ref().map(|token| town.verdict(token)), gone);
    let dump = town.dump();
    assert_eq!((dump.tokens, dump.sessions), (vec![], vec![]));
    let origin = town.origin();
    let old = town.refuses(town.app.login("user", password_of("user"), &origin));
    assert_eq!(old, Error::Unauthenticated(Reason::WrongPassword));
}

#[test]
fn who_is_not_there_and_oneself_cannot_be_deleted() {
    let town = Town::new();
    for name in ["admin", "user_editor"] {
        let caller = town.caller(name);
        let oneself = Error::conflict("You cannot delete your own account");
        assert_eq!(town.refuses(town.app.delete_user(&caller, name)), oneself);
        for ghost in ["ghost", "a:b"] {
            let nobody = Error::not_found("user", ghost);
            assert_eq!(town.refuses(town.app.delete_user(&caller, ghost)), nobody);
        }
    }
}

#[test]
fn the_last_administrator_is_kept() {
    let town = Town::new();
    let stuck = Error::conflict("This would leave nobody who can edit users and roles");
    let last = |edit| assert_eq!(refuses_edit(&town, "admin", "admin", edit), stuck);
    last(to_locked(true));
    last(to_roles(&["user"]));
    last(to_roles(&["user_editor", "own_maker"]));
    // One who is locked, or can only do half of it, does not count.
    let _ = creates(&town, "admin", new("second", &["admin"]));
    let _ = edits(&town, "admin", "second", to_locked(true));
    last(to_roles(&["user"]));
    let _ = edits(&town, "admin", "second", to_locked(false));
    let _ = edits(&town, "second", "admin", to_roles(&["user"]));
    let other = town.refuses(
        town.app
            .edit_user(&town.caller("second"), "second", to_locked(true)),
    );
    assert_eq!(other, stuck);
}

#[test]
fn users_are_listed_by_name() {
    let town = Town::new();
    let all = town.app.list_users(&town.caller("user_editor")).unwrap();
    let names: Vec<_> = all.iter().map(|one| one.user.name.as_str()).collect();
    assert_eq!(names.len(), 10);
    assert!(names.is_sorted());
    let found = town.app.user(&town.caller("admin"), "Power");
    assert_eq!(found, Ok(town.principal("power")));
    let ghost = town.app.user(&town.caller("admin"), "ghost");
    assert_eq!(ghost, Err(Error::not_found("user", "ghost")));
}

/// An edit of what Tanium's clients know of a user.
fn to_number(number: u8) -> UserEdit {
    to_profile(ProfileEdit {
        lock_number: Some(number),
        ..ProfileEdit::default()
    })
}

fn to_deleted(deleted: bool) -> UserEdit {
    UserEdit {
        deleted: Some(deleted),
        ..UserEdit::default()
    }
}

fn to_metadata(entries: &[(&str, Option<&str>)]) -> UserEdit {
    let entries = entries.iter();
    let owned =
        |(name, value): &(&str, Option<&str>)| ((*name).to_owned(), value.map(str::to_owned));
    to_profile(ProfileEdit {
        metadata: entries.map(owned).collect(),
        ..ProfileEdit::default()
    })
}

#[test]
fn a_user_without_a_password_is_there_but_cannot_sign_in_until_he_gets_one() {
    let town = Town::new();
    let asked = NewUser {
        password: None,
        ..new("svc", &[])
    };
    let made = creates(&town, "user_editor", asked);
    assert_eq!(made.value.user.roles, []);
    let origin = town.origin();
    for guess in ["", "svc", "password"] {
        let guess = Plaintext::from(guess.to_owned());
        let refused = town.refuses(town.app.login("svc", guess, &origin));
        assert_eq!(refused, Error::Unauthenticated(Reason::WrongPassword));
    }
    town.advance(3600);
    let _ = edits(&town, "admin", "svc", to_password("is new", None));
    let _ = town.does(town.app.login("svc", password("is new"), &town.origin()));
}

#[test]
fn nt12_a_user_who_is_deleted_for_now_stops_at_once_and_comes_back_as_he_was() {
    let town = Town::new();
    let token = town.make_token("admin", Kind::Static, "user");
    let _ = town.sign_in("user");
    let id = town.id("user");
    let before = town.principal("user").user.clone();
    let admin = town.caller("admin");
    let whom = Whom::Id(id);
    let deleted = town.does(town.app.edit_account(&admin, &whom, to_deleted(true)));
    deleted.recorded("admin", Action::DeleteUser, "user", None);
    assert_eq!(deleted.events[0].reason, "deleted until brought back");
    assert_eq!(town.dump().sessions, []);
    assert_eq!(town.verdict(&token), Verdict::Denied(Reason::OwnerGone));
    let origin = town.origin();
    let refused = town.refuses(town.app.login("user", password_of("user"), &origin));
    assert_eq!(refused, Error::Unauthenticated(Reason::WrongPassword));

    assert_eq!(town.app.list_users(&admin).unwrap().len(), 9);
    assert_eq!(town.app.list_users_and_deleted(&admin).unwrap().len(), 10);
    let gone = Error::not_found("user", "user");
    assert_eq!(town.app.user(&admin, "user"), Err(gone.clone()));
    assert!(
        town.app
            .user_or_deleted(&admin, &whom)
            .unwrap()
            .user
            .deleted
    );
    let namesake = refuses_new(&town, "admin", new("user", &[]));
    assert!(matches!(namesake, Error::Conflict { .. }), "{namesake}");
    for edit in [to_locked(true), to_roles(&["admin"]), to_deleted(true)] {
        assert_eq!(refuses_edit(&town, "admin", "user", edit), gone);
    }
    let back = edits(&town, "admin", "user", to_deleted(false));
    back.recorded("admin", Action::EditUser, "user", None);
    assert_eq!(back.value.user, before);
    assert!(matches!(town.verdict(&token), Verdict::Granted(_)));
    let _ = town.does(town.app.login("user", password_of("user"), &origin));
}

#[test]
fn nobody_deletes_himself_or_the_last_administrator_even_for_now() {
    let town = Town::new();
    let oneself = Error::conflict("You cannot delete your own account");
    for name in ["admin", "user_editor"] {
        assert_eq!(refuses_edit(&town, name, name, to_deleted(true)), oneself);
    }
    town.settle_user("second", &["edit_user", "administrator"]);
    let _ = edits(&town, "second", "admin", to_deleted(true));
    let stuck = Error::conflict("This would leave nobody who can edit users and roles");
    let error = refuses_edit(&town, "second", "second", to_locked(true));
    assert_eq!(error, stuck, "one who is deleted does not count");
}

#[test]
fn a_lock_has_a_number_and_the_number_is_a_lock() {
    let town = Town::new();
    let is = |locked, number| {
        let user = &town.principal("user").user;
        assert_eq!((user.locked, user.profile.lock_number), (locked, number));
    };
    for number in [1, 2, 3] {
        let edited = edits(&town, "admin", "user", to_number(number));
        assert_eq!(edited.events[0].reason, "locked");
        is(true, number);
    }
    let _ = edits(&town, "admin", "user", to_locked(true));
    is(true, 3);
    let edited = edits(&town, "admin", "user", to_number(0));
    assert_eq!(edited.events[0].reason, "unlocked");
    is(false, 0);
    let _ = edits(&town, "admin", "user", to_locked(true));
    is(true, 1);
    let _ = edits(&town, "admin", "user", to_locked(false));
    is(false, 0);
    let why = "must be between 0 and 3";
    let error = refuses_edit(&town, "admin", "user", to_number(4));
    assert_eq!(error, Error::invalid("locked_out", why));
    let asked = NewUser {
        profile: to_number(2).profile,
        ..new("locked", &[])
    };
    assert!(creates(&town, "admin", asked).value.user.locked);
}

#[test]
fn metadata_is_put_and_removed_by_name_within_limits() {
    let town = Town::new();
    let put = to_metadata(&[("a", Some("1")), ("b", Some("2"))]);
    let _ = edits(&town, "admin", "user", put);
    let edited = edits(
        &town,
        "admin",
        "user",
        to_metadata(&[("a", None), ("b", Some("3")), ("c", None)]),
    );
    let entries = &edited.value.user.profile.metadata;
    assert_eq!(*entries, [("b".to_owned(), "3".to_owned())].into());

    let (name, value) = ("n".repeat(101), "v".repeat(1025));
    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    let many: Vec<_> = many.iter().map(|name| (name.as_str(), Some(""))).collect();
    for edit in [
        to_metadata(&[("", Some("x"))]),
        to_metadata(&[(&name, Some("x"))]),
        to_metadata(&[("x", Some(&value))]),
        to_metadata(&[("x\n", Some("x"))]),
        to_metadata(&[("x", Some("\u{200b}"))]),
        to_metadata(&many),
    ] {
        let error = refuses_edit(&town, "admin", "user", edit);
        assert!(
            matches!(
                error,
                Error::Invalid {
                    field: "metadata",
                    ..
                }
            ),
            "{error}"
        );
    }
}

/// What decides about a user is not his own to set.
#[test]
fn nt18_one_sets_of_oneself_only_what_gives_nothing() {
    let town = Town::new();
    let no = refusal("nobody", "edit_user");
    let computers = to_profile(ProfileEdit {
        computer_group: Some(crate::id::ComputerGroupId::from_number(1)),
        ..ProfileEdit::default()
    });
    let domain = to_profile(ProfileEdit {
        domain: Some("lab".to_owned()),
        ..ProfileEdit::default()
    });
    for edit in [
        computers,
        domain,
        to_number(0),
        to_deleted(false),
        to_metadata(&[("a", Some("b"))]),
    ] {
        assert_eq!(refuses_edit(&town, "nobody", "nobody", edit), no);
    }
}

/// Who can sign in as another can act as his personas.
#[test]
fn nt18_an_editor_of_users_does_not_lay_hands_on_one_with_a_persona_above_him() {
    let town = Town::new();
    let persona = crate::app::PersonaEdit {
        name: Some("strong".to_owned()),
        roles: Some([town.role_number("role_editor")].into()),
        users: Some([town.id("nobody")].into()),
        ..crate::app::PersonaEdit::default()
    };
    let _ = town.does(town.app.create_persona(&town.caller("admin"), persona));
    let why = "every capability over tokens, users and roles that the user's personas grant";
    let no = refusal("user_editor", why);
    for edit in [
        to_password("taken over", None),
        to_locked(true),
        to_deleted(true),
    ] {
        assert_eq!(refuses_edit(&town, "user_editor", "nobody", edit), no);
    }
    let editor = town.caller("user_editor");
    assert_eq!(town.refuses(town.app.delete_user(&editor, "nobody")), no);
    let _ = edits(&town, "admin", "nobody", to_locked(true));
}

/// A role that denies is neither put on nor taken off by one who lacks what it denies.
#[test]
fn nt18_an_editor_of_users_takes_away_no_role_that_denies_what_he_lacks() {
    let town = Town::new();
    let admin = town.caller("admin");
    let edit = crate::app::RoleDetailsEdit {
        label: Some("no roles".to_owned()),
        deny: Some(true),
        all_content_sets: Some(true),
        ..crate::app::RoleDetailsEdit::default()
    };
    let role = town.does(town.app.create_labelled_role(&admin, edit)).value;
    let denied = crate::app::testing::capability("edit_roles");
    let _ = town.does(town.app.grant_privilege(&admin, role.number, &denied, None));
    let no = refusal("user_editor", NO_MORE_THAN_HIS);
    let put_on = to_roles(&["nobody", "no-roles"]);
    assert_eq!(refuses_edit(&town, "user_editor", "nobody", put_on), no);
    let _ = edits(
        &town,
        "admin",
        "nobody",
        to_roles(&["role_editor", "no-roles"]),
    );
    for roles in [&[][..], &["nobody"]] {
        assert_eq!(
            refuses_edit(&town, "user_editor", "nobody", to_roles(roles)),
            no
        );
    }
}
