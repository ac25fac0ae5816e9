import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Intents } from '../../../src/store/store.ts';
import { apiKey, fakeDeps, fakeIntake, now } from './fake-intake.ts';
import { anInterview } from './interview-records.ts';

const limitMs = 15_000;
const body = {
  organizer: { userId: 'ada' },
  title: 'Interview: Grace Hopper',
  start: '2026-11-30T14:00:00+01:00',
  end: '2026-11-30T15:00:00+01:00',
  timeZone: 'Europe/Berlin',
  attendees: [],
  sendInvitations: true,
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What the store asks before it writes; it comes to that when the test lets it. */
function intakeThatWaits() {
  const reading = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const decided = Promise.withResolvers<unknown>();
  const clock = { ms: now.getTime() };
  const putInterview: Intents['putInterview'] = async (id, wish, at, options) => {
    begun.resolve();
    await reading.promise;
    try {
      options?.stillAwaited?.();
      decided.resolve('written');
    } catch (error) {
      decided.resolve(error);
      throw error;
    }
    return { type: 'created', interview: anInterview(id, wish, at) };
  };
  const intake = fakeIntake({
    intents: { ...fakeDeps().intents, putInterview },
    now: () => new Date(clock.ms),
  });
  const put = (signal?: AbortSignal) =>
    intake.call('/v1/interviews/round-2', {
      method: 'PUT',
      headers: { Authorization: `Bearer ${apiKey}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  return { put, clock, begun: begun.promise, read: () => reading.resolve(), decided: decided.promise };
}

const refused = expect.objectContaining({
  code: 'timeout',
  message: 'Nothing of this request was recorded: it was given up before that.',
});

describe('an answer within a limit', () => {
  it('lets a request record what it says as long as somebody waits', async () => {
    const { put, begun, read, decided, clock } = intakeThatWaits();
    const answer = put();
    await begun;
    clock.ms += limitMs - 1;
    await vi.advanceTimersByTimeAsync(limitMs - 1);
    read();
    expect(await decided).toBe('written');
    expect((await answer).status).toBe(201);
  });

  it('records nothing any more once it was given up', async () => {
    const { put, begun, read, decided } = intakeThatWaits();
    const answer = put();
    await begun;
    await vi.advanceTimersByTimeAsync(limitMs);
    expect((await answer).status).toBe(503);
    read();
    expect(await decided).toEqual(refused);
  });

  it('records nothing where the process has stood still for so long that the timer has not run yet', async () => {
    const { put, begun, read, decided, clock } = intakeThatWaits();
    const answer = put();
    await begun;
    clock.ms += limitMs;
    read();
    expect(await decided).toEqual(refused);
    const given = await answer;
    expect([given.status, given.headers.get('Retry-After')]).toEqual([503, '5']);
    expect(await given.json()).toMatchObject({ code: 'timeout', detail: expect.stringContaining('Nothing') });
  });

  it('records nothing where the sender has hung up', async () => {
    const { put, begun, read, decided } = intakeThatWaits();
    const sender = new AbortController();
    const answer = put(sender.signal);
    await begun;
    sender.abort();
    read();
    expect(await decided).toEqual(refused);
    expect((await answer).status).toBe(503);
  });
});
