// Who is signed in, as which persona, what he may do, and how long that still holds; and what of it happened in another
// tab, for the cookie is the same in all of them. The dialogs about it are in `src/shell/`.

import { api, ApiProblem, listen } from './api/client.ts';
import type { components } from './api/schema';
import { clock } from './clock.svelte.ts';
import { router } from './router.svelte.ts';

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

/** What tabs tell each other. */
type Message = 'in' | 'out' | 'alive';

/** How many seconds before the end the notice appears; where sessions are very short, later. */
const notice = 60;
/** How often other tabs are told that the session was used, in milliseconds. */
const gossip = 5000;
const key = 'tokenry.signed-in';
const tabs = new BroadcastChannel('tokenry.session');

let current = $state.raw<Session | undefined>(undefined);
let asked = $state(false);
let ended = $state(false);
let reachable = $state(true);
let answered = $state(Date.now());
/** Another tab goes on as somebody else, and here is something unsaved. */
let elsewhere = $state.raw<Session | undefined>(undefined);
let endedElsewhere = $state(false);
let arrivals = $state(0);
let told = 0;

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
  /** It has ended because somebody signed out in another tab. */
  get endedElsewhere(): boolean {
    return endedElsewhere;
  },
  /** Who is signed in by now, if another tab changed that while something here is unsaved. */
  get elsewhere(): Session | undefined {
    return elsewhere;
  },
  /** How often another tab signed in while nobody was signed in here. */
  get arrivals(): number {
    return arrivals;
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
  /** Whether it ends so soon that one should be told. */
  get endsSoon(): boolean {
    return session.secondsLeft <= Math.min(notice, (current?.idle_timeout_seconds ?? 0) / 3);
  },
  /** Whether one of these may be done now; without any: whether somebody is signed in. */
  may(...powers: Power[]): boolean {
    if (!current) return false;
    return powers.length === 0 || powers.some((power) => current?.powers.includes(power));
  },

  /** Asks the server who is signed in. Also what keeps the session alive. Where nobody ever signed in from this browser
   *  there is no need to ask. */
  async load(): Promise<void> {
    if (!current && !isRemembered()) {
      asked = true;
      return;
    }
    try {
      adopt((await api.get('/api/v1/session', { quiet401: !current })).data);
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      if (!current) remember(false);
    } finally {
      asked = true;
    }
  },
  /** The same, for what else a session says; that it fails is said elsewhere. */
  async refresh(): Promise<void> {
    try {
      await session.load();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
    }
  },
  /** Signs in; the cookie is the server's business. Throws `ApiProblem`. */
  async signIn(user: string, password: string): Promise<void> {
    const before = current;
    const body = { user, password, transport: 'cookie' } as const;
    const { data } = await api.post('/api/v1/sessions', { body, quiet401: true });
    remember(true);
    // Whoever signs in again over a page goes on as the persona he was. Until then nothing changes for the page, which
    // would be made anew.
    const persona = before?.persona;
    if (persona && before.user === data.session.user && persona.id !== data.session.persona.id) {
      await session.actAs(persona);
    } else {
      current = data.session;
      tell('in');
    }
    restored();
  },
  /** Goes on as another persona: with a new session in the place of this one. */
  async actAs(persona: Persona): Promise<void> {
    const { data } = await api.post('/api/v1/session/persona', { body: { persona: persona.id } });
    current = data.session;
    elsewhere = undefined;
    tell('in');
  },
  /** Goes on as the one that another tab has made of us, although something unsaved is lost. */
  followElsewhere(): void {
    if (elsewhere) current = elsewhere;
    elsewhere = undefined;
  },
  /** Signs out. A session that is gone already is as good. */
  async signOut(): Promise<void> {
    try {
      await api.delete('/api/v1/session', { quiet401: true });
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
    }
    session.forget();
    tell('out');
  },
  /** Forgets who was signed in, without telling the server. */
  forget(): void {
    current = undefined;
    elsewhere = undefined;
    restored();
    remember(false);
  },
};

/** Takes what the server says about who is signed in. A page with something unsaved is not made anew behind the back of
 *  whoever types in it. */
function adopt(found: Session): void {
  const isSame = current?.user === found.user && current.persona.id === found.persona.id;
  if (current && !isSame && router.isUnsaved) {
    // Somebody else's session must not save what this one typed.
    if (current.user === found.user) elsewhere = found;
    else ended = true;
    return;
  }
  current = found;
  elsewhere = undefined;
  restored();
}

function restored(): void {
  ended = false;
  endedElsewhere = false;
}

/** That somebody signed in here, and nothing else, is remembered: so nobody is asked about before. */
function remember(signedIn: boolean): void {
  try {
    if (signedIn) localStorage.setItem(key, '1');
    else localStorage.removeItem(key);
  } catch {
    // A browser that keeps nothing.
  }
}

function isRemembered(): boolean {
  try {
    return localStorage.getItem(key) !== null;
  } catch {
    return true;
  }
}

function tell(message: Message): void {
  tabs.postMessage(message);
}

tabs.addEventListener('message', ({ data }: MessageEvent<Message>) => {
  if (data === 'alive') answered = Date.now();
  if (data === 'in') {
    const arrives = current === undefined;
    void session.refresh().then(() => {
      if (arrives && current) arrivals += 1;
    });
  }
  if (data !== 'out' || !current) return;
  if (router.isUnsaved) {
    ended = true;
    endedElsewhere = true;
  } else {
    session.forget();
  }
});

listen({
  answered() {
    answered = Date.now();
    reachable = true;
    if (!current || ended || answered - told < gossip) return;
    told = answered;
    tell('alive');
  },
  expired() {
    if (current) ended = true;
  },
  unreachable() {
    reachable = false;
  },
});
