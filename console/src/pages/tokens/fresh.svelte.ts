// Which tokens were made in this tab and can still be seen: ids and ends, never a string. Forgotten when the grid or the
// page is loaded again, when one leaves the pages about tokens, and when a persona is changed, as the server's own answer
// would be a refusal then or soon.

import { SvelteMap } from 'svelte/reactivity';
import { clock } from '$lib/clock.svelte.ts';
import { below } from '$lib/paths.ts';
import { session } from '$lib/session.svelte.ts';
import type { IssuedToken } from './model.ts';

const ends = new SvelteMap<string, number>();
let persona: number | undefined;

/** The tokens whose string can be seen once more. */
export const fresh = {
  /** Remembers a token that was made just now. */
  add(issued: Pick<IssuedToken, 'id' | 'issued_at' | 'visible_until'>): void {
    if (!issued.visible_until) return;
    // By how long it lasts, not by the hour: the clocks of server and browser may differ.
    const lasts = Date.parse(issued.visible_until) - Date.parse(issued.issued_at);
    ends.set(issued.id, Date.now() + lasts);
  },
  /** For how many seconds still; 0 when it is over or was never so. Follows the clock. */
  secondsLeft(id: string): number {
    const end = ends.get(id);
    return end === undefined ? 0 : Math.max(0, Math.ceil((end - clock.now) / 1000));
  },
  /** Forgets one. */
  remove(id: string): void {
    ends.delete(id);
  },
  /** Forgets all. */
  clear(): void {
    ends.clear();
  },
};

/** Call it while a page about tokens is set up: forgets them all once that is left for another page of the console. */
export function forgetFreshOnLeaving(): void {
  const now = session.current?.persona.id;
  if (persona !== now) ends.clear();
  persona = now;
  $effect(() => () => {
    // Not by the router: what goes away still sees the state that it was made for.
    const path = below(location.pathname) ?? '';
    if (path !== '/tokens' && !path.startsWith('/tokens/')) ends.clear();
  });
}

/** Calls `forget` when the component goes away, the page is left, or comes back from the browser's memory. */
export function forgetting(forget: () => void): void {
  $effect(() => {
    const shown = (event: PageTransitionEvent) => event.persisted && forget();
    addEventListener('pagehide', forget);
    addEventListener('pageshow', shown);
    return () => {
      removeEventListener('pagehide', forget);
      removeEventListener('pageshow', shown);
      forget();
    };
  });
}
