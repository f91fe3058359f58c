//! The world: all users, groups, personas, roles and settings as of one generation. Use cases read it, compute, and
//! commit only if it is still the same; verifiers hold a copy that every committed change moves on.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use crate::{
    change::Change,
    id::{
        Capability, ComputerGroupId, ContentSetId, PersonaId, RoleName, RoleNumber, UserGroupId,
        UserId, UserName,
    },
    principal::{
        ComputerGroup, ContentSet, FIRST_FREE_NUMBER, Object, Persona, Rights, Role, User,
        UserGroup, rights::reachable,
    },
    settings::Settings,
    token::Scope,
};

/// Counts the changes to users, roles and settings. A batch that was computed from one generation is refused if
/// another has been committed meanwhile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub i64);

/// A user acting as one of his personas, together with what he may do so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account.
    pub user: User,
    /// The persona he acts as.
    pub persona: PersonaId,
    /// What he may do.
    pub rights: Arc<Rights>,
}

impl Principal {
    /// The same user with no more rights than the scope of his token.
    #[must_use]
    pub fn narrowed(&self, scope: &Scope) -> Self {
        Self {
            rights: Arc::new(self.rights.within(scope)),
            ..self.clone()
        }
    }
}

/// All users, groups, personas, roles and settings. Cheap to clone next to what it holds: users are shared.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// Which generation this is.
    pub generation: Generation,
    /// In their default personas.
    users: HashMap<UserId, Arc<Principal>>,
    /// In their alternative ones: exactly those that they may act as.
    personas_of: HashMap<(UserId, PersonaId), Arc<Principal>>,
    names: BTreeMap<UserName, UserId>,
    roles: BTreeMap<RoleName, Role>,
    role_numbers: HashMap<RoleNumber, RoleName>,
    personas: BTreeMap<PersonaId, Arc<Persona>>,
    user_groups: BTreeMap<UserGroupId, Arc<UserGroup>>,
    content_sets: BTreeMap<ContentSetId, Arc<ContentSet>>,
    computer_groups: BTreeMap<ComputerGroupId, Arc<ComputerGroup>>,
    settings: Settings,
}

impl World {
    /// The world made of what a store holds.
    #[must_use]
    pub fn new(
        generation: Generation,
        users: Vec<User>,
        roles: Vec<Role>,
        settings: Settings,
    ) -> Self {
        let mut world = Self {
            generation,
            settings,
            ..Self::default()
        };
        for role in roles {
            world.put_role(role);
        }
        for user in users {
            world.names.insert(user.name.clone(), user.id);
            let principal = Principal {
                user,
                persona: PersonaId::DEFAULT,
                rights: Arc::default(),
            };
            world.users.insert(principal.user.id, Arc::new(principal));
        }
        world.evaluate_all();
        world
    }

    /// The same world with these objects in it.
    #[must_use]
    pub fn with_objects(mut self, objects: Vec<Object>) -> Self {
        for object in objects {
            self.put_object(object);
        }
        self.evaluate_all();
        self
    }

    /// The user of this id in his default persona, if he still exists. He may be deleted.
    #[must_use]
    pub fn principal(&self, id: UserId) -> Option<&Arc<Principal>> {
        self.users.get(&id)
    }

    /// The user of this id, acting as this persona: `None` if he may not, or if either does not exist.
    #[must_use]
    pub fn acting(&self, id: UserId, persona: PersonaId) -> Option<&Arc<Principal>> {
        if persona == PersonaId::DEFAULT {
            self.users.get(&id)
        } else {
            self.personas_of.get(&(id, persona))
        }
    }

    /// The user of this name in his default persona, unless he is deleted.
    #[must_use]
    pub fn named(&self, name: &UserName) -> Option<&Arc<Principal>> {
        self.named_or_deleted(name).filter(|one| !one.user.deleted)
    }

    /// The user who has this name, even if he is deleted.
    #[must_use]
    pub fn named_or_deleted(&self, name: &UserName) -> Option<&Arc<Principal>> {
        self.users.get(self.names.get(name)?)
    }

    /// All users but the deleted ones, sorted by name.
    pub fn users(&self) -> impl Iterator<Item = &Arc<Principal>> {
        self.users_and_deleted().filter(|one| !one.user.deleted)
    }

