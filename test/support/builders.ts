/**
 * What tests put into a store, in forms that pass its validators. All have a usual form; a test names only what it is
 * about. Nothing here is random, so that a failing test fails again.
 */
import { createHash } from 'node:crypto';
import type { CalendarEvent } from '../../src/domain/event.ts';
import { contentOf } from '../../src/domain/event.ts';
import { isSealed, type Sealed } from '../../src/domain/sealed.ts';
import type { FingerprintedEvent } from '../../src/domain/sync.ts';
import type {
  Callback,
  ConnectionRecord,
  NewAttempt,
  NewCalendar,
  SealedGrant,
  SealedTokens,
  Store,
  SyncTurn,
} from '../../src/store/store.ts';

/** The moment at which tests begin. Far ahead: MongoDB's TTL goes by the real clock and must find nothing to remove. */
export const testNow = new Date('2040-11-23T09:00:00.000Z');

const minuteMs = 60_000;

/** So many minutes after `testNow`. */
export function minutesLater(minutes: number, from: Date = testNow): Date {
  return new Date(from.getTime() + minutes * minuteMs);
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Has the form of a Fernet token, is another for each text, and no key opens it. */
export function sealedText(text: string): Sealed {
  const body = createHash('sha512').update(text).digest('base64url');
  const token = `gAAAAAB${body}${body}`.slice(0, 100);
  if (!isSealed(token))
    throw new Error('the builder of sealed texts no longer fits the form of Fernet tokens');
  return token;
}

/** A timed, confirmed appointment of an hour; `fields` replace what a test is about. */
export function anEvent(providerEventId: string, fields: Partial<CalendarEvent> = {}): CalendarEvent {
  const start = fields.start ?? minutesLater(60);
  return {
    providerEventId,
    status: 'confirmed',
    kind: 'default',
    title: `Title of ${providerEventId}`,
    start,
    end: minutesLater(60, start),
    allDay: false,
    busy: 'busy',
    response: 'none',
    attendees: [],
    visibility: 'default',
    ...fields,
  };
}

/** One with a value in every field that has one. */
export function aFullEvent(providerEventId: string, fields: Partial<CalendarEvent> = {}): CalendarEvent {
  return anEvent(providerEventId, {
    iCalUID: `${providerEventId}@example.com`,
    etag: '"3412"',
    description: 'Second interview',
    location: 'Room 4',
    startTimeZone: 'Europe/Berlin',
    organizer: { email: 'organizer@example.com', name: 'Ola Organizer', self: false },
    attendees: [
      { email: 'me@example.com', response: 'accepted', optional: false, resource: false, self: true },
      {
        email: 'guest@example.com',
        name: 'Gil Guest',
        response: 'needs_action',
        optional: true,
        resource: false,
        self: false,
      },
    ],
    recurringEventId: 'series-1',
    originalStart: minutesLater(30),
    meetingUrl: 'https://meet.example.com/abc',
    response: 'accepted',
    ...fields,
  });
}

export function fingerprinted(event: CalendarEvent): FingerprintedEvent {
  return { event, fingerprint: sha256(contentOf(event)) };
}

export function aNewAttempt(fields: Partial<NewAttempt> = {}): NewAttempt {
  return {
    userId: 'user-1',
    provider: 'google',
    redirectUri: 'http://localhost:3000/settings',
    stateHash: sha256('state-1'),
    codeVerifier: sealedText('verifier-1'),
    now: testNow,
    expiresAt: minutesLater(10),
    ...fields,
  };
}

/** The browser's return with a code, for `aNewAttempt`. */
export function aCallback(fields: Partial<Callback> = {}): Callback {
  return {
    provider: 'google',
    userId: 'user-1',
    stateHash: sha256('state-1'),
    result: aCode('code-1'),
    now: minutesLater(1),
    ...fields,
  };
}

export function aCode(code: string): { code: Sealed; codeHash: string } {
  return { code: sealedText(code), codeHash: sha256(code) };
}

export function someTokens(name: string, fields: Partial<SealedTokens> = {}): SealedTokens {
  return {
    accessToken: sealedText(`access ${name}`),
    refreshToken: sealedText(`refresh ${name}`),
    expiresAt: minutesLater(60),
    scopes: ['openid', 'https://www.googleapis.com/auth/calendar'],
    ...fields,
  };
}

export function aGrant(fields: Partial<SealedGrant> = {}): SealedGrant {
  return { accountId: 'account-1', email: 'me@example.com', tokens: someTokens('1'), ...fields };
}

export function aCalendar(providerCalendarId: string, fields: Partial<NewCalendar> = {}): NewCalendar {
  return {
    providerCalendarId,
    name: `Calendar ${providerCalendarId}`,
    timeZone: 'Europe/Berlin',
    primary: false,
    canWrite: true,
    owned: true,
    ...fields,
  };
}

export interface Account {
  readonly userId?: string;
  readonly provider?: NewAttempt['provider'];
  readonly grant?: Partial<SealedGrant>;
  readonly reauthorizes?: NewAttempt['reauthorizes'];
  readonly now?: Date;
}

/** Takes an attempt as far as `exchanging` and gives its id. */
export async function exchangingAttempt(
  store: Store,
  { userId = 'user-1', provider = 'google', reauthorizes, now = testNow }: Account = {},
): Promise<string> {
  const used = (attemptsOf.get(store) ?? 0) + 1;
  attemptsOf.set(store, used);
  const stateHash = sha256(`state ${used}`);
  const expiresAt = minutesLater(10, now);
  await store.intents.createAttempt(
    aNewAttempt({ userId, provider, stateHash, reauthorizes, now, expiresAt }),
  );
  const verdict = await store.intents.acceptCallback(
    aCallback({ userId, provider, stateHash, result: aCode(`code ${used}`), now }),
  );
  if (verdict.type !== 'accepted') throw new Error(`the callback was answered ${verdict.type}`);
  return verdict.attempt.id;
}

/** How many attempts this builder has made in a store, so that each has its own state. */
const attemptsOf = new WeakMap<Store, number>();

/** Goes through a whole authorization, as intake and a worker would. */
export async function connectedAccount(store: Store, account: Account = {}): Promise<ConnectionRecord> {
  const attemptId = await exchangingAttempt(store, account);
  const connection = await store.facts.completeAttempt(
    attemptId,
    aGrant(account.grant),
    account.now ?? testNow,
  );
  if (connection === undefined) throw new Error('the attempt was not completed');
  return connection;
}

/** Takes the sync turn for a minute. */
export async function syncTurn(store: Store, connectionId: string, now = testNow): Promise<SyncTurn> {
  const answer = await store.facts.takeSyncTurn(connectionId, now, minutesLater(1, now));
  if (answer.type !== 'taken') throw new Error(`the sync turn was answered ${answer.type}`);
  return answer.turn;
}
