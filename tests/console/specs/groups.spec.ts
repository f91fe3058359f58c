// User groups: making them, changing who is in them, deleting them.
import { expect, PASSWORD, test } from '../kit/test.ts';

const unique = (name: string) => `${name}-${Math.random().toString(36).slice(2, 8)}`;

test('a group gets members by name and roles by tick, and gives them', async ({ console, page, admin }) => {
  const [name, member] = [unique('Team'), unique('member')];
  const user = await admin.make('/api/v1/users', { name: member });
  await console.signIn('admin', PASSWORD, 'groups/new');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('combobox', { name: 'Add a user' }).fill(member);
  await page.getByRole('option', { name: member }).click();
  await expect(page.getByRole('button', { name: `Remove ${member}` })).toBeVisible();
  await page.getByLabel('power', { exact: true }).check();
  await console.isAccessible();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  expect((await admin.get(`/api/v1/users/${user.id}`)).json.powers).toContain('tokens.list.own');

  await page.getByRole('button', { name: `Remove ${member}` }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Nobody yet')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Discard the changes' })).toBeHidden();
  expect((await admin.get(`/api/v1/users/${user.id}`)).json.powers).toEqual([]);
});

test('the list is filtered and sorted in its address, and leaving a changed form asks first', async ({ console, page, admin }) => {
  const common = unique('Crew');
  const made = await admin.make('/api/v1/user-groups', { name: `${common} b` });
  await admin.make('/api/v1/user-groups', { name: `${common} a` });
  await console.signIn('admin', PASSWORD, `groups?search=${common}`);
  const links = page.getByRole('table', { name: 'User groups' }).getByRole('link');
  await expect(links).toHaveText([`${common} a`, `${common} b`]);
  await console.isAccessible();
  await console.open(`groups?search=${common}&sort=-name`);
  await expect(links).toHaveText([`${common} b`, `${common} a`]);
  await links.first().click();
  await page.getByLabel('Name', { exact: true }).fill('Something else');
  await page.getByRole('link', { name: 'User groups' }).last().click();
  const ask = page.getByRole('alertdialog', { name: 'Leave this page?' });
  await ask.getByRole('button', { name: 'Stay here' }).click();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Something else');
  await page.getByRole('button', { name: 'Discard the changes' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Delete the group' }).click();
  await expect(page.getByRole('heading', { name: 'User groups', level: 1 })).toBeVisible();
  expect((await admin.get(`/api/v1/user-groups/${made.id}`)).status).toBe(404);
});

test('a name that is taken is said under its field', async ({ console, page, admin, complaints }) => {
  const name = unique('Taken');
  await admin.make('/api/v1/user-groups', { name });
  await console.signIn('admin', PASSWORD, 'groups/new');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText(`name=${name} already exists`, { exact: false })).toBeVisible();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(name);
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !/Failed to load resource.* 4(00|09)/.test(one)));
});
