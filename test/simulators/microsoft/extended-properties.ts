import type { EventInput } from './calendar-item.ts';
import { badRequest } from './graph-errors.ts';

/** An own property that an application hung on an event (fact sheet, section 7). */
export interface ExtendedProperty {
  id: string;
  value: string;
}

const GUID = String.raw`\{[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}`;
const WELL_FORMED = new RegExp(
  `^(String|Integer|Boolean|SystemTime|Double|Long|Short) ${GUID} (Name .+|Id 0x[0-9a-fA-F]+)$`,
);

/** @throws GraphError 400 for an id that is not `{type} {guid} Name {name}`. */
export function requireExtendedProperties(given: unknown): ExtendedProperty[] {
  const properties = Array.isArray(given) ? (given as Partial<ExtendedProperty>[]) : [];
  return properties.map(({ id = '', value = '' }) => {
    if (!WELL_FORMED.test(id))
      throw badRequest('ErrorInvalidExtendedProperty', `The extended property id '${id}' is not valid.`);
    return { id, value: String(value) };
  });
}

export function extendedPropertiesOf(source: EventInput): ExtendedProperty[] {
  return (source['singleValueExtendedProperties'] ?? []) as ExtendedProperty[];
}

/** A PATCH writes the properties that it names and leaves the others alone. */
export function mergeProperties(
  before: readonly ExtendedProperty[],
  changes: readonly ExtendedProperty[],
): ExtendedProperty[] {
  const kept = before.filter(({ id }) => !changes.some((change) => sameId(change.id, id)));
  return [...kept, ...changes];
}

/**
 * Reads `singleValueExtendedProperties($filter=id eq '…')`, several ids joined by `or`; undefined for another `$expand`.
 * @throws GraphError 400 without a filter: the service demands one.
 */
export function expandedProperties(
  expand: string | undefined,
): ((source: EventInput) => Record<string, unknown>) | undefined {
  const [, inner] = /^singleValueExtendedProperties(.*)$/.exec(expand ?? '') ?? [];
  if (inner === undefined) return undefined;
  const [, filter] = /^\(\$filter=(.+)\)$/.exec(inner) ?? [];
  const terms = filter?.split(/\s+or\s+/i).map((term) => /^id eq '([^']*)'$/i.exec(term.trim())?.[1]);
  if (!terms?.every((id) => id !== undefined))
    throw badRequest('ErrorInvalidUrlQuery', `The query option $expand=${expand} cannot be evaluated.`);
  return (source) => {
    const found = extendedPropertiesOf(source).filter(({ id }) => terms.some((wanted) => sameId(wanted, id)));
    return found.length > 0 ? { singleValueExtendedProperties: found } : {};
  };
}

/** The GUID has no case; the name has. */
export function sameId(left: string, right: string): boolean {
  return canonical(left) === canonical(right);
}

function canonical(id: string): string {
  return id.replace(/\{[^}]*\}/, (guid) => guid.toLowerCase());
}
