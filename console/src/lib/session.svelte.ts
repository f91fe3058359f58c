// Who is signed in, as which persona, what he may do, and how long that still holds. The dialogs about it are in
// `src/shell/`.

import { api, ApiProblem, listen } from './api/client.ts';
import type { components } from './api/schema';
import { clock } from './clock.svelte.ts';

/** What one may do, by the names the server's rules have for it. */
export type Power =
  | 'audit.read'
  | 'gateway.use'
  | 'personas.edit'
  | 'roles.edit'
  | 'roles.list'
  | 'settings.edit'
  | 'tokens.create.any'
  | 'tokens.create.own'
  | 'tokens.list.any'
  | 'tokens.list.own'
  | 'tokens.revoke.any'
  | 'tokens.rotate.own'
  | 'tokens.use'
  | 'users.edit'
  | 'users.list';

/** A persona one may act as, as `GET /api/v1/session` names it. The default one has the id 0. */
export type Persona = components['schemas']['PersonaName'];

/** A session as the server shows it. */
export type Session = components['schemas']['Session'];

/** How many seconds before the end the notice appears. */
export const notice = 60;

let current = $state.raw<Session | undefined>(undefined);
let asked = $state(false);
let ended = $state(false);
let reachable = $state(true);
let answered = $state(Date.now());

/** The session, and what one can do about it. */
export const session = {
  /** Who is signed in, or nothing. */
  get current(): Session | undefined {
    return current;
  },
  /** Whether the server has been asked yet. */
  get known(): boolean {
    return asked;
  },
  /** Signed in, but the server does not know the session any more. */
  get ended(): boolean {
    return ended;
  },
  /** Whether the last call got an answer. */
  get reachable(): boolean {
    return reachable;
  },
  /** Seconds until it ends if nothing is done; follows the clock. */
  get secondsLeft(): number {
    if (!current?.idle_timeout_seconds) return Number.POSITIVE_INFINITY;
    return Math.max(0, Math.round((answered - clock.now) / 1000) + current.idle_timeout_seconds);
  },
  /** Whether one of these may be done now; without any: whether somebody is signed in. */
  may(...powers: Power[]): boolean {
    if (!current) return false;
    return powers.length === 0 || powers.some((power) => current?.powers.includes(power));
  },

  /** Asks the server who is signed in. Also what keeps the session alive. */
  async load(): Promise<void> {
    try {
      current = (await api.get('/api/v1/session', { quiet401: !current })).data;
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    } finally {
      asked = true;
    }
  },
  /** Signs in; the cookie is the server's business. Throws `ApiProblem`. */
  async signIn(user: string, password: string): Promise<void> {
    const before = current;
    const body = { user, password, transport: 'cookie' } as const;
    const { data } = await api.post('/api/v1/sessions', { body, quiet401: true });
    // Whoever signs in again over a page goes on as the persona he was. Until then nothing changes for the page, which
    // would be made anew.
    const persona = before?.persona;
    if (persona && before.user === data.session.user && persona.id !== data.session.persona.id) {
      await session.actAs(persona);
    } else {
      current = data.session;
    }
    ended = false;
  },
  /** Goes on as another persona: with a new session in the place of this one. */
  async actAs(persona: Persona): Promise<void> {
    const { data } = await api.post('/api/v1/session/persona', { body: { persona: persona.id } });
    current = data.session;
  },
  /** Signs out. A session that is gone already is as good. */
  async signOut(): Promise<void> {
    try {
      await api.delete('/api/v1/session', { quiet401: true });
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    }
    session.forget();
  },
  /** Forgets who was signed in, without telling the server. */
  forget(): void {
    current = undefined;
    ended = false;
  },
};

listen({
  answered() {
    answered = Date.now();
    reachable = true;
  },
  expired() {
    if (current) ended = true;
  },
  unreachable() {
    reachable = false;
  },
});
