//! The one permission check: whether an actor may do something. What is allowed comes back as a [`Permit`], which
//! the audit line needs; so nothing is done that was not asked for here.

use crate::{
    error::Refusal,
    id::{PersonaId, UserId},
    principal::{Power, Principal},
    token::Token,
};

/// Proof that an actor may do what he wished. Made only by [`may`], and for the server's own operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    actor: String,
    persona: PersonaId,
}

impl Permit {
    /// The permit of whoever can run the server's own command line: he owns the machine anyway.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            actor: "system".to_owned(),
            persona: PersonaId::DEFAULT,
        }
    }

    /// The permit to act for oneself, where no capability is asked for: to sign in and out.
    #[must_use]
    pub fn oneself(acting: &Principal) -> Self {
        Self {
            actor: acting.user.name.to_string(),
            persona: acting.persona,
        }
    }

    /// The permit to end a token by showing its string: who has it could use it, so he may give it up (RFC 7009).
    pub(crate) fn to_give_up(token: &Token) -> Self {
        Self {
            actor: token.subject.to_string(),
            persona: token.persona,
        }
    }

    /// Who got it.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    /// The persona he acts as.
    #[must_use]
    pub fn persona(&self) -> PersonaId {
        self.persona
    }
}

/// What somebody wishes to do.
#[derive(Debug, Clone, Copy)]
pub enum Wish<'a> {
    /// Delete tokens of this user; `None` is one who does not exist.
    DeleteTokens(Option<UserId>),
    /// Change his own password and profile.
    EditOneself,
    /// Make, change or delete personas.
    EditPersonas,
    /// Make, change or delete roles, content sets and computer groups.
    EditRoles,
    /// Change the settings.
    EditSettings,
    /// Make users; make, change or delete user groups.
    EditUsers,
    /// Change, lock or delete this user.
    EditUser(&'a Principal),
    /// See all tokens.
    ListAllTokens,
    /// See all personas.
    ListPersonas,
    /// See all roles, content sets and computer groups.
    ListRoles,
    /// See all users and user groups.
    ListUsers,
    /// Make, enable and disable tokens of this user; `None` is one who does not exist.
    ManageTokens(Option<UserId>),
    /// Read the audit log.
    ReadAudit,
    /// See the tokens of this user.
    ListTokens(UserId),
    /// See, and end, the sessions of this user.
    ManageSessions(UserId),
    /// See the settings.
    ReadSettings,
    /// See this user.
    ReadUser(UserId),
    /// Rotate his own tokens. Another's are rotated by who may make tokens for him.
    RotateTokens,
    /// Call the GraphQL gateway.
    UseGateway,
}

impl Wish<'_> {
    /// What `actor` wishes who rotates a token of `owner`.
    #[must_use]
    pub fn rotate(actor: UserId, owner: UserId) -> Self {
        if actor == owner {
            Self::RotateTokens
        } else {
            Self::ManageTokens(Some(owner))
        }
    }
}

/// Decides whether `actor` may have his wish.
pub fn may(actor: &Principal, wish: Wish<'_>) -> Result<Permit, Refusal> {
    let Demand {
        powers,
        requires,
        privilege,
    } = demand(actor.user.id, wish);
    let capable = powers.is_empty() || powers.iter().any(|power| actor.rights.has(*power));
    if capable && not_above(actor, wish) {
        return Ok(Permit {
            actor: actor.user.name.to_string(),
            persona: actor.persona,
        });
    }
    Err(Refusal {
        user: actor.user.name.clone(),
        requires,
        privilege,
    })
}

/// Nobody lays hands on the account of one who holds a power that he lacks (NT-18).
fn not_above(actor: &Principal, wish: Wish<'_>) -> bool {
    match wish {
        Wish::EditUser(target) => actor.rights.covers(&target.rights),
        _ => true,
    }
}

