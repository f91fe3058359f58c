import { expect, it } from 'vitest';
import { type Attribute, operatorsOf, read, same, write } from './filters.ts';

const attributes: Attribute[] = [
  { key: 'user', title: 'User' },
  { key: 'expires', title: 'Expires', kind: 'time' },
  { key: 'status', title: 'Status', kind: 'choice', choices: [{ value: 'enabled', title: 'Enabled' }] },
];

it('reads every filter it wrote, whatever the value', () => {
  const filters = [
    { attribute: 'user', operator: 'contains', value: 'a:b&c=d %25 "ä" <b>' },
    { attribute: 'expires', operator: 'before', value: '2026-11-22T10:00:00Z' },
    { attribute: 'status', operator: 'equals', value: 'enabled' },
  ] as const;
  const query = new URLSearchParams(filters.map((filter) => ['filter', write(filter)]));
  expect(read(new URLSearchParams(query.toString()), attributes)).toEqual(filters);
});

it.each(['', 'user', 'user:contains:', 'user:eats:x', 'nobody:equals:x', 'status:before:x', ':::'])(
  'leaves %j out',
  (text) => {
    expect(read(new URLSearchParams([['filter', text]]), attributes)).toEqual([]);
  },
);

it('asks of each kind what fits it', () => {
  expect(attributes.map((attribute) => operatorsOf(attribute)[0])).toEqual(['contains', 'before', 'equals']);
});

it('tells filters apart by all three parts', () => {
  const one = { attribute: 'user', operator: 'equals', value: 'x' } as const;
  expect(same(one, { ...one })).toBe(true);
  expect(same(one, { ...one, operator: 'not_equals' })).toBe(false);
});
