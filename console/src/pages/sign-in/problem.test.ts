import { expect, it } from 'vitest';
import { ApiProblem } from '$lib/api/client.ts';
import { t } from '$lib/texts';
import { wordsFor } from './problem.ts';

it.each([
  [new ApiProblem(401, 'wrong_password', 'no'), t.signIn.wrong],
  [new ApiProblem(401, 'account_locked', 'no'), t.signIn.locked],
  [new ApiProblem(403, 'user_locked', 'no'), t.signIn.locked],
  [new ApiProblem(403, 'forbidden', 'no'), t.signIn.notAllowed],
  [new ApiProblem(429, 'too_many_requests', 'no', undefined, 65), t.signIn.tooMany('1 minute 5 seconds')],
  [new ApiProblem(429, 'too_many_requests', 'no'), t.signIn.tooManyUnknown],
  [new ApiProblem(0, 'unreachable', 'no'), t.signIn.unreachable],
  [new ApiProblem(503, 'unavailable', 'no'), t.signIn.unreachable],
  [new ApiProblem(400, 'invalid_value', 'user: too long'), 'user: too long'],
  [new Error('a bug'), t.problems.unknown],
])('says what %o means', (error, words) => {
  expect(wordsFor(error)).toBe(words);
});
