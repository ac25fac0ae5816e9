import { mongo, type Types } from 'mongoose';
import type { EntryTraits, StoredTimeQuery } from './availability-contract.ts';

/** As the index gives it: fields that an entry does not have are null there. */
type StoredEntry = Omit<EntryTraits, 'interviewId'> & {
  readonly calendarId: Types.ObjectId;
  readonly start: Date;
  readonly end: Date;
  readonly interviewId?: string | null;
};

type Found = (calendarId: string, startMs: number, endMs: number) => void;

/**
 * Gives a function that takes the BSON of an entry and tells `found` of it if it counts. Entries begin with calendar,
 * start and end, at fixed places, and what follows is the same in most of them: so each kind of them is made an object of
 * and judged once. One that begins otherwise is read like any document.
 */
export function createEntryReader(
  counts: StoredTimeQuery['counts'],
  found: Found,
): (bytes: Uint8Array) => void {
  const verdicts = new Map<string, boolean>();
  return (given) => {
    const bytes = Buffer.isBuffer(given)
      ? given
      : Buffer.from(given.buffer, given.byteOffset, given.byteLength);
    const text = bytes.toString('latin1');
    if (!hasUsualHead(text)) {
      const { calendarId, start, end, ...traits } = entryOf(bytes);
      if (counts(traitsOf(traits))) found(calendarId.toHexString(), start.getTime(), end.getTime());
      return;
    }
    const tail = text.slice(headLength);
    let verdict = verdicts.get(tail);
    if (verdict === undefined) {
      const { calendarId: _calendarId, start: _start, end: _end, ...traits } = entryOf(bytes);
      verdict = counts(traitsOf(traits));
      verdicts.set(tail, verdict);
    }
    if (verdict)
      found(bytes.toString('hex', calendarAt, calendarAt + 12), dateAt(bytes, startAt), dateAt(bytes, endAt));
  };
}

function entryOf(bytes: Uint8Array): StoredEntry {
  return mongo.BSON.deserialize(bytes) as StoredEntry;
}

function traitsOf({
  interviewId,
  ...traits
}: Omit<StoredEntry, 'calendarId' | 'start' | 'end'>): EntryTraits {
  return { ...traits, interviewId: interviewId ?? undefined };
}

// bsonspec.org: the length, then each field as type, name and value; an ObjectId (7) has 12 bytes, a date (9) 8.
const lengthBytes = 4;
const calendarName = '\u0007calendarId\0';
const startName = '\tstart\0';
const endName = '\tend\0';
const calendarAt = lengthBytes + calendarName.length;
const startAt = calendarAt + 12 + startName.length;
const endAt = startAt + 8 + endName.length;
const headLength = endAt + 8;

/** `text`: a character for each byte. */
function hasUsualHead(text: string): boolean {
  return (
    text.length > headLength &&
    text.startsWith(calendarName, lengthBytes) &&
    text.startsWith(startName, startAt - startName.length) &&
    text.startsWith(endName, endAt - endName.length)
  );
}

/** Milliseconds, exact: no date that JavaScript has takes more than 53 bits. */
function dateAt(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readInt32LE(at + 4) * 2 ** 32;
}
