//! `/api/v1/roles` and `/api/v1/capabilities`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use tokenry_api::{
    Nothing, operations as op,
    types::roles::{CapabilityList, Role, RoleEdit as Wanted, RoleList, SetGrant},
};
use tokenry_core::{
    Error,
    app::{Caller, RoleDetailsEdit, RoleEdit},
    id::{Capability, ContentSetId, RoleName, RoleNumber},
    permit::Wish,
    principal::{self, World},
};

use super::{
    Face,
    answer::Answer,
    call::Call,
    capabilities,
    names::{renamed, sorted},
    problem::Problem,
    tag,
};

pub(super) async fn list(
    face: Arc<Face>,
    caller: Caller,
    _: Call<op::RolesList>,
) -> Result<Answer<RoleList>, Problem> {
    let all = face.door.app.list_roles(&caller)?;
    let world = face.door.app.world();
    let holders = Holders::of(&world);
    let all = all.iter().map(|role| described(&world, &holders, role));
    let items = sorted(all, |role| (&role.name, role.id));
    Ok(RoleList { items }.into())
}

pub(super) async fn create(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::RoleCreate>,
) -> Result<Answer<Role>, Problem> {
    caller.may(Wish::EditRoles)?;
    let new = call.body;
    let name = RoleName::parse(&new.name)?;
    let edit = to_set(&Wanted {
        label: new.label,
        description: new.description,
        capabilities: Some(new.capabilities),
        imports: Some(new.imports),
        grants: Some(new.grants),
        deny: Some(new.deny),
    })?;
    let made = face.door.app.create_role(&caller, name, edit).await;
    answer(&face, &made.map_err(in_our_words)?)
}

pub(super) async fn list_capabilities(
    face: Arc<Face>,
    caller: Caller,
    _: Call<op::CapabilitiesList>,
) -> Result<Answer<CapabilityList>, Problem> {
    let roles = face.door.app.list_roles(&caller)?;
    let granted = roles.iter().flat_map(|role| {
        let on_sets = role.details.grants.iter().map(|(_, one)| one);
        role.capabilities.iter().chain(on_sets)
    });
    let items = capabilities::described(granted);
    Ok(CapabilityList { items }.into())
}

pub(super) async fn show(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::RoleShow>,
) -> Result<Answer<Role>, Problem> {
    let found = (face.door.app).role_of_number(&caller, number(call.number()?))?;
    answer(&face, &found)
}

pub(super) async fn edit(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::RoleChange>,
) -> Result<Answer<Role>, Problem> {
    let (app, number) = (&face.door.app, number(call.number()?));
    // Who may not see it learns nothing of its tag.
    let name = &app.role_of_number(&caller, number)?.name;
    // Whatever it is like, as long as it is still the one of this number: the rules ask for a name.
    let expected = call.if_match()?.unwrap_or("*");
    let wanted = &call.body;
    let tag = |world: &World| tag_in(world, number);
    let edited = tag::change(&face, caller, Some(expected), tag, |caller| async move {
        let edit = to_set(wanted)?;
        let edited = app.edit_role(&caller, name.as_str(), edit).await;
        edited.map_err(in_our_words)
    });
    answer(&face, &edited.await?)
}

pub(super) async fn delete(
    face: Arc<Face>,
    caller: Caller,
    call: Call<op::RoleDelete>,
) -> Result<Answer<Nothing>, Problem> {
    let number = number(call.number()?);
    (face.door.app)
        .delete_role_of_number(&caller, number)
        .await?;
    Ok(Nothing {}.into())
}

fn number(number: i64) -> RoleNumber {
    RoleNumber::from_number(number)
}

fn to_set(wanted: &Wanted) -> Result<RoleEdit, Error> {
    let capability = |name: &String| Capability::parse(name);
    let import = |name: &String| RoleName::parse_as("imports", name);
    let grant = |grant: &SetGrant| {
        let capability = Capability::parse(&grant.capability);
        let capability = capability.map_err(|error| renamed(error, &[("capabilities", "grants")]));
        Ok((ContentSetId::from_number(grant.content_set), capability?))
    };
    let all = |names: &Vec<String>| names.iter().map(capability).collect();
    let imports = |names: &Vec<String>| names.iter().map(import).collect();
    let grants = |grants: &Vec<SetGrant>| {
        grants
            .iter()
            .map(grant)
            .collect::<Result<BTreeSet<_>, Error>>()
    };
    Ok(RoleEdit {
        capabilities: wanted.capabilities.as_ref().map(all).transpose()?,
        imports: wanted.imports.as_ref().map(imports).transpose()?,
        attributes: BTreeMap::new(),
        details: Some(RoleDetailsEdit {
            label: wanted.label.clone(),
            description: wanted.description.clone(),
            deny: wanted.deny,
            all_content_sets: None,
        }),
        grants: wanted.grants.as_ref().map(grants).transpose()?,
    })
}

/// Of a name the rules speak only where people call the role so.
fn in_our_words(error: Error) -> Error {
    renamed(error, &[("name", "label")])
}

fn answer(face: &Face, role: &principal::Role) -> Result<Answer<Role>, Problem> {
    let world = face.door.app.world();
    let described = described(&world, &Holders::of(&world), role);
    Ok(Answer::from(described).tagged(tag_of(role)?))
}

/// Who has roles. Counted for all of them at once.
struct Holders {
    users: BTreeMap<RoleName, u64>,
    given_by: BTreeMap<RoleNumber, u64>,
}

impl Holders {
    fn of(world: &World) -> Self {
        let (mut users, mut given_by) = (BTreeMap::new(), BTreeMap::new());
        for name in world.users().flat_map(|one| &one.user.roles) {
            match users.get_mut(name) {
                Some(count) => *count += 1,
                None => drop(users.insert(name.clone(), 1)),
            }
        }
        let groups = world.user_groups().values().filter(|one| !one.deleted);
        let personas = world.personas().values().filter(|one| !one.deleted);
        let given = groups.flat_map(|one| &one.roles);
        for number in given.chain(personas.flat_map(|one| &one.roles)) {
            *given_by.entry(*number).or_default() += 1;
        }
        Self { users, given_by }
    }
}

fn described(world: &World, holders: &Holders, role: &principal::Role) -> Role {
    let rights = world.rights_of(std::slice::from_ref(&role.name));
    let grant = |(set, capability): &(ContentSetId, Capability)| SetGrant {
        content_set: set.number(),
        capability: capability.to_string(),
    };
    Role {
        id: role.number.number(),
        name: role.name.to_string(),
        label: role.label().to_owned(),
        description: role.details.description.clone(),
        capabilities: role.capabilities.iter().map(ToString::to_string).collect(),
        imports: role.imports.iter().map(ToString::to_string).collect(),
        grants: role.details.grants.iter().map(grant).collect(),
        deny: role.details.deny,
        effective: rights.capabilities().map(ToString::to_string).collect(),
        built_in: role.is_built_in(),
        users: holders.users.get(&role.name).copied().unwrap_or_default(),
        given_by: (holders.given_by.get(&role.number))
            .copied()
            .unwrap_or_default(),
    }
}

fn tag_in(world: &World, number: RoleNumber) -> Result<String, Problem> {
    let found = world.role_of_number(number);
    tag_of(found.ok_or_else(|| Error::not_found("role", number.to_string()))?)
}

/// The tag of what can be changed of it here.
fn tag_of(role: &principal::Role) -> Result<String, Problem> {
    let imports: Vec<_> = role.imports.iter().map(RoleName::as_str).collect();
    tag::tag_of(&(role.number, &role.capabilities, imports, &role.details))
}
