// The string of a token in the browser: shown once, once more while that is allowed, and nowhere afterwards (NT-47).
import type { Page } from '@playwright/test';

import { expect, test } from '../kit/test.ts';
import { create, forgiveRefusals, openNew, rows, shown, store, unique } from '../kit/tokens.ts';

/** Fails if the string is anywhere a browser keeps something. */
async function isNowhere(page: Page, secret: string): Promise<void> {
  expect(page.url()).not.toContain(secret);
  const kept = await page.evaluate(() => {
    const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')];
    return [
      document.documentElement.outerHTML,
      JSON.stringify({ ...localStorage }),
      JSON.stringify({ ...sessionStorage }),
      JSON.stringify(history.state),
      document.cookie,
      document.title,
      ...fields.map((field) => field.value),
    ].join('\n');
  });
  expect(kept).not.toContain(secret);
}

test('nt47_the string can be seen once more until the grid is refreshed', async ({ console, page }) => {
  const audience = unique('view');
  await console.signIn(undefined, undefined, `tokens?search=${audience}`);
  const dialog = await openNew(page);
  await dialog.getByLabel('Audience').fill(audience);
  const secret = await create(page);
  // Escape does not lose it.
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await expect(shown(page)).toHaveValue(secret);
  await store(page);
  await isNowhere(page, secret);

  await rows(page).getByRole('checkbox').check();
  await page.getByRole('button', { name: /^View token \([0-9]:[0-9]{2}\)/ }).click();
  await expect(shown(page)).toHaveValue(secret);
  await expect(page.getByRole('timer')).toBeVisible();
  await console.isAccessible();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  await isNowhere(page, secret);

  await page.getByRole('button', { name: 'Refresh' }).click();
  await expect(page.getByRole('button', { name: /View token/ })).toHaveCount(0);
});

test('nt47_the string cannot be seen after another page of the console, nor after a reload', async ({ console, page }) => {
  const audience = unique('left');
  await console.signIn(undefined, undefined, `tokens?search=${audience}`);
  for (const leave of ['navigation', 'reload']) {
    const dialog = await openNew(page);
    await dialog.getByLabel('Audience').fill(audience);
    await create(page);
    await store(page);
    const row = rows(page).first();
    // It can be seen from its own page, too.
    await row.getByRole('link').first().click();
    await expect(page.getByRole('button', { name: /View token/ })).toBeVisible();
    await page.goBack();
    await row.getByRole('checkbox').check();
    await expect(page.getByRole('button', { name: /View token/ })).toBeVisible();
    if (leave === 'navigation') {
      await page.getByRole('heading', { level: 1 }).click();
      await page.keyboard.press('g');
      await page.keyboard.press('s');
      await expect(page).toHaveURL(/settings/);
      await page.goBack();
    } else {
      await page.reload();
    }
    await expect(page).toHaveURL(/tokens/);
    await rows(page).first().getByRole('checkbox').check();
    await expect(page.getByText('1 token selected').first()).toBeVisible();
    await expect(page.getByRole('button', { name: /View token/ })).toHaveCount(0);
  }
});

test('nt47_the string goes when the visibility timeout is over, even while it is shown', async ({ console, page }) => {
  const audience = unique('timeout');
  await page.clock.install();
  await console.signIn(undefined, undefined, `tokens?search=${audience}`);
  const dialog = await openNew(page);
  await dialog.getByLabel('Audience').fill(audience);
  const secret = await create(page);
  await store(page);
  await rows(page).getByRole('checkbox').check();
  await page.getByRole('button', { name: /^View token/ }).click();
  await expect(shown(page)).toHaveValue(secret);
  await page.clock.fastForward('05:01');
  await expect(page.getByText('The string of this token cannot be seen any more.')).toBeVisible();
  await isNowhere(page, secret);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByRole('button', { name: /View token/ })).toHaveCount(0);
});

test('nt47_the server refuses to show it again to another session, in its own words', async ({ console, page, admin, complaints }) => {
  const audience = unique('refused');
  await console.signIn(undefined, undefined, `tokens?search=${audience}`);
  const dialog = await openNew(page);
  await dialog.getByLabel('Audience').fill(audience);
  const secret = await create(page);
  await store(page);
  await rows(page).getByRole('checkbox').check();
  const [{ id }] = (await admin.get(`/api/v1/tokens?filter=audience:equals:${audience}`)).json.items;
  expect((await admin.post(`/api/v1/tokens/${id}/reveal`)).status).toBe(410);
  // The same browser, but the session is another one.
  await page.evaluate(() => fetch('/api/v1/session/persona', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'tokenry-console': '1' },
    body: JSON.stringify({ persona: 0 }),
  }));
  await page.getByRole('button', { name: /^View token/ }).click();
  await expect(page.getByRole('dialog').getByText(/cannot be seen again/)).toBeVisible();
  await isNowhere(page, secret);
  forgiveRefusals(complaints, 410);
});

test('nt47_neither Back nor leaving the page brings a string back', async ({ console, page }) => {
  const audience = unique('back');
  await console.signIn(undefined, undefined, 'tokens');
  await page.getByRole('tab', { name: 'Mine' }).click();
  await console.open('tokens');
  const dialog = await openNew(page);
  await dialog.getByLabel('Audience').fill(audience);
  const secret = await create(page);
  // Leaving is asked about while it is not stored.
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })));
  await expect(shown(page)).toHaveCount(0);
  await isNowhere(page, secret);
  await page.goBack();
  await page.goForward();
  await expect(page.getByRole('table', { name: 'API tokens' })).toBeVisible();
  await isNowhere(page, secret);
});

test('closing without storing is asked about, and can be done', async ({ console, page }) => {
  await console.signIn(undefined, undefined, 'tokens');
  await openNew(page);
  const secret = await create(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  const asked = page.getByRole('alertdialog', { name: 'Close without storing it?' });
  await asked.getByRole('button', { name: 'Cancel' }).click();
  await expect(shown(page)).toHaveValue(secret);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await asked.getByRole('button', { name: 'Close without storing' }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await isNowhere(page, secret);
});
