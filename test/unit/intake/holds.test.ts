import { describe, expect, it } from 'vitest';
import type { HoldObstacle, HoldWish } from '../../../src/domain/hold.ts';
import { holdObstacles, slotInterviewId, slotWish } from '../../../src/domain/hold.ts';
import type { HoldPutAnswer, HoldRecord, Intents, InterviewRecord } from '../../../src/store/store.ts';
import { fakeDeps, fakeIntake, now } from './fake-intake.ts';
import { aHoldRecord } from './hold-records.ts';
import { anInterview, aPlace, appliedOf } from './interview-records.ts';

const path = '/v1/holds/choice-1';
const slots = [
  { start: '2026-11-30T14:00:00+01:00', end: '2026-11-30T15:00:00+01:00' },
  { start: '2026-12-01T09:00:00+01:00', end: '2026-12-01T10:00:00+01:00' },
] as const;
const body = {
  organizer: { userId: 'ada' },
  title: 'Held: Grace Hopper',
  timeZone: 'Europe/Berlin',
  slots,
  expiresAt: '2026-11-27T18:00:00+01:00',
};
const wish: HoldWish = {
  organizer: { userId: 'ada' },
  participants: [],
  title: body.title,
  description: undefined,
  timeZone: 'Europe/Berlin',
  slots: [
    { start: new Date('2026-11-30T13:00:00Z'), end: new Date('2026-11-30T14:00:00Z') },
    { start: new Date('2026-12-01T08:00:00Z'), end: new Date('2026-12-01T09:00:00Z') },
  ],
  expiresAt: new Date('2026-11-27T17:00:00Z'),
  showInCalendar: true,
  checkConflicts: false,
};
const hold = (fields: Partial<HoldRecord> = {}) => aHoldRecord('choice-1', wish, now, fields);

interface World {
  readonly known?: HoldRecord;
  readonly answer?: HoldPutAnswer;
  readonly interviews?: readonly InterviewRecord[];
  readonly canWrite?: boolean;
  readonly at?: Date;
  readonly isNew?: boolean;
}

const stillAwaited = expect.any(Function);

/** An intake whose store knows one hold at most, with what was put into it. */
function intakeWith({
  known,
  answer,
  interviews = [],
  canWrite = false,
  at = now,
  isNew = true,
}: World = {}) {
  const puts: Parameters<Intents['putHold']>[] = [];
  const releases: Parameters<Intents['releaseHold']>[] = [];
  const usual = fakeDeps();
  const { connectionId, calendarId, providerCalendarId } = aPlace;
  const intake = fakeIntake({
    now: () => at,
    reads: {
      ...usual.reads,
      hold: async () => known,
      interviewsOfHold: async () => [...interviews],
      writableCalendar: async () => (canWrite ? { connectionId, calendarId, providerCalendarId } : undefined),
    },
    intents: {
      ...usual.intents,
      putHold: async (...given) => {
        puts.push(given);
        return (
          answer ?? { type: 'created', hold: aHoldRecord(...(given.slice(0, 3) as [string, HoldWish, Date])) }
        );
      },
      releaseHold: async (...given) => {
        releases.push(given);
        return known && { hold: known, isNew };
      },
    },
  });
  return { ...intake, puts, releases };
}

const put = (intake: ReturnType<typeof intakeWith>, sent: unknown, query = '') =>
  intake.send('PUT', `${path}${query}`, sent);

