// What stands in the navigation: every page with a place in it that one may see.

import type { IconName } from '$lib/ui/icons.ts';
import { base } from '$lib/paths.ts';
import { session } from '$lib/session.svelte.ts';
import { t } from '$lib/texts';
import { type Group, pages } from '../pages/index.ts';

/** One entry. */
export interface Entry {
  href: string;
  title: string;
  icon: IconName;
  /** The second key of its shortcut: `g`, then this. */
  key: string;
}

const order: readonly Group[] = ['access', 'people', 'system'];

/** The entries by group, without the groups that have none. Reads the session. */
export function navigation(): { group: Group; title: string; entries: Entry[] }[] {
  return order
    .map((group) => ({ group, title: t.shell.groups[group], entries: entriesOf(group) }))
    .filter(({ entries }) => entries.length > 0);
}

function entriesOf(group: Group): Entry[] {
  return pages.flatMap(({ path, title, nav, powers = [] }) => {
    if (nav?.group !== group || !session.may(...powers)) return [];
    return [{ href: base + path.slice(1), title, icon: nav.icon, key: nav.key }];
  });
}
