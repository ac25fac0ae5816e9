import { describe, expect, it } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { connect, newUser } from '../../support/connected-user.ts';
import { interviewDesk } from '../../support/interview-desk.ts';
import { meetingPeople } from '../../support/meeting-people.ts';
import { after, day, hour, minute, ownWorkers } from '../../support/own-workers.ts';

const workers = ownWorkers();

describe.each(providerIds)('an interview in a calendar of %s that meets an obstacle', (id) => {
  const { vendorOf, people, record, organizer, wish, put, booked, newsOf } = interviewDesk(workers, id);

  it('moves to the calendar of another organizer, and leaves the first', async () => {
    const [user, other] = [
      await organizer(),
      await newUser(workers, workers.vendors[id === 'google' ? 'microsoft' : 'google']),
    ];
    await workers.sync(other.connectionId);
    const interviewId = await booked(user);
    await put(wish(other), interviewId);
    await workers.reconcile(interviewId);
    expect(people().living(user.email)).toEqual([]);
    expect(meetingPeople(workers.vendors)[other.vendor.id].living(other.email)).toHaveLength(1);
    expect(await record(interviewId)).toMatchObject({
      state: 'booked',
      formerPlaces: [],
      userId: other.userId,
    });
  });

  it('of somebody who has to authorize anew waits visibly, and goes out when that is done', async () => {
    const user = await organizer();
    const { version } = (await workers.store.facts.credentials(user.connectionId))!;
    const reason = { code: 'grant_revoked', message: 'revoked', at: workers.clock } as const;
    await workers.store.facts.markReauthRequired(user.connectionId, version, reason);
    const interviewId = await put(wish(user));
    await workers.reconcile(interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'waiting', reason: { code: 'grant_revoked' } });
    expect((await newsOf(user)).map(({ type }) => type)).toEqual(['interview.waiting']);
    await connect(workers, user);
    expect(await workers.store.facts.dueInterviews(workers.clock, 100)).toContain(interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked' });
  });

  it('that has left the calendar of somebody who has to authorize anew is booked, shows why its old event stands, and takes it out when that is done', async () => {
    const [user, other] = [await organizer(), await organizer()];
    const interviewId = await booked(user);
    const { version } = (await workers.store.facts.credentials(user.connectionId))!;
    const reason = { code: 'grant_revoked', message: 'revoked', at: workers.clock } as const;
    await workers.store.facts.markReauthRequired(user.connectionId, version, reason);
    await put(wish(other), interviewId);
    await workers.reconcile(interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked', reason: { code: 'grant_revoked' } });
    expect((await newsOf(other)).map(({ type }) => type)).toEqual(['interview.booked']);
    expect(people().living(user.email)).toHaveLength(1);
    await connect(workers, user);
    expect(await workers.store.facts.dueInterviews(workers.clock, 100)).toContain(interviewId);
    await workers.reconcile(interviewId);
    expect(people().living(user.email)).toEqual([]);
    expect(await record(interviewId)).toMatchObject({ state: 'booked', formerPlaces: [], reason: undefined });
    expect((await newsOf(other)).map(({ type }) => type)).toEqual(['interview.booked']);
  });

  it('that could not be written before its time was over has failed, and says so', async () => {
    const interviewId = await put(wish({ userId: 'nobody-is-connected' }));
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({
      state: 'waiting',
      reason: { code: 'organizer_not_connected' },
    });
    workers.clock = after(3 * day);
    expect(await workers.store.facts.dueInterviews(workers.clock, 100)).toContain(interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'failed', reason: { code: 'time_passed' } });
  });

  it('is not written where somebody who takes part is busy by then, and says when', async () => {
    const [user, colleague] = [await organizer(), await organizer()];
    vendorOf().put(colleague.email, colleague.calendarId, {
      title: 'Dentist',
      start: after(2 * day + 30 * minute),
      end: after(2 * day + 2 * hour),
    });
    const attendees = [{ email: colleague.email.toUpperCase(), optional: false, resource: false }];
    const interviewId = await put(wish(user, { checkConflicts: true, attendees }));
    await workers.reconcile(interviewId);
    const clash = { start: after(2 * day + 30 * minute), end: after(2 * day + 2 * hour) };
    expect(await record(interviewId)).toMatchObject({
      state: 'conflict',
      clash: { ...clash, userId: colleague.userId },
      reason: { code: 'slot_taken' },
    });
    expect(people().living(user.email)).toEqual([]);
    expect((await newsOf(user)).at(-1)).toMatchObject({ type: 'interview.conflict', data: { clash } });
  });

  it('is in nobody’s way after its answer was lost: the copies that guests have of it are no obstacle', async () => {
    const [user, colleague] = [await organizer(), await organizer()];
    const attendees = [{ email: colleague.email, optional: false, resource: false }];
    const asked = { checkConflicts: true, attendees };
    const interviewId = await put(wish(user, asked));
    const lost = { type: 'cut-after' } as const;
    vendorOf().simulator.fault({ match: { method: 'POST', path: '/events$' }, action: lost });
    await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
    expect(people().living(colleague.email)).toHaveLength(1);
    const aLittleLater = { start: after(2 * day + 30 * minute), end: after(2 * day + 90 * minute) };
    await put(wish(user, { ...asked, ...aLittleLater }), interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked', applied: { snapshot: aLittleLater } });
  });

  it('is in nobody’s way when it is moved by a little', async () => {
    const user = await organizer();
    const interviewId = await booked(user, { checkConflicts: true });
    const times = { start: after(2 * day + 30 * minute), end: after(2 * day + 90 * minute) };
    await put(wish(user, { checkConflicts: true, ...times }), interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked', applied: { snapshot: times } });
  });

  it('whose move to another organizer broke off is in nobody’s way by what attendees have of it from before', async () => {
    const [user, other, colleague] = [await organizer(), await organizer(), await organizer()];
    const attendees = [{ email: colleague.email, optional: false, resource: false }];
    const interviewId = await booked(user, { checkConflicts: true, attendees });
    await put(wish(other, { checkConflicts: true, attendees }), interviewId);
    const action = { type: 'status', status: 500 } as const;
    vendorOf().simulator.fault({ match: { method: 'POST', path: '/events$' }, action });
    await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked', formerPlaces: [] });
    expect(people().living(user.email)).toEqual([]);
  });

  it('that races another for one time: one is written, the other is in conflict', async () => {
    const user = await organizer();
    const ids = await Promise.all([1, 2, 3].map(() => put(wish(user, { checkConflicts: true }))));
    await Promise.all(ids.map((interviewId) => workers.reconcile(interviewId)));
    const states = await Promise.all(ids.map(async (interviewId) => (await record(interviewId)).state));
    expect(states.toSorted()).toEqual(['booked', 'conflict', 'conflict']);
    expect(people().living(user.email)).toHaveLength(1);
  });

  it('with a link that this calendar cannot make has failed, with what to do about it', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user, { conference: id === 'google' ? 'teams' : 'google_meet' }));
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({
      state: 'failed',
      reason: { code: 'conference_unavailable', hint: expect.stringContaining('provider_default') },
    });
    expect((await newsOf(user)).at(-1)).toMatchObject({ type: 'interview.failed' });
    await put(wish(user), interviewId);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'booked' });
  });
});
