// Settings as they stand in a form: what is typed, what of it differs from what holds, and what is sent.

import type { components } from '$lib/api/schema';
import { t } from '$lib/texts';

/** A setting. */
export type Setting = components['schemas']['Setting'];

/** What stands in its control. */
export type Typed = string | boolean;

/** What is changed and not saved: only the keys that differ. */
export type Draft = Readonly<Record<string, Typed>>;

/** The parts of the page. What belongs to none is in the last one. */
export const groups = [
  {
    title: t.settings.groups.expiration,
    text: t.settings.groups.expirationText,
    keys: [
      'default_expiration',
      'ephemeral_expiration',
      'api_token_expiration_in_days',
      'api_token_max_expiration_in_days',
    ],
  },
  {
    title: t.settings.groups.addresses,
    text: t.settings.groups.addressesText,
    keys: ['api_token_trusted_ip_address_list', 'authenticate_api_token_with_x_forwarded_for_ip', 'module_servers'],
  },
  {
    title: t.settings.groups.strings,
    text: t.settings.groups.stringsText,
    keys: ['api_token_visibility_timeout_in_minutes', 'api_token_string_length'],
  },
  { title: t.settings.groups.other, text: t.settings.groups.otherText, keys: [] as string[] },
] as const;

/** The key that has a card of its own. */
export const master = 'token_authentication';

/** The settings of each part, those included that no part names. */
export function grouped(settings: readonly Setting[]) {
  const named: string[] = [master, ...groups.flatMap(({ keys }) => keys)];
  return groups.map(({ title, text, keys }, index) => ({
    title,
    text,
    items:
      index === groups.length - 1
        ? settings.filter(({ key }) => !named.includes(key))
        : keys.flatMap((key) => settings.filter((setting) => setting.key === key)),
  }));
}

/** What people call it. */
export function nameOf(setting: Setting): string {
  return t.settings.names[setting.key] ?? setting.key;
}

/** Whether what is looked for stands in its names or its meaning. */
export function matches(setting: Setting, text: string): boolean {
  const wanted = text.trim().toLowerCase();
  return [setting.key, setting.vendor_name, nameOf(setting), setting.meaning].some((one) =>
    one.toLowerCase().includes(wanted),
  );
}

/** A value as its control has it. */
export function typed(setting: Setting, value: unknown): Typed {
  if (setting.kind === 'boolean') return value === true;
  if (Array.isArray(value)) return value.join('\n');
  return String(value);
}

/** A value in words. */
export function inWords(setting: Setting, value: unknown): string {
  if (setting.kind === 'boolean') return value === true ? t.settings.on : t.settings.off;
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : t.settings.noAddresses;
  return [String(value), setting.unit].filter(Boolean).join(' ');
}

/** The draft after `to` was typed: without the key where that is what holds anyway. */
export function put(draft: Draft, setting: Setting, to: Typed): Draft {
  const { [setting.key]: _, ...others } = draft;
  return same(setting, to, typed(setting, setting.value)) ? others : { ...others, [setting.key]: to };
}

/** Whether two texts mean the same value. */
export function same(setting: Setting, one: Typed, other: Typed): boolean {
  if (typeof one === 'boolean' || typeof other === 'boolean') return one === other;
  if (setting.kind === 'addresses') return entries(one).join() === entries(other).join();
  return one.trim() === other.trim();
}

/** What to send, and what is wrong before anything is. */
export function toEdit(settings: readonly Setting[], draft: Draft): { edit: Record<string, unknown>; wrong: Record<string, string> } {
  const edit: Record<string, unknown> = {};
  const wrong: Record<string, string> = {};
  for (const setting of settings) {
    const value = draft[setting.key];
    if (value === undefined) continue;
    if (typeof value === 'boolean') edit[setting.key] = value;
    else if (setting.kind === 'addresses') edit[setting.key] = entries(value);
    else if (setting.kind === 'integer') {
      if (/^\d{1,15}$/.test(value.trim())) edit[setting.key] = Number(value);
      else wrong[setting.key] = t.settings.wholeNumber;
    } else edit[setting.key] = value.trim();
  }
  return { edit, wrong };
}

/** The entries of a list as it is typed. */
export function entries(text: string): string[] {
  return text
    .split(/[,\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