describe('holding slots', () => {
  it('records what is to be held, with what is usual where nothing is said', async () => {
    const intake = intakeWith();
    const answer = await put(intake, body);
    expect(answer.status).toBe(201);
    expect(await answer.json()).toMatchObject({
      id: 'choice-1',
      userId: 'ada',
      state: 'held',
      participants: [],
      expiresAt: '2026-11-27T17:00:00.000Z',
      showInCalendar: true,
      checkConflicts: false,
      slots: [
        { start: '2026-11-30T13:00:00.000Z', end: '2026-11-30T14:00:00.000Z', state: 'held' },
        { state: 'held' },
      ],
    });
    expect(intake.puts).toEqual([['choice-1', wish, now, { stillAwaited }]]);
  });

  it('takes over what is said, empty texts as none', async () => {
    const intake = intakeWith();
    const more = { participants: ['bob', 'cleo'], showInCalendar: false, checkConflicts: true };
    await put(intake, { ...body, ...more, description: 'One\nof these' });
    await put(intake, { ...body, ...more, description: '' });
    expect(intake.puts.map(([, given]) => given)).toEqual([
      { ...wish, ...more, description: 'One\nof these' },
      { ...wish, ...more },
    ]);
  });

  const span = (end: string) => ({ start: '2026-11-30T13:00:00Z', end });
  it.each([
    ['slots', { slots: [] }],
    ['slots', { slots: [slots[0], { start: '2026-11-30T13:00:00Z', end: '2026-11-30T14:00:00Z' }] }],
    [
      'slots',
      {
        slots: Array.from({ length: 21 }, (_, n) => ({
          start: `2026-12-${10 + n}T13:00:00Z`,
          end: `2026-12-${10 + n}T14:00:00Z`,
        })),
      },
    ],
    ['slots.0.end', { slots: [span('2026-11-30T13:00:00Z')] }],
    ['slots.0.end', { slots: [span('2026-12-01T13:00:01Z')] }],
    ['slots.1.end', { slots: [slots[0], { start: '2026-11-23T08:00:00Z', end: '2026-11-23T09:00:00Z' }] }],
    ['expiresAt', { expiresAt: '2026-11-23T09:00:00Z' }],
    ['expiresAt', { expiresAt: '2027-02-21T09:00:01Z' }],
    ['participants', { participants: ['bob', 'bob'] }],
    ['participants', { participants: Array.from({ length: 51 }, (_, n) => `user-${n}`) }],
    ['title', { title: ' ' }],
    ['timeZone', { timeZone: '+01:00' }],
    ['attendees', { attendees: [] }],
  ])('refuses %s that cannot be meant', async (field, wrong) => {
    const intake = intakeWith();
    const answer = await put(intake, { ...body, ...wrong });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ code: 'invalid_request', errors: [{ field }] });
    expect(intake.puts).toEqual([]);
  });

  it('takes a body again that it has taken once, also when its times are over by then', async () => {
    const at = new Date('2026-12-24T00:00:00Z');
    const known = hold({ state: 'confirmed', confirmedBy: 'round-2' });
    const intake = intakeWith({ known, at, answer: { type: 'unchanged', hold: known } });
    expect((await put(intake, body)).status).toBe(200);
  });

  it('takes a slot again that has passed by now, beside others', async () => {
    const at = new Date('2026-11-30T20:00:00Z');
    const intake = intakeWith({ known: hold(), at });
    const later = { ...body, expiresAt: '2026-12-01T00:00:00Z' };
    expect((await put(intake, later)).status).toBe(201);
    expect((await put(intakeWith({ at }), later)).status).toBe(400);
  });

  it('names the slot that is promised already, and to what', async () => {
    const [slot] = wish.slots;
    const clash = { ...slot!, userId: 'bob', holdId: 'choice-0' };
    const answer = await put(intakeWith({ answer: { type: 'taken', slot: slot!, clash } }), body);
    expect(answer.status).toBe(409);
    const time = { start: '2026-11-30T13:00:00.000Z', end: '2026-11-30T14:00:00.000Z' };
    expect(await answer.json()).toMatchObject({
      code: 'slot_taken',
      slot: time,
      clash: { ...time, userId: 'bob', holdId: 'choice-0' },
    });
  });

  it('takes a calendar that is the organizer’s own and no other; without one the time is held all the same', async () => {
    const named = { ...body, organizer: { userId: 'ada', calendarId: aPlace.calendarId } };
    expect((await put(intakeWith({ canWrite: true }), named)).status).toBe(201);
    const answer = await put(intakeWith(), named);
    expect(await answer.json()).toMatchObject({ status: 422, code: 'calendar_not_writable' });
    expect((await put(intakeWith(), body)).status).toBe(201);
  });

  it('is not of another user than the caller names (I10)', async () => {
    const intake = intakeWith({ known: hold() });
    for (const method of ['PUT', 'GET', 'DELETE'])
      expect(
        (await intake.send(method, `${path}?userId=bob`, method === 'PUT' ? body : undefined)).status,
      ).toBe(404);
    expect([intake.puts, intake.releases]).toEqual([[], []]);
    expect((await intake.send('GET', `${path}?userId=ada`)).status).toBe(200);
  });
});

