// The grid of API tokens: what it shows, how it is filtered, sorted and paged, and what is done with many tokens.
import { expect, test } from '../kit/test.ts';
import { makeUser, rows, unique, USER_PASSWORD } from '../kit/tokens.ts';

test('the grid shows each token as text, whatever is written in it', async ({ console, page, admin }) => {
  const audience = unique('shown');
  const notes = '<img src=x onerror=alert(1)> & <b>bold</b>';
  await admin.make('/api/v1/tokens', { audience, name: 'مرحبا', notes, expires: '+3d', addresses: ['192.0.2.7'] });
  await admin.make('/api/v1/tokens', { audience, notes: '𝒳🗝'.repeat(1000) });
  await console.signIn(undefined, undefined, `tokens?search=${audience}`);
  await expect(rows(page)).toHaveCount(2);
  const first = rows(page).filter({ hasText: '192.0.2.7' });
  await expect(first).toContainText(notes);
  await expect(first).toContainText('مرحبا');
  await expect(first).toContainText('in 2 days');
  await expect(first).toContainText('soon');
  await expect(first).toContainText('Never used');
  await expect(first).toContainText('Active');
  const second = rows(page).filter({ hasText: '𝒳' });
  await expect(second).toContainText('Anywhere');
  await expect(second).toContainText('Never');
  expect((await second.boundingBox())?.height ?? 0).toBeLessThan(400);
  await console.isAccessible();
});

