//! Makes, changes and deletes users.

mod profile;

use std::sync::Arc;

use jiff::Timestamp;

pub use self::profile::ProfileEdit;
use crate::{
    app::{
        App, Caller, Origin,
        objects::{and_put, check_computer_group},
    },
    audit::{Action, Event},
    change::Change,
    error::Error,
    id::{RoleName, RoleNumber, UserId, UserName, hex},
    permit::{Permit, Wish},
    port::{Batch, Write},
    principal::{
        Object, Persona, Power, Principal, Profile, Role, User, UserGroup, World,
        password::{self, PasswordHash},
    },
    secret::Plaintext,
    token::{End, EndReason},
};

/// A user to make.
pub struct NewUser {
    /// His name; must be free.
    pub name: UserName,
    /// His first password. Without one he has a password that nobody knows, until somebody sets another.
    pub password: Option<Plaintext>,
    /// The roles he is to hold, in this order.
    pub roles: Vec<RoleName>,
    /// Make a role of his own, `user-<name>`, and give it to him too (the vendor's `createrole`).
    pub create_role: bool,
    /// What else is said of him.
    pub profile: ProfileEdit,
}

/// What to change of a user; `None` leaves it as it is.
#[derive(Default)]
pub struct UserEdit {
    /// Replaces his roles.
    pub roles: Option<Vec<RoleName>>,
    /// Replaces his password, and ends his sessions.
    pub password: Option<Plaintext>,
    /// His present password; needed to change one's own.
    pub old_password: Option<Plaintext>,
    /// Locks him out, or lets him in again.
    pub locked: Option<bool>,
    /// Deletes him for as long as nobody brings him back, and ends his sessions; or brings him back.
    pub deleted: Option<bool>,
    /// Changes his profile.
    pub profile: ProfileEdit,
}

/// Who is refused lacks these.
const NO_MORE_THAN_HIS: &str = "every capability over tokens, users and roles that the roles grant";

/// Which user is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whom {
    /// The one of this id.
    Id(UserId),
    /// The one of this name, as a client wrote it.
    Name(String),
}

impl Whom {
    /// Finds him, deleted or not.
    fn find<'a>(&self, world: &'a World) -> Option<&'a Arc<Principal>> {
        match self {
            Self::Id(id) => world.principal(*id),
            Self::Name(name) => world.named_or_deleted(&UserName::parse(name).ok()?),
        }
    }

    fn unknown(&self) -> Error {
        match self {
            Self::Id(id) => Error::not_found("user", id.to_string()),
            Self::Name(name) => Error::not_found("user", name),
        }
    }
}

impl App {
    /// All users that are not deleted, by name, for one who may see them.
    pub fn list_users(&self, caller: &Caller) -> Result<Vec<Arc<Principal>>, Error> {
        caller.may(Wish::ListUsers)?;
        Ok(self.world().users().cloned().collect())
    }

    /// All users, those included that can be brought back, for one who may see them.
    pub fn list_users_and_deleted(&self, caller: &Caller) -> Result<Vec<Arc<Principal>>, Error> {
        caller.may(Wish::ListUsers)?;
        Ok(self.world().users_and_deleted().cloned().collect())
    }

    /// One user who is not deleted: oneself, or anybody for one who may see all.
    pub fn user(&self, caller: &Caller, name: &str) -> Result<Arc<Principal>, Error> {
        let found = self.user_or_deleted(caller, &Whom::Name(name.to_owned()))?;
        if found.user.deleted {
            return Err(Error::not_found("user", name));
        }
        Ok(found)
    }

    /// One user, even if he is deleted: oneself, or anybody for one who may see all.
    pub fn user_or_deleted(&self, caller: &Caller, whom: &Whom) -> Result<Arc<Principal>, Error> {
        let world = self.world();
        let found = whom.find(&world);
        caller.may(found.map_or(Wish::ListUsers, |one| Wish::ReadUser(one.user.id)))?;
        found.cloned().ok_or_else(|| whom.unknown())
    }

