// A form over something that others may change, too: loads it, saves only what was changed and only over the version that
// was read, and compares when somebody else was quicker. What is typed stays, whatever happens.

import { type Answer, ApiProblem } from '$lib/api/client.ts';
import { t } from '$lib/texts';
import { type Clash, compare, differing, type Form, same, type Value } from './compare.ts';

/** How one kind of thing is loaded, shown in a form, and saved. */
export interface Kind<Thing, F extends Form> {
  load: () => Promise<Answer<Thing>>;
  form: (thing: Thing) => F;
  save: (changes: Partial<F>, ifMatch: string | null) => Promise<Answer<Thing>>;
  /** What the fields are called, in the order of the form. */
  titles: Record<keyof F & string, string>;
  /** How single values are shown where two are compared: names for ids. */
  word?: (key: string, value: string) => string;
  /** Lists whose order counts. */
  ordered?: readonly string[];
}

/** Both words about a field, and whose holds once somebody has said so. */
export interface Choice extends Clash {
  base: Value;
  held?: 'mine' | 'theirs';
}

/** One form. */
export class Editing<Thing, F extends Form> {
  phase = $state<'loading' | 'ready' | 'missing' | 'failed'>('loading');
  thing = $state.raw<Thing>();
  /** What is typed. */
  form = $state<F>({} as F);
  /** What the server has, as far as we know. */
  saved = $state.raw<F>({} as F);
  saving = $state(false);
  /** What went wrong, if it is not about a field. */
  problem = $state('');
  /** What is wrong with single fields. */
  errors = $state.raw<Record<string, string>>({});
  /** It was deleted while the form was open. */
  gone = $state(false);
  choices = $state<Choice[]>([]);
  /** The titles of the fields that were taken over from the others; nothing if there was no conflict. */
  taken = $state.raw<string[]>();
  etag: string | null = null;
  readonly kind: Kind<Thing, F>;

  constructor(kind: Kind<Thing, F>) {
    this.kind = kind;
  }

  /** The names of the fields that differ from what the server has. */
  get changed(): string[] {
    return this.phase === 'ready' ? differing(this.saved, this.form, this.kind.ordered) : [];
  }

  /** Loads it and forgets what was typed. */
  async load(): Promise<void> {
    this.phase = 'loading';
    try {
      this.accept(await this.kind.load());
    } catch (error) {
      // What one may not see looks like what is not there.
      const missing = error instanceof ApiProblem && [400, 403, 404].includes(error.status);
      this.phase = missing ? 'missing' : 'failed';
      this.problem = words(error);
    }
  }

  /** Takes a version as what the server has. */
  accept(answer: Answer<Thing>): void {
    this.thing = answer.data;
    this.etag = answer.etag;
    this.saved = this.kind.form(answer.data);
    this.form = this.kind.form(answer.data);
    this.phase = 'ready';
    this.settle();
  }

  /** Takes a newer version as what the server has, and keeps what is typed. */
  merge(answer: Answer<Thing>): void {
    const [base, mine, theirs] = [this.saved, $state.snapshot(this.form) as F, this.kind.form(answer.data)];
    const { clashes, taken } = compare(base, mine, theirs, this.kind.ordered);
    this.thing = answer.data;
    this.etag = answer.etag;
    this.saved = theirs;
    for (const key of taken) (this.form as Form)[key] = theirs[key] ?? '';
    this.choices = clashes.map((clash) => ({ ...clash, base: base[clash.key] ?? '' }));
    this.taken = taken.map((key) => this.kind.titles[key as keyof F & string]);
  }

  /** Forgets what was typed. */
  discard(): void {
    if (this.thing) this.form = this.kind.form(this.thing);
    this.settle();
  }

  /** Saves what was changed. Tells whether it is saved. */
  async save(): Promise<boolean> {
    if (this.choices.some((one) => !one.held)) {
      this.problem = t.people.conflict.open;
      return false;
    }
    const changes = Object.fromEntries(this.changed.map((key) => [key, this.form[key]])) as Partial<F>;
    this.saving = true;
    this.problem = '';
    this.errors = {};
    try {
      this.accept(await this.kind.save(changes, this.etag));
      return true;
    } catch (error) {
      await this.#failed(error);
      return false;
    } finally {
      this.saving = false;
    }
  }

  /** Says whose word about a field holds. */
  hold(key: string, held: 'mine' | 'theirs'): void {
    const choice = this.choices.find((one) => one.key === key);
    if (!choice) return;
    choice.held = held;
    (this.form as Form)[key] = held === 'mine' ? choice.mine : choice.theirs;
    this.problem = '';
  }

  /** A value in words. */
  shown(key: string, value: Value, base: Value): string {
    const c = t.people.conflict;
    const word = (one: string) => this.kind.word?.(key, one) ?? one;
    if (typeof value === 'boolean') return value ? c.yes : c.no;
    if (typeof value === 'string') return value === '' ? c.empty : word(value);
    const before = typeof base === 'object' ? base : [];
    const more = value.filter((one) => !before.includes(one)).map(word);
    const less = before.filter((one) => !value.includes(one)).map(word);
    const parts = [more.length > 0 ? c.adds(more.join(', ')) : '', less.length > 0 ? c.removes(less.join(', ')) : ''];
    return parts.filter(Boolean).join('; ') || (same(value, base) ? c.unchanged : value.map(word).join(', '));
  }

  settle(): void {
    this.problem = '';
    this.errors = {};
    this.choices = [];
    this.taken = undefined;
  }

  async #failed(error: unknown): Promise<void> {
    if (!(error instanceof ApiProblem)) throw error;
    if (error.status === 412) return this.#compare();
    if (error.status === 404 && !error.field) {
      this.gone = true;
      return;
    }
    if (error.field && error.field in this.saved) this.errors = { [error.field]: error.detail };
    else this.problem = words(error);
  }

  async #compare(): Promise<void> {
    let answer: Answer<Thing>;
    try {
      answer = await this.kind.load();
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 404) this.gone = true;
      else this.problem = words(error);
      return;
    }
    this.merge(answer);
  }
}

/** What went wrong, in words. */
export function words(error: unknown): string {
  if (error instanceof ApiProblem) return error.isUnreachable ? t.people.shared.unreachable : error.detail;
  return t.problems.unknown;
}
