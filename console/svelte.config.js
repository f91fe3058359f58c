import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** Runes everywhere: no component of the old kind slips in. */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
};
