// Filters of a list: which there are, and how they stand in the address bar. The bar itself is `ui/FilterBar.svelte`.

/** An attribute one can filter by. */
export interface Attribute {
  /** Its name in the address and in the API. */
  key: string;
  /** Its name for people. */
  title: string;
  /** What can be asked of it. Without: the operators of its kind. */
  operators?: Operator[];
  /** Text unless told otherwise. */
  kind?: 'text' | 'choice' | 'time' | 'number';
  /** The values of a choice. */
  choices?: { value: string; title: string }[];
}

/** What is asked of an attribute, in the words of the API. */
export type Operator = (typeof operators)[number];

/** One filter. Several hold together (and). */
export interface Filter {
  attribute: string;
  operator: Operator;
  value: string;
}

const operators = [
  'contains',
  'not_contains',
  'equals',
  'not_equals',
  'starts_with',
  'ends_with',
  'before',
  'after',
] as const;

const byKind = {
  text: ['contains', 'not_contains', 'equals', 'not_equals', 'starts_with', 'ends_with'],
  choice: ['equals', 'not_equals'],
  time: ['before', 'after', 'equals', 'not_equals'],
  number: ['equals', 'before', 'after'],
} as const satisfies Record<string, readonly Operator[]>;

/** What can be asked of this attribute; the first is the usual one. */
export function operatorsOf(attribute: Attribute): readonly Operator[] {
  return attribute.operators ?? byKind[attribute.kind ?? 'text'];
}

/** How a filter stands in the address and in the API: `user:contains:jd`. The value may hold anything. */
export function write(filter: Filter): string {
  return `${filter.attribute}:${filter.operator}:${filter.value}`;
}

/** The filters in a query (`filter=…`, repeated). What we do not know, or that was mistyped, is left out. */
export function read(query: URLSearchParams, attributes: Attribute[]): Filter[] {
  return query.getAll('filter').flatMap((text) => {
    const [name = '', asked = '', ...rest] = text.split(':');
    const attribute = attributes.find(({ key }) => key === name);
    const operator = operators.find((one) => one === asked);
    const value = rest.join(':');
    if (!attribute || !operator || !value || !operatorsOf(attribute).includes(operator)) return [];
    return [{ attribute: name, operator, value }];
  });
}

/** Whether two filters say the same. */
export function same(one: Filter, other: Filter): boolean {
  return write(one) === write(other);
}
