// Lines of the audit as files. A spreadsheet takes a cell that begins like a formula for one, whatever the quotes around
// it: such a cell is given an apostrophe, which makes it a text (NT-62).

import type { components } from '$lib/api/schema';

/** A line of the audit. */
export type AuditLine = components['schemas']['AuditLine'];

const columns = [
  'sequence',
  'at',
  'actor',
  'persona',
  'address',
  'action',
  'token',
  'target',
  'object',
  'reason',
  'request',
] as const satisfies readonly (keyof AuditLine)[];

/** As CSV (RFC 4180), with a line of names first. */
export function toCsv(lines: readonly AuditLine[]): string {
  const rows = [columns.join(','), ...lines.map((line) => columns.map((name) => cell(line[name])).join(','))];
  return `${rows.join('\r\n')}\r\n`;
}

/** As JSON: the lines as the API has them. */
export function toJson(lines: readonly AuditLine[]): string {
  return `${JSON.stringify(lines, undefined, 2)}\n`;
}

/** Gives a text to the browser as a file. */
export function save(name: string, kind: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: `${kind};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Not at once: some browsers begin to read it only after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function cell(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? '' : String(value);
  // Also after spaces, in full width, and where a cell is split by a tab or a line end.
  const neutral = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠|%]/u.test(text) || /^[\t\r\n]/.test(text) ? `'${text}` : text;
  return `"${neutral.replaceAll('"', '""')}"`;
}
