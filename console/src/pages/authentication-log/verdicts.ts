// Minutes of verdicts made into bars: so many that each can be seen, with the commonest reasons by name.

import type { components } from '$lib/api/schema';

/** The verdicts of a minute. */
export type Minute = components['schemas']['VerdictMinute'];

/** The periods one can choose, in minutes, and how many of them make a bar. */
export const periods = { '60': 1, '360': 5, '1440': 20 } as const;

/** One of them. */
export type Period = keyof typeof periods;

/** Some minutes together. */
export interface Bar {
  from: string;
  /** `granted`, one for each named reason, `others`. */
  values: Record<string, number>;
}

/** What to draw. */
export interface Drawing {
  bars: Bar[];
  /** The commonest reasons, at most two: the others are `others`. */
  reasons: string[];
  granted: number;
  refused: number;
}

/** The bars of these minutes, `together` of them in each; the last bar may hold fewer. */
export function draw(minutes: readonly Minute[], together: number): Drawing {
  const totals = new Map<string, number>();
  let granted = 0;
  let refused = 0;
  for (const minute of minutes) {
    granted += minute.granted;
    for (const [reason, count] of Object.entries(minute.refused)) {
      totals.set(reason, (totals.get(reason) ?? 0) + count);
      refused += count;
    }
  }
  const reasons = [...totals.keys()]
    .sort((one, other) => (totals.get(other) ?? 0) - (totals.get(one) ?? 0) || one.localeCompare(other))
    .slice(0, 2);
  const bars: Bar[] = [];
  for (let start = 0; start < minutes.length; start += together) {
    const values: Record<string, number> = { granted: 0, others: 0 };
    for (const minute of minutes.slice(start, start + together)) {
      values.granted = (values.granted ?? 0) + minute.granted;
      for (const [reason, count] of Object.entries(minute.refused)) {
        const key = reasons.includes(reason) ? `refused ${reason}` : 'others';
        values[key] = (values[key] ?? 0) + count;
      }
    }
    bars.push({ from: minutes[start]?.at ?? '', values });
  }
  return { bars, reasons, granted, refused };
}
