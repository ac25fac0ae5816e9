import { describe, expect, it } from 'vitest';
import { createCipher } from '../../../src/cipher.ts';
import type { FailureCode } from '../../../src/domain/failure.ts';
import type { ProviderId } from '../../../src/domain/provider-id.ts';
import { connectionOf, newUser } from '../../support/connected-user.ts';
import { after, day, hour, minute, ownWorkers, type Instead } from '../../support/own-workers.ts';
import type { SimulatedVendor } from '../../support/simulated-vendors.ts';

const workers = ownWorkers();

const refuses = (vendor: SimulatedVendor, path: string, status: number, body: object): void =>
  vendor.simulator.fault({ match: { path }, action: { type: 'status', status, body } });

const apiIsOff = (vendor: SimulatedVendor, path: string): void => {
  const error = { domain: 'usageLimits', reason: 'accessNotConfigured', message: 'Some words.' };
  refuses(vendor, path, 403, { error: { errors: [error], code: 403, message: 'Some words.' } });
};

describe('a sync that fails for what an operator has to mend', () => {
  it.each<[string, FailureCode, ProviderId, (vendor: SimulatedVendor) => Instead | void]>([
    ['an API that is off', 'api_disabled', 'google', (vendor) => apiIsOff(vendor, vendor.paths.calendars)],
    [
      'an API that was switched off after the calendars were listed',
      'api_disabled',
      'google',
      (vendor) => apiIsOff(vendor, vendor.paths.events),
    ],
    [
      'a tenant that does not exist',
      'tenant_unknown',
      'microsoft',
      (vendor) => {
        workers.clock = after(2 * hour);
        refuses(vendor, vendor.paths.token, 400, { error: 'invalid_request', error_codes: [90002] });
      },
    ],
    [
      'a key that is missing',
      'unreadable_credentials',
      'microsoft',
      () => ({ cipher: createCipher([`${'A'.repeat(43)}=`]) }),
    ],
  ])('%s is tried again within half an hour, however long it lasts', async (_, code, id, breakIt) => {
    const user = await newUser(workers, workers.vendors[id]);
    await workers.database.connections.updateMany({}, { $set: { consecutiveFailures: 200 } });
    const instead = breakIt(workers.vendors[id]) ?? {};
    const outcome = await workers.sync(user.connectionId, instead);
    expect(outcome).toMatchObject({ type: 'giveUp', failure: { code } });
    expect(await connectionOf(workers, user)).toMatchObject({
      status: 'active',
      lastFailure: { code },
      nextSyncAt: after(30 * minute, workers.clock),
    });
    expect(await workers.store.reads.countMisconfigured()).toContainEqual({
      provider: id,
      code,
      connections: 1,
    });
    await workers.database.connections.updateMany({}, { $unset: { lastFailure: '' } });
  });

  it('and one that mends itself waits for up to a day', async () => {
    const user = await newUser(workers, workers.vendors.google);
    await workers.database.connections.updateMany({}, { $set: { consecutiveFailures: 200 } });
    refuses(workers.vendors.google, workers.vendors.google.paths.calendars, 400, {});
    await workers.sync(user.connectionId);
    expect(await connectionOf(workers, user)).toMatchObject({ nextSyncAt: after(day) });
  });
});
