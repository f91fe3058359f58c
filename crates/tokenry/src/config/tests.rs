//! The configuration as a whole: layers, origins, and every kind of mistake.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::entry::{self, variable_of};
use super::*;

fn environment(pairs: &[(&str, &str)]) -> Inputs {
    Inputs {
        environment: pairs
            .iter()
            .map(|(name, value)| (OsString::from(name), OsString::from(value)))
            .collect(),
        config: Some(empty_file()),
        ..Inputs::default()
    }
}

/// So that no file of the machine the tests run on is read.
fn empty_file() -> PathBuf {
    PathBuf::from("/dev/null")
}

fn with_file(directory: &Path, text: &str) -> Inputs {
    let file = directory.join("test.toml");
    std::fs::write(&file, text).unwrap();
    Inputs {
        config: Some(file),
        ..Inputs::default()
    }
}

fn problems(inputs: &Inputs) -> Vec<String> {
    let problems = load(inputs).unwrap_err();
    problems.0.iter().map(ToString::to_string).collect()
}

#[test]
fn default_is_complete_and_sound() {
    let loaded = load(&environment(&[])).unwrap();
    let settings = &loaded.settings;
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8089");
    assert_eq!(settings.server.limits().max_body_bytes, 1 << 20);
    assert_eq!(settings.splunk.compat, Compat::V7_3);
    assert_eq!(settings.session.idle_timeout, Duration::from_hours(1));
    assert_eq!(settings.store.path, settings.data.join("tokenry.db"));
    assert_eq!(settings.log.directory, settings.data.join("log"));
    assert_eq!(settings.log.authentication, 1);
    assert!(settings.server.trusted_proxies.is_empty(), "NT-35");
    assert_eq!(settings.tanium.session_idle_timeout, Duration::from_mins(5));
    assert_eq!(settings.server.name, host_name());
    assert_eq!(loaded.origin("server.name"), "default");
}

#[test]
fn default_documents_every_key() {
    for entry in entry::defaults().unwrap() {
        let (_, name) = entry.key.rsplit_once('.').unwrap_or(("", &entry.key));
        let before = DEFAULT_FILE.split(&format!("\n{name} = ")).next().unwrap();
        let variable = variable_of(&entry.key);
        assert!(DEFAULT_FILE.contains(&variable), "{variable}");
        assert!(
            before.ends_with(|end: char| end != '\n'),
            "{name} has no comment"
        );
    }
}

#[test]
fn default_equals_the_limits_of_the_listener() {
    let settings = load(&environment(&[])).unwrap().settings;
    let own = tokenry_http::listener::Limits::default();
    assert_eq!(
        format!("{:?}", settings.server.limits()),
        format!("{own:?}")
    );
}

#[test]
fn later_layers_win_and_origins_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let mut inputs = with_file(
        directory.path(),
        "[server]\nmax_headers = 50\nmax_connections = 7\nlisten = '127.0.0.1:1'\n[splunk]\ncompat = '8.2'\n",
    );
    inputs.environment = environment(&[
        ("TOKENRY_SERVER__MAX_CONNECTIONS", "8"),
        ("TOKENRY_LISTEN", "127.0.0.1:2"),
        ("PATH", "/bin"),
        ("TOKENRY_PASSWORD", "not a setting"),
    ])
    .environment;
    inputs.listen = Some("127.0.0.1:3".to_owned());
    let loaded = load(&inputs).unwrap();
    let server = &loaded.settings.server;
    assert_eq!(server.max_headers, 50);
    assert_eq!(server.max_connections, 8);
    assert_eq!(server.listen.port(), 3);
    assert!(loaded.origin("server.max_headers").starts_with("file /"));
    assert_eq!(
        loaded.origin("server.max_connections"),
        "TOKENRY_SERVER__MAX_CONNECTIONS"
    );
    assert_eq!(loaded.origin("server.listen"), "--listen");
    assert_eq!(loaded.settings.splunk.compat, Compat::V8_2);
}

#[test]
fn the_file_in_the_data_directory_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("tokenry.toml");
    std::fs::write(&file, "[login]\nlockout_attempts = 3\n").unwrap();
    let inputs = Inputs {
        data: Some(directory.path().to_owned()),
        ..Inputs::default()
    };
    let loaded = load(&inputs).unwrap();
    assert_eq!(loaded.settings.login.lockout_attempts, 3);
    assert_eq!(loaded.file, Some(file.clone()));
    std::fs::write(&file, "data = '/elsewhere'\n").unwrap();
    assert!(problems(&inputs)[0].contains("cannot name the data directory"));
}

