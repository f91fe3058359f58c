//! Whatever is answered is true at the very next verification, also for what verifiers remember (NT-01, NT-12, NT-14).

use std::collections::BTreeSet;

use tokenry_core::{
    app::{CreatedToken, RoleEdit, TokensAuthEdit, UserEdit},
    id::Capability,
    principal::Power,
    secret::{Digest, Plaintext},
    token::{Status, form::splunk_jwt::Kind},
    verify::{Reason, Verdict},
};

use super::town::{NOW, Town, block_on, password, role, second};

/// What one user holds, all of it used once so that it is remembered.
struct Holdings {
    stored: CreatedToken,
    ephemeral: CreatedToken,
    session: Plaintext,
}

impl Holdings {
    fn of(town: &Town, name: &str) -> Self {
        let held = Self {
            stored: town.make_token(name, Kind::Static),
            ephemeral: town.make_token(name, Kind::Ephemeral),
            session: town.sign_in(name),
        };
        assert_eq!(held.refusals(town), [None; 3]);
        let lookups = town.store.lookups();
        assert_eq!(held.refusals(town), [None; 3]);
        assert_eq!(town.store.lookups(), lookups, "all of it is remembered");
        held
    }

    fn strings(&self) -> [&str; 3] {
        [
            self.stored.string.expose(),
            self.ephemeral.string.expose(),
            self.session.expose(),
        ]
    }

    /// Why each of them is refused: stored token, ephemeral token, session.
    fn refusals(&self, town: &Town) -> [Option<Reason>; 3] {
        self.strings().map(|string| town.refusal(string))
    }
}

/// Does something to `anna` and her stored token, and expects her credentials to be refused for these reasons at
/// once, whether remembered or not, while those of `bert` stand.
#[track_caller]
fn after(
    act: impl FnOnce(&Town, &CreatedToken),
    expected: [Option<Reason>; 3],
) -> (Town, Holdings) {
    let town = Town::new();
    let (hers, his) = (Holdings::of(&town, "anna"), Holdings::of(&town, "bert"));
    act(&town, &hers.stored);
    assert_eq!(hers.refusals(&town), expected, "from a warm memory");
    assert_eq!(his.refusals(&town), [None; 3], "those of somebody else");
    town.evict();
    assert_eq!(hers.refusals(&town), expected, "from the store");
    (town, hers)
}

#[test]
fn nt01_a_deleted_token_is_refused_at_once() {
    after(
        |town, token| town.delete("anna", Some(token.id)).unwrap(),
        [Some(Reason::Unknown), None, None],
    );
}

#[test]
fn nt01_a_disabled_token_is_refused_at_once_and_granted_again_at_once() {
    let (town, hers) = after(
        |town, token| {
            town.set_status("anna", Some(token.id), Status::Disabled)
                .unwrap();
        },
        [Some(Reason::Disabled), None, None],
    );
    town.set_status("anna", Some(hers.stored.id), Status::Enabled)
        .unwrap();
    assert_eq!(hers.refusals(&town), [None; 3]);
}

#[test]
fn nt01_all_tokens_of_a_user_are_deleted_at_once_ephemeral_ones_too() {
    after(
        |town, _| town.delete("anna", None).unwrap(),
        [Some(Reason::Unknown), Some(Reason::Superseded), None],
    );
}

#[test]
fn nt01_all_tokens_of_a_user_are_disabled_at_once() {
    after(
        |town, _| town.set_status("anna", None, Status::Disabled).unwrap(),
        [Some(Reason::Disabled), None, None],
    );
}

#[test]
fn nt12_a_locked_user_is_refused_at_once_and_let_in_again_at_once() {
    let (town, hers) = after(
        |town, _| town.lock("anna", true),
        [Some(Reason::OwnerLocked); 3],
    );
    town.lock("anna", false);
    assert_eq!(hers.refusals(&town), [None; 3]);
}

#[test]
fn nt12_a_deleted_user_is_refused_at_once() {
    after(
        |town, _| block_on(town.app.delete_user(&town.admin(), "anna")).unwrap(),
        [
            Some(Reason::Unknown),
            Some(Reason::OwnerGone),
            Some(Reason::SessionUnknown),
        ],
    );
}

#[test]
fn nt14_a_user_made_again_inherits_nothing() {
    after(
        |town, _| {
            block_on(town.app.delete_user(&town.admin(), "anna")).unwrap();
            town.make_user("anna").unwrap();
        },
        [
            Some(Reason::Unknown),
            Some(Reason::OwnerGone),
            Some(Reason::SessionUnknown),
        ],
    );
}

