// How `npm run bench` runs: one browser, nothing beside it.
import { defineConfig } from '@playwright/test';

import tests from './playwright.config.ts';

export default defineConfig({
  ...tests,
  testDir: '.',
  testMatch: 'bench.ts',
  workers: 1,
  timeout: 300_000,
  projects: [{ name: 'bench', use: { viewport: { width: 1440, height: 900 } } }],
});
