// What a line of the audit is about, and where in the console that is.

import { to } from '$lib/paths.ts';
import { t } from '$lib/texts';
import type { AuditLine } from './download.ts';

/** What it is called, and its page if it can still have one. */
export interface About {
  text: string;
  href?: string;
}

const pages: Record<string, string> = {
  user: '/users',
  user_group: '/groups',
  role: '/roles',
  persona: '/personas',
  content_set: '/content-sets',
  computer_group: '/computer-groups',
};

/** What a line is about; nothing where it is about nothing else than who did it. */
export function aboutOf(line: AuditLine): About[] {
  const about: About[] = [];
  const [verb, kind] = split(line.action);
  const gone = verb === 'delete';
  if (line.token) {
    // A revoked token has no page any more.
    about.push({ text: t.logs.audit.aToken(line.token.slice(0, 12)), href: gone ? undefined : to('/tokens', line.token) });
  }
  if (line.action === 'edit_settings') about.push({ text: t.settings.title, href: to('/settings') });
  // Who signs in does that for himself.
  else if (line.target && line.target !== (kind === '' ? line.actor : undefined)) about.push({ text: line.target, href: gone && kind !== 'token' ? undefined : place(kind, line) });
  return about;
}

function split(action: string): [verb: string, kind: string] {
  const at = action.indexOf('_');
  return at < 0 ? [action, ''] : [action.slice(0, at), action.slice(at + 1)];
}

function place(kind: string, { target, object }: AuditLine): string | undefined {
  const page = pages[kind];
  if (page && object !== null && object !== undefined) return to(page, String(object));
  if (page) return to(page);
  // Whose token or password it was: known by name only.
  if (kind === 'token' || kind === 'password') return `${to('/users')}?${new URLSearchParams({ search: target ?? '' })}`;
  return undefined;
}
