import { describe, expect, it } from 'vitest';
import { afterSignIn, base, below, match, to } from './paths.ts';

describe('afterSignIn', () => {
  it.each([
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https:evil.example',
    'https://evil.example/console/',
    'HTTPS://evil.example/console/tokens',
    'javascript:alert(1)',
    'data:text/html,hello',
    'good.example.evil.example',
    'user@evil.example',
    '@evil.example/console/',
    '/consoleevil',
    '/console',
    '/api/v1/session',
    '/console//evil.example',
    '/console/..//evil.example',
    '/console/../api/v1/tokens',
    '/console/%2e%2e/api/v1/tokens',
    '/console/%252e%252e/api',
    '/console/%2f%2fevil.example',
    '/console/%5cevil.example',
    '/console/\\evil.example',
    '/console/\tevil',
    '/console/%09evil',
    '/console/tokens?next=\u0000',
    '/console/\u202eevil',
    '/console/%zz',
    '%2fconsole%2ftokens',
    '/%63onsole/tokens',
    ' /console/tokens',
    '',
    null,
    undefined,
  ])('nt61_sends_%j_home', (asked) => {
    expect(afterSignIn(asked)).toBe(base);
  });

  it.each([
    '/console/',
    '/console/tokens',
    '/console/tokens/7?tab=audit',
    '/console/tokens?q=a%20b&filter=user%3Ais%3Ajd#row',
    '/console/users/J%C3%BCrgen%20M',
  ])('keeps %j', (asked) => {
    expect(afterSignIn(asked)).toBe(asked);
  });
});

describe('match', () => {
  it('gives the parameters decoded', () => {
    expect(match('/users/:name', '/users/a%2Fb%20c')).toEqual({ name: 'a/b c' });
  });

  it('takes a slash at the end for the same page', () => {
    expect(match('/tokens', '/tokens/')).toEqual({});
  });

  it.each([
    ['/tokens', '/tokens/7'],
    ['/tokens/:id', '/tokens'],
    ['/tokens/:id', '/users/7'],
    ['/tokens/:id', '/tokens/%zz'],
  ])('does not find %s in %s', (pattern, path) => {
    expect(match(pattern, path)).toBeUndefined();
  });
});

it('makes addresses that it reads again', () => {
  const name = 'ops/ä?#%';
  const path = below(to('/users', name));
  expect(path && match('/users/:name', path)).toEqual({ name });
});

it('knows what is not below the console', () => {
  expect(below('/console')).toBe('/');
  expect(below('/console/users')).toBe('/users');
  expect(below('/consoles')).toBeUndefined();
});
