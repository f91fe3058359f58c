//! Makes, changes and deletes users.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};

use crate::{
    app::{App, Caller, Origin},
    audit::Action,
    change::Change,
    error::Error,
    id::{RoleName, UserId, UserName, is_unprintable},
    permit::{Permit, Wish},
    port::{Batch, Write},
    principal::{Power, Principal, Profile, Role, User, World, password},
    secret::Plaintext,
};

/// A user to make.
pub struct NewUser {
    /// His name; must be free.
    pub name: UserName,
    /// His first password.
    pub password: Plaintext,
    /// The roles he is to hold, in this order; none only if `create_role`.
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
    /// Changes his profile.
    pub profile: ProfileEdit,
}

/// What to change of a profile; `None` leaves it as it is. See [`Profile`].
#[derive(Debug, Clone, Default)]
#[expect(
    missing_docs,
    reason = "each field is one of Profile's, documented there"
)]
pub struct ProfileEdit {
    pub real_name: Option<String>,
    pub email: Option<String>,
    pub default_app: Option<String>,
    pub time_zone: Option<String>,
    pub language: Option<String>,
    pub must_change_password: Option<bool>,
    pub restart_background_jobs: Option<bool>,
}

impl App {
    /// All users, for one who may see them.
    pub fn list_users(&self, caller: &Caller) -> Result<Vec<Arc<Principal>>, Error> {
        caller.may(Wish::ListUsers)?;
        Ok(self.world().users().cloned().collect())
    }

