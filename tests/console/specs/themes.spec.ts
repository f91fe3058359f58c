// Every page that needs no parameter, in light (wide) and in dark (narrow), as the system says and as one chooses.
import { expect, PASSWORD, test } from '../kit/test.ts';

test('every page of the navigation is accessible in the theme of the system', async ({ page, console }, info) => {
  test.setTimeout(120_000);
  // One of the projects is light, the other dark.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await console.signIn('admin', PASSWORD, 'audit');
  if (info.project.name.startsWith('narrow')) await page.getByRole('button', { name: 'Open the navigation' }).click();
  const links = page.getByRole('navigation', { name: 'Main' }).last().getByRole('link');
  await expect(links.first()).toBeVisible();
  const places = await links.evaluateAll((all) => all.map((one) => one.getAttribute('href') ?? ''));
  expect(places.length).toBeGreaterThan(2);
  for (const place of places) {
    await console.open(place.replace('/console/', ''));
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByRole('status', { name: 'Loading the page' })).toHaveCount(0);
    await test.step(place, () => console.isAccessible());
    // Nothing hangs over the edge: the page itself never scrolls sideways.
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), place).toBe(true);
  }
});

test('a chosen theme holds against the system, also after a reload', async ({ page, console }) => {
  await console.signIn('admin', PASSWORD, 'audit');
  const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const choose = async (name: string) => {
    await page.getByRole('button', { name: 'Signed in as admin' }).click();
    await page.getByRole('menuitemradio', { name }).click();
  };
  await choose('Dark');
  await page.emulateMedia({ colorScheme: 'light' });
  const dark = await ground();
  await page.reload();
  await expect(page.getByRole('banner')).toBeVisible();
  expect(await ground()).toBe(dark);
  await choose('Light');
  const light = await ground();
  expect(light).not.toBe(dark);
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await ground()).toBe(light);
  await choose('Like the system');
  expect(await ground()).toBe(dark);
});
