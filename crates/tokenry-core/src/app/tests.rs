//! Use cases that run into each other: two edits at once, a change in the middle of another.

use super::{
    testing::{Interleaved, Interruption, Town, block_on, password_of, role_name, user_name},
    *,
};
use crate::{
    principal::Power,
    secret::Plaintext,
    token::{Status, form::splunk_jwt::Kind, lifetime::Wanted},
    verify::Reason,
};

/// What one administrator does while another is about to commit.
type Deed = fn(&App, &Caller) -> Result<(), Error>;

/// Lets `first` compute, then `second` do all of his deed, and only then `first` commit.
fn interleave(
    town: &Arc<Town>,
    first: (&str, Deed),
    second: (&str, Deed),
) -> [Result<(), Error>; 2] {
    let outcome = Arc::new(std::sync::Mutex::new(None));
    let callers = [first.0, second.0].map(|name| town.caller(name));
    let [first_caller, second_caller] = callers;
    let interruption: Interruption = {
        let (town, outcome) = (Arc::clone(town), Arc::clone(&outcome));
        Box::new(move || {
            *outcome.lock().unwrap() = Some(second.1(&town.app, &second_caller));
        })
    };
    let store = Arc::clone(&town.ports.store);
    let store = Arc::new(Interleaved::new(store, vec![interruption]));
    let app = town.app_over(|ports| ports.store = store.clone());
    let first = first.1(&app, &first_caller);
    assert_eq!(store.left(), 0, "the second was never heard");
    let second = outcome.lock().unwrap().take().unwrap();
    [first, second]
}

fn import(app: &App, caller: &Caller, role: &str, imported: &str) -> Result<(), Error> {
    let edit = RoleEdit {
        imports: Some(vec![role_name(imported)]),
        ..RoleEdit::default()
    };
    block_on(app.edit_role(caller, role, edit)).map(|_| ())
}

fn give(app: &App, caller: &Caller, name: &str, roles: &[&str]) -> Result<(), Error> {
    let edit = UserEdit {
        roles: Some(roles.iter().map(|role| role_name(role)).collect()),
        ..UserEdit::default()
    };
    block_on(app.edit_user(caller, name, edit)).map(|_| ())
}

fn lock(app: &App, caller: &Caller, name: &str) -> Result<(), Error> {
    let edit = UserEdit {
        locked: Some(true),
        ..UserEdit::default()
    };
    block_on(app.edit_user(caller, name, edit)).map(|_| ())
}

fn delete(app: &App, caller: &Caller, name: &str) -> Result<(), Error> {
    block_on(app.delete_user(caller, name))
}

#[test]
fn two_edits_at_once_make_no_circle_of_roles() {
    let town = Arc::new(Town::new());
    let outcomes = interleave(
        &town,
        ("admin", |app, caller| {
            import(app, caller, "nobody", "own_maker")
        }),
        ("admin", |app, caller| {
            import(app, caller, "own_maker", "nobody")
        }),
    );
    let circle = Error::invalid("imported_roles", "role 'nobody' would import itself");
    assert_eq!(outcomes, [Err(circle), Ok(())]);
    let world = block_on(town.ports.store.world()).unwrap();
    assert!(world.roles()[&role_name("nobody")].imports.is_empty());
}

const AGAINST_POWER: [Deed; 3] = [
    |app, caller| give(app, caller, "power", &["user"]),
    |app, caller| lock(app, caller, "power"),
    |app, caller| delete(app, caller, "power"),
];
const AGAINST_ADMIN: [Deed; 3] = [
    |app, caller| give(app, caller, "admin", &["user"]),
    |app, caller| lock(app, caller, "admin"),
    |app, caller| delete(app, caller, "admin"),
];

