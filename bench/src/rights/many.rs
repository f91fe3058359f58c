//! A great directory: fifty roles with privileges on some of two hundred content sets, twenty user groups, and many users
//! or personas who have them all.

use std::collections::BTreeSet;

use tokenry_core::{
    change::Change,
    id::{
        Capability, ComputerGroupId, ContentSetId, PersonaId, RoleName, RoleNumber, UserGroupId,
        UserId,
    },
    principal::{ContentSet, Generation, Object, Persona, Role, Stamp, User, UserGroup, World},
    settings::Settings,
};

use crate::{random::Random, town::user};

const ROLES: u32 = 50;
const PRIVILEGES: u32 = 10;
const SETS: u32 = 200;
/// On how many content sets a role grants each of its privileges.
const SETS_OF_ONE: usize = 4;
const GROUPS: u32 = 20;

/// Ids of ours begin there.
const FIRST: i64 = 100_000;

/// Who has the rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holders {
    /// Users as themselves.
    Users,
    /// Personas, each of a plain user of its own.
    Personas,
}

impl Holders {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Personas => "personas",
        }
    }
}

pub(super) fn user_id(place: u32) -> UserId {
    UserId::from_number(FIRST + i64::from(place))
}

/// A world with so many holders.
pub(super) fn world(holders: Holders, many: u32) -> anyhow::Result<World> {
    let mut all = roles()?;
    all.extend(Role::built_in()?);
    let world = World::new(Generation(1), Vec::new(), all, Settings::default());
    let mut world = world.with_objects(objects(holders, many));
    // One by one behind all others, so that the rights of each are added up only once.
    for place in 0..many {
        let user = match holders {
            Holders::Users => heavy_user(place),
            Holders::Personas => plain_user(place),
        };
        world.apply(&Change::UserPut(user?));
    }
    Ok(world)
}

/// A user with all roles.
pub(super) fn heavy_user(place: u32) -> anyhow::Result<User> {
    let names: Vec<String> = (0..ROLES).map(role_name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    user(user_id(place), &format!("heavy{place}"), &names)
}

fn plain_user(place: u32) -> anyhow::Result<User> {
    user(user_id(place), &format!("plain{place}"), &["user"])
}

/// Fifty roles. The first may use tokens; the privileges of all are on content sets.
pub(super) fn roles() -> anyhow::Result<Vec<Role>> {
    let mut random = Random::new(4);
    let mut roles = Vec::new();
    for place in 0..ROLES {
        let mut role = Role::new(RoleName::parse(&role_name(place))?, role_number(place));
        for privilege in 0..PRIVILEGES {
            let capability = Capability::parse(&format!("write module {place} part {privilege}"))?;
            let sets = (0..SETS_OF_ONE).map(|_| random.below(SETS as usize));
            let grants = sets.map(|set| (content_set(set), capability.clone()));
            role.details.grants.extend(grants);
        }
        if place == 0 {
            role.capabilities.insert(Capability::parse("use token")?);
        }
        roles.push(role);
    }
    Ok(roles)
}

/// The content sets, the groups that all users are in, and the personas.
pub(super) fn objects(holders: Holders, many: u32) -> Vec<Object> {
    let sets = content_sets().map(|id| {
        Object::ContentSet(ContentSet {
            id,
            name: format!("set {id}"),
            description: String::new(),
            modified: stamp(),
            deleted: false,
        })
    });
    let mut all: Vec<Object> = sets.collect();
    match holders {
        Holders::Users => {
            all.extend((0..GROUPS).map(|place| Object::UserGroup(group(place, many))));
        }
        Holders::Personas => all.extend((0..many).map(|place| Object::Persona(persona(place)))),
    }
    all
}

pub(super) fn content_sets() -> impl Iterator<Item = ContentSetId> {
    (0..SETS as usize).map(content_set)
}

/// Each group has every twentieth of the roles.
fn group(place: u32, many: u32) -> UserGroup {
    let own = (place..ROLES).step_by(GROUPS as usize);
    UserGroup {
        id: UserGroupId::from_number(FIRST + i64::from(place)),
        name: format!("group {place}"),
        members: (0..many).map(user_id).collect(),
        roles: own.map(role_number).collect(),
        computer_group: None,
        modified: stamp(),
        deleted: false,
    }
}

fn persona(place: u32) -> Persona {
    Persona {
        id: PersonaId::from_number(FIRST + i64::from(place)),
        name: format!("persona {place}"),
        display_name: String::new(),
        computer_group: ComputerGroupId::NO_COMPUTERS,
        roles: (0..ROLES).map(role_number).collect(),
        users: [user_id(place)].into(),
        user_groups: BTreeSet::new(),
        require_reauthentication: false,
        metadata: String::new(),
        track_computer_id: false,
        track_computer_id_interval: Persona::MIN_INTERVAL,
        created: stamp(),
        modified: stamp(),
        deleted: false,
    }
}

fn role_name(place: u32) -> String {
    format!("module-{place}-writer")
}

fn role_number(place: u32) -> RoleNumber {
    RoleNumber::from_number(FIRST + i64::from(place))
}

fn content_set(place: usize) -> ContentSetId {
    ContentSetId::from_number(FIRST + i64::try_from(place).unwrap_or(0))
}

fn stamp() -> Stamp {
    Stamp {
        micros: 0,
        user: user_id(0),
        persona: PersonaId::DEFAULT,
    }
}
