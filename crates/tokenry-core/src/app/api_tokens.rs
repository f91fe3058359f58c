//! Tokens as Tanium's clients know them (spec/tanium.md 4): made for oneself and a persona, for a number of days, with
//! a list of trusted addresses; found and deleted by number.

use jiff::{SignedDuration, Timestamp};

use crate::{
    app::{
        App, Caller,
        issue_token::{after_days, persona_to_bind},
    },
    audit::Action,
    error::Error,
    id::{PersonaId, TokenNumber, UserId},
    permit::{Permit, Wish},
    port::{Batch, Column, Sort, TokenQuery, Write},
    principal::check_text,
    secret::Plaintext,
    settings::ApiTokens,
    token::{Audience, Form, Origins, Token, address::Networks, form::hex, lifetime::Lifetime},
};

/// What is wanted. `None` is what was not given.
#[derive(Debug, Clone, Default)]
pub struct NewApiToken {
    /// The persona it is to act as; the caller's own if not given.
    pub persona: Option<PersonaId>,
    /// For how many days (`expire_in_days`); the default of the settings if not given.
    pub days: Option<i64>,
    /// What to call it.
    pub name: String,
    /// What it is for.
    pub notes: String,
    /// From where it may be used, beside what the settings trust.
    pub trusted: Networks,
}

/// A token that has been made. Its string can be seen again only for a while, by its maker.
pub struct CreatedApiToken {
    /// The record.
    pub token: Token,
    /// Its string.
    pub string: Plaintext,
}

/// What stands for the audience of a token that was made without one.
const AUDIENCE: &str = "tanium";

impl App {
    /// Makes a token for the caller himself.
    pub async fn create_api_token(
        &self,
        caller: &Caller,
        wanted: NewApiToken,
    ) -> Result<CreatedApiToken, Error> {
        self.tokens_enabled()?;
        let permit = caller.may(Wish::ManageTokens(Some(caller.id())))?;
        check_text("name", &wanted.name, Token::MAX_NAME)?;
        check_notes(&wanted.notes)?;
        let world = self.world();
        let persona = persona_to_bind(caller, &world, caller.principal(), wanted.persona)?;
        let days = days(wanted.days, &world.settings().api_tokens)?;
        let (token, string) = self.api_token_of(caller, days)?;
        let token = Token {
            persona,
            name: wanted.name,
            notes: wanted.notes,
            origins: Origins::Trusted(wanted.trusted),
            ..token
        };
        let batch = Batch {
            events: vec![created(caller, &permit, &token)],
            writes: vec![Write::InsertToken(token.clone())],
            ..Batch::default()
        };
        let applied = self.store().apply(batch).await?;
        Ok(self.put_on_shelf(caller, token, applied.token_number, string))
    }

    /// The tokens of the caller's own user that have not expired, or those of all users, by number.
    pub async fn list_api_tokens(&self, caller: &Caller) -> Result<Vec<Token>, Error> {
        self.tokens_enabled()?;
        let all = caller.may(Wish::ListAllTokens);
        if all.is_err() {
            caller.may(Wish::ListTokens(caller.id()))?;
        }
        self.alive(caller, all.is_err().then(|| caller.id()), None)
            .await
    }

    /// The tokens of the caller's own user that have not expired, by number.
    pub async fn list_own_api_tokens(&self, caller: &Caller) -> Result<Vec<Token>, Error> {
        self.tokens_enabled()?;
        caller.may(Wish::ListTokens(caller.id()))?;
        self.alive(caller, Some(caller.id()), None).await
    }

    /// The token of this number, if it has not expired and the caller may see it. One that he may not see looks like
    /// one that does not exist (NT-19).
    pub async fn api_token(&self, caller: &Caller, number: TokenNumber) -> Result<Token, Error> {
        self.tokens_enabled()?;
        let found = self.alive(caller, None, Some(number)).await?.pop();
        found
            .filter(|token| caller.may(Wish::ListTokens(token.owner)).is_ok())
            .ok_or_else(|| unknown(number))
    }

