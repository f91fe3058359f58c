// The colours of tokens.css against each other, in both themes: 4.5 for text, 3 for edges of controls and for signs
// (WCAG 2.2, 1.4.3 and 1.4.11).

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');
const colours = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(([, name, light, dark]) => [
    name,
    { light, dark },
  ]),
);
const grounds = ['sunken', 'canvas', 'surface', 'raised', 'hover', 'accent-soft'];
const texts = [
  ...grounds.flatMap((ground) => [
    ['text', ground],
    ['muted', ground],
    ['accent', ground],
  ]),
  ...['surface', 'canvas', 'raised'].flatMap((ground) => [
    ['danger', ground],
    ['warning', ground],
    ['success', ground],
  ]),
  ...['danger', 'warning', 'success'].flatMap((tone) => [
    [tone, `${tone}-soft`],
    ['text', `${tone}-soft`],
    ['muted', `${tone}-soft`],
  ]),
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['on-danger', 'danger'],
  ['on-danger', 'danger-hover'],
];
const signs = ['surface', 'canvas', 'raised'].flatMap((ground) => [
  ['border-strong', ground],
  ['focus', ground],
  ['brass', ground],
]);
const charts = [1, 2, 4].map((number) => [`chart-${number}`, 'surface']);

for (const theme of ['light', 'dark'] as const) {
  it.each(texts)(`${theme}: %s can be read on %s`, (text, ground) => {
    expect(contrast(colour(text, theme), colour(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });

  it.each([...signs, ...charts])(`${theme}: %s can be seen on %s`, (sign, ground) => {
    expect(contrast(colour(sign, theme), colour(ground, theme))).toBeGreaterThanOrEqual(3);
  });
}

function colour(name: string | undefined, theme: 'light' | 'dark'): string {
  const found = colours.get(name)?.[theme];
  if (!found) throw new Error(`tokens.css has no colour ${name}`);
  return found;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
