// Users: finding, making, changing, locking and deleting them; what they may do and why; their sessions and passwords.
import { Api, expect, PASSWORD, test } from '../kit/test.ts';

const unique = (name: string) => `${name}-${Math.random().toString(36).slice(2, 8)}`;

/** Chromium itself writes of every refusal that a test provokes. */
function forgive(complaints: string[], status: number): void {
  for (let at = complaints.length - 1; at >= 0; at -= 1) {
    if (new RegExp(`Failed to load resource.* ${status}`).test(complaints[at] ?? '')) complaints.splice(at, 1);
  }
}

test('an administrator makes a user, and sees what the user may do and why', async ({ console, page, complaints }) => {
  const name = unique('maker');
  await console.signIn('admin', PASSWORD, 'users');
  await page.getByRole('link', { name: 'New user' }).click();
  await expect(page.getByRole('heading', { name: 'New user', level: 1 })).toBeVisible();
  await page.getByLabel('User name').fill('two words');
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('name must not contain white space', { exact: false })).toBeVisible();
  await expect(page.getByLabel('User name')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('User name').fill(name);
  await page.getByLabel('Full name').fill('Maker of things');
  await page.getByLabel('power', { exact: true }).check();
  await console.isAccessible();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  const rights = page.getByRole('region', { name: 'What this user may do' });
  await expect(rights.getByText('tokens.list.own')).toBeVisible();
  await expect(rights.getByRole('link', { name: 'power' }).first()).toBeVisible();
  await expect(page.getByText('No token acts for this user.')).toBeVisible();
  await console.isAccessible();
  forgive(complaints, 400);
});

test('the list is searched and filtered on the server, and says so in its address', async ({ console, page, admin }) => {
  const common = unique('crowd');
  for (let number = 0; number < 30; number += 1) await admin.make('/api/v1/users', { name: `${common}-${String(number).padStart(2, '0')}` });
  await admin.make('/api/v1/users', { name: `${common}-zz`, roles: ['can_delete'] });
  await console.signIn('admin', PASSWORD, `users?search=${common}&limit=25`);
  await expect(page.getByText('1–25 of 31')).toBeVisible();
  await console.isAccessible();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('26–31 of 31')).toBeVisible();
  await page.reload();
  await expect(page.getByText('26–31 of 31')).toBeVisible();
  await page.getByRole('button', { name: 'Previous' }).click();
  await expect(page.getByText('1–25 of 31')).toBeVisible();
  await page.getByRole('combobox', { name: 'Role', exact: true }).selectOption('can_delete');
  await expect(page.getByRole('link', { name: `${common}-zz` })).toBeVisible();
  await expect(page.getByText('1–1 of 1')).toBeVisible();
  await expect(page).toHaveURL(/role=can_delete/);
  await page.goBack();
  await expect(page.getByText('1–25 of 31')).toBeVisible();
  await page.getByRole('searchbox', { name: 'Name, full name or mail' }).fill('nobody is called that');
  await expect(page.getByRole('heading', { name: 'No user matches' })).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await expect(page.getByRole('table', { name: 'Users' })).toBeVisible();
});

