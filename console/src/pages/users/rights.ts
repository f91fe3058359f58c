// Why a user may do what he may do: which of his roles gives it, himself or by a group. No state, no calls.

import type { Capability, Role, User, UserGroup } from '../people/directory.ts';

/** A role that a user has, and the group that gives it, if one does. */
export interface Held {
  role: Role;
  group?: string;
}

/** Something a user may do, and what gives it. */
export interface Right {
  name: string;
  meaning: string;
  from: Held[];
}

/** The roles that a user has in his default persona. */
export function heldBy(user: User, roles: readonly Role[], groups: readonly UserGroup[]): Held[] {
  const own = user.roles.flatMap((name) => roles.filter((role) => role.name === name).map((role) => ({ role })));
  const mine = new Set(user.user_groups.map(({ id }) => id));
  const given = groups
    .filter(({ id }) => mine.has(id))
    .flatMap((group) => group.roles.flatMap(({ id }) => roles.filter((role) => role.id === id).map((role) => ({ role, group: group.name }))));
  return [...own, ...given];
}

/** His powers, each with the roles that give it. */
export function powersOf(user: User, held: readonly Held[], known: readonly Capability[]): Right[] {
  const meanings = new Map(known.filter(({ dialect }) => dialect === 'tokenry').map(({ name, meaning }) => [name, meaning]));
  const gives = new Map(known.map(({ name, powers }) => [name, powers]));
  const has = new Set(user.capabilities);
  return user.powers.map((power) => ({
    name: power,
    meaning: meanings.get(power) ?? '',
    from: held.filter(
      ({ role }) => !role.deny && role.effective.some((one) => has.has(one) && (gives.get(one)?.includes(power) ?? false)),
    ),
  }));
}

/** His capabilities, each with the roles that grant it. */
export function capabilitiesOf(user: User, held: readonly Held[], known: readonly Capability[]): Right[] {
  const meanings = new Map(known.map(({ name, meaning }) => [name, meaning]));
  return user.capabilities.map((name) => ({
    name,
    meaning: meanings.get(name) ?? '',
    from: held.filter(({ role }) => !role.deny && role.effective.includes(name)),
  }));
}

/** What his roles grant and a role that denies takes away again. */
export function withheld(user: User, held: readonly Held[]): { capability: string; role: Role }[] {
  const has = new Set(user.capabilities);
  const granted = new Set(held.filter(({ role }) => !role.deny).flatMap(({ role }) => role.effective));
  const denying = held.filter(({ role }) => role.deny).map(({ role }) => role);
  return [...granted]
    .filter((one) => !has.has(one))
    .toSorted()
    .flatMap((capability) => {
      const role = denying.find(({ capabilities }) => capabilities.includes(capability)) ?? denying[0];
      return role ? [{ capability, role }] : [];
    });
}
