import { describe, expect } from 'vitest';

import { busyIntervals, usualPolicy } from '../../src/domain/blocking.ts';
import type { FailureCode, ProviderErrorKind } from '../../src/domain/failure.ts';
import type { Interval } from '../../src/domain/interval.ts';
import type { ProviderId } from '../../src/domain/provider-id.ts';
import type { FreeBusyCalendar, FreeBusyDetail } from '../../src/providers/free-busy.ts';
import { badDays } from './provider-failures-suite.ts';
import { connected, march, type Entry, type ProviderTest, type ProviderWorld } from './provider-harness.ts';

const meeting: Entry = { title: 'Interview', start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' };
const at = (from: string, to: string, more: Partial<Entry> = {}): Entry => ({
  title: 'Busy',
  start: `2026-03-10T${from}:00Z`,
  end: `2026-03-10T${to}:00Z`,
  ...more,
});

/** Asks about the user's calendars as they are by now. */
export async function askerOf(world: ProviderWorld) {
  const access = await connected(world);
  const { provider } = world;
  const calendarsNow = async (): Promise<FreeBusyCalendar[]> => provider.listCalendars(access);
  const [own] = await calendarsNow();
  if (own === undefined) throw new Error('the user has no calendar');
  const ask = (detail: FreeBusyDetail, calendars: readonly FreeBusyCalendar[] = [own], range = march) =>
    provider.freeBusy(access, { calendars, range, detail });
  return {
    access,
    own,
    ask,
    calendarsNow,
    /** When the own calendar is busy under the usual policy. */
    busy: async (detail: FreeBusyDetail, range: Interval = march) =>
      busyIn(await ask(detail, [own], range), own.providerCalendarId, range),
  };
}

export function busyIn(
  answers: Awaited<ReturnType<ProviderWorld['provider']['freeBusy']>>,
  providerCalendarId: string,
  range: Interval = march,
): string[] {
  const answer = answers.get(providerCalendarId);
  if (answer === undefined || 'failure' in answer) throw new Error(answer?.failure.message ?? 'no answer');
  return busyIntervals(answer.blocks, range, usualPolicy).map(
    ({ start, end }) => `${start.toISOString().slice(0, 16)}/${end.toISOString().slice(0, 16)}`,
  );
}

const pathOf = ({ paths }: ProviderWorld, detail: FreeBusyDetail): string =>
  detail === 'times' ? paths.busyTimes : paths.entriesNow;

const codes: Partial<Record<ProviderErrorKind, FailureCode>> = {
  throttled: 'throttled',
  unavailable: 'provider_unavailable',
  malformed: 'malformed_answer',
};

export function describeFreeBusy(id: ProviderId, test: ProviderTest): void {
  for (const detail of ['times', 'events'] as const) {
    describe(`free/busy of ${id} (${detail})`, () => {
      test('is busy with what blocks time, and with nothing else', async ({ world }) => {
        world.put(at('08:00', '09:00'));
        world.put(at('10:00', '11:00', { shows: 'tentative' }));
        world.put(at('12:00', '13:00', { shows: 'out_of_office' }));
        world.put(at('14:00', '15:00', { private: true }));
        world.put(at('16:00', '17:00', { shows: 'free' }));
        world.put(at('18:00', '19:00', { declined: true }));
        const { busy } = await askerOf(world);
        expect(await busy(detail)).toEqual([
          '2026-03-10T08:00/2026-03-10T09:00',
          '2026-03-10T10:00/2026-03-10T11:00',
          '2026-03-10T12:00/2026-03-10T13:00',
          '2026-03-10T14:00/2026-03-10T15:00',
        ]);
      });

      test('has days begin and end at midnight of the calendar’s zone, also when clocks change', async ({
        world,
      }) => {
        world.put({ title: 'Holiday', start: '2026-03-29', end: '2026-03-31', allDay: true });
        const { busy } = await askerOf(world);
        expect(await busy(detail)).toEqual(['2026-03-28T23:00/2026-03-30T22:00']);
      });

      test('has a day of which the range holds the first hour only', async ({ world }) => {
        world.put({ title: 'Holiday', start: '2026-03-10', end: '2026-03-11', allDay: true });
        const { busy } = await askerOf(world);
        const range = { start: new Date('2026-03-09T22:00:00Z'), end: new Date('2026-03-10T00:00:00Z') };
        expect(await busy(detail, range)).toEqual(['2026-03-09T23:00/2026-03-10T00:00']);
      });

      test('has the occurrences of a series where they are by now', async ({ world }) => {
        const series = world.put({
          title: 'Stand-up',
          start: '2026-03-27T08:00:00Z',
          end: '2026-03-27T08:15:00Z',
          daily: 4,
        });
        world.moveOccurrence(series, '2026-03-28T08:00:00Z', '2026-03-28T13:00:00Z', '2026-03-28T13:15:00Z');
        world.cancelOccurrence(series, '2026-03-29T07:00:00Z');
        const { busy } = await askerOf(world);
        expect(await busy(detail)).toEqual([
          '2026-03-27T08:00/2026-03-27T08:15',
          '2026-03-28T13:00/2026-03-28T13:15',
          '2026-03-30T07:00/2026-03-30T07:15',
        ]);
      });

      test('holds what reaches into the range, and nothing that only touches it', async ({ world }) => {
        for (const entry of [at('08:00', '09:00'), at('09:30', '10:30'), at('11:30', '12:30')])
          world.put(entry);
        world.put(at('12:30', '13:00'));
        const { busy } = await askerOf(world);
        const range = { start: new Date('2026-03-10T09:00:00Z'), end: new Date('2026-03-10T12:00:00Z') };
        expect(await busy(detail, range)).toEqual([
          '2026-03-10T09:30/2026-03-10T10:30',
          '2026-03-10T11:30/2026-03-10T12:00',
        ]);
      });

      test('holds all entries, however many pages they make', async ({ world }) => {
        const count = 2 * world.pageSize + 1;
        for (let n = 0; n < count; n += 1) {
          const start = new Date(Date.parse('2026-03-02T00:00:00Z') + n * 3_600_000);
          const end = new Date(start.getTime() + 1_800_000);
          world.put({ title: `Busy ${n}`, start: start.toISOString(), end: end.toISOString() });
        }
        const { busy } = await askerOf(world);
        expect(await busy(detail)).toHaveLength(count);
      });

      test('covers ranges that are longer than a call allows, to their ends', async ({ world }) => {
        world.put({ ...meeting, start: '2026-01-02T09:00:00Z', end: '2026-01-02T10:00:00Z' });
        world.put({ ...meeting, start: '2026-05-31T22:00:00Z', end: '2026-06-01T01:00:00Z' });
        world.put({ ...meeting, start: '2026-12-30T09:00:00Z', end: '2026-12-30T10:00:00Z' });
        const { busy } = await askerOf(world);
        const range = { start: new Date('2026-01-01T00:00:00Z'), end: new Date('2027-01-01T00:00:00Z') };
        expect(await busy(detail, range)).toEqual([
          '2026-01-02T09:00/2026-01-02T10:00',
          '2026-05-31T22:00/2026-06-01T01:00',
          '2026-12-30T09:00/2026-12-30T10:00',
        ]);
      });

      test('answers for each of more calendars than a call takes', async ({ world }) => {
        for (let n = 0; n < 55; n += 1) world.putElsewhere(`Calendar ${n}`, meeting);
        const { ask, own, calendarsNow } = await askerOf(world);
        const calendars = await calendarsNow();
        expect(calendars).toHaveLength(56);
        const answers = await ask(detail, calendars);
        expect([...answers.keys()].toSorted()).toEqual(
          calendars.map(({ providerCalendarId }) => providerCalendarId).toSorted(),
        );
        for (const { providerCalendarId } of calendars) {
          const expected = providerCalendarId === own.providerCalendarId ? 0 : 1;
          expect(busyIn(answers, providerCalendarId)).toHaveLength(expected);
        }
      });

      test('fails for a calendar that the vendor does not know, and for no other', async ({ world }) => {
        world.put(meeting);
        const { ask, own } = await askerOf(world);
        const gone = { providerCalendarId: 'gone@calendars.example', primary: false };
        const answers = await ask(detail, [gone, own]);
        expect(answers.get(gone.providerCalendarId)).toEqual({
          failure: expect.objectContaining({ code: 'calendar_unreachable' }),
        });
        expect(busyIn(answers, own.providerCalendarId)).toHaveLength(1);
      });

      for (const day of badDays) {
        test(`(${day.name}) fails for the calendar and mends by itself`, async ({ world }) => {
          world.put(meeting);
          const { ask, own, busy } = await askerOf(world);
          world.simulator.fault({ match: { path: pathOf(world, detail) }, action: day.action });
          const answers = await ask(detail);
          expect([...answers]).toEqual([
            [own.providerCalendarId, { failure: expect.objectContaining({ code: codes[day.kind] }) }],
          ]);
          expect(await busy(detail)).toHaveLength(1);
        });
      }

      test('throws that the access is refused, which is no calendar’s fault', async ({ world }) => {
        const { ask } = await askerOf(world);
        world.expireAccessTokens();
        await expect(ask(detail)).rejects.toMatchObject({ name: 'ProviderError', kind: 'reconnect_needed' });
      });

      test('that is interrupted throws the reason', async ({ world }) => {
        const { access, own } = await askerOf(world);
        const reason = new Error('nobody waits any more');
        const abort = new AbortController();
        world.simulator.fault({ match: { path: pathOf(world, detail) }, action: { type: 'stall' } });
        const before = world.simulator.requests.length;
        const asking = world.provider
          .freeBusy({ ...access, signal: abort.signal }, { calendars: [own], range: march, detail })
          .catch((error: unknown) => error);
        await expect.poll(() => world.simulator.requests.length).toBe(before + 1);
        abort.abort(reason);
        expect(await asking).toBe(reason);
      });
    });
  }

  describe(`free/busy of ${id}`, () => {
    test('of the own calendar takes one request, and nothing is told of what keeps the user busy', async ({
      world,
    }) => {
      world.put(meeting);
      const { ask, own } = await askerOf(world);
      const before = world.simulator.requests.length;
      const answers = await ask('times');
      expect(world.simulator.requests.slice(before)).toHaveLength(1);
      expect(answers.get(own.providerCalendarId)).toEqual({
        blocks: [
          {
            start: new Date(meeting.start),
            end: new Date(meeting.end),
            busy: 'busy',
            kind: 'default',
            response: 'none',
            allDay: false,
            visibility: 'default',
          },
        ],
      });
    });

    test('fails for a calendar that breaks, with no busy time of it, and for no other', async ({ world }) => {
      world.put(meeting);
      const broken = world.putElsewhere('Broken', meeting);
      const { ask, own, calendarsNow } = await askerOf(world);
      const calendars = await calendarsNow();
      world.breakCalendar(broken);
      const answers = await ask('times', calendars);
      expect(Object.keys(answers.get(broken) ?? {})).toEqual(['failure']);
      expect(busyIn(answers, own.providerCalendarId)).toHaveLength(1);
    });

    test('with entries tells by what an interview of ours is known', async ({ world }) => {
      const eventId = world.put(at('14:00', '15:00', { private: true }));
      const { ask, own } = await askerOf(world);
      expect((await ask('events')).get(own.providerCalendarId)).toMatchObject({
        blocks: [{ providerEventId: eventId, iCalUID: expect.any(String) as string, visibility: 'private' }],
      });
    });

    test('with an entry that cannot be read fails: it may be the one that matters', async ({ world }) => {
      const { ask, own } = await askerOf(world);
      const { body } = world.halfReadable;
      const action = { type: 'status', status: 200, body } as const;
      world.simulator.fault({ match: { path: world.paths.entriesNow }, action });
      expect((await ask('events')).get(own.providerCalendarId)).toEqual({
        failure: expect.objectContaining({ code: 'malformed_answer' }),
      });
    });

    test('asks nobody about no calendar', async ({ world }) => {
      const { ask } = await askerOf(world);
      const before = world.simulator.requests.length;
      for (const detail of ['times', 'events'] as const) expect((await ask(detail, [])).size).toBe(0);
      expect(world.simulator.requests).toHaveLength(before);
    });
  });
}
