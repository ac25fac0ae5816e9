import { createHash } from 'node:crypto';

/** Which item an id means: the item's key, and for a member of a series the date of its slot. */
export interface EventReference {
  key: string;
  date?: string;
}

const DEFAULT_PREFIX = 'AAMkAG';
const IMMUTABLE_PREFIX = 'AAkALg';

/** The id of `Prefer: IdType="ImmutableId"`: it does not know the folder, so a move leaves it alone. */
export function immutableId(mailbox: string, reference: EventReference): string {
  return IMMUTABLE_PREFIX + encode([mailbox, reference.key, reference.date ?? '']);
}

export function defaultId(mailbox: string, calendar: string, reference: EventReference): string {
  return DEFAULT_PREFIX + encode([mailbox, reference.key, reference.date ?? '', calendar]);
}

/** Reads both kinds (Graph takes either, whatever was preferred). Undefined for anything else. */
export function referenceOf(mailbox: string, id: string): EventReference | undefined {
  const prefix = [DEFAULT_PREFIX, IMMUTABLE_PREFIX].find((known) => id.startsWith(known));
  if (!prefix) return undefined;
  const [owner, key, date] = decode(id.slice(prefix.length));
  if (owner !== mailbox || !key) return undefined;
  return date ? { key, date } : { key };
}

/** A `GlobalObjectId` (MS-OXOCAL 2.2.1.27): the instance date is part of it, so it differs for each occurrence. */
export function iCalUIdOf(mailbox: string, { key, date }: EventReference): string {
  const [year = 0, month = 0, day = 0] = date?.split('-').map(Number) ?? [];
  const instance = hex(year, 4) + hex(month, 2) + hex(day, 2);
  const own = createHash('sha256').update(`${mailbox}/${key}`).digest('hex').toUpperCase().slice(0, 32);
  return `040000008200E00074C5B7101A82E008${instance}00000000000000000000000010000000${own}`;
}

export function changeKeyOf(mailbox: string, revision: number): string {
  const own = createHash('sha256').update(mailbox).digest().subarray(0, 12);
  const counter = Buffer.alloc(6);
  counter.writeUIntBE(revision, 0, 6);
  return Buffer.concat([own, counter]).toString('base64');
}

function encode(parts: string[]): string {
  const text = Buffer.from(parts.map(encodeURIComponent).join('|'));
  return `${text.toString('base64url')}=`;
}

function decode(text: string): string[] {
  const parts = Buffer.from(text.replace(/=$/, ''), 'base64url').toString().split('|');
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return [];
  }
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
