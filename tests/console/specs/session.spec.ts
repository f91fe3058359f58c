// What happens to a session while somebody works: it ends soon, it ends, another tab changes it, nothing answers.
import type { Page } from '@playwright/test';

import { provoked, unanswered } from '../kit/provoked.ts';
import { PASSWORD, Server } from '../kit/server.ts';
import { Console, expect, test } from '../kit/test.ts';

/** Types something into the settings that is not saved. */
async function type(page: Page): Promise<void> {
  await page.getByLabel('Default life of a token in hex, in days').fill('9');
  await expect(page.getByText('1 change not saved')).toBeVisible();
}

test('a notice appears before the session ends, and one can stay', async ({ page, complaints }) => {
  const server = await Server.start({ TOKENRY_SESSION__IDLE_TIMEOUT: '10m' });
  try {
    const console = new Console(page, server);
    await page.clock.install();
    await console.signIn('admin', PASSWORD, 'settings');
    await expect(page.getByRole('heading', { level: 1, name: 'Settings' })).toBeVisible();
    // Nothing may be under way: the clock's leap would count as waiting in vain for it.
    await expect(page.getByLabel('Default life of a token in hex, in days')).toBeVisible();
    await page.waitForLoadState('networkidle');
    await page.clock.fastForward('08:50');
    await expect(page.getByRole('alertdialog')).toHaveCount(0);
    await page.clock.fastForward('00:30');
    const notice = page.getByRole('alertdialog', { name: 'You will be signed out soon' });
    await expect(notice).toBeVisible();
    await notice.getByRole('button', { name: 'Stay signed in' }).click();
    await expect(notice).toHaveCount(0);
  } finally {
    await server.stop();
  }
  provoked(complaints);
});

test('a session that ends while a form is filled: sign in over the page, and nothing is lost', async ({
  page,
  console,
  admin,
  complaints,
}) => {
  await console.signIn('admin', PASSWORD, 'settings');
  await type(page);
  const sessions = (await admin.get('/api/v1/sessions')).json.items;
  for (const one of sessions) {
    if (!one.is_current) expect((await admin.delete(`/api/v1/sessions/${one.id}`)).status).toBe(204);
  }
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  // The page may have noticed by itself already, and then the dialog is over the button.
  await page.getByRole('button', { name: 'Save changes' }).dispatchEvent('click');
  await dialog.waitFor();
  await console.isAccessible();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeVisible();
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByLabel('Default life of a token in hex, in days')).toHaveValue('9');
  await page.getByRole('button', { name: 'Discard' }).click();
  provoked(complaints, 401);
});

test('signing out signs out the other tabs', async ({ page, context, console }) => {
  await console.signIn('admin', PASSWORD, 'settings');
  const other = new Console(await context.newPage(), console.server);
  await other.open('audit');
  await expect(other.page.getByRole('heading', { level: 1, name: 'Audit' })).toBeVisible();
  await page.getByRole('button', { name: 'Signed in as admin' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Tokenry' })).toBeVisible();
  await expect(other.page.getByRole('heading', { name: 'Sign in to Tokenry' })).toBeVisible();
  await expect(other.page).toHaveURL(/sign-in\?next=%2Fconsole%2Faudit/);
  // And in again: both tabs.
  await page.getByLabel('User name').fill('admin');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('banner')).toBeVisible();
  await expect(other.page.getByRole('heading', { level: 1, name: 'Audit' })).toBeVisible();
  // A page from the cache of the browser does not show what was there before.
  await page.getByRole('button', { name: 'Signed in as admin' }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { name: 'Sign in to Tokenry' })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Sign in to Tokenry' })).toBeVisible();
});

test('signing out in another tab does not throw away what is typed here', async ({ page, context, console }) => {
  await console.signIn('admin', PASSWORD, 'settings');
  await type(page);
  const other = new Console(await context.newPage(), console.server);
  await other.open('audit');
  await other.page.getByRole('button', { name: 'Signed in as admin' }).click();
  await other.page.getByRole('menuitem', { name: 'Sign out' }).click();
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await expect(dialog).toContainText('You have signed out in another tab.');
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByLabel('Default life of a token in hex, in days')).toHaveValue('9');
  await page.getByRole('button', { name: 'Discard' }).click();
});

test('another persona in another tab: what is unsaved is not thrown away unasked', async ({
  page,
  context,
  console,
  admin,
}, info) => {
  const name = `Second ${info.project.name} ${info.workerIndex}`;
  const [role] = (await admin.get('/api/v1/roles')).json.items.filter((one: { name: string }) => one.name === 'admin');
  const [group] = (await admin.get('/api/v1/computer-groups')).json.items;
  const { user_id: user } = (await admin.get('/api/v1/session')).json;
  const persona = await admin.make('/api/v1/personas', {
    name,
    computer_group: group.id,
    roles: [role.id],
    users: [user],
  });
  try {
    await console.open('settings');
    await page.getByLabel('User name').fill('admin');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Continue' }).click();
    await type(page);
    const other = new Console(await context.newPage(), console.server);
    await other.open('audit');
    await other.page.getByRole('button', { name: 'Persona: Default' }).click();
    await other.page.getByRole('menuitemradio', { name }).click();
    await expect(other.page.getByRole('button', { name: `Persona: ${name}` })).toBeVisible();
    const dialog = page.getByRole('alertdialog', { name: 'You act as another persona now' });
    await expect(dialog).toBeVisible();
    await dialog.getByRole('button', { name: 'Act as Default again' }).click();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByLabel('Default life of a token in hex, in days')).toHaveValue('9');
    await expect(other.page.getByRole('button', { name: 'Persona: Default' })).toBeVisible();
    await page.getByRole('button', { name: 'Discard' }).click();
  } finally {
    expect((await admin.delete(`/api/v1/personas/${persona.id}`)).status).toBe(204);
  }
});

test('a server that stands still, and goes on', async ({ page, complaints }) => {
  const server = await Server.start();
  try {
    const console = new Console(page, server);
    await page.clock.install();
    await console.signIn('admin', PASSWORD, 'settings');
    await type(page);
    server.pause();
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.clock.fastForward('00:25');
    await expect(page.getByText('No connection to the server')).toBeVisible();
    await expect(page.getByLabel('Default life of a token in hex, in days')).toHaveValue('9');
    server.resume();
    await page.clock.fastForward('00:06');
    await expect(page.getByText('No connection to the server')).toHaveCount(0);
    await expect(page.getByLabel('Default life of a token in hex, in days')).toHaveValue('9');
    await page.getByRole('button', { name: 'Save changes' }).click();
    // What was sent before may have been done after all: then this is a conflict, which says so.
    await expect(
      page.getByText(/The setting is saved|Somebody else has changed settings meanwhile/).first(),
    ).toBeVisible();
  } finally {
    server.resume();
    await server.stop();
  }
  unanswered(complaints);
  provoked(complaints, 412);
});

test('a server that is gone is said, and what is typed stays', async ({ page, complaints }) => {
  const server = await Server.start();
  const console = new Console(page, server);
  try {
    await console.signIn('admin', PASSWORD, 'settings');
    await type(page);
  } finally {
    await server.stop();
  }
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('No connection to the server')).toBeVisible();
  await expect(page.getByLabel('Default life of a token in hex, in days')).toHaveValue('9');
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await expect(page.getByText('No connection to the server')).toBeVisible();
  await console.isAccessible();
  unanswered(complaints);
});
