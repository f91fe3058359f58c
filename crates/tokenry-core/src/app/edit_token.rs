//! Edits a token: its name, notes, audience and addresses. Everything else is fixed when it is made.

use crate::{
    app::{App, Caller, api_tokens::check_notes},
    audit::Action,
    change::Change,
    error::Error,
    id::TokenId,
    permit::Wish,
    port::{Batch, Editable, TextOf, Write},
    principal::check_text,
    token::{Audience, Form, Origins, Token},
    verify::Via,
};

/// The longest list of addresses that an audit line repeats, in characters.
const MAX_REPEATED: usize = 200;

/// What is to be changed; the rest stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenEdit {
    /// What to call it.
    pub name: Option<String>,
    /// What it is for, in words.
    pub notes: Option<String>,
    /// What it is for.
    pub audience: Option<String>,
    /// From where it may be used.
    pub addresses: Option<Origins>,
}

impl App {
    /// Edits a token, for whoever may manage its user's tokens, and answers what it is now. Where nothing is different,
    /// nothing is written. Somebody who came with a token changes neither audience nor addresses: what he has could be
    /// used in more places afterwards (NT-21).
    pub async fn edit_token(
        &self,
        caller: &Caller,
        id: TokenId,
        edit: TokenEdit,
    ) -> Result<Token, Error> {
        self.tokens_enabled()?;
        let token = self.token_seen(caller, id).await?;
        let permit = caller.may(Wish::ManageTokens(Some(token.owner)))?;
        let was = editable(&token);
        let becomes = planned(&was, edit)?;
        let changes = changes(&was, &becomes);
        if changes.is_empty() {
            return Ok(token);
        }
        check(caller, &token, &was, &becomes)?;
        let reason = format!("token changed: {}", changes.join(", "));
        let event = caller.origin.event(&permit, Action::UpdateToken, reason);
        let edited = with(token.clone(), &becomes);
        let write = Write::EditToken {
            id,
            owner: token.owner,
            was,
            becomes,
        };
        let batch = Batch {
            writes: vec![write],
            events: vec![event.about(&token.subject).about_token(Some(id))],
            changes: vec![Change::TokenChanged(id)],
            ..Batch::default()
        };
        match self.store().apply(batch).await {
            Err(Error::Conflict { .. }) => Err(self.edited_meanwhile(id).await?),
            applied => applied.map(|_| edited),
        }
    }

    async fn edited_meanwhile(&self, id: TokenId) -> Result<Error, Error> {
        if self.store().token(id).await?.is_none() {
            return Ok(Error::not_found("token", id.to_hex()));
        }
        let why = "somebody else changed the token meanwhile";
        Ok(Error::conflict(why))
    }
}

fn planned(was: &Editable, edit: TokenEdit) -> Result<Editable, Error> {
    let audience = edit.audience.map(|text| Audience::parse(&text));
    let becomes = Editable {
        name: edit.name.unwrap_or_else(|| was.name.clone()),
        notes: edit.notes.unwrap_or_else(|| was.notes.clone()),
        audience: audience.unwrap_or_else(|| Ok(was.audience.clone()))?,
        origins: edit.addresses.unwrap_or_else(|| was.origins.clone()),
    };
    check_text("name", &becomes.name, Token::MAX_NAME)?;
    check_notes(&becomes.notes)?;
    Ok(becomes)
}

fn check(caller: &Caller, token: &Token, was: &Editable, becomes: &Editable) -> Result<(), Error> {
    let is_elsewhere = was.audience != becomes.audience || was.origins != becomes.origins;
    let by_token = matches!(caller.grant.via, Via::Token(_) | Via::Ephemeral(_));
    if is_elsewhere && by_token {
        return caller.refuse("to sign in: no token changes the audience or addresses of a token");
    }
    if was.audience != becomes.audience && token.form == Form::SplunkJwt {
        let why = "stands in the token's string, which is signed; make another token for another audience";
        return Err(Error::invalid("audience", why));
    }
    Ok(())
}

/// What is different, for the audit log. Names and notes are not repeated: people write all sorts of things there.
fn changes(was: &Editable, becomes: &Editable) -> Vec<String> {
    let plain = [
        ("name", was.name != becomes.name),
        ("notes", was.notes != becomes.notes),
    ];
    let plain = plain.into_iter().filter(|(_, differs)| *differs);
    let mut changes: Vec<String> = plain.map(|(field, _)| field.to_owned()).collect();
    if was.audience != becomes.audience {
        let (old, new) = (&was.audience, &becomes.audience);
        changes.push(format!("audience from '{old}' to '{new}'"));
    }
    if was.origins != becomes.origins {
        let [old, new] = [&was.origins, &becomes.origins].map(repeated);
        changes.push(format!("addresses from '{old}' to '{new}'"));
    }
    changes
}

fn repeated(origins: &Origins) -> String {
    let text = match origins {
        Origins::Anywhere => TextOf::ANYWHERE.to_owned(),
        Origins::Trusted(networks) => networks.to_string(),
    };
    if text.len() <= MAX_REPEATED {
        return text;
    }
    let begin: String = text.chars().take(MAX_REPEATED).collect();
    format!("{begin}…")
}

pub(super) fn editable(token: &Token) -> Editable {
    Editable {
        name: token.name.clone(),
        notes: token.notes.clone(),
        audience: token.audience.clone(),
        origins: token.origins.clone(),
    }
}

fn with(token: Token, becomes: &Editable) -> Token {
    let becomes = becomes.clone();
    Token {
        name: becomes.name,
        notes: becomes.notes,
        audience: becomes.audience,
        origins: becomes.origins,
        ..token
    }
}

#[cfg(test)]
mod tests;