    /// All users, the deleted ones included, sorted by name.
    pub fn users_and_deleted(&self) -> impl Iterator<Item = &Arc<Principal>> {
        self.names.values().filter_map(|id| self.users.get(id))
    }

    /// All roles by name.
    #[must_use]
    pub fn roles(&self) -> &BTreeMap<RoleName, Role> {
        &self.roles
    }

    /// The role of this number.
    #[must_use]
    pub fn role_of_number(&self, number: RoleNumber) -> Option<&Role> {
        self.roles.get(self.role_numbers.get(&number)?)
    }

    /// All personas by id, the deleted ones included.
    #[must_use]
    pub fn personas(&self) -> &BTreeMap<PersonaId, Arc<Persona>> {
        &self.personas
    }

    /// The personas other than the default one that a user may act as.
    pub fn personas_of(&self, user: UserId) -> impl Iterator<Item = &Arc<Persona>> {
        let groups: BTreeSet<_> = self.groups_of(user).map(|group| group.id).collect();
        self.personas.values().filter(move |persona| {
            let assigned = persona.users.contains(&user);
            !persona.deleted && (assigned || !persona.user_groups.is_disjoint(&groups))
        })
    }

    /// All user groups by id, the deleted ones included.
    #[must_use]
    pub fn user_groups(&self) -> &BTreeMap<UserGroupId, Arc<UserGroup>> {
        &self.user_groups
    }

    /// All content sets by id, the deleted ones included.
    #[must_use]
    pub fn content_sets(&self) -> &BTreeMap<ContentSetId, Arc<ContentSet>> {
        &self.content_sets
    }

