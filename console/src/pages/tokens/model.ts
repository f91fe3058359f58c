// What the pages about tokens know of tokens: columns, filters, views, and words for one token. No state, no calls.

import type { components } from '$lib/api/schema';
import type { Attribute } from '$lib/filters.ts';
import { t } from '$lib/texts';
import { relative } from '$lib/time.ts';

/** A token's record. */
export type Token = components['schemas']['Token'];
/** What was made: a record, and its string. */
export type IssuedToken = components['schemas']['IssuedToken'];
/** How a string is written. */
export type Form = components['schemas']['Form'];
/** What can be done with many. */
export type ManyAction = components['schemas']['ManyAction'];

/** Within how many days an end is soon. */
export const soonDays = 14;

/** The columns of the grid. */
export type ColumnKey =
  | 'number'
  | 'user'
  | 'persona'
  | 'audience'
  | 'name'
  | 'notes'
  | 'form'
  | 'created'
  | 'not_before'
  | 'expires'
  | 'last_used'
  | 'addresses'
  | 'status';

/** A column as `ui/Table.svelte` takes it. */
export interface GridColumn {
  key: ColumnKey;
  title: string;
  text?: (token: Token) => string;
  sortable?: boolean;
  primary?: boolean;
  fixed?: boolean;
}

const c = t.tokens.columns;

/** All columns, in their order. */
export const columns: readonly GridColumn[] = [
  { key: 'number', title: c.number, sortable: true, primary: true, fixed: true },
  { key: 'status', title: c.status, fixed: true },
  { key: 'user', title: c.user, sortable: true },
  { key: 'persona', title: c.persona },
  { key: 'audience', title: c.audience, sortable: true },
  { key: 'name', title: c.name },
  { key: 'notes', title: c.notes },
  { key: 'form', title: c.form, text: (token) => t.tokens.forms[token.form], fixed: true },
  { key: 'created', title: c.created, sortable: true, fixed: true },
  { key: 'not_before', title: c.not_before, sortable: true, fixed: true },
  { key: 'expires', title: c.expires, sortable: true, fixed: true },
  { key: 'last_used', title: c.last_used, sortable: true, fixed: true },
  { key: 'addresses', title: c.addresses },
];

/** Those that are shown until somebody chooses. */
export const usualColumns: readonly ColumnKey[] = [
  'number',
  'user',
  'audience',
  'name',
  'notes',
  'expires',
  'last_used',
  'addresses',
  'status',
];

const text = (key: keyof typeof c): Attribute => ({ key, title: c[key] });
const time = (key: keyof typeof c): Attribute => ({ key, title: c[key], kind: 'time' });

/** What one can filter by. */
export const attributes: readonly Attribute[] = [
  text('user'),
  text('persona'),
  text('audience'),
  text('name'),
  text('notes'),
  {
    key: 'form',
    title: c.form,
    kind: 'choice',
    choices: (['opaque', 'splunk_jwt', 'hex'] as const).map((value) => ({ value, title: t.tokens.forms[value] })),
  },
  {
    key: 'status',
    title: c.status,
    kind: 'choice',
    choices: (['enabled', 'disabled'] as const).map((value) => ({ value, title: t.status[value] })),
  },
  text('addresses'),
  { ...time('created'), operators: ['before', 'after'] },
  { ...time('not_before'), operators: ['before', 'after'] },
  time('expires'),
  time('last_used'),
  text('last_used_address'),
  { key: 'number', title: c.number, kind: 'number' },
  text('id'),
  text('issuer'),
];

/** The views: lists that somebody often wants to see. */
export const views = ['all', 'mine', 'expiring', 'unused', 'disabled'] as const;
/** One of them. */
export type View = (typeof views)[number];

/** What the view adds to the filters. */
export function viewFilters(view: View, user: string): string[] {
  switch (view) {
    case 'mine':
      return [`user:equals:${user}`];
    case 'expiring':
      return [`expires:before:+${soonDays}d`, 'expires:after:-1s'];
    case 'unused':
      return ['last_used:equals:never'];
    case 'disabled':
      return ['status:equals:disabled'];
    default:
      return [];
  }
}

/** What the token is called where only a text fits: `#12 backup`. */
export function called(token: Token): string {
  return t.tokens.called(token.number, clip(token.name));
}

/** The token, and who would notice: for confirmations. */
export function consequence(token: Token, now: number): string {
  const what = token.name || token.notes;
  const name = t.tokens.called(token.number, clip(what));
  const use = token.last_used
    ? t.tokens.bulk.used(relative(token.last_used, now), token.user, token.last_used_address ?? undefined)
    : t.tokens.bulk.unused(token.user);
  return `${name} – ${use}`;
}

/** Whether something uses it right now, most likely. */
export function usedLately(token: Token, now: number): boolean {
  return token.last_used !== null && token.last_used !== undefined && now - Date.parse(token.last_used) < 3_600_000;
}

/** The persona by name. */
export function personaOf(token: Token): string {
  return token.persona_name ?? t.tokens.personaGone(token.persona);
}

/** Whether the list of addresses lets everybody in. */
export function isAnywhere(token: Token): boolean {
  const list = token.addresses;
  return !list || list.some((one) => one === '0.0.0.0/0' || one === '::/0');
}

function clip(whole: string): string {
  const characters = Array.from(whole);
  return characters.length > 60 ? `${characters.slice(0, 60).join('')}…` : whole;
}
