// The settings: found by every name they have, changed together, explained, and never lost in a conflict.
import { provoked } from '../kit/provoked.ts';
import { Server } from '../kit/server.ts';
import { Api, Console, expect, PASSWORD, test as base } from '../kit/test.ts';

// Settings hold for the whole server: these tests have one each, so that they do not disturb each other.
const test = base.extend<{ own: Console; api: Api }>({
  own: async ({ page }, use) => {
    const server = await Server.start();
    await use(new Console(page, server));
    // Before the page finds its server gone.
    await page.goto('about:blank');
    await server.stop();
  },
  api: async ({ own }, use) => {
    await use(await Api.as(own.server.origin, 'admin', PASSWORD));
  },
});

const days = 'Default life of a token in hex, in days';
const most = 'Longest life of a token in hex, in days';

test('settings are found by the vendor’s name, changed together, and say who changed them', async ({ page, own, api }) => {
  await own.signIn('admin', PASSWORD, 'settings');
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
  await own.isAccessible();

  await page.getByLabel('Filter settings').fill('api_token_trusted_ip_address_list');
  await expect(page).toHaveURL(/search=api_token_trusted_ip_address_list/);
  await expect(page.getByRole('textbox', { name: 'Trusted addresses' })).toBeVisible();
  await expect(page.getByRole('textbox', { name: days })).toHaveCount(0);
  await page.getByLabel('Filter settings').fill('ephemeralExp');
  await expect(page.getByRole('textbox', { name: 'Default life of an ephemeral token' })).toBeVisible();
  await page.getByLabel('Filter settings').fill('no such thing');
  await expect(page.getByText('No setting matches')).toBeVisible();
  await page.getByLabel('Filter settings').fill('');

  await page.getByRole('textbox', { name: days }).fill('30');
  await page.getByRole('textbox', { name: most }).fill('90');
  await page.getByRole('textbox', { name: 'Trusted addresses' }).fill('192.0.2.0/24, 2001:db8::/32');
  await expect(page.getByText('2 addresses and networks.')).toBeVisible();
  await expect(page.getByText('3 changes not saved')).toBeVisible();
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('3 settings are saved').first()).toBeVisible();
  const told = (await api.get('/api/v1/settings')).json.items;
  const value = (key: string) => told.find((one: { key: string }) => one.key === key).value;
  expect(value('api_token_expiration_in_days')).toBe(30);
  expect(value('api_token_max_expiration_in_days')).toBe(90);
  expect(value('api_token_trusted_ip_address_list')).toEqual(['192.0.2.0/24', '2001:db8::/32']);
  const row = page.locator('#setting-api_token_expiration_in_days');
  await expect(row).toContainText(/Changed .* by admin/);
  await expect(row).toContainText('Default: 7 days · 1 to 36,500 days');

  await page.getByRole('button', { name: 'Reset Default life of a token in hex to its default' }).click();
  await expect(page.getByRole('textbox', { name: days })).toHaveValue('7');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('The setting is saved').first()).toBeVisible();
});

test('what is wrong is said under its field, and what is typed stays', async ({ page, own, complaints }) => {
  await own.signIn('admin', PASSWORD, 'settings');
  await page.getByRole('textbox', { name: 'Trusted addresses' }).fill('192.0.2.300');
  await expect(page.locator('#setting-api_token_trusted_ip_address_list').locator('.error')).toContainText('192.0.2.300');
  await page.getByRole('textbox', { name: 'Trusted addresses' }).fill('0.0.0.0/0');
  await expect(page.getByText('This lets every token be used from anywhere')).toBeVisible();
  await page.getByRole('textbox', { name: 'Default life of a JWT or opaque token' }).fill('soon');
  await expect(page.locator('#setting-default_expiration').locator('.error')).toBeVisible();
  await page.getByRole('textbox', { name: 'Default life of a JWT or opaque token' }).fill('never');
  await page.getByRole('textbox', { name: days }).fill('many');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.locator('#setting-api_token_expiration_in_days').locator('.error')).toContainText('whole number');
  await expect(page.getByRole('textbox', { name: days })).toBeFocused();
  await page.getByRole('textbox', { name: days }).fill('99999');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.locator('#setting-api_token_expiration_in_days').locator('.error')).toContainText('36500');
  await expect(page.getByRole('textbox', { name: days })).toHaveValue('99999');
  await own.isAccessible();
  // Leaving asks first.
  await page.getByRole('banner').getByRole('link', { name: 'Tokenry, home' }).click();
  await page.getByRole('alertdialog', { name: 'Leave this page?' }).getByRole('button', { name: 'Stay here' }).click();
  await expect(page.getByRole('textbox', { name: days })).toHaveValue('99999');
  await page.getByRole('button', { name: 'Discard' }).click();
  await expect(page.getByRole('textbox', { name: days })).toHaveValue('7');
  provoked(complaints, 400);
});

test('a conflict loses nothing: both values stand beside each other', async ({ page, own, api, complaints }) => {
  await own.signIn('admin', PASSWORD, 'settings');
  await page.getByRole('textbox', { name: days }).fill('20');
  await page.getByRole('textbox', { name: 'Visibility timeout, in minutes' }).fill('3');
  expect((await api.patch('/api/v1/settings', { api_token_expiration_in_days: 14 })).status).toBe(200);
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('Somebody else has changed settings meanwhile')).toBeVisible();
  await own.isAccessible();
  await page.getByRole('button', { name: 'Load the new version' }).click();
  const row = page.locator('#setting-api_token_expiration_in_days');
  await expect(row).toContainText('It is now: 14 days');
  await expect(page.getByRole('textbox', { name: days })).toHaveValue('20');
  await row.getByRole('button', { name: 'Take that' }).click();
  await expect(page.getByRole('textbox', { name: days })).toHaveValue('14');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('The setting is saved').first()).toBeVisible();
  const told = (await api.get('/api/v1/settings')).json.items;
  const value = (key: string) => told.find((one: { key: string }) => one.key === key).value;
  expect([value('api_token_expiration_in_days'), value('api_token_visibility_timeout_in_minutes')]).toEqual([14, 3]);
  provoked(complaints, 412);
});

test('turning off token authentication says what stops, and stops it; each token is as it was afterwards', async ({
  page,
  own,
  api,
}) => {
  const { token } = await api.make('/api/v1/tokens', { name: 'bot', expires: '+1h' });
  const works = async () => (await new Api(own.server.origin).with(token).get('/api/v1/session')).status;
  expect(await works()).toBe(200);
  await own.signIn('admin', PASSWORD, 'settings');
  await page.getByRole('button', { name: 'Turn off…' }).click();
  const dialog = page.getByRole('alertdialog', { name: 'Turn off token authentication?' });
  await expect(dialog).toContainText('whatever their own status');
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await own.isAccessible();
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
  expect(await works()).toBe(200);
  await page.getByRole('button', { name: 'Turn off…' }).click();
  await dialog.getByRole('button', { name: 'Turn off all tokens' }).click();
  await expect(page.getByRole('button', { name: 'Turn on…' })).toBeVisible();
  expect(await works()).toBe(401);
  await page.getByRole('button', { name: 'Turn on…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Turn on' }).click();
  await expect(page.getByRole('button', { name: 'Turn off…' })).toBeVisible();
  expect(await works()).toBe(200);
});
