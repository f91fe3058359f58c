//! What an interface may offer: as much as the use cases grant.

use crate::{
    app::{
        ProfileEdit, Rotation, UserEdit,
        testing::{Town, block_on},
    },
    token::{Status, form::splunk_jwt::Kind},
};

const ALL: &[&str] = &[
    "admin",
    "power",
    "user",
    "own_maker",
    "own_lister",
    "all_maker",
    "all_lister",
    "user_editor",
    "revoker",
    "rotator",
    "nobody",
];

fn town() -> Town {
    let town = Town::with_bearers();
    let _ = town.settle_user("rotator", &["tokens.rotate.own"]);
    town
}

#[test]
fn it_is_said_what_the_use_cases_do() {
    let mut seen = Vec::new();
    for (name, owner) in ALL.iter().flat_map(|name| [(name, *name), (name, "power")]) {
        let town = town();
        let id = town.make_token("admin", Kind::Static, owner).id;
        let token = town.record(id).unwrap();
        let caller = town.caller(name);
        let rights = town.app.what_may_be_done(&caller, &token);
        let rotates = block_on(town.app.rotate_token_of(&caller, id, Rotation::default()));
        assert_eq!(rotates.is_ok(), rights.rotate, "{name} rotates of {owner}");
        let id = rotates.map_or(id, |issued| {
            town.keep_secret(&issued.string);
            issued.token.id
        });
        let sets = block_on(town.app.set_status_of(&caller, &[id], Status::Enabled));
        let sets = sets.is_ok_and(|many| many.done == [id]);
        assert_eq!(sets, rights.set_status, "{name} sets of {owner}");
        assert_eq!(rights.edit, rights.set_status);
        let revokes = block_on(town.app.revoke(&caller, &[id]));
        let revokes = revokes.is_ok_and(|many| many.done == [id]);
        assert_eq!(revokes, rights.revoke, "{name} revokes of {owner}");
        seen.push((rights.set_status, rights.revoke, rights.rotate));
    }
    for rights in [
        (true, true, true),
        (false, true, false),
        (false, false, true),
        (false, false, false),
    ] {
        assert!(seen.contains(&rights), "nobody has {rights:?}");
    }
}

/// The names of who is found.
fn finds(town: &Town, caller: &str, search: &str, limit: usize) -> Vec<String> {
    let found = town
        .app
        .users_for_tokens(&town.caller(caller), search, limit);
    let names = found.iter().map(|one| one.user.name.to_string());
    names.collect()
}

#[test]
fn users_are_found_by_the_front_of_a_name_first() {
    let town = town();
    let admin = town.caller("admin");
    let profile = ProfileEdit {
        real_name: Some("Ülla Lister".to_owned()),
        ..ProfileEdit::default()
    };
    let edit = UserEdit {
        profile,
        ..UserEdit::default()
    };
    let _ = town.does(town.app.edit_user(&admin, "other", edit));
    let all = finds(&town, "admin", "", 100);
    assert_eq!(all.len(), town.app.world().users().count());
    assert!(all.is_sorted());
    assert_eq!(finds(&town, "admin", "", 2), ["admin", "all_lister"]);
    assert_eq!(finds(&town, "admin", "", 0), [""; 0]);
    assert_eq!(finds(&town, "admin", " ROLE", 9), ["role_editor"]);
    let editors = ["role_editor", "user_editor"];
    assert_eq!(finds(&town, "admin", "editor", 9), editors);
    let users = ["user", "user_editor"];
    assert_eq!(finds(&town, "admin", "user", 9), users);
    // The real name counts as much, in any letters.
    assert_eq!(finds(&town, "admin", "üLLA", 9), ["other"]);
    assert_eq!(
        finds(&town, "admin", "o", 3),
        ["other", "own_lister", "own_maker"]
    );
    assert_eq!(
        finds(&town, "admin", "lister", 9),
        ["all_lister", "other", "own_lister"]
    );
    assert_eq!(finds(&town, "admin", "no such", 9), [""; 0]);
}

#[test]
fn nt18_only_those_are_found_for_whom_the_caller_may_make_tokens() {
    let town = town();
    for caller in ["user", "own_lister", "all_lister", "user_editor", "nobody"] {
        assert_eq!(finds(&town, caller, "", 99), [""; 0], "{caller}");
    }
    assert_eq!(finds(&town, "own_maker", "", 99), ["own_maker"]);
    assert_eq!(finds(&town, "own_maker", "user", 99), [""; 0]);
    assert_eq!(finds(&town, "all_maker", "own_m", 99), ["own_maker"]);
    let gone = UserEdit {
        deleted: Some(true),
        ..UserEdit::default()
    };
    let admin = town.caller("admin");
    let _ = town.does(town.app.edit_user(&admin, "own_maker", gone));
    assert_eq!(finds(&town, "all_maker", "own_m", 99), [""; 0]);
}
