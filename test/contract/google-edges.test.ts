import { describe, expect, test } from 'vitest';

import type { EventPage } from '../../src/providers/provider.ts';
import type { GoogleEventInput } from '../simulators/google/wire.ts';
import { at } from '../support/google-events.ts';
import { email, inGoogleWorld, type GoogleWorld } from './google-world.ts';
import { march, type Held } from './provider-harness.ts';
import { readerOf } from './provider-listing-suite.ts';

const onDays = (start: string, end: string): GoogleEventInput => ({
  start: { date: start },
  end: { date: end },
});

/** Puts the entry, reads everything, and gives what is held of it; undefined where it is not held. */
async function heldAfter(world: GoogleWorld, entry: GoogleEventInput) {
  const id = world.simulator.putEvent(email, 'primary', entry).id ?? '';
  const reader = await readerOf(world);
  await reader.read(null);
  const of = (entries: readonly Held[]) => entries.find(({ providerEventId }) => providerEventId === id);
  expect(of(reader.held())).toEqual(of(world.truth(march)));
  return reader.event(id);
}

// The window is March in UTC, the calendar's days are those of Berlin.
describe('at the edges of the window', () => {
  test.each([
    ['spans its beginning', at('2026-02-28T23:00:00Z', '2026-03-01T01:00:00Z'), true],
    ['ends as it begins', at('2026-02-28T23:00:00Z', '2026-03-01T00:00:00Z'), false],
    ['spans its end', at('2026-03-31T23:00:00Z', '2026-04-01T01:00:00Z'), true],
    ['begins as it ends', at('2026-04-01T00:00:00Z', '2026-04-01T01:00:00Z'), false],
    ['spans all of it', at('2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'), true],
    ['lasts for weeks and begins before it', onDays('2026-02-10', '2026-03-10'), true],
    [
      'is the last day before it, of which Berlin’s zone has no hour within',
      onDays('2026-02-28', '2026-03-01'),
      false,
    ],
    [
      'is the day after it, of which Berlin’s zone has two hours within',
      onDays('2026-04-01', '2026-04-02'),
      true,
    ],
    ['takes no time within it', at('2026-03-10T09:00:00Z', '2026-03-10T09:00:00Z'), true],
    ['lasts until the year 9999', at('1900-01-01T00:00:00Z', '9999-12-30T23:00:00Z'), true],
    ['is in the year 1', at('0001-01-01T00:00:00Z', '0001-01-01T01:00:00Z'), false],
    ['is in the year 9999', at('9999-12-30T00:00:00Z', '9999-12-30T01:00:00Z'), false],
  ])('an event that %s is held as the calendar shows it', (_, entry, inside) =>
    inGoogleWorld({}, async (world) => {
      const event = await heldAfter(world, entry);
      expect(event !== undefined).toBe(inside);
      if (entry.start.dateTime === undefined || event === undefined) return;
      expect([event.start, event.end]).toEqual([
        new Date(entry.start.dateTime),
        new Date(entry.end.dateTime ?? ''),
      ]);
    }),
  );

  test('an event that is moved over an edge and back goes and comes', () =>
    inGoogleWorld({}, async (world) => {
      const put = (start: string, end: string) =>
        world.simulator.putEvent(email, 'primary', at(start, end, { id: 'mover' }));
      put('2026-03-31T22:00:00Z', '2026-03-31T23:00:00Z');
      const reader = await readerOf(world);
      let { cursor } = await reader.read(null);
      const heldAfterMove = async (start: string, end: string) => {
        put(start, end);
        ({ cursor } = await reader.read(cursor));
        return reader.event('mover')?.start;
      };
      expect(await heldAfterMove('2026-04-01T00:00:00Z', '2026-04-01T01:00:00Z')).toBeUndefined();
      expect(await heldAfterMove('2026-03-31T23:59:00Z', '2026-04-01T00:59:00Z')).toEqual(
        new Date('2026-03-31T23:59:00Z'),
      );
      expect(await heldAfterMove('2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z')).toBeUndefined();
      expect(await heldAfterMove('2026-02-01T00:00:00Z', '2026-03-01T00:01:00Z')).toEqual(
        new Date('2026-02-01T00:00:00Z'),
      );
    }));
});

