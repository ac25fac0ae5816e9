import { describe, expect, it } from 'vitest';
import type { CalendarEvent } from '../../../src/domain/event.ts';
import { aFullEvent, anEvent, minutesLater, syncTurn, testNow } from '../../support/builders.ts';
import { ownIntake } from './own-intake.ts';
import { syncedAt } from './synced-people.ts';

const intake = ownIntake();
const day = 24 * 60;
const from = testNow.toISOString();
const to = minutesLater(2 * day).toISOString();

const syncedAccount = (userId: string, events: CalendarEvent[]) => syncedAt(intake.store, userId, events);

const ask = async (userIds: string[], more: Record<string, unknown> = {}) => {
  const members = userIds.map((userId) => ({ userId }));
  const answer = await intake.api.post('/v1/availability', { groups: [{ members }], from, to, ...more });
  expect(answer.status).toBe(200);
  return answer.body.participants;
};

describe('events', () => {
  it('come page by page, each once, in order', async () => {
    const events = Array.from({ length: 7 }, (_, n) =>
      anEvent(`e${n}`, { start: minutesLater(60 + 10 * (n % 3)) }),
    );
    await syncedAccount('ada', events);
    const seen: { providerEventId: string; start: string }[] = [];
    let cursor = '';
    do {
      const { status, body } = await intake.api.get(
        `/v1/users/ada/events?from=${from}&to=${to}&limit=3${cursor}`,
      );
      expect(status).toBe(200);
      expect(body.events.length).toBeLessThanOrEqual(3);
      seen.push(...body.events);
      cursor = body.nextCursor === undefined ? '' : `&cursor=${body.nextCursor}`;
    } while (cursor !== '');
    expect(seen.map((event) => event.providerEventId).toSorted()).toEqual([
      'e0',
      'e1',
      'e2',
      'e3',
      'e4',
      'e5',
      'e6',
    ]);
    const starts = seen.map((event) => event.start);
    expect(starts).toEqual(starts.toSorted());
  });

  it('are told with everything that is stored of them, and nothing else', async () => {
    await syncedAccount('bea', [aFullEvent('whole')]);
    const { body } = await intake.api.get(`/v1/users/bea/events?from=${from}&to=${to}`);
    expect(body.nextCursor).toBeUndefined();
    expect(body.events[0]).toMatchObject({
      providerEventId: 'whole',
      start: minutesLater(60).toISOString(),
      organizer: { email: 'organizer@example.com', self: false },
      attendees: [{ email: 'me@example.com', self: true }, { name: 'Gil Guest' }],
      originalStart: minutesLater(30).toISOString(),
    });
    expect(body.events[0]).not.toHaveProperty('fingerprint');
    expect(body.events[0]).not.toHaveProperty('etag');
  });

  it('of another user are not among them (I10)', async () => {
    await syncedAccount('cleo', [anEvent('hers')]);
    expect((await intake.api.get(`/v1/users/mallory/events?from=${from}&to=${to}`)).body).toEqual({
      events: [],
    });
  });
});

describe('a connection', () => {
  it('is listed and shown without its credentials, and to its own user only (I9, I10)', async () => {
    const { connectionId } = await syncedAccount('hal', []);
    const list = await intake.api.get('/v1/users/hal/connections');
    const one = await intake.api.get(`/v1/connections/${connectionId}?userId=hal`);
    expect(list.body.connections).toEqual([one.body]);
    expect(one.body).toMatchObject({
      id: connectionId,
      provider: 'google',
      status: 'active',
      lastSyncedAt: from,
    });
    expect(JSON.stringify(one.body)).not.toContain('gAAAA');
    for (const [method, path] of [
      ['GET', `/v1/connections/${connectionId}`],
      ['DELETE', `/v1/connections/${connectionId}`],
      ['POST', `/v1/connections/${connectionId}/sync`],
      ['GET', `/v1/connections/${connectionId}/calendars`],
    ] as const) {
      expect((await intake.api.call(method, `${path}?userId=mallory`)).status).toBe(404);
    }
    expect((await intake.store.reads.connection(connectionId))?.status).toBe('active');
  });

  it('I3: any number of calls for a sync leave one job, and the connection is due', async () => {
    const { connectionId } = await syncedAccount('ida', []);
    const calls = Array.from({ length: 8 }, () =>
      intake.api.call('POST', `/v1/connections/${connectionId}/sync`),
    );
    for (const { status } of await Promise.all(calls)) expect(status).toBe(202);
    const jobs = (await intake.jobs('sync')).filter(({ data }) => data['connectionId'] === connectionId);
    expect(jobs).toMatchObject([{ name: 'sync-connection', data: { v: 1, requestId: expect.any(String) } }]);
    expect(await intake.store.facts.dueConnections(testNow, 1000)).toContain(connectionId);
  });

  it('that needs a new authorization refuses a sync and says what to do', async () => {
    const { connectionId } = await syncedAccount('jo', []);
    const reason = { code: 'grant_revoked', message: 'Google says it was withdrawn.', at: testNow } as const;
    await intake.store.facts.markReauthRequired(connectionId, 1, reason);
    const answer = await intake.api.call('POST', `/v1/connections/${connectionId}/sync`);
    expect(answer).toMatchObject({
      status: 409,
      body: {
        code: 'reauth_required',
        detail: reason.message,
        hint: expect.stringContaining('connectionId'),
      },
    });
    const shown = await intake.api.get(`/v1/connections/${connectionId}`);
    expect(shown.body.statusReason).toMatchObject({ code: 'grant_revoked', hint: expect.any(String) });
  });

  it('that is disconnected counts for nothing from then on, and a worker is told once', async () => {
    const { connectionId } = await syncedAccount('kim', [anEvent('x')]);
    const remove = () => intake.api.call('DELETE', `/v1/connections/${connectionId}`);
    expect(await remove()).toMatchObject({ status: 202, body: { connectionId, status: 'disconnecting' } });
    expect((await remove()).status).toBe(202);
    const jobs = (await intake.jobs('maintenance')).filter(
      ({ data }) => data['connectionId'] === connectionId,
    );
    expect(jobs).toMatchObject([{ name: 'disconnect-connection' }]);
    expect(await ask(['kim'])).toMatchObject([
      { userId: 'kim', busy: [], freshness: { state: 'unknown', reason: 'not_connected' } },
    ]);
    expect((await intake.api.call('POST', `/v1/connections/${connectionId}/sync`)).body.code).toBe(
      'disconnecting',
    );
  });

  it('that does not exist is unknown', async () => {
    expect((await intake.api.get(`/v1/connections/${'0'.repeat(24)}`)).body.code).toBe('unknown_record');
  });
});

