// What a failed sign-in is called in plain words.

import { ApiProblem } from '$lib/api/client.ts';
import { t } from '$lib/texts';
import { duration } from '$lib/time.ts';

/** The words for what went wrong. */
export function wordsFor(error: unknown): string {
  if (!(error instanceof ApiProblem)) return t.problems.unknown;
  if (error.isUnreachable || error.status === 502 || error.status === 503 || error.status === 504) {
    return t.signIn.unreachable;
  }
  if (error.code.includes('locked')) return t.signIn.locked;
  if (error.status === 429) {
    return error.retryAfter === undefined
      ? t.signIn.tooManyUnknown
      : t.signIn.tooMany(duration(Math.max(1, error.retryAfter)));
  }
  if (error.status === 401) return t.signIn.wrong;
  if (error.status === 403) return t.signIn.notAllowed;
  return error.detail;
}
