import type { CalendarItem } from './calendar-item.ts';
import { extendedPropertiesOf, sameId } from './extended-properties.ts';
import { badRequest } from './graph-errors.ts';
import { iCalUIdOf } from './graph-ids.ts';

export type EventPredicate = (item: CalendarItem) => boolean;

/**
 * `$filter` of an event list, as far as a calendar client needs it: an own property by id and value, `iCalUId eq`, and
 * comparisons of `start/dateTime` and `end/dateTime` (UTC), joined by `and`.
 * @throws GraphError 400 for anything else, so that nobody relies on it by mistake.
 */
export function eventFilter(filter: string, mailbox: string): EventPredicate {
  const predicates = splitConjunction(filter).map((term) => {
    const predicate = byProperty(term) ?? byICalUId(term, mailbox) ?? byTime(term);
    if (!predicate)
      throw badRequest('ErrorInvalidUrlQueryFilter', `The filter '${term}' cannot be evaluated.`);
    return predicate;
  });
  return (item) => predicates.every((predicate) => predicate(item));
}

/** An `and` within parentheses or quotes belongs to its term. */
function splitConjunction(filter: string): string[] {
  const terms: string[] = [];
  let term = '';
  let depth = 0;
  let isQuoted = false;
  for (const token of filter.split(/(\s+and\s+|['()])/i)) {
    if (token === "'") isQuoted = !isQuoted;
    if (!isQuoted) depth += token === '(' ? 1 : token === ')' ? -1 : 0;
    const isJoint = !isQuoted && depth === 0 && /^\s+and\s+$/i.test(token);
    if (isJoint) terms.push(term);
    term = isJoint ? '' : term + token;
  }
  return [...terms, term].map((text) => text.trim());
}

function byProperty(term: string): EventPredicate | undefined {
  const [, inner] = /^singleValueExtendedProperties\/any\((.+)\)$/is.exec(term) ?? [];
  const [, , id, , value] =
    /^\s*(\w+):\s*\1\/id eq '([^']*)'(\s+and\s+\1\/value eq '([^']*)')?\s*$/i.exec(inner ?? '') ?? [];
  if (id === undefined) return undefined;
  return ({ source }) =>
    extendedPropertiesOf(source).some(
      (property) => sameId(property.id, id) && (value === undefined || property.value === value),
    );
}

function byICalUId(term: string, mailbox: string): EventPredicate | undefined {
  const [, wanted] = /^iCalUId eq '([^']*)'$/i.exec(term) ?? [];
  if (wanted === undefined) return undefined;
  return ({ source, key }) => (source.iCalUId ?? iCalUIdOf(mailbox, { key })) === wanted;
}

const comparisons: Record<string, (left: number, right: number) => boolean> = {
  eq: (left, right) => left === right,
  ge: (left, right) => left >= right,
  gt: (left, right) => left > right,
  le: (left, right) => left <= right,
  lt: (left, right) => left < right,
};

function byTime(term: string): EventPredicate | undefined {
  const [, bound, operator = '', text = ''] =
    /^(start|end)\/dateTime (eq|ge|gt|le|lt) '([^']*)'$/i.exec(term) ?? [];
  const compare = comparisons[operator.toLowerCase()];
  const instant = Date.parse(/Z$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
  if (!compare || Number.isNaN(instant)) return undefined;
  return ({ timing }) => compare(bound?.toLowerCase() === 'end' ? timing.end : timing.start, instant);
}
