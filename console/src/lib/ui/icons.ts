// Our icons: lines on a field of 20 by 20, drawn with a stroke of 1.6. `Icon.svelte` shows them.

const circle = (x: number, y: number, r: number) =>
  `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;

export const icons = {
  add: 'M10 4v12M4 10h12',
  audit: 'M5 3h10v14H5zM8 7h4M8 10h4M8 13h2',
  back: 'M12 5l-5 5 5 5',
  check: 'M4 10.5l4 4 8-9',
  clock: `${circle(10, 10, 7)}M10 6v4.3l2.8 1.7`,
  close: 'M5 5l10 10M15 5L5 15',
  columns: 'M3 4h14v12H3zM8 4v12M12.5 4v12',
  computers: 'M3 4h14v9H3zM7 17h6M10 13v4',
  copy: 'M7 7h9v9H7zM4 13V4h9',
  dark: 'M15.5 12A6.5 6.5 0 0 1 8 4.5 6.5 6.5 0 1 0 15.5 12z',
  delete: 'M4 6h12M8 6V3.5h4V6M5.5 6l.8 10.5h7.4L14.5 6M8.5 9v4.5M11.5 9v4.5',
  disable: `${circle(10, 10, 7)}M5 5l10 10`,
  down: 'M5 8l5 5 5-5',
  download: 'M10 3v9M6 8.5l4 4 4-4M4 16.5h12',
  edit: 'M4 16l.8-3.6L13 4l3 3-8.4 8.2z',
  eye: `M2 10c2-3.6 4.7-5.4 8-5.4s6 1.8 8 5.4c-2 3.6-4.7 5.4-8 5.4S4 13.6 2 10z${circle(10, 10, 2.3)}`,
  eyeOff: 'M3 3l14 14M7 5.5c3.8-1.8 8-.3 11 4.5-.7 1.2-1.5 2.2-2.4 3M12.5 14.7C8.5 16 4.7 14.4 2 10c.6-1 1.3-1.9 2-2.6',
  filter: 'M3 5h14M6 10h8M8.5 15h3',
  forward: 'M8 5l5 5-5 5',
  groups: `${circle(7.5, 7, 2.6)}M2.5 16c.4-3 2.3-4.5 5-4.5s4.6 1.5 5 4.5M13 4.6a2.6 2.6 0 0 1 0 4.9M14.6 11.9c1.7.6 2.7 2 2.9 4.1`,
  info: `${circle(10, 10, 7)}M10 9.2V14M10 6.2v.6`,
  keyboard: 'M2.5 5.5h15v9h-15zM5.5 8.5h.5M8.5 8.5h.5M11.5 8.5h.5M14.5 8.5h.2M6.5 11.5h7',
  light: `${circle(10, 10, 3)}M10 2.5v2M10 15.5v2M2.5 10h2M15.5 10h2M4.7 4.7l1.4 1.4M13.9 13.9l1.4 1.4M4.7 15.3l1.4-1.4M13.9 6.1l1.4-1.4`,
  layers: 'M10 3l7.5 4-7.5 4-7.5-4zM2.5 10.3l7.5 4 7.5-4M2.5 13.5l7.5 4 7.5-4',
  lock: 'M5 9h10v8H5zM7 9V6.5a3 3 0 0 1 6 0V9',
  log: 'M11 4h5v12h-5M3 10h9M8.5 6.5L12 10l-3.5 3.5',
  menu: 'M3 5.5h14M3 10h14M3 14.5h14',
  more: 'M4.5 10h.01M10 10h.01M15.5 10h.01',
  pause: 'M7 4.5v11M13 4.5v11',
  persona: `M3 4h14v12H3z${circle(7.5, 9, 1.8)}M4.9 13.5c.4-1.3 1.3-2 2.6-2s2.2.7 2.6 2M12.5 8.5h2.5M12.5 11.5h2.5`,
  play: 'M6.5 4.5v11l9-5.5z',
  refresh: 'M16 10a6 6 0 1 1-1.9-4.4L16 7.5M16 3.5v4h-4',
  roles: 'M10 2.5l6.5 2.3v4.7c0 3.8-2.4 6.5-6.5 8-4.1-1.5-6.5-4.2-6.5-8V4.8zM7 10l2.2 2.2L13.2 8',
  search: `${circle(9, 9, 5.5)}M13 13l4 4`,
  settings: `M3 6h6M13 6h4M3 14h3M10 14h7${circle(11, 6, 2)}${circle(8, 14, 2)}`,
  signOut: 'M9 4H4v12h5M8 10h9M13.5 6.5L17 10l-3.5 3.5',
  sort: 'M7 8l3-3.5L13 8M7 12l3 3.5 3-3.5',
  sortDown: 'M10 4v12M5.5 11.5L10 16l4.5-4.5',
  sortUp: 'M10 16V4M5.5 8.5L10 4l4.5 4.5',
  success: `${circle(10, 10, 7)}M6.8 10.2l2.3 2.3 4.2-4.7`,
  system: 'M3 4h14v9.5H3zM7.5 16.5h5',
  token: `${circle(7, 10, 4)}M11 10h6.5v3M14.5 10v2.3`,
  user: `${circle(10, 7, 3)}M4 16.5c.5-3.3 2.7-5 6-5s5.5 1.7 6 5`,
  warning: 'M10 3.2L17.7 16.5H2.3zM10 8.2v4M10 14.2v.2',
} as const;

/** The name of an icon. */
export type IconName = keyof typeof icons;
