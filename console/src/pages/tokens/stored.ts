// What somebody likes to see, kept in this browser: never anything about a token.

/** A liking by name. `read` understands what was kept, and what nobody has chosen yet (the empty text). */
export function stored<T>(name: string, read: (text: string) => T): { value: T; set: (text: string) => void } {
  const key = `tokenry.${name}`;
  let text = '';
  try {
    text = localStorage.getItem(key) ?? '';
  } catch {
    // A browser that keeps nothing shows the usual.
  }
  return {
    value: read(text),
    set(next) {
      try {
        localStorage.setItem(key, next);
      } catch {
        // As above.
      }
    },
  };
}
