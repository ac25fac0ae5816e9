import { describe, expect, it } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import type { RecordedRequest } from '../../simulators/simulator.ts';
import { interviewDesk } from '../../support/interview-desk.ts';
import { after, day, hour, ownWorkers } from '../../support/own-workers.ts';

const workers = ownWorkers();
const second = 1_000;

const isCreation = ({ method, path }: RecordedRequest): boolean =>
  method === 'POST' && path.endsWith('/events');

describe.each(providerIds)('I8: an interview whose creation %s does only after we have given it up', (id) => {
  const { vendorOf, people, record, organizer, wish, put, mailed, newsOf } = interviewDesk(workers, id);

  /** Books in vain: the request is still under way. Gives what lets it arrive. */
  async function giveUp(interviewId: string): Promise<() => Promise<unknown>> {
    const { simulator } = vendorOf();
    simulator.fault({ match: { method: 'POST', path: '/events$' }, action: { type: 'cut' } });
    await expect(workers.reconcile(interviewId)).rejects.toMatchObject({ name: 'ProviderError' });
    const { method, path, query, headers, body } = simulator.requests.findLast(isCreation)!;
    const { authorization = '', 'content-type': type = '' } = headers;
    const address = `${simulator.url}${path}?${new URLSearchParams(query)}`;
    return () => fetch(address, { method, body, headers: { authorization, 'content-type': type } });
  }

  /** As the scheduler does: whatever is due by then is run. */
  async function runWhatIsDue(interviewId: string, at: Date): Promise<void> {
    workers.clock = at;
    const due = await workers.store.facts.dueInterviews(at, 100);
    if (due.includes(interviewId)) await workers.reconcile(interviewId);
  }

  it('and that is withdrawn meanwhile leaves the calendar again, and is told once', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    const arrives = await giveUp(interviewId);
    await workers.store.intents.withdrawInterview(interviewId, workers.clock);
    await workers.reconcile(interviewId);
    expect(await record(interviewId)).toMatchObject({ state: 'cancelled', place: undefined });
    await arrives();
    expect(people().living(user.email)).toHaveLength(1);
    await runWhatIsDue(interviewId, after(6 * second));
    expect(people().living(user.email)).toEqual([]);
    expect((await newsOf(user)).map(({ type }) => type)).toEqual(['interview.cancelled']);
  });

  it('and that was withdrawn is looked for again until nothing can come any more', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    await giveUp(interviewId);
    await workers.store.intents.withdrawInterview(interviewId, workers.clock);
    await workers.reconcile(interviewId);
    let looks = 0;
    for (let { dueAt } = await record(interviewId); dueAt !== undefined; looks += 1) {
      await runWhatIsDue(interviewId, dueAt);
      ({ dueAt } = await record(interviewId));
    }
    expect(looks).toBeGreaterThan(3);
    expect(looks).toBeLessThan(12);
    expect(workers.clock).toEqual(after(120 * second));
    const { state, formerPlaces, attempts } = await record(interviewId);
    expect({ state, formerPlaces }).toEqual({ state: 'cancelled', formerPlaces: [] });
    expect(attempts.map(({ action }) => action)).toEqual(['create', 'find', 'find']);
  });

  it('and that is wanted again at a time that is taken stays in conflict, and leaves the calendar', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    const arrives = await giveUp(interviewId);
    await workers.store.intents.withdrawInterview(interviewId, workers.clock);
    await workers.reconcile(interviewId);
    const slot = { start: after(3 * day), end: after(3 * day + hour) };
    vendorOf().put(user.email, user.calendarId, { title: 'Dentist', ...slot });
    await put(wish(user, { ...slot, checkConflicts: true }), interviewId);
    await workers.reconcile(interviewId);
    await arrives();
    await runWhatIsDue(interviewId, after(6 * second));
    expect(await record(interviewId)).toMatchObject({
      state: 'conflict',
      reason: { code: 'slot_taken' },
      clash: slot,
    });
    expect(people().living(user.email)).toHaveLength(1);
  });

  it('and that goes to another organizer meanwhile is in their calendar alone', async () => {
    const [user, other] = [await organizer(), await organizer()];
    const interviewId = await put(wish(user));
    const arrives = await giveUp(interviewId);
    await put(wish(other), interviewId);
    await workers.reconcile(interviewId);
    await arrives();
    await runWhatIsDue(interviewId, after(6 * second));
    expect(people().living(user.email)).toEqual([]);
    expect(people().living(other.email)).toHaveLength(1);
    expect(await record(interviewId)).toMatchObject({ state: 'booked' });
  });

  it('and that was made anew meanwhile has one event, the one that is known', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    const arrives = await giveUp(interviewId);
    await workers.reconcile(interviewId);
    const { place } = await record(interviewId);
    // Google notices that an id is taken as well as it can, and promises nothing.
    if (id === 'google') workers.vendors.google.simulator.behaviour.missedCollisions = 1;
    await arrives();
    const before = mailed().length;
    await runWhatIsDue(interviewId, after(6 * second));
    expect(people().living(user.email)).toEqual([place?.providerEventId]);
    expect(await record(interviewId)).toMatchObject({
      state: 'booked',
      place: { providerEventId: place?.providerEventId },
    });
    expect(mailed()).toHaveLength(before);
    await runWhatIsDue(interviewId, after(120 * second));
    const { place: sure, dueAt } = await record(interviewId);
    expect(sure).not.toHaveProperty('doubtUntil');
    expect(dueAt).toBeUndefined();
  });

  it('nor is one looked for whose creation was answered', async () => {
    const user = await organizer();
    const interviewId = await put(wish(user));
    await workers.reconcile(interviewId);
    const { place, dueAt } = await record(interviewId);
    expect(place).not.toHaveProperty('doubtUntil');
    expect(dueAt).toBeUndefined();
  });
});
