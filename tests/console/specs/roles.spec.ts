// Roles: the list, the matrix by keyboard, one role with imports and grants, what a change does to whom.
import { expect, PASSWORD, test } from '../kit/test.ts';

const unique = (name: string) => `${name}-${Math.random().toString(36).slice(2, 8)}`;

test('the matrix is changed by keyboard, and says who loses what before it is saved', async ({ console, page, admin }) => {
  const name = unique('matrix');
  const role = await admin.make('/api/v1/roles', { name, capabilities: ['audit.read', 'roles.list'], imports: ['user'] });
  await admin.make('/api/v1/users', { name: unique('holder'), roles: [name] });
  await console.signIn('admin', PASSWORD, `roles?view=matrix&role=${name}`);
  const box = page.getByRole('checkbox', { name: `audit.read, ${name}: granted` });
  await box.focus();
  await expect(page.getByRole('checkbox', { name: `search, ${name}: imported` })).not.toBeChecked();
  await console.isAccessible();
  await page.keyboard.press('Space');
  await expect(page.getByText('1 change in 1 role, not saved yet')).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('checkbox', { name: `gateway.use, ${name}: not granted` })).toBeFocused();
  await page.keyboard.press('Space');
  await expect(page.getByText('2 changes in 1 role, not saved yet')).toBeVisible();
  // Looking at the list loses nothing of it.
  await page.getByRole('tab', { name: 'List' }).click();
  await expect(page.getByRole('table', { name: 'Roles' })).toBeVisible();
  await page.getByRole('tab', { name: 'Matrix' }).click();
  await page.getByRole('button', { name: 'Save the changes' }).click();
  const dialog = page.getByRole('dialog', { name: 'What follows' });
  await expect(dialog.getByText('1 user holds it', { exact: false })).toBeVisible();
  await expect(dialog.getByText('They lose audit.read', { exact: false })).toBeVisible();
  await expect(dialog.getByText('They gain gateway.use', { exact: false })).toBeVisible();
  await dialog.getByRole('button', { name: 'Save the changes' }).click();
  await expect(page.getByText('not saved yet')).toBeHidden();
  expect((await admin.get(`/api/v1/roles/${role.id}`)).json.capabilities).toEqual(['gateway.use', 'roles.list']);
});

test('the matrix is filtered by capability, dialect and role', async ({ console, page }) => {
  await console.signIn('admin', PASSWORD, 'roles');
  await page.getByRole('tab', { name: 'Matrix' }).click();
  await page.getByRole('searchbox', { name: 'Filter capabilities' }).fill('persona');
  await expect(page.getByRole('rowheader', { name: 'personas.edit' })).toBeVisible();
  await expect(page.getByRole('rowheader', { name: 'audit.read' })).toBeHidden();
  await page.getByLabel('Dialect').selectOption('tanium');
  await expect(page.getByRole('rowheader', { name: 'write persona' })).toBeVisible();
  await expect(page.getByRole('rowheader', { name: 'personas.edit' })).toBeHidden();
  await expect(page).toHaveURL(/capability=persona.*dialect=tanium/);
  await page.getByRole('searchbox', { name: 'Filter roles' }).fill('no such role');
  await expect(page.getByRole('heading', { name: 'Nothing matches' })).toBeVisible();
  await page.getByRole('button', { name: 'Clear the filter' }).click();
  await expect(page.getByRole('rowheader', { name: 'audit.read' })).toBeVisible();
  await page.goBack();
  await expect(page.getByRole('table', { name: 'Roles' })).toBeVisible();
  await console.isAccessible();
});

test('a role is made with imports and a grant on one content set, changed and deleted', async ({ console, page, admin, complaints }) => {
  const name = unique('reader');
  await console.signIn('admin', PASSWORD, 'roles/new');
  await page.getByLabel('Name', { exact: true }).fill('No Capitals');
  await page.getByLabel('audit.read').check();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('group', { name: 'Imported roles' }).getByLabel('user', { exact: true }).check();
  await expect(page.getByText('imported from user', { exact: false }).first()).toBeVisible();
  await page.getByRole('combobox', { name: 'Capability', exact: true }).fill('edit dashboard');
  await page.getByRole('button', { name: 'Add the grant' }).click();
  await expect(page.getByRole('button', { name: 'Remove edit dashboard on Default' })).toBeVisible();
  await console.isAccessible();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  const id = page.url().split('/').at(-1);
  const role = (await admin.get(`/api/v1/roles/${id}`)).json;
  expect(role.imports).toEqual(['user']);
  expect(role.grants).toEqual([{ content_set: 2, capability: 'edit dashboard' }]);

  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog.getByText('No user holds it', { exact: false })).toBeVisible();
  await dialog.getByRole('button', { name: 'Delete the role' }).click();
  await expect(page.getByRole('heading', { name: 'Roles', level: 1 })).toBeVisible();
  expect((await admin.get(`/api/v1/roles/${id}`)).status).toBe(404);
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !/Failed to load resource.* 400/.test(one)));
});

test('taking a capability from a role that somebody holds asks first; turning it into a denial, too', async ({ console, page, admin }) => {
  const name = unique('held');
  const role = await admin.make('/api/v1/roles', { name, capabilities: ['audit.read', 'users.list'] });
  await admin.make('/api/v1/users', { name: unique('one'), roles: [name] });
  await console.signIn('admin', PASSWORD, `roles/${role.id}`);
  await page.getByLabel('audit.read').uncheck();
  await page.getByRole('button', { name: 'Save' }).click();
  const dialog = page.getByRole('alertdialog', { name: `Change the role ${name}?` });
  await expect(dialog.getByText('They lose audit.read', { exact: false })).toBeVisible();
  await console.isAccessible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  expect((await admin.get(`/api/v1/roles/${role.id}`)).json.capabilities).toContain('audit.read');
  await page.getByLabel('audit.read').check();
  await page.getByLabel('This role denies').check();
  await page.getByRole('button', { name: 'Save' }).click();
  await dialog.getByRole('button', { name: 'Save the role' }).click();
  await expect(page.getByText('Denies', { exact: true }).first()).toBeVisible();
  expect((await admin.get(`/api/v1/roles/${role.id}`)).json.deny).toBe(true);
});
