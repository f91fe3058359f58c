//! A token as this API shows it.

use tokenry_api::types::tokens::{Form, Rate, State, Status, Token, TokenAction};
use tokenry_core::{
    app::Caller,
    id::TokenId,
    principal::World,
    token::{self, Origins},
};

use super::super::{Face, answer::Answer, problem::Problem, sessions::persona_name, tag::tag_of};

/// A token's record, as this caller may see it.
pub(super) fn record(face: &Face, world: &World, caller: &Caller, token: &token::Token) -> Token {
    let scope = token.scope.as_ref();
    Token {
        id: token.id.to_hex(),
        number: token.number.number(),
        form: form(token.form),
        status: match token.status {
            token::Status::Disabled => Status::Disabled,
            token::Status::Enabled => Status::Enabled,
        },
        state: state(caller, token),
        user: token.subject.to_string(),
        user_id: token.owner.number(),
        persona: token.persona.number(),
        persona_name: persona_name(world, token.persona),
        audience: token.audience.to_string(),
        name: token.name.clone(),
        notes: token.notes.clone(),
        scope: scope.map(|scope| scope.names().map(ToString::to_string).collect()),
        rate: token.rate.map(|rate| Rate {
            per_minute: rate.per_minute,
            burst: rate.burst,
        }),
        addresses: match &token.origins {
            Origins::Anywhere => None,
            Origins::Trusted(list) => Some(list.items().map(str::to_owned).collect()),
        },
        issuer: token.issuer.clone(),
        issued_at: token.issued_at.to_string(),
        not_before: token.not_before.to_string(),
        expires: token.expires.map(|end| end.to_string()),
        last_used: token.last_used.map(|used| used.at.to_string()),
        last_used_address: token.last_used.map(|used| used.address.to_string()),
        replaced_by: token.replaced_by.map(TokenId::to_hex),
        may: may(face, caller, token),
    }
}

/// The answer that shows a token, with its tag.
pub(super) fn answer(
    face: &Face,
    caller: &Caller,
    token: &token::Token,
) -> Result<Answer<Token>, Problem> {
    let shown = record(face, &face.door.app.world(), caller, token);
    let tag = tag(&shown)?;
    Ok(Answer::from(shown).tagged(tag))
}

/// The tag of what can be changed of a token.
pub(super) fn tag(token: &Token) -> Result<String, Problem> {
    tag_of(&(
        (&token.name, &token.notes, &token.audience),
        (&token.addresses, token.status),
    ))
}

fn form(form: token::Form) -> Form {
    match form {
        token::Form::Hex => Form::Hex,
        token::Form::Opaque => Form::Opaque,
        token::Form::SplunkJwt => Form::SplunkJwt,
    }
}

/// The first of these that is so decides; it is not a verdict, for which user, persona and address count too.
fn state(caller: &Caller, token: &token::Token) -> State {
    let now = caller.origin.at;
    if token.status == token::Status::Disabled {
        State::Disabled
    } else if token.has_expired(now) {
        State::Expired
    } else if now.as_second() < token.not_before.as_second() {
        State::NotYetValid
    } else if token.replaced_by.is_some() {
        State::Replaced
    } else {
        State::Active
    }
}

fn may(face: &Face, caller: &Caller, token: &token::Token) -> Vec<TokenAction> {
    let rights = face.door.app.what_may_be_done(caller, token);
    let all = [
        (rights.edit, TokenAction::Edit),
        (rights.set_status, TokenAction::SetStatus),
        (rights.revoke, TokenAction::Revoke),
        (rights.rotate, TokenAction::Rotate),
    ];
    let allowed = all.into_iter().filter(|(may, _)| *may);
    allowed.map(|(_, action)| action).collect()
}
