import { invalidParameter } from './errors.ts';

/** What `fields=` selects: `true` for a member as it is, a selection for some of its members. */
export type Selection = Map<string, Selection | true>;

/**
 * Reads a selector such as `items(id,start/dateTime),nextPageToken` (the partial answers of Google's JSON APIs).
 * @throws ApiError 400 for one that cannot be read.
 */
export function parseFields(text: string): Selection {
  const tokens = text.match(/[\w@*-]+|[(),/]/g) ?? [];
  if (tokens.join('') !== text.replaceAll(' ', '')) throw invalidSelector(text);
  let position = 0;

  const list = (): Selection => {
    const selection: Selection = new Map();
    do path(selection);
    while (take(','));
    return selection;
  };

  const path = (into: Selection): void => {
    const name = tokens[position++];
    if (name === undefined || /^[(),/]$/.test(name)) throw invalidSelector(text);
    const before = into.get(name);
    const inner = before instanceof Map ? before : new Map();
    if (take('/')) path(inner);
    else if (take('(')) {
      for (const [member, selected] of list()) inner.set(member, selected);
      if (!take(')')) throw invalidSelector(text);
    } else return void into.set(name, true);
    if (before !== true) into.set(name, inner);
  };

  const take = (token: string): boolean => {
    if (tokens[position] !== token) return false;
    position += 1;
    return true;
  };

  const selection = list();
  if (position < tokens.length) throw invalidSelector(text);
  return selection;
}

/** The selected part of a JSON value; lists are selected from entry by entry. */
export function selectFields(value: unknown, selection: Selection): unknown {
  if (Array.isArray(value)) return value.map((entry) => selectFields(entry, selection));
  if (typeof value !== 'object' || value === null) return value;
  const selected = Object.entries(value).flatMap(([name, member]) => {
    const inner = selection.get(name) ?? selection.get('*');
    if (inner === undefined) return [];
    return [[name, inner === true ? member : selectFields(member, inner)] as const];
  });
  return Object.fromEntries(selected);
}

function invalidSelector(text: string) {
  return invalidParameter('fields', `Invalid field selection ${text}`);
}