#[test]
fn unknown_names_are_errors_with_a_suggestion() {
    let directory = tempfile::tempdir().unwrap();
    let mut inputs = with_file(
        directory.path(),
        "listen = '127.0.0.1:1'\n[server]\nmax_conections = 7\n[nonsense]\npassword = 'hunter2'\n",
    );
    inputs.environment = environment(&[("TOKENRY_SERVER__MAX_HEADER", "8")]).environment;
    let problems = load(&inputs).unwrap_err();
    let text = problems.to_string();
    assert_eq!(problems.0.len(), 4, "{text}");
    assert!(text.contains("did you mean `server.listen`?"), "{text}");
    assert!(
        text.contains("did you mean `server.max_connections`?"),
        "{text}"
    );
    assert!(
        text.contains("did you mean TOKENRY_SERVER__MAX_HEADERS?"),
        "{text}"
    );
    assert!(text.contains("nonsense.password"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn all_wrong_values_are_reported_with_origin_and_range() {
    let directory = tempfile::tempdir().unwrap();
    let mut inputs = with_file(
        directory.path(),
        "[server]\nmax_connections = 0\nheader_timeout = 30\nplaintext = 'yes'\n[splunk]\ncompat = '6'\n",
    );
    inputs.environment = environment(&[
        ("TOKENRY_SESSION__IDLE_TIMEOUT", "3 weeks"),
        ("TOKENRY_LOG__LEVEL", "loud=="),
        ("TOKENRY_LISTEN", "localhost"),
    ])
    .environment;
    let text = problems(&inputs).join("\n");
    for part in [
        "test.toml): 0 is not right: it must be a whole number from 1 to 1000000",
        "30 is not right: it must be a duration from \"100ms\" to \"5m\"",
        "\"yes\" is not right: it must be true or false",
        "must be \"7.3\", \"8.2\", \"9.0\" or \"9.2\"",
        "session.idle_timeout (TOKENRY_SESSION__IDLE_TIMEOUT): \"3 weeks\" is not right: it must be a duration from \"1m\" to \"720h\"",
        "log.level (TOKENRY_LOG__LEVEL)",
        "server.listen (TOKENRY_LISTEN): \"localhost\" is not right: it must be an IP address and a port",
    ] {
        assert!(text.contains(part), "{part}\n\n{text}");
    }
}

#[test]
fn broken_and_missing_files_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let broken = problems(&with_file(directory.path(), "[server\n"));
    assert!(broken[0].contains("test.toml is no TOML"), "{broken:?}");
    let missing = Inputs {
        config: Some(directory.path().join("missing.toml")),
        ..Inputs::default()
    };
    assert!(problems(&missing)[0].starts_with("cannot read "));
}

fn proxies(inputs: &Inputs) -> String {
    let settings = load(inputs).unwrap().settings;
    settings.server.trusted_proxies.to_string()
}

#[test]
fn proxies_are_a_list_and_in_the_environment_a_text_with_commas() {
    let directory = tempfile::tempdir().unwrap();
    let list = "[server]\ntrusted_proxies = ['10.0.0.7', '2001:db8::7', '10.1.0.0/16']\n";
    let text = "[server]\ntrusted_proxies = '10.0.0.7,2001:db8::7, 10.1.0.0/16'\n";
    for file in [list, text] {
        let inputs = with_file(directory.path(), file);
        assert_eq!(proxies(&inputs), "10.0.0.7,2001:db8::7,10.1.0.0/16");
    }
    let set = |value| environment(&[("TOKENRY_SERVER__TRUSTED_PROXIES", value)]);
    assert_eq!(proxies(&set("10.0.0.7, ::1,,")), "10.0.0.7,::1");
    for nobody in ["", " , "] {
        assert_eq!(proxies(&set(nobody)), "");
    }
    let mut both = with_file(directory.path(), list);
    both.environment = set("192.0.2.1").environment;
    assert_eq!(proxies(&both), "192.0.2.1", "not added to the file's");
}

#[test]
fn nt35_proxies_that_are_too_many_or_no_addresses_are_refused() {
    let key = "server.trusted_proxies (TOKENRY_SERVER__TRUSTED_PROXIES): ";
    for (value, wrong) in [
        ("0.0.0.0/0", "item 1 (0.0.0.0/0) is too wide"),
        ("10.0.0.7,::/0", "item 2 (::/0) is too wide"),
        (
            "128.0.0.0/7",
            "name the proxies themselves, or networks of at least /8",
        ),
        ("proxy.example.com", "item 1 (proxy.example.com)"),
        ("10.0.0.7;10.0.0.8", "item 1 (10.0.0.7;10.0.0.8)"),
    ] {
        let found = problems(&environment(&[("TOKENRY_SERVER__TRUSTED_PROXIES", value)]));
        let [problem] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert!(problem.starts_with(key), "{problem}");
        assert!(problem.contains(wrong), "{wrong}\n\n{problem}");
    }
    let directory = tempfile::tempdir().unwrap();
    for no_list in ["7", "[7]", "true", "[['10.0.0.7']]"] {
        let file = format!("[server]\ntrusted_proxies = {no_list}\n");
        let found = problems(&with_file(directory.path(), &file)).join("\n");
        assert!(
            found.contains("it must be a list of addresses and networks"),
            "{no_list}: {found}"
        );
    }
}

#[test]
fn a_gate_listens_on_a_port_or_on_a_unix_socket_or_not_at_all() {
    let gate = |pairs: &[(&str, &str)]| load(&environment(pairs)).unwrap().settings.gate;
    let shown = |listen: &Option<_>| listen.as_ref().map(ToString::to_string);
    let default = gate(&[]);
    assert_eq!(shown(&default.listen).as_deref(), Some("127.0.0.1:8088"));
    assert_eq!(default.fastcgi_listen, None);
    assert_eq!(default.unix_mode, 0o660);
    assert!(default.proxy_protocol.is_empty());
    let given = gate(&[
        ("TOKENRY_GATE__LISTEN", ""),
        (
            "TOKENRY_GATE__FASTCGI_LISTEN",
            "unix:/run/tokenry/fcgi.sock",
        ),
        ("TOKENRY_GATE__UNIX_MODE", "0600"),
        ("TOKENRY_GATE__PROXY_PROTOCOL", "10.0.0.7,unix"),
    ]);
    assert_eq!(given.unix_mode, 0o600);
    assert_eq!(given.listen, None);
    let fastcgi = shown(&given.fastcgi_listen);
    assert_eq!(fastcgi.as_deref(), Some("unix:/run/tokenry/fcgi.sock"));
    let senders = given.proxy_protocol;
    assert!(senders.from_unix && senders.from.contains("10.0.0.7".parse().unwrap()));
    for (variable, wrong) in [
        ("TOKENRY_GATE__LISTEN", "unix:gate.sock"),
        ("TOKENRY_GATE__LISTEN", "localhost:8088"),
        ("TOKENRY_GATE__FASTCGI_LISTEN", "unix:"),
        ("TOKENRY_GATE__UNIX_MODE", "660x"),
        ("TOKENRY_GATE__UNIX_MODE", "0060"),
        ("TOKENRY_GATE__UNIX_MODE", "1777"),
        ("TOKENRY_GATE__UNIX_MODE", "+660"),
        ("TOKENRY_GATE__PROXY_PROTOCOL", "proxy.example.com"),
        // NT-35: whoever is in there could name any client.
        ("TOKENRY_GATE__PROXY_PROTOCOL", "0.0.0.0/0"),
        ("TOKENRY_SERVER__PROXY_PROTOCOL", "::/0"),
    ] {
        let found = problems(&environment(&[(variable, wrong)]));
        assert_eq!(found.len(), 1, "{wrong}: {found:?}");
        assert!(found[0].contains(variable), "{found:?}");
    }
}

#[test]
fn nobody_introspects_by_his_address_alone() {
    let directory = tempfile::tempdir().unwrap();
    let caller = |more: &str| {
        let file = format!("[[gate.callers]]\nname = 'orders'\nintrospection = true\n{more}");
        with_file(directory.path(), &file)
    };
    let found = problems(&caller("from = ['127.0.0.1']")).join("\n");
    assert!(
        found.contains("introspection needs a secret_file"),
        "{found}"
    );
    let given = load(&caller("secret_file = '/etc/tokenry/orders'")).unwrap();
    assert!(given.settings.gate.callers[0].caller.may_introspect);
}

#[test]
fn the_authentication_log_has_a_level() {
    let level = |value| load(&environment(&[("TOKENRY_LOG__AUTHENTICATION", value)]));
    for (value, expected) in [("0", 0), ("1", 1), ("41", 41), ("100", 100)] {
        assert_eq!(level(value).unwrap().settings.log.authentication, expected);
    }
    for wrong in ["101", "-1", "all", ""] {
        let found = level(wrong).unwrap_err().to_string();
        assert!(
            found.contains("it must be a whole number from 0 to 100"),
            "{wrong}: {found}"
        );
    }
}

#[test]
fn sessions_of_tanium_have_a_timeout_of_their_own() {
    let directory = tempfile::tempdir().unwrap();
    let file = "[tanium]\nsession_idle_timeout = '10m'\n";
    let settings = load(&with_file(directory.path(), file)).unwrap().settings;
    assert_eq!(
        settings.tanium.session_idle_timeout,
        Duration::from_mins(10)
    );
    assert_eq!(settings.session.idle_timeout, Duration::from_hours(1));
    let wrong = environment(&[("TOKENRY_TANIUM__SESSION_IDLE_TIMEOUT", "5s")]);
    assert!(problems(&wrong)[0].contains("it must be a duration from \"1m\" to \"720h\""));
}

#[test]
fn plain_http_beyond_loopback_needs_so_many_words() {
    let exposed = [
        ("TOKENRY_SERVER__PLAINTEXT", "true"),
        ("TOKENRY_LISTEN", "0.0.0.0:1"),
    ];
    assert!(problems(&environment(&exposed))[0].contains("beyond loopback"));
    let meant = [
        exposed[0],
        exposed[1],
        ("TOKENRY_SERVER__ALLOW_PLAINTEXT_BEYOND_LOOPBACK", "true"),
    ];
    assert!(
        load(&environment(&meant))
            .unwrap()
            .settings
            .server
            .plaintext
    );
    assert!(load(&environment(&[exposed[0]])).is_ok());
    assert!(load(&environment(&[exposed[1]])).is_ok());
}

#[test]
fn certificate_and_key_come_together() {
    let alone = environment(&[("TOKENRY_SERVER__TLS_KEY", "/key.pem")]);
    assert!(problems(&alone)[0].contains("is given without server.tls_certificate"));
}

#[test]
fn blank_stands_for_the_default() {
    let loaded = load(&environment(&[
        ("TOKENRY_STORE__PATH", ""),
        ("TOKENRY_DATA", ""),
    ]))
    .unwrap();
    assert!(loaded.settings.store.path.is_absolute());
    assert_eq!(loaded.origin("store.path"), "default");
}

#[test]
fn what_is_shown_can_be_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut inputs = with_file(
        directory.path(),
        "[server]\ntrusted_proxies = ['10.0.0.7', '::1']\n",
    );
    inputs.environment = environment(&[("TOKENRY_SERVER__MAX_HEADERS", "20")]).environment;
    let loaded = load(&inputs).unwrap();
    let text = to_toml(&loaded, true);
    assert!(
        text.contains(r#"trusted_proxies = ["10.0.0.7","::1"]"#),
        "{text}"
    );
    assert!(text.contains("# TOKENRY_SERVER__MAX_HEADERS"), "{text}");
    let again = load(&with_file(directory.path(), &text)).unwrap();
    assert_eq!(again.settings.server.max_headers, 20);
    assert_eq!(
        again.settings.server.trusted_proxies.to_string(),
        "10.0.0.7,::1"
    );
    let json = to_json(&loaded, true);
    assert_eq!(json["server"]["max_connections"]["value"], 10_000);
    assert_eq!(
        json["server"]["max_headers"]["origin"],
        "TOKENRY_SERVER__MAX_HEADERS"
    );
}

#[test]
fn metrics_are_on_loopback_and_traces_off_unless_told_otherwise() {
    let settings = load(&environment(&[])).unwrap().settings;
    let listen = settings.metrics.listen.map(|address| address.to_string());
    assert_eq!(listen.as_deref(), Some("127.0.0.1:9099"));
    assert_eq!(settings.telemetry.otlp_endpoint, None);
    let given = environment(&[
        ("TOKENRY_METRICS__LISTEN", ""),
        ("TOKENRY_TELEMETRY__OTLP_ENDPOINT", "http://[::1]:4318"),
        ("TOKENRY_TELEMETRY__SAMPLE_RATIO", "1"),
    ]);
    let settings = load(&given).unwrap().settings;
    assert_eq!(settings.metrics.listen, None);
    assert!(settings.telemetry.otlp_endpoint.is_some());
    assert!(settings.telemetry.sample_ratio > 0.99);
}

#[test]
fn a_collector_has_no_path_and_no_password_and_a_part_is_no_more_than_all() {
    for (variable, wrong, message) in [
        ("OTLP_ENDPOINT", "https://c.example", "of scheme http"),
        ("OTLP_ENDPOINT", "http://c.example/v1", "without a path"),
        (
            "OTLP_ENDPOINT",
            "http://me:mine@c.example",
            "of scheme http",
        ),
        ("OTLP_ENDPOINT", "http://c.example?x", "of scheme http"),
        ("OTLP_ENDPOINT", "c.example:4318", "of scheme http"),
        ("SAMPLE_RATIO", "1.1", "must be a number from 0.0 to 1.0"),
        ("SAMPLE_RATIO", "-0.1", "must be a number from 0.0 to 1.0"),
        ("SAMPLE_RATIO", "NaN", "must be a number from 0.0 to 1.0"),
        ("SAMPLE_RATIO", "all", "must be a number from 0.0 to 1.0"),
    ] {
        let variable = format!("TOKENRY_TELEMETRY__{variable}");
        let found = problems(&environment(&[(&variable, wrong)])).join("\n");
        assert!(found.contains(message), "{wrong}: {found}");
    }
}
