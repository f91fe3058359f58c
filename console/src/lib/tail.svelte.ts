// A log that is read from its newest line: back page by page, and on as lines are added. What it looks like is the
// page's business.

/** A line has its place. */
interface Line {
  sequence: number;
}

/** Some lines, newest first, and where those before them begin. */
export interface Lines<L> {
  items: L[];
  next?: number | null;
}

/** Reads lines: those before a place, or after one. */
export type Read<L, P extends Lines<L>> = (
  part: { before?: number; after?: number; limit: number },
  signal: AbortSignal,
) => Promise<P>;

const size = 100;
/** How often to look for new lines. */
const pace = 2000;
/** Without a hand on the keyboard or the mouse for so long nobody looks: then following must not keep the session alive. */
const patience = 10 * 60_000;

/** The log of a page. Call it while the component is set up. `read` is asked again from the start by `reload`. */
export class Tail<L extends Line, P extends Lines<L> = Lines<L>> {
  lines = $state.raw<L[]>([]);
  /** New ones that wait until the reader lets them in. */
  waiting = $state.raw<L[]>([]);
  phase = $state<'loading' | 'ready' | 'failed'>('loading');
  error = $state.raw<unknown>();
  loadingOlder = $state(false);
  /** Switched on by the reader. */
  following = $state(true);
  /** The reader is looking at a line: nothing may move. */
  held = $state(false);
  asleep = $state(false);
  /** The page that was read last, for what else it says. */
  last = $state.raw<P>();
  #next = $state<number | null>(null);
  #asking = new AbortController();
  #seen = Date.now();

  constructor(readonly read: Read<L, P>) {
    $effect(() => {
      let timer: ReturnType<typeof setTimeout>;
      const turn = async () => {
        if (document.visibilityState === 'visible' && this.following && this.phase === 'ready') {
          this.asleep = Date.now() - this.#seen > patience;
          if (!this.asleep) await this.#poll();
        }
        timer = setTimeout(turn, pace);
      };
      timer = setTimeout(turn, pace);
      const awake = () => (this.#seen = Date.now());
      const signs = ['pointermove', 'keydown', 'wheel', 'touchstart'] as const;
      for (const sign of signs) addEventListener(sign, awake, { passive: true });
      return () => {
        clearTimeout(timer);
        this.#asking.abort();
        for (const sign of signs) removeEventListener(sign, awake);
      };
    });
  }

  /** Whether there are older lines. */
  get hasOlder(): boolean {
    return this.#next !== null;
  }

  /** Starts anew, with the newest lines. */
  async reload(): Promise<void> {
    this.#asking.abort();
    const mine = new AbortController();
    this.#asking = mine;
    this.phase = 'loading';
    this.waiting = [];
    try {
      const page = await this.read({ limit: size }, mine.signal);
      if (mine.signal.aborted) return;
      this.#take(page);
      this.lines = page.items;
      this.#next = page.next ?? null;
      this.phase = 'ready';
    } catch (error) {
      if (mine.signal.aborted) return;
      this.error = error;
      this.phase = 'failed';
    }
  }

  /** Reads the page before the oldest line. Throws what the server says. */
  async older(): Promise<void> {
    const before = this.#next;
    if (before === null || this.loadingOlder) return;
    const mine = this.#asking;
    this.loadingOlder = true;
    try {
      const page = await this.read({ before, limit: size }, mine.signal);
      if (mine.signal.aborted) return;
      this.lines = [...this.lines, ...page.items];
      this.#next = page.next ?? null;
    } finally {
      this.loadingOlder = false;
    }
  }

  /** Lets the waiting lines in. */
  admit(): void {
    this.lines = [...this.waiting, ...this.lines];
    this.waiting = [];
  }

  /** Looks for new lines. The newest known one is read again: it may have been repeated, and where it is missing the
   *  log itself is another. */
  async #poll(): Promise<void> {
    const mine = this.#asking;
    const newest = this.waiting[0] ?? this.lines[0];
    try {
      const page = await this.read({ after: newest ? newest.sequence - 1 : 0, limit: 1000 }, mine.signal);
      if (mine.signal.aborted) return;
      this.#take(page);
      if (newest && !page.items.some(({ sequence }) => sequence === newest.sequence)) return await this.reload();
      const again = page.items.find(({ sequence }) => sequence === newest?.sequence);
      const fresh = page.items.filter(({ sequence }) => sequence !== newest?.sequence);
      const replaced = (line: L) => (again && line.sequence === again.sequence ? again : line);
      if (again && JSON.stringify(again) !== JSON.stringify(newest)) {
        this.lines = this.lines.map(replaced);
        this.waiting = this.waiting.map(replaced);
      }
      if (fresh.length > 0) this.waiting = [...fresh, ...this.waiting];
      if (this.waiting.length > 0 && !this.held && getSelection()?.isCollapsed !== false) this.admit();
    } catch {
      // The shell says when nothing answers; the next turn tries again.
    }
  }

  #take(page: P): void {
    this.last = page;
  }
}
