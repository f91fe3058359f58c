import { expect, it } from 'vitest';
import { countdown, duration, fromLocal, iso, nearness, relative, toLocal, zone } from './time.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const hours = (count: number) => now + count * 3_600_000;

it.each([
  [hours(0), 'now'],
  [hours(47), 'tomorrow'],
  [hours(49), 'in 2 days'],
  [hours(-2), '2 hours ago'],
  [hours(24 * 41), 'in 41 days'],
  [hours(24 * 400), 'in 13 months'],
  [hours(24 * 90), 'in 3 months'],
])('says %d as "%s"', (instant, text) => {
  expect(relative(instant, now)).toBe(text);
});

it('says how long something lasts in two units at most', () => {
  expect(duration(3900)).toBe('1 hour 5 minutes');
  expect(duration(86_400 * 2 + 61)).toBe('2 days 1 minute');
  expect(duration(0)).toBe('0 seconds');
});

it('counts down to the last second', () => {
  expect(countdown(299.2)).toBe('5:00');
  expect(countdown(9)).toBe('0:09');
  expect(countdown(-3)).toBe('0:00');
});

it('reads what it wrote into date and time fields', () => {
  const { date, time } = toLocal(now);
  expect(fromLocal(date, time)).toBe(iso(now));
});

it('takes midnight where no time is given, and nothing for nonsense', () => {
  expect(fromLocal('2026-11-22', '')).toBe(iso(new Date(2026, 10, 22)));
  expect(fromLocal('', '12:00')).toBeUndefined();
  expect(fromLocal('2026-13-45', '12:00')).toBeUndefined();
});

it('knows what is past, soon and later', () => {
  expect(nearness(hours(0), now, 7)).toBe('past');
  expect(nearness(hours(24 * 7), now, 7)).toBe('soon');
  expect(nearness(hours(24 * 7 + 1), now, 7)).toBe('later');
});

it('names the zone', () => {
  expect(zone(now)).toContain('UTC');
});
