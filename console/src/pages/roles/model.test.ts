import { describe, expect, it } from 'vitest';
import type { Role } from '../people/directory.ts';
import { body, effects, form, imported, mark } from './model.ts';

const role = (given: Partial<Role>): Role => ({
  id: 1,
  name: 'a',
  label: 'A',
  description: '',
  capabilities: [],
  imports: [],
  grants: [],
  deny: false,
  effective: [],
  built_in: false,
  users: 1,
  given_by: 0,
  ...given,
});

describe('what a change of a role does', () => {
  const reader = role({ id: 2, name: 'reader', label: 'Reader', capabilities: ['read'], effective: ['read'] });
  const writer = role({ name: 'writer', capabilities: ['write', 'read'], imports: ['reader'], effective: ['read', 'write'] });

  it('takes nothing away that still comes by an imported role', () => {
    const change = { ...form(writer), capabilities: ['write'] };
    expect(effects(writer, change, [reader, writer])).toEqual({ lose: [], gain: [], turned: false });
    expect(effects(writer, { ...change, imports: [] }, [reader, writer]).lose).toEqual(['read']);
  });

  it('takes away by what a denying role lists more', () => {
    const denying = role({ deny: true, capabilities: ['write'] });
    expect(effects(denying, { ...form(denying), capabilities: ['read'] }, [denying])).toEqual({
      lose: ['read'],
      gain: ['write'],
      turned: false,
    });
  });

  it('knows where an imported capability comes from', () => {
    expect(imported(['reader'], [reader, writer]).get('read')).toEqual(['Reader']);
    expect([mark('read', false, role({ effective: ['read'] })), mark('read', true, role({ deny: true }))]).toEqual(['imported', 'denied']);
    expect(mark('read', false, role({}))).toBe('nothing');
  });

  it('sends grants in their two parts, be there a colon in the name', () => {
    expect(body({ grants: ['2:edit:all'], label: 'x' })).toEqual({
      label: 'x',
      grants: [{ content_set: 2, capability: 'edit:all' }],
    });
  });
});
