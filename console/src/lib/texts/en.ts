// The English texts. What all pages share is here; what belongs to one page is in the file of that name in `en/`.
//
// Plain words, sentence case, no full stop after labels and titles. Say what happens, then what one can do. What varies
// is an argument of a plain function.

import { logs } from './en/logs.ts';
import { people } from './en/people.ts';
import { settings } from './en/settings.ts';
import { tokens } from './en/tokens.ts';

/** `count(1, 'token')` is "1 token", `count(2000, 'token')` is "2,000 tokens". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
}

export const en = {
  count,
  tokens,
  people,
  settings,
  logs,

  product: {
    name: 'Tokenry',
    title: (page: string) => `${page} · Tokenry`,
  },

  actions: {
    add: 'Add',
    apply: 'Apply',
    applyAll: 'Apply all',
    back: 'Back',
    cancel: 'Cancel',
    clear: 'Clear',
    clearAll: 'Clear all',
    close: 'Close',
    copied: 'Copied',
    copy: 'Copy',
    create: 'Create',
    delete: 'Delete',
    disable: 'Disable',
    edit: 'Edit',
    enable: 'Enable',
    more: 'More actions',
    refresh: 'Refresh',
    remove: 'Remove',
    removeThing: (thing: string) => `Remove ${thing}`,
    retry: 'Try again',
    save: 'Save',
    show: 'Show',
    hide: 'Hide',
  },

  shell: {
    skip: 'Skip to the content',
    navigation: 'Main',
    openNavigation: 'Open the navigation',
    closeNavigation: 'Close the navigation',
    persona: 'Persona',
    choosePersona: 'Act as',
    switched: (persona: string) => `You now act as ${persona}`,
    user: (name: string) => `Signed in as ${name}`,
    userMenu: 'Your account',
    signOut: 'Sign out',
    theme: 'Theme',
    themes: { system: 'Like the system', light: 'Light', dark: 'Dark' },
    shortcuts: 'Keyboard shortcuts',
    loading: 'Loading the page',
    home: 'Tokenry, home',
    groups: { access: 'Access', people: 'People and rights', system: 'System' },
  },

  pages: {
    signIn: 'Sign in',
    tokens: 'API tokens',
    token: 'API token',
    users: 'Users',
    user: 'User',
    groups: 'User groups',
    roles: 'Roles',
    role: 'Role',
    personas: 'Personas',
    contentSets: 'Content sets',
    computerGroups: 'Computer groups',
    settings: 'Settings',
    authenticationLog: 'Authentication log',
    audit: 'Audit',
    notFound: 'Page not found',
    notAllowed: 'Not for this persona',
    nothing: 'Nothing to see here yet',
  },

  notFound: {
    text: 'There is no page at this address. It may have moved, or the link was cut off.',
    home: 'Go to the start page',
  },

  notAllowed: {
    text: 'What you may do now does not include this page. Another persona of yours may, or an administrator can give you the right.',
  },

  nothing: {
    text: (user: string, persona: string) =>
      `You are signed in as ${user} and act as ${persona}, which may not see any page of the console. Ask whoever administers Tokenry here to give ${user} a role, and say what you need it for.`,
    personas: 'Or act as another persona of yours: the list is in the header.',
    again: 'Look again',
  },

  broken: {
    title: 'This page could not be shown',
    text: 'Something in the console went wrong. Nothing was changed by it. Load the page again; if it comes back, tell your administrator what you did.',
    reload: 'Load again',
  },

  signIn: {
    title: 'Sign in to Tokenry',
    user: 'User name',
    password: 'Password',
    submit: 'Sign in',
    showPassword: 'Show the password',
    hidePassword: 'Hide the password',
    userNeeded: 'Enter your user name.',
    passwordNeeded: 'Enter your password.',
    wrong: 'The user name or the password is not right.',
    locked: 'This account is locked. An administrator can unlock it.',
    tooMany: (wait: string) => `There were too many failed attempts from your address. Try again in ${wait}.`,
    tooManyTitle: 'Too many attempts',
    tooManyOver: 'You can try again now.',
    tooManyUnknown: 'Too many attempts. Wait a little, then try again.',
    unreachable: 'The server does not answer. Check your connection, then try again.',
    notAllowed: 'This account may not sign in to the console.',
    capsLock: 'Caps Lock is on.',
    personaTitle: 'Choose a persona',
    personaText: 'A persona decides what you see and may do, and what tokens you make now may do. You can change it later from the header.',
    continue: 'Continue',
    otherUser: 'Sign in as somebody else',
  },

  session: {
    endingTitle: 'You will be signed out soon',
    ending: (left: string) => `You have not done anything for a while. You will be signed out in ${left}.`,
    stay: 'Stay signed in',
    endedTitle: 'Sign in again',
    ended: 'Your session has ended. Sign in again to go on: what you have typed is still here. What you were just doing was not saved; do it again afterwards.',
    endedAs: (user: string) => `Only ${user} can go on here. To sign in as somebody else, leave the page.`,
    leave: 'Leave the page',
    offlineTitle: 'No connection to the server',
    offline: 'The server does not answer. What you see may be old, and nothing can be saved at the moment.',
    online: 'The connection is back.',
    retrying: 'We try again every few seconds.',
    endedElsewhere: 'You have signed out in another tab. Sign in again to go on: what you have typed is still here.',
    elsewhereTitle: 'You act as another persona now',
    elsewhere: (now: string, here: string) =>
      `In another tab you changed to ${now}, and that holds for the whole browser. On this page, which you opened as ${here}, is something unsaved.`,
    actAgain: (persona: string) => `Act as ${persona} again`,
    follow: (persona: string) => `Go on as ${persona}, without it`,
  },

  leave: {
    title: 'Leave this page?',
    unsaved: 'You have changes that are not saved.',
    secret: 'You have not said that you stored the token. It cannot be shown again.',
    leave: 'Leave',
    stay: 'Stay here',
  },

  problems: {
    title: 'That did not work',
    conflict: 'Somebody else has changed this meanwhile. What you typed is still here: load the new version and compare before you save.',
    loadNew: 'Load the new version',
    gone: 'This does not exist, or not any more, or you may not see it.',
    tooMany: (wait: string) => `The server gets too many calls from you. Try again in ${wait}.`,
    unknown: 'Something went wrong. Try again.',
    listFailed: 'The list could not be loaded',
  },

  field: {
    optional: 'optional',
    zone: (zone: string) => `Your time zone: ${zone}`,
    date: 'Date',
    time: 'Time',
  },

  combobox: {
    loading: 'Searching',
    none: 'Nothing found',
    failed: 'The suggestions could not be loaded',
    results: (number: number) => `${count(number, 'suggestion')}, use the arrow keys`,
    open: 'Show suggestions',
  },

  picker: {
    search: 'Search',
    chosen: (number: number, all: number) => `${number} of ${all} chosen`,
    none: 'Nothing matches',
  },

  table: {
    selectAll: 'Select all rows of this page',
    select: (row: string) => `Select ${row}`,
    selected: (number: number) => `${count(number, 'row')} selected`,
    clearSelection: 'Clear the selection',
    columns: 'Columns',
    columnsHint: 'Choose the columns to show',
    sortBy: 'Sort by',
    ascending: 'Ascending',
    descending: 'Descending',
    scroll: (table: string) => `${table}, scrolls sideways`,
  },

  pager: {
    label: 'Pages',
    previous: 'Previous',
    next: 'Next',
    first: 'First page',
    shown: (from: number, to: number) => `${from.toLocaleString('en')}–${to.toLocaleString('en')}`,
    of: (shown: string, total: number, atLeast: boolean) =>
      `${shown} of ${atLeast ? 'more than ' : ''}${total.toLocaleString('en')}`,
  },

  filters: {
    search: 'Filter items',
    searchHint: 'Text in any column',
    toggle: 'Filters',
    attribute: 'Attribute',
    operator: 'Operator',
    value: 'Value',
    and: 'and',
    none: 'No attribute filters yet. Add one; several must all hold.',
    active: (number: number) => `${count(number, 'filter')} active`,
    never: 'never',
    changed: 'Not applied yet',
    pending: (number: number) => `${count(number, 'filter')} to apply`,
    operators: {
      contains: 'contains',
      not_contains: 'does not contain',
      equals: 'is',
      not_equals: 'is not',
      starts_with: 'starts with',
      ends_with: 'ends with',
      before: 'is before',
      after: 'is after',
    },
  },

  copy: {
    copied: (thing: string) => `${thing} copied`,
    failed: 'Your browser did not let us copy. Select the text and copy it yourself.',
  },

  secret: {
    once: 'This is shown only once',
    hint: 'Copy it now and keep it where secrets are kept. Nobody can show it to you again, an administrator neither.',
    stored: 'I have stored it',
    copy: 'Copy the token',
    closes: 'Say that you have stored it, then you can close.',
  },

  time: {
    never: 'Never',
    expired: 'Expired',
    soon: 'Soon',
  },

  chart: {
    table: 'Show the figures',
    period: 'Period',
    empty: 'Nothing happened in this period.',
    total: 'Total',
  },

  toasts: {
    label: 'Messages',
    dismiss: 'Dismiss the message',
  },

  status: {
    enabled: 'Enabled',
    disabled: 'Disabled',
    expired: 'Expired',
    revoked: 'Revoked',
    notYet: 'Not yet valid',
    locked: 'Locked',
    active: 'Active',
  },

  shortcuts: {
    title: 'Keyboard shortcuts',
    help: 'Show this help',
    search: 'Go to the filter',
    go: (page: string) => `Go to ${page}`,
    close: 'Close what is open',
    then: 'then',
  },
};
