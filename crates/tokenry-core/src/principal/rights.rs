//! What a user may do right now: the capabilities of all roles he holds, with their imports.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{
    id::{Capability, RoleName},
    principal::{Power, Role},
};

/// The sum of some roles. Computed once per change of users or roles, never per request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    capabilities: BTreeSet<Capability>,
    powers: u32,
}

impl Rights {
    /// Adds up the roles named and everything they import. A role that does not exist grants nothing (NT-15); a
    /// cycle, which the use cases refuse, would only be walked once.
    #[must_use]
    pub fn of<'a>(
        held: impl IntoIterator<Item = &'a RoleName>,
        roles: &'a BTreeMap<RoleName, Role>,
    ) -> Self {
        let mut rights = Self::default();
        for role in reachable(held, roles) {
            rights.add(role);
        }
        rights
    }

    /// Whether it holds a power of Tokenry's own.
    #[must_use]
    pub fn has(&self, power: Power) -> bool {
        self.powers & power.bit() != 0
    }

    /// Whether it holds every power of Tokenry's own that `other` holds. One who may hand out rights may hand out
    /// none that he lacks, and may not lay hands on the account of one who holds more (NT-18).
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.powers & !self.powers == 0
    }

    /// Whether it holds the capability of exactly this name.
    #[must_use]
    pub fn holds(&self, capability: &Capability) -> bool {
        self.capabilities.contains(capability)
    }

    /// All capabilities, sorted.
    pub fn capabilities(&self) -> impl Iterator<Item = &Capability> {
        self.capabilities.iter()
    }

    fn add(&mut self, role: &Role) {
        for capability in &role.capabilities {
            self.powers |= Power::of(capability).map_or(0, Power::bit);
            self.capabilities.insert(capability.clone());
        }
    }
}

/// The existing roles that can be reached from those named, each once, breadth first.
pub(crate) fn reachable<'from, 'roles: 'from>(
    from: impl IntoIterator<Item = &'from RoleName>,
    roles: &'roles BTreeMap<RoleName, Role>,
) -> Vec<&'roles Role> {
    let mut found: Vec<&Role> = Vec::new();
    let mut waiting: VecDeque<&RoleName> = from.into_iter().collect();
    let mut seen = BTreeSet::new();
    while let Some(name) = waiting.pop_front() {
        let Some(role) = roles.get(name).filter(|role| seen.insert(&role.name)) else {
            continue;
        };
        waiting.extend(&role.imports);
        found.push(role);
    }
    found
}