/// `admin` and `power`, the only administrators, do away with each other, in every way: the slower one is no longer who
/// he was when his request began. And `admin` resigns just when he has become the last.
#[test]
fn two_edits_at_once_leave_an_administrator() {
    let pairs = AGAINST_POWER
        .into_iter()
        .flat_map(|first| AGAINST_ADMIN.map(|second| (first, ("power", second))));
    let resigns = AGAINST_POWER.map(|second| (AGAINST_ADMIN[0], ("admin", second)));
    for (number, (first, second)) in pairs.chain(resigns).enumerate() {
        let town = Arc::new(Town::new());
        give(&town.app, &town.caller("admin"), "power", &["admin"]).unwrap();
        let outcomes = interleave(&town, ("admin", first), second);
        let too_late = match number {
            0 | 3 | 6 => Error::Refused(Refusal {
                user: user_name("admin"),
                requires: "edit_user",
                privilege: "write user",
            }),
            1 | 4 | 7 => Error::Unauthenticated(Reason::OwnerLocked),
            2 | 5 | 8 => Error::Unauthenticated(Reason::OwnerGone),
            _ => Error::conflict("This would leave nobody who can edit users and roles"),
        };
        assert_eq!(outcomes, [Err(too_late), Ok(())], "{number}");
        let world = block_on(town.ports.store.world()).unwrap();
        let stands = |one: &&Arc<Principal>| !one.user.locked && one.rights.has(Power::RolesEdit);
        let left = world.users().filter(stands);
        let names: Vec<_> = left.map(|one| one.user.name.as_str()).collect();
        assert_eq!(names, [second.0, "role_editor"], "{number}");
    }
}

#[test]
fn two_edits_at_once_lose_nothing() {
    let town = Arc::new(Town::new());
    let outcomes = interleave(
        &town,
        ("admin", |app, caller| {
            let profile = ProfileEdit {
                email: Some("u@example.com".to_owned()),
                ..ProfileEdit::default()
            };
            let edit = UserEdit {
                profile,
                ..UserEdit::default()
            };
            block_on(app.edit_user(caller, "user", edit)).map(|_| ())
        }),
        ("admin", |app, caller| {
            block_on(app.delete_tokens(caller, "user", None))
        }),
    );
    assert_eq!(outcomes, [Ok(()), Ok(())]);
    let user = town.principal("user").user.clone();
    assert_eq!(
        (&*user.profile.email, user.token_epoch),
        ("u@example.com", 1)
    );
}

#[test]
fn two_users_of_one_name_are_never_made() {
    let town = Arc::new(Town::new());
    let make: Deed = |app, caller| {
        let new = NewUser {
            name: user_name("twin"),
            password: Some(password_of("twin")),
            roles: vec![role_name("user")],
            create_role: false,
            profile: ProfileEdit::default(),
        };
        block_on(app.create_user(caller, new)).map(|_| ())
    };
    let outcomes = interleave(&town, ("admin", make), ("admin", make));
    let taken = Error::conflict("User with name=twin already exists");
    assert_eq!(outcomes, [Err(taken), Ok(())]);
}

#[test]
fn a_token_of_a_user_deleted_meanwhile_is_not_made() {
    let town = Arc::new(Town::new());
    let create: Deed = |app, caller| {
        let wanted = CreateToken {
            kind: Kind::Static,
            name: Some("user"),
            audience: Some("tests"),
            life: Wanted::default(),
            status: Status::Enabled,
        };
        block_on(app.create_token(caller, wanted)).map(|_| ())
    };
    let delete: Deed = |app, caller| delete(app, caller, "user");
    let [made, deleted] = interleave(&town, ("admin", create), ("admin", delete));
    assert!(matches!(made, Err(Error::Conflict { .. })), "{made:?}");
    assert_eq!(deleted, Ok(()));
    assert_eq!(town.dump().tokens, []);
}

#[test]
fn a_world_that_never_holds_still_is_given_up_on() {
    let town = Arc::new(Town::new());
    let interruption = || -> Interruption {
        let town = Arc::clone(&town);
        Box::new(move || {
            let edit = TokensAuthEdit::default();
            let caller = town.caller("admin");
            block_on(town.app.edit_tokens_auth(&caller, edit)).unwrap();
        })
    };
    let interruptions = (0..16).map(|_| interruption()).collect();
    let store = Arc::clone(&town.ports.store);
    let store = Arc::new(Interleaved::new(store, interruptions));
    let app = town.app_over(|ports| ports.store = store);
    let given_up = give(&app, &town.caller("admin"), "user", &["nobody"]);
    assert!(
        matches!(given_up, Err(Error::Unavailable { .. })),
        "{given_up:?}"
    );
    assert_eq!(town.principal("user").user.roles, [role_name("user")]);
}

/// The check at the end of every test of a use case works at all.
#[test]
#[should_panic(expected = "a secret got out")]
fn nt42_a_secret_in_the_audit_log_is_noticed() {
    let town = Town::new();
    town.keep_secret(&Plaintext::from("hidden".to_owned()));
    let permit = Permit::operator();
    let event = town.origin().event(&permit, Action::EditUser, "hidden");
    town.commit(Batch {
        events: vec![event],
        ..Batch::default()
    });
}

