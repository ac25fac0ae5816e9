import { afterEach, describe, expect, it } from 'vitest';
import { failure } from '../../../src/domain/failure.ts';
import type { LiveAnswer, LiveQuestion, LiveSubject } from '../../../src/domain/live-busy.ts';
import { anEvent, minutesLater, testNow } from '../../support/builders.ts';
import { ownIntake } from './own-intake.ts';
import { syncedAt } from './synced-people.ts';

interface Asked {
  readonly subjects: readonly LiveSubject[];
  readonly question: LiveQuestion;
}

/** What the vendors would say, and what they were asked. */
const vendor: { asked: Asked[]; answerOf: (subject: LiveSubject) => LiveAnswer } = {
  asked: [],
  answerOf: () => ({ blocks: [], askedAt: testNow }),
};

const intake = ownIntake({
  deps: {
    askLive: async (subjects, question) => {
      vendor.asked.push({ subjects, question });
      return new Map(subjects.map((subject) => [subject.calendarId, vendor.answerOf(subject)]));
    },
  },
});
afterEach(() => {
  vendor.asked = [];
});

const [from, to] = [testNow.toISOString(), minutesLater(240).toISOString()];
const old = { now: minutesLater(-60) };
const span = (start: number, end: number) => ({ start: minutesLater(start), end: minutesLater(end) });
const told = (start: number, end: number) => ({
  start: minutesLater(start).toISOString(),
  end: minutesLater(end).toISOString(),
});
const entry = {
  busy: 'busy',
  kind: 'default',
  response: 'none',
  allDay: false,
  visibility: 'default',
} as const;

async function ask(userIds: readonly string[], more: Record<string, unknown> = {}) {
  const groups = [{ members: userIds.map((userId) => ({ userId })) }];
  const question = { groups, from, to, durationMinutes: 60, stepMinutes: 60, live: true, ...more };
  const answer = await intake.api.post('/v1/availability', question);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body;
}

const startsOf = (body: { slots: { start: string }[] }) =>
  body.slots.map(({ start }) => (Date.parse(start) - testNow.getTime()) / 60_000);

describe('a question that asks the vendors', () => {
  it('asks for exactly those calendars that are not fresh, once, and takes their answer in place of what is stored', async () => {
    const ada = await syncedAt(intake.store, 'ada', [anEvent('stored', span(0, 60))], old);
    await syncedAt(intake.store, 'bob', [anEvent('stored', span(60, 120))]);
    vendor.answerOf = () => ({
      blocks: [
        { ...entry, ...span(120, 180) },
        { ...entry, ...span(180, 240), busy: 'free' },
      ],
      askedAt: testNow,
    });
    const body = await ask(['ada', 'bob']);
    expect(vendor.asked).toMatchObject([
      {
        subjects: [
          {
            connectionId: ada.connectionId,
            provider: 'google',
            calendarId: ada.calendarId,
            providerCalendarId: 'main',
            timeZone: 'Europe/Berlin',
            primary: true,
          },
        ],
        question: {
          range: { start: testNow, end: minutesLater(240) },
          needsDetail: false,
          withinMs: 3000,
        },
      },
    ]);
    expect(body.participants[0]).toMatchObject({ busy: [told(120, 180)] });
    expect(body.participants[0].freshness).toEqual({
      state: 'fresh',
      lastSyncedAt: minutesLater(-60).toISOString(),
      ageSeconds: 3600,
      live: { askedAt: from },
    });
    expect(body.participants[1].freshness).toEqual({ state: 'fresh', lastSyncedAt: from, ageSeconds: 0 });
    expect(startsOf(body)).toEqual([0, 180]);
  });

  it('I7: what was not answered stays stale, says why, and makes no slot', async () => {
    const { calendarId } = await syncedAt(intake.store, 'cleo', [anEvent('stored', span(0, 60))], old);
    vendor.answerOf = () => ({ failure: failure('throttled', 'Google answered 429.') });
    const body = await ask(['cleo']);
    expect(body.participants[0]).toMatchObject({
      busy: [told(0, 60)],
      freshness: {
        state: 'stale',
        reason: 'too_old',
        calendarId,
        live: { failed: 'throttled', message: 'Google answered 429.' },
      },
    });
    expect(body.slots).toEqual([]);
  });

  it('I7: nobody is asked for somebody who has to authorize anew, was never synced or is not connected', async () => {
    const { connectionId } = await syncedAt(intake.store, 'dan', [], old);
    const reason = { code: 'grant_revoked', message: 'withdrawn', at: testNow } as const;
    await intake.store.facts.markReauthRequired(connectionId, 1, reason);
    const body = await ask(['dan', 'stranger']);
    expect(vendor.asked).toEqual([]);
    expect(body.participants[0].freshness.live).toBeUndefined();
    expect(body.slots).toEqual([]);
  });

  it('knows of a calendar that was asked for what lies beyond its window', async () => {
    await syncedAt(intake.store, 'eve', []);
    vendor.answerOf = () => ({ blocks: [], askedAt: testNow });
    const far = {
      from: minutesLater(300 * 1440).toISOString(),
      to: minutesLater(300 * 1440 + 120).toISOString(),
    };
    const body = await ask(['eve'], far);
    expect(body.participants[0].freshness).toMatchObject({ state: 'fresh', live: { askedAt: from } });
    expect(body.slots).toHaveLength(2);
  });

  it.each([
    ['the policy is another one', { policy: { declined: 'busy' } }],
    ['an interview is left out', { excludeInterviewIds: ['interview-1'] }],
    ['a hold is left out', { excludeHoldIds: ['hold-1'] }],
  ])('wants to know what each entry is where %s', async (_, more) => {
    await syncedAt(intake.store, 'fay', [], old);
    const answers = { excluded: 'interview-1', slot: '~hold~hold-1~1' };
    vendor.answerOf = () => ({
      blocks: [
        { ...entry, ...span(0, 60), interviewId: answers.excluded },
        { ...entry, ...span(60, 120), interviewId: answers.slot },
        { ...entry, ...span(120, 180), response: 'declined' },
      ],
      askedAt: testNow,
    });
    const body = await ask(['fay'], { ...more, live: { withinSeconds: 7 } });
    expect(vendor.asked[0]?.question).toMatchObject({ needsDetail: true, withinMs: 7000 });
    const expected = {
      policy: [told(0, 180)],
      excludeInterviewIds: [told(60, 120)],
      excludeHoldIds: [told(0, 60)],
    };
    const [field] = Object.keys(more) as (keyof typeof expected)[];
    expect(body.participants[0].busy).toEqual(expected[field ?? 'policy']);
  });

  it('asks for the buffers as well', async () => {
    await syncedAt(intake.store, 'gil', [], old);
    vendor.answerOf = () => ({ blocks: [{ ...entry, ...span(-20, -5) }], askedAt: testNow });
    const body = await ask(['gil'], { bufferBeforeMinutes: 10 });
    expect(vendor.asked[0]?.question.range).toEqual(span(-10, 240));
    expect(startsOf(body)).toEqual([60, 120, 180]);
  });

  it('does not ask unless it says so, nor where all is fresh', async () => {
    await syncedAt(intake.store, 'hal', [], old);
    await ask(['hal'], { live: false });
    await syncedAt(intake.store, 'ian', []);
    await ask(['ian']);
    expect(vendor.asked).toEqual([]);
  });
});
