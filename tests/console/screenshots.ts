// Pictures of the pages for the documentation. Not a test: nothing is asserted but that the pages can be seen.
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { test } from '@playwright/test';

import { Api } from './kit/api.ts';
import { PASSWORD, Server } from './kit/server.ts';
import { Console } from './kit/test.ts';
import { fill } from './kit/town.ts';

const target = resolve(process.env.SCREENSHOTS ?? '../../docs/images/console');
const wide = { width: 1440, height: 900 };
const narrow = { width: 390, height: 844 };

type Look = readonly [scheme: 'light' | 'dark', size: 'wide' | 'narrow'];
const usual: readonly Look[] = [['light', 'wide']];
const dark: readonly Look[] = [...usual, ['dark', 'wide']];
const all: readonly Look[] = [...dark, ['light', 'narrow']];

test('screenshots', async ({ browser }) => {
  await mkdir(target, { recursive: true });
  const server = await Server.start();
  try {
    const admin = await Api.as(server.origin, 'admin', PASSWORD);
    const town = await fill(server.origin, admin);
    const pages: readonly (readonly [name: string, place: string, looks: readonly Look[]])[] = [
      ['tokens', 'tokens', all],
      ['token', `tokens/${town.token}`, dark],
      ['authentication-log', 'authentication-log', all],
      ['audit', 'audit', usual],
      ['settings', 'settings', dark],
      ['users', 'users', usual],
      ['user', `users/${encodeURIComponent(town.user)}`, usual],
      ['groups', 'groups', usual],
      ['roles', 'roles', usual],
      ['personas', 'personas', usual],
    ];
    const context = await browser.newContext({ ignoreHTTPSErrors: true, viewport: wide, reducedMotion: 'reduce' });
    const page = await context.newPage();
    const console = new Console(page, server);
    const only = process.env.ONLY?.split(',');

    await console.open();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    if (!only) await page.screenshot({ path: `${target}/sign-in.png` });
    await console.signIn();
    for (const [name, place, looks] of pages) {
      if (only && !only.includes(name)) continue;
      for (const [scheme, size] of only ? all : looks) {
        await page.setViewportSize(size === 'wide' ? wide : narrow);
        await page.emulateMedia({ colorScheme: scheme });
        await console.open(place);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForLoadState('networkidle');
        const suffix = [scheme === 'dark' && 'dark', size === 'narrow' && 'narrow'].filter(Boolean);
        await page.screenshot({
          path: `${target}/${[name, ...suffix].join('-')}.png`,
          fullPage: process.env.FULL === '1',
        });
      }
    }
    await context.close();
  } finally {
    await server.stop();
  }
});