    /// All computer groups by id, the deleted ones included.
    #[must_use]
    pub fn computer_groups(&self) -> &BTreeMap<ComputerGroupId, Arc<ComputerGroup>> {
        &self.computer_groups
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// An id that nothing ever had: for what the change that follows makes. It is that of the generation which will
    /// hold it, so nothing needs to be counted.
    #[must_use]
    pub fn free_number(&self) -> i64 {
        FIRST_FREE_NUMBER + self.generation.0
    }

    /// Every capability any role grants, sorted.
    #[must_use]
    pub fn capabilities(&self) -> BTreeSet<&Capability> {
        self.roles
            .values()
            .flat_map(|role| &role.capabilities)
            .collect()
    }

    /// The roles that `role` imports, directly or not, itself left out.
    #[must_use]
    pub fn imported_by<'a>(&'a self, role: &Role) -> Vec<&'a Role> {
        let mut imported = reachable(&role.imports, &self.roles);
        imported.retain(|other| other.name != role.name);
        imported
    }

    /// What holding these roles would amount to.
    #[must_use]
    pub fn rights_of(&self, roles: &[RoleName]) -> Rights {
        Rights::of(roles, &self.roles)
    }

    /// What acting as this persona amounts to.
    #[must_use]
    pub fn rights_of_persona(&self, persona: &Persona) -> Rights {
        self.rights_of_numbers(persona.roles.iter().copied())
            .over([persona.computer_group].into())
    }

    /// What holding the roles of these numbers would amount to.
    #[must_use]
    pub fn rights_of_numbers(&self, numbers: impl IntoIterator<Item = RoleNumber>) -> Rights {
        let found = numbers.into_iter().filter_map(|n| self.role_of_number(n));
        Rights::of(found.map(|role| &role.name), &self.roles)
    }

    /// Moves the world on by one committed change.
    pub fn apply(&mut self, change: &Change) {
        self.apply_all(std::slice::from_ref(change));
    }

    /// Moves the world on by the changes of one commit, and works out what everybody may do now, once. Changes to
    /// tokens and sessions leave it as it is.
    pub fn apply_all(&mut self, changes: &[Change]) {
        let mut concerns_everybody = false;
        for change in changes {
            match change {
                Change::ObjectPut(object) => concerns_everybody |= self.put_object(object.clone()),
                Change::RoleDeleted(name) => {
                    self.remove_role(name);
                    concerns_everybody = true;
                }
                Change::RolePut(role) if self.roles.get(&role.name) == Some(role) => {}
                Change::RolePut(role) => {
                    self.put_role(role.clone());
                    concerns_everybody = true;
                }
                Change::SettingsPut(settings) => self.settings = settings.clone(),
                Change::UserDeleted(id) => self.remove_user(*id),
                Change::UserPut(user) => self.put_user(user.clone()),
                Change::SessionEnded(_)
                | Change::SessionsEnded(_)
                | Change::TokenChanged(_)
                | Change::TokensChanged(_) => {}
            }
        }
        if concerns_everybody {
            self.evaluate_all();
        }
    }

    fn put_role(&mut self, role: Role) {
        self.remove_role(&role.name);
        self.role_numbers.insert(role.number, role.name.clone());
        self.roles.insert(role.name.clone(), role);
    }

    fn remove_role(&mut self, name: &RoleName) {
        if let Some(role) = self.roles.remove(name) {
            self.role_numbers.remove(&role.number);
        }
    }

    /// Puts an object in, and says whether anybody's rights may depend on it.
    fn put_object(&mut self, object: Object) -> bool {
        match object {
            Object::ComputerGroup(group) => {
                self.computer_groups.insert(group.id, Arc::new(group));
                false
            }
            Object::ContentSet(set) => {
                self.content_sets.insert(set.id, Arc::new(set));
                false
            }
            Object::Persona(persona) => {
                self.personas.insert(persona.id, Arc::new(persona));
                true
            }
            Object::UserGroup(group) => {
                self.user_groups.insert(group.id, Arc::new(group));
                true
            }
        }
    }

    fn put_user(&mut self, user: User) {
        self.remove_user(user.id);
        self.names.insert(user.name.clone(), user.id);
        let rights = Arc::new(self.default_rights(&user));
        let personas = self.personas_of(user.id).map(Arc::clone).collect();
        self.put_personas(&user, personas, &mut Evaluation::default());
        let principal = Principal {
            user,
            persona: PersonaId::DEFAULT,
            rights,
        };
        self.users.insert(principal.user.id, Arc::new(principal));
    }

    fn remove_user(&mut self, id: UserId) {
        let Some(principal) = self.users.remove(&id) else {
            return;
        };
        self.personas_of.retain(|(user, _), _| *user != id);
        let name = &principal.user.name;
        if self.names.get(name) == Some(&id) {
            self.names.remove(name);
        }
    }

    /// His own roles and computers, and those of his groups (spec/tanium.md 6.2).
    fn default_rights(&self, user: &User) -> Rights {
        let groups = || self.groups_of(user.id);
        let numbers = groups().flat_map(|group| group.roles.iter().copied());
        let from_groups = numbers.filter_map(|number| self.role_of_number(number));
        let held = user.roles.iter();
        let held = held.chain(from_groups.map(|role| &role.name));
        let computers = groups().filter_map(|group| group.computer_group);
        let computers = computers.chain(user.profile.computer_group);
        Rights::of(held, &self.roles).over(computers.collect())
    }

    /// The groups a user is in.
    pub fn groups_of(&self, user: UserId) -> impl Iterator<Item = &Arc<UserGroup>> {
        let has_him =
            move |group: &&Arc<UserGroup>| !group.deleted && group.members.contains(&user);
        self.user_groups.values().filter(has_him)
    }

    /// Puts in the personas that a user may act as, which are these.
    fn put_personas(
        &mut self,
        user: &User,
        personas: Vec<Arc<Persona>>,
        evaluation: &mut Evaluation,
    ) {
        for persona in personas {
            let rights = evaluation
                .of_personas
                .entry(persona.id)
                .or_insert_with(|| Arc::new(self.rights_of_persona(&persona)));
            let key = (user.id, persona.id);
            let now = Principal {
                user: user.clone(),
                persona: persona.id,
                rights: Arc::clone(rights),
            };
            let unchanged = evaluation.before.remove(&key).filter(|old| **old == now);
            self.personas_of
                .insert(key, unchanged.unwrap_or_else(|| Arc::new(now)));
        }
    }

    /// Works out anew what everybody may do. Users who have the same roles and groups share what comes of it, and who
    /// may do what he could is left as he was.
    fn evaluate_all(&mut self) {
        let mut evaluation = Evaluation {
            before: std::mem::take(&mut self.personas_of),
            ..Evaluation::default()
        };
        let mut personas = self.personas_by_user();
        let users: Vec<_> = self.users.values().map(Arc::clone).collect();
        for principal in users {
            let user = &principal.user;
            let groups = self.groups_of(user.id).map(|group| group.id).collect();
            let basis = (user.roles.clone(), groups, user.profile.computer_group);
            let rights = evaluation
                .of_users
                .entry(basis)
                .or_insert_with(|| Arc::new(self.default_rights(user)));
            if *rights != principal.rights {
                let now = Principal {
                    rights: Arc::clone(rights),
                    ..Principal::clone(&principal)
                };
                self.users.insert(user.id, Arc::new(now));
            }
            let his = personas.remove(&user.id).unwrap_or_default();
            self.put_personas(user, his.into_values().collect(), &mut evaluation);
        }
    }

    fn personas_by_user(&self) -> HashMap<UserId, BTreeMap<PersonaId, Arc<Persona>>> {
        let mut found: HashMap<_, BTreeMap<_, _>> = HashMap::new();
        for persona in self.personas.values().filter(|persona| !persona.deleted) {
            let groups = persona.user_groups.iter();
            let groups = groups.filter_map(|id| self.user_groups.get(id));
            let living = groups.filter(|group| !group.deleted);
            let members = living.flat_map(|group| &group.members);
            for user in persona.users.iter().chain(members) {
                let his = found.entry(*user).or_default();
                his.insert(persona.id, Arc::clone(persona));
            }
        }
        found
    }
}

