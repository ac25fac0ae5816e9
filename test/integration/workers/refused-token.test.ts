import { describe, expect, it, onTestFinished } from 'vitest';
import { done } from '../../../src/domain/outcome.ts';
import { providerIds } from '../../../src/domain/provider-id.ts';
import { appointment, fill } from '../../support/calendar-contents.ts';
import {
  connectionOf,
  eventsOf,
  newUser,
  requestsDuring,
  windowOf,
  type ConnectedUser,
} from '../../support/connected-user.ts';
import { ownWorkers, start } from '../../support/own-workers.ts';

const workers = ownWorkers();

describe.each(providerIds)('an access token of %s', (id) => {
  const vendorOf = () => workers.vendors[id];
  const connected = () => newUser(workers, vendorOf());
  const truthOf = ({ email, calendarId }: ConnectedUser) =>
    vendorOf().truth(email, calendarId, windowOf(workers));
  const refreshesDuring = async (doing: () => Promise<unknown>) =>
    (await requestsDuring(vendorOf(), doing)).filter(vendorOf().isRefresh);

  it('that the API refuses although it looks valid is refreshed once, and the sync goes on', async () => {
    const user = await connected();
    vendorOf().expireAccessTokens(user.email);
    const requests = await refreshesDuring(async () => {
      expect(await workers.sync(user.connectionId)).toMatchObject({ type: 'done' });
    });
    expect(requests).toHaveLength(1);
    expect(await connectionOf(workers, user)).toMatchObject({ status: 'active', lastSyncedAt: start });
  });

  it('I4: that dies between two pages is refreshed once, and the changes on either side of it arrive', async () => {
    const { google, microsoft } = workers.vendors;
    google.simulator.behaviour.pageSizeLimit = 2;
    microsoft.simulator.setDeltaBehaviour({ pageSizeLimit: 2 });
    onTestFinished(() => microsoft.simulator.setDeltaBehaviour({ pageSizeLimit: 1000 }));
    const user = await connected();
    const ids = fill(user, 5);
    await workers.sync(user.connectionId);
    for (const [n, entry] of ids.entries())
      vendorOf().put(user.email, user.calendarId, appointment(`Moved ${n}`, 3 * n), entry);
    vendorOf().simulator.fault({
      match: { path: vendorOf().paths.events, query: '(^|&)(pageToken|\\$skiptoken)=' },
      action: { type: 'status', status: 401 },
    });
    const requests = await requestsDuring(vendorOf(), () => workers.sync(user.connectionId));
    expect(requests.filter(vendorOf().isRefresh)).toHaveLength(1);
    expect(requests.filter(({ status }) => status === 401)).toHaveLength(1);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    vendorOf().remove(user.email, user.calendarId, ids[0]!);
    vendorOf().put(user.email, user.calendarId, appointment('Moved again', 20), ids[4]);
    await workers.sync(user.connectionId);
    expect(await eventsOf(workers, user)).toEqual(truthOf(user));
    expect(await eventsOf(workers, user)).toHaveLength(4);
  });

  it('that was refreshed by another worker after the refusal is taken as it is', async () => {
    const user = await connected();
    const refused = await workers.accessToken(user);
    await workers.accessToken(user, {}, refused!.version);
    const requests = await refreshesDuring(async () => {
      expect(await workers.accessToken(user, {}, refused!.version)).toMatchObject({ version: 2 });
    });
    expect(requests).toHaveLength(0);
  });

  it('an API that refuses the fresh one too needs the user: re-authorization, after one refresh', async () => {
    const user = await connected();
    const match = { path: vendorOf().paths.calendars };
    vendorOf().simulator.fault({ match, times: 2, action: { type: 'status', status: 401 } });
    const requests = await refreshesDuring(async () => {
      expect(await workers.sync(user.connectionId)).toMatchObject({
        type: 'giveUp',
        failure: { code: 'grant_revoked' },
      });
    });
    expect(requests).toHaveLength(1);
    expect(await connectionOf(workers, user)).toMatchObject({
      status: 'reauth_required',
      statusReason: { code: 'grant_revoked' },
      lastFailure: { code: 'grant_revoked' },
    });
    expect(await workers.sync(user.connectionId)).toEqual(done({ skipped: 'reauth_required' }));
  });
});
