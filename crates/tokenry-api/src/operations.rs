//! The table of all operations. A line reads: name, id, method, path, subject, who may, headers, query, body, status and
//! answer. Its doc comment is the operation's description in the OpenAPI document: the first line is its summary.

use crate::{
    Access::{Authenticated, Needs, Open, SignedIn},
    Entry,
    Header::{ETag, IdempotencyKey, IfMatch},
    Info, Method, Nothing, Operation,
    types::{
        audit::{AuditPage, AuditQuery, HistoryQuery},
        authentication::{AuthenticationPage, AuthenticationQuery, VerdictQuery, Verdicts},
        directory::{
            ComputerGroup, ComputerGroupEdit, ComputerGroupList, ContentSet, ContentSetEdit,
            ContentSetList, NewComputerGroup, NewContentSet, NewPersona, NewUserGroup, Persona,
            PersonaEdit, PersonaList, UserGroup, UserGroupEdit, UserGroupList,
        },
        help::{AddressText, AddressesRead, TimeQuery, TimeRead},
        roles::{CapabilityList, NewRole, Role, RoleEdit, RoleList},
        sessions::{NewSession, OpenedSession, Session, SessionList, SwitchPersona},
        settings::{SettingList, SettingsEdit},
        tokens::{
            Expirations, ExpirationsQuery, ExplainQuery, Explanation, IssuedToken, ManyDone,
            ManyTokens, NewToken, RevealedToken, Rotation, Token, TokenEdit, TokenPage, TokenQuery,
        },
        users::{NewUser, OwnerList, OwnerQuery, User, UserEdit, UserPage, UserQuery},
    },
};

macro_rules! operations {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident = $id:literal, $method:ident $path:literal, $tag:literal, $access:expr, [$($header:expr),*],
        $query:ty, $body:ty => $status:literal $answer:ty;
    )*) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Operation for $name {
                type Query = $query;
                type Body = $body;
                type Answer = $answer;
                const INFO: Info = Info {
                    id: $id,
                    method: Method::$method,
                    path: $path,
                    tag: $tag,
                    access: $access,
                    status: $status,
                    headers: &[$($header),*],
                    doc: &[$($doc),+],
                };
            }
        )*

        /// All operations.
        pub const TABLE: &[Entry] = &[$(Entry::of::<$name>()),*];
    };
}

