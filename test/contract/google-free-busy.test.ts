import { describe, expect, test } from 'vitest';

import { email, inGoogleWorld, type GoogleWorld } from './google-world.ts';
import { march } from './provider-harness.ts';
import { askerOf, busyIn } from './provider-free-busy-suite.ts';

const meeting = { title: 'Interview', start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' };
const path = '/freeBusy$';

const queries = ({ simulator }: GoogleWorld) =>
  simulator.requests.filter((request) => request.path.endsWith('/freeBusy'));
const saying = (body: unknown) => ({
  match: { path },
  action: { type: 'status', status: 200, body } as const,
});

describe('free/busy of Google', () => {
  test.each(['notFound', 'internalError', 'groupTooBig', 'tooManyCalendarsRequested'] as const)(
    'google trap 23: a success that holds %s for one calendar leaves that one unknown, and the other as it is',
    (reason) =>
      inGoogleWorld({}, async (world) => {
        const team = world.putElsewhere('Team', meeting);
        world.put(meeting);
        const { ask, own, calendarsNow } = await askerOf(world);
        world.simulator.failFreeBusy(team, reason);
        const answers = await ask('times', await calendarsNow());
        const code = { notFound: 'calendar_unreachable', internalError: 'provider_unavailable' }[
          reason as string
        ];
        expect(answers.get(team)).toEqual({
          failure: expect.objectContaining({
            code: code ?? 'provider_refused',
            message: `Google answered freebusy.query with ${reason} for calendar ${team}`,
          }),
        });
        expect(busyIn(answers, own.providerCalendarId)).toHaveLength(1);
        expect(queries(world)).toHaveLength(1);
      }),
  );

  test('asks for fifty calendars at a time, and about no span that is too long', () =>
    inGoogleWorld({}, async (world) => {
      for (let n = 0; n < 50; n += 1) world.putElsewhere(`Calendar ${n}`, meeting);
      const { ask, calendarsNow } = await askerOf(world);
      const range = { start: march.start, end: new Date(march.start.getTime() + 94 * 86_400_000) };
      await ask('times', await calendarsNow(), range);
      const bodies = queries(world).map(({ body }) => JSON.parse(body) as { items: []; timeMin: string });
      expect(bodies.map(({ items, timeMin }) => [items.length, timeMin.slice(0, 10)])).toEqual([
        [50, '2026-03-01'],
        [50, '2026-04-30'],
        [1, '2026-03-01'],
        [1, '2026-04-30'],
      ]);
    }));

  test('asks about the halves of a span that Google finds too long', () =>
    inGoogleWorld({}, async (world) => {
      world.put(meeting);
      world.put({ ...meeting, start: '2026-03-30T09:00:00Z', end: '2026-03-30T10:00:00Z' });
      const { busy } = await askerOf(world);
      const body = { error: { code: 400, errors: [{ domain: 'calendar', reason: 'timeRangeTooLong' }] } };
      world.simulator.fault({ match: { path }, times: 2, action: { type: 'status', status: 400, body } });
      expect(await busy('times')).toHaveLength(2);
      expect(queries(world)).toHaveLength(5);
    }));

  test('fails where Google finds even a day too long', () =>
    inGoogleWorld({}, async (world) => {
      const { ask } = await askerOf(world);
      const body = { error: { code: 400, errors: [{ domain: 'calendar', reason: 'timeRangeTooLong' }] } };
      world.simulator.fault({ match: { path }, times: 99, action: { type: 'status', status: 400, body } });
      expect((await ask('times')).get(email)).toMatchObject({ failure: { code: 'provider_refused' } });
    }));

  test.each([
    ['leaves the calendar out', {}],
    ['has it without busy times', { [email]: {} }],
    ['has busy times that are no list', { [email]: { busy: 'often' } }],
    ['has a busy time without an end', { [email]: { busy: [{ start: '2026-03-10T09:00:00Z' }] } }],
    ['has a busy time that is none', { [email]: { busy: [{ start: 'soon', end: 'later' }] } }],
    ['has something else in its place', { [email]: 'free' }],
  ])('that %s is malformed and nobody is free by it', (_, calendars) =>
    inGoogleWorld({}, async (world) => {
      const { ask } = await askerOf(world);
      world.simulator.fault(saying({ kind: 'calendar#freeBusy', calendars }));
      expect((await ask('times')).get(email)).toEqual({
        failure: expect.objectContaining({ code: 'malformed_answer' }),
      });
    }),
  );

  test('that has busy times beside an error has failed all the same', () =>
    inGoogleWorld({}, async (world) => {
      const { ask } = await askerOf(world);
      const busy = [{ start: meeting.start, end: meeting.end }];
      const errors = [{ domain: 'global', reason: 'someday <b>new</b>' }];
      world.simulator.fault(saying({ calendars: { [email]: { busy, errors } } }));
      const answer = (await ask('times')).get(email);
      expect(answer).toMatchObject({ failure: { code: 'provider_refused' } });
      expect(JSON.stringify(answer)).not.toContain('<b>');
    }));

  test('with entries holds a kind that only they tell', () =>
    inGoogleWorld({}, async (world) => {
      world.simulator.putEvent(email, 'primary', {
        summary: 'Thinking',
        eventType: 'focusTime',
        start: { dateTime: '2026-03-10T09:00:00Z' },
        end: { dateTime: '2026-03-10T10:00:00Z' },
      });
      const { ask } = await askerOf(world);
      expect((await ask('events')).get(email)).toMatchObject({ blocks: [{ kind: 'focus_time' }] });
    }));
});
