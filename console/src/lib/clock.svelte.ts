// The time of day as state. One timer for everything on the page that says how long ago something was.

let instant = $state(Date.now());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The time now, to the second. Reading it in a component that called `watchClock` makes the component follow it. */
export const clock = {
  get now(): number {
    return instant;
  },
};

/** Lets the clock tick for as long as the component lives. */
export function watchClock(): void {
  $effect(() => {
    watchers += 1;
    instant = Date.now();
    timer ??= setInterval(() => (instant = Date.now()), 1000);
    return () => {
      watchers -= 1;
      if (watchers > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  });
}
