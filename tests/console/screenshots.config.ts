// `npm run screenshots`: pictures of every page for the documentation, from the real server with data that could be real.
import { defineConfig } from '@playwright/test';

import tests from './playwright.config.ts';

export default defineConfig({
  ...tests,
  testDir: '.',
  testMatch: 'screenshots.ts',
  timeout: 300_000,
  workers: 1,
  projects: [{ name: 'screenshots' }],
});