#[test]
fn nt13_a_new_password_ends_sessions_at_once_and_leaves_tokens() {
    let edit = UserEdit {
        password: Some(password("another")),
        ..UserEdit::default()
    };
    after(
        |town, _| town.edit_user("anna", edit),
        [None, None, Some(Reason::SessionUnknown)],
    );
}

#[test]
fn nt01_logging_out_ends_one_session_at_once() {
    let town = Town::new();
    let hers = Holdings::of(&town, "anna");
    let other = town.sign_in("anna");
    assert!(town.is_granted(other.expose()));
    let digest = Digest::of(hers.session.expose());
    block_on(town.app.logout(&town.admin(), digest)).unwrap();
    assert_eq!(
        hers.refusals(&town),
        [None, None, Some(Reason::SessionUnknown)]
    );
    assert!(town.is_granted(other.expose()));
}

#[test]
fn nt01_the_whole_feature_is_turned_off_and_on_at_once() {
    let town = Town::new();
    let hers = Holdings::of(&town, "anna");
    let turn = |disabled| {
        let edit = TokensAuthEdit {
            disabled: Some(disabled),
            ..TokensAuthEdit::default()
        };
        block_on(town.app.edit_tokens_auth(&town.admin(), edit)).unwrap();
    };
    turn(true);
    let off = Some(Reason::TokensDisabled);
    assert_eq!(hers.refusals(&town), [off, off, None]);
    turn(false);
    assert_eq!(hers.refusals(&town), [None; 3]);
}

/// Whether each of the holdings lets its bearer list tokens.
fn may_list(town: &Town, held: &Holdings) -> [bool; 3] {
    held.strings()
        .map(|string| match town.try_to_verify(string).unwrap().verdict {
            Verdict::Granted(grant) => grant.principal.rights.has(Power::TokensListOwn),
            Verdict::Denied(reason) => panic!("{reason}"),
        })
}

#[test]
fn nt16_rights_follow_the_roles_at_once() {
    let town = Town::new();
    let hers = Holdings::of(&town, "anna");
    let admin = || town.admin();
    let with = |capabilities: &[&str]| RoleEdit {
        capabilities: Some(
            capabilities
                .iter()
                .map(|name| Capability::parse(name).unwrap())
                .collect::<BTreeSet<_>>(),
        ),
        ..RoleEdit::default()
    };
    block_on(
        town.app
            .create_role(&admin(), role("lister"), with(&["list_tokens_own"])),
    )
    .unwrap();
    block_on(
        town.app
            .create_role(&admin(), role("guest"), with(&["search"])),
    )
    .unwrap();
    let give = |roles: &[&str]| {
        let roles = Some(roles.iter().map(|name| role(name)).collect());
        town.edit_user(
            "anna",
            UserEdit {
                roles,
                ..UserEdit::default()
            },
        );
    };
    give(&["guest"]);
    assert_eq!(may_list(&town, &hers), [false; 3], "another role");
    give(&["guest", "lister"]);
    assert_eq!(may_list(&town, &hers), [true; 3], "one more role");
    block_on(town.app.edit_role(&admin(), "lister", with(&[]))).unwrap();
    assert_eq!(
        may_list(&town, &hers),
        [false; 3],
        "the role means another thing"
    );
    block_on(
        town.app
            .edit_role(&admin(), "lister", with(&["list_tokens_own"])),
    )
    .unwrap();
    assert_eq!(may_list(&town, &hers), [true; 3], "and again");
    block_on(town.app.delete_role(&admin(), "lister")).unwrap();
    assert_eq!(may_list(&town, &hers), [false; 3], "the role is gone");
}

/// Nobody is told of a new token, and nobody need be: what was not there is not remembered.
#[test]
fn a_new_token_is_granted_at_once_also_if_its_id_was_asked_for_before() {
    let town = Town::new();
    let token = town.make_token("anna", Kind::Static);
    let string = token.string.expose();
    let record = town.stored(token.id).unwrap();
    town.delete("anna", Some(token.id)).unwrap();
    assert_eq!(town.refusal(string), Some(Reason::Unknown));
    let again = tokenry_core::port::Batch {
        writes: vec![tokenry_core::port::Write::InsertToken(record)],
        ..tokenry_core::port::Batch::default()
    };
    block_on(tokenry_core::port::Store::apply(&*town.store, again)).unwrap();
    assert_eq!(town.refusal(string), None);
}

/// A token may name its begin and end; both are exact to the second, however warm the memory is.
#[test]
fn nt08_a_remembered_token_ends_on_the_second() {
    let town = Town::new();
    let token = town.make_token("anna", Kind::Ephemeral);
    let string = token.string.expose();
    town.advance(3599);
    assert_eq!(town.now(), second(NOW + 3599));
    assert_eq!(town.refusal(string), None);
    town.advance(1);
    assert_eq!(town.refusal(string), Some(Reason::Expired));
}
