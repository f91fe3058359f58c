// "Create authentication tokens" of Splunk, followed step by step in our console. Names that differ: "Settings > Tokens" is
// "API tokens" in the navigation; "New Token" is "New API token"; the drop-down lists of times are rows of buttons, with
// "Relative" and "Absolute" for "Relative Time" and "Absolute Time"; the form JWT is chosen, as Splunk has no other.
import { expect, test } from '../kit/test.ts';
import { makeUser, shown, unique } from '../kit/tokens.ts';

test('The Splunk page, step by step', async ({ console, page, admin, server, context }) => {
  const user = await makeUser(admin, ['admin']);
  const audience = unique('Users');
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.origin });
  let secret = '';

  await test.step('before: token authentication is on, and the account may make tokens for anybody', async () => {
    const session = (await admin.get('/api/v1/session')).json;
    expect(session.token_authentication).toBe(true);
    expect(session.powers).toContain('tokens.create.any');
    await console.signIn();
  });

  await test.step('1: go to the tokens', async () => {
    const menu = page.getByRole('button', { name: 'Open the navigation' });
    if (await menu.isVisible()) await menu.click();
    await page.getByRole('link', { name: 'API tokens', exact: true }).click();
    await expect(page.getByRole('heading', { level: 1, name: 'API tokens' })).toBeVisible();
  });

  const dialog = page.getByRole('dialog', { name: 'New API token' });
  await test.step('2: ask for a new token; its dialog appears', async () => {
    await page.getByRole('button', { name: 'New API token' }).first().click();
    await expect(dialog).toBeVisible();
    await dialog.getByRole('radio', { name: /^JWT/ }).check();
  });

  await test.step('3: enter the user it is for', async () => {
    await dialog.getByRole('combobox', { name: 'User' }).fill(user);
    await page.getByRole('option', { name: new RegExp(user) }).click();
  });

  await test.step('4: enter what it is for', async () => {
    await dialog.getByLabel('Audience').fill(audience);
  });

  const expiration = dialog.getByRole('group', { name: 'Expiration' });
  await test.step('5: choose how its end is said', async () => {
    await expect(expiration.getByRole('radio', { name: 'Default' })).toBeChecked();
  });
  await test.step('5.1: an absolute end has a date and a time of 24 hours', async () => {
    await expiration.getByRole('radio', { name: 'Absolute' }).check();
    await dialog.getByLabel('Expires on: Date').fill('2031-02-01');
    await dialog.getByLabel('Expires on: Time').fill('22:30:00');
    await expect(dialog.getByText('Europe/Berlin')).toBeVisible();
  });
  await test.step('5.2: a relative end is a text such as +10d, with its meaning shown', async () => {
    await expiration.getByRole('radio', { name: 'Relative' }).check();
    await dialog.getByLabel('Time from now').fill('+10d');
    await expect(dialog.getByText(/^in (9|10) days/)).toBeVisible();
  });

  const notBefore = dialog.getByRole('group', { name: 'Not before' });
  await test.step('6: choose how its beginning is said', async () => {
    await notBefore.getByRole('radio', { name: 'Relative' }).check();
  });
  await test.step('7: enter it in the same way; not in the past, and not after the end', async () => {
    await dialog.getByLabel('Time from now').last().fill('+3d@d');
    await expect(dialog.getByText(/^in (2|3) days/)).toBeVisible();
  });

  await test.step('8: create it; the string appears', async () => {
    await dialog.getByRole('button', { name: 'Create' }).click();
    await expect(shown(page)).toBeVisible();
    secret = await shown(page).inputValue();
    expect(secret.split('.')).toHaveLength(3);
    await expect(page.getByText('This is shown only once')).toBeVisible();
  });

  await test.step('9: select all of its text', async () => {
    await shown(page).click();
    const selected = await shown(page).evaluate((field: HTMLTextAreaElement) =>
      field.value.slice(field.selectionStart, field.selectionEnd),
    );
    expect(selected).toBe(secret);
  });

  await test.step('10: copy it', async () => {
    await page.getByRole('button', { name: 'Copy the token' }).click();
    await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible();
  });

  await test.step('11: paste it where it is to be kept', async () => {
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
    await page.getByLabel('I have stored it').check();
  });

  await test.step('12: close the window; the string is gone', async () => {
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
    await expect(page.getByRole('dialog')).toHaveCount(0);
    expect(await page.content()).not.toContain(secret);
  });

  await test.step('13: whoever has it can use it, from its beginning on', async () => {
    const [token] = (await admin.get(`/api/v1/tokens?filter=audience:equals:${audience}`)).json.items;
    expect(token).toMatchObject({ user, audience, form: 'splunk_jwt', state: 'not_yet_valid' });
    expect((await admin.with(secret).get('/api/v1/session')).status).toBe(401);
    const when = new URLSearchParams({ at: '+4d' });
    expect((await admin.get(`/api/v1/tokens/${token.id}/explain?${when}`)).json.granted).toBe(true);
  });
});
