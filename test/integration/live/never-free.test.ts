import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { draw } from '../../simulators/draw.ts';
import { faultKinds, type FaultKind } from '../../simulators/fault-kinds.ts';
import { appointment } from '../../support/calendar-contents.ts';
import { newUser, type ConnectedUser } from '../../support/connected-user.ts';
import { liveAsker } from '../../support/live-asker.ts';
import { after, day, hour, minute, ownWorkers } from '../../support/own-workers.ts';
import { openIntake, type OwnIntake } from '../intake/own-intake.ts';

const workers = ownWorkers();
const { ask } = liveAsker(workers);
let intake: OwnIntake;
beforeAll(async () => {
  intake = await openIntake({
    deps: {
      reads: workers.store.reads,
      now: () => workers.clock,
      askLive: (subjects, question) => ask(subjects, { ...question, withinMs: patienceMs }),
    },
  });
});
afterAll(() => intake.close());

/** Less than a request may ask for: faults that only end with it shall not take minutes. */
const patienceMs = 500;
const range = { start: after(hour), end: after(2 * day) };

interface Told {
  readonly slots: readonly { readonly start: string; readonly end: string }[];
  readonly participants: readonly {
    readonly userId: string;
    readonly freshness: { readonly state: string; readonly live?: { readonly failed?: string } };
  }[];
}

async function freeTimes(users: readonly ConnectedUser[], more: object = {}): Promise<Told> {
  const { status, body } = await intake.api.post('/v1/availability', {
    groups: [{ members: users.map(({ userId }) => ({ userId })) }],
    from: range.start.toISOString(),
    to: range.end.toISOString(),
    durationMinutes: 30,
    stepMinutes: 15,
    limit: 1000,
    live: true,
    ...more,
  });
  expect(status).toBe(200);
  return body as Told;
}

/** The busy spans by the vendor's own account, of those whom the answer calls fresh, that lie in one of its slots. */
function wronglyFree(users: readonly ConnectedUser[], { slots, participants }: Told): string[] {
  const fresh = users.filter(({ userId }) =>
    participants.some((one) => one.userId === userId && one.freshness.state === 'fresh'),
  );
  return fresh.flatMap(({ vendor, email, calendarId }) =>
    vendor
      .truth(email, calendarId, range)
      .filter(({ from, to }) => slots.some(({ start, end }) => start < to && from < end))
      .map(({ title, from }) => `${title} at ${from}`),
  );
}

/** What people do between the last sync and the question. */
function busyDay({ vendor, email, calendarId }: ConnectedUser, seed: number): void {
  for (let n = 0; n < 6; n += 1) {
    const start = after(hour + Math.floor(draw(seed, email, n, 'start') * 180) * 15 * minute);
    const end = after((1 + Math.floor(draw(seed, email, n, 'length') * 6)) * 15 * minute, start);
    vendor.put(email, calendarId, appointment(`Seed ${seed}, ${n}`, 0, { start, end }));
  }
}

async function twoPeople(seed: number): Promise<ConnectedUser[]> {
  const { google, microsoft } = workers.vendors;
  const users = [await newUser(workers, google), await newUser(workers, microsoft)];
  for (const user of users) {
    user.vendor.put(user.email, user.calendarId, appointment('Stored, and gone by then', 5), undefined);
    await workers.sync(user.connectionId);
    busyDay(user, seed);
  }
  return users;
}

describe('I7: with live answers', () => {
  it('I7: what changed since the last sync is in nobody’s slots, and the answer is fresh', async () => {
    const users = await twoPeople(1);
    workers.clock = after(40 * minute);
    const told = await freeTimes(users);
    expect(told.participants.map(({ freshness }) => freshness.state)).toEqual(['fresh', 'fresh']);
    expect(told.slots.length).toBeGreaterThan(10);
    expect(wronglyFree(users, told)).toEqual([]);
    // Not asked, the same question is answered from what is stored, which says that it is old.
    const stored = await freeTimes(users, { live: false, accept: 'stale' });
    expect(stored.participants.map(({ freshness }) => freshness.state)).toEqual(['stale', 'stale']);
    expect(stored.slots.length).toBeGreaterThan(told.slots.length);
  });

  it('I7: a policy of its own is applied to what the vendors hold now', async () => {
    const users = await twoPeople(2);
    workers.clock = after(40 * minute);
    const told = await freeTimes(users, { policy: { private: 'free' } });
    expect(told.participants.map(({ freshness }) => freshness.state)).toEqual(['fresh', 'fresh']);
    expect(told.slots.length).toBeGreaterThan(10);
    expect(wronglyFree(users, told)).toEqual([]);
  });

  it.each(Object.keys(faultKinds) as FaultKind[])(
    'I7: while vendors answer half of the requests with %s, no slot holds a busy minute of somebody who is called fresh',
    async (kind) => {
      const states = new Set<string>();
      for (const seed of [1, 2, 3]) {
        workers.clock = after(0);
        const users = await twoPeople(seed);
        // Tokens have run out as well.
        workers.clock = after(2 * hour);
        for (const { vendor } of users)
          vendor.simulator.seededFaults({ seed: draw(seed, kind) * 2 ** 31, rate: 0.5, kinds: [kind] });
        const policies = [{}, { policy: { private: 'free' } }];
        for (const more of policies) {
          const told = await freeTimes(users, { ...more, accept: 'fresh' });
          for (const { freshness } of told.participants) states.add(freshness.state);
          expect(wronglyFree(users, told)).toEqual([]);
          const isKnown = told.participants.every(({ freshness }) => freshness.state === 'fresh');
          expect(told.slots.length > 0).toBe(isKnown);
          // Whoever accepts what is not known is told of whom it is not known.
          expect(wronglyFree(users, await freeTimes(users, { ...more, accept: 'unknown' }))).toEqual([]);
        }
        for (const { vendor } of users) vendor.simulator.clearFaults();
      }
      expect([...states].every((state) => ['fresh', 'stale'].includes(state))).toBe(true);
    },
    120_000,
  );
});
