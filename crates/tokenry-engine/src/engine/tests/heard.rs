//! Whatever is answered is true at the very next verification, also for what verifiers remember (NT-01, NT-12, NT-14).

use std::collections::BTreeSet;

use tokenry_core::{
    app::{CreatedToken, RoleEdit, TokensAuthEdit, UserEdit},
    id::{Capability, TokenId},
    port::{Batch, Store, Write},
    principal::Power,
    secret::{Digest, Plaintext},
    token::{Form, Status, form::splunk_jwt::Kind},
    verify::{Reason, Verdict},
};

use super::town::{NOW, Town, block_on, password, role, second};

/// What one user holds, all of it used once so that it is remembered.
struct Holdings {
    /// His stored tokens: what is done to one token is done to the first of them.
    stored: [(TokenId, Plaintext); 2],
    ephemeral: CreatedToken,
    session: Plaintext,
}

/// How a stored token is written.
const FORMS: [Form; 2] = [Form::SplunkJwt, Form::Hex];

impl Holdings {
    /// The first of the stored tokens is of this form.
    fn of(town: &Town, name: &str, first: Form) -> Self {
        let jwt = town.make_token(name, Kind::Static);
        let hex = town.api_token(name);
        let mut stored = [(jwt.id, jwt.string), (hex.token.id, hex.string)];
        if first == Form::Hex {
            stored.reverse();
        }
        let held = Self {
            stored,
            ephemeral: town.make_token(name, Kind::Ephemeral),
            session: town.sign_in(name),
        };
        assert_eq!(held.refusals(town), [None; 4]);
        let lookups = town.store.lookups();
        assert_eq!(held.refusals(town), [None; 4]);
        assert_eq!(town.store.lookups(), lookups, "all of it is remembered");
        held
    }

    fn strings(&self) -> [&str; 4] {
        let [(_, first), (_, second)] = &self.stored;
        [first, second, &self.ephemeral.string, &self.session].map(Plaintext::expose)
    }

    /// Why each of them is refused: the first stored token, the other one, ephemeral token, session.
    fn refusals(&self, town: &Town) -> [Option<Reason>; 4] {
        self.strings().map(|string| town.refusal(string))
    }
}

/// Does something to `anna` and one of her stored tokens, and expects her credentials to be refused for these reasons
/// at once, whether remembered or not, while those of `bert` stand. Once for each form of token.
#[track_caller]
fn after(act: impl Fn(&Town, TokenId), expected: [Option<Reason>; 4]) -> [(Town, Holdings); 2] {
    FORMS.map(|form| {
        let town = Town::new();
        let hers = Holdings::of(&town, "anna", form);
        let his = Holdings::of(&town, "bert", form);
        act(&town, hers.stored[0].0);
        assert_eq!(hers.refusals(&town), expected, "{form} from a warm memory");
        assert_eq!(his.refusals(&town), [None; 4], "those of somebody else");
        town.evict();
        assert_eq!(hers.refusals(&town), expected, "{form} from the store");
        (town, hers)
    })
}

#[test]
fn nt01_a_deleted_token_is_refused_at_once() {
    after(
        |town, id| town.delete("anna", Some(id)).unwrap(),
        [Some(Reason::Revoked), None, None, None],
    );
}

#[test]
fn nt01_a_token_deleted_by_its_number_is_refused_at_once() {
    after(
        |town, id| {
            let number = town.stored(id).unwrap().number;
            block_on(town.app.delete_api_token(&town.admin(), number)).unwrap();
        },
        [Some(Reason::Revoked), None, None, None],
    );
}

#[test]
fn nt01_a_disabled_token_is_refused_at_once_and_granted_again_at_once() {
    for (town, hers) in after(
        |town, id| town.set_status("anna", Some(id), Status::Disabled).unwrap(),
        [Some(Reason::Disabled), None, None, None],
    ) {
        town.set_status("anna", Some(hers.stored[0].0), Status::Enabled)
            .unwrap();
        assert_eq!(hers.refusals(&town), [None; 4]);
    }
}

#[test]
fn nt01_all_tokens_of_a_user_are_deleted_at_once_ephemeral_ones_too() {
    let revoked = Some(Reason::Revoked);
    after(
        |town, _| town.delete("anna", None).unwrap(),
        [revoked, revoked, Some(Reason::Superseded), None],
    );
}

#[test]
fn nt01_all_tokens_of_a_user_are_disabled_at_once() {
    let disabled = Some(Reason::Disabled);
    after(
        |town, _| town.set_status("anna", None, Status::Disabled).unwrap(),
        [disabled, disabled, None, None],
    );
}

#[test]
fn nt12_a_locked_user_is_refused_at_once_and_let_in_again_at_once() {
    for (town, hers) in after(
        |town, _| town.lock("anna", true),
        [Some(Reason::OwnerLocked); 4],
    ) {
        town.lock("anna", false);
        assert_eq!(hers.refusals(&town), [None; 4]);
    }
}

/// What is left to a user who is gone.
const GONE: [Option<Reason>; 4] = [
    Some(Reason::OwnerGone),
    Some(Reason::OwnerGone),
    Some(Reason::OwnerGone),
    Some(Reason::SessionUnknown),
];

