// What browsers are told about the console.
import { neighbour } from '../kit/neighbour.ts';
import { Api, expect, PASSWORD, test } from '../kit/test.ts';

test('every page is under a policy that lets nothing in but our own files', async ({ server }) => {
  const answer = await new Api(server.origin).get('/console/tokens');
  expect(answer.status).toBe(200);
  const policy = String(answer.headers['content-security-policy']);
  for (const part of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]) {
    expect(policy).toContain(part);
  }
  expect(policy).not.toMatch(/unsafe|data:|\*/);
  expect(answer.headers).toMatchObject({
    'cache-control': 'no-store',
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  });
  // Nothing inline in the page itself, so the policy has nothing to forgive.
  expect(answer.text).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=/i);
});

test('what the API says is kept nowhere', async ({ server, admin }) => {
  for (const path of ['/api/v1/session', '/api/v1/tokens', '/api/v1/settings', '/api/v1/audit']) {
    expect(String((await admin.get(path)).headers['cache-control'])).toContain('no-store');
  }
  expect(String((await new Api(server.origin).get('/api/v1/session')).headers['cache-control'])).toContain('no-store');
});

test('the cookie is out of reach of scripts, of other sites and of plain HTTP', async ({ page, context, console }) => {
  await console.signIn();
  const cookies = await context.cookies();
  expect(cookies).toHaveLength(1);
  expect(cookies[0]).toMatchObject({
    name: '__Host-tokenry',
    path: '/',
    domain: '127.0.0.1',
    secure: true,
    httpOnly: true,
    sameSite: 'Strict',
    expires: -1,
  });
  expect(await page.evaluate(() => document.cookie)).toBe('');
  const key = cookies[0]?.value ?? '';
  expect(key.length).toBeGreaterThan(20);
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain(key);
  expect(await page.content()).not.toContain(key);
});

test('no other page can put a frame around ours', async ({ page, console, complaints }) => {
  const { origin, close } = await neighbour(`<!doctype html><iframe src="${console.server.origin}/console/"></iframe>`);
  try {
    await page.goto(origin);
    // What the browser shows in its place.
    await expect.poll(() => page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/');
  } finally {
    close();
  }
  const refused = complaints.filter((text) => text.includes('frame-ancestors'));
  expect(refused.length).toBeGreaterThan(0);
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !refused.includes(text)));
});

test('after signing out the old cookie opens nothing', async ({ page, context, console, server }) => {
  await console.signIn();
  const [cookie] = await context.cookies();
  const withIt = () =>
    new Api(server.origin).send('GET', '/api/v1/session', undefined, { cookie: `${cookie?.name}=${cookie?.value}` });
  expect((await withIt()).json.user).toBe('admin');
  await page.getByRole('button', { name: 'Signed in as admin' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Tokenry' })).toBeVisible();
  expect((await withIt()).status).toBe(401);
  expect(await context.cookies()).toEqual([]);
  expect((await Api.as(server.origin, 'admin', PASSWORD)) instanceof Api).toBe(true);
});