    /// Whether wrong passwords have locked a user out for a while.
    #[must_use]
    pub fn is_locked_out(&self, user: UserId, now: Timestamp) -> bool {
        self.attempts.is_locked_out(user, now)
    }

    /// Makes a user.
    pub async fn create_user(
        &self,
        caller: &Caller,
        new: NewUser,
    ) -> Result<Arc<Principal>, Error> {
        caller.may(Wish::EditUsers)?;
        let password = self.first_password(new.password)?;
        let profile = new.profile.applied_to(Profile::default())?;
        let own_role = new
            .create_role
            .then(|| RoleName::parse_as("createrole", &format!("user-{}", new.name)));
        let own_role = own_role.transpose()?;
        let user = User {
            id: UserId::from_number(0),
            name: new.name,
            roles: new.roles.into_iter().chain(own_role.clone()).collect(),
            locked: new.profile.locks().unwrap_or(false),
            deleted: false,
            token_epoch: 0,
            created: caller.origin.at,
            profile,
        };
        check_new_user(caller, &self.world(), &user, own_role.as_ref())?;
        let hash = self.ports.passwords.hash(password, self.random()).await?;
        self.change_world(caller, |world, caller| {
            let permit = caller.may(Wish::EditUsers)?;
            check_new_user(caller, world, &user, own_role.as_ref())?;
            let number = world.free_number();
            let user = User {
                id: UserId::from_number(number),
                ..user.clone()
            };
            let role = own_role
                .clone()
                .map(|name| Role::new(name, RoleNumber::from_number(number)));
            let event = caller
                .origin
                .event(&permit, Action::CreateUser, roles_in_words(&user))
                .about(&user.name)
                .about_object(number);
            let writes = role.iter().cloned().map(Write::PutRole);
            let changes = role.iter().cloned().map(Change::RolePut);
            let batch = Batch {
                writes: writes
                    .chain([Write::InsertUser(user.clone(), hash.clone())])
                    .collect(),
                events: vec![event],
                changes: changes.chain([Change::UserPut(user.clone())]).collect(),
                ..Batch::default()
            };
            Ok((batch, ()))
        })
        .await?;
        self.existing(&user.name)
    }

    /// Changes a user who is not deleted. Anybody may change his own password (knowing the old one) and profile; the
    /// rest needs the right to edit users.
    pub async fn edit_user(
        &self,
        caller: &Caller,
        name: &str,
        edit: UserEdit,
    ) -> Result<Arc<Principal>, Error> {
        self.edit_account(caller, &Whom::Name(name.to_owned()), edit)
            .await
    }

    /// The same, by name or id. Of a deleted user nothing can be changed but by bringing him back.
    pub async fn edit_account(
        &self,
        caller: &Caller,
        whom: &Whom,
        mut edit: UserEdit,
    ) -> Result<Arc<Principal>, Error> {
        let name = self.user_to_edit(caller, whom, &edit)?;
        let new_password = edit.password.take();
        if let Some(password) = &new_password {
            password::check_new("password", password, self.policy.password_min_chars)?;
            self.check_old_password(caller, &name, edit.old_password.take(), &caller.origin)
                .await?;
        }
        let hash = match new_password {
            None => None,
            Some(password) => Some(self.ports.passwords.hash(password, self.random()).await?),
        };
        let id = self
            .change_world(caller, |world, caller| {
                plan_edit(caller, world, whom, &edit, hash.as_ref())
            })
            .await?;
        if hash.is_some() || edit.deleted == Some(true) {
            self.shelf.clear_sessions_of(id);
        }
        if edit.locks() == Some(false) || edit.deleted == Some(false) {
            self.attempts.clear(id);
        }
        let world = self.world();
        world.principal(id).cloned().ok_or_else(|| whom.unknown())
    }