    /// Deletes the token of this number: one's own, or anybody's for one who may. Answers what it was.
    pub async fn delete_api_token(
        &self,
        caller: &Caller,
        number: TokenNumber,
    ) -> Result<Token, Error> {
        self.tokens_enabled()?;
        let token = self.alive(caller, None, Some(number)).await?.pop();
        let token = token.ok_or_else(|| unknown(number))?;
        let permit = match caller.may(Wish::DeleteTokens(Some(token.owner))) {
            Err(_) if caller.may(Wish::ListTokens(token.owner)).is_err() => {
                return Err(unknown(number));
            }
            permit => permit?,
        };
        let target = (token.id, token.owner);
        match self
            .delete_one(caller, &permit, target, &token.subject)
            .await
        {
            Err(Error::Conflict { .. }) => Err(unknown(number)),
            deleted => deleted.map(|()| token),
        }
    }

    async fn alive(
        &self,
        caller: &Caller,
        owner: Option<UserId>,
        number: Option<TokenNumber>,
    ) -> Result<Vec<Token>, Error> {
        let query = TokenQuery {
            owner,
            number,
            alive_at: Some(caller.origin.at),
            sort: Sort {
                column: Column::Number,
                ..Sort::default()
            },
            ..TokenQuery::default()
        };
        Ok(self.store().tokens(query).await?.items)
    }

    /// The record and string of a new token of the caller, in his default persona and usable from nowhere yet.
    pub(super) fn api_token_of(
        &self,
        caller: &Caller,
        days: u32,
    ) -> Result<(Token, Plaintext), Error> {
        let now = Timestamp::from_second(caller.origin.at.as_second()).map_err(Error::internal)?;
        let life = Lifetime {
            issued_at: now,
            not_before: now,
            expires: Some(after_days(now, days)?),
        };
        let (string, id) = self.hex_string();
        let token = Token {
            id,
            form: Form::Hex,
            origins: Origins::Trusted(Networks::default()),
            days: Some(days),
            ..self.new_token(caller, caller.principal(), Audience::parse(AUDIENCE)?, life)
        };
        Ok((token, string))
    }

    /// Numbers a token that was stored, and keeps its string for a second look.
    pub(super) fn put_on_shelf(
        &self,
        caller: &Caller,
        token: Token,
        number: TokenNumber,
        string: Plaintext,
    ) -> CreatedApiToken {
        let minutes = self
            .world()
            .settings()
            .api_tokens
            .visibility_timeout_in_minutes;
        let until = caller.origin.at + SignedDuration::from_mins(i64::from(minutes));
        self.shelf
            .put(caller, (token.id, token.owner), &string, until);
        CreatedApiToken {
            token: Token { number, ..token },
            string,
        }
    }
}

/// The audit line of a new token.
pub(super) fn created(caller: &Caller, permit: &Permit, token: &Token) -> crate::audit::Event {
    let until = token
        .expires
        .map_or_else(|| "never".to_owned(), |end| end.to_string());
    let reason = format!(
        "{} token as persona {}, expires {until}",
        token.form, token.persona
    );
    caller
        .origin
        .event(permit, Action::CreateToken, reason)
        .about(&token.subject)
        .about_token(Some(token.id))
}

pub(super) fn unknown(number: TokenNumber) -> Error {
    Error::not_found("token", number.to_string())
}

/// How long a string is to be, in characters.
pub(super) fn string_length(settings: &ApiTokens) -> usize {
    usize::try_from(settings.string_length).unwrap_or(hex::MIN_LEN)
}

/// Notes may have several lines.
pub(super) fn check_notes(notes: &str) -> Result<(), Error> {
    let lines = notes.replace(['\r', '\n', '\t'], " ");
    check_text("notes", &lines, Token::MAX_NOTES)
}

fn days(wanted: Option<i64>, settings: &ApiTokens) -> Result<u32, Error> {
    let max = settings.max_expiration_in_days;
    let Some(wanted) = wanted else {
        return Ok(settings.default_days());
    };
    u32::try_from(wanted)
        .ok()
        .filter(|days| (1..=max).contains(days))
        .ok_or_else(|| Error::invalid("expire_in_days", format!("must be between 1 and {max}")))
}

#[cfg(test)]
mod tests;
