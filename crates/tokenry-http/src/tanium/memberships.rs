//! Who holds which role: `content_set_role_memberships` of users, `content_set_user_group_role_memberships` of user
//! groups, and both by role (spec/tanium.md 6.3). A membership has no number of its own; its id is derived from who
//! holds what.

use serde_json::{Value, json};
use tokenry_core::{
    Error,
    app::Assignee,
    id::{RoleNumber, UserGroupId, UserId},
    permit::Wish,
    principal::{Role, World},
};

use super::{
    call::Call,
    face::Face,
    failure::Failure,
    objects::{derived_id, needed_id, number, reference},
    reply::Reply,
    roles,
};

/// Every role with those who hold it.
pub(super) async fn list_by_role(face: &Face, call: Call) -> Result<Reply, Failure> {
    let roles = readable(face, &call)?;
    let world = face.door.app.world();
    let holders = |role: &Role, held: &[Membership]| -> Vec<Value> {
        let its = held.iter().filter(|one| one.role == role.number);
        its.map(|one| one.holder(&world)).collect()
    };
    let (users, groups) = (of_users(&world), of_groups(&world));
    let all = roles.iter().map(|role| {
        json!({
            "content_set_role": roles::short(role),
            "users": holders(role, &users),
            "user_groups": holders(role, &groups),
        })
    });
    Ok(Reply::data(Value::Array(all.collect())))
}

pub(super) async fn list_of_users(face: &Face, call: Call) -> Result<Reply, Failure> {
    list(face, &call, of_users)
}

pub(super) async fn view_of_user(face: &Face, call: Call) -> Result<Reply, Failure> {
    view(face, &call, of_users)
}

pub(super) async fn create_of_user(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditUsers)?;
    let user = needed_id(&call.body, "user")?;
    create(face, &call, Assignee::User(UserId::from_number(user))).await
}

pub(super) async fn delete_of_user(face: &Face, call: Call) -> Result<Reply, Failure> {
    delete(face, &call, of_users).await
}

pub(super) async fn list_of_groups(face: &Face, call: Call) -> Result<Reply, Failure> {
    list(face, &call, of_groups)
}

pub(super) async fn view_of_group(face: &Face, call: Call) -> Result<Reply, Failure> {
    view(face, &call, of_groups)
}

pub(super) async fn create_of_group(face: &Face, call: Call) -> Result<Reply, Failure> {
    call.caller()?.may(Wish::EditUsers)?;
    let group = needed_id(&call.body, "user_group")?;
    let group = UserGroupId::from_number(group);
    create(face, &call, Assignee::UserGroup(group)).await
}

pub(super) async fn delete_of_group(face: &Face, call: Call) -> Result<Reply, Failure> {
    delete(face, &call, of_groups).await
}

/// That somebody holds a role.
#[derive(Debug, Clone, Copy)]
struct Membership {
    role: RoleNumber,
    assignee: Assignee,
}

impl Membership {
    fn id(self) -> i64 {
        let (kind, holder) = match self.assignee {
            Assignee::User(id) => ("user", id.number()),
            Assignee::UserGroup(id) => ("user group", id.number()),
        };
        derived_id(
            "membership",
            [kind, &holder.to_string(), &self.role.to_string()],
        )
    }

    fn holder(self, world: &World) -> Value {
        match self.assignee {
            Assignee::User(id) => {
                let user = world.principal(id);
                reference(id.number(), user.map_or("", |one| one.user.name.as_str()))
            }
            Assignee::UserGroup(id) => {
                let group = world.user_groups().get(&id);
                reference(id.number(), group.map_or("", |group| group.name.as_str()))
            }
        }
    }

    fn object(self, world: &World) -> Value {
        let role = world.role_of_number(self.role);
        let role = role.map_or_else(|| reference(self.role.number(), ""), roles::short);
        let key = match self.assignee {
            Assignee::User(_) => "user",
            Assignee::UserGroup(_) => "user_group",
        };
        json!({ "id": self.id(), "content_set_role": role, key: self.holder(world) })
    }
}

/// Those of users who are not deleted, by user's name.
fn of_users(world: &World) -> Vec<Membership> {
    let users = world.users().map(|one| &one.user);
    let all = users.flat_map(|user| {
        let roles = user.roles.iter();
        let roles = roles.filter_map(|name| world.roles().get(name));
        roles.map(|role| Membership {
            role: role.number,
            assignee: Assignee::User(user.id),
        })
    });
    all.collect()
}

/// Those of user groups that are not deleted, by group.
fn of_groups(world: &World) -> Vec<Membership> {
    let groups = world.user_groups().values().filter(|one| !one.deleted);
    let all = groups.flat_map(|group| {
        group.roles.iter().map(|role| Membership {
            role: *role,
            assignee: Assignee::UserGroup(group.id),
        })
    });
    all.collect()
}

fn list(face: &Face, call: &Call, all: fn(&World) -> Vec<Membership>) -> Result<Reply, Failure> {
    readable(face, call)?;
    let world = face.door.app.world();
    let all = all(&world);
    let objects = all.iter().map(|one| one.object(&world));
    Ok(Reply::data(Value::Array(objects.collect())))
}

fn view(face: &Face, call: &Call, all: fn(&World) -> Vec<Membership>) -> Result<Reply, Failure> {
    let found = find(face, call, all)?;
    Ok(Reply::data(found.object(&face.door.app.world())))
}

async fn create(face: &Face, call: &Call, assignee: Assignee) -> Result<Reply, Failure> {
    let app = &face.door.app;
    let role = RoleNumber::from_number(needed_id(&call.body, "content_set_role")?);
    app.assign_role(call.caller()?, role, assignee, true)
        .await?;
    let made = Membership { role, assignee };
    Ok(Reply::data(made.object(&app.world())))
}

/// Answers with what is gone.
async fn delete(
    face: &Face,
    call: &Call,
    all: fn(&World) -> Vec<Membership>,
) -> Result<Reply, Failure> {
    let found = find(face, call, all)?;
    let app = &face.door.app;
    let object = found.object(&app.world());
    app.assign_role(call.caller()?, found.role, found.assignee, false)
        .await?;
    Ok(Reply::data(object))
}

fn find(
    face: &Face,
    call: &Call,
    all: fn(&World) -> Vec<Membership>,
) -> Result<Membership, Failure> {
    const WHAT: &str = "membership";
    readable(face, call)?;
    let id = number(call, WHAT)?;
    let found = all(&face.door.app.world());
    let found = found.into_iter().find(|one| one.id() == id);
    found.ok_or_else(|| Error::not_found(WHAT, "").into())
}

/// The roles, for one who may see both them and those who hold them.
fn readable(face: &Face, call: &Call) -> Result<Vec<Role>, Failure> {
    let app = &face.door.app;
    app.list_user_groups(call.caller()?)?;
    Ok(app.list_roles(call.caller()?)?)
}