    /// Deletes a user for good, and with him his password, tokens and sessions, and takes him from all personas and
    /// user groups.
    pub async fn delete_user(&self, caller: &Caller, name: &str) -> Result<(), Error> {
        caller.may(Wish::EditUsers)?;
        let unknown = || Error::not_found("user", name);
        let parsed = UserName::parse(name).map_err(|_| unknown())?;
        self.change_world(caller, |world, caller| {
            // For good, so one who was deleted for now as well.
            let user = world.named_or_deleted(&parsed).ok_or_else(unknown)?;
            let permit = may_lay_hands_on(caller, world, user)?;
            not_oneself(caller, &user.user)?;
            let id = user.user.id;
            let event = caller
                .origin
                .event(
                    &permit,
                    Action::DeleteUser,
                    "user deleted, with all tokens and sessions",
                )
                .about(&parsed)
                .about_object(id.number());
            let end = End {
                at: caller.origin.at,
                reason: EndReason::OwnerGone,
            };
            let mut batch = Batch {
                writes: vec![Write::DeleteUser(id, end)],
                events: vec![event],
                changes: vec![Change::UserDeleted(id)],
                ..Batch::default()
            };
            let personas = world.personas().values();
            let personas = personas.filter_map(|one| persona_without(one, id));
            and_put(&mut batch, personas.map(Object::Persona));
            let groups = world.user_groups().values();
            let groups = groups.filter_map(|one| group_without(one, id));
            and_put(&mut batch, groups.map(Object::UserGroup));
            keeps_an_administrator(world, &batch.changes)?;
            Ok((batch, id))
        })
        .await
        .map(|id| {
            self.shelf.clear_sessions_of(id);
            self.shelf.clear_tokens_of(id);
        })
    }

    /// The name of an existing user whom the caller may change in this way. Asked before any password is hashed.
    fn user_to_edit(
        &self,
        caller: &Caller,
        whom: &Whom,
        edit: &UserEdit,
    ) -> Result<UserName, Error> {
        let world = self.world();
        match to_edit(&world, whom, edit) {
            Ok(found) => may_edit(caller, &world, found, edit).map(|_| found.user.name.clone()),
            Err(unknown) => caller.may(Wish::EditUsers).and(Err(unknown)),
        }
    }

    /// The first password of a new user: the one that was given, if it will do.
    fn first_password(&self, given: Option<Plaintext>) -> Result<Plaintext, Error> {
        let Some(given) = given else {
            return Ok(Plaintext::from(hex(&self.random::<32>())));
        };
        password::check_new("password", &given, self.policy.password_min_chars)?;
        Ok(given)
    }

    /// One's own password is changed only by who knows the present one: a stolen session or token must not do.
    async fn check_old_password(
        &self,
        caller: &Caller,
        name: &UserName,
        old: Option<Plaintext>,
        origin: &Origin,
    ) -> Result<(), Error> {
        if *name != caller.principal().user.name {
            return Ok(());
        }
        let old = old.ok_or_else(|| {
            Error::invalid("oldpassword", "is needed to change your own password")
        })?;
        match self.check_password(name.as_str(), old, origin).await {
            Err(Error::Unauthenticated(_)) => Err(Error::invalid(
                "oldpassword",
                "is not your present password",
            )),
            checked => checked.map(|_| ()),
        }
    }

    fn existing(&self, name: &UserName) -> Result<Arc<Principal>, Error> {
        self.world()
            .named(name)
            .cloned()
            .ok_or_else(|| Error::not_found("user", name.as_str()))
    }
}

fn check_new_user(
    caller: &Caller,
    world: &World,
    user: &User,
    own_role: Option<&RoleName>,
) -> Result<(), Error> {
    if world
        .named_or_deleted(&user.name)
        .is_some_and(|other| other.user.deleted)
    {
        return Err(Error::conflict(format!(
            "User with name={} already exists and is deleted; undelete it, or delete it for good",
            user.name
        )));
    }
    if world.named(&user.name).is_some() {
        return Err(Error::conflict(format!(
            "User with name={} already exists",
            user.name
        )));
    }
    if let Some(role) = own_role.filter(|role| world.roles().contains_key(*role)) {
        return Err(Error::conflict(format!(
            "Role with name={role} already exists"
        )));
    }
    if let Some(group) = user.profile.computer_group {
        check_computer_group(world, "group_id", group)?;
    }
    let granted: Vec<RoleName> = user
        .roles
        .iter()
        .filter(|role| Some(*role) != own_role)
        .cloned()
        .collect();
    may_grant(caller, world, &granted)
}

