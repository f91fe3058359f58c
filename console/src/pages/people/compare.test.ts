import { describe, expect, it } from 'vitest';
import { compare, differing, same, without } from './compare.ts';

const base = { name: 'a', deny: false, roles: ['x', 'y'] };

describe('what two people changed', () => {
  it('clashes only where both changed it, differently', () => {
    const mine = { name: 'mine', deny: true, roles: ['x'] };
    const theirs = { name: 'theirs', deny: true, roles: ['x', 'y'] };
    expect(compare(base, mine, theirs)).toEqual({
      clashes: [{ key: 'name', mine: 'mine', theirs: 'theirs' }],
      taken: [],
    });
  });

  it('takes over what only the others changed', () => {
    const theirs = { ...base, roles: ['z'] };
    expect(compare(base, { ...base, name: 'mine' }, theirs)).toEqual({ clashes: [], taken: ['roles'] });
  });

  it('does not ask about the order of a list unless it counts', () => {
    expect(same(['x', 'y'], ['y', 'x'])).toBe(true);
    expect(same(['x', 'y'], ['y', 'x'], true)).toBe(false);
    expect(differing(base, { ...base, roles: ['y', 'x'] })).toEqual([]);
    expect(differing(base, { ...base, roles: ['y', 'x'] }, ['roles'])).toEqual(['roles']);
  });

  it('knows what one list has more than another', () => {
    expect(without(['a', 'b'], ['b', 'c'])).toEqual(['a']);
    expect(same('a', ['a'])).toBe(false);
  });
});