/// What a user's own rights come of: roles, groups, computers.
type Basis = (Vec<RoleName>, Vec<UserGroupId>, Option<ComputerGroupId>);

/// What is worked out once while many users are evaluated.
#[derive(Default)]
struct Evaluation {
    /// What may be the same still.
    before: HashMap<(UserId, PersonaId), Arc<Principal>>,
    of_personas: HashMap<PersonaId, Arc<Rights>>,
    of_users: HashMap<Basis, Arc<Rights>>,
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::{collection::vec, prelude::*, sample::subsequence};

    use super::*;
    use crate::{
        id::TokenId,
        principal::{Power, Profile},
        secret::Digest,
    };

    fn role_name(name: &str) -> RoleName {
        RoleName::parse(name).unwrap()
    }

    fn user(id: i64, name: &str, roles: &[&str]) -> User {
        User {
            id: UserId::from_number(id),
            name: UserName::parse(name).unwrap(),
            roles: roles.iter().map(|role| role_name(role)).collect(),
            locked: false,
            deleted: false,
            token_epoch: 0,
            created: Timestamp::UNIX_EPOCH,
            profile: Profile::default(),
        }
    }

    fn role(name: &str, imports: &[&str], capabilities: &[&str]) -> Role {
        let capabilities = capabilities.iter().map(|one| Capability::parse(one));
        Role {
            imports: imports.iter().map(|other| role_name(other)).collect(),
            capabilities: capabilities.collect::<Result<_, _>>().unwrap(),
            ..Role::new(role_name(name), RoleNumber::from_number(1))
        }
    }

    /// What a store would hold.
    #[derive(Debug, Default)]
    struct Model {
        users: BTreeMap<UserId, User>,
        roles: BTreeMap<RoleName, Role>,
        settings: Settings,
        objects: BTreeMap<(&'static str, i64), Object>,
    }

    impl Model {
        /// Brings about a change, as far as a store would allow it: names are unique and never change.
        fn allows(&mut self, change: &Change) -> bool {
            match change {
                Change::UserPut(user) => {
                    let is_free = |other: &User| (other.id == user.id) == (other.name == user.name);
                    let allowed = self.users.values().all(is_free);
                    if allowed {
                        self.users.insert(user.id, user.clone());
                    }
                    return allowed;
                }
                Change::UserDeleted(id) => return self.users.remove(id).is_some(),
                Change::RoleDeleted(name) => return self.roles.remove(name).is_some(),
                Change::RolePut(role) => {
                    self.roles.insert(role.name.clone(), role.clone());
                }
                Change::SettingsPut(settings) => self.settings = settings.clone(),
                Change::ObjectPut(object) => {
                    self.objects
                        .insert((object.kind(), object.id()), object.clone());
                }
                Change::SessionEnded(_)
                | Change::SessionsEnded(_)
                | Change::TokenChanged(_)
                | Change::TokensChanged(_) => {}
            }
            true
        }

