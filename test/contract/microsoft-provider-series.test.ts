import { describe, expect, it } from 'vitest';

import { windowAt, type SyncWindow } from '../../src/domain/sync.ts';
import { ianaZoneOf } from '../../src/domain/zone.ts';
import type { DeltaBehaviour, EventInput } from '../simulators/microsoft/index.ts';
import { createCopy, living } from './microsoft-copy.ts';
import { daily, email, inMicrosoftWorld, wallClock, type MicrosoftWorld } from './microsoft-world.ts';
import { connected, march } from './provider-harness.ts';

const berlin = 'W. Europe Standard Time';

/** 09:00 to 09:30 in Berlin, on as many days from the given one. */
const series = (startDate: string, days: number, id = 'series'): EventInput => ({
  id,
  subject: id,
  start: { dateTime: `${startDate}T09:00:00`, timeZone: berlin },
  end: { dateTime: `${startDate}T09:30:00`, timeZone: berlin },
  recurrence: daily(startDate, days),
});

/** A calendar of Ada's, and our copy of it. */
async function copied(world: MicrosoftWorld, told: { readonly tellsWhatIsHeld?: boolean } = {}) {
  const access = await connected(world);
  const calendarId = world.simulator.addCalendar(email, { name: 'Series' });
  const copy = createCopy(world, access, calendarId, told);
  return {
    ...copy,
    access,
    calendarId,
    put: (event: EventInput) => world.simulator.putEvent(email, calendarId, event),
    remove: (id: string) => world.simulator.deleteEvent(email, calendarId, id),
    cancel: (date: string) => world.simulator.cancelOccurrence(email, calendarId, 'series', date),
    move: (date: string, to: string) =>
      world.simulator.moveOccurrence(email, calendarId, 'series', date, {
        start: wallClock(`${to}T12:00:00Z`),
        end: wallClock(`${to}T13:00:00Z`),
      }),
    living: (window?: SyncWindow) => living(world, calendarId, window),
    another: () => createCopy(world, access, calendarId),
  };
}

type Copied = Awaited<ReturnType<typeof copied>>;

/** What happens to the series, and how many of its occurrences are in the window then. */
const histories: [string, (calendar: Copied) => unknown, number][] = [
  ['loses an occurrence', ({ cancel }) => cancel('2026-03-05'), 9],
  ['has an occurrence moved out of the window', ({ move }) => move('2026-03-05', '2026-04-20'), 9],
  ['has an occurrence moved into the window', ({ move }) => move('2026-02-26', '2026-03-20'), 11],
  [
    'has an occurrence moved out and back again',
    ({ move }) => [move('2026-03-05', '2026-04-20'), move('2026-03-05', '2026-03-06')],
    10,
  ],
  [
    'is put back to normal',
    ({ move, cancel, put }) => [
      move('2026-03-05', '2026-03-20'),
      cancel('2026-03-06'),
      put(series('2026-02-20', 19)),
    ],
    10,
  ],
  ['ends earlier', ({ put }) => put(series('2026-02-20', 12)), 3],
  ['ends before the window', ({ put }) => put(series('2026-02-20', 5)), 0],
  ['is deleted', ({ remove }) => remove('series'), 0],
  [
    'is deleted and made again',
    ({ remove, put }) => [remove('series'), put(series('2026-02-20', 12, 'again'))],
    3,
  ],
  [
    'is split in two',
    ({ put }) => [put(series('2026-02-20', 12)), put(series('2026-03-04', 7, 'second half'))],
    10,
  ],
  ['becomes a single event', ({ put }) => put({ ...series('2026-03-04', 1), recurrence: null }), 1],
  [
    'becomes a single event before the window',
    ({ put }) => put({ ...series('2026-02-20', 1), recurrence: null }),
    0,
  ],
  [
    'has nothing left in the window, of which one occurrence was cancelled and the others moved out (soak, seed 11)',
    ({ move, cancel }) => {
      cancel('2026-03-05');
      for (const day of ['01', '02', '03', '04', '06', '07', '08', '09', '10'])
        move(`2026-03-${day}`, '2026-04-20');
    },
    0,
  ],
  ['is called off', ({ put }) => put({ id: 'series', isCancelled: true }), 0],
];

