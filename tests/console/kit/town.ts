// A town of users, roles and tokens that could be real: for pictures, and for looking at pages with something in them.
import { Api } from './api.ts';
import { PASSWORD } from './server.ts';

const people = [
  ['ann.kowalski', 'Ann Kowalski'],
  ['bela.toth', 'Béla Tóth'],
  ['chidi.okafor', 'Chidi Okafor'],
  ['dalia.haddad', 'Dalia Haddad'],
  ['emil.svensson', 'Emil Svensson'],
  ['farah.rahimi', 'Farah Rahimi'],
  ['grace.mbeki', 'Grace Mbeki'],
  ['hiro.tanaka', 'Hiro Tanaka'],
  ['ines.almeida', 'Inês Almeida'],
] as const;

const services = [
  ['svc-deploy', 'Deployment pipeline'],
  ['svc-inventory', 'Inventory collector'],
  ['svc-backup', 'Nightly backups'],
] as const;

const purposes = [
  ['Billing export', 'billing', 'Pushes the invoices of the day to accounting.'],
  ['Grafana dashboards', 'metrics', 'Read only. Owned by the platform team.'],
  ['Nightly inventory', 'inventory', 'Runs at 02:00 from the collector in rack 4.'],
  ['Release pipeline', 'deploy', 'Used by the release job; rotate every quarter.'],
  ['Ticket sync', 'support', 'Copies closed tickets into the archive.'],
  ['On-call bot', 'chat', 'Answers questions about hosts in the chat.'],
  ['Laptop', 'api', ''],
  ['Patch reports', 'reports', 'Weekly report for the security board.'],
  ['Backup verification', 'backup', 'Restores one archive a week and compares.'],
  ['Load test', 'staging', 'Only for staging. Delete after the launch.'],
] as const;

const networks = [['192.0.2.10'], ['198.51.100.0/24'], ['203.0.113.7', '203.0.113.8'], ['2001:db8:40::/48'], ['127.0.0.1', '::1']];

/** What was made, for whoever wants to look at it. */
export interface Town {
  /** The id of a token with a history. */
  token: string;
  /** The id of a user with several tokens. */
  user: string;
}

/** Fills the server. */
export async function fill(origin: string, admin: Api): Promise<Town> {
  const must = async (answer: Promise<{ status: number; text: string }>) => {
    const { status, text } = await answer;
    if (status >= 300) throw new Error(`${status} ${text}`);
  };
  const sets = [];
  for (const [name, description] of [
    ['Workstations', 'Laptops and desktops of the offices'],
    ['Servers', 'Everything in the two data centres'],
  ] as const) {
    sets.push(await admin.make('/api/v1/content-sets', { name, description }));
  }
  const computers = [];
  for (const [name, text] of [
    ['Berlin office', 'Computer Name starts with ber-'],
    ['Data centre north', 'Data Center is north'],
    ['Point of sale', 'Installed Applications contains TillPoint'],
  ] as const) {
    computers.push(await admin.make('/api/v1/computer-groups', { name, text, content_set: sets[0].id }));
  }
  const roles = [];
  for (const [name, label, capabilities] of [
    ['token-operators', 'Token operators', ['list_tokens_all', 'edit_tokens_all']],
    ['auditors', 'Auditors', ['list_tokens_all']],
    ['api-clients', 'API clients', ['list_tokens_own', 'edit_tokens_own', 'use token']],
  ] as const) {
    roles.push(await admin.make('/api/v1/roles', { name, label, description: `${label} of all teams`, capabilities }));
  }
  const users = [];
  for (const [name, real_name] of [...people, ...services]) {
    const email = `${name}@example.com`;
    const held = name.startsWith('svc-') ? ['api-clients'] : ['user', 'api-clients'];
    users.push(await admin.make('/api/v1/users', { name, real_name, email, password: PASSWORD, roles: held }));
  }
  const ids = users.map(({ id }) => id);
  await admin.make('/api/v1/user-groups', { name: 'Platform', members: ids.slice(0, 4), roles: [roles[0].id] });
  await admin.make('/api/v1/user-groups', { name: 'Security', members: ids.slice(4, 7), roles: [roles[1].id] });
  await admin.make('/api/v1/user-groups', { name: 'Services', members: ids.slice(9), roles: [roles[2].id] });
  await admin.make('/api/v1/personas', {
    name: 'night-shift',
    display_name: 'Night shift',
    computer_group: computers[1].id,
    roles: [roles[0].id],
    users: ids.slice(0, 3),
  });
  await admin.make('/api/v1/personas', {
    name: 'store-support',
    display_name: 'Store support',
    computer_group: computers[2].id,
    roles: [roles[2].id],
    users: ids.slice(3, 6),
  });

  const lives = ['+2d', '+6d', '+11d', '+30d', '+90d', '+180d', undefined, '+25d', '+1d', '+60d'];
  const made: { id: string; token: string; form: string; user: string; user_id: number }[] = [];
  for (let number = 0; number < 60; number += 1) {
    const [name, audience, notes] = purposes[number % purposes.length]!;
    const [user] = [...people, ...services][(number * 7) % users.length]!;
    made.push(
      await admin.make('/api/v1/tokens', {
        user,
        name,
        audience,
        notes,
        form: (['opaque', 'splunk_jwt', 'opaque', 'hex'] as const)[number % 4],
        expires: number % 4 === 3 ? '+30d' : lives[(number * 3) % lives.length],
        ...(number % 3 === 2 ? {} : { addresses: networks[number % networks.length] }),
      }),
    );
  }
  const disabled = made.filter((_, index) => index % 9 === 4);
  await must(admin.post('/api/v1/tokens/many', { action: 'disable', ids: disabled.map(({ id }) => id) }));
  const revoked = made.filter((_, index) => index % 20 === 13);
  await must(admin.post('/api/v1/tokens/many', { action: 'revoke', ids: revoked.map(({ id }) => id) }));

  // Some work, some do not, for reasons of all kinds.
  const anybody = new Api(origin);
  for (const [index, { token }] of made.entries()) {
    for (let time = 0; time <= index % 4; time += 1) await anybody.with(token).get('/api/v1/session');
  }
  await anybody.with('tky_pat_notatokenatall').get('/api/v1/session');
  await anybody.with(`${made[0]!.token.slice(0, -3)}xyz`).get('/api/v1/session');
  await anybody.get('/api/v1/session');
  await anybody.post('/api/v1/sessions', { user: 'ann.kowalski', password: 'wrong' });
  for (const { token } of revoked) await anybody.with(token).get('/api/v1/tokens');

  const settings = await admin.patch('/api/v1/settings', {
    api_token_trusted_ip_address_list: ['192.0.2.0/24', '2001:db8:7::/48'],
    api_token_expiration_in_days: 30,
  });
  if (settings.status !== 200) throw new Error(settings.text);
  const shown = made.find((one, index) => one.form === 'opaque' && index > 20 && !disabled.includes(one) && !revoked.includes(one))!;
  await must(admin.patch(`/api/v1/tokens/${shown.id}`, { notes: 'Rotate every quarter; ask the platform team first.' }));
  await must(admin.post(`/api/v1/tokens/${shown.id}/disable`));
  await must(admin.post(`/api/v1/tokens/${shown.id}/enable`));
  return { token: shown.id, user: String(shown.user_id) };
}