describe('showing a hold', () => {
  it('says what the calendar shows of each slot, also where people have moved it', async () => {
    const [first] = wish.slots;
    const shownWish = slotWish(wish, first!);
    const applied = appliedOf(shownWish, 1, now);
    const start = new Date('2026-11-30T13:30:00Z');
    const interviews = [
      anInterview(slotInterviewId('choice-1', { number: 1 }), shownWish, now, {
        state: 'booked',
        place: aPlace,
        applied: { ...applied, snapshot: { ...applied.snapshot, start } },
      }),
    ];
    const answer = await intakeWith({ known: hold(), interviews }).send('GET', path);
    const { slots: shown } = (await answer.json()) as { slots: unknown[] };
    expect(shown).toEqual([
      {
        start: '2026-11-30T13:00:00.000Z',
        end: '2026-11-30T14:00:00.000Z',
        state: 'held',
        event: {
          state: 'booked',
          observed: { start: start.toISOString(), end: '2026-11-30T14:00:00.000Z' },
          calendarId: aPlace.calendarId,
          providerEventId: 'event-1',
          webLink: 'https://calendar.example.com/event-1',
        },
      },
      { start: '2026-12-01T08:00:00.000Z', end: '2026-12-01T09:00:00.000Z', state: 'held' },
    ]);
  });

  it('says that it has expired from that moment on, before anybody has written it down', async () => {
    const answer = await intakeWith({ known: hold(), at: wish.expiresAt }).send('GET', path);
    expect(await answer.json()).toMatchObject({ state: 'expired', slots: [{ state: 'expired' }, {}] });
  });

  it('is 404 where there is none, and a slot of ours is no interview to the outside', async () => {
    expect((await intakeWith().send('GET', path)).status).toBe(404);
    const answer = await intakeWith().send(
      'GET',
      `/v1/interviews/${slotInterviewId('choice-1', { number: 1 })}`,
    );
    expect(answer.status).toBe(400);
  });
});

describe('releasing a hold', () => {
  it('is 202 where it was held, and 200 where it was over', async () => {
    const released = intakeWith({ known: hold({ state: 'released' }) });
    expect((await released.send('DELETE', path)).status).toBe(202);
    expect(released.releases).toEqual([['choice-1', now, { stillAwaited }]]);
    const over = intakeWith({ known: hold({ state: 'confirmed' }), isNew: false });
    expect((await over.send('DELETE', path)).status).toBe(200);
    expect((await intakeWith().send('DELETE', path)).status).toBe(404);
  });
});

describe('booking out of a hold', () => {
  const interview = {
    organizer: { userId: 'ada' },
    title: 'Interview',
    ...slots[0],
    timeZone: 'Europe/Berlin',
    attendees: [],
    sendInvitations: false,
    holdId: 'choice-1',
  };

  it.each(holdObstacles)(
    'that has no such slot to take is refused, and says why: %s',
    async (why: HoldObstacle) => {
      const usual = fakeDeps();
      const jobs: unknown[] = [];
      const intake = fakeIntake({
        intents: { ...usual.intents, putInterview: async () => ({ type: 'hold_unavailable', why }) },
        producer: { enqueue: async (...job) => void jobs.push(job) },
      });
      const answer = await intake.send('PUT', '/v1/interviews/round-2', interview);
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({
        code: 'hold_not_available',
        detail: expect.stringMatching(/^(holdId|start): /),
        hint: expect.stringContaining('/v1/holds/'),
      });
      expect(jobs).toEqual([]);
    },
  );
});
