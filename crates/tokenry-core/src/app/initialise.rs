//! What the server's own operator does without signing in: set up a new store, and set a password anew.

use crate::{
    app::Origin,
    audit::Action,
    change::Change,
    error::Error,
    id::{RoleName, UserId, UserName},
    permit::Permit,
    port::{Batch, Store, Write},
    principal::{Object, Profile, Role, User, World, password::PasswordHash},
    settings::Settings,
    token::{End, EndReason},
};

/// Sets up an empty store: the built-in roles, the settings, and one administrator. Does nothing and answers
/// `false` where there are users already.
pub async fn initialise(
    store: &dyn Store,
    origin: &Origin,
    id: UserId,
    admin: &UserName,
    hash: PasswordHash,
    settings: Settings,
) -> Result<bool, Error> {
    let world = store.world().await?;
    if has_users(&world) {
        return Ok(false);
    }
    let user = User {
        id,
        name: admin.clone(),
        roles: vec![RoleName::parse("admin")?],
        locked: false,
        deleted: false,
        token_epoch: 0,
        created: origin.at,
        profile: Profile {
            real_name: "Administrator".to_owned(),
            ..Profile::default()
        },
    };
    let roles = Role::built_in()?;
    let objects = Object::built_in();
    let event = origin.event(
        &Permit::operator(),
        Action::Initialise,
        "data directory set up",
    );
    let batch = Batch {
        world: Some(world.generation),
        writes: (roles.iter().cloned().map(Write::PutRole))
            .chain(objects.iter().cloned().map(Write::PutObject))
            .chain([
                Write::PutSettings(settings.clone()),
                Write::InsertUser(user.clone(), hash),
            ])
            .collect(),
        events: vec![event.about(admin)],
        changes: (roles.into_iter().map(Change::RolePut))
            .chain(objects.into_iter().map(Change::ObjectPut))
            .chain([Change::SettingsPut(settings), Change::UserPut(user)])
            .collect(),
    };
    match store.apply(batch).await {
        // Another server did it in the meantime.
        Err(Error::Conflict { .. }) if has_users(&store.world().await?) => Ok(false),
        applied => applied.map(|_| true),
    }
}

fn has_users(world: &World) -> bool {
    world.users_and_deleted().next().is_some()
}

/// Notes that it is now, and not as late as the server was once told: the clock was wrong then (NT-08).
pub async fn reset_clock(store: &dyn Store, origin: &Origin) -> Result<(), Error> {
    let reason = match store.clock_mark().await? {
        Some(mark) => format!("clock reset from {mark}"),
        None => "clock reset".to_owned(),
    };
    let batch = Batch {
        writes: vec![Write::ResetClock(origin.at)],
        events: vec![origin.event(&Permit::operator(), Action::ResetClock, reason)],
        ..Batch::default()
    };
    store.apply(batch).await.map(|_| ())
}

/// Sets a user's password anew, lets him in again if he was locked, and ends his sessions; with `revoke_tokens` also
/// deletes all his tokens (NT-13). The server must not be running: nobody tells it.
pub async fn reset_password(
    store: &dyn Store,
    origin: &Origin,
    name: &UserName,
    hash: PasswordHash,
    revoke_tokens: bool,
) -> Result<(), Error> {
    let world = store.world().await?;
    let found = world
        .named(name)
        .ok_or_else(|| Error::not_found("user", name.as_str()))?;
    let old = found.user.clone();
    let user = User {
        locked: false,
        deleted: false,
        token_epoch: old.token_epoch + i64::from(revoke_tokens),
        ..old
    };
    let id = user.id;
    let reason = if revoke_tokens {
        "password set, sessions ended, tokens deleted"
    } else {
        "password set, sessions ended"
    };
    let event = origin.event(&Permit::operator(), Action::ResetPassword, reason);
    let tokens = revoke_tokens.then_some(Write::DeleteTokensOf(
        id,
        End {
            at: origin.at,
            reason: EndReason::Revoked,
        },
    ));
    let batch = Batch {
        world: Some(world.generation),
        writes: [
            Write::UpdateUser(user.clone()),
            Write::SetPassword(id, hash),
            Write::DeleteSessionsOf(id),
        ]
        .into_iter()
        .chain(tokens)
        .collect(),
        events: vec![event.about(name)],
        changes: vec![
            Change::UserPut(user),
            Change::SessionsEnded(id),
            Change::TokensChanged(id),
        ],
    };
    store.apply(batch).await.map(|_| ())
}

#[cfg(test)]
mod tests;
