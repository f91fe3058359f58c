// The dialog that makes a token: what it says while one types, and that nothing typed is lost.
import { expect, PASSWORD, test } from '../kit/test.ts';
import { create, forgiveRefusals, makeUser, openNew, rows, store, unique } from '../kit/tokens.ts';

test('a token is made with all its fields, and its string is shown', async ({ console, page, admin }) => {
  const user = await makeUser(admin);
  const audience = unique('made');
  await console.signIn(undefined, undefined, 'tokens?new=1');
  const dialog = page.getByRole('dialog', { name: 'New API token' });
  await expect(dialog).toBeVisible();
  await expect(page).not.toHaveURL(/new=/);
  await dialog.getByRole('combobox', { name: 'User' }).fill(user.slice(0, -1));
  await page.getByRole('option', { name: new RegExp(user) }).click();
  await dialog.getByRole('radio', { name: /^JWT/ }).check();
  await dialog.getByLabel('Audience').fill(audience);
  await dialog.getByLabel('Name').fill('report');
  await dialog.getByLabel('Notes').fill('Line one\nline two');
  const expiration = dialog.getByRole('group', { name: 'Expiration' });
  await expiration.getByRole('radio', { name: 'Relative' }).check();
  await dialog.getByRole('button', { name: '+30d', exact: true }).click();
  await expect(dialog.getByText(/^in (29|30) days/)).toBeVisible();
  await dialog.getByLabel('Trusted addresses').fill('192.0.2.0/24, 127.0.0.1');
  await expect(dialog.getByText('2 addresses and networks.')).toBeVisible();
  await console.isAccessible();
  const secret = await create(page);
  expect(secret.split('.')).toHaveLength(3);
  await console.isAccessible();
  await store(page);
  await page.getByRole('searchbox', { name: 'Filter items' }).fill(audience);
  await expect(rows(page)).toHaveCount(1);
  const [made] = (await admin.get(`/api/v1/tokens?filter=audience:equals:${audience}`)).json.items;
  expect(made).toMatchObject({ user, form: 'splunk_jwt', name: 'report', notes: 'Line one\nline two' });
  expect(made.addresses).toEqual(['192.0.2.0/24', '127.0.0.1']);
});

test('the grammar of times is explained in its own words while one types', async ({ console, page, complaints }) => {
  await console.signIn(undefined, undefined, 'tokens');
  const dialog = await openNew(page);
  const expiration = dialog.getByRole('group', { name: 'Expiration' });
  await expiration.getByRole('radio', { name: 'Relative' }).check();
  const field = dialog.getByLabel('Time from now');
  await field.fill('+10 fortnights');
  await expect(field).toHaveAttribute('aria-invalid', 'true');
  await field.fill('+10d@d');
  await expect(field).not.toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByText(/in (9|10) days/)).toBeVisible();
  await expiration.getByRole('radio', { name: 'Days' }).check();
  await dialog.getByLabel('Expire in days').fill('100');
  await expect(dialog.getByText(/in 3 months/)).toBeVisible();
  await expiration.getByRole('radio', { name: 'Absolute' }).check();
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog.getByText('Choose a date.')).toBeVisible();
  // What was typed before is still there.
  await expiration.getByRole('radio', { name: 'Relative' }).check();
  await expect(field).toHaveValue('+10d@d');
  forgiveRefusals(complaints, 400);
});

test('what the server refuses stands under its field, and nothing typed is lost', async ({ console, page, complaints }) => {
  await console.signIn(undefined, undefined, 'tokens');
  const dialog = await openNew(page);
  await dialog.getByLabel('Notes').fill('stays');
  const user = dialog.getByRole('combobox', { name: 'User' });
  await user.fill('nobody-of-this-name');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(user).toHaveAttribute('aria-invalid', 'true');
  await user.fill('admin');
  await dialog.getByRole('group', { name: 'Not before' }).getByRole('radio', { name: 'Relative' }).check();
  await dialog.getByLabel('Time from now').fill('+30d');
  await dialog.getByRole('group', { name: 'Expiration' }).getByRole('radio', { name: 'Days' }).check();
  await dialog.getByLabel('Expire in days').fill('2');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog.locator('[aria-invalid=true]')).toHaveCount(1);
  const addresses = dialog.getByLabel('Trusted addresses');
  await addresses.fill('10.0.0.1, not an address');
  await expect(addresses).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByLabel('Notes')).toHaveValue('stays');
  await page.keyboard.press('Escape');
  await expect(page.getByText('The token you were describing is not made yet.')).toBeVisible();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
  await expect(dialog.getByLabel('Notes')).toHaveValue('stays');
  forgiveRefusals(complaints, 400, 403, 404);
});

test('anywhere is warned of, and my address is added by a button', async ({ console, page }) => {
  await console.signIn(undefined, undefined, 'tokens');
  const dialog = await openNew(page);
  await expect(dialog.getByText('The token can be used from anywhere')).toBeVisible();
  await dialog.getByRole('button', { name: 'Add my address' }).click();
  await expect(dialog.getByLabel('Trusted addresses')).toHaveValue('127.0.0.1');
  await expect(dialog.getByText('The token can be used from anywhere')).toBeHidden();
  await dialog.getByLabel('Trusted addresses').fill('0.0.0.0/0, ::/0');
  await expect(dialog.getByText('The token can be used from anywhere')).toBeVisible();
});

test('a request whose answer was lost makes one token when it is sent again', async ({ console, page, admin, complaints }) => {
  const audience = unique('once');
  await console.signIn(undefined, undefined, 'tokens');
  const dialog = await openNew(page);
  await dialog.getByLabel('Audience').fill(audience);
  let lost = false;
  await page.route('**/api/v1/tokens', async (route) => {
    if (lost || route.request().method() !== 'POST') return route.continue();
    lost = true;
    await route.fetch();
    await route.abort();
  });
  await dialog.getByRole('button', { name: 'Create' }).click();
  await expect(dialog.getByText(/It is not known whether the token was made/)).toBeVisible();
  await create(page);
  await store(page);
  expect((await admin.get(`/api/v1/tokens?filter=audience:equals:${audience}`)).json.items).toHaveLength(1);
  forgiveRefusals(complaints, 0);
});

test('a session that ended while one typed is renewed over the dialog', async ({ console, page, complaints }) => {
  await console.signIn(undefined, undefined, 'tokens');
  const dialog = await openNew(page);
  await dialog.getByLabel('Notes').fill('typed before the end');
  await page.context().clearCookies();
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  // The page may have noticed by itself already, and then the other dialog is over the button.
  await dialog.getByRole('button', { name: 'Create' }).dispatchEvent('click');
  await again.waitFor();
  await again.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await again.getByRole('button', { name: 'Sign in' }).click();
  await expect(again).toBeHidden();
  await expect(dialog.getByLabel('Notes')).toHaveValue('typed before the end');
  await create(page);
  await store(page);
  forgiveRefusals(complaints, 401);
});
