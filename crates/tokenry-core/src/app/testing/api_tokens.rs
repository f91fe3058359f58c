//! The part of the town that is about API tokens: personas, sessions that make tokens, and callers that use them.

use std::sync::Arc;

use crate::{
    app::{
        ApiTokensEdit, Caller, CreatedApiToken, NewApiToken, PersonaEdit,
        testing::{Town, role_name},
    },
    id::PersonaId,
    token::Token,
    verify::{Grant, Via},
};

impl Town {
    /// With `bearer` and `other`, who may use tokens; `viewer`, who may see all, and `revoker`, who may delete all.
    pub(in crate::app) fn with_bearers() -> Self {
        let town = Self::new();
        for (name, capability) in [
            ("bearer", "use token"),
            ("other", "use token"),
            ("viewer", "view token"),
            ("revoker", "revoke token"),
        ] {
            let _ = town.settle_user(name, &[capability]);
        }
        town
    }

    /// A persona with these roles, for these users.
    pub(in crate::app) fn make_persona(
        &self,
        name: &str,
        roles: &[&str],
        users: &[&str],
    ) -> PersonaId {
        let world = self.app.world();
        let number = |name: &&str| world.roles()[&role_name(name)].number;
        let edit = PersonaEdit {
            name: Some(name.to_owned()),
            roles: Some(roles.iter().map(number).collect()),
            users: Some(users.iter().map(|name| self.id(name)).collect()),
            ..PersonaEdit::default()
        };
        let made = self.does(self.app.create_persona(&self.caller("admin"), edit));
        made.value.id
    }

    /// Lets these users, and no others, act as a persona.
    pub(in crate::app) fn assign(&self, persona: PersonaId, users: &[&str]) {
        let edit = PersonaEdit {
            users: Some(users.iter().map(|name| self.id(name)).collect()),
            ..PersonaEdit::default()
        };
        let admin = self.caller("admin");
        let _ = self.does(self.app.edit_persona(&admin, persona, edit));
    }

    pub(in crate::app) fn set_api_tokens(&self, edit: ApiTokensEdit) {
        let admin = self.caller("admin");
        let _ = self.does(self.app.edit_api_tokens_settings(&admin, edit));
    }

    /// Makes an API token.
    pub(in crate::app) fn make_api_token(
        &self,
        caller: &Caller,
        wanted: NewApiToken,
    ) -> CreatedApiToken {
        let made = self.does(self.app.create_api_token(caller, wanted)).value;
        self.keep_hex(&made);
        made
    }

    /// Remembers that the string of a token must turn up nowhere, nor its digits alone.
    pub(in crate::app) fn keep_hex(&self, made: &CreatedApiToken) {
        let digits = made.string.expose().trim_start_matches("token-");
        self.keep_secret(&digits.to_owned().into());
        self.keep_secret(&made.string);
    }

    /// The user of this name, calling now from a new session.
    pub(in crate::app) fn signed_in(&self, name: &str) -> Caller {
        let via = Via::Session(self.sign_in(name));
        self.acting(name, PersonaId::DEFAULT, via)
    }

    /// The user of this name, calling now as this persona.
    pub(in crate::app) fn acting(&self, name: &str, persona: PersonaId, via: Via) -> Caller {
        let world = self.app.world();
        let principal = Arc::clone(world.acting(self.id(name), persona).unwrap());
        Caller::new(Grant { principal, via }, self.origin())
    }

    /// Whoever has this token, calling now with it.
    pub(in crate::app) fn bearer_of(&self, token: &Token) -> Caller {
        self.acting(token.subject.as_str(), token.persona, Via::Token(token.id))
    }

    /// The same caller, calling now.
    pub(in crate::app) fn again(&self, caller: &Caller) -> Caller {
        let principal = caller.principal();
        let name = principal.user.name.as_str();
        self.acting(name, principal.persona, caller.grant.via)
    }
}
