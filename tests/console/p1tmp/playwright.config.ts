import base from '../playwright.config.ts';
export default { ...base, testDir: '.', workers: 2, outputDir: '/tmp/p1/results', fullyParallel: true,
 projects: [
 { name: 'wl', use: { viewport: { width: 1440, height: 900 }, colorScheme: 'light' as const } },
 { name: 'wd', use: { viewport: { width: 1440, height: 900 }, colorScheme: 'dark' as const } },
 { name: 'nl', use: { viewport: { width: 390, height: 844 }, colorScheme: 'light' as const, hasTouch: true } },
]};
