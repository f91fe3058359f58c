// The address bar as state: where we are, going somewhere else, and who may hold us back. It knows no pages
// (`src/pages/index.ts` does).

import { afterSignIn, base, below } from './paths.ts';

/** Says why one should not leave yet, or nothing when one may go. */
export type Guard = () => string | undefined;

const guards = new Set<Guard>();
let place = $state.raw(new URL(location.href));
/** What was asked for while a guard objected, and the guard's words. */
let held = $state.raw<{ reason: string; proceed: () => void } | undefined>(undefined);
/** The place in the history, so that a Back which a guard refuses can be undone. */
let index = 0;

/** Where we are, and ways to go elsewhere. */
export const router = {
  /** The path below the console's base: `/tokens/7`. */
  get path(): string {
    return below(place.pathname) ?? '/';
  },
  /** The query, to read; write it with `setQuery`. */
  get query(): URLSearchParams {
    return place.searchParams;
  },
  /** The whole address below the host, as a link would have it. */
  get href(): string {
    return place.pathname + place.search + place.hash;
  },
  /** Whether something on this page would be lost by leaving it. */
  get isUnsaved(): boolean {
    return objection() !== undefined;
  },
  /** What somebody wants to leave for although there is something unsaved; the shell asks him. */
  get held() {
    return held;
  },
  /** Goes to an address of the console. Others are refused: they are the browser's business. */
  go(href: string, how: { replace?: boolean } = {}): void {
    const target = new URL(href, location.href);
    if (target.origin !== location.origin || below(target.pathname) === undefined) return;
    const proceed = () => move(target, how.replace ?? false);
    if (target.pathname === place.pathname) proceed();
    else router.leaving(proceed);
  },
  /** Does what would lose what is unsaved on this page (signing out, another persona), after asking if need be. */
  leaving(proceed: () => void): void {
    const reason = objection();
    if (reason) held = { reason, proceed };
    else proceed();
  },
  /** Writes the query and stays on the page. `undefined` and the empty text leave a name out. Makes no new entry in the
   *  history, unless told so. */
  setQuery(changes: Record<string, string | string[] | undefined>, how: { push?: boolean } = {}): void {
    const target = new URL(place.href);
    for (const [name, value] of Object.entries(changes)) {
      target.searchParams.delete(name);
      for (const one of [value ?? []].flat()) if (one !== '') target.searchParams.append(name, one);
    }
    if (target.href !== place.href) move(target, !how.push);
  },
  /** Leaves although something is unsaved. */
  leaveAnyway(): void {
    const asked = held;
    held = undefined;
    guards.clear();
    asked?.proceed();
  },
  /** Stays. */
  stay(): void {
    held = undefined;
  },
  /** Goes to the page that the sign-in page was asked to lead to. */
  goAfterSignIn(): void {
    router.go(afterSignIn(place.searchParams.get('next')), { replace: true });
  },
};

/**
 * Registers a guard for as long as the component lives. Call it while the component is set up:
 * `guardLeaving(() => (changed ? t.leave.unsaved : undefined))`.
 */
export function guardLeaving(guard: Guard): void {
  $effect(() => {
    guards.add(guard);
    return () => guards.delete(guard);
  });
}

/** Starts listening to the browser. Once, by `main.ts`. */
export function startRouter(): void {
  history.replaceState({ index }, '');
  document.addEventListener('click', followLink);
  addEventListener('popstate', followHistory);
  addEventListener('beforeunload', (event) => {
    if (objection()) event.preventDefault();
  });
}

function objection(): string | undefined {
  for (const guard of guards) {
    const reason = guard();
    if (reason) return reason;
  }
  return undefined;
}

function move(target: URL, replace: boolean): void {
  if (target.href === place.href) return;
  if (replace) history.replaceState({ index }, '', target);
  else history.pushState({ index: ++index }, '', target);
  place = target;
}

/** A click on a link of ours becomes a move; with a modifier, to a new tab or to a download it stays the browser's. */
function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  if (!link || link.target || link.hasAttribute('download')) return;
  const target = new URL(link.href, location.href);
  if (target.origin !== location.origin || !target.pathname.startsWith(base)) return;
  if (target.pathname === place.pathname && target.hash && target.search === place.search) return;
  event.preventDefault();
  router.go(target.href);
}

/** Back and Forward have already happened when we hear of them: a guard's objection takes them back. */
function followHistory(event: PopStateEvent): void {
  const target = new URL(location.href);
  const arrived = (event.state as { index?: number } | null)?.index ?? 0;
  if (target.href === place.href) {
    index = arrived;
    return;
  }
  const reason = target.pathname === place.pathname ? undefined : objection();
  if (reason) {
    history.go(index - arrived);
    held = { reason, proceed: () => move(target, false) };
    return;
  }
  index = arrived;
  place = target;
}