describe('where the clocks change', () => {
  const daily = (start: string, end: string): GoogleEventInput => ({
    start: { dateTime: start, timeZone: 'Europe/Berlin' },
    end: { dateTime: end, timeZone: 'Europe/Berlin' },
    recurrence: ['RRULE:FREQ=DAILY;COUNT=3'],
  });

  test.each([
    [
      'keeps its hour on the clock',
      daily('2026-03-28T09:00:00', '2026-03-28T09:30:00'),
      ['2026-03-28T08:00:00Z', '2026-03-29T07:00:00Z', '2026-03-30T07:00:00Z'],
    ],
    [
      'in the hour that is skipped takes place with the offset before',
      daily('2026-03-28T02:30:00', '2026-03-28T02:45:00'),
      ['2026-03-28T01:30:00Z', '2026-03-29T01:30:00Z', '2026-03-30T00:30:00Z'],
    ],
  ])('a series that %s', (_, series, starts) =>
    inGoogleWorld({}, async (world) => {
      world.simulator.putEvent(email, 'primary', series);
      const reader = await readerOf(world);
      await reader.read(null);
      const held = reader.held().map(({ start }) => start);
      expect(held.toSorted((a, b) => a.getTime() - b.getTime())).toEqual(
        starts.map((start) => new Date(start)),
      );
    }),
  );

  test('an event of the night of the switch lasts as long as it does, and one over both switches of a year too', () =>
    inGoogleWorld({}, async (world) => {
      const night = await heldAfter(world, at('2026-03-28T22:00:00+01:00', '2026-03-29T06:00:00+02:00'));
      expect(hoursOf(night)).toBe(7);
      const year = await heldAfter(world, at('2026-01-01T00:00:00+01:00', '2027-01-01T00:00:00+01:00'));
      expect(hoursOf(year)).toBe(365 * 24);
    }));
});

function hoursOf(event: { readonly start: Date; readonly end: Date } | undefined): number {
  return event === undefined ? 0 : (event.end.getTime() - event.start.getTime()) / 3_600_000;
}

describe('what makes no sense', () => {
  const answered = async (
    world: GoogleWorld,
    body: Readonly<Record<string, unknown>>,
  ): Promise<EventPage[]> => {
    const reader = await readerOf(world);
    const whole = { timeZone: 'Europe/Berlin', nextSyncToken: 'token', ...body };
    world.simulator.fault({
      match: { path: '/events$' },
      action: { type: 'status', status: 200, body: whole },
    });
    return (await reader.read(null)).pages;
  };
  const good = { id: 'good0', ...at('2026-03-10T09:00:00Z', '2026-03-10T10:00:00Z') };

  test('years beyond what can be written are named, one by one, beside neighbours that are kept', () =>
    inGoogleWorld({}, async (world) => {
      const items = [
        { id: 'fivedigits', ...at('12026-03-02T09:00:00Z', '12026-03-02T10:00:00Z') },
        { id: 'signed', ...at('+012026-03-02T09:00:00Z', '+012026-03-02T10:00:00Z') },
        { id: 'negative', ...at('-000001-03-02T09:00:00Z', '-000001-03-02T10:00:00Z') },
        { id: 'endlessday', ...onDays('2026-03-02', '10000-01-01') },
        { id: 'lastday', ...onDays('9999-12-31', '10000-01-01') },
        good,
      ];
      const [page] = await answered(world, { items });
      expect(page?.unreadable.map(({ providerEventId }) => providerEventId)).toEqual(
        items.slice(0, -1).map(({ id }) => id),
      );
      expect(page?.changes).toMatchObject([{ type: 'upsert', event: { providerEventId: 'good0' } }]);
    }));

  test('a zone that nobody knows neither sinks the page nor moves an event', () =>
    inGoogleWorld({}, async (world) => {
      const timeZone = 'Mars/Olympus';
      const start = { dateTime: '2026-03-10T09:00:00+01:00', timeZone };
      const items = [
        { id: 'offset', start, end: { dateTime: '2026-03-10T10:00:00+01:00', timeZone } },
        {
          id: 'clock',
          start: { dateTime: '2026-03-10T09:00:00', timeZone },
          end: { dateTime: '2026-03-10T10:00:00', timeZone },
        },
        { id: 'day', ...onDays('2026-03-10', '2026-03-11') },
      ];
      const [page] = await answered(world, { timeZone, items });
      expect(page?.unreadable).toEqual([]);
      // Of what the page leaves open, the zone that the list of calendars told decides.
      expect(page?.changes).toMatchObject([
        { event: { providerEventId: 'offset', start: new Date('2026-03-10T08:00:00Z') } },
        { event: { providerEventId: 'clock', start: new Date('2026-03-10T08:00:00Z') } },
        {
          event: { providerEventId: 'day', start: new Date('2026-03-09T23:00:00Z'), startDate: '2026-03-10' },
        },
      ]);
      expect(page?.cursor).toEqual(expect.any(String));
    }));

  test('an end before the start is moved to it, and the time of the start stands', () =>
    inGoogleWorld({}, async (world) => {
      const backwards = { id: 'backwards', ...at('2026-03-10T09:00:00Z', '2026-03-09T09:00:00Z') };
      const [page] = await answered(world, { items: [backwards, good] });
      const time = new Date('2026-03-10T09:00:00Z');
      expect(page?.changes).toMatchObject([{ event: { start: time, end: time } }, { type: 'upsert' }]);
    }));
});
