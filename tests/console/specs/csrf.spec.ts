// NT-60: a page of another origin cannot do anything as whoever is signed in.
import { neighbour } from '../kit/neighbour.ts';
import { provoked } from '../kit/provoked.ts';
import { Api, expect, PASSWORD, test } from '../kit/test.ts';

const ways = {
  'JSON as text/plain': { type: 'text/plain', frame: false },
  'a form’s own type': { type: 'application/x-www-form-urlencoded', frame: false },
  'JSON': { type: 'application/json', frame: false },
  'JSON as text/plain from a page without an origin': { type: 'text/plain', frame: true },
};

/** Runs this in a frame that has no origin, so that the request says `Origin: null`. */
function fromFrame(code: string): Promise<string> {
  return new Promise((told) => {
    addEventListener('message', (event) => told(String(event.data)), { once: true });
    const frame = document.createElement('iframe');
    frame.setAttribute('sandbox', 'allow-scripts');
    frame.srcdoc = `<script>${code}.then((seen) => parent.postMessage(seen, '*'))</script>`;
    document.body.append(frame);
  });
}

test('nt60_no request of another origin changes anything', async ({ page, console, admin, complaints }) => {
  await console.signIn();
  const { origin, close } = await neighbour();
  const count = async () => (await admin.get('/api/v1/audit?limit=1')).json.items[0].sequence;
  const before = await count();
  try {
    await page.goto(origin);
    for (const [name, { type, frame }] of Object.entries(ways)) {
      for (const [method, path, body] of [
        ['POST', '/api/v1/tokens', { name: 'stolen' }],
        ['DELETE', '/api/v1/session', undefined],
        ['PATCH', '/api/v1/settings', { token_authentication: false }],
      ] as const) {
        // Without CORS only simple requests leave the browser; the others ask first, and are not allowed.
        const mode = method === 'POST' && type !== 'application/json' ? 'no-cors' : 'cors';
        const init = {
          method,
          mode,
          credentials: 'include',
          headers: { 'content-type': type },
          body: body && JSON.stringify(body),
        };
        const code = `fetch(${JSON.stringify(console.server.origin + path)}, ${JSON.stringify(init)})
          .then((answer) => answer.type + ' ' + answer.status, () => 'blocked')`;
        const seen = frame ? await page.evaluate(fromFrame, code) : await page.evaluate(code);
        expect(seen, `${name}: ${method} ${path}`).toBe(mode === 'no-cors' ? 'opaque 0' : 'blocked');
      }
    }
  } finally {
    close();
  }
  expect(await count()).toBe(before);
  await console.open('settings');
  await expect(page.getByRole('banner')).toBeVisible();
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes('blocked by CORS policy')));
  complaints.splice(0, complaints.length, ...complaints.filter((text) => !text.includes('net::ERR_FAILED')));
  provoked(complaints, 400, 401, 403, 415);
});

test('nt60_a form of another origin is refused', async ({ page, console, admin, complaints }) => {
  await console.signIn();
  const { origin, close } = await neighbour();
  const before = (await admin.get('/api/v1/audit?limit=1')).json.items[0].sequence;
  try {
    await page.goto(origin);
    await page.evaluate((url) => {
      const form = document.createElement('form');
      form.method = 'post';
      form.enctype = 'text/plain';
      form.action = url;
      const field = document.createElement('input');
      field.name = '{"name":"stolen","notes":"';
      field.value = '"}';
      form.append(field);
      document.body.append(form);
    }, `${console.server.origin}/api/v1/tokens`);
    const [answer] = await Promise.all([
      page.waitForResponse((one) => one.url().endsWith('/api/v1/tokens')),
      page.evaluate(() => document.forms[0]!.submit()),
    ]);
    expect([401, 403]).toContain(answer.status());
  } finally {
    close();
  }
  expect((await admin.get('/api/v1/audit?limit=1')).json.items[0].sequence).toBe(before);
  provoked(complaints, 401, 403);
});

test('nt60_the cookie alone opens nothing that changes, whatever the request says of itself', async ({ server, admin }) => {
  const stranger = new Api(server.origin);
  const mark = { 'tokenry-console': '1', 'sec-fetch-site': 'same-origin' };
  const opened = await stranger.send('POST', '/api/v1/sessions', { user: 'admin', password: PASSWORD, transport: 'cookie' }, mark);
  expect(opened.status).toBe(201);
  expect(opened.json.key ?? null).toBeNull();
  const cookie = String(opened.headers['set-cookie']).split(';')[0] ?? '';
  const send = (headers: Record<string, string>) =>
    stranger.send('POST', '/api/v1/tokens', { name: 'stolen' }, { cookie, ...headers });
  const before = (await admin.get('/api/v1/audit?limit=1')).json.items[0].sequence;
  for (const headers of [
    {},
    { 'sec-fetch-site': 'same-origin' },
    { 'tokenry-console': '1' },
    { 'tokenry-console': '1', 'sec-fetch-site': 'same-site' },
    { 'tokenry-console': '1', 'sec-fetch-site': 'cross-site' },
    { 'tokenry-console': '1', 'sec-fetch-site': 'none' },
    { 'tokenry-console': '1', origin: 'null' },
    { 'tokenry-console': '1', origin: 'https://evil.example' },
    { 'tokenry-console': '1', origin: `${server.origin}.evil.example` },
    { 'content-type': 'text/plain', origin: 'null' },
    { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'cross-site' },
  ]) {
    const answer = await send(headers);
    expect(answer.status, JSON.stringify(headers)).toBe(403);
    expect(answer.json.code).toBe('cross_origin');
  }
  // Signing somebody in as somebody else is refused, too.
  const forced = await stranger.send('POST', '/api/v1/sessions', { user: 'admin', password: PASSWORD, transport: 'cookie' }, {});
  expect(forced.status).toBe(403);
  expect(forced.headers['set-cookie']).toBeUndefined();
  expect((await admin.get('/api/v1/audit?limit=1')).json.items[0].sequence).toBe(before);
  expect((await send(mark)).status).toBe(201);
});
