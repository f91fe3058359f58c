// All of it without a mouse.
import type { Locator, Page } from '@playwright/test';

import { expect, PASSWORD, test } from '../kit/test.ts';
import { shown, unique } from '../kit/tokens.ts';

/** Goes there with Tab alone, as somebody without a mouse does; fails where that is not possible. */
async function reach(page: Page, target: Locator, most = 60): Promise<void> {
  await expect(target).toBeVisible();
  for (let step = 0; step < most; step += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  await expect(target).toBeFocused({ timeout: 1 });
}

test('sign in, make a token and delete it with the keyboard only', async ({ page, console, admin }) => {
  const name = unique('keys');
  await console.open('tokens');
  await expect(page.getByLabel('User name')).toBeFocused();
  await page.keyboard.type('admin');
  await page.keyboard.press('Tab');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'API tokens' })).toBeVisible();

  await reach(page, page.getByRole('button', { name: 'New API token' }).first());
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'New API token' });
  await reach(page, dialog.getByLabel('Name', { exact: true }).or(dialog.getByRole('textbox', { name: /^Name/ })).first());
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
  await expect(shown(page)).toBeVisible();
  await reach(page, page.getByLabel('I have stored it'));
  await page.keyboard.press('Space');
  await reach(page, page.getByRole('dialog').getByRole('button', { name: 'Close' }).last());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  const [made] = (await admin.get(`/api/v1/tokens?filter=name:equals:${name}`)).json.items;
  expect(made.name).toBe(name);

  // From the page of the token, which is a link in the list; `/` goes to the filter.
  await page.locator('main h1').focus();
  await page.keyboard.press('/');
  await expect(page.getByRole('searchbox', { name: 'Filter items' })).toBeFocused();
  await page.keyboard.type(name);
  const link = page.getByRole('table', { name: 'API tokens' }).getByRole('link').first();
  await expect(page.getByRole('table', { name: 'API tokens' }).getByRole('row').filter({ hasText: name })).toHaveCount(1);
  await expect(page.getByRole('table', { name: 'API tokens' }).getByRole('link')).toHaveCount(1);
  await reach(page, link);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/tokens/${made.id}`));
  await expect(page.locator('main h1')).toBeFocused();
  await reach(page, page.getByRole('button', { name: 'Delete' }));
  await page.keyboard.press('Enter');
  // The first focus is on Cancel.
  const asked = page.getByRole('alertdialog');
  await expect(asked.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await reach(page, asked.getByRole('button', { name: 'Delete' }));
  await page.keyboard.press('Enter');
  await expect(asked).toHaveCount(0);
  await expect.poll(async () => (await admin.get(`/api/v1/tokens/${made.id}`)).status).toBe(404);
});

test('keys lead to pages, and a question mark tells them', async ({ page, console }) => {
  await console.signIn('admin', PASSWORD, 'audit');
  await expect(page.getByRole('heading', { level: 1, name: 'Audit' })).toBeVisible();
  await page.keyboard.press('g');
  await page.keyboard.press('s');
  await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeFocused();
  await expect(page.getByLabel('Filter settings')).toBeVisible();
  await page.waitForLoadState('networkidle');
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(help).toContainText('Go to Settings');
  await console.isAccessible();
  await page.keyboard.press('Escape');
  await expect(help).toHaveCount(0);
  // Not while one types.
  await page.keyboard.press('/');
  await expect(page.getByLabel('Filter settings')).toBeFocused();
  await page.keyboard.type('ga?');
  await expect(page.getByLabel('Filter settings')).toHaveValue('ga?');
  await expect(page).toHaveURL(/\/settings/);
});

test('the first stop of Tab skips the navigation', async ({ page, console }) => {
  await console.signIn('admin', PASSWORD, 'audit');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'Audit' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true);
});
