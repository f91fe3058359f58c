// Coming in: right and wrong passwords, where one is led afterwards, and who is not let in.
import { provoked } from '../kit/provoked.ts';
import { Server } from '../kit/server.ts';
import { Api, Console, expect, PASSWORD, test } from '../kit/test.ts';

test('the first visit shows the form, says nothing on the console, and is accessible', async ({ page, console }) => {
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await console.open();
  await expect(page.getByRole('heading', { name: 'Sign in to Tokenry' })).toBeVisible();
  await expect(page.getByLabel('User name')).toBeFocused();
  await console.isAccessible();
  // Nobody ever signed in from here: the server is not asked, so it does not have to refuse.
  expect(asked.filter((path) => path.startsWith('/api/'))).toEqual([]);
});

test('a name and a password lead in; after a reload one is still in', async ({ page, console }) => {
  await console.signIn();
  await page.reload();
  await expect(page.getByRole('banner')).toBeVisible();
  const kept = await page.evaluate(() => Object.keys({ ...localStorage }).filter((key) => key.startsWith('tokenry.')));
  expect(kept).toEqual(['tokenry.signed-in']);
  expect(await page.evaluate(() => localStorage.getItem('tokenry.signed-in'))).toBe('1');
});

test('what is missing is said at the field, before anything is sent', async ({ page, console }) => {
  await console.open();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Enter your user name.')).toBeVisible();
  await page.getByLabel('User name').fill('admin');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByText('Enter your password.')).toBeVisible();
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
});

test('a wrong password is said in plain words, and the name stays', async ({ page, complaints }) => {
  const server = await Server.start();
  try {
    const console = new Console(page, server);
    await console.open();
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password', { exact: true }).fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('alert')).toContainText('The user name or the password is not right.');
    await expect(page.getByLabel('User name')).toHaveValue('admin');
    await console.isAccessible();
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('banner')).toBeVisible();
  } finally {
    // Before the page finds its server gone.
    await page.goto('about:blank');
    await server.stop();
  }
  provoked(complaints, 401);
});

test('a locked user is told that he is locked', async ({ page, console, admin, complaints }, info) => {
  const name = `locked-${info.project.name}-${info.workerIndex}`;
  const user = await admin.make('/api/v1/users', { name, password: PASSWORD, roles: ['user'] });
  expect((await admin.patch(`/api/v1/users/${user.id}`, { locked: true })).status).toBe(200);
  await console.open();
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText('This account is locked.');
  provoked(complaints, 401, 403);
});

test('after too many attempts the form counts down', async ({ page, complaints }) => {
  const server = await Server.start();
  try {
    const stranger = new Api(server.origin);
    for (let attempt = 0; attempt < 20; attempt += 1) {
      await stranger.post('/api/v1/sessions', { user: `nobody${attempt}`, password: 'wrong' });
    }
    await new Console(page, server).open();
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByText(/Try again in [0-5]:\d\d\./)).toBeVisible();
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeDisabled();
  } finally {
    await server.stop();
  }
  provoked(complaints, 429);
});

test('nt61_a link to the sign-in page leads to pages of the console only', async ({ page, console }) => {
  await console.signIn();
  const evil = [
    '//evil.example',
    '/\\evil.example',
    'https:evil.example',
    'https://evil.example/console/',
    '/console/../../evil',
    '/console//evil.example',
    '/console/%2e%2e/%2e%2e/evil',
    '/console/%252e%252e/evil',
    '/console/\\evil.example',
    '/console@evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    '/api/v1/session',
    '%2f%2fevil.example',
  ];
  for (const next of evil) {
    await console.open(`sign-in?${new URLSearchParams({ next })}`);
    await expect(page.getByRole('banner')).toBeVisible();
    await expect(page).not.toHaveURL(/sign-in/);
    const url = new URL(page.url());
    expect(url.origin, next).toBe(console.server.origin);
    expect(url.pathname, next).toMatch(/^\/console\/[a-z-]*$/);
    expect(url.href, next).not.toContain('evil');
  }
});

test('one is led to where one wanted to go', async ({ page, console }) => {
  await console.signIn('admin', PASSWORD, 'settings?search=length');
  await expect(page).toHaveURL(/\/console\/settings\?search=length$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
});

test('nt65_a token in the cookie does not open the console', async ({ page, context, console, admin, complaints }) => {
  const made = await admin.make('/api/v1/tokens', { name: 'not a key to the console', expires: '+1h' });
  await context.addCookies([
    {
      name: '__Host-tokenry',
      value: made.token,
      url: console.server.origin,
      secure: true,
      httpOnly: true,
      sameSite: 'Strict',
    },
  ]);
  await page.addInitScript(() => localStorage.setItem('tokenry.signed-in', '1'));
  await console.open('tokens');
  await expect(page.getByRole('heading', { name: 'Sign in to Tokenry' })).toBeVisible();
  await expect(page.getByRole('banner')).toHaveCount(0);
  provoked(complaints, 401, 403);
});

test('who has a choice of personas makes it after signing in', async ({ page, console, admin }, info) => {
  const name = `chooser-${info.project.name}-${info.workerIndex}`;
  const user = await admin.make('/api/v1/users', { name, password: PASSWORD, roles: ['user'] });
  const roles = (await admin.get('/api/v1/roles')).json.items;
  const role = roles.find((one: { name: string }) => one.name === 'admin');
  const groups = (await admin.get('/api/v1/computer-groups')).json.items;
  await admin.make('/api/v1/personas', {
    name: `Night shift ${name}`,
    computer_group: groups[0].id,
    roles: [role.id],
    users: [user.id],
  });
  await console.open();
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { name: 'Choose a persona' })).toBeVisible();
  await console.isAccessible();
  await page.getByLabel(`Night shift ${name}`).check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page.getByRole('button', { name: `Persona: Night shift ${name}` })).toBeVisible();
  // As this persona he may see what he could not see as himself.
  await console.open('settings');
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  // What is still under way would be answered for the session before, and the browser would write that down.
  await page.waitForLoadState('networkidle');
  await page.getByRole('button', { name: `Persona: Night shift ${name}` }).click();
  await page.getByRole('menuitemradio', { name: 'Default' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Not for this persona' })).toBeVisible();
});

test('who may see nothing is told whom to ask', async ({ page, console, admin }, info) => {
  const name = `nothing-${info.project.name}-${info.workerIndex}`;
  await admin.make('/api/v1/users', { name, password: PASSWORD, roles: [] });
  await console.signIn(name);
  await expect(page.getByRole('heading', { level: 1, name: 'Nothing to see here yet' })).toBeVisible();
  await expect(page.getByText(`You are signed in as ${name}`)).toBeVisible();
  await console.isAccessible();
});

test('an address without a page says so', async ({ page, console }) => {
  await console.signIn('admin', PASSWORD, 'no/such/page');
  await expect(page.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
  await console.isAccessible();
  await page.getByRole('link', { name: 'Go to the start page' }).click();
  await expect(page).not.toHaveURL(/no\/such/);
});