#[test]
fn nt12_a_deleted_user_is_refused_at_once() {
    after(
        |town, _| block_on(town.app.delete_user(&town.admin(), "anna")).unwrap(),
        GONE,
    );
}

#[test]
fn nt14_a_user_made_again_inherits_nothing() {
    after(
        |town, _| {
            block_on(town.app.delete_user(&town.admin(), "anna")).unwrap();
            town.make_user("anna").unwrap();
        },
        GONE,
    );
}

#[test]
fn nt13_a_new_password_ends_sessions_at_once_and_leaves_tokens() {
    let edit = || UserEdit {
        password: Some(password("another")),
        ..UserEdit::default()
    };
    after(
        |town, _| town.edit_user("anna", edit()),
        [None, None, None, Some(Reason::SessionUnknown)],
    );
}

#[test]
fn nt01_logging_out_ends_one_session_at_once() {
    let town = Town::new();
    let hers = Holdings::of(&town, "anna", Form::Hex);
    let other = town.sign_in("anna");
    assert!(town.is_granted(other.expose()));
    let digest = Digest::of(hers.session.expose());
    block_on(town.app.logout(&town.admin(), digest)).unwrap();
    assert_eq!(
        hers.refusals(&town),
        [None, None, None, Some(Reason::SessionUnknown)]
    );
    assert!(town.is_granted(other.expose()));
}

#[test]
fn nt01_the_whole_feature_is_turned_off_and_on_at_once() {
    let town = Town::new();
    let hers = Holdings::of(&town, "anna", Form::Hex);
    let turn = |disabled| {
        let edit = TokensAuthEdit {
            disabled: Some(disabled),
            ..TokensAuthEdit::default()
        };
        block_on(town.app.edit_tokens_auth(&town.admin(), edit)).unwrap();
    };
    turn(true);
    let off = Some(Reason::TokensDisabled);
    assert_eq!(hers.refusals(&town), [off, off, off, None]);
    turn(false);
    assert_eq!(hers.refusals(&town), [None; 4]);
}

/// Whether each of the holdings lets its bearer list tokens.
fn may_list(town: &Town, held: &Holdings) -> [bool; 4] {
    held.strings()
        .map(|string| match town.try_to_verify(string).unwrap().verdict {
            Verdict::Granted(grant) => grant.principal.rights.has(Power::TokensListOwn),
            Verdict::Denied(reason) => panic!("{reason}"),
        })
}

#[test]
fn nt16_rights_follow_the_roles_at_once() {
    let town = Town::new();
    let hers = Holdings::of(&town, "anna", Form::Hex);
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
            .create_role(&admin(), role("guest"), with(&["search", "tokens.use"])),
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
    assert_eq!(may_list(&town, &hers), [false; 4], "another role");
    give(&["guest", "lister"]);
    assert_eq!(may_list(&town, &hers), [true; 4], "one more role");
    block_on(town.app.edit_role(&admin(), "lister", with(&[]))).unwrap();
    assert_eq!(
        may_list(&town, &hers),
        [false; 4],
        "the role means another thing"
    );
    block_on(
        town.app
            .edit_role(&admin(), "lister", with(&["list_tokens_own"])),
    )
    .unwrap();
    assert_eq!(may_list(&town, &hers), [true; 4], "and again");
    block_on(town.app.delete_role(&admin(), "lister")).unwrap();
    assert_eq!(may_list(&town, &hers), [false; 4], "the role is gone");
}

/// Nobody is told of a new token, and nobody need be: what was not there is not remembered. The record comes from
/// another town, so that its string is known before it is there.
#[test]
fn a_new_token_is_granted_at_once_also_if_its_id_was_asked_for_before() {
    let (town, elsewhere) = (Town::new(), Town::new());
    let jwt = elsewhere.make_token("anna", Kind::Static);
    let hex = elsewhere.api_token("anna");
    for (id, string) in [(jwt.id, jwt.string), (hex.token.id, hex.string)] {
        let mut record = elsewhere.stored(id).unwrap();
        record.owner = town.id("anna");
        for _ in 0..3 {
            assert_eq!(town.refusal(string.expose()), Some(Reason::Unknown));
        }
        let insert = Batch {
            writes: vec![Write::InsertToken(record)],
            ..Batch::default()
        };
        block_on(Store::apply(&*town.store, insert)).unwrap();
        assert_eq!(town.refusal(string.expose()), None);
    }
}

/// A token may name its begin and end; both are exact to the second, however warm the memory is.
#[test]
fn nt08_a_remembered_token_ends_on_the_second() {
    let town = Town::new();
    let week = 7 * 86_400;
    let (ephemeral, hex) = (
        town.make_token("anna", Kind::Ephemeral),
        town.api_token("anna"),
    );
    for (string, life) in [(ephemeral.string, 3600), (hex.string, week)] {
        assert_eq!(town.refusal(string.expose()), None);
        let left = NOW + life - 1 - town.now().as_second();
        town.advance(left);
        assert_eq!(town.now(), second(NOW + life - 1));
        assert_eq!(town.refusal(string.expose()), None);
        town.advance(1);
        assert_eq!(town.refusal(string.expose()), Some(Reason::Expired));
    }
}
