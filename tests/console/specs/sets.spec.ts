// Content sets and computer groups: making, changing, deleting, and the server's word where it refuses.
import { expect, PASSWORD, test } from '../kit/test.ts';

const unique = (name: string) => `${name}-${Math.random().toString(36).slice(2, 8)}`;

test('a content set is made and described, and deleting it names what refers to it', async ({ console, page, admin }) => {
  const [name, role] = [unique('Reports'), unique('granting')];
  await console.signIn('admin', PASSWORD, 'content-sets/new');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Description').fill('Of the finance department.');
  await console.isAccessible();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  const id = Number(page.url().split('/').at(-1));
  await admin.make('/api/v1/roles', { name: role, grants: [{ content_set: id, capability: 'search' }] });
  await console.open('content-sets');
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('1 role');
  await console.isAccessible();
  await page.getByRole('link', { name }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('alertdialog');
  await expect(dialog.getByRole('link', { name: `Role ${role}` })).toBeVisible();
  await dialog.getByRole('button', { name: 'Delete the content set' }).click();
  await expect(page.getByRole('heading', { name: 'Content sets', level: 1 })).toBeVisible();
  expect((await admin.get(`/api/v1/content-sets/${id}`)).status).toBe(404);
});

test('a computer group is made with its kind and definition, and changed', async ({ console, page, admin }) => {
  const name = unique('Servers');
  await console.signIn('admin', PASSWORD, 'computer-groups/new');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('radio', { name: 'Filter' }).check();
  await page.getByLabel('Definition').fill('Computer Name starts with ber-');
  await console.isAccessible();
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
  const id = page.url().split('/').at(-1);
  await page.getByLabel('Definition').fill('Computer Name starts with muc-');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('button', { name: 'Discard the changes' })).toBeHidden();
  const made = (await admin.get(`/api/v1/computer-groups/${id}`)).json;
  expect([made.kind, made.text]).toEqual(['filter', 'Computer Name starts with muc-']);
  await console.open('computer-groups');
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('muc-');
  await console.isAccessible();
});

test('what is built in stays, in the words of the server', async ({ console, page, complaints }) => {
  await console.signIn('admin', PASSWORD, 'computer-groups/1');
  await page.getByRole('button', { name: 'Delete' }).click();
  const dialog = page.getByRole('alertdialog');
  await dialog.getByRole('button', { name: 'Delete the computer group' }).click();
  await expect(dialog.getByText('A built-in computer group cannot be deleted')).toBeVisible();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(page.getByRole('heading', { name: 'All Computers', level: 1 })).toBeVisible();
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !/Failed to load resource.* 409/.test(one)));
});
