import { mongo } from 'mongoose';
import { describe, expect, test } from 'vitest';
import { createEntryReader } from '../../../src/store/raw-entries.ts';
import type { EntryTraits } from '../../../src/store/store.ts';

const calendarId = new mongo.ObjectId();
const traits = { busy: 'busy', kind: 'default', response: 'none', allDay: false, visibility: 'default' };
const entry = {
  calendarId,
  start: new Date('2026-11-23T09:00:00.123Z'),
  end: new Date('2026-11-23T10:00:00Z'),
  ...traits,
  interviewId: null,
};

/** What is told of these entries, and what was judged. */
function read(entries: readonly object[], counts: (one: EntryTraits) => boolean = () => true) {
  const judged: EntryTraits[] = [];
  const found: [string, Date, Date][] = [];
  const reader = createEntryReader(
    (one) => {
      judged.push(one);
      return counts(one);
    },
    (id, start, end) => found.push([id, new Date(start), new Date(end)]),
  );
  // At an odd place in a larger buffer, as they come from the wire.
  for (const one of entries) {
    const bytes = mongo.BSON.serialize(one);
    reader(Buffer.concat([Buffer.from('xyz'), bytes, Buffer.from('z')]).subarray(3, 3 + bytes.length));
  }
  return { judged, found };
}

describe('the bytes of an entry', () => {
  test('are read as the driver would read them, judged once for each kind', () => {
    const other = { ...entry, calendarId: new mongo.ObjectId(), interviewId: 'interview-1' };
    const { judged, found } = read([entry, entry, other], ({ interviewId }) => interviewId === undefined);
    const told = [calendarId.toHexString(), entry.start, entry.end];
    expect(found).toEqual([told, told]);
    expect(judged).toEqual([
      { ...traits, interviewId: undefined },
      { ...traits, interviewId: 'interview-1' },
    ]);
  });

  test.each([
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00Z',
    '1900-01-01T00:00:00Z',
    '9999-12-31T23:59:59.999Z',
    '-271821-04-20T00:00:00Z',
    '+275760-09-13T00:00:00Z',
  ])('hold the time %s', (time) => {
    const at = { ...entry, start: new Date(time), end: new Date(time) };
    expect(read([at]).found).toEqual([[calendarId.toHexString(), at.start, at.end]]);
  });

  test.each([
    ['in another order', { ...traits, end: entry.end, start: entry.start, calendarId }],
    ['with another field first', { _id: 1, ...entry }],
    ['without what may be absent', { calendarId, start: entry.start, end: entry.end, ...traits }],
  ])('are read %s as well', (_, document) => {
    const { found, judged } = read([document]);
    expect(found).toEqual([[calendarId.toHexString(), entry.start, entry.end]]);
    expect(judged).toMatchObject([traits]);
  });
});
