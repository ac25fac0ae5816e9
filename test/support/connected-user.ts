/** Users of the simulated vendors who have connected their calendars in the regular way, and what is stored of them. */
import { createHash, randomBytes } from 'node:crypto';
import { windowAt, type SyncWindow } from '../../src/domain/sync.ts';
import type { QueueName } from '../../src/queue/contracts.ts';
import { objectId } from '../../src/store/object-id.ts';
import type { CalendarRecord, ConnectionRecord, NewAttempt } from '../../src/store/store.ts';
import type { RecordedRequest } from '../simulators/simulator.ts';
import { after, minute, type Workers } from './own-workers.ts';
import type { SimulatedVendor } from './simulated-vendors.ts';
import { stored, type Entry } from './truth.ts';

export interface ConnectedUser {
  readonly userId: string;
  readonly email: string;
  readonly vendor: SimulatedVendor;
  /** The provider's id of the primary calendar. */
  readonly calendarId: string;
  readonly connectionId: string;
}

const redirectUri = 'http://localhost:3000/settings';

let users = 0;

/** Somebody with an account at the vendor, who has connected nothing yet. */
export function newAccount(vendor: SimulatedVendor) {
  users += 1;
  const userId = `user-${users}`;
  const email = `${userId}@example.com`;
  return { userId, email, vendor, calendarId: vendor.addUser(email) };
}

export type VendorAccount = ReturnType<typeof newAccount>;

/** How the authorization goes. */
export interface Round {
  /** Who signs in at the vendor, if not the one who is asked for. */
  readonly as?: string;
  readonly grant?: string[];
  readonly reauthorizes?: NewAttempt['reauthorizes'];
  /** What is done to the address before the browser opens it. */
  readonly through?: (authorizationUrl: string) => string;
}

/** The user is about to go to the vendor: the attempt is `pending`. */
export async function startAuthorization(
  workers: Workers,
  { userId, vendor }: Pick<VendorAccount, 'userId' | 'vendor'>,
  reauthorizes?: Round['reauthorizes'],
) {
  const { store, cipher, clock } = workers;
  const state = randomBytes(16).toString('hex');
  const stateHash = sha256(state).toString('hex');
  const verifier = randomBytes(32).toString('base64url');
  const codeChallenge = sha256(verifier).toString('base64url');
  const url = workers.provider(vendor.id).getAuthUrl({ state, codeChallenge, redirectUri });
  const common = { userId, provider: vendor.id, stateHash, now: clock };
  const attempt = await store.intents.createAttempt({
    ...common,
    redirectUri,
    codeVerifier: cipher.seal(verifier),
    reauthorizes,
    expiresAt: after(10 * minute, clock),
  });
  return { attemptId: attempt.id, state, url, common };
}

/** The user goes to the vendor, consents and comes back: the attempt is `exchanging` then. Gives its id. */
export async function authorize(workers: Workers, account: VendorAccount, round: Round = {}) {
  const { email, vendor } = account;
  const { store, cipher } = workers;
  const { attemptId, url, common } = await startAuthorization(workers, account, round.reauthorizes);
  const landed = await vendor.consent(round.through?.(url) ?? url, round.as ?? email, round.grant);
  const code = landed.searchParams.get('code') ?? '';
  const result = { code: cipher.seal(code), codeHash: sha256(code).toString('hex') };
  const { type } = await store.intents.acceptCallback({ ...common, result });
  if (type !== 'accepted') throw new Error(`the callback was answered ${type}`);
  return attemptId;
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Somebody who has connected and whose calendars were not read yet. */
export async function newUser(workers: Workers, vendor: SimulatedVendor): Promise<ConnectedUser> {
  const account = newAccount(vendor);
  const connectionId = await connect(workers, account);
  return { ...account, connectionId };
}

/** Connects, or connects again. Gives the connection's id. */
export async function connect(workers: Workers, account: VendorAccount, round?: Round): Promise<string> {
  const outcome = await workers.exchange(await authorize(workers, account, round));
  if (outcome.type !== 'done') throw new Error(`the exchange was answered ${JSON.stringify(outcome)}`);
  return String(outcome.result?.['connectionId']);
}

export async function connectionOf({ store }: Workers, user: ConnectedUser): Promise<ConnectionRecord> {
  const found = await store.reads.connection(user.connectionId);
  if (found === undefined) throw new Error(`connection ${user.connectionId} is gone`);
  return found;
}

export async function calendarOf(
  { store }: Workers,
  { connectionId, calendarId }: ConnectedUser,
  providerCalendarId: string = calendarId,
): Promise<CalendarRecord> {
  const calendars = await store.reads.calendarsOf(connectionId);
  const found = calendars.find((calendar) => calendar.providerCalendarId === providerCalendarId);
  if (found === undefined) throw new Error(`calendar ${providerCalendarId} is not stored`);
  return found;
}

/** Of the clock's present moment. */
export function windowOf({ clock, config }: Workers): SyncWindow {
  return windowAt(clock, config.sync.window);
}

/** The user's events as the main app would read them, to be compared with the vendor's truth (I4). */
export async function eventsOf(workers: Workers, user: ConnectedUser): Promise<Entry[]> {
  const { userId } = user;
  const found = await workers.store.reads.events({ userId, range: windowOf(workers), limit: 100_000 });
  return stored(JSON.parse(JSON.stringify(found)) as Record<string, unknown>[]);
}

/** Every document of the connection as it lies in the database, by id; all that a stale writer could spoil. */
export async function everythingOf({ database }: Workers, { connectionId }: ConnectedUser) {
  const own = { connectionId: objectId(connectionId)! };
  const [connection, calendars, events] = await Promise.all([
    database.connections.findById(connectionId).lean(),
    database.calendars.find(own).sort({ _id: 1 }).lean(),
    database.events.find(own).sort({ _id: 1 }).lean(),
  ]);
  return { connection, calendars, events };
}

/** The jobs on a queue that are about this connection, attempt or interview. */
export async function jobsOf({ producer }: Pick<Workers, 'producer'>, queue: QueueName, id: string) {
  const found = producer.queues.find(({ name }) => name === queue);
  const jobs = (await found?.getJobs(['waiting', 'prioritized', 'delayed', 'active'])) ?? [];
  return jobs.filter(({ data }) => [data.connectionId, data.attemptId, data.interviewId].includes(id));
}

/** What reached the vendor while something was done. */
export async function requestsDuring(
  { simulator }: SimulatedVendor,
  doing: () => Promise<unknown>,
): Promise<RecordedRequest[]> {
  const before = simulator.requests.length;
  await doing();
  return simulator.requests.slice(before);
}
