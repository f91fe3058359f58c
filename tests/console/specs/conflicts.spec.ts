// Two administrators change the same thing at the same time, or one deletes what the other changes.
import { expect, PASSWORD, test } from '../kit/test.ts';

const unique = (name: string) => `${name}-${Math.random().toString(36).slice(2, 8)}`;

/** Chromium itself writes of every refusal that a test provokes. */
const provoked = (complaints: string[], status: number) =>
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !new RegExp(`Failed to load resource.* ${status}`).test(one)));

test('both words about a field are shown, and one says which holds', async ({ console, page, admin, complaints }) => {
  const name = unique('torn');
  const user = await admin.make('/api/v1/users', { name, real_name: 'At first', email: 'first@example.org' });
  await console.signIn('admin', PASSWORD, `users/${user.id}`);
  await page.getByLabel('Full name').fill('My word');
  await page.getByLabel('Mail address').fill('mine@example.org');
  await admin.patch(`/api/v1/users/${user.id}`, { real_name: 'Their word', email: 'theirs@example.org', time_zone: 'Europe/Oslo' });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Somebody else has changed this meanwhile')).toBeVisible();
  await expect(page.getByText('Their word', { exact: true }).first()).toBeVisible();
  await expect(page.getByText('Taken over from the new version: Time zone', { exact: false })).toBeVisible();
  await expect(page.getByLabel('Full name')).toHaveValue('My word');
  await console.isAccessible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Choose what holds first.')).toBeVisible();
  await page.getByRole('group', { name: 'Full name: which holds?' }).getByRole('radio', { name: 'Mine' }).check();
  await page.getByRole('group', { name: 'Mail address: which holds?' }).getByRole('radio', { name: 'Theirs' }).check();
  await expect(page.getByLabel('Mail address')).toHaveValue('theirs@example.org');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Somebody else has changed this meanwhile')).toBeHidden();
  const { real_name, email, time_zone } = (await admin.get(`/api/v1/users/${user.id}`)).json;
  expect([real_name, email, time_zone]).toEqual(['My word', 'theirs@example.org', 'Europe/Oslo']);
  provoked(complaints, 412);
});

test('changes to other fields are put together, after one has seen them', async ({ console, page, admin, complaints }) => {
  const group = await admin.make('/api/v1/user-groups', { name: unique('Merged') });
  await console.signIn('admin', PASSWORD, `groups/${group.id}`);
  const mine = unique('Mine');
  await page.getByLabel('Name', { exact: true }).fill(mine);
  await admin.patch(`/api/v1/user-groups/${group.id}`, { roles: [10] });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Taken over from the new version: Roles', { exact: false })).toBeVisible();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: mine, level: 1 })).toBeVisible();
  expect((await admin.get(`/api/v1/user-groups/${group.id}`)).json.roles.map((role: { id: number }) => role.id)).toEqual([10]);
  provoked(complaints, 412);
});

test('in a list of capabilities it is said what either adds and takes away', async ({ console, page, admin, complaints }) => {
  const role = await admin.make('/api/v1/roles', { name: unique('both'), capabilities: ['audit.read'] });
  await console.signIn('admin', PASSWORD, `roles/${role.id}`);
  await page.getByLabel('gateway.use').check();
  await admin.patch(`/api/v1/roles/${role.id}`, { capabilities: ['users.list'] });
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('adds gateway.use')).toBeVisible();
  await expect(page.getByText('adds users.list; takes away audit.read')).toBeVisible();
  await page.getByRole('group', { name: 'Capabilities: which holds?' }).getByRole('radio', { name: 'Theirs' }).check();
  await expect(page.getByLabel('gateway.use')).not.toBeChecked();
  await expect(page.getByLabel('users.list')).toBeChecked();
  provoked(complaints, 412);
});

test('what was deleted meanwhile is said so, and what was typed stays to be copied', async ({ console, page, admin, complaints }) => {
  const set = await admin.make('/api/v1/content-sets', { name: unique('Short lived') });
  await console.signIn('admin', PASSWORD, `content-sets/${set.id}`);
  await page.getByLabel('Description').fill('A long thought about it');
  await admin.delete(`/api/v1/content-sets/${set.id}`);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('This does not exist any more')).toBeVisible();
  await expect(page.getByLabel('Description')).toHaveValue('A long thought about it');
  provoked(complaints, 404);
  provoked(complaints, 412);
});
