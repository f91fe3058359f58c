// The page of one token.
import { expect, test } from '../kit/test.ts';
import { forgiveRefusals, makeUser, store, unique, USER_PASSWORD } from '../kit/tokens.ts';

test('the page shows everything about a token, and how to use it', async ({ console, page, admin }) => {
  const name = unique('shown');
  const token = await admin.make('/api/v1/tokens', { name, notes: '<i>x</i>'.repeat(400), expires: '+40d', addresses: ['10.0.0.0/8'] });
  await console.signIn(undefined, undefined, `tokens/${token.id}`);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Token #${token.number}`);
  for (const text of [name, token.id, '10.0.0.0/8', 'Never used', 'Opaque', 'At once']) {
    await expect(page.getByText(text, { exact: true }).first()).toBeVisible();
  }
  await expect(page.getByText('<i>x</i>'.repeat(400))).toBeVisible();
  await expect(page.getByText(/Create token/)).toBeVisible();
  await expect(page.getByText(/curl --header "Authorization: Bearer \$TOKEN"/)).toBeVisible();
  expect(await page.content()).not.toContain(token.token);
  await console.isAccessible();
});

test('the explanation answers from where and when a token would work', async ({ console, page, admin, complaints }) => {
  const token = await admin.make('/api/v1/tokens', { addresses: ['203.0.113.0/24'], expires: '+10d' });
  await console.signIn(undefined, undefined, `tokens/${token.id}`);
  await page.getByLabel('From the address').fill('203.0.113.9');
  await page.getByRole('radio', { name: 'Relative' }).check();
  await page.getByLabel('Time from now').fill('+1d@d+12h');
  await page.getByRole('button', { name: 'Check' }).click();
  await expect(page.getByText('It would be let in')).toBeVisible();
  await page.getByLabel('From the address').fill('198.51.100.1');
  await page.getByRole('button', { name: 'Check' }).click();
  await expect(page.getByText('It would be refused')).toBeVisible();
  await expect(page.getByRole('list', { name: 'The checks, in their order' })).toContainText('Fails');
  await console.isAccessible();
  await page.reload();
  await expect(page.getByText('It would be refused')).toBeVisible();
  await page.getByLabel('From the address').fill('nowhere');
  await page.getByRole('button', { name: 'Check' }).click();
  await expect(page.getByLabel('From the address')).toHaveAttribute('aria-invalid', 'true');
  forgiveRefusals(complaints, 400);
});

test('a change by somebody else meanwhile is shown beside what was typed', async ({ console, page, admin, complaints }) => {
  const token = await admin.make('/api/v1/tokens', { name: 'first', notes: 'old' });
  await console.signIn(undefined, undefined, `tokens/${token.id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Notes').fill('mine');
  await admin.patch(`/api/v1/tokens/${token.id}`, { notes: 'theirs' });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('Somebody else has changed this token meanwhile')).toBeVisible();
  await expect(dialog.getByLabel('Notes')).toHaveValue('mine');
  await dialog.getByRole('button', { name: 'Load the new version' }).click();
  await expect(dialog.getByText('Now saved: theirs')).toBeVisible();
  await expect(dialog.getByLabel('Notes')).toHaveValue('mine');
  await console.isAccessible();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
  expect((await admin.get(`/api/v1/tokens/${token.id}`)).json).toMatchObject({ notes: 'mine', name: 'first' });
  forgiveRefusals(complaints, 412);
});

test('a token is disabled, enabled and deleted, and its history tells', async ({ console, page, admin }) => {
  const token = await admin.make('/api/v1/tokens', { name: unique('life') });
  await console.signIn(undefined, undefined, `tokens/${token.id}`);
  await page.getByRole('button', { name: 'Disable' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Disable' }).click();
  await expect(page.getByText('Disabled', { exact: true })).toBeVisible();
  expect((await admin.with(token.token).get('/api/v1/session')).status).toBe(401);
  await page.getByRole('button', { name: 'Enable' }).click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
  expect((await admin.with(token.token).get('/api/v1/session')).status).toBe(200);
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText(token.name);
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await expect(page).toHaveURL(/\/console\/tokens$/);
  await expect(page.getByText(`Token #${token.number} ${token.name} was deleted`).first()).toBeVisible();
  expect((await admin.get(`/api/v1/tokens/${token.id}`)).status).toBe(404);
});

test('rotating shows the new string once and links the old token to the new one', async ({ console, page, admin }) => {
  const token = await admin.make('/api/v1/tokens', { name: unique('rotated') });
  await console.signIn(undefined, undefined, `tokens/${token.id}`);
  await page.getByRole('button', { name: 'Rotate' }).click();
  await page.getByRole('radio', { name: '1 hour' }).check();
  await expect(page.getByText(/The old string works until/)).toBeVisible();
  await console.isAccessible();
  await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
  const secret = await page.getByRole('textbox', { name: 'Token', exact: true }).inputValue();
  await store(page);
  expect(secret).not.toBe(token.token);
  expect((await admin.with(secret).get('/api/v1/session')).status).toBe(200);
  expect((await admin.with(token.token).get('/api/v1/session')).status).toBe(200);
  await expect(page.getByText('Another token took its place')).toBeVisible();
  await page.getByRole('link', { name: 'Go to the new token' }).click();
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText(`Token #${token.number}`);
  await expect(page.getByText(token.name, { exact: true }).first()).toBeVisible();
});

test('a token that somebody else revokes while its page is open is said to be gone', async ({ console, page, admin, complaints }) => {
  const token = await admin.make('/api/v1/tokens', { name: unique('gone') });
  await console.signIn(undefined, undefined, `tokens/${token.id}`);
  await page.getByRole('button', { name: 'Edit' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Notes').fill('typed meanwhile');
  await admin.delete(`/api/v1/tokens/${token.id}`);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('This token does not exist any more')).toBeVisible();
  await expect(dialog.getByLabel('Notes')).toHaveValue('typed meanwhile');
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByRole('main').getByText('This token does not exist any more')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Edit' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Back to the tokens' }).click();
  await expect(page).toHaveURL(/\/console\/tokens$/);
  forgiveRefusals(complaints, 404);
});

test('nt20_the id of somebody else’s token looks like one that never was', async ({ console, page, admin, complaints }) => {
  const user = await makeUser(admin);
  const token = await admin.make('/api/v1/tokens', { name: unique('foreign') });
  await console.signIn(user, USER_PASSWORD, `tokens/${token.id}`);
  await expect(page.getByText('There is no such token')).toBeVisible();
  const foreign = await page.getByRole('main').innerText();
  await console.open(`tokens/${'0'.repeat(64)}`);
  await expect(page.getByText('There is no such token')).toBeVisible();
  expect(await page.getByRole('main').innerText()).toBe(foreign);
  forgiveRefusals(complaints, 404);
});
