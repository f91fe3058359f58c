import { test, expect } from '../kit/test.ts';
test('s', async ({ console: c, page, admin }, info) => {
  for (const [user, notes] of [['svc-monitoring','Dashboard on the second floor'],['svc-backup','Nightly backup of the asset database.'],['jdoe','']]) {
    await admin.make('/api/v1/users', { name: user, password: 'a long password for tests 1', roles: ['user'] });
    for (const e of ['+1h','+10d','+200d']) await admin.make('/api/v1/tokens', { user, name: 'monitoring-52', notes, audience: 'Monitoring', expires: e, not_before: e === '+200d' ? '+30m': undefined, addresses: e === '+10d' ? undefined : ['192.168.0.0/24','10.1.2.3','2001:db8::/32'] });
  }
  await c.signIn('admin', undefined, 'tokens');
  await page.getByRole('checkbox', { name: /^Select #/ }).nth(3).check();
  await page.waitForTimeout(300);
  await page.screenshot({ path: `/tmp/p1/shots/final-${info.project.name}.png` });
});
