// What tests about tokens have in common: tokens that are there already, and the dialogs.
import { expect, type Locator, type Page } from '@playwright/test';

import type { Api } from './api.ts';

/** The password of every user that a test makes. */
export const USER_PASSWORD = 'another horse, another battery';

/** Something that no other test has. */
export function unique(what: string): string {
  return `${what}-${Math.random().toString(36).slice(2, 8)}`;
}

/** A user with roles. */
export async function makeUser(admin: Api, roles: string[] = ['user'], name = unique('user')): Promise<string> {
  await admin.make('/api/v1/users', { name, password: USER_PASSWORD, roles, real_name: `The ${name}` });
  return name;
}

/** Takes the complaints that the browser itself makes of refusals which a test provokes. */
export function forgiveRefusals(complaints: string[], ...statuses: number[]): void {
  const wanted = (text: string) =>
    !statuses.some((status) =>
      status === 0
        ? /Failed to load resource: net::/.test(text)
        : text.includes(`Failed to load resource: the server responded with a status of ${status}`),
    );
  complaints.splice(0, complaints.length, ...complaints.filter(wanted));
}

/** The dialog that describes a new token. */
export async function openNew(page: Page): Promise<Locator> {
  await page.getByRole('button', { name: 'New API token' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'New API token' });
  await expect(dialog).toBeVisible();
  return dialog;
}

/** Sends it, and waits for the string. */
export async function create(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Create', exact: true }).click();
  const field = shown(page);
  await expect(field).toBeVisible();
  return field.inputValue();
}

/** The field with the string. */
export function shown(page: Page): Locator {
  return page.getByRole('dialog').getByRole('textbox', { name: 'Token', exact: true });
}

/** Says that it is stored, and closes. */
export async function store(page: Page): Promise<void> {
  await page.getByLabel('I have stored it').check();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

/** The rows of the grid, without its head. */
export function rows(page: Page): Locator {
  return page.getByRole('table', { name: 'API tokens' }).getByRole('row').filter({ has: page.getByRole('cell') });
}