test('text, filters, sorting and views stand in the address, and Back undoes a filter', async ({ console, page, admin }) => {
  const audience = unique('filters');
  for (const name of ['alpha', 'beta', 'gamma']) await admin.make('/api/v1/tokens', { audience, name });
  const { items } = (await admin.get(`/api/v1/tokens?filter=audience:equals:${audience}&filter=name:equals:gamma`)).json;
  await admin.post(`/api/v1/tokens/${items[0].id}/disable`);
  await console.signIn(undefined, undefined, 'tokens');
  await page.getByRole('searchbox', { name: 'Filter items' }).fill(audience);
  await expect(rows(page)).toHaveCount(3);
  await expect(page).toHaveURL(new RegExp(`search=${audience}`));

  await page.getByRole('button', { name: /^Filters/ }).click();
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByLabel('Attribute').selectOption({ label: 'Name' });
  await page.getByLabel('Value').fill('a');
  await page.getByLabel('Operator').selectOption({ label: 'starts with' });
  await page.getByRole('button', { name: 'Apply', exact: true }).click();
  await expect(page.getByText('Not applied yet')).toBeVisible();
  await expect(rows(page)).toHaveCount(3);
  await page.getByRole('button', { name: 'Apply all' }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('alpha');
  await expect(page).toHaveURL(/filter=name%3Astarts_with%3Aa/);
  await console.isAccessible();

  await page.goBack();
  await expect(rows(page)).toHaveCount(3);
  await page.goForward();
  await expect(rows(page)).toHaveCount(1);
  await page.reload();
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('button', { name: /Remove Name/ }).click();
  await expect(rows(page)).toHaveCount(3);

  await page.getByRole('tab', { name: 'Disabled' }).click();
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('gamma');
  await expect(page).toHaveURL(/view=disabled/);
  await page.getByRole('tab', { name: 'Expiring' }).click();
  await expect(page.getByText('No token matches')).toBeVisible();
  await page.getByRole('tab', { name: 'Mine' }).click();
  await expect(rows(page)).toHaveCount(3);
});

test('the grid is sorted by its heads, or by the list above the cards', async ({ console, page, admin, isMobile }) => {
  const audience = unique('sorted');
  for (const expires of ['+9d', '+2d', '+5d']) await admin.make('/api/v1/tokens', { audience, name: expires, expires });
  await console.signIn(undefined, undefined, `tokens?search=${audience}`);
  await expect(rows(page)).toHaveCount(3);
  if ((page.viewportSize()?.width ?? 0) > 800) await page.getByRole('button', { name: 'Expires' }).click();
  else await page.getByLabel('Sort by').selectOption({ label: 'Expires, ascending' });
  await expect(page).toHaveURL(/sort=expires/);
  await expect(rows(page).first()).toContainText('+2d');
  await expect(rows(page).last()).toContainText('+9d');
  expect(isMobile).toBeFalsy();
});

test('the columns that somebody chose are remembered', async ({ console, page, admin }) => {
  const audience = unique('columns');
  await admin.make('/api/v1/tokens', { audience, form: 'hex', notes: 'seen at first' });
  await console.signIn(undefined, undefined, `tokens?search=${audience}`);
  const row = rows(page);
  await expect(row).toContainText('seen at first');
  await page.getByRole('button', { name: 'Columns' }).click();
  const chooser = page.getByRole('group', { name: 'Choose the columns to show' });
  await chooser.getByLabel('Notes').uncheck();
  await chooser.getByLabel('Form').check();
  await expect(row).toContainText('Hex');
  await page.keyboard.press('Escape');
  await page.reload();
  await expect(row).toContainText('Hex');
  await expect(row).not.toContainText('seen at first');
});

test('tokens are selected across pages and deleted only when their number is typed', async ({ console, page, admin }) => {
  const audience = unique('many');
  const made: string[] = [];
  for (let index = 0; index < 53; index++) {
    made.push((await admin.make('/api/v1/tokens', { audience, name: `n${index}` })).id);
  }
  await console.signIn(undefined, undefined, `tokens?filter=audience:equals:${audience}&sort=number`);
  await expect(rows(page)).toHaveCount(50);
  await page.getByRole('checkbox', { name: / n0$/ }).check();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(rows(page)).toHaveCount(3);
  await expect(page).toHaveURL(/cursor=/);
  await page.getByRole('checkbox', { name: / n52$/ }).check();
  await expect(page.getByText('2 tokens selected').first()).toBeVisible();
  await page.getByRole('button', { name: 'Previous' }).click();
  await expect(rows(page)).toHaveCount(50);
  await expect(page.getByRole('checkbox', { name: / n0$/ })).toBeChecked();
  await page.getByRole('button', { name: 'Disable selected' }).click();
  await page.getByRole('button', { name: 'Disable 2 tokens' }).click();
  await expect(page.getByText('2 tokens disabled').first()).toBeVisible();
  expect((await admin.get(`/api/v1/tokens/${made[52]}`)).json.status).toBe('disabled');

  // n1 and n10 to n19: the first, and with Shift all to the last.
  await page.getByRole('searchbox', { name: 'Filter items' }).fill('n1');
  await expect(rows(page)).toHaveCount(11);
  await page.getByRole('checkbox', { name: / n1$/ }).click();
  await page.getByRole('checkbox', { name: / n19$/ }).click({ modifiers: ['Shift'] });
  await page.getByRole('button', { name: 'Delete selected' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Delete 11 tokens?' });
  await expect(dialog).toContainText('and 3 tokens more');
  await console.isAccessible();
  await dialog.getByRole('button', { name: 'Delete 11 tokens' }).click();
  await expect(dialog).toContainText('Type 11 to go on.');
  await dialog.getByLabel(/To confirm/).fill('11');
  await dialog.getByRole('button', { name: 'Delete 11 tokens' }).click();
  await expect(page.getByText('11 tokens deleted').first()).toBeVisible();
  await expect(page.getByText('No token matches')).toBeVisible();
  expect((await admin.get(`/api/v1/tokens/${made[10]}`)).status).toBe(404);
  expect((await admin.get(`/api/v1/tokens/${made[9]}`)).status).toBe(200);
});

test('a confirmation names who uses the tokens right now', async ({ console, page, admin }) => {
  const audience = unique('used');
  const token = await admin.make('/api/v1/tokens', { audience, name: 'nightly backup' });
  await admin.with(token.token).get('/api/v1/session');
  await expect.poll(async () => (await admin.get(`/api/v1/tokens/${token.id}`)).json.last_used, { timeout: 45_000 }).toBeTruthy();
  await console.signIn(undefined, undefined, `tokens?search=${audience}`);
  await page.getByRole('checkbox', { name: /nightly backup/ }).check();
  await page.getByRole('button', { name: 'Delete selected' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog).toContainText('1 token was used in the last hour');
  await expect(dialog).toContainText(/nightly backup – used .* by admin from 127\.0\.0\.1/);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(rows(page)).toHaveCount(1);
});

test('a search among very many goes on by itself, and can be stopped', async ({ console, page, admin }) => {
  const audience = unique('rare');
  const token = await admin.make('/api/v1/tokens', { audience });
  await console.signIn(undefined, undefined, 'tokens');
  let asked = 0;
  await page.route('**/api/v1/tokens?*', async (route) => {
    const url = new URL(route.request().url());
    if (!url.searchParams.has('search')) return route.continue();
    asked += 1;
    if (asked === 1) return route.fulfill({ json: { items: [], next: 'one', total: null, complete: false } });
    if (asked === 2) return route.fulfill({ json: { items: [token], next: 'two', total: null, complete: false } });
    // The third part takes for ever.
  });
  await page.getByRole('searchbox', { name: 'Filter items' }).fill('rare');
  await expect(page.getByText('1 token found so far, still searching.')).toBeVisible();
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('button', { name: 'Stop searching' }).click();
  await expect(page.getByText('The search was stopped: there may be more.')).toBeVisible();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
});

test('while token authentication is off, the page says so and offers to turn it on', async ({ console, page, admin }) => {
  await admin.patch('/api/v1/settings', { token_authentication: false });
  try {
    await console.signIn(undefined, undefined, 'tokens');
    await expect(page.getByText('Token authentication is off')).toBeVisible();
    await page.getByRole('button', { name: 'Turn it on' }).click();
    await expect(page.getByText('Token authentication is on').first()).toBeVisible();
    await expect(page.getByText('Token authentication is off')).toBeHidden();
  } finally {
    await admin.patch('/api/v1/settings', { token_authentication: true });
  }
});

test('expirations to come are counted by day, and a day leads to its tokens', async ({ console, page, admin }) => {
  const audience = unique('ends');
  await admin.make('/api/v1/tokens', { audience, expires: '+21d' });
  await console.signIn(undefined, undefined, `tokens?search=${audience}`);
  await expect(page.getByText(/tokens? ends? in the coming 30 days/)).toBeVisible();
  await page.getByRole('button', { name: 'Show by day' }).click();
  await page.getByText('Show the figures').click();
  await console.isAccessible();
  await page.getByRole('region', { name: /Tokens that end/ }).getByRole('link').last().click();
  await expect(page).toHaveURL(/filter=expires%3Aafter/);
  await expect(rows(page).filter({ hasText: audience })).toHaveCount(1);
});

test('nt18_who may only make his own tokens sees only his own, and is offered no others', async ({ console, page, admin }) => {
  const user = await makeUser(admin);
  const audience = unique('foreign');
  await admin.make('/api/v1/tokens', { audience });
  await admin.make('/api/v1/tokens', { audience, user });
  await console.signIn(user, USER_PASSWORD, `tokens?search=${audience}`);
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText(user);
});
