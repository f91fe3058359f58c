// What a field about a time holds, and what of it is sent.

/** The ways to say when. */
export type TimeKind = 'default' | 'once' | 'now' | 'relative' | 'absolute' | 'days';

/** What was typed, for each way: choosing another loses nothing. */
export interface TimeChoice {
  kind: TimeKind;
  relative: string;
  absolute: string;
  days: string;
}

/** Nothing typed yet. */
export function nothingTyped(kind: TimeKind): TimeChoice {
  return { kind, relative: '', absolute: '', days: '' };
}

/** What is sent: nothing where the server decides by itself. */
export function expressionOf(choice: TimeChoice): string | undefined {
  switch (choice.kind) {
    case 'relative':
      return choice.relative.trim();
    case 'absolute':
      return choice.absolute;
    case 'days': {
      const days = choice.days.trim();
      // The server says what is wrong with what is no number.
      return days === '' ? '+7d' : `+${days.replace(/^\+/, '')}d`;
    }
    default:
      return undefined;
  }
}

/** The addresses and networks in a text, as they are sent one by one. */
export function addressesIn(text: string): string[] {
  return text
    .split(/[,\n\r]+/)
    .map((one) => one.trim())
    .filter((one) => one !== '');
}