/// What a wish needs.
struct Demand {
    /// One of these; none where there are none.
    powers: &'static [Power],
    /// The same in Splunk's words.
    requires: &'static str,
    /// The same in Tanium's; the one to ask an administrator for.
    privilege: &'static str,
}

const fn one_of(
    powers: &'static [Power],
    requires: &'static str,
    privilege: &'static str,
) -> Demand {
    Demand {
        powers,
        requires,
        privilege,
    }
}

fn demand(actor: UserId, wish: Wish<'_>) -> Demand {
    use Power::{
        AuditRead, GatewayUse, PersonasEdit, RolesEdit, RolesList, SettingsEdit, TokensCreateAny,
        TokensCreateOwn, TokensListAny, TokensListOwn, TokensRevokeAny, TokensRotateOwn, UsersEdit,
        UsersList,
    };
    match wish {
        Wish::EditOneself => one_of(&[], "", ""),
        Wish::ManageSessions(user) | Wish::ReadUser(user) if user == actor => one_of(&[], "", ""),
        Wish::EditPersonas => one_of(&[PersonasEdit], "personas.edit", "write persona"),
        Wish::EditRoles => one_of(&[RolesEdit], "edit_roles", "administrator"),
        Wish::EditSettings | Wish::ReadSettings => {
            one_of(&[SettingsEdit], "edit_tokens_settings", "administrator")
        }
        Wish::EditUser(_) | Wish::EditUsers | Wish::ManageSessions(_) => {
            one_of(&[UsersEdit], "edit_user", "write user")
        }
        Wish::ListPersonas => one_of(
            &[PersonasEdit, UsersEdit, UsersList],
            "personas.edit or edit_user or list_all_users",
            "read user",
        ),
        Wish::ListRoles => one_of(
            &[RolesEdit, RolesList],
            "edit_roles or list_all_roles",
            "administrator",
        ),
        Wish::ListTokens(owner) if owner == actor => one_of(
            &[
                TokensCreateAny,
                TokensListAny,
                TokensCreateOwn,
                TokensListOwn,
            ],
            "edit_tokens_all or list_tokens_all or edit_tokens_own or list_tokens_own",
            "use token",
        ),
        Wish::ListAllTokens | Wish::ListTokens(_) => one_of(
            &[TokensCreateAny, TokensListAny],
            "edit_tokens_all or list_tokens_all",
            "view token",
        ),
        Wish::ListUsers | Wish::ReadUser(_) => one_of(
            &[UsersEdit, UsersList],
            "edit_user or list_all_users",
            "read user",
        ),
        Wish::DeleteTokens(Some(owner)) if owner == actor => one_of(
            &[TokensCreateAny, TokensCreateOwn, TokensRevokeAny],
            "edit_tokens_all or edit_tokens_own",
            "use token",
        ),
        Wish::ManageTokens(Some(owner)) if owner == actor => one_of(
            &[TokensCreateAny, TokensCreateOwn],
            "edit_tokens_all or edit_tokens_own",
            "use token",
        ),
        Wish::DeleteTokens(_) => one_of(
            &[TokensCreateAny, TokensRevokeAny],
            "edit_tokens_all",
            "revoke token",
        ),
        Wish::ManageTokens(_) => one_of(&[TokensCreateAny], "edit_tokens_all", "administrator"),
        Wish::ReadAudit => one_of(&[AuditRead], "audit.read", "read audit"),
        Wish::RotateTokens => one_of(
            &[TokensCreateAny, TokensCreateOwn, TokensRotateOwn],
            "edit_tokens_all or edit_tokens_own",
            "use token",
        ),
        Wish::UseGateway => one_of(&[GatewayUse], "gateway.use", "gateway use api"),
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, env, fs};

    use jiff::Timestamp;

    use super::*;
    use crate::{
        change::Change,
        id::{Capability, RoleName, RoleNumber, UserName},
        principal::{Generation, Profile, Role, User, World},
        settings::Settings,
    };

    /// The committed matrix.
    const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/permissions.txt");

    const HEAD: &str = "\
Who may what: every wish of src/permit.rs, for a holder of each built-in role and for one whose role grants nothing.
In brackets: whose. \"another\" holds the role user, \"admin\" the role admin.
A \"no\" tells the actor what stands under \"requires\".
Generated by TOKENRY_UPDATE=1 cargo nextest run -p tokenry-core permissions
";

    /// The roles of those who act; the last one is made here.
    const ROLES: &[&str] = &[
        "admin",
        "splunk-system-role",
        "power",
        "user",
        "can_delete",
        "content-administrator",
        "content-set-administrator",
        "api-gateway-user",
        "nothing",
    ];

    /// The roles of the others, to whom it is done.
    const OTHERS: &[&str] = &["user", "admin"];

    fn world() -> World {
        let mut roles = Role::built_in().unwrap();
        roles.push(Role::new(
            RoleName::parse("nothing").unwrap(),
            RoleNumber::from_number(1000),
        ));
        let names: Vec<_> = roles.iter().map(|role| role.name.as_str()).collect();
        assert!(
            names.iter().all(|name| ROLES.contains(name)) && names.len() == ROLES.len(),
            "the matrix must have a column for each of {names:?}"
        );
        let users = ROLES.iter().chain(OTHERS).zip(0..).map(|(role, id)| User {
            id: UserId::from_number(id),
            name: UserName::parse(&format!("user-{id}")).unwrap(),
            roles: vec![RoleName::parse(role).unwrap()],
            locked: false,
            deleted: false,
            token_epoch: 0,
            created: Timestamp::UNIX_EPOCH,
            profile: Profile::default(),
        });
        World::new(
            Generation::default(),
            users.collect(),
            roles,
            Settings::default(),
        )
    }

    fn principal(world: &World, number: usize) -> &Principal {
        let id = i64::try_from(number).unwrap();
        world.principal(UserId::from_number(id)).unwrap()
    }

    /// Every wish, by name, of one actor.
    fn wishes<'a>(actor: &'a Principal, world: &'a World) -> Vec<(&'static str, Wish<'a>)> {
        let user = principal(world, ROLES.len());
        let admin = principal(world, ROLES.len() + 1);
        let (own, other) = (actor.user.id, user.user.id);
        let wishes = vec![
            ("edit oneself", Wish::EditOneself),
            ("read user (own)", Wish::ReadUser(own)),
            ("read user (another)", Wish::ReadUser(other)),
            ("list users", Wish::ListUsers),
            ("make users", Wish::EditUsers),
            ("edit user (own)", Wish::EditUser(actor)),
            ("edit user (another)", Wish::EditUser(user)),
            ("edit user (admin)", Wish::EditUser(admin)),
            ("list personas", Wish::ListPersonas),
            ("edit personas", Wish::EditPersonas),
            ("list roles", Wish::ListRoles),
            ("edit roles", Wish::EditRoles),
            ("list tokens (own)", Wish::ListTokens(own)),
            ("list tokens (another)", Wish::ListTokens(other)),
            ("list tokens (all)", Wish::ListAllTokens),
            ("manage tokens (own)", Wish::ManageTokens(Some(own))),
            ("manage tokens (another)", Wish::ManageTokens(Some(other))),
            (
                "manage tokens (admin)",
                Wish::ManageTokens(Some(admin.user.id)),
            ),
            ("manage tokens (no such user)", Wish::ManageTokens(None)),
            ("delete tokens (own)", Wish::DeleteTokens(Some(own))),
            ("delete tokens (another)", Wish::DeleteTokens(Some(other))),
            ("delete tokens (no such user)", Wish::DeleteTokens(None)),
            ("rotate tokens (own)", Wish::RotateTokens),
            ("use the gateway", Wish::UseGateway),
            ("manage sessions (own)", Wish::ManageSessions(own)),
            ("manage sessions (another)", Wish::ManageSessions(other)),
            (
                "manage sessions (admin)",
                Wish::ManageSessions(admin.user.id),
            ),
            ("read settings", Wish::ReadSettings),
            ("edit settings", Wish::EditSettings),
            ("read audit log", Wish::ReadAudit),
        ];
        assert!(wishes.iter().all(|(_, wish)| is_in_the_matrix(*wish)));
        wishes
    }

    /// A new wish does not compile until it is here: then add it to [`wishes`] as well.
    fn is_in_the_matrix(wish: Wish<'_>) -> bool {
        match wish {
            Wish::DeleteTokens(_)
            | Wish::EditOneself
            | Wish::EditPersonas
            | Wish::EditRoles
            | Wish::EditSettings
            | Wish::EditUsers
            | Wish::EditUser(_)
            | Wish::ListAllTokens
            | Wish::ListPersonas
            | Wish::ListRoles
            | Wish::ListUsers
            | Wish::ManageTokens(_)
            | Wish::ReadAudit
            | Wish::ListTokens(_)
            | Wish::ManageSessions(_)
            | Wish::ReadSettings
            | Wish::ReadUser(_)
            | Wish::RotateTokens
            | Wish::UseGateway => true,
        }
    }

    /// One row: the wish, the answer to each role, and what a refusal says is required.
    fn row(world: &World, number: usize) -> Vec<String> {
        let actors = (0..ROLES.len()).map(|column| principal(world, column));
        let answers: Vec<_> = actors
            .map(|actor| may(actor, wishes(actor, world)[number].1))
            .collect();
        let refusals = answers.iter().filter_map(|answer| answer.as_ref().err());
        let requires: BTreeSet<_> = refusals.map(|refusal| refusal.requires).collect();
        assert!(requires.len() <= 1, "{requires:?}");
        let cells = answers.iter().map(|answer| match answer {
            Ok(_) => "yes",
            Err(_) => "no",
        });
        let name = wishes(principal(world, 0), world)[number].0;
        let requires = requires.first().copied().unwrap_or("none");
        let row = [name].into_iter().chain(cells).chain([requires]);
        row.map(str::to_owned).collect()
    }

    fn matrix() -> String {
        let world = world();
        let first = principal(&world, 0);
        let head = ["wish"].iter().chain(ROLES).chain(&["requires"]);
        let mut rows = vec![head.map(|text| (*text).to_owned()).collect::<Vec<_>>()];
        rows.extend((0..wishes(first, &world).len()).map(|number| row(&world, number)));
        let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap();
        let mut text = HEAD.to_owned();
        for row in &rows {
            let cells = row.iter().enumerate();
            let padded = cells.map(|(column, cell)| format!("{cell:<0$}", width(column)));
            let line = padded.collect::<Vec<_>>().join("  ");
            text.push('\n');
            text.push_str(line.trim_end());
        }
        text + "\n"
    }

    #[test]
    fn permissions_are_as_committed() {
        let now = matrix();
        if env::var_os("TOKENRY_UPDATE").is_some() {
            fs::write(FILE, &now).unwrap();
        }
        let committed = fs::read_to_string(FILE).unwrap_or_default();
        assert!(
            committed == now,
            "who may what is not as committed in {FILE}.\n\
             If it is meant, run this test with TOKENRY_UPDATE=1 and commit the file.\n\
             Committed:\n{committed}\nNow:\n{now}"
        );
    }

    /// Each power opens what it is for and nothing else, in either spelling.
    #[test]
    fn one_capability_opens_only_its_own_doors() {
        let cases: &[(&[&str], &str)] = &[
            (&["audit.read"], "read audit log"),
            (&["edit_roles", "roles.edit"], "list roles, edit roles"),
            (&["list_all_roles", "roles.list"], "list roles"),
            (
                &["edit_tokens_settings", "settings.edit"],
                "read settings, edit settings",
            ),
            (
                &["edit_tokens_all", "tokens.create.any"],
                "list tokens (own), list tokens (another), list tokens (all), manage tokens (own), \
                 manage tokens (another), manage tokens (admin), manage tokens (no such user), \
                 delete tokens (own), delete tokens (another), delete tokens (no such user), rotate tokens (own)",
            ),
            (
                &["edit_tokens_own", "tokens.create.own", "use token"],
                "list tokens (own), manage tokens (own), delete tokens (own), rotate tokens (own)",
            ),
            (
                &["rotate token", "tokens.rotate.own"],
                "rotate tokens (own)",
            ),
            (
                &["revoke token", "tokens.revoke.any"],
                "delete tokens (own), delete tokens (another), delete tokens (no such user)",
            ),
            (&["gateway use api", "gateway.use"], "use the gateway"),
            (
                &["personas.edit", "write persona"],
                "list personas, edit personas",
            ),
            (
                &["list_tokens_all", "tokens.list.any", "view token"],
                "list tokens (own), list tokens (another), list tokens (all)",
            ),
            (&["list_tokens_own", "tokens.list.own"], "list tokens (own)"),
            (
                &["list_all_users", "users.list", "read user"],
                "read user (another), list users, list personas",
            ),
            // The role user holds list_tokens_own, which an editor of users alone lacks.
            (
                &["edit_user", "users.edit", "write user"],
                "read user (another), list users, make users, edit user (own), list personas, \
                 manage sessions (another), manage sessions (admin)",
            ),
            (&["search", "list_tokens_scs", "tokens.use"], ""),
        ];
        for (spellings, opened) in cases {
            for spelling in *spellings {
                assert_eq!(opened_by(spelling), *opened, "{spelling}");
            }
        }
    }

    /// Lets the role `nothing` grant these after all.
    fn give_to_nothing(world: &mut World, capabilities: &[&str]) {
        let mut role = Role::new(
            RoleName::parse("nothing").unwrap(),
            RoleNumber::from_number(1000),
        );
        let parsed = capabilities.iter().map(|name| Capability::parse(name));
        role.capabilities = parsed.collect::<Result<_, _>>().unwrap();
        world.apply(&Change::RolePut(role));
    }

    /// The names of what needs a capability and is open to one who holds only this one.
    fn opened_by(capability: &str) -> String {
        const FREE: [&str; 3] = ["edit oneself", "read user (own)", "manage sessions (own)"];
        let mut world = world();
        give_to_nothing(&mut world, &[capability]);
        let actor = principal(&world, ROLES.len() - 1);
        let (free, opened): (Vec<_>, Vec<_>) = wishes(actor, &world)
            .into_iter()
            .filter(|(_, wish)| may(actor, *wish).is_ok())
            .map(|(name, _)| name)
            .partition(|name| FREE.contains(name));
        assert_eq!(free, FREE);
        opened.join(", ")
    }

    #[test]
    fn nt18_nobody_lays_hands_on_an_account_with_a_power_he_lacks() {
        let mut world = world();
        give_to_nothing(&mut world, &["edit_user", "edit_roles", "list_tokens_own"]);
        let editor = principal(&world, ROLES.len() - 1);
        for (column, role) in ROLES.iter().enumerate() {
            let above = ["admin", "splunk-system-role", "api-gateway-user"];
            let is_below = !above.contains(role);
            let target = principal(&world, column);
            assert_eq!(
                may(editor, Wish::EditUser(target)).is_ok(),
                is_below,
                "{role}"
            );
        }
    }

    #[test]
    fn a_permit_names_who_got_it() {
        let world = world();
        let somebody = principal(&world, 2);
        let permit = Permit::oneself(somebody);
        assert_eq!(permit.actor(), somebody.user.name.as_str());
        assert_eq!(permit.persona(), somebody.persona);
        assert_eq!(Permit::operator().actor(), "system");
    }
}
