// The authentication log and the audit: what is in them, how they are followed, where they lead.
import { readFile } from 'node:fs/promises';

import { provoked } from '../kit/provoked.ts';
import { Api, expect, PASSWORD, test } from '../kit/test.ts';

const hostile = `<img src=x onerror="document.title='hacked'"> 🜁`;

test('a refusal appears by itself and explains itself in one click', async ({ page, console, admin, server }, info) => {
  const name = `refused-${info.project.name}-${info.workerIndex}`;
  const user = await admin.make('/api/v1/users', { name, password: PASSWORD, roles: ['user'] });
  const made = await admin.make('/api/v1/tokens', { user: name, expires: '+1h' });
  await admin.post(`/api/v1/tokens/${made.id}/disable`);
  await console.signIn('admin', PASSWORD, `authentication-log?user=${name}`);
  await expect(page.getByText('No refusal fits these filters')).toBeVisible();
  await console.isAccessible();

  expect((await new Api(server.origin).with(made.token).get('/api/v1/session')).status).toBe(401);
  const line = page.getByRole('button', { name: 'Details: Token disabled' });
  await expect(line).toBeVisible();
  await console.isAccessible();
  await line.click();
  const details = page.getByRole('dialog', { name: 'Token disabled' });
  await expect(details).toContainText('The token is disabled. Enable it if it should work.');
  await expect(details).toContainText(made.id);
  await console.isAccessible();
  const link = details.getByRole('link', { name: 'Explain with this token' });
  const href = new URL((await link.getAttribute('href')) ?? '', server.origin);
  expect(href.pathname).toBe(`/console/tokens/${made.id}`);
  expect(href.searchParams.get('address')).toBe('127.0.0.1');
  expect(Date.parse(href.searchParams.get('at') ?? '')).toBeGreaterThan(Date.now() - 3_600_000);
  await link.click();
  await expect(page).toHaveURL(new RegExp(`/tokens/${made.id}`));
  await admin.delete(`/api/v1/users/${user.id}`);
});

test('a line in a row counts up; while one reads, new lines wait', async ({ page, console, admin, server }, info) => {
  const name = `tail-${info.project.name}-${info.workerIndex}`;
  await admin.make('/api/v1/users', { name, password: PASSWORD, roles: ['user'] });
  const made = await admin.make('/api/v1/tokens', { user: name, expires: '+1h' });
  const other = await admin.make('/api/v1/tokens', { user: name, expires: '+1h' });
  await admin.post('/api/v1/tokens/many', { action: 'disable', ids: [made.id, other.id] });
  const use = (token: string) => new Api(server.origin).with(token).get('/api/v1/session');
  await use(made.token);
  await console.signIn('admin', PASSWORD, `authentication-log?user=${name}`);
  const lines = page.getByRole('button', { name: 'Details: Token disabled' });
  await expect(lines).toHaveCount(1);
  await use(made.token);
  await expect(page.getByText('×2')).toBeVisible();
  await lines.hover();
  await use(other.token);
  await expect(page.getByRole('button', { name: '1 new' })).toBeVisible();
  await expect(lines).toHaveCount(1);
  // By keyboard: what is above goes on changing its height meanwhile.
  await page.getByRole('button', { name: '1 new' }).press('Enter');
  await expect(lines).toHaveCount(2);
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(page.getByText('Paused')).toBeVisible();
});