describe.each<Partial<DeltaBehaviour>>([
  { masters: 'first' },
  { masters: 'omitted' },
  { masters: 'last', outsideMastersRemoved: true },
  { masters: 'first', outsideMastersRemoved: true, repeats: true, occurrenceTombstones: true },
])('an Outlook series that began before the window (%j)', (delta) => {
  it.each(histories)('and %s', (_, happens, left) =>
    inMicrosoftWorld({ delta }, async (world) => {
      const calendar = await copied(world);
      calendar.put(series('2026-02-20', 19));
      const { cursor } = await calendar.sync(null);
      expect(calendar.held()).toHaveLength(10);

      happens(calendar);
      await calendar.sync(cursor);
      expect(calendar.held()).toEqual(calendar.living());
      expect(calendar.held()).toHaveLength(left);

      const afresh = calendar.another();
      await afresh.sync(null);
      expect(afresh.contents()).toEqual(calendar.contents());
    }),
  );
});

describe('a removal that Graph tells of', () => {
  const delta = { outsideMastersRemoved: true };
  const gets = ({ simulator }: MicrosoftWorld) =>
    simulator.requests.filter(({ path }) => path.includes('/me/events/'));

  it('costs nothing for what was no series of ours, and two requests for one that lives on', () =>
    inMicrosoftWorld({ delta }, async (world) => {
      const calendar = await copied(world);
      calendar.put(series('2026-02-20', 19));
      const single = { start: wallClock('2026-03-10T09:00:00Z'), end: wallClock('2026-03-10T10:00:00Z') };
      for (let n = 0; n < 30; n += 1) calendar.put({ id: `single-${n}`, ...single });
      const { cursor } = await calendar.sync(null);
      for (let n = 0; n < 30; n += 1) calendar.remove(`single-${n}`);
      const removed = await calendar.sync(cursor);
      expect(removed.deleted).toBe(30);
      expect(gets(world)).toEqual([]);

      calendar.cancel('2026-03-05');
      expect(await calendar.sync(removed.cursor)).toMatchObject({ written: 0, deleted: 1 });
      expect(gets(world).map(({ path }) => path.replace(/.*\/me\/events\/[^/]+/, ''))).toEqual([
        '',
        '/instances',
      ]);
    }));
});

