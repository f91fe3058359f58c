//! Settings: who changes them, what is refused, and what they change from then on.

use super::*;
use crate::{
    app::testing::{Done, Town, refusal},
    token::{form::splunk_jwt::Kind, when::When},
    verify::{Reason, Verdict},
};

fn edits(town: &Town, edit: TokensAuthEdit<'_>) -> Done<TokensAuth> {
    town.does(town.app.edit_tokens_auth(&town.caller("admin"), edit))
}

fn disabled(disabled: bool) -> TokensAuthEdit<'static> {
    TokensAuthEdit {
        disabled: Some(disabled),
        ..TokensAuthEdit::default()
    }
}

#[test]
fn settings_change_only_where_something_is_said() {
    let town = Town::new();
    let one_hour = When::parse("+1h").unwrap();
    let steps = [
        (disabled(true), "disabled: 0 -> 1"),
        (disabled(true), "nothing changed"),
        (
            TokensAuthEdit {
                expiration: Some("30d"),
                ..TokensAuthEdit::default()
            },
            "expiration: never -> +30d",
        ),
        (
            TokensAuthEdit {
                disabled: Some(false),
                expiration: Some("never"),
                ephemeral_expiration: Some("+90m"),
            },
            "disabled: 1 -> 0, ephemeral_expiration: +1h -> +90m, expiration: +30d -> never",
        ),
        (TokensAuthEdit::default(), "nothing changed"),
    ];
    assert_eq!(
        town.app.world().settings().tokens_auth.ephemeral_expiration,
        one_hour
    );
    for (edit, reason) in steps {
        let done = edits(&town, edit);
        done.recorded("admin", Action::EditSettings, "tokens_auth", None);
        assert_eq!(done.events[0].reason, reason);
        let tokens_auth = done.value.clone();
        done.told(&[Change::SettingsPut(Settings {
            tokens_auth,
            ..Settings::default()
        })]);
        let read = town.app.tokens_auth(&town.caller("admin"));
        assert_eq!(read, Ok(done.value));
    }
}

#[test]
fn nonsense_is_refused_by_the_name_of_its_field() {
    let town = Town::new();
    let cases = [
        ("expiration", "tomorrow"),
        ("expiration", ""),
        ("expiration", "-1d"),
        ("expiration", "now"),
        ("expiration", "+0d"),
        ("expiration", "+1s@y"),
        ("expiration", "+19y"),
        ("expiration", "2099-01-01T00:00:00Z"),
        ("ephemeralExpiration", "never"),
        ("ephemeralExpiration", "+6h+1s"),
        ("ephemeralExpiration", "now"),
        ("ephemeralExpiration", "2099-01-01T00:00:00Z"),
    ];
    for (name, text) in cases {
        // The other settings named with it must not change either.
        let edit = TokensAuthEdit {
            disabled: Some(true),
            expiration: Some(if name == "expiration" { text } else { "+1d" }),
            ephemeral_expiration: Some(if name == "expiration" { "+1h" } else { text }),
        };
        let error = town.refuses(town.app.edit_tokens_auth(&town.caller("admin"), edit));
        assert!(
            matches!(error, Error::Invalid { field, .. } if field == name),
            "{text}: {error:?}"
        );
    }
    for (expiration, ephemeral_expiration) in [("+18y", "+6h"), ("+1s", "+1s"), ("+1w@w0", "1h")] {
        let edit = TokensAuthEdit {
            disabled: None,
            expiration: Some(expiration),
            ephemeral_expiration: Some(ephemeral_expiration),
        };
        let _ = edits(&town, edit);
    }
}

#[test]
fn only_who_may_edit_settings_reads_or_changes_them() {
    let town = Town::new();
    let no = |name| refusal(name, "edit_tokens_settings");
    for name in ["power", "all_maker", "user_editor", "role_editor", "nobody"] {
        let caller = town.caller(name);
        assert_eq!(town.app.tokens_auth(&caller), Err(no(name)));
        let edit = TokensAuthEdit {
            expiration: Some("nonsense"),
            ..disabled(true)
        };
        assert_eq!(
            town.refuses(town.app.edit_tokens_auth(&caller, edit)),
            no(name)
        );
    }
}

/// spec/splunk.md 1.2: while the feature is off each token keeps its own status.
#[test]
fn turned_off_no_token_is_good_and_turned_on_each_is_as_it_was() {
    let town = Town::new();
    let kinds = [Kind::Static, Kind::Ephemeral];
    let tokens = kinds.map(|kind| town.make_token("admin", kind, "user"));
    let _ = edits(&town, disabled(true));
    for token in &tokens {
        assert_eq!(town.verdict(token), Verdict::Denied(Reason::TokensDisabled));
    }
    let _ = town.sign_in("user");
    let _ = edits(&town, disabled(false));
    for token in &tokens {
        assert!(matches!(town.verdict(token), Verdict::Granted(_)));
    }
}

#[test]
fn a_default_must_lead_forward_at_every_hour_of_the_year() {
    let town = Town::new();
    for text in ["+1h@d", "+1d@w", "+1w@mon", "+1mon@q", "+5m@h"] {
        let edit = TokensAuthEdit {
            expiration: Some(text),
            ..TokensAuthEdit::default()
        };
        let error = town.refuses(town.app.edit_tokens_auth(&town.caller("admin"), edit));
        let why = "must always lead into the future";
        assert_eq!(error, Error::invalid("expiration", why), "{text}");
    }
    for text in ["+1d@d", "+1w@w", "+1mon@mon", "+90d@d", "+1h"] {
        let edit = TokensAuthEdit {
            expiration: Some(text),
            ..TokensAuthEdit::default()
        };
        assert_eq!(edits(&town, edit).value.expiration.to_string(), text);
    }
}
