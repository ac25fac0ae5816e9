import { describe, expect, it } from 'vitest';
import { eventLimits } from '../../../src/domain/event-size.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { appointment, fill } from '../../support/calendar-contents.ts';
import {
  calendarOf,
  connectionOf,
  eventsOf,
  newUser,
  windowOf,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { ownWorkers, start } from '../../support/own-workers.ts';

const workers = ownWorkers();

describe.each(providerIds)('an answer of 50 MB from %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const truthOf = ({ email, calendarId }: ConnectedUser) =>
    vendorOf().truth(email, calendarId, windowOf(workers));
  const synced = async (): Promise<ConnectedUser> => {
    const user = await newUser(workers, vendorOf());
    fill(user, 3);
    await workers.sync(user.connectionId);
    return user;
  };

  it('I12: fails its own sync, which says why and keeps its cursor, and no other', async () => {
    const [flooded, ...others] = [await synced(), await synced(), await synced()] as const;
    const { sync: before } = await calendarOf(workers, flooded);
    for (const { email, calendarId } of [flooded, ...others])
      vendorOf().put(email, calendarId, appointment('Added', 9));
    const path = vendorOf().listingPath(flooded.calendarId);
    vendorOf().simulator.fault({ match: { path }, action: { type: 'pad' } });
    const [failed, ...done] = await Promise.allSettled(
      [flooded, ...others].map(({ connectionId }) => workers.sync(connectionId)),
    );
    const message = expect.stringMatching(/events\.list.* with more than 32 MiB$/) as unknown as string;
    expect(failed).toMatchObject({ reason: { kind: 'malformed', message } });
    expect(await connectionOf(workers, flooded)).toMatchObject({
      status: 'active',
      consecutiveFailures: 1,
      lastFailure: { code: 'malformed_answer', message, at: start },
    });
    expect((await calendarOf(workers, flooded)).sync.cursor).toBe(before.cursor);
    expect(done.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    for (const other of others) expect(await eventsOf(workers, other)).toEqual(truthOf(other));

    await workers.sync(flooded.connectionId);
    expect(await eventsOf(workers, flooded)).toEqual(truthOf(flooded));
  });

  it('fails no sync where it is an entry that is as large as an answer may be: its text is cut', async () => {
    const user = await newUser(workers, vendorOf());
    const { email, calendarId } = user;
    // More than a document of MongoDB may have.
    const description = 'x'.repeat(20 * 2 ** 20);
    vendorOf().put(email, calendarId, { ...appointment('Long', 7), description });
    vendorOf().put(email, calendarId, appointment('Short', 9));
    expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'done', result: { written: 2 } });
    const { userId } = user;
    const found = await workers.store.reads.events({ userId, range: windowOf(workers), limit: 10 });
    const kept = found.find(({ title }) => title === 'Long')?.description;
    expect(kept).toBe(`${'x'.repeat(eventLimits.description - 1)}…`);
  });
});
