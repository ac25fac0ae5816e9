import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AttemptRecord, Callback, ConnectionRecord, NewAttempt } from '../../../src/store/store.ts';
import { fakeIntake, now, someId } from './fake-intake.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest();

const attempt = (over: Partial<AttemptRecord> = {}): AttemptRecord => ({
  id: someId,
  userId: 'ada',
  provider: 'google',
  redirectUri: 'http://localhost:3000/settings',
  status: 'pending',
  createdAt: now,
  expiresAt: new Date(now.getTime() + 600_000),
  ...over,
});

const never = async () => {
  throw new Error('not expected in this test');
};
const noIntents = {
  createAttempt: never,
  acceptCallback: never,
  requestSync: never,
  selectCalendar: never,
  requestWatches: never,
  requestDisconnect: never,
  acceptNotification: never,
  putInterview: never,
  withdrawInterview: never,
  putHold: never,
  releaseHold: never,
};

describe('starting an authorization', () => {
  it('stores a hash of the state and a sealed verifier, and sends the challenge that belongs to it (I9)', async () => {
    const recorded: NewAttempt[] = [];
    const createAttempt = async (given: NewAttempt) => {
      recorded.push(given);
      return attempt();
    };
    const intake = fakeIntake({ intents: { ...noIntents, createAttempt } });
    const answer = await intake.send('POST', '/v1/connect/google', { userId: 'ada' });
    const { state, authorizationUrl } = (await answer.json()) as { state: string; authorizationUrl: string };
    const [stored] = recorded;
    expect(Buffer.from(state, 'base64url')).toHaveLength(32);
    expect(stored?.stateHash).toBe(sha256(state).toString('hex'));
    const verifier = Buffer.from(stored?.codeVerifier.slice('sealed:'.length) ?? '', 'hex').toString();
    expect(verifier).toHaveLength(43);
    const sent = new URL(authorizationUrl).searchParams;
    expect(sent.get('codeChallenge')).toBe(sha256(verifier).toString('base64url'));
    expect(sent.get('state')).toBe(state);
    expect(JSON.stringify(stored)).not.toContain(state);
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
  });

  it('a connection of another user cannot be named for renewal (I10)', async () => {
    const connection: ConnectionRecord = {
      id: someId,
      userId: 'bob',
      provider: 'google',
      accountId: '1',
      email: 'bob@example.com',
      status: 'active',
      scopes: [],
      consecutiveFailures: 0,
      createdAt: now,
      updatedAt: now,
    };
    const intake = fakeIntake({
      reads: new Proxy({} as never, { get: () => async () => connection }),
      intents: noIntents,
    });
    const answer = await intake.send('POST', '/v1/connect/google', { userId: 'ada', connectionId: someId });
    expect(await answer.json()).toMatchObject({ status: 404, code: 'unknown_record' });
  });
});

describe('the callback', () => {
  const failureOf = async (provider: string, body: Record<string, string>) => {
    const seen: Callback[] = [];
    const acceptCallback = async (given: Callback) => {
      seen.push(given);
      return { type: 'accepted', attempt: attempt({ status: 'failed' }) } as const;
    };
    const enqueue = never;
    const intake = fakeIntake({ intents: { ...noIntents, acceptCallback }, producer: { enqueue } });
    const answer = await intake.send('POST', `/v1/callback/${provider}`, {
      userId: 'ada',
      state: 's',
      ...body,
    });
    expect(answer.status).toBe(202);
    const result = seen[0]?.result;
    return result !== undefined && 'failure' in result ? result.failure : undefined;
  };

  it.each([
    ['access_denied', 'consent_denied'],
    ['admin_policy_enforced', 'admin_policy'],
    ['org_internal', 'admin_policy'],
    ['temporarily_unavailable', 'provider_unavailable'],
    ['unauthorized_client', 'invalid_client'],
    ['something_new', 'provider_refused'],
    ['__proto__', 'provider_refused'],
  ])('the error %s fails the attempt as %s, and queues nothing', async (error, code) => {
    expect(await failureOf('google', { error })).toMatchObject({ code });
  });

  it('keeps Microsoft’s error number and nothing else of what it says', async () => {
    const failed = await failureOf('microsoft', {
      error: 'access_denied',
      error_description: 'AADSTS65004: User ada@example.com declined to consent.',
    });
    expect(failed?.message).toContain('access_denied (AADSTS65004)');
    expect(failed?.message).not.toContain('example.com');
  });

  it('a code is sealed before it reaches the store, and only the attempt’s id reaches the queue (I9)', async () => {
    const seen: Callback[] = [];
    const jobs: unknown[] = [];
    const acceptCallback = async (given: Callback) => {
      seen.push(given);
      return { type: 'accepted', attempt: attempt({ status: 'exchanging' }) } as const;
    };
    const enqueue = async (...job: unknown[]) => void jobs.push(job);
    const intake = fakeIntake({ intents: { ...noIntents, acceptCallback }, producer: { enqueue } });
    const answer = await intake.send('POST', '/v1/callback/google', {
      userId: 'ada',
      state: 'the-state',
      code: 'the-code',
      scope: 'openid email',
      authuser: '0',
    });
    expect(answer.status).toBe(202);
    expect(await answer.json()).toEqual({ attemptId: someId, status: 'exchanging' });
    expect(JSON.stringify(seen)).not.toMatch(/the-code|the-state/);
    const requestId = answer.headers.get('X-Request-Id');
    expect(jobs).toEqual([
      ['connect', 'exchange-code', { v: 1, attemptId: someId, requestId }, { deduplicate: 'while-queued' }],
    ]);
  });

  it('I1: a queue that is away changes nothing about the answer, for the intent is stored', async () => {
    const acceptCallback = async () =>
      ({ type: 'accepted', attempt: attempt({ status: 'exchanging' }) }) as const;
    const enqueue = async () => {
      throw new Error('Connection is closed.');
    };
    const intake = fakeIntake({ intents: { ...noIntents, acceptCallback }, producer: { enqueue } });
    const answer = await intake.send('POST', '/v1/callback/google', { userId: 'ada', state: 's', code: 'c' });
    expect(answer.status).toBe(202);
    expect(intake.logged.join('')).toContain('left to the scheduler');
  });

  it.each([{}, { code: 'c', error: 'access_denied' }])(
    'code and error exclude each other: %j',
    async (body) => {
      const answer = await fakeIntake().send('POST', '/v1/callback/google', {
        userId: 'a',
        state: 's',
        ...body,
      });
      expect(await answer.json()).toMatchObject({ status: 400, errors: [{ field: 'code' }] });
    },
  );

  it.each([
    ['unknown', 404, 'state_unknown'],
    ['foreign', 403, 'state_foreign'],
    ['used', 409, 'state_used'],
    ['expired', 410, 'state_expired'],
  ] as const)('a state that is %s', async (type, status, code) => {
    const acceptCallback = async () => ({ type, attempt: attempt() });
    const intake = fakeIntake({ intents: { ...noIntents, acceptCallback } });
    const answer = await intake.send('POST', '/v1/callback/google', { userId: 'ada', state: 's', code: 'c' });
    expect(await answer.json()).toMatchObject({ status, code });
  });
});
