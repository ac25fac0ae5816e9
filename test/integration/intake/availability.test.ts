import { describe, expect, it } from 'vitest';
import type { CalendarEvent } from '../../../src/domain/event.ts';
import type { Interval } from '../../../src/domain/interval.ts';
import { slotInterviewId } from '../../../src/domain/hold.ts';
import { objectIds } from '../../../src/store/object-id.ts';
import { anEvent, connectedAccount, minutesLater, testNow } from '../../support/builders.ts';
import { aHold } from '../store/holds-world.ts';
import { aWish } from '../store/interviews-world.ts';
import { ownIntake } from './own-intake.ts';
import { day, syncedAt } from './synced-people.ts';

const intake = ownIntake();
const from = testNow.toISOString();
const to = minutesLater(2 * day).toISOString();

const synced = (userId: string, events: readonly CalendarEvent[] = []) =>
  syncedAt(intake.store, userId, events);
const told = ({ start, end }: Interval) => ({ start: start.toISOString(), end: end.toISOString() });
const span = (start: number, end: number) => ({ start: minutesLater(start), end: minutesLater(end) });
const group = (...userIds: string[]) => ({ members: userIds.map((userId) => ({ userId })) });

async function ask(body: Record<string, unknown>) {
  const answer = await intake.api.post('/v1/availability', { from, to, ...body });
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
}

const participants = async (userIds: string[], more: Record<string, unknown> = {}) =>
  (await ask({ groups: [group(...userIds)], ...more })).participants;
const busyOf = async (userId: string, more: Record<string, unknown> = {}) =>
  (await participants([userId], more))[0].busy;
/** When a meeting of an hour can begin, in minutes after `testNow`, in the first six hours. */
async function startsFor(body: Record<string, unknown>): Promise<number[]> {
  const within = { to: minutesLater(360).toISOString(), durationMinutes: 60, stepMinutes: 60 };
  const { slots } = await ask({ ...within, ...body });
  return slots.map((slot: { start: string }) => (Date.parse(slot.start) - testNow.getTime()) / 60_000);
}

describe('availability', () => {
  it('merges what blocks time and says that it is fresh', async () => {
    await synced('dora', [
      anEvent('a', { start: minutesLater(60) }),
      anEvent('b', { start: minutesLater(90) }),
      anEvent('declined', { start: minutesLater(300), response: 'declined' }),
      anEvent('maybe', { start: minutesLater(600), busy: 'tentative' }),
    ]);
    const first = told(span(60, 150));
    const answer = await ask({ groups: [group('dora')] });
    expect(answer).toEqual({
      from,
      to,
      participants: [
        {
          userId: 'dora',
          role: 'required',
          timeZone: 'Europe/Berlin',
          busy: [first, told(span(600, 660))],
          freshness: { state: 'fresh', lastSyncedAt: from, ageSeconds: 0 },
        },
      ],
    });
    expect(await busyOf('dora', { tentativeIsBusy: false })).toEqual([first]);
  });

  it('follows the policy of the question, line by line', async () => {
    await synced('paul', [
      anEvent('declined', { start: minutesLater(60), response: 'declined' }),
      anEvent('private', { start: minutesLater(180), visibility: 'private' }),
      anEvent('all day', {
        ...span(900, 2340),
        allDay: true,
        startDate: '2040-11-24',
        endDate: '2040-11-25',
      }),
    ]);
    const allDay = told(span(900, 2340));
    expect(await busyOf('paul')).toEqual([told(span(180, 240)), allDay]);
    expect(await busyOf('paul', { policy: { declined: 'busy', private: 'free' } })).toEqual([
      told(span(60, 120)),
      allDay,
    ]);
    expect(await busyOf('paul', { policy: { allDay: 'free' } })).toEqual([told(span(180, 240))]);
  });

  it('tells each person once, those of the groups before the optional ones, in the zone that counts for them', async () => {
    await synced('zoe');
    await syncedAt(intake.store, 'zack', [], { calendar: { timeZone: 'Asia/Tokyo' } });
    const { participants: found } = await ask({
      groups: [group('zoe', 'zack'), { members: [{ userId: 'zoe', timeZone: 'Asia/Kolkata' }] }],
      optional: [{ userId: 'zack' }, { userId: 'stranger' }, { userId: 'guest', timeZone: 'America/Lima' }],
      timeZone: 'Europe/Lisbon',
    });
    expect(
      found.map(({ userId, role, timeZone }: Record<string, string>) => [userId, role, timeZone]),
    ).toEqual([
      ['zoe', 'required', 'Europe/Berlin'],
      ['zack', 'required', 'Asia/Tokyo'],
      ['stranger', 'optional', 'Europe/Lisbon'],
      ['guest', 'optional', 'America/Lima'],
    ]);
  });
});