operations! {
    /// Signs in with a name and a password.
    SessionOpen = "session_open", Post "/api/v1/sessions", "Sessions", Open, [],
    Nothing, NewSession => 201 OpenedSession;

    /// Lists the live sessions: one's own, or all for who may change users.
    SessionsList = "sessions_list", Get "/api/v1/sessions", "Sessions", Authenticated, [],
    Nothing, Nothing => 200 SessionList;

    /// Ends a session of one's own, or anybody's for who may change users.
    SessionEnd = "session_end", Delete "/api/v1/sessions/{id}", "Sessions", SignedIn, [],
    Nothing, Nothing => 204 Nothing;

    /// Tells who calls, and what he may do.
    SessionShow = "session_show", Get "/api/v1/session", "Sessions", Authenticated, [],
    Nothing, Nothing => 200 Session;

    /// Signs out: ends the session that calls.
    SessionClose = "session_close", Delete "/api/v1/session", "Sessions", SignedIn, [],
    Nothing, Nothing => 204 Nothing;

    /// Goes on as another persona.
    /// A new session takes the place of the one that calls, and its key travels as that one's did.
    SessionPersona = "session_persona", Post "/api/v1/session/persona", "Sessions", SignedIn, [],
    Nothing, SwitchPersona => 201 OpenedSession;

    /// Lists tokens, a page at a time: all that the caller may see.
    TokenList = "token_list", Get "/api/v1/tokens", "Tokens", Authenticated, [],
    TokenQuery, Nothing => 200 TokenPage;

    /// Makes a token in any form, and shows its string.
    /// With an `Idempotency-Key` the same request again, within 24 hours, makes no other token: it shows the same string
    /// while that can be seen, and is refused with 409 afterwards.
    TokenCreate = "token_create", Post "/api/v1/tokens", "Tokens",
    Needs("tokens.create.own or tokens.create.any"), [IdempotencyKey],
    Nothing, NewToken => 201 IssuedToken;

    /// Enables, disables or revokes many tokens at once.
    TokenMany = "token_many", Post "/api/v1/tokens/many", "Tokens",
    Needs("tokens.create.own, tokens.create.any or tokens.revoke.any"), [],
    Nothing, ManyTokens => 200 ManyDone;

    /// Counts the tokens that end on each of the coming days.
    TokenExpirations = "token_expirations", Get "/api/v1/tokens/expirations", "Tokens", Authenticated, [],
    ExpirationsQuery, Nothing => 200 Expirations;

    /// Lists the users for whom the caller may make tokens.
    TokenOwners = "token_owners", Get "/api/v1/tokens/owners", "Tokens",
    Needs("tokens.create.own or tokens.create.any"), [],
    OwnerQuery, Nothing => 200 OwnerList;

    /// Shows a token: its record, never its string.
    TokenShow = "token_show", Get "/api/v1/tokens/{id}", "Tokens", Authenticated, [ETag],
    Nothing, Nothing => 200 Token;

    /// Changes the name, notes, audience or addresses of a token.
    TokenChange = "token_edit", Patch "/api/v1/tokens/{id}", "Tokens",
    Needs("tokens.create.own or tokens.create.any"), [IfMatch, ETag],
    Nothing, TokenEdit => 200 Token;

    /// Revokes a token, for good.
    TokenRevoke = "token_revoke", Delete "/api/v1/tokens/{id}", "Tokens",
    Needs("tokens.create.own, tokens.create.any or tokens.revoke.any"), [],
    Nothing, Nothing => 204 Nothing;

    /// Enables a token.
    TokenEnable = "token_enable", Post "/api/v1/tokens/{id}/enable", "Tokens",
    Needs("tokens.create.own or tokens.create.any"), [ETag],
    Nothing, Nothing => 200 Token;

    /// Disables a token: it is refused until it is enabled again.
    TokenDisable = "token_disable", Post "/api/v1/tokens/{id}/disable", "Tokens",
    Needs("tokens.create.own or tokens.create.any"), [ETag],
    Nothing, Nothing => 200 Token;

    /// Rotates a token: another, with all that it had, takes its place.
    TokenRotate = "token_rotate", Post "/api/v1/tokens/{id}/rotate", "Tokens",
    Needs("tokens.rotate.own or tokens.create.any"), [],
    Nothing, Rotation => 201 IssuedToken;

    /// Shows the string of a token once more.
    /// To its maker, in the session he made it in, until the visibility timeout. Afterwards, and to everybody else, 410.
    TokenReveal = "token_reveal", Post "/api/v1/tokens/{id}/reveal", "Tokens", SignedIn, [],
    Nothing, Nothing => 200 RevealedToken;

    /// Explains what would become of a token if it were used from somewhere at some time.
    TokenExplain = "token_explain", Get "/api/v1/tokens/{id}/explain", "Tokens", Authenticated, [],
    ExplainQuery, Nothing => 200 Explanation;

    /// Reads what was done to a token, newest first.
    TokenHistory = "token_history", Get "/api/v1/tokens/{id}/history", "Tokens", Authenticated, [],
    HistoryQuery, Nothing => 200 AuditPage;

    /// Lists users by name.
    UserList = "user_list", Get "/api/v1/users", "Users", Needs("users.list"), [],
    UserQuery, Nothing => 200 UserPage;

    /// Makes a user.
    UserCreate = "user_create", Post "/api/v1/users", "Users", Needs("users.edit"), [ETag],
    Nothing, NewUser => 201 User;

    /// Shows a user: oneself, or anybody for who may list users.
    UserShow = "user_show", Get "/api/v1/users/{id}", "Users", Authenticated, [ETag],
    Nothing, Nothing => 200 User;

    /// Changes a user; one's own password and profile, or anybody for who may.
    UserChange = "user_edit", Patch "/api/v1/users/{id}", "Users", Authenticated, [IfMatch, ETag],
    Nothing, UserEdit => 200 User;

    /// Deletes a user, and with him his tokens and sessions.
    UserDelete = "user_delete", Delete "/api/v1/users/{id}", "Users", Needs("users.edit"), [],
    Nothing, Nothing => 204 Nothing;

    /// Lists user groups.
    UserGroupsList = "user_group_list", Get "/api/v1/user-groups", "User groups", Needs("users.list"), [],
    Nothing, Nothing => 200 UserGroupList;

    /// Makes a user group.
    UserGroupCreate = "user_group_create", Post "/api/v1/user-groups", "User groups", Needs("users.edit"), [ETag],
    Nothing, NewUserGroup => 201 UserGroup;

    /// Shows a user group.
    UserGroupShow = "user_group_show", Get "/api/v1/user-groups/{id}", "User groups", Needs("users.list"), [ETag],
    Nothing, Nothing => 200 UserGroup;

    /// Changes a user group.
    UserGroupChange = "user_group_edit", Patch "/api/v1/user-groups/{id}", "User groups", Needs("users.edit"),
    [IfMatch, ETag],
    Nothing, UserGroupEdit => 200 UserGroup;

    /// Deletes a user group.
    UserGroupDelete = "user_group_delete", Delete "/api/v1/user-groups/{id}", "User groups", Needs("users.edit"), [],
    Nothing, Nothing => 204 Nothing;

    /// Lists roles.
    RolesList = "role_list", Get "/api/v1/roles", "Roles", Needs("roles.list"), [],
    Nothing, Nothing => 200 RoleList;

    /// Makes a role.
    RoleCreate = "role_create", Post "/api/v1/roles", "Roles", Needs("roles.edit"), [ETag],
    Nothing, NewRole => 201 Role;

    /// Lists the capabilities that Tokenry knows, and those that roles grant.
    CapabilitiesList = "capability_list", Get "/api/v1/capabilities", "Roles", Needs("roles.list"), [],
    Nothing, Nothing => 200 CapabilityList;

    /// Shows a role.
    RoleShow = "role_show", Get "/api/v1/roles/{id}", "Roles", Needs("roles.list"), [ETag],
    Nothing, Nothing => 200 Role;

    /// Changes a role.
    RoleChange = "role_edit", Patch "/api/v1/roles/{id}", "Roles", Needs("roles.edit"), [IfMatch, ETag],
    Nothing, RoleEdit => 200 Role;

    /// Deletes a role, which then gives nobody anything.
    RoleDelete = "role_delete", Delete "/api/v1/roles/{id}", "Roles", Needs("roles.edit"), [],
    Nothing, Nothing => 204 Nothing;

    /// Lists personas: all, or those one may act as.
    PersonasList = "persona_list", Get "/api/v1/personas", "Personas", Authenticated, [],
    Nothing, Nothing => 200 PersonaList;

    /// Makes a persona.
    PersonaCreate = "persona_create", Post "/api/v1/personas", "Personas", Needs("personas.edit"), [ETag],
    Nothing, NewPersona => 201 Persona;

    /// Shows a persona.
    PersonaShow = "persona_show", Get "/api/v1/personas/{id}", "Personas", Authenticated, [ETag],
    Nothing, Nothing => 200 Persona;

    /// Changes a persona.
    PersonaChange = "persona_edit", Patch "/api/v1/personas/{id}", "Personas", Needs("personas.edit"), [IfMatch, ETag],
    Nothing, PersonaEdit => 200 Persona;

    /// Deletes a persona: its tokens stop.
    PersonaDelete = "persona_delete", Delete "/api/v1/personas/{id}", "Personas", Needs("personas.edit"), [],
    Nothing, Nothing => 204 Nothing;

    /// Lists content sets.
    ContentSetsList = "content_set_list", Get "/api/v1/content-sets", "Content sets", Needs("roles.list"), [],
    Nothing, Nothing => 200 ContentSetList;

    /// Makes a content set.
    ContentSetCreate = "content_set_create", Post "/api/v1/content-sets", "Content sets", Needs("roles.edit"), [ETag],
    Nothing, NewContentSet => 201 ContentSet;

    /// Shows a content set.
    ContentSetShow = "content_set_show", Get "/api/v1/content-sets/{id}", "Content sets", Needs("roles.list"), [ETag],
    Nothing, Nothing => 200 ContentSet;

    /// Changes a content set.
    ContentSetChange = "content_set_edit", Patch "/api/v1/content-sets/{id}", "Content sets", Needs("roles.edit"),
    [IfMatch, ETag],
    Nothing, ContentSetEdit => 200 ContentSet;

    /// Deletes a content set.
    ContentSetDelete = "content_set_delete", Delete "/api/v1/content-sets/{id}", "Content sets", Needs("roles.edit"), [],
    Nothing, Nothing => 204 Nothing;

    /// Lists computer groups.
    ComputerGroupsList = "computer_group_list", Get "/api/v1/computer-groups", "Computer groups", Needs("roles.list"),
    [],
    Nothing, Nothing => 200 ComputerGroupList;

    /// Makes a computer group.
    ComputerGroupCreate = "computer_group_create", Post "/api/v1/computer-groups", "Computer groups",
    Needs("roles.edit"), [ETag],
    Nothing, NewComputerGroup => 201 ComputerGroup;

    /// Shows a computer group.
    ComputerGroupShow = "computer_group_show", Get "/api/v1/computer-groups/{id}", "Computer groups",
    Needs("roles.list"), [ETag],
    Nothing, Nothing => 200 ComputerGroup;

    /// Changes a computer group.
    ComputerGroupChange = "computer_group_edit", Patch "/api/v1/computer-groups/{id}", "Computer groups",
    Needs("roles.edit"), [IfMatch, ETag],
    Nothing, ComputerGroupEdit => 200 ComputerGroup;

    /// Deletes a computer group.
    ComputerGroupDelete = "computer_group_delete", Delete "/api/v1/computer-groups/{id}", "Computer groups",
    Needs("roles.edit"), [],
    Nothing, Nothing => 204 Nothing;

    /// Lists the settings, each with its meaning, default, range and last change.
    SettingsList = "setting_list", Get "/api/v1/settings", "Settings", Needs("settings.edit"), [ETag],
    Nothing, Nothing => 200 SettingList;

    /// Changes settings: all that are given, or none.
    SettingsChange = "setting_edit", Patch "/api/v1/settings", "Settings", Needs("settings.edit"), [IfMatch, ETag],
    Nothing, SettingsEdit => 200 SettingList;

    /// Reads the audit log.
    AuditRead = "audit_read", Get "/api/v1/audit", "Logs", Needs("audit.read"), [],
    AuditQuery, Nothing => 200 AuditPage;

    /// Reads who was refused lately, and why.
    AuthenticationRead = "authentication_read", Get "/api/v1/authentication", "Logs", Needs("audit.read"), [],
    AuthenticationQuery, Nothing => 200 AuthenticationPage;

    /// Counts who was let in or refused, minute by minute.
    VerdictsRead = "verdict_read", Get "/api/v1/verdicts", "Logs", Needs("audit.read"), [],
    VerdictQuery, Nothing => 200 Verdicts;

    /// Reads a time as `expires` and `not_before` would.
    TimeExplain = "time_read", Get "/api/v1/times", "Help", Authenticated, [],
    TimeQuery, Nothing => 200 TimeRead;

    /// Reads addresses as a token's list would.
    AddressesExplain = "address_read", Post "/api/v1/addresses", "Help", Authenticated, [],
    Nothing, AddressText => 200 AddressesRead;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_operations_have_the_same_id_or_place() {
        let ids: BTreeSet<_> = TABLE.iter().map(|entry| entry.info.id).collect();
        let place = |entry: &Entry| (entry.info.path, entry.info.method.as_str());
        let places: BTreeSet<_> = TABLE.iter().map(place).collect();
        assert_eq!((ids.len(), places.len()), (TABLE.len(), TABLE.len()));
    }

    /// NT-66: nobody changes anything without saying who he is, but to say so.
    #[test]
    fn nt66_the_only_open_operation_is_to_sign_in() {
        let open = TABLE.iter().filter(|entry| entry.info.access == Open);
        let open: Vec<_> = open.map(|entry| entry.info.id).collect();
        assert_eq!(open, ["session_open"]);
    }
}