describe('the window over an Outlook series', () => {
  it('rolls: what lies beyond comes, what lies behind goes, and nothing else is written', () =>
    inMicrosoftWorld({}, async (world) => {
      const policy = { pastDays: 30, futureDays: 180 };
      const calendar = await copied(world);
      calendar.put(series('2005-01-01', 10_000));
      const [before, later] = ['2026-03-02', '2026-03-10'].map((day) => windowAt(new Date(day), policy));
      const first = await calendar.sync(null, before);
      expect(first).toMatchObject({ written: 217, deleted: 0 });
      expect(await calendar.sync(null, later)).toMatchObject({ written: 8, deleted: 8 });
      expect(calendar.held()).toEqual(calendar.living(later));
      expect(await calendar.sync(null, later)).toMatchObject({ written: 0, deleted: 0 });
    }));

  it('may be as wide as the configuration allows, and no wider than Graph does', () =>
    inMicrosoftWorld({}, async (world) => {
      const widest = windowAt(new Date('2026-03-02T23:59:59Z'), { pastDays: 730, futureDays: 730 });
      const calendar = await copied(world);
      calendar.put(series('2015-01-01', 10_000));
      await calendar.sync(null, widest);
      expect(calendar.held()).toHaveLength(1467);
      const tooWide = { start: widest.start, end: new Date(widest.start.getTime() + 1826 * 86_400_000) };
      await expect(calendar.sync(null, tooWide)).rejects.toMatchObject({ kind: 'refused' });
    }));

  it('holds what crosses its edges and leaves out what only touches them', () =>
    inMicrosoftWorld({}, async (world) => {
      const calendar = await copied(world);
      const utc = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });
      const spans: [string, string, string][] = [
        ['into it', '2026-02-20T00:00:00', '2026-03-01T00:00:01'],
        ['out of it', '2026-03-31T23:59:59', '2026-04-20T00:00:00'],
        ['over all of it', '2026-02-01T00:00:00', '2026-05-01T00:00:00'],
        ['of no length at its beginning', '2026-03-01T00:00:00', '2026-03-01T00:00:00'],
        ['up to it', '2026-02-28T23:00:00', '2026-03-01T00:00:00'],
        ['from its end on', '2026-04-01T00:00:00', '2026-04-01T01:00:00'],
      ];
      for (const [id, start, end] of spans)
        calendar.put({ id, subject: id, start: utc(start), end: utc(end) });
      await calendar.sync(null);
      const titles = calendar.events().map(({ title }) => title);
      expect(titles.toSorted()).toEqual(
        spans
          .slice(0, 4)
          .map(([id]) => id)
          .toSorted(),
      );
      expect(march.start).toEqual(new Date('2026-03-01T00:00:00Z'));
    }));
});

describe('an Outlook series over a change of the clocks', () => {
  const zones = [
    'W. Europe Standard Time',
    'Newfoundland Standard Time',
    'AUS Eastern Standard Time',
    'Lord Howe Standard Time',
    'Chatham Islands Standard Time',
    'Nepal Standard Time',
    'Europe/London',
  ];
  const seasons = ['2026-03-01', '2026-09-15'];
  const cases = zones.flatMap((zone) => seasons.map((from): [string, string] => [zone, from]));

  it.each(cases)('in %s keeps its hour and its days from %s on', (timeZone, from) =>
    inMicrosoftWorld({}, async (world) => {
      const calendar = await copied(world);
      const at = (time: string) => ({ dateTime: `${from}T${time}:00`, timeZone });
      const nextDay = new Date(Date.parse(from) + 86_400_000).toISOString().slice(0, 10);
      const recurrence = daily(from, 60);
      calendar.put({ id: 'timed', subject: 'timed', start: at('09:30'), end: at('10:15'), recurrence });
      const end = { dateTime: `${nextDay}T00:00:00`, timeZone };
      calendar.put({ id: 'days', subject: 'days', isAllDay: true, start: at('00:00'), end, recurrence });
      const start = new Date(Date.parse(from) - 86_400_000);
      const window = { start, end: new Date(start.getTime() + 90 * 86_400_000) };
      const { cursor } = await calendar.sync(null, window);

      const zone = ianaZoneOf(timeZone) ?? '';
      const clock = new Intl.DateTimeFormat('sv', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' });
      const shown = (title: string) =>
        calendar
          .events()
          .filter((event) => event.title === title)
          .map((event) => [clock.format(event.start), clock.format(event.end), event.startDate])
          .toSorted();
      const dates = Array.from({ length: 61 }, (_, day) =>
        new Date(Date.parse(from) + day * 86_400_000).toISOString().slice(0, 10),
      );
      expect(shown('timed')).toEqual(
        dates.slice(0, 60).map((date) => [`${date} 09:30`, `${date} 10:15`, undefined]),
      );
      expect(shown('days')).toEqual(
        dates.slice(0, 60).map((date, day) => [`${date} 00:00`, `${dates[day + 1]} 00:00`, date]),
      );

      // Read anew, all of them are what they were.
      calendar.put({ id: 'timed', isReminderOn: false });
      calendar.put({ id: 'days', isReminderOn: false });
      expect(await calendar.sync(cursor, window)).toMatchObject({ written: 0, deleted: 0 });
    }),
  );
});