    /// One user: oneself, or anybody for one who may see all.
    pub fn user(&self, caller: &Caller, name: &str) -> Result<Arc<Principal>, Error> {
        let found = UserName::parse(name)
            .ok()
            .and_then(|name| self.world().named(&name).cloned());
        caller.may(
            found
                .as_ref()
                .map_or(Wish::ListUsers, |found| Wish::ReadUser(found.user.id)),
        )?;
        found.ok_or_else(|| Error::not_found("user", name))
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
        password::check_new("password", &new.password, self.policy.password_min_chars)?;
        if new.roles.is_empty() && !new.create_role {
            return Err(Error::invalid("roles", "a user needs at least one role"));
        }
        let profile = new.profile.applied_to(Profile::default())?;
        let own_role = new
            .create_role
            .then(|| RoleName::parse_as("createrole", &format!("user-{}", new.name)));
        let own_role = own_role.transpose()?;
        let user = User {
            id: UserId::from_random(self.random()),
            name: new.name,
            roles: new.roles.into_iter().chain(own_role.clone()).collect(),
            locked: false,
            token_epoch: 0,
            created: caller.origin.at,
            profile,
        };
        check_new_user(caller, &self.world(), &user, own_role.as_ref())?;
        let hash = self
            .ports
            .passwords
            .hash(new.password, self.random())
            .await?;
        self.change_world(caller, |world, caller| {
            let permit = caller.may(Wish::EditUsers)?;
            check_new_user(caller, world, &user, own_role.as_ref())?;
            let role = own_role.clone().map(Role::new);
            let event = caller
                .origin
                .event(&permit, Action::CreateUser, roles_in_words(&user))
                .about(&user.name);
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

    /// Changes a user. Anybody may change his own password (knowing the old one) and profile; the rest needs the
    /// right to edit users.
    pub async fn edit_user(
        &self,
        caller: &Caller,
        name: &str,
        mut edit: UserEdit,
    ) -> Result<Arc<Principal>, Error> {
        let name = self.user_to_edit(caller, name, &edit)?;
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
        self.change_world(caller, |world, caller| {
            let old = world
                .named(&name)
                .ok_or_else(|| Error::not_found("user", name.as_str()))?;
            let permit = may_edit(caller, old, &edit)?;
            if let Some(roles) = &edit.roles {
                may_grant(caller, world, roles)?;
            }
            let user = edited(old.user.clone(), &edit)?;
            let event = caller
                .origin
                .event(
                    &permit,
                    Action::EditUser,
                    edit_in_words(&user, &edit, hash.is_some()),
                )
                .about(&user.name);
            let mut batch = Batch {
                writes: vec![Write::UpdateUser(user.clone())],
                events: vec![event],
                changes: vec![Change::UserPut(user.clone())],
                ..Batch::default()
            };
            if let Some(hash) = &hash {
                batch.writes.extend([
                    Write::SetPassword(user.id, hash.clone()),
                    Write::DeleteSessionsOf(user.id),
                ]);
                batch.changes.push(Change::SessionsEnded(user.id));
            }
            keeps_an_administrator(world, &batch.changes)?;
            Ok((batch, ()))
        })
        .await?;
        let user = self.existing(&name)?;
        if edit.locked == Some(false) {
            self.attempts.clear(user.user.id);
        }
        Ok(user)
    }

    /// Deletes a user, and with him his password, tokens and sessions.
    pub async fn delete_user(&self, caller: &Caller, name: &str) -> Result<(), Error> {
        caller.may(Wish::EditUsers)?;
        let unknown = || Error::not_found("user", name);
        let parsed = UserName::parse(name).map_err(|_| unknown())?;
        self.change_world(caller, |world, caller| {
            let user = world.named(&parsed).ok_or_else(unknown)?;
            let permit = caller.may(Wish::EditUser(user))?;
            if user.user.id == caller.id() {
                return Err(Error::conflict("You cannot delete your own account"));
            }
            let id = user.user.id;
            let event = caller
                .origin
                .event(
                    &permit,
                    Action::DeleteUser,
                    "user deleted, with all tokens and sessions",
                )
                .about(&parsed);
            let batch = Batch {
                writes: vec![Write::DeleteUser(id)],
                events: vec![event],
                changes: vec![Change::UserDeleted(id)],
                ..Batch::default()
            };
            keeps_an_administrator(world, &batch.changes)?;
            Ok((batch, ()))
        })
        .await
    }

    /// The name of an existing user whom the caller may change in this way. Asked before any password is hashed.
    fn user_to_edit(
        &self,
        caller: &Caller,
        name: &str,
        edit: &UserEdit,
    ) -> Result<UserName, Error> {
        let parsed = UserName::parse(name).ok();
        let found = parsed
            .as_ref()
            .and_then(|name| self.world().named(name).cloned());
        match (found, parsed) {
            (Some(found), Some(name)) => may_edit(caller, &found, edit).map(|_| name),
            _ => caller
                .may(Wish::EditUsers)
                .and_then(|_| Err(Error::not_found("user", name))),
        }
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
    let granted: Vec<RoleName> = user
        .roles
        .iter()
        .filter(|role| Some(*role) != own_role)
        .cloned()
        .collect();
    may_grant(caller, world, &granted)
}

fn may_edit(caller: &Caller, target: &Principal, edit: &UserEdit) -> Result<Permit, Error> {
    let only_own = target.user.id == caller.id() && edit.roles.is_none() && edit.locked.is_none();
    caller.may(if only_own {
        Wish::EditOneself
    } else {
        Wish::EditUser(target)
    })
}

impl ProfileEdit {
    fn applied_to(&self, old: Profile) -> Result<Profile, Error> {
        let zone = text("tz", self.time_zone.as_ref(), old.time_zone)?;
        if !zone.is_empty() && TimeZone::get(&zone).is_err() {
            return Err(Error::invalid(
                "tz",
                "must be the name of a time zone, such as Europe/Berlin, or empty",
            ));
        }
        Ok(Profile {
            real_name: text("realname", self.real_name.as_ref(), old.real_name)?,
            email: text("email", self.email.as_ref(), old.email)?,
            default_app: text("defaultApp", self.default_app.as_ref(), old.default_app)?,
            time_zone: zone,
            language: text("lang", self.language.as_ref(), old.language)?,
            must_change_password: self
                .must_change_password
                .unwrap_or(old.must_change_password),
            restart_background_jobs: self
                .restart_background_jobs
                .unwrap_or(old.restart_background_jobs),
        })
    }
}

fn text(field: &'static str, new: Option<&String>, old: String) -> Result<String, Error> {
    let Some(new) = new else { return Ok(old) };
    if new.chars().count() > User::MAX_PROFILE_CHARS {
        return Err(Error::invalid(
            field,
            format!(
                "must be at most {} characters long",
                User::MAX_PROFILE_CHARS
            ),
        ));
    }
    if new.chars().any(is_unprintable) {
        return Err(Error::invalid(
            field,
            "must not contain control or invisible characters",
        ));
    }
    Ok(new.clone())
}

fn edited(old: User, edit: &UserEdit) -> Result<User, Error> {
    if edit.roles.as_ref().is_some_and(Vec::is_empty) {
        return Err(Error::invalid("roles", "a user needs at least one role"));
    }
    Ok(User {
        roles: edit.roles.clone().unwrap_or(old.roles),
        locked: edit.locked.unwrap_or(old.locked),
        profile: edit.profile.applied_to(old.profile)?,
        ..old
    })
}

/// Nobody hands out a power over Tokenry that he does not hold himself (NT-18).
fn may_grant(caller: &Caller, world: &World, roles: &[RoleName]) -> Result<(), Error> {
    if let Some(unknown) = roles.iter().find(|role| !world.roles().contains_key(*role)) {
        return Err(Error::invalid(
            "roles",
            format!("role '{unknown}' does not exist"),
        ));
    }
    if !caller.principal().rights.covers(&world.rights_of(roles)) {
        return caller.refuse("every capability over tokens, users and roles that the roles grant");
    }
    Ok(())
}

/// Refuses changes after which nobody could manage users and roles any more.
pub(super) fn keeps_an_administrator(world: &World, changes: &[Change]) -> Result<(), Error> {
    let mut after = world.clone();
    for change in changes {
        after.apply(change);
    }
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

fn edit_in_words(user: &User, edit: &UserEdit, password: bool) -> String {
    let parts = [
        edit.roles.is_some().then(|| roles_in_words(user)),
        edit.locked
            .map(|locked| if locked { "locked" } else { "unlocked" }.to_owned()),
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