/// The user whom this edit is for: a deleted one only where it brings him back.
fn to_edit<'a>(
    world: &'a World,
    whom: &Whom,
    edit: &UserEdit,
) -> Result<&'a Arc<Principal>, Error> {
    let found = whom.find(world);
    found
        .filter(|one| !one.user.deleted || edit.deleted == Some(false))
        .ok_or_else(|| whom.unknown())
}

/// What an edit makes of a user, with the hash of his new password if he gets one.
pub(super) fn plan_edit(
    caller: &Caller,
    world: &World,
    whom: &Whom,
    edit: &UserEdit,
    hash: Option<&PasswordHash>,
) -> Result<(Batch, UserId), Error> {
    let old = to_edit(world, whom, edit)?;
    let permit = may_edit(caller, world, old, edit)?;
    may_take_away(caller, world, &old.user, edit)?;
    let user = edited(caller, world, old.user.clone(), edit)?;
    let mut batch = Batch {
        writes: vec![Write::UpdateUser(user.clone())],
        events: vec![edit_event(caller, &permit, &user, edit, hash.is_some())],
        changes: vec![Change::UserPut(user.clone())],
        ..Batch::default()
    };
    if let Some(hash) = hash {
        let write = Write::SetPassword(user.id, hash.clone());
        batch.writes.push(write);
    }
    if hash.is_some() || edit.deleted == Some(true) {
        batch.writes.push(Write::DeleteSessionsOf(user.id));
        batch.changes.push(Change::SessionsEnded(user.id));
    }
    keeps_an_administrator(world, &batch.changes)?;
    Ok((batch, user.id))
}

fn may_edit(
    caller: &Caller,
    world: &World,
    target: &Principal,
    edit: &UserEdit,
) -> Result<Permit, Error> {
    if target.user.id == caller.id() && edit.is_ones_own() {
        return caller.may(Wish::EditOneself);
    }
    may_lay_hands_on(caller, world, target)
}

/// Nobody lays hands on the account of one who holds a power that he lacks, be it as a persona (NT-18).
fn may_lay_hands_on(caller: &Caller, world: &World, target: &Principal) -> Result<Permit, Error> {
    let permit = caller.may(Wish::EditUser(target))?;
    let id = target.user.id;
    if id != caller.id() && !caller.covers_personas_of(world, id) {
        return caller.refuse(
            "every capability over tokens, users and roles that the user's personas grant",
        );
    }
    Ok(permit)
}

fn not_oneself(caller: &Caller, user: &User) -> Result<(), Error> {
    if user.id == caller.id() {
        return Err(Error::conflict("You cannot delete your own account"));
    }
    Ok(())
}

impl UserEdit {
    /// Whether all that it says can be said of oneself.
    fn is_ones_own(&self) -> bool {
        self.roles.is_none()
            && self.locked.is_none()
            && self.deleted.is_none()
            && !self.profile.is_not_ones_own()
    }

    /// Whether it locks him out or lets him in again, if it says so.
    fn locks(&self) -> Option<bool> {
        self.profile.locks().or(self.locked)
    }
}

fn edited(caller: &Caller, world: &World, old: User, edit: &UserEdit) -> Result<User, Error> {
    if edit.deleted == Some(true) {
        not_oneself(caller, &old)?;
    }
    if let Some(roles) = &edit.roles {
        may_grant(caller, world, roles)?;
    }
    let locked = edit.locks().unwrap_or(old.locked);
    let mut profile = edit.profile.applied_to(old.profile)?;
    if edit.profile.lock_number.is_none() {
        profile.lock_number = if locked {
            profile.lock_number.max(1)
        } else {
            0
        };
    }
    check_computers(world, &edit.profile)?;
    Ok(User {
        roles: edit.roles.clone().unwrap_or(old.roles),
        locked,
        deleted: edit.deleted.unwrap_or(old.deleted),
        profile,
        ..old
    })
}

