//! Setting a store up, and setting a password anew.

use std::sync::Arc;

use super::*;
use crate::{
    app::testing::{
        Interleaved, Interruption, NOW, Town, block_on, password, password_of, second, user_name,
    },
    fake::{MemoryStore, MemoryView, QuickPasswords},
    port::{AuditQuery, View},
    principal::Power,
    settings::TokensAuth,
    token::form::splunk_jwt::Kind,
    verify::{Reason, Verdict},
};

fn operator() -> Origin {
    Origin::operator(second(NOW))
}

fn sets_up(store: &dyn Store, admin: &str, settings: Settings) -> Result<bool, Error> {
    let (id, hash) = (UserId::from_number(1), QuickPasswords::hash_of("secret"));
    let admin = user_name(admin);
    block_on(initialise(store, &operator(), id, &admin, hash, settings))
}

#[test]
fn an_empty_store_is_set_up_once() {
    let view = Arc::new(MemoryView::default());
    let store = MemoryStore::new(view.clone());
    let settings = Settings {
        tokens_auth: TokensAuth {
            disabled: true,
            ..TokensAuth::default()
        },
        ..Settings::default()
    };
    assert_eq!(sets_up(&store, "root", settings.clone()), Ok(true));
    assert_eq!(sets_up(&store, "other", Settings::default()), Ok(false));

    let world = view.world();
    let users: Vec<_> = world.users().collect();
    assert_eq!(users.len(), 1);
    assert_eq!(
        (users[0].user.name.as_str(), users[0].user.created),
        ("root", second(NOW))
    );
    assert!(Power::all().all(|power| users[0].rights.has(power)));
    assert_eq!(world.settings(), &settings);
    assert_eq!(world.roles().len(), Role::built_in().unwrap().len());
    let stored = block_on(store.world()).unwrap();
    assert_eq!(stored.generation, world.generation);
    assert_eq!(stored.roles(), world.roles());

    let query = AuditQuery {
        limit: 10,
        ..AuditQuery::default()
    };
    let lines = block_on(store.audit(query)).unwrap();
    let [line] = &lines[..] else {
        panic!("{lines:?}")
    };
    let event = &line.event;
    assert_eq!(
        (&*event.actor, event.action),
        ("system", Action::Initialise)
    );
    assert_eq!(
        (event.target.as_deref(), event.address),
        (Some("root"), None)
    );
}

#[test]
fn of_two_servers_that_set_up_one_store_the_second_finds_it_done() {
    let view = Arc::new(MemoryView::default());
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new(view.clone()));
    let first = Arc::clone(&store);
    let interruption: Interruption = Box::new(move || {
        assert_eq!(sets_up(&*first, "first", Settings::default()), Ok(true));
    });
    let store = Interleaved::new(store, vec![interruption]);
    assert_eq!(sets_up(&store, "second", Settings::default()), Ok(false));
    let world = view.world();
    let names: Vec<_> = world.users().map(|one| one.user.name.as_str()).collect();
    assert_eq!(names, ["first"]);
}

#[test]
fn the_operator_sets_a_password_anew_and_lets_the_user_in_again() {
    for revoke_tokens in [false, true] {
        let town = Town::new();
        let tokens =
            [Kind::Static, Kind::Ephemeral].map(|kind| town.make_token("admin", kind, "admin"));
        let others = town.make_token("admin", Kind::Static, "user");
        let _ = town.sign_in("admin");
        let admin = User {
            locked: true,
            ..town.principal("admin").user.clone()
        };
        town.commit(Batch {
            world: Some(town.app.world().generation),
            writes: vec![Write::UpdateUser(admin.clone())],
            changes: vec![Change::UserPut(admin)],
            ..Batch::default()
        });
        let hash = QuickPasswords::hash_of(password("set anew").expose());
        let (store, origin, name) = (&*town.ports.store, operator(), user_name("admin"));
        let set = town.does(reset_password(store, &origin, &name, hash, revoke_tokens));
        let event = &set.events[0];
        assert_eq!(
            (&*event.actor, event.action),
            ("system", Action::ResetPassword)
        );
        assert_eq!(event.target.as_deref(), Some("admin"));

        assert_eq!(town.dump().sessions, []);
        let good = |token| matches!(town.verdict(token), Verdict::Granted(_));
        let good_tokens = tokens.each_ref().map(good);
        assert_eq!(good_tokens, [!revoke_tokens; 2], "nt13");
        assert!(good(&others));
        let origin = town.origin();
        let old = town.refuses(town.app.login("admin", password_of("admin"), &origin));
        assert_eq!(old, Error::Unauthenticated(Reason::WrongPassword));
        let _ = town.does(town.app.login("admin", password("set anew"), &origin));
    }
}

#[test]
fn nobodys_password_cannot_be_set() {
    let town = Town::new();
    let (store, hash) = (&*town.ports.store, QuickPasswords::hash_of("secret"));
    let (origin, name) = (operator(), user_name("ghost"));
    let set = town.refuses(reset_password(store, &origin, &name, hash, true));
    assert_eq!(set, Error::not_found("user", "ghost"));
}
