// What every test of the console has: a server of its worker, an administrator at the API, and a page that must neither
// complain on its console nor break the content security policy.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, test as base, type Page } from '@playwright/test';

import { Api } from './api.ts';
import { PASSWORD, Server } from './server.ts';

interface OfWorker {
  server: Server;
  admin: Api;
}

interface OfTest {
  /** What the page complains of; a test that provokes a complaint takes it out. */
  complaints: string[];
  console: Console;
}

/** The console in a browser. */
export class Console {
  constructor(
    readonly page: Page,
    readonly server: Server,
  ) {}

  /** Opens a place in the console, such as `tokens`. */
  async open(place = ''): Promise<void> {
    await this.page.goto(`${this.server.origin}/console/${place}`);
  }

  /**
   * Signs in at the API, as the page would, and opens a place. How signing in looks is for `sign-in.spec.ts`; all others
   * need not wait for it.
   */
  async signIn(user = 'admin', password = PASSWORD, place = ''): Promise<void> {
    const { origin } = this.server;
    const opened = await new Api(origin).send(
      'POST',
      '/api/v1/sessions',
      { user, password, transport: 'cookie' },
      { 'tokenry-console': '1', 'sec-fetch-site': 'same-origin' },
    );
    if (opened.status !== 201) throw new Error(`cannot sign in as ${user}: ${opened.text}`);
    const [pair = ''] = (opened.headers['set-cookie']?.[0] ?? '').split(';');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const cookie = { name, value, url: origin, httpOnly: true, secure: true, sameSite: 'Strict' as const };
    await this.page.context().addCookies([cookie]);
    // What the page itself notes when somebody signs in; once, for a test may sign out again.
    await this.page.addInitScript((ours) => {
      try {
        if (location.origin !== ours || sessionStorage.getItem('noted') !== null) return;
        sessionStorage.setItem('noted', '1');
        localStorage.setItem('tokenry.signed-in', '1');
      } catch {
        // A page of another's, or one that may keep nothing.
      }
    }, origin);
    await this.open(place);
    await expect(this.page.getByRole('banner')).toBeVisible();
  }

  /** Fails unless the page is accessible as far as a program can tell (WCAG 2.2 AA). */
  async isAccessible(): Promise<void> {
    const found = await new AxeBuilder({ page: this.page })
      .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
      .analyze();
    const told = found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).join(' | ')}`);
    expect(told).toEqual([]);
  }
}

export const test = base.extend<OfTest, OfWorker>({
  server: [

    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  admin: [
    async ({ server }, use) => {
      await use(await Api.as(server.origin, 'admin', PASSWORD));
    },
    { scope: 'worker' },
  ],
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(String(error)));
      await page.addInitScript(() => {
        document.addEventListener('securitypolicyviolation', (event) => {
          console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
  console: async ({ page, server }, use) => {
    await use(new Console(page, server));
  },
});

export { expect, Api, PASSWORD };