        fn fresh(&self) -> World {
            World::new(
                Generation::default(),
                self.users.values().cloned().collect(),
                self.roles.values().cloned().collect(),
                self.settings.clone(),
            )
            .with_objects(self.objects.values().cloned().collect())
        }
    }

    const ROLES: &[&str] = &["a", "b", "c", "d"];
    const CAPABILITIES: &[&str] = &["edit_user", "users.edit", "edit_roles", "orders.read"];

    fn changes() -> impl Strategy<Value = Change> {
        let some_roles = || subsequence(ROLES, 0..=ROLES.len());
        let id = || (0..6_i64).prop_map(UserId::from_number);
        let put_user = (0..6_i64, some_roles(), any::<bool>(), 0..3_i64);
        let put_user = put_user.prop_map(|(id, roles, locked, token_epoch)| {
            // Two incarnations of each name.
            let user = user(id, &format!("user-{}", id % 3), &roles);
            Change::UserPut(User {
                locked,
                token_epoch,
                ..user
            })
        });
        let capabilities = subsequence(CAPABILITIES, 0..=CAPABILITIES.len());
        let put_role = (0..ROLES.len(), some_roles(), capabilities);
        let put_role = put_role.prop_map(|(name, imports, capabilities)| {
            Change::RolePut(Role {
                number: RoleNumber::from_number(1 + i64::try_from(name).unwrap()),
                ..role(ROLES[name], &imports, &capabilities)
            })
        });
        let settings = any::<bool>().prop_map(|disabled| {
            let mut settings = Settings::default();
            settings.tokens_auth.disabled = disabled;
            Change::SettingsPut(settings)
        });
        prop_oneof![
            4 => put_user,
            2 => id().prop_map(Change::UserDeleted),
            4 => put_role,
            2 => (0..ROLES.len()).prop_map(|name| Change::RoleDeleted(role_name(ROLES[name]))),
            3 => put_persona(),
            3 => put_user_group(),
            1 => put_place(),
            1 => settings,
            1 => id().prop_map(Change::TokensChanged),
            1 => id().prop_map(Change::SessionsEnded),
            1 => Just(Change::TokenChanged(TokenId::from_bytes([0; 32]))),
            1 => Just(Change::SessionEnded(Digest::of(""))),
        ]
    }

    /// Personas and groups that name some users, each other and some roles, all of which may not be there.
    fn put_persona() -> impl Strategy<Value = Change> {
        let users = subsequence((0..6).collect::<Vec<_>>(), 0..=3);
        let groups = subsequence((0..3).collect::<Vec<_>>(), 0..=2);
        let parts = (1..4_i64, role_numbers(), users, groups, any::<bool>());
        parts.prop_map(|(id, roles, users, groups, deleted)| {
            Change::ObjectPut(Object::Persona(Persona {
                roles,
                users: users.into_iter().map(UserId::from_number).collect(),
                user_groups: groups.into_iter().map(UserGroupId::from_number).collect(),
                deleted,
                ..persona(id)
            }))
        })
    }

    fn put_user_group() -> impl Strategy<Value = Change> {
        let members = subsequence((0..6).collect::<Vec<_>>(), 0..=3);
        let computers = prop_oneof![Just(None), (1..3_i64).prop_map(Some)];
        let parts = (0..3_i64, role_numbers(), members, computers, any::<bool>());
        parts.prop_map(|(id, roles, members, computers, deleted)| {
            Change::ObjectPut(Object::UserGroup(UserGroup {
                roles,
                members: members.into_iter().map(UserId::from_number).collect(),
                computer_group: computers.map(ComputerGroupId::from_number),
                deleted,
                ..user_group(id)
            }))
        })
    }

    /// A content set or a computer group that is there from the start, or no longer.
    fn put_place() -> impl Strategy<Value = Change> {
        let built_in = Object::built_in();
        (0..built_in.len(), any::<bool>()).prop_map(move |(index, deleted)| {
            let mut object = built_in[index].clone();
            match &mut object {
                Object::ComputerGroup(group) => group.deleted = deleted,
                Object::ContentSet(set) => set.deleted = deleted,
                Object::Persona(_) | Object::UserGroup(_) => {}
            }
            Change::ObjectPut(object)
        })
    }

