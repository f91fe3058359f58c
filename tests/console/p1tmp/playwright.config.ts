import base from '../playwright.config.ts';
export default { ...base, testDir: '.', outputDir: '/tmp/p1/results' };
