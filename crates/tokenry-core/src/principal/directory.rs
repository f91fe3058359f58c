//! What users and roles refer to: groups of users, content sets, computer groups. They are carried and given ids
//! here; what they hold is the business of the APIs behind us (spec/tanium.md 6.3, 6.5).

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    error::Error,
    id::{ComputerGroupId, ContentSetId, PersonaId, RoleNumber, UserGroupId, UserId},
    principal::Persona,
};

/// When something was done, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stamp {
    /// Microseconds since 1970.
    pub micros: i64,
    /// The user.
    pub user: UserId,
    /// The persona he acted as.
    pub persona: PersonaId,
}

impl Stamp {
    /// The instant.
    #[must_use]
    pub fn at(self) -> Timestamp {
        Timestamp::from_microsecond(self.micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

/// A group of users: its members have its roles and computers in their default persona, and may act as its personas.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct UserGroup {
    /// Its id, never reused.
    pub id: UserGroupId,
    /// Its name, unique among groups that are not deleted, without regard to case.
    pub name: String,
    /// Who is in it.
    pub members: BTreeSet<UserId>,
    /// What its members may do.
    pub roles: BTreeSet<RoleNumber>,
    /// The computers its members manage.
    pub computer_group: Option<ComputerGroupId>,
    /// When it was last changed, and by whom.
    pub modified: Stamp,
    /// It is gone, and gives nobody anything.
    pub deleted: bool,
}

/// A content set.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ContentSet {
    /// Its id, never reused.
    pub id: ContentSetId,
    /// Its name, unique among sets that are not deleted, without regard to case.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// When it was last changed, and by whom.
    pub modified: Stamp,
    /// It is gone.
    pub deleted: bool,
}

/// Which of the vendor's kinds of group a computer group is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum GroupKind {
    /// `filter_flag`.
    Filter,
    /// `management_rights_flag`: what a user or persona may manage.
    Management,
    /// A list of computers made by hand.
    Manual,
}

/// A computer group.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ComputerGroup {
    /// Its id, never reused.
    pub id: ComputerGroupId,
    /// Its name, unique among groups that are not deleted, without regard to case.
    pub name: String,
    /// What is in it, in the vendor's query language, carried as it is.
    pub text: String,
    /// Its kind.
    pub kind: GroupKind,
    /// The content set it belongs to.
    pub content_set: ContentSetId,
    /// When it was last changed, and by whom.
    pub modified: Stamp,
    /// It is gone.
    pub deleted: bool,
}

/// The longest name of a group or content set, in characters.
pub const MAX_NAME: usize = 255;

/// The longest description, or text of a computer group, in characters (NT-63).
pub const MAX_TEXT: usize = 4096;

/// Anything of the directory that has an id and a name, and is kept when it is deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Object {
    /// A computer group.
    ComputerGroup(ComputerGroup),
    /// A content set.
    ContentSet(ContentSet),
    /// A persona.
    Persona(Persona),
    /// A group of users.
    UserGroup(UserGroup),
}

impl Object {
    /// The name of its kind, as it is stored.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ComputerGroup(_) => "computer_group",
            Self::ContentSet(_) => "content_set",
            Self::Persona(_) => "persona",
            Self::UserGroup(_) => "user_group",
        }
    }

    /// Its id, unique among its kind.
    #[must_use]
    pub fn id(&self) -> i64 {
        match self {
            Self::ComputerGroup(group) => group.id.number(),
            Self::ContentSet(set) => set.id.number(),
            Self::Persona(persona) => persona.id.number(),
            Self::UserGroup(group) => group.id.number(),
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ComputerGroup(group) => &group.name,
            Self::ContentSet(set) => &set.name,
            Self::Persona(persona) => &persona.name,
            Self::UserGroup(group) => &group.name,
        }
    }

    /// Whether it is gone.
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        match self {
            Self::ComputerGroup(group) => group.deleted,
            Self::ContentSet(set) => set.deleted,
            Self::Persona(persona) => persona.deleted,
            Self::UserGroup(group) => group.deleted,
        }
    }

    /// What is stored of it, as JSON.
    pub fn to_json(&self) -> Result<String, Error> {
        match self {
            Self::ComputerGroup(group) => serde_json::to_string(group),
            Self::ContentSet(set) => serde_json::to_string(set),
            Self::Persona(persona) => serde_json::to_string(persona),
            Self::UserGroup(group) => serde_json::to_string(group),
        }
        .map_err(Error::internal)
    }

    /// Reads what [`Object::to_json`] wrote of this kind.
    pub fn from_json(kind: &str, json: &str) -> Result<Self, Error> {
        match kind {
            "computer_group" => serde_json::from_str(json).map(Self::ComputerGroup),
            "content_set" => serde_json::from_str(json).map(Self::ContentSet),
            "persona" => serde_json::from_str(json).map(Self::Persona),
            "user_group" => serde_json::from_str(json).map(Self::UserGroup),
            _ => return Err(Error::internal(format!("an object of unknown kind {kind}"))),
        }
        .map_err(Error::internal)
    }

    /// What is there from the start (spec/tanium.md 6.3, 6.5).
    #[must_use]
    pub fn built_in() -> Vec<Self> {
        let modified = Stamp {
            micros: 0,
            user: UserId::from_number(0),
            persona: PersonaId::DEFAULT,
        };
        let set = |id, name: &str| {
            Self::ContentSet(ContentSet {
                id: ContentSetId::from_number(id),
                name: name.to_owned(),
                description: String::new(),
                modified,
                deleted: false,
            })
        };
        let group = |id, name: &str| {
            Self::ComputerGroup(ComputerGroup {
                id: ComputerGroupId::from_number(id),
                name: name.to_owned(),
                text: String::new(),
                kind: GroupKind::Management,
                content_set: ContentSetId::from_number(1),
                modified,
                deleted: false,
            })
        };
        vec![
            set(1, "Reserved"),
            set(2, "Default"),
            group(1, "All Computers"),
            group(2, "No Computers"),
            group(3, "Default"),
        ]
    }
}
