// Light, dark, or as the system has it. Remembered in this browser; the only thing that ever is.

/** What can be chosen. */
export const themes = ['system', 'light', 'dark'] as const;

/** One of them. */
export type Theme = (typeof themes)[number];

const key = 'tokenry.theme';
let chosen = $state<Theme>(remembered());

/** The choice. */
export const theme = {
  get chosen(): Theme {
    return chosen;
  },
  set chosen(value: Theme) {
    chosen = value;
    apply();
    try {
      localStorage.setItem(key, value);
    } catch {
      // A browser that keeps nothing: then it holds until the page is closed.
    }
  },
};

/** Puts the remembered choice on the page. Before the first paint, by `main.ts`. */
export function apply(): void {
  document.documentElement.dataset.theme = chosen;
}

function remembered(): Theme {
  try {
    return themes.find((one) => one === localStorage.getItem(key)) ?? 'system';
  } catch {
    return 'system';
  }
}
