import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ApiProblem, fieldErrors, listen, request } from './client.ts';

const fetched = vi.fn<(url: string, init: RequestInit) => Promise<Response>>();
const news: string[] = [];
let quiet: () => void;

beforeEach(() => {
  vi.stubGlobal('fetch', fetched);
  quiet = listen({
    answered: () => news.push('answered'),
    expired: () => news.push('expired'),
    unreachable: () => news.push('unreachable'),
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
  news.length = 0;
  quiet();
});

const answer = (status: number, body?: unknown, headers: Record<string, string> = {}) =>
  fetched.mockResolvedValueOnce(new Response(body === undefined ? null : JSON.stringify(body), { status, headers }));

const problemOf = async (asked: Promise<unknown>): Promise<ApiProblem> => {
  const error = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ApiProblem) return error;
  throw new Error('it was answered');
};

it('sends what the server needs to know that it is the console', async () => {
  answer(200, { id: 1 }, { etag: '"7"' });
  const options = {
    path: { id: 'a/b' },
    query: { q: 'x y', filter: ['a:equals:1', 'b:equals:2'], none: undefined, empty: '' },
    body: { notes: 'ä' },
    ifMatch: '"6"',
    idempotencyKey: 'key',
  };
  expect(await request('PATCH', '/api/v1/tokens/{id}', options)).toEqual({ data: { id: 1 }, etag: '"7"', status: 200 });
  const [url, init] = fetched.mock.calls[0] ?? [];
  expect(url).toBe('/api/v1/tokens/a%2Fb?q=x+y&filter=a%3Aequals%3A1&filter=b%3Aequals%3A2');
  expect(init).toMatchObject({ method: 'PATCH', credentials: 'same-origin', cache: 'no-store', redirect: 'error' });
  expect(Object.fromEntries(new Headers(init?.headers))).toEqual({
    accept: 'application/json',
    'content-type': 'application/json',
    'idempotency-key': 'key',
    'if-match': '"6"',
    'tokenry-console': '1',
  });
});

it('makes a problem of a problem', async () => {
  const body = { status: 400, code: 'invalid_value', detail: 'Too long.', field: 'notes', title: 'Bad Request', most: 9 };
  answer(400, body);
  const problem = await problemOf(request('POST', '/tokens'));
  expect(problem).toMatchObject({ status: 400, code: 'invalid_value', detail: 'Too long.', field: 'notes', body });
  expect(fieldErrors(problem, ['notes'])).toEqual({ notes: 'Too long.' });
  expect(fieldErrors(problem, ['name'])).toEqual({});
});

it.each([409, 412])('calls %d a conflict', async (status) => {
  answer(status, { code: 'conflict' });
  expect((await problemOf(request('PATCH', '/x'))).isConflict).toBe(true);
});

it('reads how long to wait', async () => {
  answer(429, { code: 'too_many_requests' }, { 'retry-after': '12' });
  expect((await problemOf(request('GET', '/x'))).retryAfter).toBe(12);
});

it('tells of an ended session, but not while signing in', async () => {
  answer(401, { code: 'invalid_token' });
  await problemOf(request('GET', '/tokens'));
  expect(news).toEqual(['answered', 'expired']);
  answer(401, { code: 'invalid_credentials' });
  await problemOf(request('POST', '/sessions', { quiet401: true }));
  expect(news).toEqual(['answered', 'expired', 'answered']);
});

it('tells when nothing answers', async () => {
  fetched.mockRejectedValueOnce(new TypeError('failed'));
  expect((await problemOf(request('GET', '/x'))).isUnreachable).toBe(true);
  answer(502);
  expect((await problemOf(request('GET', '/x'))).status).toBe(502);
  expect(news).toEqual(['unreachable', 'unreachable']);
});

it('says nothing when the caller gave up', async () => {
  const controller = new AbortController();
  controller.abort();
  const aborted = new DOMException('aborted', 'AbortError');
  fetched.mockRejectedValueOnce(aborted);
  await expect(request('GET', '/x', { signal: controller.signal })).rejects.toBe(aborted);
  expect(news).toEqual([]);
});

it('does not take a page of a proxy for an answer', async () => {
  fetched.mockResolvedValueOnce(new Response('<html>', { status: 200 }));
  expect((await problemOf(request('GET', '/x'))).code).toBe('unreadable');
  fetched.mockResolvedValueOnce(new Response('<html>', { status: 500 }));
  expect(await problemOf(request('GET', '/x'))).toMatchObject({ status: 500, code: 'unknown' });
});
