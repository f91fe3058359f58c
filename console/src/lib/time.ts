// Times in words and in figures. `now` is always an argument; what ticks is in `clock.svelte.ts`.

/** An instant as the API writes it (RFC 3339), or already read. */
export type Instant = string | number | Date;

const lengths: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * 86400],
  ['month', 30 * 86400],
  ['day', 86400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

const words = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

const exactly = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
});

const day = new Intl.DateTimeFormat('en-GB', { year: 'numeric', month: 'short', day: 'numeric' });

/**
 * "in 3 days", "2 hours ago", "now". Days up to two months: "next month" is too vague for an end. Rounds towards now:
 * what ends in 47 hours ends "tomorrow", not in two days.
 */
export function relative(instant: Instant, now: number): string {
  const seconds = Math.trunc((read(instant).getTime() - now) / 1000);
  for (const [unit, length] of lengths) {
    if (Math.abs(seconds) >= (unit === 'month' || unit === 'year' ? 2 * length : length)) return words.format(Math.trunc(seconds / length), unit);
  }
  return words.format(0, 'second');
}

/** "22 Nov 2026, 14:05:09 CET": in the zone of this browser, which is named. */
export function exact(instant: Instant): string {
  return exactly.format(read(instant));
}

/** "22 Nov 2026". */
export function date(instant: Instant): string {
  return day.format(read(instant));
}

/** For `<time datetime>` and for the API: UTC, whole seconds. */
export function iso(instant: Instant): string {
  return read(instant).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** How long something lasts, in its two largest units: "1 hour 5 minutes". */
export function duration(seconds: number): string {
  const parts: string[] = [];
  let left = Math.max(0, Math.round(seconds));
  for (const [unit, length] of lengths.slice(2)) {
    const count = Math.floor(left / length);
    left -= count * length;
    if (count > 0) parts.push(amount(count, unit));
    if (parts.length === 2) break;
  }
  return parts.length > 0 ? parts.join(' ') : amount(0, 'second');
}

/** "4:05", for a countdown. */
export function countdown(seconds: number): string {
  const left = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`;
}

/** The zone times are shown in: "Europe/Berlin (UTC+1)". */
export function zone(now: number): string {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const minutes = -new Date(now).getTimezoneOffset();
  if (minutes === 0) return name === 'UTC' ? name : `${name} (UTC)`;
  const hours = Math.floor(Math.abs(minutes) / 60);
  const rest = Math.abs(minutes) % 60;
  return `${name} (UTC${minutes < 0 ? '−' : '+'}${hours}${rest ? `:${String(rest).padStart(2, '0')}` : ''})`;
}

/** What `<input type="date">` and `<input type="time">` of this browser's zone mean together, or nothing. */
export function fromLocal(date: string, time: string): string | undefined {
  if (!date) return undefined;
  const instant = new Date(`${date}T${time || '00:00:00'}`);
  return Number.isNaN(instant.getTime()) ? undefined : iso(instant);
}

/** The other way round. */
export function toLocal(instant: Instant): { date: string; time: string } {
  const at = read(instant);
  const two = (number: number) => String(number).padStart(2, '0');
  return {
    date: `${String(at.getFullYear()).padStart(4, '0')}-${two(at.getMonth() + 1)}-${two(at.getDate())}`,
    time: `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`,
  };
}

/** How near an end is, for a colour that a word stands beside. */
export type Nearness = 'past' | 'soon' | 'later';

/** `soon` is within `days`. */
export function nearness(instant: Instant, now: number, days: number): Nearness {
  const left = read(instant).getTime() - now;
  if (left <= 0) return 'past';
  return left <= days * 86_400_000 ? 'soon' : 'later';
}

function read(instant: Instant): Date {
  return instant instanceof Date ? instant : new Date(instant);
}

function amount(count: number, unit: string): string {
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}