describe('slots', () => {
  it('are when every group is satisfied, and say who can and who is chosen', async () => {
    await synced('ada', [anEvent('1', span(60, 120))]);
    await synced('bob', [anEvent('1', span(0, 60))]);
    await synced('cleo', [anEvent('1', span(120, 180))]);
    const { slots, nextCursor } = await ask({
      groups: [group('ada'), { ...group('bob', 'cleo', 'ada'), required: 1 }],
      optional: [{ userId: 'bob' }],
      to: minutesLater(180).toISOString(),
      durationMinutes: 60,
      stepMinutes: 60,
    });
    expect(nextCursor).toBeUndefined();
    expect(slots).toEqual([
      {
        ...told(span(0, 60)),
        groups: [
          { free: ['ada'], chosen: ['ada'] },
          { free: ['cleo', 'ada'], chosen: ['cleo'] },
        ],
        optional: [],
      },
      {
        ...told(span(120, 180)),
        groups: [
          { free: ['ada'], chosen: ['ada'] },
          { free: ['bob', 'ada'], chosen: ['bob'] },
        ],
        optional: [],
      },
    ]);
  });

  it('keep the buffers free, also beyond the range, and the notice', async () => {
    await synced('gus', [anEvent('before', span(-30, -5)), anEvent('after', span(365, 400))]);
    const groups = [group('gus')];
    expect(await startsFor({ groups })).toEqual([0, 60, 120, 180, 240, 300]);
    expect(await startsFor({ groups, bufferBeforeMinutes: 10 })).toEqual([60, 120, 180, 240, 300]);
    expect(await startsFor({ groups, bufferAfterMinutes: 10 })).toEqual([0, 60, 120, 180, 240]);
    expect(await startsFor({ groups, minimumNoticeMinutes: 130 })).toEqual([180, 240, 300]);
    const [gus] = await participants(['gus'], { durationMinutes: 60, bufferBeforeMinutes: 60 });
    expect(gus.busy).toEqual([told(span(365, 400))]);
  });

  it('lie within the working hours of everybody, by the clocks of their zones', async () => {
    await synced('hal');
    await syncedAt(intake.store, 'hana', [], { calendar: { timeZone: 'Asia/Tokyo' } });
    // testNow is Friday, 10:00 in Berlin and 18:00 in Tokyo.
    const workingHours = { friday: [{ start: '11:00', end: '20:00' }] };
    const days = (hours: unknown) => ({ groups: [group('hal')], workingHours: hours });
    expect(await startsFor(days(workingHours))).toEqual([60, 120, 180, 240, 300]);
    expect(await startsFor({ groups: [group('hal', 'hana')], workingHours })).toEqual([60]);
    const own = {
      members: [{ userId: 'hal', workingHours: { friday: [{ start: '13:00', end: '14:00' }] } }],
    };
    expect(await startsFor({ groups: [own], workingHours })).toEqual([180]);
    expect(await startsFor(days({ ...workingHours, holidays: ['2040-11-23'] }))).toEqual([]);
    const exceptions = [{ date: '2040-11-23', hours: [{ start: '00:00', end: '11:00' }] }];
    expect(await startsFor(days({ ...workingHours, exceptions }))).toEqual([0]);
  });

  it('come page by page, each once; a cursor belongs to its request', async () => {
    await synced('ivy', [anEvent('1', span(60, 90))]);
    await synced('jon', [anEvent('1', span(30, 120))]);
    const question = {
      groups: [group('ivy')],
      optional: [{ userId: 'jon' }],
      durationMinutes: 30,
      to: minutesLater(360).toISOString(),
    };
    for (const order of ['start', 'optional']) {
      const { slots: all } = await ask({ ...question, order });
      const seen: unknown[] = [];
      let cursor: string | undefined;
      do {
        const page = await ask({ ...question, order, limit: 4, ...(cursor !== undefined && { cursor }) });
        expect(page.slots.length).toBeLessThanOrEqual(4);
        seen.push(...page.slots);
        const again = await ask({ ...question, order, limit: 4, ...(cursor !== undefined && { cursor }) });
        expect(again.nextCursor).toBe(page.nextCursor);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(all);
      expect(all.length).toBeGreaterThan(10);
    }
    const { nextCursor } = await ask({ ...question, limit: 4 });
    const other = { ...question, from, durationMinutes: 45, cursor: nextCursor };
    expect((await intake.api.post('/v1/availability', other)).body).toMatchObject({
      status: 400,
      errors: [{ field: 'cursor', message: expect.stringContaining('of another request') }],
    });
  });

  it('take turns: of a pool those with the fewest interviews in the span', async () => {
    for (const userId of ['kai', 'kit', 'kurt']) await synced(userId);
    const book = (id: string, userId: string, at: number) =>
      intake.store.intents.putInterview(id, aWish(userId, span(at, at + 60)), testNow);
    await book('kai-1', 'kai', 5 * day);
    await book('kit-1', 'kit', 5 * day);
    await book('kit-2', 'kit', 6 * day);
    await book('kurt-1', 'kurt', 40 * day);
    const chosen = async (more: Record<string, unknown>) => {
      const question = {
        groups: [{ ...group('kit', 'kai', 'kurt'), required: 1 }],
        durationMinutes: 60,
        limit: 1,
      };
      return (await ask({ ...question, ...more })).slots[0].groups[0].chosen;
    };
    const roundRobin = { from, to: minutesLater(30 * day).toISOString() };
    expect(await chosen({})).toEqual(['kit']);
    expect(await chosen({ roundRobin })).toEqual(['kurt']);
    const wide = { from, to: minutesLater(60 * day).toISOString() };
    expect(await chosen({ roundRobin: wide })).toEqual(['kai']);
    expect(await chosen({ roundRobin, excludeInterviewIds: ['kit-1', 'kit-2'] })).toEqual(['kit']);
  });
});

describe('I7: who is not known well enough makes no slot', () => {
  const revoked = { code: 'grant_revoked', message: 'withdrawn', at: testNow } as const;
  const revoke = (id: string) => intake.store.facts.markReauthRequired(id, 1, revoked);

  const cases = [
    ['not_connected', 'unknown', async () => undefined],
    ['reauth_required', 'unknown', async (userId: string) => revoke((await synced(userId)).connectionId)],
    [
      'never_synced',
      'unknown',
      async (userId: string) => connectedAccount(intake.store, { userId, grant: { accountId: userId } }),
    ],
    [
      'no_calendar_selected',
      'unknown',
      async (userId: string) =>
        intake.store.intents.selectCalendar((await synced(userId)).calendarId, false, testNow),
    ],
    ['outside_window', 'unknown', async (userId: string) => synced(userId)],
    [
      'too_old',
      'stale',
      async (userId: string) => syncedAt(intake.store, userId, [], { now: minutesLater(-16) }),
    ],
  ] as const;

  it.each(cases)('%s: %s', async (reason, state, prepare) => {
    const userId = `who is ${reason}`;
    await synced(`beside ${reason}`);
    await prepare(userId);
    const far = reason === 'outside_window' ? 200 * day : 0;
    const question = {
      groups: [group(userId, `beside ${reason}`)],
      from: minutesLater(far).toISOString(),
      to: minutesLater(far + 120).toISOString(),
      durationMinutes: 60,
    };
    const strict = await ask(question);
    expect(strict.participants[0].freshness).toMatchObject({ state, reason });
    expect(strict.slots).toEqual([]);
    const anyway = far > 0 || state === 'unknown' ? 'unknown' : 'stale';
    expect((await ask({ ...question, accept: anyway })).slots).toHaveLength(5);
    const stale = await ask({ ...question, accept: 'stale' });
    expect(stale.slots).toHaveLength(state === 'stale' ? 5 : 0);
    // In a pool the others are enough, as long as their own time is known.
    const pool = { groups: [{ ...group(userId, `beside ${reason}`), required: 1 }], optional: [{ userId }] };
    const { slots } = await ask({ ...question, ...pool });
    const others = { groups: [{ free: [`beside ${reason}`] }], optional: [] };
    expect(slots).toMatchObject(far > 0 ? [] : Array.from({ length: 5 }, () => others));
  });

  it('by the range with its buffers: beyond the window nobody knows whether they are free', async () => {
    await synced('lou');
    const edge = 187 * day;
    const question = {
      groups: [group('lou')],
      from: minutesLater(edge - 120).toISOString(),
      to: minutesLater(edge).toISOString(),
      durationMinutes: 60,
    };
    expect((await ask(question)).slots).not.toEqual([]);
    const buffered = await ask({ ...question, bufferAfterMinutes: 1 });
    expect(buffered.participants[0].freshness).toMatchObject({ reason: 'outside_window' });
    expect(buffered.slots).toEqual([]);
  });

  it('by the age that the question allows', async () => {
    await synced('gil');
    intake.clock = minutesLater(5);
    const [strict] = await participants(['gil'], { maxAgeSeconds: 60 });
    const [lenient] = await participants(['gil'], { maxAgeSeconds: 600 });
    intake.clock = testNow;
    expect(strict.freshness).toMatchObject({ state: 'stale', reason: 'too_old', ageSeconds: 300 });
    expect(lenient.freshness).toMatchObject({ state: 'fresh', ageSeconds: 300 });
  });
});

describe('availability of somebody who is to hold an interview', () => {
  const wish = aWish('wim', span(120, 180));
  const meeting = anEvent('a', span(170, 230));

  /** Says of a stored entry whose it is, as a sync does. */
  async function stamp(calendarId: string, providerEventId: string, interviewId: string) {
    const [id] = objectIds([calendarId]);
    if (id === undefined) throw new Error(`${calendarId} is no id`);
    await intake.database.events.updateOne({ calendarId: id, providerEventId }, { $set: { interviewId } });
  }

  it('is busy from the PUT on, tentatively if it is, until the interview is withdrawn', async () => {
    await synced('wim', [meeting]);
    const { putInterview, withdrawInterview } = intake.store.intents;
    expect(await busyOf('wim')).toEqual([told(meeting)]);
    await putInterview('wims-interview', wish, testNow);
    expect(await busyOf('wim')).toEqual([told(span(120, 230))]);
    await putInterview('wims-interview', { ...wish, tentative: true }, testNow);
    expect(await busyOf('wim')).toEqual([told(span(120, 230))]);
    expect(await busyOf('wim', { tentativeIsBusy: false })).toEqual([told(meeting)]);
    await withdrawInterview('wims-interview', testNow);
    expect(await busyOf('wim')).toEqual([told(meeting)]);
  });

  it('that is being rescheduled is free where it shows: as a wish, as its event and as the copies of guests', async () => {
    const events = [anEvent('event', span(0, 60)), anEvent('other', span(200, 230))];
    const { calendarId } = await synced('xena', events);
    const guest = await synced('yuri', [anEvent('copy', span(0, 60))]);
    for (const [id, providerEventId] of [
      [calendarId, 'event'],
      [guest.calendarId, 'copy'],
    ] as const) {
      await stamp(id, providerEventId, 'xenas');
    }
    await intake.store.intents.putInterview('xenas', aWish('xena', span(120, 180)), testNow);
    const other = told(span(200, 230));
    expect(await busyOf('xena')).toEqual([told(span(0, 60)), told(span(120, 180)), other]);
    expect(await busyOf('yuri')).toEqual([told(span(0, 60))]);
    const without = { excludeInterviewIds: ['xenas'] };
    expect(await busyOf('xena', without)).toEqual([other]);
    expect(await busyOf('yuri', without)).toEqual([]);
    expect(await startsFor({ groups: [group('xena', 'yuri')], ...without })).toEqual([0, 60, 120, 240, 300]);
  });

  it('whose time a hold keeps is free for the hold alone, in the calendar as well', async () => {
    const { calendarId } = await synced('vera', [anEvent('slot', { ...span(600, 660), busy: 'tentative' })]);
    const slotId = slotInterviewId('choice', { number: 1 });
    await stamp(calendarId, 'slot', slotId);
    await intake.store.intents.putHold('choice', aHold('vera', { participants: ['vito'] }), testNow);
    const slots = [span(600, 660), span(700, 760), span(800, 860)].map(told);
    expect(await busyOf('vera')).toEqual(slots);
    expect(await busyOf('vito')).toEqual(slots);
    expect(await busyOf('vera', { policy: { ownHold: 'free' } })).toEqual([]);
    expect(await busyOf('vera', { excludeHoldIds: ['another'] })).toEqual(slots);
    for (const userId of ['vera', 'vito'])
      expect(await busyOf(userId, { excludeHoldIds: ['choice'] })).toEqual([]);
  });
});
