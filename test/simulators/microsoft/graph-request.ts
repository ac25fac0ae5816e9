import type { Context } from 'hono';

import type { BodyType } from './body-types.ts';
import type { EventReader } from './event-answers.ts';
import { requireKnownZone } from './event-body.ts';
import { badRequest } from './graph-errors.ts';

/** What the `Prefer` header asked for, as far as it is known and honoured. */
export interface Preferences {
  timeZone: string | undefined;
  immutableIds: boolean;
  bodyType: BodyType;
  maxPageSize: number | undefined;
  /** For `Preference-Applied`. */
  applied: string[];
}

/** @throws GraphError 400 for a zone that neither Windows nor IANA knows. */
export function preferencesOf(c: Context): Preferences {
  const given = parsePrefer(c.req.header('prefer') ?? '');
  const timeZone = given.get('outlook.timezone');
  if (timeZone !== undefined) requireKnownZone(timeZone);
  const bodyType = given.get('outlook.body-content-type');
  const maxPageSize = Number.parseInt(given.get('odata.maxpagesize') ?? '', 10);
  const immutableIds = given.get('idtype') === 'ImmutableId';
  return {
    timeZone,
    immutableIds,
    bodyType: bodyType === 'text' || bodyType === 'html' ? bodyType : 'stored',
    maxPageSize: maxPageSize > 0 ? maxPageSize : undefined,
    applied: [
      ...(timeZone === undefined ? [] : [`outlook.timezone="${timeZone}"`]),
      ...(bodyType === 'text' || bodyType === 'html' ? [`outlook.body-content-type="${bodyType}"`] : []),
      ...(immutableIds ? ['IdType="ImmutableId"'] : []),
    ],
  };
}

export function readerOf(c: Preferences, user: EventReader['user'], calendarId: string): EventReader {
  return {
    user,
    calendarId,
    immutableIds: c.immutableIds,
    timeZone: c.timeZone ?? 'UTC',
    bodyType: c.bodyType,
  };
}

export function applyPreferences(c: Context, applied: readonly string[]): void {
  if (applied.length > 0) c.header('Preference-Applied', applied.join(', '));
}

/** Several preferences may share one header, separated by commas; names have no case. */
function parsePrefer(header: string): Map<string, string> {
  const preferences = header.matchAll(/([\w.-]+)\s*=\s*(?:"([^"]*)"|([^\s,;]+))/g);
  return new Map(
    [...preferences].map(([, name = '', quoted, plain]) => [name.toLowerCase(), quoted ?? plain ?? '']),
  );
}

/** Query parameters have no case at Graph. */
export function parameter(c: Context, name: string): string | undefined {
  const entries = Object.entries(c.req.query());
  return entries.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

export interface Paging {
  top: number;
  skip: number;
}

const MAX_PAGE = 1000;

/** @throws GraphError 400 for sizes that Graph refuses. */
export function pagingOf(c: Context, defaultTop = 10): Paging {
  return { top: positive(c, '$top', defaultTop, 1), skip: positive(c, '$skip', 0, 0) };
}

function positive(c: Context, name: string, fallback: number, least: number): number {
  const text = parameter(c, name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || (name === '$top' && value > MAX_PAGE))
    throw badRequest(
      'ErrorInvalidParameter',
      `The value '${text}' of the query option ${name} is not valid.`,
    );
  return value;
}

/** Whatever this server does not evaluate is refused rather than ignored, so that nobody relies on it by mistake. */
export function refuseOptions(c: Context, names: readonly string[]): void {
  const refused = names.filter((name) => parameter(c, name) !== undefined);
  if (refused.length > 0)
    throw badRequest(
      'ErrorInvalidUrlQuery',
      `The query options ${refused.join(', ')} are not supported on this resource.`,
    );
}

/** Keeps what `$select` names, with the id and the annotations. @throws GraphError 400 for an unknown property. */
export function select<Entity extends Record<string, unknown>>(c: Context, type: string, entities: Entity[]) {
  const wanted = parameter(c, '$select')
    ?.split(',')
    .map((name) => name.trim());
  if (!wanted) return entities;
  const first = entities[0];
  const unknown = first && wanted.find((name) => !(name in first) && !optionalProperties.has(name));
  if (unknown)
    throw badRequest(
      'BadRequest',
      `Could not find a property named '${unknown}' on type 'microsoft.graph.${type}'.`,
    );
  return entities.map((entity) => {
    const kept = Object.entries(entity).filter(
      ([name]) => wanted.includes(name) || name === 'id' || name[0] === '@',
    );
    return Object.fromEntries(kept);
  });
}

/** Real properties that not every entity carries. */
const optionalProperties = new Set([
  'originalStart',
  'transactionId',
  'singleValueExtendedProperties',
  'cancelledOccurrences',
  'exceptionOccurrences',
]);
