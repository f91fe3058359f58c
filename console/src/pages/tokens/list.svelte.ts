// A page of the grid, put together from as many answers as that takes: looking for something rare, the server answers with
// a part of its list at a time.

import { api, ApiProblem } from '$lib/api/client.ts';
import { t } from '$lib/texts';
import type { Token } from './model.ts';

/** What is asked for. */
export interface Wanted {
  search: string;
  filter: readonly string[];
  sort: string;
  limit: number;
  cursor: string | undefined;
}

/** The page that is shown. */
export class TokenList {
  items = $state.raw<Token[]>([]);
  /** Where the next page begins. */
  next = $state<string>();
  total = $state<number>();
  /** `first`: nothing to show yet. `busy`: what is shown is old. `searching`: more rows are on their way. */
  phase = $state<'first' | 'busy' | 'searching' | 'done' | 'stopped' | 'failed'>('first');
  /** In how many parts the list was looked through. */
  parts = $state(0);
  problem = $state.raw<ApiProblem>();
  #asking: AbortController | undefined;
  #wanted: Wanted | undefined;

  /** Loads a page in the place of the one shown. */
  async load(wanted: Wanted): Promise<void> {
    this.#wanted = wanted;
    this.phase = this.phase === 'first' || this.phase === 'failed' ? 'first' : 'busy';
    this.problem = undefined;
    this.parts = 0;
    await this.#fill(wanted, [], wanted.cursor);
  }

  /** Goes on where the search was stopped. */
  async goOn(): Promise<void> {
    if (this.#wanted && this.next) await this.#fill(this.#wanted, this.items, this.next);
  }

  /** Leaves it at what was found. */
  stop(): void {
    this.#asking?.abort();
    this.phase = 'stopped';
  }

  /** Stops asking: nobody looks any more. */
  close(): void {
    this.#asking?.abort();
  }

  /** Takes rows in the place of those with their ids. */
  replace(token: Token): void {
    this.items = this.items.map((one) => (one.id === token.id ? token : one));
  }

  async #fill(wanted: Wanted, before: Token[], from: string | undefined): Promise<void> {
    this.#asking?.abort();
    const mine = new AbortController();
    this.#asking = mine;
    let items = before;
    let cursor = from;
    try {
      for (;;) {
        const { search, filter, sort } = wanted;
        const query = { search, filter, sort, cursor, limit: wanted.limit - items.length };
        const { data } = await api.get('/api/v1/tokens', { query, signal: mine.signal });
        if (mine.signal.aborted) return;
        items = [...items, ...data.items];
        cursor = data.next ?? undefined;
        this.items = items;
        this.next = cursor;
        this.total = data.total ?? undefined;
        this.parts += 1;
        if (data.complete || !cursor || items.length >= wanted.limit) break;
        this.phase = 'searching';
      }
      this.phase = 'done';
    } catch (error) {
      if (mine.signal.aborted) return;
      this.problem = error instanceof ApiProblem ? error : new ApiProblem(0, 'unknown', t.problems.unknown);
      this.phase = 'failed';
    }
  }
}
