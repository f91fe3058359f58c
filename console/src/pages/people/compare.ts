// Whose word holds when two people changed the same thing. Pure functions; `editing.svelte.ts` calls the server.

/** The value of a field of a form. */
export type Value = string | boolean | readonly string[];
/** All fields of a form. */
export type Form = Record<string, Value>;

/** A field that both changed, differently. */
export interface Clash {
  key: string;
  mine: Value;
  theirs: Value;
}

/** What came of a comparison. */
export interface Comparison {
  /** What both changed. */
  clashes: Clash[];
  /** What only the others changed. */
  taken: string[];
}

/** Whether two values say the same. Lists whose order counts are told by `ordered`. */
export function same(one: Value | undefined, other: Value | undefined, ordered = false): boolean {
  if (typeof one === 'object' && typeof other === 'object') {
    if (one.length !== other.length) return false;
    if (ordered) return one.every((each, index) => each === other[index]);
    const all = new Set(other);
    return one.every((each) => all.has(each));
  }
  return one === other;
}

/** The names of the fields that differ. */
export function differing(one: Form, other: Form, ordered: readonly string[] = []): string[] {
  return Object.keys(one).filter((key) => !same(one[key], other[key], ordered.includes(key)));
}

/** Compares what I typed with a newer version, both by what they were made from. */
export function compare(base: Form, mine: Form, theirs: Form, ordered: readonly string[] = []): Comparison {
  const byThem = differing(base, theirs, ordered);
  const byMe = new Set(differing(base, mine, ordered));
  const both = byThem.filter((key) => byMe.has(key) && !same(mine[key], theirs[key], ordered.includes(key)));
  return {
    clashes: both.map((key) => ({ key, mine: mine[key] ?? '', theirs: theirs[key] ?? '' })),
    taken: byThem.filter((key) => !byMe.has(key)),
  };
}

/** What a list has that another has not. */
export function without(list: readonly string[], other: readonly string[]): string[] {
  const known = new Set(other);
  return list.filter((one) => !known.has(one));
}
