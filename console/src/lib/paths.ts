// Addresses of the console: which page a path means, and which path one may be sent to after signing in. Pure functions;
// what the browser does with them is in `router.svelte.ts`.

/** Where the console lives on the server. */
export const base = '/console/';

/** The parameters of a path, by the names in its pattern. */
export type Params = Record<string, string>;

/** The parameters if `path` fits `pattern` (`/tokens/:id`), else nothing. Both are without the base. */
export function match(pattern: string, path: string): Params | undefined {
  const wanted = split(pattern);
  const given = split(path);
  if (wanted.length !== given.length) return undefined;
  const params: Params = {};
  for (const [index, part] of wanted.entries()) {
    const text = given[index] ?? '';
    if (part.startsWith(':')) {
      const value = decode(text);
      if (value === undefined) return undefined;
      params[part.slice(1)] = value;
    } else if (part !== text) {
      return undefined;
    }
  }
  return params;
}

/** The address of a page: `to('/tokens', id)` is `/console/tokens/<id>` with everything escaped. */
export function to(page: string, ...rest: string[]): string {
  return [base + page.replace(/^\//, ''), ...rest.map(encodeURIComponent)].join('/');
}

/** The path below the base, with its slash: `/tokens` for `/console/tokens`; nothing for what is not ours. */
export function below(pathname: string): string | undefined {
  if (pathname === base.slice(0, -1)) return '/';
  return pathname.startsWith(base) ? pathname.slice(base.length - 1) : undefined;
}

/**
 * Where to go after signing in: the address asked for if it is a plain path of the console, else its home.
 *
 * A link to the sign-in page can be made by anybody, so nothing that a browser could read as another host, another
 * scheme or another product on this host gets through: no backslash, no control character, no second slash, no dot
 * segment, in whatever spelling.
 */
export function afterSignIn(asked: string | null | undefined): string {
  if (!asked || !asked.startsWith(base)) return base;
  const [path = ''] = asked.split(/[?#]/, 1);
  const plain = decode(path);
  if (plain === undefined || decode(plain) !== plain) return base;
  if (/[\\\p{Cc}\p{Cf}]|[^\S ]/u.test(plain) || /[\\\p{Cc}\s]/u.test(asked)) return base;
  if (plain.includes('//') || /(^|\/)\.{1,2}(\/|$)/.test(plain)) return base;
  return asked;
}

function split(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
