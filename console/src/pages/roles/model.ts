// What the pages about roles know of roles: forms, what a change takes and gives, what a cell of the matrix shows. No
// state, no calls.

import { t } from '$lib/texts';
import type { Role } from '../people/directory.ts';
import { without } from '../people/compare.ts';

/** The fields of a role that can be changed. A grant is `set:capability`. */
export type Fields = {
  label: string;
  description: string;
  capabilities: string[];
  imports: string[];
  grants: string[];
  deny: boolean;
};

/** What a cell shows. */
export type Mark = 'own' | 'imported' | 'denied' | 'nothing';

/** A role as a form. */
export function form(role: Role): Fields {
  return {
    label: role.label,
    description: role.description,
    capabilities: [...role.capabilities],
    imports: [...role.imports],
    grants: role.grants.map(({ content_set, capability }) => `${content_set}:${capability}`),
    deny: role.deny,
  };
}

/** A form as the server takes it. */
export function body(changes: Partial<Fields>): Omit<Partial<Fields>, 'grants'> & { grants?: { content_set: number; capability: string }[] } {
  const { grants, ...rest } = changes;
  return grants ? { ...rest, grants: grants.map(grant) } : rest;
}

/** A grant of a form in its two parts. */
export function grant(text: string): { content_set: number; capability: string } {
  const at = text.indexOf(':');
  return { content_set: Number(text.slice(0, at)), capability: text.slice(at + 1) };
}

/** What comes by the roles it imports, with those that bring it. */
export function imported(imports: readonly string[], roles: readonly Role[]): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const role of roles.filter(({ name, deny }) => imports.includes(name) && !deny)) {
    for (const one of role.effective) found.set(one, [...(found.get(one) ?? []), role.label]);
  }
  return found;
}

/** What is in the cell of a capability and a role. */
export function mark(capability: string, own: boolean, role: Role): Mark {
  if (own) return role.deny ? 'denied' : 'own';
  return !role.deny && role.effective.includes(capability) && !role.capabilities.includes(capability) ? 'imported' : 'nothing';
}

/** What those who have the role lose and gain by a change. */
export interface Effects {
  lose: string[];
  gain: string[];
  turned: boolean;
}

/** What a change of a role does. */
export function effects(role: Role, to: Fields, roles: readonly Role[]): Effects {
  const all = (fields: Fields) =>
    [...new Set([...fields.capabilities, ...imported(fields.imports, roles).keys()])];
  const [before, after] = [all(form(role)), all(to)];
  const gone = [...without(before, after), ...without(form(role).grants, to.grants).map((one) => grant(one).capability)];
  const fresh = [...without(after, before), ...without(to.grants, form(role).grants).map((one) => grant(one).capability)];
  const turned = role.deny !== to.deny;
  const [lose, gain] = to.deny ? [fresh, gone] : [gone, fresh];
  return { lose: [...new Set(lose)], gain: [...new Set(gain)], turned };
}

/** Whether nobody has it, so that nothing follows for anybody. */
export function isUnused(role: Role): boolean {
  return role.users === 0 && role.given_by === 0;
}

/** Names in a sentence: not all of them if there are many. */
export function some(names: readonly string[]): string {
  const most = 6;
  const shown = names.slice(0, most).join(', ');
  return names.length > most ? `${shown} ${t.people.shared.more(names.length - most)}` : shown;
}
