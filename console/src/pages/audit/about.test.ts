import { expect, it } from 'vitest';
import { aboutOf } from './about.ts';
import type { AuditLine } from './download.ts';

const about = (action: string, changes: Partial<AuditLine>) =>
  aboutOf({ action, token: null, target: null, object: null, ...changes } as AuditLine);

it.each([
  ['create_user', { target: 'a/b', object: 7 }, [{ text: 'a/b', href: '/console/users/7' }]],
  ['update_token', { target: 'a&b' }, [{ text: 'a&b', href: '/console/users?search=a%26b' }]],
  ['delete_user', { target: 'ann' }, [{ text: 'ann', href: undefined }]],
  ['edit_role', { target: 'power', object: 3 }, [{ text: 'power', href: '/console/roles/3' }]],
  ['edit_user_group', { target: 'ops' }, [{ text: 'ops', href: '/console/groups' }]],
  ['edit_settings', {}, [{ text: 'Settings', href: '/console/settings' }]],
  ['login', { actor: 'ann', target: 'ann' }, []],
  ['reset_password', { actor: 'system', target: 'ann' }, [{ text: 'ann', href: '/console/users?search=ann' }]],
] as const)('knows where %s leads', (action, changes, expected) => {
  expect(about(action, changes)).toEqual(expected);
});

it('leads to a token while there is one', () => {
  const token = 'ab'.repeat(32);
  expect(about('create_token', { token })).toEqual([{ text: 'Token abababababab…', href: `/console/tokens/${token}` }]);
  expect(about('delete_token', { token })[0]?.href).toBeUndefined();
});