fn persona(app: &App, caller: &Caller, name: &str) -> Result<(), Error> {
    let edit = PersonaEdit {
        name: Some(name.to_owned()),
        ..PersonaEdit::default()
    };
    block_on(app.create_persona(caller, edit)).map(|_| ())
}

fn assign(app: &App, caller: &Caller, role: &str) -> Result<(), Error> {
    let world = app.world();
    let number = world.roles()[&role_name(role)].number;
    let nobody = world.named(&user_name("nobody")).unwrap().user.id;
    block_on(app.assign_role(caller, number, Assignee::User(nobody), true))
}

fn put_away(app: &App, caller: &Caller, name: &str) -> Result<(), Error> {
    let edit = UserEdit {
        deleted: Some(true),
        ..UserEdit::default()
    };
    block_on(app.edit_user(caller, name, edit)).map(|_| ())
}

#[test]
fn of_two_personas_that_get_one_name_at_once_there_is_one() {
    let town = Arc::new(Town::new());
    let outcomes = interleave(
        &town,
        ("admin", |app, caller| persona(app, caller, "Twin")),
        ("admin", |app, caller| persona(app, caller, "twin")),
    );
    let taken = Error::conflict("Persona with name=Twin already exists");
    assert_eq!(outcomes, [Err(taken), Ok(())]);
    assert_eq!(town.app.world().personas().len(), 1);
}

#[test]
fn two_things_made_at_once_have_ids_of_their_own() {
    let town = Arc::new(Town::new());
    let outcomes = interleave(
        &town,
        ("admin", |app, caller| persona(app, caller, "one")),
        ("admin", |app, caller| persona(app, caller, "other")),
    );
    assert_eq!(outcomes, [Ok(()), Ok(())]);
    assert_eq!(town.app.world().personas().len(), 2);
}

#[test]
fn of_two_roles_given_at_once_none_is_lost() {
    let town = Arc::new(Town::new());
    let outcomes = interleave(
        &town,
        ("admin", |app, caller| assign(app, caller, "own_maker")),
        ("admin", |app, caller| assign(app, caller, "own_lister")),
    );
    assert_eq!(outcomes, [Ok(()), Ok(())]);
    let held = ["nobody", "own_lister", "own_maker"].map(role_name);
    assert_eq!(town.principal("nobody").user.roles, held);
}

/// One who was put away meanwhile does not get to finish, so one administrator is left.
#[test]
fn two_administrators_who_put_each_other_away_at_once_do_not_both_succeed() {
    let town = Arc::new(Town::new());
    give(&town.app, &town.caller("admin"), "power", &["admin"]).unwrap();
    let outcomes = interleave(
        &town,
        ("admin", |app, caller| put_away(app, caller, "power")),
        ("power", |app, caller| put_away(app, caller, "admin")),
    );
    let gone = Error::Unauthenticated(Reason::OwnerGone);
    assert_eq!(outcomes, [Err(gone), Ok(())]);
    assert!(town.principal("power").rights.has(Power::RolesEdit));
}

/// Who edits what he has read must not overwrite what somebody else has done to it meanwhile.
#[test]
fn who_expects_a_world_changes_no_other() {
    let town = Arc::new(Town::new());
    let edit = || UserEdit {
        locked: Some(true),
        ..UserEdit::default()
    };
    let seen = town.app.world().generation;
    let admin = town.caller("admin");
    give(&town.app, &admin, "power", &["user"]).unwrap();
    let expects = admin.expecting(seen);
    let refused = town.refuses(town.app.edit_user(&expects, "user", edit()));
    assert!(refused.is_outdated(), "{refused:?}");
    assert!(!Error::conflict("Role with name=x already exists").is_outdated());
    let now = town.app.world().generation;
    let expects = admin.expecting(now);
    let _ = town.does(town.app.edit_user(&expects, "user", edit()));
}

/// It is not planned again, as it is for who expects nothing.
#[test]
fn who_expects_a_world_is_refused_when_it_moves_while_he_commits() {
    let town = Arc::new(Town::new());
    let outcomes = interleave(
        &town,
        ("admin", |app, caller| {
            let seen = app.world().generation;
            give(app, &caller.expecting(seen), "user", &["nobody"])
        }),
        ("admin", |app, caller| give(app, caller, "power", &["user"])),
    );
    assert_eq!(outcomes, [Err(Error::outdated()), Ok(())]);
    assert_eq!(town.principal("user").user.roles, [role_name("user")]);
}
