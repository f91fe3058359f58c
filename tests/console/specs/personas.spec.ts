// Personas: making one, and what stops when it is deleted.
import { expect, PASSWORD, test } from '../kit/test.ts';

const unique = (name: string) => `${name}-${Math.random().toString(36).slice(2, 8)}`;

test('a persona is made with its computers, roles and users', async ({ console, page, admin }) => {
  const [name, actor] = [unique('night'), unique('actor')];
  await admin.make('/api/v1/users', { name: actor, roles: ['user'] });
  await console.signIn('admin', PASSWORD, 'personas/new');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByLabel('Computer group')).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Computer group').selectOption('No Computers');
  await page.getByLabel('Shown as').fill('Night shift');
  await page.getByLabel('power', { exact: true }).check();
  await page.getByRole('combobox', { name: 'Add a user' }).fill(actor);
  await page.getByRole('option', { name: actor }).click();
  await console.isAccessible();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  await page.getByRole('link', { name: 'Personas' }).last().click();
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('Night shift');
  await console.isAccessible();
});

test('deleting a persona names the tokens that stop', async ({ console, page, admin }) => {
  const name = unique('day');
  const actor = await admin.make('/api/v1/users', { name: unique('worker'), roles: ['user'] });
  const persona = await admin.make('/api/v1/personas', { name, computer_group: 1, roles: [10], users: [actor.id] });
  await admin.make('/api/v1/tokens', { user: actor.name, persona: persona.id, name: 'of the day' });
  await console.signIn('admin', PASSWORD, 'personas');
  await page.getByRole('link', { name }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('alertdialog', { name: `Delete the persona ${name}?` });
  await expect(dialog.getByText('1 token stops at once')).toBeVisible();
  await expect(dialog.getByText('of the day')).toBeVisible();
  await console.isAccessible();
  await dialog.getByRole('button', { name: 'Delete the persona' }).click();
  await expect(page.getByRole('heading', { name: 'Personas', level: 1 })).toBeVisible();
  expect((await admin.get(`/api/v1/personas/${persona.id}`)).status).toBe(404);
});