    fn role_numbers() -> impl Strategy<Value = BTreeSet<RoleNumber>> {
        let numbers = subsequence((1..=4).collect::<Vec<i64>>(), 0..=2);
        numbers.prop_map(|numbers| numbers.into_iter().map(RoleNumber::from_number).collect())
    }

    fn stamp() -> crate::principal::Stamp {
        crate::principal::Stamp {
            micros: 0,
            user: UserId::from_number(0),
            persona: PersonaId::DEFAULT,
        }
    }

    fn persona(id: i64) -> Persona {
        Persona {
            id: PersonaId::from_number(id),
            name: format!("persona {id}"),
            display_name: String::new(),
            computer_group: ComputerGroupId::NO_COMPUTERS,
            roles: BTreeSet::new(),
            users: BTreeSet::new(),
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

    fn user_group(id: i64) -> UserGroup {
        UserGroup {
            id: UserGroupId::from_number(id),
            name: format!("group {id}"),
            members: BTreeSet::new(),
            roles: BTreeSet::new(),
            computer_group: None,
            modified: stamp(),
            deleted: false,
        }
    }

    fn assert_alike(world: &World, fresh: &World) {
        let all = |world: &World| world.users().cloned().collect::<Vec<_>>();
        assert_eq!(all(world), all(fresh));
        assert_eq!(world.users.len(), fresh.users.len());
        assert_eq!(world.personas_of, fresh.personas_of);
        assert_eq!(world.personas(), fresh.personas());
        assert_eq!(world.user_groups(), fresh.user_groups());
        assert_eq!(world.content_sets(), fresh.content_sets());
        assert_eq!(world.computer_groups(), fresh.computer_groups());
        assert_eq!(world.names, fresh.names);
        assert_eq!(world.roles(), fresh.roles());
        assert_eq!(world.settings(), fresh.settings());
        assert_eq!(world.capabilities(), fresh.capabilities());
    }

    proptest! {
        #[test]
        fn changes_lead_where_a_fresh_start_would(changes in vec(changes(), 0..40)) {
            let (mut model, mut world) = (Model::default(), World::default());
            for change in changes {
                if model.allows(&change) {
                    world.apply(&change);
                    assert_alike(&world, &model.fresh());
                }
            }
        }
    }

    #[test]
    fn a_user_is_found_by_id_and_by_name() {
        let users = vec![user(2, "b", &["r"]), user(1, "a", &[])];
        let roles = vec![role("r", &[], &["edit_user"])];
        let world = World::new(Generation(7), users, roles, Settings::default());
        let by_name = world.named(&UserName::parse("B").unwrap()).unwrap();
        let by_id = world.principal(UserId::from_number(2)).unwrap();
        assert!(Arc::ptr_eq(by_name, by_id));
        assert_eq!(*by_id.rights, world.rights_of(&[role_name("r")]));
        let names: Vec<_> = world.users().map(|one| one.user.name.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert!(world.principal(UserId::from_number(3)).is_none());
        assert!(world.named(&UserName::parse("c").unwrap()).is_none());
    }

    /// Changes of a replaced user may come late, or twice.
    #[test]
    fn nt14_the_end_of_an_old_incarnation_does_not_take_the_name_from_the_new_one() {
        let mut world = World::default();
        let (old, new) = (user(1, "a", &[]), user(2, "a", &[]));
        world.apply(&Change::UserPut(old));
        world.apply(&Change::UserPut(new.clone()));
        for _ in 0..2 {
            world.apply(&Change::UserDeleted(UserId::from_number(1)));
            assert_eq!(world.named(&new.name).unwrap().user, new);
            assert_eq!(world.users().count(), 1);
        }
    }

    /// spec/tanium.md 6.2: assigned to him, or to a group he is in, and neither deleted.
    #[test]
    fn a_user_acts_as_the_personas_assigned_to_him_and_to_his_groups() {
        let (anna, bob) = (UserId::from_number(1), UserId::from_number(2));
        let users = vec![user(1, "anna", &["r"]), user(2, "bob", &[])];
        let roles = vec![role("r", &[], &["edit_user"])];
        let group = UserGroup {
            members: [bob].into(),
            ..user_group(1)
        };
        let direct = Persona {
            users: [anna].into(),
            ..persona(1)
        };
        let grouped = Persona {
            user_groups: [group.id, UserGroupId::from_number(9)].into(),
            roles: [RoleNumber::from_number(1), RoleNumber::from_number(9)].into(),
            ..persona(2)
        };
        let objects = vec![
            Object::Persona(direct),
            Object::Persona(grouped.clone()),
            Object::UserGroup(group.clone()),
        ];
        let mut world = World::new(Generation::default(), users, roles, Settings::default())
            .with_objects(objects);
        let personas = |world: &World, user| {
            let all = (0..4).map(PersonaId::from_number);
            let may = all.filter(|id| world.acting(user, *id).is_some());
            may.map(PersonaId::number).collect::<Vec<_>>()
        };
        assert_eq!(personas(&world, anna), [0, 1]);
        assert_eq!(personas(&world, bob), [0, 2]);
        let edits_users = Power::UsersEdit;
        assert!(
            world
                .acting(anna, PersonaId::DEFAULT)
                .unwrap()
                .rights
                .has(edits_users)
        );
        assert!(
            !world
                .acting(anna, PersonaId::from_number(1))
                .unwrap()
                .rights
                .has(edits_users)
        );
        assert!(
            world
                .acting(bob, PersonaId::from_number(2))
                .unwrap()
                .rights
                .has(edits_users)
        );
        assert!(
            !world
                .acting(bob, PersonaId::DEFAULT)
                .unwrap()
                .rights
                .has(edits_users)
        );

        let gone = Object::UserGroup(UserGroup {
            deleted: true,
            ..group
        });
        world.apply(&Change::ObjectPut(gone));
        assert_eq!(personas(&world, bob), [0]);
        let his = Persona {
            users: [bob].into(),
            ..grouped
        };
        world.apply(&Change::ObjectPut(Object::Persona(his.clone())));
        assert_eq!(personas(&world, bob), [0, 2]);
        world.apply(&Change::UserDeleted(bob));
        assert!(personas(&world, bob).is_empty());
        world.apply(&Change::UserPut(user(2, "bob", &[])));
        let deleted = Persona {
            deleted: true,
            ..his
        };
        world.apply(&Change::ObjectPut(Object::Persona(deleted)));
        assert_eq!(personas(&world, bob), [0]);
    }

    /// Whatever many users may act as is worked out once, and kept where nothing changed.
    #[test]
    fn rights_of_a_persona_are_shared_and_users_whom_a_change_does_not_touch_stay_the_same() {
        let users = vec![user(1, "anna", &["r"]), user(2, "bob", &[])];
        let roles = vec![role("r", &[], &["edit_user"])];
        let (anna, bob) = (UserId::from_number(1), UserId::from_number(2));
        let both = Persona {
            users: [anna, bob].into(),
            ..persona(1)
        };
        let mut world = World::new(Generation::default(), users, roles, Settings::default())
            .with_objects(vec![Object::Persona(both)]);
        let acting = |world: &World, user| {
            let found = world.acting(user, PersonaId::from_number(1));
            Arc::clone(found.unwrap())
        };
        let before = [anna, bob].map(|user| acting(&world, user));
        assert!(Arc::ptr_eq(&before[0].rights, &before[1].rights));
        let default = Arc::clone(world.principal(anna).unwrap());
        let other = Persona {
            users: [bob].into(),
            ..persona(2)
        };
        world.apply(&Change::ObjectPut(Object::Persona(other)));
        for (user, before) in [anna, bob].into_iter().zip(&before) {
            assert!(Arc::ptr_eq(&acting(&world, user), before));
        }
        assert!(Arc::ptr_eq(world.principal(anna).unwrap(), &default));
    }

    #[test]
    fn a_role_imports_all_it_reaches_but_not_itself() {
        let roles = vec![
            role("a", &["b"], &[]),
            role("b", &["c", "ghost"], &[]),
            role("c", &["a"], &[]),
        ];
        let world = World::new(Generation::default(), vec![], roles, Settings::default());
        let imported = world.imported_by(&world.roles()[&role_name("a")]);
        let names: Vec<_> = imported.iter().map(|role| role.name.as_str()).collect();
        assert_eq!(names, ["b", "c"]);
    }
}
