import { createHash } from 'node:crypto';
import type { SlotPosition } from '../domain/slots.ts';
import type { AvailabilityRequest } from './availability-fields.ts';
import { invalid } from './failures.ts';

/** Says where a page of slots ended, and of which request: with another one the place would mean something else. */
export function writeCursor({ start, optionalCount }: SlotPosition, request: AvailabilityRequest): string {
  return Buffer.from(`1.${start.getTime()}.${optionalCount}.${digestOf(request)}`).toString('base64url');
}

export function readCursor(cursor: string, request: AvailabilityRequest): SlotPosition {
  const parts = /^1\.(-?\d{1,15})\.(\d{1,3})\.([0-9a-f]{16})$/.exec(
    Buffer.from(cursor, 'base64url').toString(),
  );
  const [, startMs, optionalCount, digest] = parts ?? [];
  if (startMs === undefined || optionalCount === undefined)
    throw refused('must be a `nextCursor` of an earlier answer');
  if (digest !== digestOf(request))
    throw refused('is of another request: nothing but `limit` may change from page to page');
  return { start: new Date(Number(startMs)), optionalCount: Number(optionalCount) };
}

function refused(message: string) {
  return invalid([{ field: 'cursor', message }]);
}

/** A request is parsed in the order of its schema, so the same one has the same text. */
function digestOf({ cursor: _cursor, limit: _limit, ...request }: AvailabilityRequest): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex').slice(0, 16);
}