test('filters stand in the address, and Back takes them away', async ({ page, console, server }) => {
  const stranger = new Api(server.origin);
  await stranger.get('/api/v1/session');
  await stranger.with('nonsense').get('/api/v1/session');
  await console.signIn('admin', PASSWORD, 'authentication-log');
  await expect(page.getByRole('button', { name: 'Details: No credential' }).first()).toBeVisible();
  await page.getByLabel('Reason').selectOption({ label: 'Malformed credential' });
  await expect(page).toHaveURL(/reason=malformed/);
  await expect(page.getByRole('button', { name: 'Details: No credential' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Details: Malformed credential' }).first()).toBeVisible();
  await page.getByLabel('Address').fill('203.0.113.77');
  await page.getByLabel('Address').press('Enter');
  await expect(page.getByText('No refusal fits these filters')).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('button', { name: 'Details: Malformed credential' }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Remove Reason Malformed credential' }).click();
  await expect(page.getByRole('button', { name: 'Details: No credential' }).first()).toBeVisible();
});

test('the chart tells decisions for an hour, six and a day, also as figures', async ({ page, console, server }) => {
  await new Api(server.origin).get('/api/v1/session');
  await console.signIn('admin', PASSWORD, 'authentication-log');
  for (const period of ['6 hours', '24 hours', '60 minutes']) {
    await page.getByRole('radio', { name: period }).check();
    await expect(page.getByText(/\d+ let in, [1-9]\d* refused/)).toBeVisible();
  }
  await page.getByText('Show the figures').click();
  await expect(page.getByRole('table', { name: 'Let in and refused, by time' })).toBeVisible();
  await console.isAccessible();
});

test('nt62_the audit shows text as text, leads to what it is about, and its file holds no formula', async ({
  page,
  console,
  admin,
}, info) => {
  const name = `=cmd|' /C calc'!A0 ${info.project.name} ${info.workerIndex}`;
  const user = await admin.make('/api/v1/users', { name: `audited-${info.project.name}-${info.workerIndex}`, password: PASSWORD, roles: ['user'] });
  await admin.make('/api/v1/user-groups', { name });
  await admin.make('/api/v1/user-groups', { name: hostile + info.project.name + info.workerIndex });
  await console.signIn('admin', PASSWORD, 'audit');
  await expect(page.getByRole('button', { name: 'Details: Created a user group' }).first()).toBeVisible();
  await expect(page.getByText('<img src=x onerror').first()).toBeVisible();
  await expect(page).toHaveTitle('Audit · Tokenry');
  await console.isAccessible();

  await page.getByLabel('What', { exact: true }).selectOption({ label: 'Created a user' });
  await page.getByLabel('What', { exact: true }).selectOption({ label: 'Created a user group' });
  await expect(page).toHaveURL(/action=create_user&action=create_user_group/);
  const [csv] = await Promise.all([
    page.waitForEvent('download'),
    (async () => {
      await page.getByRole('button', { name: 'Download' }).click();
      await page.getByRole('menuitem', { name: /As CSV/ }).click();
    })(),
  ]);
  expect(csv.suggestedFilename()).toMatch(/^tokenry-audit-.*\.csv$/);
  const text = await readFile(await csv.path(), 'utf8');
  expect(text).toContain(`"'=cmd|`);
  expect(text).not.toMatch(/(^|,)"?[=+@]/m);
  const [json] = await Promise.all([
    page.waitForEvent('download'),
    (async () => {
      await page.getByRole('button', { name: 'Download' }).click();
      await page.getByRole('menuitem', { name: /As JSON/ }).click();
    })(),
  ]);
  const lines = JSON.parse(await readFile(await json.path(), 'utf8'));
  expect(lines.some((line: { target: string }) => line.target === name)).toBe(true);
  expect(new Set(lines.map((line: { action: string }) => line.action))).toEqual(new Set(['create_user', 'create_user_group']));

  await page.getByRole('link', { name: user.name }).first().click();
  await expect(page).toHaveURL(new RegExp(`/console/users/${user.id}$`));
});

test('a time the server cannot read is said at its filter', async ({ page, console, complaints }) => {
  await console.signIn('admin', PASSWORD, 'audit?token=abc');
  await expect(page.getByText('must be the id of a token').first()).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await expect(page.getByRole('button', { name: /^Details: / }).first()).toBeVisible();
  provoked(complaints, 400);
});

test('the audit goes back page by page', async ({ page, console, admin }) => {
  for (let number = 0; number < 55; number += 1) {
    const set = await admin.make('/api/v1/content-sets', { name: `page ${Date.now()} ${number}` });
    await admin.delete(`/api/v1/content-sets/${set.id}`);
  }
  await console.signIn('admin', PASSWORD, 'audit?action=create_content_set&action=delete_content_set');
  await expect(page.getByText('100 lines shown')).toBeVisible();
  await page.getByRole('button', { name: 'Older lines' }).click();
  await expect(page.getByText(/1[1-9]\d lines shown|2\d\d lines shown/)).toBeVisible();
});
