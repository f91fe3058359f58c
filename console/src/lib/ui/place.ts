// Puts a popover beside what opened it, inside the window. By CSSOM, which the policy allows; anchors of CSS are too new.

/** Below `anchor`, or above where there is more room; `side` says which edges line up. */
export function place(popover: HTMLElement, anchor: HTMLElement, side: 'start' | 'end' | 'stretch'): void {
  const gap = 4;
  const box = anchor.getBoundingClientRect();
  if (side === 'stretch') popover.style.width = `${box.width}px`;
  const { width, height } = popover.getBoundingClientRect();
  const wanted = side === 'end' ? box.right - width : box.left;
  const left = Math.max(8, Math.min(wanted, document.documentElement.clientWidth - width - 8));
  const below = box.bottom + gap;
  const above = box.top - gap - height;
  const fits = below + height <= innerHeight - 8 || above < 8;
  popover.style.left = `${left}px`;
  popover.style.top = `${fits ? below : above}px`;
}

/** Keeps it there while the page scrolls or the window changes. Returns what ends that. */
export function follow(popover: HTMLElement, anchor: HTMLElement, side: 'start' | 'end' | 'stretch'): () => void {
  const again = () => place(popover, anchor, side);
  again();
  addEventListener('scroll', again, { capture: true, passive: true });
  addEventListener('resize', again);
  return () => {
    removeEventListener('scroll', again, { capture: true });
    removeEventListener('resize', again);
  };
}