describe('a calendar', () => {
  it('that is taken in counts as never synced until it was read, and a sync is queued (I7)', async () => {
    const { connectionId, calendarId } = await syncedAccount('lea', [anEvent('x')]);
    const select = (selected: boolean) =>
      intake.api.call('PATCH', `/v1/calendars/${calendarId}`, { selected });
    expect(await select(false)).toMatchObject({ status: 200, body: { id: calendarId, selected: false } });
    expect((await select(true)).body).toMatchObject({ selected: true });
    expect((await ask(['lea']))[0].freshness).toMatchObject({
      state: 'unknown',
      reason: 'never_synced',
      calendarId,
    });
    const jobs = (await intake.jobs('sync')).filter(({ data }) => data['connectionId'] === connectionId);
    expect(jobs).toHaveLength(1);
    const list = await intake.api.get(`/v1/connections/${connectionId}/calendars`);
    expect(list.body.calendars).toMatchObject([
      { id: calendarId, name: 'Calendar main', primary: true, unreadable: [], unreadableCount: 0 },
    ]);
  });

  it('shows what is held, missing, unreadable and was found by an audit (I11)', async () => {
    const { connectionId, calendarId } = await syncedAccount('kim', [anEvent('x')]);
    const { facts } = intake.store;
    const turn = await syncTurn(intake.store, connectionId);
    const hold = { since: testNow, readAt: testNow, stored: 40, removals: 38, digest: 'of-the-ids' };
    const unreadable = [{ providerEventId: 'bad', reason: 'no start', recurringEventId: 'series' }];
    const { window = { start: testNow, end: testNow } } =
      (await intake.store.reads.calendar(calendarId))?.sync ?? {};
    const advance = { expectedCursor: 'c1', cursor: 'c2', window, full: true, unreadable };
    await facts.advanceCursor(turn, calendarId, { ...advance, unreadableCount: 500 }, testNow);
    await facts.holdRemovals(turn, calendarId, hold, testNow);
    await facts.recordAudit(turn, calendarId, { at: testNow, missing: 1, extra: 2, different: 3 });
    await facts.replaceCalendars(turn, [], testNow, [calendarId]);
    const list = await intake.api.get(`/v1/connections/${connectionId}/calendars`);
    expect(list.body.calendars[0]).toMatchObject({
      lastSyncedAt: from,
      unreadable: [{ providerEventId: 'bad', reason: 'no start' }],
      unreadableCount: 500,
      hold: { since: from, stored: 40, removals: 38 },
      missingSince: from,
      audit: { at: from, missing: 1, extra: 2, different: 3 },
    });
    expect(JSON.stringify(list.body)).not.toContain('of-the-ids');
    const { body } = await intake.api.get('/metrics');
    expect(body).toContain('calendar_sync_held_calendars 1');
    expect(body).toContain('calendar_sync_unreadable_entries 500');
    expect(body).toContain('calendar_sync_audited_calendars 1');
    expect(body).toContain('calendar_sync_drift_entries{kind="extra"} 2');
  });

  it('of another user cannot be changed (I10)', async () => {
    const { calendarId } = await syncedAccount('max', []);
    const path = `/v1/calendars/${calendarId}?userId=mallory`;
    expect((await intake.api.call('PATCH', path, { selected: false })).status).toBe(404);
    expect((await intake.store.reads.calendar(calendarId))?.selected).toBe(true);
  });

  it('that does not change queues nothing', async () => {
    const { connectionId, calendarId } = await syncedAccount('nia', []);
    expect((await intake.api.call('PATCH', `/v1/calendars/${calendarId}`, { selected: true })).status).toBe(
      200,
    );
    const jobs = (await intake.jobs('sync')).filter(({ data }) => data['connectionId'] === connectionId);
    expect(jobs).toEqual([]);
  });
});