fn check_computers(world: &World, edit: &ProfileEdit) -> Result<(), Error> {
    match edit.computer_group {
        Some(group) if group.number() != 0 => check_computer_group(world, "group_id", group),
        _ => Ok(()),
    }
}

/// Who takes away a role that denies gives back what it took.
fn may_take_away(caller: &Caller, world: &World, old: &User, edit: &UserEdit) -> Result<(), Error> {
    let Some(roles) = &edit.roles else {
        return Ok(());
    };
    let taken = old.roles.iter().filter(|role| !roles.contains(role));
    if caller.covers_roles(world, taken) {
        return Ok(());
    }
    caller.refuse(NO_MORE_THAN_HIS)
}

fn persona_without(persona: &Persona, user: UserId) -> Option<Persona> {
    let mut persona = persona.clone();
    persona.users.remove(&user).then_some(persona)
}

fn group_without(group: &UserGroup, user: UserId) -> Option<UserGroup> {
    let mut group = group.clone();
    group.members.remove(&user).then_some(group)
}

/// Nobody hands out a power over Tokenry that he does not hold himself (NT-18).
fn may_grant(caller: &Caller, world: &World, roles: &[RoleName]) -> Result<(), Error> {
    if let Some(unknown) = roles.iter().find(|role| !world.roles().contains_key(*role)) {
        return Err(Error::invalid(
            "roles",
            format!("role '{unknown}' does not exist"),
        ));
    }
    if !caller.covers_roles(world, roles) {
        return caller.refuse(NO_MORE_THAN_HIS);
    }
    Ok(())
}

/// Refuses changes after which nobody could manage users and roles any more.
pub(super) fn keeps_an_administrator(world: &World, changes: &[Change]) -> Result<(), Error> {
    let mut after = world.clone();
    after.apply_all(changes);
    if after.users().any(|user| is_administrator(user))
        || !world.users().any(|user| is_administrator(user))
    {
        return Ok(());
    }
    Err(Error::conflict(
        "This would leave nobody who can edit users and roles",
    ))
}

fn is_administrator(one: &Principal) -> bool {
    !one.user.locked && one.rights.has(Power::UsersEdit) && one.rights.has(Power::RolesEdit)
}

fn roles_in_words(user: &User) -> String {
    let roles: Vec<&str> = user.roles.iter().map(RoleName::as_str).collect();
    format!("roles: {}", roles.join(", "))
}

/// One who is deleted has his line like any other end; all else is a change.
fn edit_event(
    caller: &Caller,
    permit: &Permit,
    user: &User,
    edit: &UserEdit,
    password: bool,
) -> Event {
    let action = match edit.deleted {
        Some(true) => Action::DeleteUser,
        _ => Action::EditUser,
    };
    caller
        .origin
        .event(permit, action, edit_in_words(user, edit, password))
        .about(&user.name)
        .about_object(user.id.number())
}

fn edit_in_words(user: &User, edit: &UserEdit, password: bool) -> String {
    let say = |flag: Option<bool>, yes: &str, no: &str| {
        flag.map(|flag| if flag { yes } else { no }.to_owned())
    };
    let parts = [
        edit.roles.is_some().then(|| roles_in_words(user)),
        say(edit.locks(), "locked", "unlocked"),
        say(edit.deleted, "deleted until brought back", "brought back"),
        password.then(|| "password changed, sessions ended".to_owned()),
    ];
    let said: Vec<String> = parts.into_iter().flatten().collect();
    if said.is_empty() {
        "profile changed".to_owned()
    } else {
        said.join("; ")
    }
}

#[cfg(test)]
mod tests;
