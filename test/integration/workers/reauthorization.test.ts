import { describe, expect, it } from 'vitest';
import { createDiagnose } from '../../../src/diagnosis.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { createQueuedJobs } from '../../../src/queue/queued-jobs.ts';
import {
  connect,
  connectionOf,
  calendarOf,
  eventsOf,
  everythingOf,
  newUser,
  requestsDuring,
  windowOf,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { after, day, hour, minute, ownWorkers, start } from '../../support/own-workers.ts';
import { storedFreshness } from '../../support/stored-time.ts';

const workers = ownWorkers();

/** What the simulators say of a grant that its user withdrew. */
const whyDead = {
  google: expect.stringMatching(/400 invalid_grant\. Google does not say why: the user removed the app/),
  microsoft: expect.stringMatching(/AADSTS\d+, invalid_grant\. The /),
};

const appointment = (title: string, hours: number) => ({
  title,
  start: after(hours * hour, start),
  end: after((hours + 1) * hour, start),
});

async function freshness({ userId }: ConnectedUser) {
  const range = { start: workers.clock, end: after(day, workers.clock) };
  return storedFreshness(workers.store, userId, range, workers.clock);
}

const diagnosis = ({ connectionId }: ConnectedUser) =>
  createDiagnose({
    reads: workers.store.reads,
    jobs: createQueuedJobs(workers.producer.queues),
    provider: (id) => workers.provider(id),
    pushOn: false,
    maxAgeMs: 15 * minute,
    now: () => workers.clock,
  })(connectionId);

describe.each(providerIds)('a %s user whose permission died', (id) => {
  const vendorOf = () => workers.vendors[id];

  it('I7: counts as unknown until they connect again, which heals everything and loses nothing', async () => {
    const user = await newUser(workers, vendorOf());
    const { email, calendarId, vendor } = user;
    const kept = vendor.put(email, calendarId, appointment('kept', 1));
    const changed = vendor.put(email, calendarId, appointment('changes', 3));
    const removed = vendor.put(email, calendarId, appointment('goes', 5));
    await workers.sync(user.connectionId);
    expect(await freshness(user)).toMatchObject({ state: 'fresh' });
    const before = await everythingOf(workers, user);

    vendor.revokeGrant(email);
    workers.clock = after(2 * hour);
    expect(await workers.sync(user.connectionId)).toMatchObject({
      type: 'giveUp',
      failure: { code: 'grant_revoked' },
    });
    expect(await freshness(user)).toMatchObject({ state: 'unknown', reason: 'reauth_required' });
    expect(await diagnosis(user)).toMatchObject({
      verdict: 'needs_user',
      findings: [{ code: 'grant_revoked', since: workers.clock, message: whyDead[id] }],
      credential: { state: 'dead' },
    });
    const told = await workers.database.changes
      .findOne({ type: 'connection.reauth_required' })
      .sort({ _id: -1 });
    expect(told?.data).toMatchObject({ reason: { code: 'grant_revoked', message: whyDead[id] } });
    expect((await everythingOf(workers, user)).events).toEqual(before.events);

    vendor.put(email, calendarId, appointment('changed', 7), changed);
    vendor.remove(email, calendarId, removed);
    vendor.put(email, calendarId, appointment('new', 9));
    workers.clock = after(3 * hour);
    const round = {
      reauthorizes: { connectionId: user.connectionId, accountId: before.connection!.accountId, email },
    };
    expect(await connect(workers, user, round)).toBe(user.connectionId);
    const reconnected = await connectionOf(workers, user);
    expect(reconnected).toMatchObject({
      status: 'active',
      statusReason: undefined,
      lastFailure: undefined,
      consecutiveFailures: 0,
      authorizedAt: workers.clock,
      nextSyncAt: workers.clock,
    });
    // Its watches died with the grant, and are due at once.
    expect((await everythingOf(workers, user)).connection?.nextWatchAt).toEqual(workers.clock);

    const requests = await requestsDuring(vendor, () => workers.sync(user.connectionId));
    expect(requests.map(vendor.isListing).filter(Boolean)).toEqual(['incremental']);
    expect(await eventsOf(workers, user)).toEqual(vendor.truth(email, calendarId, windowOf(workers)));
    expect(await freshness(user)).toMatchObject({ state: 'fresh' });
    expect(await diagnosis(user)).toMatchObject({ verdict: 'in_sync', credential: { state: 'valid' } });
    const documents = (await everythingOf(workers, user)).events;
    const keptBefore = before.events.find(({ providerEventId }) => providerEventId === kept);
    expect(documents.find(({ providerEventId }) => providerEventId === kept)).toEqual(keptBefore);
    expect(await calendarOf(workers, user)).toMatchObject({ sync: { lastSyncedAt: workers.clock } });
  });
});

describe('a Google project in publishing status "Testing"', () => {
  const vendorOf = () => workers.vendors.google;
  const sync = ({ connectionId }: ConnectedUser) => workers.sync(connectionId);

  it('google trap 5: is named as the cause where a grant dies seven days after it was given', async () => {
    const user = await newUser(workers, vendorOf());
    await sync(user);
    workers.clock = after(7 * day + hour);
    vendorOf().revokeGrant(user.email);
    expect(await sync(user)).toMatchObject({ type: 'giveUp', failure: { code: 'testing_grant_expired' } });
    expect(await connectionOf(workers, user)).toMatchObject({
      status: 'reauth_required',
      statusReason: {
        code: 'testing_grant_expired',
        message: expect.stringContaining(
          `. The permission was given at ${start.toISOString()}, and ended after seven days.`,
        ),
      },
      lastFailure: { code: 'testing_grant_expired' },
    });
    const { verdict, findings } = (await diagnosis(user))!;
    expect(verdict).toBe('needs_user');
    expect(findings[0]?.hint).toContain('Publish it, then send the user through the authorization again.');
  });

  it('is not, where the grant was given anew in between', async () => {
    const user = await newUser(workers, vendorOf());
    workers.clock = after(2 * day);
    await connect(workers, user);
    workers.clock = after(7 * day + hour);
    vendorOf().revokeGrant(user.email);
    expect(await sync(user)).toMatchObject({ failure: { code: 'grant_revoked' } });
  });

  it('is warned of two days ahead where Google names the end, and named whenever the death is found', async () => {
    const user = await newUser(workers, vendorOf());
    workers.clock = after(4 * day);
    const { scopes } = (await workers.store.facts.credentials(user.connectionId))!;
    const body = {
      access_token: 'given-four-days-later',
      expires_in: 3599,
      refresh_token_expires_in: (3 * day) / 1000,
      scope: scopes.join(' '),
      token_type: 'Bearer',
    };
    const match = { path: vendorOf().paths.token };
    vendorOf().simulator.fault({ match, action: { type: 'status', status: 200, body } });
    await workers.accessToken(user);
    expect((await connectionOf(workers, user)).refreshExpiresAt).toEqual(after(7 * day));
    const codes = async () => (await diagnosis(user))!.findings.map(({ code }) => code);
    expect(await codes()).not.toContain('grant_ends_soon');
    workers.clock = after(5 * day + minute);
    expect(await codes()).toContain('grant_ends_soon');

    workers.clock = after(12 * day);
    vendorOf().revokeGrant(user.email);
    expect(await sync(user)).toMatchObject({ failure: { code: 'testing_grant_expired' } });
    await connect(workers, user);
    // The end belonged to the old permission.
    expect((await connectionOf(workers, user)).refreshExpiresAt).toBeUndefined();
  });
});
