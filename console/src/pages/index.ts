// The table of pages: which address shows which page, what it is called, and who may see it. A page that has no `load`
// yet is neither reachable nor in the navigation.

import type { Component } from 'svelte';
import type { Params } from '$lib/paths.ts';
import type { Power } from '$lib/session.svelte.ts';
import { t } from '$lib/texts';
import type { IconName } from '$lib/ui/icons.ts';

/** What every page is given. The query is `router.query`. */
export interface PageProps {
  params: Params;
}

/** Under which heading a page stands in the navigation. */
export type Group = 'access' | 'people' | 'system';

/** One page. */
export interface Page {
  /** Below `/console`; `:id` is a parameter. */
  path: string;
  /** For the window's title and the navigation. */
  title: string;
  /** One of these is needed; left out: being signed in is enough. */
  powers?: readonly Power[];
  /** Its place in the navigation; `key` follows `g` as its shortcut. */
  nav?: { group: Group; icon: IconName; key: string };
  load: () => Promise<{ default: Component<PageProps> }>;
}

/** A page may do without its parameters. */
type Load = () => Promise<{ default: Component<PageProps> | Component<Record<string, never>> }>;

const table: (Omit<Page, 'load'> & { load?: Load })[] = [
  {
    path: '/tokens',
    title: t.pages.tokens,
    powers: ['tokens.list.own', 'tokens.list.any', 'tokens.create.own', 'tokens.create.any'],
    nav: { group: 'access', icon: 'token', key: 't' },
    load: () => import('./tokens/Tokens.svelte'),
  },
  {
    path: '/tokens/:id',
    title: t.pages.token,
    powers: ['tokens.list.own', 'tokens.list.any', 'tokens.create.own', 'tokens.create.any'],
    load: () => import('./tokens/Token.svelte'),
  },
  {
    path: '/authentication-log',
    title: t.pages.authenticationLog,
    powers: ['audit.read'],
    nav: { group: 'access', icon: 'log', key: 'l' },
    load: () => import('./authentication-log/AuthenticationLog.svelte'),
  },
  {
    path: '/users',
    title: t.pages.users,
    powers: ['users.list', 'users.edit'],
    nav: { group: 'people', icon: 'user', key: 'u' },
    load: () => import('./users/Users.svelte'),
  },
  {
    path: '/users/:id',
    title: t.pages.user,
    load: () => import('./users/User.svelte'),
  },
  {
    path: '/groups',
    title: t.pages.groups,
    powers: ['users.list', 'users.edit'],
    nav: { group: 'people', icon: 'groups', key: 'g' },
    load: () => import('./groups/Groups.svelte'),
  },
  {
    path: '/groups/:id',
    title: t.people.groups.one,
    powers: ['users.list', 'users.edit'],
    load: () => import('./groups/Group.svelte'),
  },
  {
    path: '/roles',
    title: t.pages.roles,
    powers: ['roles.list', 'roles.edit'],
    nav: { group: 'people', icon: 'roles', key: 'r' },
    load: () => import('./roles/Roles.svelte'),
  },
  {
    path: '/roles/:id',
    title: t.pages.role,
    powers: ['roles.list', 'roles.edit'],
    load: () => import('./roles/Role.svelte'),
  },
  {
    path: '/personas',
    title: t.pages.personas,
    powers: ['users.list', 'personas.edit'],
    nav: { group: 'people', icon: 'persona', key: 'p' },
    load: () => import('./personas/Personas.svelte'),
  },
  {
    path: '/personas/:id',
    title: t.people.personas.one,
    load: () => import('./personas/Persona.svelte'),
  },
  {
    path: '/content-sets',
    title: t.pages.contentSets,
    powers: ['roles.list', 'roles.edit'],
    nav: { group: 'people', icon: 'layers', key: 'c' },
    load: () => import('./content-sets/ContentSets.svelte'),
  },
  {
    path: '/content-sets/:id',
    title: t.people.contentSets.one,
    powers: ['roles.list', 'roles.edit'],
    load: () => import('./content-sets/ContentSet.svelte'),
  },
  {
    path: '/computer-groups',
    title: t.pages.computerGroups,
    powers: ['roles.list', 'roles.edit'],
    nav: { group: 'people', icon: 'computers', key: 'm' },
    load: () => import('./computer-groups/ComputerGroups.svelte'),
  },
  {
    path: '/computer-groups/:id',
    title: t.people.computerGroups.one,
    powers: ['roles.list', 'roles.edit'],
    load: () => import('./computer-groups/ComputerGroup.svelte'),
  },
  {
    path: '/settings',
    title: t.pages.settings,
    powers: ['settings.edit'],
    nav: { group: 'system', icon: 'settings', key: 's' },
    load: () => import('./settings/Settings.svelte'),
  },
  {
    path: '/audit',
    title: t.pages.audit,
    powers: ['audit.read'],
    nav: { group: 'system', icon: 'audit', key: 'a' },
    load: () => import('./audit/Audit.svelte'),
  },
];

/** The pages that there are. */
export const pages: readonly Page[] = table.flatMap(({ load, ...page }) =>
  load ? [{ ...page, load: load as Page['load'] }] : [],
);
