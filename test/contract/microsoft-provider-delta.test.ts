import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { contentOf, type CalendarEvent } from '../../src/domain/event.ts';
import type { EventPage } from '../../src/providers/provider.ts';
import type { DeltaBehaviour } from '../simulators/microsoft/index.ts';
import { createCopy, living } from './microsoft-copy.ts';
import { applyStep, steps } from './microsoft-edits.ts';
import { daily, email, inMicrosoftWorld, pageSize, wallClock } from './microsoft-world.ts';
import { connected, march } from './provider-harness.ts';
import { queryOf, readerOf } from './provider-listing-suite.ts';

const meeting = { title: 'Interview', start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' };
const standup = { title: 'Stand-up', start: '2026-03-16T08:00:00Z', end: '2026-03-16T08:15:00Z', daily: 5 };

const eventsOf = (pages: readonly EventPage[]): CalendarEvent[] =>
  pages.flatMap(({ changes }) =>
    changes.flatMap((change) => {
      if (change.type === 'upsert') return [change.event];
      return change.type === 'series' ? change.events : [];
    }),
  );

describe('an Outlook series', () => {
  it.each(['first', 'last', 'omitted'] as const)(
    'gives its thin occurrences all that it is, where masters come %s',
    (masters) =>
      inMicrosoftWorld({ delta: { masters } }, async (world) => {
        const series = world.simulator.putEvent(email, 'default', {
          subject: 'Stand-up',
          start: wallClock('2026-03-16T08:00:00Z'),
          end: wallClock('2026-03-16T08:15:00Z'),
          showAs: 'oof',
          location: { displayName: 'Room 7' },
          recurrence: daily('2026-03-16', 5),
        });
        const { pages } = await (await readerOf(world)).read(null);
        expect(eventsOf(pages)).toHaveLength(5);
        for (const event of eventsOf(pages)) {
          expect(event).toMatchObject({
            title: 'Stand-up',
            location: 'Room 7',
            busy: 'out_of_office',
            startTimeZone: 'Europe/Berlin',
            recurringEventId: series.id,
            originalStart: event.start,
          });
        }
      }),
  );

  it('whose master is left out is asked for once, however many occurrences it has', () =>
    inMicrosoftWorld({ delta: { masters: 'omitted' } }, async (world) => {
      world.put(standup);
      await (await readerOf(world)).read(null);
      const asked = world.simulator.requests.filter(({ path }) => path.includes('/me/events/'));
      expect(asked).toHaveLength(1);
    }));

  it('is the same event by event whether it was listed in full or read anew', () =>
    inMicrosoftWorld({}, async (world) => {
      const series = world.put(standup);
      world.moveOccurrence(series, '2026-03-17T08:00:00Z', '2026-03-17T13:00:00Z', '2026-03-17T13:15:00Z');
      const { read } = await readerOf(world);
      const full = await read(null);
      // A change that leaves everything as it was.
      world.put({ ...standup, title: 'Another' }, series);
      world.put(standup, series);
      world.moveOccurrence(series, '2026-03-17T08:00:00Z', '2026-03-17T13:00:00Z', '2026-03-17T13:15:00Z');
      const again = await read(full.cursor);
      const plain = (pages: readonly EventPage[]) =>
        eventsOf(pages)
          .filter(({ etag }) => etag === undefined)
          .map(contentOf)
          .toSorted();
      expect(plain(again.pages)).toEqual(plain(full.pages));
      expect(plain(again.pages)).toHaveLength(4);
    }));

  it('of which an occurrence was cancelled comes anew as one whole, without it', () =>
    inMicrosoftWorld({}, async (world) => {
      const series = world.put(standup);
      const { read } = await readerOf(world);
      const { cursor } = await read(null);
      world.cancelOccurrence(series, '2026-03-18T08:00:00Z');
      const { changes } = await read(cursor);
      const whole = changes.filter((change) => change.type === 'series');
      expect(whole).toMatchObject([{ recurringEventId: series }]);
      expect(
        whole.flatMap(({ events }) => events.map(({ start }) => start.toISOString().slice(8, 10))),
      ).toEqual(['16', '17', '19', '20']);
    }));

  it('that was deleted after one of its occurrences was moved is gone', () =>
    inMicrosoftWorld({}, async (world) => {
      const series = world.put(standup);
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      world.moveOccurrence(series, '2026-03-17T08:00:00Z', '2026-03-17T13:00:00Z', '2026-03-17T13:15:00Z');
      world.remove(series);
      await reader.read(cursor);
      expect(reader.held()).toEqual([]);
    }));

  it('of which a single event was made, and the other way round, leaves nothing of itself', () =>
    inMicrosoftWorld({}, async (world) => {
      const [series, single] = [world.put(standup), world.put(meeting)];
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      world.simulator.putEvent(email, 'default', { id: series, recurrence: null });
      world.simulator.putEvent(email, 'default', { id: single, recurrence: daily('2026-03-10', 3) });
      await reader.read(cursor);
      expect(reader.held()).toHaveLength(4);
      expect(
        reader
          .held()
          .map(({ start, end }) => [start, end])
          .toSorted(),
      ).toEqual(
        world
          .truth(march)
          .map(({ start, end }) => [start, end])
          .toSorted(),
      );
    }));
});

describe('a round of Outlook’s delta', () => {
  it('goes on after empty pages', () =>
    inMicrosoftWorld({ delta: { emptyPages: true } }, async (world) => {
      for (let n = 0; n <= pageSize; n += 1) world.put({ ...meeting, title: `Interview ${n}` });
      const reader = await readerOf(world);
      const { pages } = await reader.read(null);
      expect(pages.map(({ changes }) => changes.length)).toEqual([0, pageSize, 0, 1]);
      expect(reader.held()).toHaveLength(pageSize + 1);
    }));

  it('tells of removals of what was never in the window', () =>
    inMicrosoftWorld({}, async (world) => {
      const outside = world.put({ ...meeting, start: '2026-07-10T09:00:00Z', end: '2026-07-10T10:00:00Z' });
      world.put(meeting);
      const reader = await readerOf(world);
      const { cursor } = await reader.read(null);
      world.remove(outside);
      await reader.read(cursor);
      expect(reader.held()).toHaveLength(1);
    }));

  it.each(['syncStateNotFound', 'SyncStateInvalid', 'RESYNCREQUIRED'])(
    'whose cursor died of %s starts afresh',
    (expiredCode) =>
      inMicrosoftWorld({ delta: { expiredCode } }, async (world) => {
        const { read } = await readerOf(world);
        const { cursor } = await read(null);
        world.expireCursors();
        await expect(read(cursor)).rejects.toMatchObject({ kind: 'cursor_expired' });
      }),
  );

  it('whose next page has died starts afresh', () =>
    inMicrosoftWorld({}, async (world) => {
      for (let n = 0; n <= pageSize; n += 1) world.put({ ...meeting, title: `Interview ${n}` });
      const access = await connected(world);
      const pages = world.provider.listEvents(access, await queryOf(world, access))[Symbol.asyncIterator]();
      await pages.next();
      world.expireCursors();
      await expect(pages.next()).rejects.toMatchObject({ kind: 'cursor_expired' });
    }));

  it('takes back what it named and what vanished before its end', () =>
    inMicrosoftWorld({ delta: { repeats: true } }, async (world) => {
      const ids: string[] = [];
      for (let n = 0; n <= pageSize; n += 1) ids.push(world.put({ ...meeting, title: `Interview ${n}` }));
      const access = await connected(world);
      const given: EventPage[] = [];
      for await (const page of world.provider.listEvents(access, await queryOf(world, access))) {
        given.push(page);
        if (given.length === 1) world.remove(ids[0] ?? '');
      }
      expect(given.flatMap(({ changes }) => changes.filter(({ type }) => type === 'delete'))).toEqual([
        { type: 'delete', providerEventId: ids[0] },
      ]);
    }));
});

describe('our copy of an Outlook calendar', () => {
  const histories = fc.array(steps, { minLength: 4, maxLength: 30 });
  const behaviours = fc.record<Partial<DeltaBehaviour>>({
    masters: fc.constantFrom('first', 'last', 'omitted'),
    repeats: fc.boolean(),
    shuffleSeed: fc.option(fc.nat()),
    pageSizeLimit: fc.constantFrom(1, 2, 5, 1000),
    emptyPages: fc.boolean(),
    outsideMastersRemoved: fc.boolean(),
    occurrenceTombstones: fc.boolean(),
  });

  it('ends in the vendor’s state, whatever happens in whatever order, and a full listing then changes nothing', () =>
    inMicrosoftWorld({}, async (world) => {
      const access = await connected(world);
      await fc.assert(
        fc.asyncProperty(behaviours, fc.boolean(), histories, async (behaviour, tellsWhatIsHeld, history) => {
          world.simulator.setDeltaBehaviour(behaviour);
          const calendarId = world.simulator.addCalendar(email, { name: 'Random' });
          const copy = createCopy(world, access, calendarId, { tellsWhatIsHeld });
          let { cursor } = await copy.sync(null);
          for (const step of history) {
            if (step.type === 'sync') ({ cursor } = await copy.sync(cursor));
            else applyStep(world, calendarId, step);
          }
          await copy.sync(cursor);
          expect(copy.held()).toEqual(living(world, calendarId));

          const fresh = createCopy(world, access, calendarId);
          await fresh.sync(null);
          expect(fresh.contents()).toEqual(copy.contents());
        }),
        { numRuns: 60 },
      );
    }));
});
