import { expect, it } from 'vitest';
import { draw } from './verdicts.ts';

const minute = (number: number, granted: number, refused: Record<string, number> = {}) => ({
  at: `2026-11-22T09:${String(number).padStart(2, '0')}:00Z`,
  granted,
  refused,
});

it('puts minutes together and names the two commonest reasons', () => {
  const minutes = [
    minute(0, 3, { expired: 1, revoked: 5 }),
    minute(1, 0, { disabled: 2 }),
    minute(2, 1, { expired: 3 }),
  ];
  const { bars, reasons, granted, refused } = draw(minutes, 2);
  expect(reasons).toEqual(['revoked', 'expired']);
  expect({ granted, refused }).toEqual({ granted: 4, refused: 11 });
  expect(bars).toEqual([
    { from: '2026-11-22T09:00:00Z', values: { granted: 3, 'refused revoked': 5, 'refused expired': 1, others: 2 } },
    { from: '2026-11-22T09:02:00Z', values: { granted: 1, 'refused expired': 3, others: 0 } },
  ]);
});

it('draws nothing of nothing', () => {
  expect(draw([], 5)).toEqual({ bars: [], reasons: [], granted: 0, refused: 0 });
});
