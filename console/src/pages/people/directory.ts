// What the forms offer to choose from, as far as one may see it.

import { api } from '$lib/api/client.ts';
import type { components } from '$lib/api/schema';
import { session } from '$lib/session.svelte.ts';

export type User = components['schemas']['User'];
export type UserGroup = components['schemas']['UserGroup'];
export type Role = components['schemas']['Role'];
export type Capability = components['schemas']['Capability'];
export type Persona = components['schemas']['Persona'];
export type ContentSet = components['schemas']['ContentSet'];
export type ComputerGroup = components['schemas']['ComputerGroup'];
export type Token = components['schemas']['Token'];
export type Named = components['schemas']['Named'];

/** All roles; nothing if one may not see them. */
export async function roles(): Promise<Role[] | undefined> {
  return session.may('roles.list') ? (await api.get('/api/v1/roles')).data.items : undefined;
}

/** All capabilities that are known. */
export async function capabilities(): Promise<Capability[] | undefined> {
  return session.may('roles.list') ? (await api.get('/api/v1/capabilities')).data.items : undefined;
}

/** All content sets. */
export async function contentSets(): Promise<ContentSet[] | undefined> {
  return session.may('roles.list') ? (await api.get('/api/v1/content-sets')).data.items : undefined;
}

/** All computer groups. */
export async function computerGroups(): Promise<ComputerGroup[] | undefined> {
  return session.may('roles.list') ? (await api.get('/api/v1/computer-groups')).data.items : undefined;
}

/** All user groups. */
export async function userGroups(): Promise<UserGroup[] | undefined> {
  return session.may('users.list') ? (await api.get('/api/v1/user-groups')).data.items : undefined;
}

/** All personas. */
export async function personas(): Promise<Persona[]> {
  return (await api.get('/api/v1/personas')).data.items;
}

/** Options of a list to tick: all there are, and those that the thing has already, be they not to be seen. */
export function options(all: readonly Named[] | undefined, has: readonly Named[]): { value: string; title: string }[] {
  const known = new Map([...has, ...(all ?? [])].map(({ id, name }) => [String(id), name]));
  return [...known].map(([value, title]) => ({ value, title }));
}

/** Ids as the forms keep them. */
export function ids(things: readonly Named[]): string[] {
  return things.map(({ id }) => String(id));
}

/** Ids as the server takes them. */
export function numbers(texts: readonly string[]): number[] {
  return texts.map(Number);
}

/** Whether an id of the address can be one at all. */
export function isId(text: string | undefined): boolean {
  return /^[1-9]\d{0,14}$/.test(text ?? '');
}

/** Not more of a text than a sentence bears. */
export function clip(whole: string, most = 60): string {
  const characters = Array.from(whole);
  return characters.length > most ? `${characters.slice(0, most).join('')}…` : whole;
}
