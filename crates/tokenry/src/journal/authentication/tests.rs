//! The lines as people read them.

use tokenry_core::{id::TokenNumber, verify::Reason};

use super::*;

fn at() -> Timestamp {
    "2026-03-02T09:00:05.678Z".parse().unwrap()
}

fn token() -> TokenId {
    TokenId::from_bytes([0x6b; 32])
}

fn origin() -> Origin {
    let forwarded: &[u8] = b"192.0.2.55";
    let trusted = tokenry_core::token::address::parse_proxies("proxies", ["10.0.0.8"]).unwrap();
    let (request, route) = ("6b901340adc1cbfd".to_owned(), "/api/v2/users/{id}");
    let peer = [10, 0, 0, 8].into();
    Origin::from_peer(at(), request, route, peer, [forwarded], &trusted)
}

fn known() -> Known {
    Known {
        token: Some(token()),
        number: Some(TokenNumber::from_number(41)),
        user: Some("lab\\svc-report".to_owned()),
        persona: PersonaId::from_number(4),
    }
}

fn refused(origin: Origin, known: Known) -> String {
    refusal_line(&RefusedCredential {
        origin,
        reason: Reason::AddressNotTrusted,
        known,
    })
}

fn event(action: Action) -> Event {
    Event {
        at: at(),
        actor: "admin".to_owned(),
        persona: PersonaId::DEFAULT,
        address: Some([192, 0, 2, 55].into()),
        request: "6b90".to_owned(),
        action,
        token: None,
        target: Some("admin".to_owned()),
        object: None,
        reason: "password; session 318".to_owned(),
    }
}

#[test]
fn a_refusal_behind_a_proxy_tells_all() {
    assert_eq!(
        refused(origin(), known()),
        r"2026-03-02T09:00:05Z|WARN|auth|result=denied reason=ip_not_trusted token_id=41 token=6b6b6b6b user=lab\svc-report persona=4 ip=192.0.2.55 peer=10.0.0.8 xff=used path=/api/v2/users/{id} request=6b901340adc1cbfd"
    );
}

#[test]
fn a_refusal_without_a_proxy_tells_what_is_known() {
    let origin = Origin {
        proxy: None,
        ..origin()
    };
    assert_eq!(
        refused(origin, Known::default()),
        "2026-03-02T09:00:05Z|WARN|auth|result=denied reason=ip_not_trusted ip=192.0.2.55 path=/api/v2/users/{id} request=6b901340adc1cbfd"
    );
}

#[test]
fn nt33_a_header_that_cannot_be_read_is_told() {
    let origin = Origin {
        client: ClientAddress::Unknown,
        address: Some([10, 0, 0, 8].into()),
        ..origin()
    };
    let line = refused(origin, Known::default());
    assert!(
        line.contains("ip=10.0.0.8 peer=10.0.0.8 xff=unreadable "),
        "{line}"
    );
}

#[test]
fn repeated_refusals_are_a_number() {
    let repeated = Repeated {
        reason: Reason::Expired,
        address: Some([192, 0, 2, 55].into()),
        known: known(),
        count: 999,
        last: at(),
    };
    assert_eq!(
        repeated_line(&repeated),
        r"2026-03-02T09:00:05Z|WARN|auth|result=denied reason=expired count=999 token_id=41 token=6b6b6b6b user=lab\svc-report persona=4 ip=192.0.2.55"
    );
}

#[test]
fn a_granted_token_tells_who_used_it() {
    let (origin, known) = (origin(), known());
    assert_eq!(
        granted_line(&GrantedCredential { origin, known }),
        r"2026-03-02T09:00:05Z|INFO|auth|result=granted action=use_token token_id=41 token=6b6b6b6b user=lab\svc-report persona=4 ip=192.0.2.55 peer=10.0.0.8 xff=used path=/api/v2/users/{id} request=6b901340adc1cbfd"
    );
}

#[test]
fn signing_in_is_told_with_the_user() {
    assert_eq!(
        event_line(&event(Action::Login)).unwrap(),
        r#"2026-03-02T09:00:05Z|INFO|auth|result=granted action=login user=admin ip=192.0.2.55 detail="password; session 318" request=6b90"#
    );
}

#[test]
fn a_token_is_told_with_its_owner_and_who_made_it() {
    let event = Event {
        token: Some(token()),
        target: Some("jdoe".to_owned()),
        persona: PersonaId::from_number(4),
        reason: "static token".to_owned(),
        ..event(Action::CreateToken)
    };
    assert_eq!(
        event_line(&event).unwrap(),
        r#"2026-03-02T09:00:05Z|INFO|auth|result=granted action=create_token token=6b6b6b6b user=jdoe by=admin persona=4 ip=192.0.2.55 detail="static token" request=6b90"#
    );
}

#[test]
fn only_what_begins_or_ends_a_way_in_is_told() {
    let told = |action: &&Action| event_line(&event(**action)).is_some();
    let told = Action::ALL.iter().filter(told);
    let told: Vec<_> = told.map(|action| action.as_str()).collect();
    assert_eq!(
        told,
        [
            "create_token",
            "delete_token",
            "delete_user",
            "login",
            "logout",
            "reset_password",
            "reveal_token",
            "update_token",
        ]
    );
}

#[test]
fn whatever_the_log_can_say_is_explained_to_operators() {
    let manual = include_str!("../../../../../docs/operation.md");
    let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
    let actions = TOLD.iter().map(|action| action.as_str());
    for word in reasons.chain(actions) {
        assert!(manual.contains(&format!("`{word}`")), "{word}");
    }
}

#[test]
fn nt62_a_name_cannot_pose_as_another_line_or_field() {
    let name = "x\n2026-03-02T09:00:05Z|INFO|auth|result=granted user=\"admin\" \u{1b}[2J";
    let known = Known {
        user: Some(name.to_owned()),
        ..Known::default()
    };
    let target = Event {
        target: Some(name.to_owned()),
        actor: name.to_owned(),
        ..event(Action::Login)
    };
    let (denied, granted) = (
        refused(origin(), known),
        event_line(&target).unwrap_or_default(),
    );
    for line in [denied, granted] {
        assert_eq!(line.matches('|').count(), 3, "{line}");
        assert_eq!(line.matches("result=").count(), 1, "{line}");
        assert_eq!(line.matches(" user=").count(), 1, "{line}");
        assert!(!line.contains(char::is_control), "{line}");
    }
}
