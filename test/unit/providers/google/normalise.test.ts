import { readdirSync, readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { CalendarEvent } from '../../../../src/domain/event.ts';
import { readItem } from '../../../../src/providers/google/normalise.ts';

interface Fixture {
  readonly why: string;
  /** The calendar's. */
  readonly zone: string;
  readonly item: unknown;
  /** What `readItem` has to give at least, as JSON. */
  readonly reading: Record<string, unknown>;
}

const folder = new URL('../../../fixtures/google/', import.meta.url);
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => [name, JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Fixture] as const);

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the quirks of Google’s events', () => {
  test.each(fixtures.map(([name, fixture]) => [fixture.why, name, fixture] as const))(
    '%s (%s)',
    (_, __, { item, zone, reading }) => {
      expect(asJson(readItem(item, zone))).toMatchObject(reading);
    },
  );

  test('what Google does not tell is absent', () => {
    const reading = readItem(
      { id: 'bare', start: { dateTime: '2026-03-02T09:00:00Z' }, end: { dateTime: '2026-03-02T10:00:00Z' } },
      'Europe/Berlin',
    );
    expect(asJson(reading)).toEqual({
      type: 'upsert',
      event: {
        providerEventId: 'bare',
        status: 'confirmed',
        kind: 'default',
        start: '2026-03-02T09:00:00.000Z',
        end: '2026-03-02T10:00:00.000Z',
        allDay: false,
        busy: 'busy',
        response: 'none',
        attendees: [],
        visibility: 'default',
      },
    });
  });

  test('a meeting link that a browser must not be sent to is left out', () => {
    const item = {
      ...timed('2026-03-02T09:00:00Z', '2026-03-02T10:00:00Z'),
      hangoutLink: 'javascript:alert(1)',
    };
    expect(readItem(item, 'UTC')).toMatchObject({ event: { meetingUrl: undefined } });
  });
});

const timed = (start: string, end: string) => ({
  id: 'x',
  start: { dateTime: start },
  end: { dateTime: end },
});

const zones = ['UTC', 'Europe/Berlin', 'America/Sao_Paulo', 'Asia/Kolkata', 'Pacific/Apia', 'Africa/Cairo'];

/** Objects that are events half of the time: the known names with any JSON in them. */
const anything = fc.oneof(
  fc.jsonValue(),
  fc.record(
    {
      id: fc.oneof(fc.string(), fc.jsonValue()),
      status: fc.oneof(fc.constantFrom('confirmed', 'tentative', 'cancelled'), fc.jsonValue()),
      start: fc.oneof(anyTime(), fc.jsonValue()),
      end: fc.oneof(anyTime(), fc.jsonValue()),
      eventType: fc.oneof(fc.constantFrom('workingLocation', '__proto__', 'toString'), fc.jsonValue()),
      attendees: fc.oneof(
        fc.array(fc.record({ email: fc.jsonValue(), self: fc.jsonValue(), responseStatus: fc.jsonValue() })),
        fc.jsonValue(),
      ),
      organizer: fc.jsonValue(),
      originalStartTime: fc.oneof(anyTime(), fc.jsonValue()),
      conferenceData: fc.jsonValue(),
      hangoutLink: fc.oneof(fc.webUrl(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  ),
);

function anyTime() {
  const year = fc.integer({ min: -1, max: 12_000 }).map((n) => String(n).padStart(4, '0'));
  const two = fc.integer({ min: 0, max: 70 }).map((n) => String(n).padStart(2, '0'));
  const date = fc.tuple(year, two, two).map((parts) => parts.join('-'));
  const offset = fc.constantFrom('', 'Z', '+14:00', '-99:99', '+1:00');
  return fc.oneof(
    fc.record({ date }),
    fc.record({
      dateTime: fc.tuple(date, two, two, offset).map(([d, h, m, o]) => `${d}T${h}:${m}:00${o}`),
      timeZone: fc.oneof(fc.constantFrom(...zones), fc.string()),
    }),
  );
}

describe('whatever Google sends', () => {
  test('nothing makes the reading throw, and an event never ends before it starts', () => {
    fc.assert(
      fc.property(anything, fc.constantFrom(...zones), (item, zone) => {
        expect(flawOf(readItem(item, zone))).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  test('the dates of an all-day event never shift, and its days begin and end in the calendar’s zone, in any zone', () => {
    const day = fc.integer({ min: firstDay, max: lastDay });
    fc.assert(
      fc.property(
        day,
        fc.integer({ min: 1, max: 400 }),
        fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
        (first, days, zone) => {
          const startDate = dateOf(first);
          const endDate = dateOf(first + days);
          const event = eventIn(
            readItem({ id: 'x', start: { date: startDate }, end: { date: endDate } }, zone),
          );
          expect(event).toMatchObject({ allDay: true, startDate, endDate });
          expect(localDate(event.start, zone)).toBe(firstOf(first, zone));
          expect(localDate(new Date(event.start.getTime() - 1), zone)).not.toBe(startDate);
          expect(localDate(event.end, zone)).toBe(firstOf(first + days, zone));
          expect(localDate(new Date(event.end.getTime() - 1), zone)).not.toBe(endDate);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('an all-day event on a day that its zone never had keeps its date and takes no time', () => {
    const missing = { id: 'x', start: { date: '2011-12-30' }, end: { date: '2011-12-31' } };
    const event = eventIn(readItem(missing, 'Pacific/Apia'));
    expect(event).toMatchObject({ startDate: '2011-12-30', endDate: '2011-12-31' });
    expect(event.end).toEqual(event.start);
    expect(localDate(event.start, 'Pacific/Apia')).toBe('2011-12-31');
  });
});

/** 1900 to 2100: the tz database knows little of before, and nothing of after. */
const [firstDay, lastDay] = [-25_567, 47_482];

/** The date itself, or the next one where the zone skipped it to cross the date line. */
function firstOf(dayNumber: number, zone: string): string {
  const date = dateOf(dayNumber);
  const noon = dayNumber * 86_400_000 + 43_200_000;
  // Somewhere between them it is noon on that date, if there is one.
  const isThere = [-14, -7, 0, 7, 12].some(
    (hours) => localDate(new Date(noon + hours * 3_600_000), zone) === date,
  );
  return isThere ? date : dateOf(dayNumber + 1);
}

type Reading = ReturnType<typeof readItem>;

function eventIn(reading: Reading): CalendarEvent {
  if ('reason' in reading || reading.type !== 'upsert') throw new Error('no event was read');
  return reading.event;
}

/** What is wrong with a reading of whatever it was; undefined where it can be stored, or is named as unreadable. */
function flawOf(reading: Reading): string | undefined {
  if ('reason' in reading) return reading.providerEventId === '' ? 'nothing is named' : undefined;
  if (reading.type !== 'upsert') return reading.type === 'delete' ? undefined : 'a change of another kind';
  const { start, end } = reading.event;
  if (Number.isNaN(start.getTime()) || Number.isNaN(end.getTime())) return 'no point in time';
  return end < start ? 'the end lies before the start' : undefined;
}

const dateOf = (dayNumber: number): string => new Date(dayNumber * 86_400_000).toISOString().slice(0, 10);

const calendars = new Map<string, Intl.DateTimeFormat>();

function localDate(at: Date, timeZone: string): string {
  const known = calendars.get(timeZone);
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  const calendar = known ?? new Intl.DateTimeFormat('en-CA', { timeZone, ...parts });
  calendars.set(timeZone, calendar);
  return calendar.format(at);
}