test('locking says which tokens stop, and the list says that the user is locked', async ({ console, page, admin }) => {
  const name = unique('locked');
  await admin.make('/api/v1/users', { name, roles: ['user'] });
  for (let number = 1; number <= 12; number += 1) await admin.make('/api/v1/tokens', { user: name, name: `job ${number}` });
  await console.signIn('admin', PASSWORD, `users?search=${name}`);
  await page.getByRole('button', { name: `Actions for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Lock' }).click();
  const dialog = page.getByRole('alertdialog', { name: `Lock ${name}?` });
  await expect(dialog.getByText('12 tokens stop at once')).toBeVisible();
  await expect(dialog.getByRole('listitem')).toHaveCount(10);
  await expect(dialog.getByText('and 2 more tokens')).toBeVisible();
  await expect(dialog.getByRole('button', { name: 'Cancel' })).toBeFocused();
  await console.isAccessible();
  await dialog.getByRole('button', { name: 'Lock' }).click();
  await expect(page.getByRole('row').getByText('Locked', { exact: true })).toBeVisible();
  await page.getByRole('link', { name, exact: true }).click();
  await expect(page.getByText('This user is locked')).toBeVisible();
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.getByRole('dialog', { name: `Unlock ${name}?` }).getByRole('button', { name: 'Unlock' }).click();
  await expect(page.getByText('This user is locked')).toBeHidden();
  await expect(page.getByRole('button', { name: 'Lock', exact: true })).toBeVisible();
});

test('deleting a user asks to type the name, and takes the tokens along', async ({ console, page, admin }) => {
  const name = unique('leaver');
  const made = await admin.make('/api/v1/users', { name, roles: ['user'] });
  const token = await admin.make('/api/v1/tokens', { user: name, name: 'nightly backup' });
  await console.signIn('admin', PASSWORD, `users/${made.id}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog.getByText('1 token stops at once')).toBeVisible();
  await expect(dialog.getByText('nightly backup')).toBeVisible();
  await dialog.getByRole('button', { name: 'Delete the user' }).click();
  await expect(dialog.getByText('This is not the name.')).toBeVisible();
  expect((await admin.get(`/api/v1/users/${made.id}`)).status).toBe(200);
  await dialog.getByLabel(`To confirm, type ${name}`).fill(name);
  await dialog.getByRole('button', { name: 'Delete the user' }).click();
  await expect(page.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible();
  expect((await admin.get(`/api/v1/users/${made.id}`)).status).toBe(404);
  expect((await admin.get(`/api/v1/tokens/${token.id}`)).status).toBe(404);
});

test('sessions are seen and ended by an administrator', async ({ console, page, admin, server }) => {
  const name = unique('guest');
  const made = await admin.make('/api/v1/users', { name, roles: ['user'], password: PASSWORD });
  const guest = await Api.as(server.origin, name, PASSWORD);
  await console.signIn('admin', PASSWORD, `users/${made.id}`);
  const sessions = page.getByRole('region', { name: 'Sessions' });
  await sessions.getByRole('button', { name: 'End the session from 127.0.0.1' }).click();
  await expect(sessions.getByText('Not signed in anywhere.')).toBeVisible();
  expect((await guest.get('/api/v1/session')).status).toBe(401);
});

test('one changes one\'s own password with the present one, and nothing typed is lost', async ({ console, page, admin, complaints }) => {
  const name = unique('self');
  const made = await admin.make('/api/v1/users', { name, roles: ['user'], password: PASSWORD });
  await console.signIn(name, PASSWORD, `users/${made.id}`);
  const card = page.getByRole('region', { name: 'Password' });
  await card.getByLabel('Present password').fill('not the present one');
  await card.getByLabel('New password', { exact: true }).fill('another long password 7');
  await card.getByLabel('New password again').fill('another long passwort 7');
  await card.getByRole('button', { name: 'Set the password' }).click();
  await expect(card.getByText('The two passwords are not the same.')).toBeVisible();
  await card.getByLabel('New password again').fill('another long password 7');
  await card.getByRole('button', { name: 'Set the password' }).click();
  await expect(card.getByLabel('Present password')).toHaveAttribute('aria-invalid', 'true');
  await expect(card.getByLabel('New password', { exact: true })).toHaveValue('another long password 7');
  await card.getByLabel('Present password').fill(PASSWORD);
  await card.getByRole('button', { name: 'Set the password' }).click();
  const again = page.getByRole('dialog', { name: 'Sign in again' });
  await again.getByLabel('Password', { exact: true }).fill('another long password 7');
  await again.getByRole('button', { name: 'Sign in' }).click();
  await expect(again).toBeHidden();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Lock' })).toBeHidden();
  forgive(complaints, 400);
  forgive(complaints, 401);
  forgive(complaints, 403);
});
