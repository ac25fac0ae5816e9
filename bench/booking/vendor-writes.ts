import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { RecordedRequest } from '../../test/simulators/simulator.ts';
import { minuteOf } from './wishes.ts';

export const writeMethods = { book: 'POST', move: 'PATCH' } as const;
export type WriteMethod = (typeof writeMethods)[keyof typeof writeMethods];

/** A request that made an event, or gave it another time. */
export interface VendorWrite {
  readonly vendor: ProviderId;
  readonly method: WriteMethod;
  /** The minute at which the event is to begin. */
  readonly begins: string;
  /** When the vendor had it, by the machine's clock. */
  readonly atMs: number;
}

export type WriteRequest = Pick<RecordedRequest, 'method' | 'path' | 'query' | 'headers' | 'body'>;

const ownMethods: ReadonlySet<string> = new Set(Object.values(writeMethods));

/** Undefined of every other request. */
export function vendorWrite(
  vendor: ProviderId,
  { method, path, body }: Pick<RecordedRequest, 'method' | 'path' | 'body'>,
  atMs: number,
): VendorWrite | undefined {
  if (!ownMethods.has(method) || !/\/events(\/[^/]+)?$/.test(path)) return undefined;
  const { start } = JSON.parse(body) as { start?: { dateTime?: string } };
  if (start?.dateTime === undefined) return undefined;
  return { vendor, method: method as WriteMethod, begins: minuteOf(start.dateTime), atMs };
}
