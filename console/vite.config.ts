import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { compress } from './scripts/compress.ts';
import { policy } from './scripts/policy.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Where a real server listens while `npm run dev` or `npm run preview` shows the console. */
const server = process.env.TOKENRY_URL ?? 'https://127.0.0.1:8089';
const proxy = { '/api': { target: server, secure: false } };

export default defineConfig(({ mode }) => {
  const gallery = mode === 'gallery';
  return {
    base: '/console/',
    plugins: [svelte(), compress()],
    resolve: { alias: { $lib: here('./src/lib') } },
    build: {
      // `light-dark()` and nesting stay as they are written.
      target: ['chrome123', 'edge123', 'firefox128', 'safari17.5'],
      outDir: gallery ? 'dist-gallery' : 'dist',
      // No `data:` addresses and no inline scripts: the policy forbids both.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: { input: here(gallery ? './gallery.html' : './index.html') },
    },
    server: { proxy },
    preview: { proxy, headers: { 'content-security-policy': policy } },
    test: { include: ['src/**/*.test.ts'], environment: 'node' },
  };
});
