// Writes a `.br` and a `.gz` beside every file of the build, so that the server compresses nothing while it answers.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

/** The plugin. Files that do not get smaller get no sibling. */
export function compress(): Plugin {
  let folder = '';
  return {
    name: 'tokenry-compress',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || /\.(br|gz)$/.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const plain = await readFile(path);
        const squeezed = {
          br: brotliCompressSync(plain, {
            params: {
              [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
              [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
            },
          }),
          gz: gzipSync(plain, { level: 9 }),
        };
        for (const [extension, bytes] of Object.entries(squeezed)) {
          if (bytes.length < plain.length) await writeFile(`${path}.${extension}`, bytes);
        }
      }
    },
  };
}
