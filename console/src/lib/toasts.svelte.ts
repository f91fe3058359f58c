// Short messages about what has just happened. Shown, and read out, by `ui/Toasts.svelte`. Never the only place where
// an error is said: they go away.

/** Success unless told otherwise. */
export type Tone = 'success' | 'danger' | 'info';

/** One message. */
export interface Toast {
  id: number;
  tone: Tone;
  text: string;
}

let shown = $state.raw<Toast[]>([]);
let next = 0;

/** The messages. */
export const toasts = {
  get shown(): Toast[] {
    return shown;
  },
  /** Says something. Errors stay until they are dismissed. */
  say(text: string, tone: Tone = 'success'): void {
    const id = next++;
    shown = [...shown.slice(-2), { id, tone, text }];
    if (tone !== 'danger') setTimeout(() => toasts.dismiss(id), 6000);
  },
  dismiss(id: number): void {
    shown = shown.filter((one) => one.id !== id);
  },
};
