//! Settings: who changes them, what is refused, and what they change from then on.

use super::*;
use crate::{
    app::{
        Policy,
        testing::{Done, Town, policy, refusal},
    },
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

fn edits_api(town: &Town, edit: ApiTokensEdit) -> Done<ApiTokens> {
    let admin = town.caller("admin");
    town.does(town.app.edit_api_tokens_settings(&admin, edit))
}

fn networks(list: &str) -> Networks {
    Networks::parse("", list).unwrap()
}

#[test]
fn settings_of_api_tokens_change_only_where_something_is_said() {
    let town = Town::new();
    let steps = [
        (ApiTokensEdit::default(), "nothing changed"),
        (
            ApiTokensEdit {
                expiration_in_days: Some(30),
                max_expiration_in_days: Some(90),
                ..ApiTokensEdit::default()
            },
            "expiration_in_days: 7 -> 30, max_expiration_in_days: 365 -> 90",
        ),
        (
            ApiTokensEdit {
                trusted_addresses: Some(networks("192.0.2.0/24, ::1")),
                module_servers: Some(networks("203.0.113.50")),
                ..ApiTokensEdit::default()
            },
            "trusted_addresses: (empty) -> 192.0.2.0/24,::1, module_servers: (empty) -> 203.0.113.50",
        ),
        (
            ApiTokensEdit {
                trusted_addresses: Some(Networks::default()),
                string_length: Some(128),
                visibility_timeout_in_minutes: Some(0),
                summary_only: Some(true),
                use_x_forwarded_for: Some(false),
                ..ApiTokensEdit::default()
            },
            "string_length: 64 -> 128, summary_only: 0 -> 1, trusted_addresses: 192.0.2.0/24,::1 -> (empty), \
             visibility_timeout_in_minutes: 5 -> 0",
        ),
    ];
    for (edit, reason) in steps {
        let done = edits_api(&town, edit);
        done.recorded("admin", Action::EditSettings, "api_tokens", None);
        assert_eq!(done.events[0].reason, reason);
        let api_tokens = done.value.clone();
        done.told(&[Change::SettingsPut(Settings {
            api_tokens,
            ..Settings::default()
        })]);
        let read = town.app.api_tokens_settings(&town.caller("admin"));
        assert_eq!(read, Ok(done.value));
    }
}

/// spec/tanium.md 7.1: what is out of range is refused by the vendor's name, and what came with it changes nothing.
#[test]
fn numbers_of_api_tokens_have_their_ranges() {
    type Set = fn(i64) -> ApiTokensEdit;
    let numbers: [(&str, Set, i64, i64); 4] = [
        (
            "api_token_expiration_in_days",
            |n| ApiTokensEdit {
                expiration_in_days: Some(n),
                ..ApiTokensEdit::default()
            },
            1,
            36_500,
        ),
        (
            "api_token_max_expiration_in_days",
            |n| ApiTokensEdit {
                max_expiration_in_days: Some(n),
                ..ApiTokensEdit::default()
            },
            1,
            36_500,
        ),
        (
            "api_token_string_length",
            |n| ApiTokensEdit {
                string_length: Some(n),
                ..ApiTokensEdit::default()
            },
            64,
            1024,
        ),
        (
            "api_token_visibility_timeout_in_minutes",
            |n| ApiTokensEdit {
                visibility_timeout_in_minutes: Some(n),
                ..ApiTokensEdit::default()
            },
            0,
            60,
        ),
    ];
    let town = Town::new();
    for (name, set, least, most) in numbers {
        for number in [
            least - 1,
            most + 1,
            -7,
            i64::MIN,
            i64::MAX,
            (1 << 32) + least,
        ] {
            let edit = ApiTokensEdit {
                summary_only: Some(true),
                ..set(number)
            };
            let admin = town.caller("admin");
            let refused = town.refuses(town.app.edit_api_tokens_settings(&admin, edit));
            let why = format!("must be between {least} and {most}");
            assert_eq!(refused, Error::invalid(name, why), "{number}");
        }
        for number in [most, least] {
            let _ = edits_api(&town, set(number));
        }
    }
}

/// NT-39: without proxies that are trusted nobody's header could be believed, so it cannot be turned on.
#[test]
fn nt39_the_header_counts_only_where_the_configuration_names_proxies() {
    let town = Town::new();
    let on = |on| ApiTokensEdit {
        use_x_forwarded_for: Some(on),
        ..ApiTokensEdit::default()
    };
    let admin = town.caller("admin");
    let refused = town.refuses(town.app.edit_api_tokens_settings(&admin, on(true)));
    let name = "authenticate_api_token_with_x_forwarded_for_ip";
    assert!(
        matches!(&refused, Error::Invalid { field, why } if *field == name && why.contains("server.trusted_proxies")),
        "{refused:?}"
    );
    let _ = edits_api(&town, on(false));

    let behind_proxies = App::new(
        town.ports.clone(),
        Policy {
            trusted_proxies: networks("10.0.0.8"),
            ..policy()
        },
    );
    for switch in [true, false, true] {
        let done = town.does(behind_proxies.edit_api_tokens_settings(&admin, on(switch)));
        assert_eq!(done.value.use_x_forwarded_for, switch);
    }
    // The proxies are gone from the configuration: other settings can be changed, and it can be turned off.
    let other = ApiTokensEdit {
        summary_only: Some(true),
        ..ApiTokensEdit::default()
    };
    assert!(edits_api(&town, other).value.use_x_forwarded_for);
    assert!(!edits_api(&town, on(false)).value.use_x_forwarded_for);
}

#[test]
fn a_long_list_is_cut_in_the_audit_log() {
    let town = Town::new();
    let list: Vec<_> = (0..200).map(|n| format!("192.0.2.{n}")).collect();
    let done = edits_api(
        &town,
        ApiTokensEdit {
            trusted_addresses: Some(networks(&list.join(","))),
            ..ApiTokensEdit::default()
        },
    );
    let reason = &done.events[0].reason;
    assert!(reason.ends_with('…') && reason.len() < 260, "{reason}");
    assert_eq!(done.value.trusted_addresses.len(), 200);
}

#[test]
fn only_who_may_edit_settings_reads_or_changes_those_of_api_tokens() {
    let town = Town::new();
    for name in ["power", "all_maker", "user_editor", "role_editor", "nobody"] {
        let caller = town.caller(name);
        let no = refusal(name, "edit_tokens_settings");
        assert_eq!(town.app.api_tokens_settings(&caller), Err(no.clone()));
        let edit = ApiTokensEdit {
            string_length: Some(1),
            ..ApiTokensEdit::default()
        };
        let refused = town.refuses(town.app.edit_api_tokens_settings(&caller, edit));
        assert_eq!(refused, no);
    }
}

/// Each part of the settings is left alone by edits of the other.
#[test]
fn the_two_parts_of_the_settings_do_not_disturb_each_other() {
    let town = Town::new();
    let _ = edits_api(
        &town,
        ApiTokensEdit {
            string_length: Some(99),
            ..ApiTokensEdit::default()
        },
    );
    let _ = edits(&town, disabled(true));
    let world = town.app.world();
    assert_eq!(world.settings().api_tokens.string_length, 99);
    let _ = edits_api(&town, ApiTokensEdit::default());
    assert!(town.app.world().settings().tokens_auth.disabled);
}

fn all_settings(edit: ApiTokensEdit, tokens_auth: TokensAuthEdit<'_>) -> SettingsEdit<'_> {
    SettingsEdit {
        tokens_auth,
        api_tokens: edit,
    }
}

#[test]
fn all_settings_are_changed_in_one_edit_with_one_line() {
    let town = Town::new();
    let edit = all_settings(
        ApiTokensEdit {
            expiration_in_days: Some(3),
            ..ApiTokensEdit::default()
        },
        TokensAuthEdit {
            expiration: Some("+2d"),
            ..disabled(true)
        },
    );
    let admin = town.caller("admin");
    let done = town.does(town.app.edit_settings(&admin, edit));
    done.recorded("admin", Action::EditSettings, "settings", None);
    assert_eq!(
        done.events[0].reason,
        "expiration_in_days: 7 -> 3, disabled: 0 -> 1, expiration: never -> +2d"
    );
    done.told(&[Change::SettingsPut(done.value.clone())]);
    assert_eq!(town.app.settings(&admin), Ok(done.value));
}

#[test]
fn one_wrong_setting_keeps_all_as_they_are() {
    let town = Town::new();
    let days = |days| ApiTokensEdit {
        expiration_in_days: Some(days),
        ..ApiTokensEdit::default()
    };
    let expiration = |text| TokensAuthEdit {
        expiration: Some(text),
        ..disabled(true)
    };
    let admin = town.caller("admin");
    for (edit, wrong) in [
        (
            all_settings(days(0), expiration("+1d")),
            "api_token_expiration_in_days",
        ),
        (all_settings(days(3), expiration("soon")), "expiration"),
    ] {
        let refused = town.refuses(town.app.edit_settings(&admin, edit));
        assert!(matches!(refused, Error::Invalid { field, .. } if field == wrong));
    }
    for name in ["power", "all_maker", "user_editor", "nobody"] {
        let caller = town.caller(name);
        let no = refusal(name, "edit_tokens_settings");
        assert_eq!(town.app.settings(&caller), Err(no.clone()));
        let edit = all_settings(days(0), expiration("soon"));
        assert_eq!(town.refuses(town.app.edit_settings(&caller, edit)), no);
        assert_eq!(town.refuses(town.app.settings_changes(&caller)), no);
    }
}

/// Whatever a setting is changed to, the line tells of it and of no other.
#[test]
fn it_is_told_who_changed_which_setting_last() {
    let town = Town::new();
    let networks = |text| Some(Networks::parse("", text).unwrap());
    let api = |change: fn(&mut ApiTokensEdit)| {
        let mut edit = ApiTokensEdit::default();
        change(&mut edit);
        all_settings(edit, TokensAuthEdit::default())
    };
    let tokens = |edit| all_settings(ApiTokensEdit::default(), edit);
    let long = (1..=60).map(|n| format!("192.0.2.{n}"));
    let long = long.collect::<Vec<_>>().join(",");
    let mut trusted = api(|_| {});
    trusted.api_tokens.trusted_addresses = networks(&long);
    let mut servers = api(|_| {});
    servers.api_tokens.module_servers = networks("2001:db8::/32,192.0.2.7");
    let edits = [
        (
            "api_tokens.expiration_in_days",
            api(|edit| edit.expiration_in_days = Some(3)),
        ),
        (
            "api_tokens.string_length",
            api(|edit| edit.string_length = Some(80)),
        ),
        (
            "api_tokens.max_expiration_in_days",
            api(|edit| edit.max_expiration_in_days = Some(90)),
        ),
        (
            "api_tokens.summary_only",
            api(|edit| edit.summary_only = Some(true)),
        ),
        ("api_tokens.trusted_addresses", trusted),
        (
            "api_tokens.visibility_timeout_in_minutes",
            api(|edit| edit.visibility_timeout_in_minutes = Some(1)),
        ),
        ("api_tokens.module_servers", servers),
        ("tokens_auth.disabled", tokens(disabled(true))),
        (
            "tokens_auth.ephemeral_expiration",
            tokens(TokensAuthEdit {
                ephemeral_expiration: Some("+2h"),
                ..TokensAuthEdit::default()
            }),
        ),
        (
            "tokens_auth.expiration",
            tokens(TokensAuthEdit {
                expiration: Some("+90d@d"),
                ..TokensAuthEdit::default()
            }),
        ),
    ];
    let mut expected = BTreeMap::new();
    let changes = || town.ignores(town.app.settings_changes(&town.caller("admin")));
    assert_eq!(changes(), expected);
    for (name, edit) in edits {
        town.advance(60);
        let _ = town.does(town.app.edit_settings(&town.caller("admin"), edit));
        expected.insert(name, (town.origin().at, "admin".to_owned()));
        assert_eq!(changes(), expected, "{name}");
    }
    let stored = Settings::default().to_pairs();
    let missing = stored
        .iter()
        .filter(|(name, _)| !expected.contains_key(name));
    let missing: Vec<_> = missing.map(|(name, _)| *name).collect();
    assert_eq!(
        missing,
        ["api_tokens.use_x_forwarded_for"],
        "it needs proxies"
    );
    let _ = town.settle_user("tuner", &["edit_tokens_settings"]);
    town.advance(60);
    let again = tokens(disabled(false));
    let _ = town.does(town.app.edit_settings(&town.caller("tuner"), again));
    expected.insert(
        "tokens_auth.disabled",
        (town.origin().at, "tuner".to_owned()),
    );
    assert_eq!(changes(), expected);
}

#[test]
fn no_two_settings_are_told_by_one_name() {
    let stored = Settings::default().to_pairs();
    let names: BTreeSet<_> = stored.iter().map(|(name, _)| short(name)).collect();
    assert_eq!(names.len(), stored.len());
}
