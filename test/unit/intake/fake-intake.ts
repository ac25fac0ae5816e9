import { randomBytes } from 'node:crypto';
import type { ProviderId } from '../../../src/domain/provider-id.ts';
import type { Sealed } from '../../../src/domain/sealed.ts';
import { createApp, type IntakeDeps } from '../../../src/intake/app.ts';
import { createLog } from '../../../src/log.ts';
import { aHoldRecord } from './hold-records.ts';
import { anInterview } from './interview-records.ts';

/** Only what the HTTP behaviour itself needs: an empty store and a queue that takes everything. */
export const apiKey = 'a-key-for-the-unit-tests';
export const otherKey = 'the-key-that-comes-after';
export const someId = '66f1a2b3c4d5e6f708192a3b';
export const now = new Date('2026-11-23T09:00:00Z');

export interface FakeIntake {
  /** The lines that were logged, as text. */
  readonly logged: string[];
  call(path: string, init?: RequestInit): Promise<Response>;
  /** With the API key, and the body as JSON. */
  send(method: string, path: string, body?: unknown): Promise<Response>;
}

export function fakeIntake(over: Partial<IntakeDeps> = {}): FakeIntake {
  const logged: string[] = [];
  const log = createLog({
    level: 'debug',
    role: 'intake',
    destination: { write: (line) => void logged.push(line) },
  });
  const app = createApp({ ...fakeDeps(), log, ...over });
  const call = async (path: string, init?: RequestInit) => app.request(path, init);
  return {
    logged,
    call,
    send: (method, path, body) =>
      call(path, {
        method,
        headers: {
          Authorization: `Bearer ${apiKey}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
  };
}

const none = async () => undefined;

/** For a test that replaces a part of them. */
export function fakeDeps(): Omit<IntakeDeps, 'log'> {
  return {
    reads: {
      attempt: none,
      connection: none,
      interviewsOf: async () => new Map(),
      connectionsOf: async () => [],
      calendarsOf: async () => [],
      calendar: none,
      watches: async () => new Map(),
      connectionState: none,
      watch: none,
      watchesOf: async () => [],
      events: async () => [],
      availability: async ({ userIds }) =>
        new Map(
          userIds.map((userId) => [userId, { connections: [], busy: new Map(), promised: [] }] as const),
        ),
      interviewCounts: async ({ userIds }) => new Map(userIds.map((userId) => [userId, 0])),
      changes: async () => ({
        type: 'page',
        changes: [],
        position: 0,
        more: false,
        completeUntil: now,
      }),
      interview: none,
      writableCalendar: none,
      hold: none,
      interviewsOfHold: async () => [],
      countConnections: async () => ({ active: 0, reauth_required: 0, disconnecting: 0 }),
      countMisconfigured: async () => [],
      calendarHealth: async () => ({
        held: 0,
        unreadable: 0,
        audited: 0,
        drift: { missing: 0, extra: 0, different: 0 },
      }),
    },
    intents: {
      createAttempt: async ({ userId, provider, redirectUri, now: createdAt, expiresAt }) => ({
        id: someId,
        userId,
        provider,
        redirectUri,
        status: 'pending',
        createdAt,
        expiresAt,
      }),
      acceptCallback: async () => ({ type: 'unknown' }),
      requestSync: async () => false,
      selectCalendar: none,
      requestWatches: async () => {},
      requestDisconnect: async () => false,
      acceptNotification: async () => ({ marked: false, watchesDue: false }),
      putInterview: async (id, wish, at) => ({ type: 'created', interview: anInterview(id, wish, at) }),
      withdrawInterview: none,
      putHold: async (id, wish, at) => ({ type: 'created', hold: aHoldRecord(id, wish, at) }),
      releaseHold: none,
    },
    producer: { enqueue: async () => {} },
    queues: [],
    provider: (id: ProviderId) =>
      id === 'google'
        ? {
            getAuthUrl: ({ state, codeChallenge, redirectUri }) =>
              `https://provider.example/authorize?${new URLSearchParams({ state, codeChallenge, redirectUri })}`,
          }
        : undefined,
    seal: (plain) => `sealed:${Buffer.from(plain).toString('hex')}` as Sealed,
    checks: { mongodb: async () => {}, redis: async () => {} },
    metrics: {
      observeRequest: () => {},
      countNotification: () => {},
      read: async () => ({ contentType: 'text/plain', body: 'calendar_sync_connections 0\n' }),
    },
    limiter: {
      perMinute: 1200,
      take: async () => ({ allowed: true, remaining: 1199, resetMs: 60_000 }),
    },
    apiKeys: [apiKey, otherKey],
    admin: undefined,
    redirectUris: ['http://localhost:3000/settings', 'https://app.example.com/settings'],
    attemptTtlMs: 600_000,
    availabilityMaxAgeMs: 900_000,
    askLive: async () => new Map(),
    diagnose: none,
    now: () => now,
    randomBytes: (size) => randomBytes(size),
  };
}
