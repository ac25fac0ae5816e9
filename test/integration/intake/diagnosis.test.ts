import { mongo } from 'mongoose';
import { afterAll, beforeAll, expect, describe, it } from 'vitest';
import { openDatabase, type Database } from '../../../src/store/mongodb.ts';
import { objectId } from '../../../src/store/object-id.ts';
import {
  aCalendar,
  connectedAccount,
  minutesLater,
  sha256,
  syncTurn,
  testNow,
} from '../../support/builders.ts';
import { cli } from '../../support/cli.ts';
import { newCipherKey } from '../../support/own-workers.ts';
import { testServices } from '../../support/services.ts';
import { ownIntake } from './own-intake.ts';

const services = testServices();
const intake = ownIntake(services);
const env = {
  MONGODB_URI: services.mongodbUri,
  REDIS_URL: services.redisUrl,
  QUEUE_PREFIX: services.queuePrefix,
  INTAKE_API_KEYS: 'not-used-by-the-command-line',
  CREDENTIAL_KEYS: newCipherKey(),
  GOOGLE_CLIENT_ID: 'an-id',
  GOOGLE_CLIENT_SECRET: 'a-secret',
};
let database: Database;
beforeAll(async () => {
  database = await openDatabase({ mongodbUri: services.mongodbUri });
});
afterAll(() => database.connection.close());

/** One calendar that was read at `testNow`, with two entries that could not be, and one that is refused. */
async function syncedConnection(userId: string) {
  const { facts } = intake.store;
  const { id } = await connectedAccount(intake.store, { userId, grant: { accountId: userId } });
  const turn = await syncTurn(intake.store, id);
  const listed = [aCalendar('main', { primary: true }), aCalendar('other')];
  const [main, other] = await facts.replaceCalendars(turn, listed, testNow);
  const window = { start: minutesLater(-43_200), end: minutesLater(259_200) };
  const unreadable = [
    { providerEventId: 'broken-1', reason: 'start is neither a date nor a time' },
    { providerEventId: 'broken-2', reason: 'year 9999' },
  ];
  const advance = { expectedCursor: null, cursor: 'c1', window, full: true, unreadable, unreadableCount: 30 };
  await facts.advanceCursor(turn, main!.id, advance, testNow);
  await facts.failCalendar(turn, other!.id, {
    code: 'calendar_unreachable',
    message: 'google: events.list: it is gone.',
    at: testNow,
  });
  await facts.finishSync(turn, { now: testNow, nextSyncAt: minutesLater(5) });
  return { connectionId: id, mainId: main!.id, otherId: other!.id };
}

const aWatch = async (connectionId: string, calendarId: string, fields: object) => {
  await database.watches.create({
    userId: 'ada',
    connectionId: objectId(connectionId)!,
    calendarId: objectId(calendarId)!,
    provider: 'google',
    state: 'active',
    secretHash: sha256('a secret'),
    createdAt: testNow,
    expiresAt: minutesLater(600),
    renewAt: minutesLater(300),
    silentSweeps: 0,
    ...fields,
  });
};

describe('GET /v1/connections/{id}/diagnosis', () => {
  it('says how it stands, what is wrong and what to do, with the facts behind it', async () => {
    const { connectionId, mainId, otherId } = await syncedConnection('ada');
    await aWatch(connectionId, mainId, { lastNotifiedAt: minutesLater(1) });
    await intake.producer.enqueue(
      'sync',
      'sync-connection',
      { v: 1, connectionId },
      { deduplicate: 'keep-last' },
    );
    intake.clock = minutesLater(3);
    const { status, body, headers } = await intake.api.get(
      `/v1/connections/${connectionId}/diagnosis?userId=ada`,
    );
    expect(status).toBe(200);
    expect(headers.get('Cache-Control')).toBe('no-store');
    expect(body).toMatchObject({
      connectionId,
      userId: 'ada',
      provider: 'google',
      at: minutesLater(3).toISOString(),
      status: 'active',
      verdict: 'behind',
      findings: [
        {
          code: 'calendar_unreachable',
          severity: 'error',
          calendarId: otherId,
          since: testNow.toISOString(),
        },
        { code: 'calendar_never_read', severity: 'error', calendarId: otherId },
        { code: 'unreadable_entries', severity: 'warning', calendarId: mainId },
      ],
      credential: { state: 'valid', version: 1, authorizedAt: testNow.toISOString(), missingScopes: [] },
      sync: { nextAttemptAt: minutesLater(5).toISOString(), job: { state: 'waiting' }, queueAnswers: true },
      calendars: [
        {
          id: mainId,
          cursorAgeSeconds: 180,
          unreadable: [
            { providerEventId: 'broken-1', reason: 'start is neither a date nor a time' },
            { providerEventId: 'broken-2', reason: 'year 9999' },
          ],
          push: { state: 'active', lastNotificationAgeSeconds: 120 },
        },
        {
          id: otherId,
          lastFailure: { code: 'calendar_unreachable', hint: expect.any(String) },
          push: { state: 'missing' },
        },
      ],
    });
    expect(JSON.stringify(body)).not.toMatch(/gAAAA|secret|Title of/i);
  });

  it('I10: of a stranger’s connection is like one that does not exist', async () => {
    const { connectionId } = await syncedConnection('bea');
    const stranger = await intake.api.get(`/v1/connections/${connectionId}/diagnosis?userId=eve`);
    const nobody = await intake.api.get(`/v1/connections/${new mongo.ObjectId().toHexString()}/diagnosis`);
    for (const { status, body } of [stranger, nobody]) {
      expect(status).toBe(404);
      expect(body).toMatchObject({ code: 'unknown_record' });
    }
  });

  it('is shown to operators in words, for a connection and for all of a user', async () => {
    const { connectionId } = await syncedConnection('cleo');
    const answer = await cli(env, 'diagnose', connectionId);
    // The clock of the command line is the real one, and the test’s is far ahead.
    expect(answer.status).toBe(3);
    expect(answer.out).toContain(`google connection ${connectionId} of cleo`);
    expect(answer.out).toContain('not readable: broken-1: start is neither a date nor a time');
    expect(answer.out).toContain('not readable: 28 more');
    expect(answer.out).toContain(
      'error calendar_unreachable [Calendar other]: google: events.list: it is gone.',
    );
    expect(await cli(env, 'diagnose', 'cleo')).toEqual(answer);
    const [parsed] = JSON.parse((await cli(env, 'diagnose', 'cleo', '--json')).out) as {
      connectionId: string;
    }[];
    expect(parsed).toMatchObject({ connectionId, userId: 'cleo', verdict: 'behind' });
    expect(await cli(env, 'diagnose', 'nobody')).toMatchObject({ status: 1 });
    expect(await cli(env, 'diagnose')).toMatchObject({ status: 2 });
  });
});
