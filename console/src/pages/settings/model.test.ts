import { describe, expect, it } from 'vitest';
import { grouped, matches, put, type Setting, toEdit, typed } from './model.ts';

const setting = (key: string, kind: Setting['kind'], value: unknown): Setting => ({
  key,
  vendor_name: `vendor_${key}`,
  meaning: 'What it means.',
  kind,
  value,
  default: value,
  minimum: null,
  maximum: null,
  unit: null,
  changed: null,
});

const days = setting('api_token_expiration_in_days', 'integer', 7);
const trusted = setting('api_token_trusted_ip_address_list', 'addresses', ['192.0.2.1', '198.51.100.0/24']);
const forwarded = setting('authenticate_api_token_with_x_forwarded_for_ip', 'boolean', false);

describe('a draft', () => {
  it('holds only what differs', () => {
    expect(put({}, days, '8')).toEqual({ api_token_expiration_in_days: '8' });
    expect(put({ api_token_expiration_in_days: '8' }, days, ' 7 ')).toEqual({});
    expect(put({}, trusted, '192.0.2.1,198.51.100.0/24\n')).toEqual({});
    expect(put({}, forwarded, true)).toEqual({ authenticate_api_token_with_x_forwarded_for_ip: true });
  });

  it('is sent in the types of the API', () => {
    const draft = {
      api_token_expiration_in_days: ' 30',
      api_token_trusted_ip_address_list: '10.0.0.0/8, 192.0.2.7\n',
      authenticate_api_token_with_x_forwarded_for_ip: true,
    };
    expect(toEdit([days, trusted, forwarded], draft)).toEqual({
      edit: {
        api_token_expiration_in_days: 30,
        api_token_trusted_ip_address_list: ['10.0.0.0/8', '192.0.2.7'],
        authenticate_api_token_with_x_forwarded_for_ip: true,
      },
      wrong: {},
    });
  });

  it.each(['', 'x', '1.5', '-1', '1e3'])('does not send %j for a number', (text) => {
    const { edit, wrong } = toEdit([days], { api_token_expiration_in_days: text });
    expect(edit).toEqual({});
    expect(Object.keys(wrong)).toEqual(['api_token_expiration_in_days']);
  });
});

it('finds a setting by the name of the vendor', () => {
  expect(matches(days, 'VENDOR_api')).toBe(true);
  expect(matches(days, 'default life')).toBe(true);
  expect(matches(days, 'proxy')).toBe(false);
});

it('shows a setting that it does not know', () => {
  const unknown = setting('something_new', 'integer', 1);
  expect(grouped([days, unknown]).at(-1)?.items).toEqual([unknown]);
});

it('writes a list a line each', () => {
  expect(typed(trusted, trusted.value)).toBe('192.0.2.1\n198.51.100.0/24');
});
