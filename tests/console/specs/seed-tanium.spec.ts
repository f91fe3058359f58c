// "Managing API tokens" of Tanium, followed step by step in our console. Names that differ: "Administration > Permissions >
// API Tokens" is "API tokens" in the navigation, "Administration > Configuration > Settings > Advanced Settings" is
// "Settings"; the vendor's names of the settings stand beside ours; "Save" of a new token is "Create", and it is a token in
// hex, as Tanium has no other.
import type { Page } from '@playwright/test';

import { Server } from '../kit/server.ts';
import { Api, Console, expect, PASSWORD, test as base } from '../kit/test.ts';
import { makeUser, rows, shown, unique, USER_PASSWORD } from '../kit/tokens.ts';

/** A server of its own, behind a reverse proxy that its configuration names: the settings of all are changed. */
const test = base.extend<{ own: { server: Server; admin: Api; console: Console } }>({
  own: async ({ page }, use) => {
    const server = await Server.start({ TOKENRY_SERVER__TRUSTED_PROXIES: '192.0.2.200' });
    await use({ server, admin: await Api.as(server.origin, 'admin', PASSWORD), console: new Console(page, server) });
    await server.stop();
  },
});

async function goTo(page: Page, name: string): Promise<void> {
  const menu = page.getByRole('button', { name: 'Open the navigation' });
  if (await menu.isVisible()) await menu.click();
  await page.getByRole('link', { name, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible();
}

/** Finds a setting by the vendor's name, and writes its value. */
async function setting(page: Page, vendor: string, name: string | RegExp, value: string): Promise<void> {
  await page.getByRole('searchbox', { name: 'Filter settings' }).fill(vendor);
  await expect(page.getByText(vendor, { exact: true })).toBeVisible();
  const field = page.getByRole('textbox', { name });
  await field.fill(value);
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByRole('button', { name: 'Save changes' })).toBeHidden();
}

test('The Tanium page, step by step', async ({ page, own }) => {
  const { console, admin, server } = own;
  test.setTimeout(120_000);
  const user = await makeUser(admin, ['admin']);
  const notes = unique('for the asset import');
  let secret = '';

  await test.step('create 1: sign in as the user and persona that the token is for', async () => {
    await console.signIn(user, USER_PASSWORD);
  });

  await test.step('view 1, create 2: go to the API tokens; the grid shows attributes, no strings', async () => {
    await goTo(page, 'API tokens');
  });

  await test.step('create 3: ask for a new token and configure it', async () => {
    await page.getByRole('button', { name: 'New API token' }).first().click();
    const dialog = page.getByRole('dialog', { name: 'New API token' });
    await dialog.getByRole('radio', { name: /^Hex/ }).check();
    await dialog.getByLabel('Notes').fill(notes);
    await dialog.getByRole('radio', { name: 'Days' }).check();
    await dialog.getByLabel('Expire in days').fill('30');
    await dialog.getByLabel('Trusted addresses').fill('127.0.0.1, 192.0.2.10\n198.51.100.0/24');
    await expect(dialog.getByText('3 addresses and networks.')).toBeVisible();
  });

  await test.step('create 4: save it and review its details', async () => {
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await expect(shown(page)).toHaveValue(/^token-[0-9a-f]+$/);
    secret = await shown(page).inputValue();
    await expect(page.getByRole('dialog')).toContainText(user);
    await expect(page.getByRole('dialog')).toContainText(/in (29|30) days/);
    await expect(page.getByRole('dialog')).toContainText('198.51.100.0/24');
  });

  await test.step('create 5: copy it, then close', async () => {
    await page.getByLabel('I have stored it').check();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    expect((await admin.with(secret).get('/api/v1/session')).json.user).toBe(user);
  });

  await test.step('view 3: filter by text', async () => {
    await page.getByRole('searchbox', { name: 'Filter items' }).fill(notes);
    await expect(rows(page)).toHaveCount(1);
    await expect(rows(page)).toContainText(user);
    expect(await page.content()).not.toContain(secret);
  });

  await test.step('view 2: select it and view its string', async () => {
    await rows(page).getByRole('checkbox').check();
    await page.getByRole('button', { name: /^View token/ }).click();
    await expect(shown(page)).toHaveValue(secret);
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  });

  await test.step('view 2: not after the grid was refreshed', async () => {
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expect(page.getByRole('button', { name: /View token/ })).toHaveCount(0);
  });

  await test.step('view 3: filter by attributes, which must all hold', async () => {
    await page.getByRole('searchbox', { name: 'Filter items' }).fill('');
    await page.getByRole('button', { name: /^Filters/ }).click();
    for (const [attribute, value] of [['User', user], ['Notes', notes.slice(4)]] as const) {
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByLabel('Attribute').selectOption({ label: attribute });
      await page.getByLabel('Operator').selectOption({ label: 'contains' });
      await page.getByLabel('Value').fill(value);
      await page.getByRole('button', { name: 'Apply', exact: true }).click();
    }
    await page.getByRole('button', { name: 'Apply all' }).click();
    await expect(rows(page)).toHaveCount(1);
    await page.getByRole('button', { name: 'Clear all' }).click();
  });

  await test.step('systems 1 to 3: name the systems from which every token may be used', async () => {
    await goTo(page, 'Settings');
    await setting(page, 'api_token_trusted_ip_address_list', 'Trusted addresses', '203.0.113.0/24');
    const [token] = (await admin.get(`/api/v1/tokens?search=${encodeURIComponent(notes)}`)).json.items;
    const from = (address: string) => admin.get(`/api/v1/tokens/${token.id}/explain?address=${address}`);
    expect((await from('203.0.113.5')).json.granted).toBe(true);
    expect((await from('203.0.114.5')).json.granted).toBe(false);
  });

  await test.step('systems 4: the setting for a reverse proxy is there, with its warning', async () => {
    const vendor = 'authenticate_api_token_with_x_forwarded_for_ip';
    await page.getByRole('searchbox', { name: 'Filter settings' }).fill(vendor);
    await expect(page.getByText('Only behind a reverse proxy')).toBeVisible();
    await page.getByRole('switch').check();
    await page.getByRole('button', { name: 'Save changes' }).click();
    await expect(page.getByRole('button', { name: 'Save changes' })).toBeHidden();
  });

  await test.step('expiration 1 and 2: change the default interval', async () => {
    await goTo(page, 'Settings');
    await setting(page, 'api_token_expiration_in_days', /^Default life of a token in hex/, '14');
    const made = await admin.make('/api/v1/tokens', { form: 'hex' });
    const days = (Date.parse(made.expires) - Date.parse(made.issued_at)) / 86_400_000;
    expect(Math.round(days)).toBe(14);
  });

  await test.step('expiration 3: change the maximum interval', async () => {
    await setting(page, 'api_token_max_expiration_in_days', /^Longest life of a token in hex/, '60');
    const refused = await admin.post('/api/v1/tokens', { form: 'hex', expires: '+61d' });
    expect(refused.status).toBe(400);
  });

  await test.step('revoke 1: go to the API tokens', async () => {
    await goTo(page, 'API tokens');
  });

  await test.step('revoke 2: select it, delete, confirm; the grid shows it no more', async () => {
    await page.getByRole('searchbox', { name: 'Filter items' }).fill(notes);
    await expect(rows(page)).toHaveCount(1);
    await rows(page).getByRole('checkbox').check();
    await page.getByRole('button', { name: 'Delete selected' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete 1 token' }).click();
    await expect(page.getByText('No token matches')).toBeVisible();
    expect((await admin.with(secret).get('/api/v1/session')).status).toBe(401);
  });
  expect(server.log).not.toContain(secret);
});
