import { describe, expect, test } from 'vitest';

import { PERSONAL_TENANT, type MicrosoftSimulatorOptions } from '../simulators/microsoft/index.ts';
import { email, inMicrosoftWorld, type MicrosoftWorld } from './microsoft-world.ts';
import { askerOf, busyIn } from './provider-free-busy-suite.ts';
import { march, now } from './provider-harness.ts';

const meeting = { title: 'Interview', start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' };
const busyMeeting = '2026-03-10T09:00/2026-03-10T10:00';
const path = '/getSchedule$';

const asked = ({ simulator }: MicrosoftWorld) =>
  simulator.requests
    .map((request) => request.path.split('/').at(-1))
    .filter((name) => name === 'getSchedule' || name === 'calendarView');

type ScheduleBehaviour = NonNullable<
  NonNullable<Parameters<MicrosoftWorld['simulator']['setBehaviour']>[0]>['schedule']
>;
const inWorld = (schedule: ScheduleBehaviour, run: (world: MicrosoftWorld) => Promise<void>) =>
  inMicrosoftWorld({ now: () => now } satisfies MicrosoftSimulatorOptions, (world) => {
    world.simulator.setBehaviour({ schedule });
    return run(world);
  });

describe('free/busy of Microsoft', () => {
  test('asks for the schedule of the account’s own address, in UTC', () =>
    inWorld({}, async (world) => {
      world.put(meeting);
      const { busy } = await askerOf(world);
      expect(await busy('times')).toEqual([busyMeeting]);
      expect(asked(world)).toEqual(['getSchedule']);
      const { body } = world.simulator.requests.at(-1) ?? {};
      expect(JSON.parse(body ?? '')).toMatchObject({ Schedules: [email], StartTime: { timeZone: 'UTC' } });
    }));

  test.each(['midnights', 'instants'] as const)(
    'has a day where it is in the calendar’s zone, if schedules write days as %s',
    (days) =>
      inWorld({ days }, async (world) => {
        world.put({ title: 'Holiday', start: '2026-03-10', end: '2026-03-11', allDay: true });
        const { busy } = await askerOf(world);
        expect(await busy('times')).toEqual(['2026-03-09T23:00/2026-03-10T23:00']);
        // Only what may be a day makes it look into the calendar.
        expect(asked(world)).toEqual(
          days === 'midnights' ? ['getSchedule', 'calendarView'] : ['getSchedule'],
        );
      }),
  );

  test('asks about less than 62 days at a time', () =>
    inWorld({}, async (world) => {
      world.put({ ...meeting, start: '2026-05-30T09:00:00Z', end: '2026-05-30T10:00:00Z' });
      const { busy } = await askerOf(world);
      const range = { start: march.start, end: new Date(march.start.getTime() + 94 * 86_400_000) };
      expect(await busy('times', range)).toEqual(['2026-05-30T09:00/2026-05-30T10:00']);
      expect(asked(world)).toEqual(['getSchedule', 'getSchedule']);
    }));

  test('reads other calendars than the primary one by their views', () =>
    inWorld({}, async (world) => {
      const team = world.putElsewhere('Team', meeting);
      const { ask, calendarsNow } = await askerOf(world);
      const answers = await ask('times', await calendarsNow());
      expect(busyIn(answers, team)).toEqual([busyMeeting]);
      expect(asked(world).toSorted()).toEqual(['calendarView', 'getSchedule']);
    }));

  test('reads the calendars of a personal account by their views, and asks for no schedule', () =>
    inWorld({}, async (world) => {
      world.put(meeting);
      const { access, own } = await askerOf(world);
      const personal = { ...access, accountId: `00000000-0000-0000-0000-000000000001.${PERSONAL_TENANT}` };
      const query = { calendars: [own], range: march, detail: 'times' } as const;
      const answers = await world.provider.freeBusy(personal, query);
      expect(busyIn(answers, own.providerCalendarId)).toEqual([busyMeeting]);
      expect(asked(world)).toEqual(['calendarView']);
    }));

  const item = {
    status: 'busy',
    start: { dateTime: '2026-03-11T09:00:00.0000000', timeZone: 'UTC' },
    end: { dateTime: '2026-03-11T10:00:00.0000000', timeZone: 'UTC' },
  };
  const free = { scheduleId: email, availabilityView: '0', scheduleItems: [] };
  test.each([
    [
      'an error in its item, inside a success',
      200,
      [{ ...free, error: { responseCode: 'ErrorMailRecipientNotFound' } }],
    ],
    ['no schedule', 200, []],
    ['two', 200, [free, free]],
    ['a schedule without items', 200, [{ ...free, scheduleItems: undefined }]],
    ['no items, and a view that shows some', 200, [{ ...free, availabilityView: '00200' }]],
    [
      'an item in another zone than asked for',
      200,
      [{ ...free, scheduleItems: [{ ...item, end: { ...item.end, timeZone: 'Pacific Standard Time' } }] }],
    ],
    ['an item that cannot be read', 200, [{ ...free, scheduleItems: [{ ...item, end: undefined }] }]],
    ['a refusal', 403, undefined],
  ])('looks into the calendar where Graph answers with %s', (_, status, value) =>
    inWorld({}, async (world) => {
      world.put(meeting);
      const { busy } = await askerOf(world);
      const body =
        status === 200 ? { value } : { error: { code: 'ErrorAccessDenied', message: 'Access is denied.' } };
      world.simulator.fault({ match: { path }, action: { type: 'status', status, body } });
      expect(await busy('times')).toEqual([busyMeeting]);
      expect(asked(world)).toEqual(['getSchedule', 'calendarView']);
    }),
  );

  test('that is no collection is malformed', () =>
    inWorld({}, async (world) => {
      const { ask, own } = await askerOf(world);
      world.simulator.fault({
        match: { path },
        action: { type: 'status', status: 200, body: { value: 'free' } },
      });
      expect((await ask('times')).get(own.providerCalendarId)).toMatchObject({
        failure: { code: 'malformed_answer' },
      });
    }));

  test.each([
    ['free', 'free'],
    ['Tentative', 'tentative'],
    ['Busy', 'busy'],
    ['OOF', 'out_of_office'],
    ['WorkingElsewhere', 'working_elsewhere'],
  ])('reads the status %s, in whatever case, as %s', (status, kind) =>
    inWorld({}, async (world) => {
      const { ask, own } = await askerOf(world);
      const body = { value: [{ ...free, scheduleItems: [{ ...item, status }] }] };
      world.simulator.fault({ match: { path }, action: { type: 'status', status: 200, body } });
      expect((await ask('times')).get(own.providerCalendarId)).toMatchObject({ blocks: [{ busy: kind }] });
    }),
  );

  test('takes an item whose status nobody knows for busy', () =>
    inWorld({}, async (world) => {
      const { busy } = await askerOf(world);
      const body = {
        value: [{ ...free, availabilityView: '2', scheduleItems: [{ ...item, status: 'Vacationing' }] }],
      };
      world.simulator.fault({ match: { path }, action: { type: 'status', status: 200, body } });
      expect(await busy('times')).toEqual(['2026-03-11T09:00/2026-03-11T10:00']);
    }));

  test('with entries knows an event by the name of its transaction', () =>
    inWorld({}, async (world) => {
      world.simulator.putEvent(email, 'default', {
        subject: 'Interview',
        transactionId: 'key-of-ours',
        start: { dateTime: '2026-03-10T09:00:00', timeZone: 'UTC' },
        end: { dateTime: '2026-03-10T10:00:00', timeZone: 'UTC' },
      });
      const { ask, own } = await askerOf(world);
      const answer = (await ask('events')).get(own.providerCalendarId);
      expect(answer).toMatchObject({ blocks: [{ clientKey: 'key-of-ours' }] });
    }));

  test('reads no more than three calendars of a mailbox at the same time', () =>
    inWorld({}, async (world) => {
      world.simulator.setBehaviour({ limits: { concurrency: 3, latencyMs: 30 } });
      for (let n = 0; n < 8; n += 1) world.putElsewhere(`Calendar ${n}`, meeting);
      const { ask, calendarsNow } = await askerOf(world);
      const answers = await ask('events', await calendarsNow());
      expect([...answers.values()].filter((answer) => 'failure' in answer)).toEqual([]);
      expect(answers.size).toBe(9);
    }));
});
