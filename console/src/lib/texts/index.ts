// Every text of the interface comes from here: `import { t } from '$lib/texts'`. A second language is a second file of
// the same type.

import { en } from './en.ts';

/** The shape every language fills. */
export type Texts = typeof en;

/** The texts of the interface. */
export const t: Texts = en;
