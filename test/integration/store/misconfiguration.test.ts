import { expect, it } from 'vitest';
import type { FailureCode } from '../../../src/domain/failure.ts';
import { connectedAccount, minutesLater, syncTurn, testNow } from '../../support/builders.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const reason = (code: FailureCode) => ({ code, message: 'It says no.', at: testNow });

async function connected(provider: 'google' | 'microsoft') {
  const userId = newUser();
  const { id } = await connectedAccount(own.store, { userId, provider, grant: { accountId: userId } });
  const failSync = async (code: FailureCode) => {
    const turn = await syncTurn(own.store, id);
    await own.store.facts.finishSync(turn, {
      now: testNow,
      nextSyncAt: minutesLater(5),
      failure: reason(code),
    });
  };
  const failPush = async (code: FailureCode) => {
    const claim = minutesLater(2);
    await own.store.facts.claimWatches(id, claim);
    await own.store.facts.planWatches(id, claim, { nextWatchAt: minutesLater(30), failure: reason(code) });
  };
  return { id, failSync, failPush };
}

it('connections that operators have to mend are counted by provider and cause, each once', async () => {
  expect(await own.store.reads.countMisconfigured()).toEqual([]);
  const [both, syncs, push, users, dead] = [
    await connected('microsoft'),
    await connected('microsoft'),
    await connected('google'),
    await connected('google'),
    await connected('microsoft'),
  ];
  await both.failSync('client_secret_expired');
  await both.failPush('client_secret_expired');
  await syncs.failSync('client_secret_expired');
  await push.failPush('push_address_refused');
  await users.failSync('throttled');
  await dead.failSync('client_secret_expired');
  await own.store.facts.markReauthRequired(dead.id, 1, reason('grant_revoked'));
  expect((await own.store.reads.countMisconfigured()).toSorted((a, b) => (a.code < b.code ? -1 : 1))).toEqual(
    [
      { provider: 'microsoft', code: 'client_secret_expired', connections: 2 },
      { provider: 'google', code: 'push_address_refused', connections: 1 },
    ],
  );
});

it('they are found by an index that holds the few that fail', async () => {
  const plan = await own.database.connections
    .find({ status: 'active', 'pushFailure.code': { $in: ['push_address_refused'] } })
    .explain('queryPlanner');
  expect(JSON.stringify(plan)).toContain('"pushFailure.code":1');
});
