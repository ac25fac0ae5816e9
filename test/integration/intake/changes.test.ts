import { describe, expect, it } from 'vitest';
import {
  aCalendar,
  anEvent,
  connectedAccount,
  fingerprinted,
  minutesLater,
  syncTurn,
  testNow,
} from '../../support/builders.ts';
import { ownIntake } from './own-intake.ts';

const intake = ownIntake();
const day = 24 * 60;

interface Page {
  changes: Record<string, unknown>[];
  more: boolean;
  nextCursor: string;
}

async function read(query = ''): Promise<Page> {
  const { status, body } = await intake.api.get(`/v1/changes${query}`);
  expect(status).toBe(200);
  return body as Page;
}

/** Everything from the cursor on, and the cursor at the end. */
async function readAll(from?: string, limit = 500): Promise<Page> {
  const all: Page = { changes: [], more: true, nextCursor: from ?? '' };
  while (all.more) {
    const after = all.nextCursor === '' ? '' : `&after=${all.nextCursor}`;
    const page = await read(`?limit=${limit}${after}`);
    Object.assign(all, page, { changes: [...all.changes, ...page.changes] });
  }
  return all;
}

let users = 0;

async function connected(now = testNow) {
  users += 1;
  const userId = `reader-${users}`;
  return { userId, connection: await connectedAccount(intake.store, { userId, now }), now };
}

describe('GET /v1/changes', () => {
  it('tells what happened since a cursor, in its order, and gives the next one', async () => {
    const { nextCursor: before } = await readAll();
    const { userId, connection } = await connected();
    const { id: connectionId } = connection;
    const turn = await syncTurn(intake.store, connectionId);
    const [calendar] = await intake.store.facts.replaceCalendars(turn, [aCalendar('a')], testNow);
    const upserts = [fingerprinted(anEvent('e', { title: 'Nobody’s business' }))];
    const page = { upserts, deletes: [] };
    await intake.store.facts.applyPage(turn, calendar!.id, page, testNow, minutesLater(1));
    const reason = { code: 'grant_revoked', message: 'google said no', at: minutesLater(1) } as const;
    await intake.store.facts.markReauthRequired(connectionId, 1, reason);
    const { changes, nextCursor, more } = await read(`?after=${before}`);
    const common = { id: expect.stringMatching(/^[0-9a-f]{24}$/), userId, connectionId };
    expect(changes).toEqual([
      {
        ...common,
        type: 'connection.connected',
        timestamp: testNow.toISOString(),
        sequence: 1,
        data: { provider: 'google', reconnected: false },
      },
      {
        ...common,
        type: 'events.changed',
        timestamp: testNow.toISOString(),
        sequence: 2,
        data: {
          calendarId: calendar!.id,
          eventIds: ['e'],
          removedIds: [],
          range: { start: minutesLater(60).toISOString(), end: minutesLater(120).toISOString() },
          count: 1,
        },
      },
      {
        ...common,
        type: 'connection.reauth_required',
        timestamp: minutesLater(1).toISOString(),
        sequence: 3,
        data: { reason: { code: 'grant_revoked', message: 'google said no', hint: expect.any(String) } },
      },
    ]);
    expect(more).toBe(false);
    expect(await read(`?after=${nextCursor}`)).toMatchObject({ changes: [], more: false });
    await intake.store.facts.purgeConnection(connectionId, minutesLater(2));
    expect((await read(`?after=${nextCursor}`)).changes).toMatchObject([
      { type: 'connection.disconnected', sequence: 4, connectionId },
    ]);
  });

  it('comes in pages, of which each says where the next one begins', async () => {
    const { nextCursor } = await readAll();
    for (let n = 0; n < 5; n += 1) await connected();
    const whole = await readAll(nextCursor);
    expect(whole.changes).toHaveLength(5);
    expect((await read(`?limit=2&after=${nextCursor}`)).more).toBe(true);
    expect((await readAll(nextCursor, 2)).changes).toEqual(whole.changes);
    // The same cursor again gives the same again.
    expect((await readAll(nextCursor, 3)).changes).toEqual(whole.changes);
  });

  it.each([
    ['after=nonsense', 'after'],
    [`after=${Buffer.from('2.1.1').toString('base64url')}`, 'after'],
    [`after=${'a'.repeat(201)}`, 'after'],
    ['limit=0', 'limit'],
    ['limit=501', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['since=1', 'since'],
  ])('refuses %s', async (query, field) => {
    const { status, body } = await intake.api.get(`/v1/changes?${query}`);
    expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(body.errors[0].field).toBe(field);
  });

  it('says so where what comes after a cursor may have ended by now', async () => {
    const { nextCursor } = await readAll();
    intake.clock = minutesLater(29 * day);
    expect((await read(`?after=${nextCursor}`)).more).toBe(false);
    intake.clock = minutesLater(30 * day);
    const { status, body } = await intake.api.get(`/v1/changes?after=${nextCursor}`);
    expect({ status, code: body.code }).toEqual({ status: 410, code: 'changes_lost' });
    expect(body.hint).toContain('read connections and events anew');
    const again = await readAll();
    expect((await read(`?after=${again.nextCursor}`)).changes).toEqual([]);
    intake.clock = testNow;
  });

  it('says so where the database knows less than the cursor: it was restored', async () => {
    const ahead = Buffer.from(`1.999999.${minutesLater(day).getTime()}`).toString('base64url');
    const { status, body } = await intake.api.get(`/v1/changes?after=${ahead}`);
    expect({ status, code: body.code }).toEqual({ status: 410, code: 'changes_lost' });
  });

  it('needs a key', async () => {
    const { status } = await intake.api.call('GET', '/v1/changes', undefined, { authorization: '' });
    expect(status).toBe(401);
  });
});
