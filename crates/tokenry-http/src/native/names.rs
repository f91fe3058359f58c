//! What several subjects have in common: things by id and name, and who changed one last.

use std::collections::BTreeSet;

use tokenry_api::types::{directory::Changed, users::Named};
use tokenry_core::{
    Error,
    id::{ComputerGroupId, RoleNumber, UserGroupId, UserId},
    principal::{Stamp, World},
};

/// Users by name. Those are among them who are deleted, but can be brought back: they are still where they were.
pub(super) fn users<'a>(world: &World, ids: impl IntoIterator<Item = &'a UserId>) -> Vec<Named> {
    by_name(ids.into_iter().filter_map(|id| {
        Some(Named {
            id: id.number(),
            name: user_name(world, *id)?,
        })
    }))
}

/// Roles by what people call them.
pub(super) fn roles<'a>(
    world: &World,
    numbers: impl IntoIterator<Item = &'a RoleNumber>,
) -> Vec<Named> {
    let found = numbers.into_iter().filter_map(|n| world.role_of_number(*n));
    by_name(found.map(|role| Named {
        id: role.number.number(),
        name: role.label().to_owned(),
    }))
}

/// User groups by name.
pub(super) fn user_groups<'a>(
    world: &World,
    ids: impl IntoIterator<Item = &'a UserGroupId>,
) -> Vec<Named> {
    let found = ids
        .into_iter()
        .filter_map(|id| world.user_groups().get(id).filter(|one| !one.deleted));
    by_name(found.map(|group| Named {
        id: group.id.number(),
        name: group.name.clone(),
    }))
}

/// A computer group. The name of one that is gone is empty.
pub(super) fn computer_group(world: &World, id: ComputerGroupId) -> Named {
    let found = world.computer_groups().get(&id);
    Named {
        id: id.number(),
        name: found.map(|group| group.name.clone()).unwrap_or_default(),
    }
}

/// The last change of something.
pub(super) fn changed(world: &World, stamp: Stamp) -> Changed {
    let by = match stamp.user.number() {
        0 => "system".to_owned(),
        _ => user_name(world, stamp.user).unwrap_or_default(),
    };
    Changed {
        at: stamp.at().to_string(),
        by,
    }
}

/// In the order in which people look for them: by name, without regard to case.
pub(super) fn by_name(items: impl IntoIterator<Item = Named>) -> Vec<Named> {
    sorted(items, |one| (&one.name, one.id))
}

/// The same of anything that has a name and an id.
pub(super) fn sorted<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> (&str, i64),
) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort_by_cached_key(|one| {
        let (name, id) = key(one);
        (name.to_lowercase(), id)
    });
    items
}

/// Numbers of a request as ids.
pub(super) fn ids<T: Ord>(numbers: &[i64], id: impl Fn(i64) -> T) -> BTreeSet<T> {
    numbers.iter().map(|number| id(*number)).collect()
}

/// The same error, where the rules know a field by another name than this operation does.
pub(super) fn renamed(error: Error, names: &[(&str, &'static str)]) -> Error {
    match error {
        Error::Invalid { field, why } => {
            let ours = names.iter().find(|(theirs, _)| *theirs == field);
            Error::Invalid {
                field: ours.map_or(field, |(_, ours)| ours),
                why,
            }
        }
        other => other,
    }
}

fn user_name(world: &World, id: UserId) -> Option<String> {
    let found = world.principal(id)?;
    Some(found.user.name.to_string())
}
