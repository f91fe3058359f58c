// Texts that would like to be something else, and ids that are none.
import { expect, PASSWORD, test } from '../kit/test.ts';

const unique = (name: string) => `${name}-${Math.random().toString(36).slice(2, 8)}`;
const html = '<img src=x onerror="document.title=\'owned\'"><script>alert(1)</script>';

test('HTML, marks of direction and characters of four bytes are only text, however long', async ({ console, page, admin }) => {
  const tail = unique('t');
  const group = await admin.make('/api/v1/user-groups', { name: `${html} ${tail}` });
  const set = await admin.make('/api/v1/content-sets', { name: `𝔘𝔫𝔦 🦊 שלום ${tail}`, description: `${html} ${'long '.repeat(700)}end` });
  const user = await admin.make('/api/v1/users', { name: `𝔵-${tail}`, real_name: 'עברית <b>bold</b> 🦊'.repeat(40) });
  await console.signIn('admin', PASSWORD, `groups?search=${tail}`);
  await page.getByRole('link', { name: html, exact: false }).click();
  await expect(page.getByLabel('Name', { exact: true })).toHaveValue(`${html} ${tail}`);
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('alertdialog')).toContainText('<img src=x');
  await console.open(`content-sets?search=${tail}`);
  await expect(page.getByRole('link', { name: '𝔘𝔫𝔦 🦊', exact: false })).toBeVisible();
  await console.isAccessible();
  await console.open(`content-sets/${set.id}`);
  expect(await page.getByLabel('Description').inputValue()).toHaveLength(html.length + 1 + 3503);
  await console.open(`users?search=${tail}`);
  await expect(page.getByText('<b>bold</b>', { exact: false }).first()).toBeVisible();
  await console.open(`users/${user.id}`);
  await expect(page.getByRole('heading', { name: `𝔵-${tail}`, level: 1 })).toBeVisible();
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(sideways).toBe(0);
  expect(await page.title()).not.toContain('owned');
  expect((await admin.get(`/api/v1/user-groups/${group.id}`)).json.name).toContain('<img');
});

test('a description of ten thousand characters is refused in the words of the server, and stays', async ({ console, page, admin, complaints }) => {
  const set = await admin.make('/api/v1/content-sets', { name: unique('Long') });
  await console.signIn('admin', PASSWORD, `content-sets/${set.id}`);
  await page.getByLabel('Description').fill('x'.repeat(10_000));
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByLabel('Description')).toHaveAttribute('aria-invalid', 'true');
  expect(await page.getByLabel('Description').inputValue()).toHaveLength(10_000);
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !/Failed to load resource.* 400/.test(one)));
});

const places = [
  ['users', 'There is no such user'],
  ['groups', 'There is no such user group'],
  ['roles', 'There is no such role'],
  ['personas', 'There is no such persona'],
  ['content-sets', 'There is no such content set'],
  ['computer-groups', 'There is no such computer group'],
] as const;

test('an id that is not there, or that is none, is said in words', async ({ console, page, complaints }) => {
  await console.signIn();
  for (const [place, words] of places) {
    for (const id of ['987654321', '%3Cb%3E1']) {
      await console.open(`${place}/${id}`);
      await expect(page.getByRole('heading', { name: words, level: 1 })).toBeVisible();
    }
  }
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !/Failed to load resource.* 404/.test(one)));
});

test('somebody else\'s id looks like one that is not there, to who may not see it', async ({ console, page, admin, complaints }) => {
  const name = unique('curious');
  await admin.make('/api/v1/users', { name, roles: ['user'], password: PASSWORD });
  await console.signIn(name, PASSWORD, 'users/1');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such user');
  await console.open('users/987654321');
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('There is no such user');
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !/Failed to load resource.* 40[34]/.test(one)));
});
