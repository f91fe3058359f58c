// How long the console takes to be usable with nothing in the browser's cache, and how much it loads for that. Not a test:
// figures are printed, and what fails is only a page that does not come.
//
// Reference, in the same run and the same browser: an answer of the same server without anything in it.
import { test, type Page } from '@playwright/test';

import { Api } from './kit/api.ts';
import { PASSWORD, Server } from './kit/server.ts';
import { fill } from './kit/town.ts';

const rounds = Number(process.env.ROUNDS ?? 21);

interface Figures {
  usable: number;
  bytes: number;
  empty: number;
}

test('the first page', async ({ browser }) => {
  const server = await Server.start();
  try {
    await fill(server.origin, await Api.as(server.origin, 'admin', PASSWORD));
    const figures: { signIn: Figures[]; grid: Figures[] } = { signIn: [], grid: [] };
    for (let round = 0; round < rounds; round += 1) {
      // A context of its own has a cache of its own.
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      const page = await context.newPage();
      const empty = await open(page, `${server.origin}/console/nothing.txt`, 'body');
      figures.signIn.push({ ...(await open(page, `${server.origin}/console/`, 'input[autocomplete~="username"]')), empty: empty.usable });
      await page.getByLabel('User name').fill('admin');
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.locator('tbody tr').first().waitFor();
      const kept = await context.storageState();
      await context.close();
      // The grid, for somebody who is signed in: with the cookie, but with an empty cache again.
      const again = await browser.newContext({ ignoreHTTPSErrors: true, storageState: kept });
      const grid = await again.newPage();
      figures.grid.push({ ...(await open(grid, `${server.origin}/console/tokens`, 'tbody tr a')), empty: empty.usable });
      await again.close();
    }
    print('sign-in page', figures.signIn);
    print('grid of tokens, first rows', figures.grid);
  } finally {
    await server.stop();
  }
});

/** How long until this can be seen, in milliseconds, and how many bytes came over the wire. */
async function open(page: Page, url: string, wanted: string): Promise<{ usable: number; bytes: number }> {
  await page.goto(url, { waitUntil: 'commit' });
  await page.locator(wanted).first().waitFor();
  return page.evaluate(() => {
    const entries = performance.getEntries().filter((entry) => 'transferSize' in entry) as PerformanceResourceTiming[];
    return {
      usable: performance.now(),
      bytes: entries.reduce((sum, entry) => sum + entry.encodedBodySize, 0),
    };
  });
}

function print(what: string, figures: Figures[]): void {
  const sorted = (pick: (one: Figures) => number) => figures.map(pick).sort((a, b) => a - b);
  const at = (values: number[], part: number) => values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;
  const usable = sorted((one) => one.usable);
  const empty = sorted((one) => one.empty);
  const bytes = at(sorted((one) => one.bytes), 0.5);
  console.log(
    `${what}: usable after ${at(usable, 0.5).toFixed(0)} ms (half of ${figures.length} rounds), ${at(usable, 0.95).toFixed(0)} ms (95 %); ` +
      `target 1000 ms. An empty answer: ${at(empty, 0.5).toFixed(0)} ms. Loaded: ${(bytes / 1024).toFixed(1)} KiB compressed; target 150 KiB.`,
  );
}
