// How the console speaks with the server: one function, problems as exceptions, and three pieces of news for the shell.
// What is asked and answered is typed by the OpenAPI document (`schema.d.ts`, made by `npm run types`).

import type { paths } from './schema';

/** Where the API is. */
export const root = '/api/v1';

/** A problem in the server's words (RFC 9457), or one of getting there (`unreachable`, `unreadable`). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';

  constructor(
    /** The status; 0 where no answer came. */
    readonly status: number,
    /** What it is, for programs. */
    readonly code: string,
    /** What it is, for people. */
    readonly detail: string,
    /** The field it is about. */
    readonly field?: string,
    /** After how many seconds it is worth another try. */
    readonly retryAfter?: number,
    /** The whole problem, for members that only some problems have. */
    readonly body: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }

  /** Somebody else changed the thing meanwhile. */
  get isConflict(): boolean {
    return this.status === 409 || this.status === 412;
  }

  /** Nothing came back: the network, or the server is down. */
  get isUnreachable(): boolean {
    return this.status === 0;
  }
}

/** What the shell wants to know of every call. */
export interface News {
  /** Something answered: the session lives on, the network is back. */
  answered: () => void;
  /** The session is over. */
  expired: () => void;
  /** Nothing answered. */
  unreachable: () => void;
}

/** How long an answer may take to begin, in milliseconds. */
const longest = 20_000;

const listeners = new Set<Partial<News>>();

/** Listens until the returned function is called. */
export function listen(listener: Partial<News>): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** What a call may carry. */
export interface Options {
  /** Names in braces of the path. */
  path?: Record<string, string | number>;
  /** A list repeats its name; nothing and the empty text are left out. */
  query?: Record<string, string | number | boolean | readonly string[] | undefined>;
  /** Sent as JSON. */
  body?: unknown;
  /** The version one has read: the call fails with 412 if there is a newer one. */
  ifMatch?: string | null;
  /** Makes a creation safe to send again: the same key makes one thing. See `newKey`. */
  idempotencyKey?: string;
  signal?: AbortSignal;
  /** A 401 is the answer, not the end of the session (signing in). */
  quiet401?: boolean;
}

/** An answer with the version of what it shows. */
export interface Answer<T> {
  data: T;
  /** For `ifMatch`. */
  etag: string | null;
  status: number;
}

/** A key for `idempotencyKey`: make it when the form opens, keep it while the same form is sent again. */
export function newKey(): string {
  return crypto.randomUUID();
}

/** How many sessions have been opened, and the call that is opening one. */
let opened = 0;
let opening: Promise<unknown> = Promise.resolve();

/** Asks the server. Throws `ApiProblem`, and what `signal` throws. */
export function request<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
  const answer = ask<T>(method, path, options);
  if (method === 'POST' && path.startsWith('/api/v1/session')) {
    opening = answer.then(
      () => (opened += 1),
      () => undefined,
    );
  }
  return answer;
}

async function ask<T>(method: string, path: string, options: Options): Promise<Answer<T>> {
  const session = opened;
  const headers = new Headers({ accept: 'application/json', 'tokenry-console': '1' });
  if (options.body !== undefined) headers.set('content-type', 'application/json');
  if (options.ifMatch) headers.set('if-match', options.ifMatch);
  if (options.idempotencyKey) headers.set('idempotency-key', options.idempotencyKey);
  // A server that took the call and then says nothing is as good as none.
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), longest);
  let response: Response;
  try {
    response = await fetch(address(path, options), {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      signal: options.signal ? AbortSignal.any([options.signal, patience.signal]) : patience.signal,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    tell('unreachable');
    throw new ApiProblem(0, 'unreachable', 'The server does not answer.');
  } finally {
    clearTimeout(timer);
  }
  // A proxy in between that has lost its server is no server either.
  tell(response.status === 502 || response.status === 504 ? 'unreachable' : 'answered');
  const body = await read(response);
  if (response.ok) return { data: body as T, etag: response.headers.get('etag'), status: response.status };
  if (response.status === 401 && !options.quiet401) {
    // What was asked in the session before, and answered when that was over, says nothing of the one now.
    await opening;
    if (session === opened) tell('expired');
  }
  throw problem(response, body);
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathsWith<M extends Method> = {
  [P in keyof paths]: paths[P] extends Record<M, infer O> ? ([O] extends [undefined] ? never : P) : never;
}[keyof paths] &
  string;
type Operation<P extends keyof paths, M extends Method> = paths[P] extends Record<M, infer O> ? O : never;
type Json<T> = T extends { content: { 'application/json': infer B } } ? B : undefined;
type Good<R> = { [S in keyof R]: S extends 200 | 201 | 202 | 204 ? Json<R[S]> : never }[keyof R];

/** What the server answers to this when all is well. */
export type Reply<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { responses: infer R } ? Good<R> : unknown;
/** What it wants to be sent. */
export type Body<P extends keyof paths, M extends Method> =
  Operation<P, M> extends { requestBody?: infer B } ? Json<NonNullable<B>> : unknown;

type Typed<P extends keyof paths, M extends Method> = Omit<Options, 'body'> & { body?: Body<P, M> };

function call<M extends Method>(method: M) {
  return <P extends PathsWith<M>>(path: P, options?: Typed<P, M>): Promise<Answer<Reply<P, M>>> =>
    request(method.toUpperCase(), path, options as Options);
}

/** The API by the paths of its document: `api.get('/api/v1/tokens/{id}', { path: { id } })`. */
export const api = {
  get: call('get'),
  post: call('post'),
  put: call('put'),
  patch: call('patch'),
  delete: call('delete'),
};

/** The problem's own words if it is about a field the form shows, keyed by the field. */
export function fieldErrors(error: unknown, fields: readonly string[]): Record<string, string> {
  if (!(error instanceof ApiProblem) || !error.field || !fields.includes(error.field)) return {};
  return { [error.field]: error.detail };
}

function address(path: string, options: Options): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(options.path?.[name] ?? ''));
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(options.query ?? {})) {
    for (const one of [value ?? []].flat()) if (one !== '') query.append(name, String(one));
  }
  const whole = filled.startsWith(root) ? filled : root + filled;
  return query.size > 0 ? `${whole}?${query}` : whole;
}

async function read(response: Response): Promise<unknown> {
  try {
    const text = await response.text();
    return text === '' ? undefined : (JSON.parse(text) as unknown);
  } catch {
    if (!response.ok) return undefined;
    throw new ApiProblem(response.status, 'unreadable', 'The answer of the server cannot be read.');
  }
}

function problem(response: Response, body: unknown): ApiProblem {
  const said = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const text = (name: string) => (typeof said[name] === 'string' ? said[name] : undefined);
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  return new ApiProblem(
    response.status,
    text('code') ?? 'unknown',
    text('detail') ?? text('title') ?? `The server answered with status ${response.status}.`,
    text('field'),
    Number.isNaN(seconds) ? undefined : seconds,
    said,
  );
}

function tell(news: keyof News): void {
  for (const listener of listeners) listener[news]?.();
}
