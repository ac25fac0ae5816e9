import { describe, expect, it } from 'vitest';
import type { HoldWish } from '../../../src/domain/hold.ts';
import { slotInterviewId } from '../../../src/domain/hold.ts';
import type { InterviewWish } from '../../../src/domain/interview.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import type { HoldRecord, InterviewRecord } from '../../../src/store/store.ts';
import { newUser, requestsDuring, type ConnectedUser } from '../../support/connected-user.ts';
import { meetingPeople } from '../../support/meeting-people.ts';
import { after, day, hour, minute, ownWorkers } from '../../support/own-workers.ts';
import { storedTime } from '../../support/stored-time.ts';

const workers = ownWorkers();
let names = 0;
const newName = (kind: string) => `${kind}-${(names += 1)}`;

describe.each(providerIds)('a hold in a calendar of %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const people = () => meetingPeople(workers.vendors)[id];
  const slot = (n: number) => ({ start: after(n * day), end: after(n * day + hour) });

  async function organizer(): Promise<ConnectedUser> {
    const user = await newUser(workers, vendorOf());
    await workers.sync(user.connectionId);
    return user;
  }

  function wish({ userId }: ConnectedUser, changes: Partial<HoldWish> = {}): HoldWish {
    return {
      organizer: { userId },
      participants: [],
      title: 'Held for Kim',
      description: 'One of these',
      timeZone: 'Europe/Berlin',
      slots: [slot(2), slot(3), slot(4)],
      expiresAt: after(day),
      showInCalendar: true,
      checkConflicts: false,
      ...changes,
    };
  }

  function interview({ userId }: ConnectedUser, changes: Partial<InterviewWish> = {}): InterviewWish {
    return {
      organizer: { userId },
      title: 'Interview with Kim',
      ...slot(3),
      timeZone: 'Europe/Berlin',
      attendees: [],
      conference: 'none',
      visibility: 'default',
      tentative: false,
      sendInvitations: true,
      checkConflicts: false,
      policy: 'follow',
      ...changes,
    };
  }

  const record = async (holdId: string): Promise<HoldRecord> => (await workers.store.reads.hold(holdId))!;
  const slotsOf = (holdId: string): Promise<InterviewRecord[]> =>
    workers.store.reads.interviewsOfHold(holdId);

  /** What the jobs do that are due of it. */
  async function bring(holdId: string): Promise<void> {
    const due = new Set(await workers.store.facts.dueInterviews(workers.clock, 1000));
    for (const one of await slotsOf(holdId)) if (due.has(one.id)) await workers.reconcile(one.id);
  }

  async function put(holdId: string, wanted: HoldWish): Promise<void> {
    await workers.store.intents.putHold(holdId, wanted, workers.clock);
    await bring(holdId);
  }

  async function held(user: ConnectedUser, changes: Partial<HoldWish> = {}): Promise<string> {
    const holdId = newName('hold');
    await put(holdId, wish(user, changes));
    return holdId;
  }

  async function eventIdOf(holdId: string, number: number): Promise<string> {
    const found = await workers.store.reads.interview(slotInterviewId(holdId, { number }));
    return found!.place!.providerEventId!;
  }

  async function told({ userId }: ConnectedUser) {
    const page = await workers.store.reads.changes({ after: 0, limit: 10_000, now: workers.clock });
    if (page.type !== 'page') throw new Error('the changes are lost');
    return page.changes.filter((one) => one.userId === userId && one.type !== 'connection.connected');
  }

  const stored = ({ userId }: ConnectedUser) =>
    workers.store.reads.events({ userId, range: { start: after(0), end: after(9 * day) }, limit: 100 });

  const writesDuring = async (doing: () => Promise<unknown>) =>
    (await requestsDuring(vendorOf(), doing)).filter(
      ({ method, path }) => method !== 'GET' && !path.endsWith('/token'),
    );

  it('shows each slot as a tentative entry, and mails nobody', async () => {
    const user = await organizer();
    const holdId = await held(user);
    expect(people().living(user.email)).toHaveLength(3);
    expect((await slotsOf(holdId)).map(({ state }) => state)).toEqual(['booked', 'booked', 'booked']);
    await workers.sync(user.connectionId);
    expect(await stored(user)).toMatchObject(
      [2, 3, 4].map((n) => ({ ...slot(n), title: 'Held for Kim', busy: 'tentative', attendees: [] })),
    );
    expect(people().mails(user.email)).toEqual([]);
  });

  it('comes back through syncs without an echo: nothing is told, nothing is due, nothing is written', async () => {
    const user = await organizer();
    const holdId = await held(user);
    workers.clock = after(5 * minute);
    expect(await writesDuring(() => workers.sync(user.connectionId))).toEqual([]);
    const due = await workers.store.facts.dueInterviews(workers.clock, 1000);
    expect((await slotsOf(holdId)).filter((one) => due.includes(one.id))).toEqual([]);
    expect(await writesDuring(() => bring(holdId))).toEqual([]);
    expect(await told(user)).toEqual([]);
  });

  it('of other slots keeps the entries of those that stay, as they are', async () => {
    const user = await organizer();
    const holdId = await held(user);
    const before = people().living(user.email);
    const kept = await eventIdOf(holdId, 2);
    const writes = await writesDuring(() => put(holdId, wish(user, { slots: [slot(3), slot(5)] })));
    expect(writes.map(({ method }) => method).toSorted()).toHaveLength(3);
    const now = people().living(user.email);
    expect(now).toHaveLength(2);
    expect(now.filter((event) => before.includes(event))).toEqual([kept]);
  });

  it('that is confirmed leaves the entry of the interview, and no other', async () => {
    const user = await organizer();
    const holdId = await held(user);
    await workers.sync(user.connectionId);
    const interviewId = newName('interview');
    const wanted = interview(user, { holdId, checkConflicts: true });
    expect(await workers.store.intents.putInterview(interviewId, wanted, workers.clock)).toMatchObject({
      type: 'created',
    });
    // Before the slots are out of the calendar: they are not in the way of the one that has taken one of them.
    await workers.reconcile(interviewId);
    expect(await workers.store.reads.interview(interviewId)).toMatchObject({ state: 'booked' });
    await bring(holdId);
    const { place } = (await workers.store.reads.interview(interviewId))!;
    expect(people().living(user.email)).toEqual([place?.providerEventId]);
    expect((await slotsOf(holdId)).map(({ state }) => state)).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
    ]);
    expect(await record(holdId)).toMatchObject({ state: 'confirmed', confirmedBy: interviewId });
    workers.clock = after(5 * minute);
    await workers.sync(user.connectionId);
    expect(await stored(user)).toMatchObject([{ ...slot(3), interviewId }]);
    expect((await told(user)).map(({ type }) => type)).toEqual(['interview.booked']);
  });

  it('is in the way of an interview that does not name it', async () => {
    const user = await organizer();
    const holdId = await held(user, { showInCalendar: false });
    const interviewId = newName('interview');
    await workers.store.intents.putInterview(
      interviewId,
      interview(user, { checkConflicts: true }),
      workers.clock,
    );
    await workers.reconcile(interviewId);
    expect(await workers.store.reads.interview(interviewId)).toMatchObject({
      state: 'conflict',
      clash: { ...slot(3), userId: user.userId, holdId },
    });
    expect(people().living(user.email)).toEqual([]);
  });

  it('that is released leaves the calendar', async () => {
    const user = await organizer();
    const holdId = await held(user);
    await workers.store.intents.releaseHold(holdId, workers.clock);
    await bring(holdId);
    expect(people().living(user.email)).toEqual([]);
    expect(await told(user)).toEqual([]);
  });

  it('whose time has run out leaves the calendar by the scheduler’s clock', async () => {
    const user = await organizer();
    const holdId = await held(user);
    workers.clock = after(day);
    await workers.tick();
    await bring(holdId);
    expect(people().living(user.email)).toEqual([]);
    expect(await record(holdId)).toMatchObject({ state: 'expired' });
    expect(await told(user)).toEqual([]);
  });

  it('whose time has run out before it could be written is not written', async () => {
    const user = await organizer();
    const holdId = newName('hold');
    await workers.store.intents.putHold(holdId, wish(user), workers.clock);
    workers.clock = after(day);
    expect(await writesDuring(() => bring(holdId))).toEqual([]);
    expect(await record(holdId)).toMatchObject({ state: 'expired' });
    expect((await slotsOf(holdId)).map(({ state }) => state)).toEqual([
      'cancelled',
      'cancelled',
      'cancelled',
    ]);
  });

  it('of which somebody deletes a slot has given it up, which is told and stays so', async () => {
    const user = await organizer();
    const holdId = await held(user);
    await workers.sync(user.connectionId);
    people().remove(user.email, await eventIdOf(holdId, 1));
    await workers.sync(user.connectionId);
    await bring(holdId);
    expect((await record(holdId)).slots.map(({ state }) => state)).toEqual([
      'removed_by_user',
      'held',
      'held',
    ]);
    expect(await told(user)).toMatchObject([{ type: 'hold.slot_removed', data: { holdId, slot: slot(2) } }]);
    const range = { start: after(0), end: after(9 * day) };
    const { promised } = await storedTime(workers.store, user.userId, range, { now: workers.clock });
    expect(promised).toEqual([slot(3), slot(4)]);
    await put(holdId, wish(user, { title: 'Held for Lee' }));
    expect(people().living(user.email)).toHaveLength(2);
  });

  it('of which somebody moves a slot stays as the main app knows it, and nothing is put back or told', async () => {
    const user = await organizer();
    const holdId = await held(user);
    const moved = { start: after(6 * day), end: after(6 * day + hour) };
    people().change(user.email, await eventIdOf(holdId, 1), moved);
    await workers.sync(user.connectionId);
    expect(await writesDuring(() => bring(holdId))).toEqual([]);
    expect((await record(holdId)).slots[0]).toMatchObject({ ...slot(2), state: 'held' });
    const [first] = (await slotsOf(holdId)).toSorted((one, other) => one.id.localeCompare(other.id));
    expect(first?.applied?.snapshot).toMatchObject(moved);
    expect(await told(user)).toEqual([]);
  });

  it('I8: whose creation lost its answer shows each slot once', async () => {
    const user = await organizer();
    const holdId = newName('hold');
    await workers.store.intents.putHold(holdId, wish(user, { slots: [slot(2)] }), workers.clock);
    vendorOf().simulator.fault({
      match: { method: 'POST', path: '/events$' },
      action: { type: 'cut-after' },
    });
    const [{ id: slotId } = { id: '' }] = await slotsOf(holdId);
    await expect(workers.reconcile(slotId)).rejects.toMatchObject({ name: 'ProviderError' });
    await bring(holdId);
    expect(people().living(user.email)).toHaveLength(1);
  });
});
