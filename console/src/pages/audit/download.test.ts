import { expect, it } from 'vitest';
import { type AuditLine, toCsv, toJson } from './download.ts';

const line = (changes: Partial<AuditLine>): AuditLine => ({
  sequence: 7,
  at: '2026-11-22T09:00:00Z',
  actor: 'admin',
  persona: 0,
  address: null,
  request: 'r1',
  action: 'edit_user',
  token: null,
  target: null,
  object: null,
  reason: '',
  ...changes,
});

it.each([
  ['=HYPERLINK("http://evil.example";"x")', `"'=HYPERLINK(""http://evil.example"";""x"")"`],
  ['+1', `"'+1"`],
  ['-1', `"'-1"`],
  ['@SUM(A1)', `"'@SUM(A1)"`],
  ['\t=1', `"'\t=1"`],
  ['  =1', `"'  =1"`],
  ['\u200b=1', `"'\u200b=1"`],
  ['＝1', `"'＝1"`],
  ['|calc', `"'|calc"`],
  ['a, "b"\r\nc', `"a, ""b""\r\nc"`],
  ['2-1', '"2-1"'],
])('nt62_%j is a text in a spreadsheet', (reason, cell) => {
  const csv = toCsv([line({ reason })]);
  expect(csv).toContain(`,${cell},"r1"\r\n`);
});

it('names its columns, and leaves empty what there is not', () => {
  expect(toCsv([line({})])).toBe(
    'sequence,at,actor,persona,address,action,token,target,object,reason,request\r\n' +
      '"7","2026-11-22T09:00:00Z","admin","0","","edit_user","","","","","r1"\r\n',
  );
});

it('is the same in JSON as the API has it', () => {
  const lines = [line({ reason: '=1' })];
  expect(JSON.parse(toJson(lines))).toEqual(lines);
});
