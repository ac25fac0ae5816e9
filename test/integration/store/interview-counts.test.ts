import { describe, expect, test } from 'vitest';
import { interviewsOfAddressesQuery, interviewsOfUsersQuery } from '../../../src/store/interview-counts.ts';
import { connectedAccount, minutesLater, testNow } from '../../support/builders.ts';
import { aHold, newHold } from './holds-world.ts';
import { aWish, newInterview } from './interviews-world.ts';
import { newUser, ownStore } from './own-store.ts';

const own = ownStore();
const span = { start: minutesLater(0), end: minutesLater(1000) };

const countsOf = async (userIds: readonly string[], except: readonly string[] = []) =>
  Object.fromEntries(await own.store.reads.interviewCounts({ userIds, span, except }));

const guest = (email: string) => ({ email, optional: false, resource: false });

async function book(userId: string, fields: Parameters<typeof aWish>[1] = {}) {
  const id = newInterview();
  await own.store.intents.putInterview(id, aWish(userId, fields), testNow);
  return id;
}

describe('how many interviews somebody has', () => {
  test('counts those that they organize, attend by the address of an account, or have their time claimed by', async () => {
    const [ann, bob, cleo] = [newUser(), newUser(), newUser()];
    await connectedAccount(own.store, {
      userId: bob,
      grant: { accountId: bob, email: `${bob}@example.com` },
    });
    await book(ann, { attendees: [guest(`${bob.toUpperCase()}@Example.com`)] });
    await book(ann, { start: minutesLater(700), end: minutesLater(760) });
    const id = await book(ann, { start: minutesLater(800), end: minutesLater(860) });
    const claim = { start: minutesLater(800), end: minutesLater(860), userIds: [cleo, ann] };
    await own.database.interviews.updateOne({ _id: id }, { $set: { claim } });
    expect(await countsOf([ann, bob, cleo, 'somebody else'])).toEqual({
      [ann]: 3,
      [bob]: 1,
      [cleo]: 1,
      'somebody else': 0,
    });
  });

  test('counts each once, in whatever ways somebody takes part', async () => {
    const userId = newUser();
    for (const n of [1, 2]) {
      const email = `${userId}-${n}@example.com`;
      await connectedAccount(own.store, { userId, grant: { accountId: `${userId}-${n}`, email } });
    }
    await book(userId, {
      attendees: [guest(`${userId}-1@example.com`), guest(`${userId}-2@example.com`)],
    });
    expect(await countsOf([userId])).toEqual({ [userId]: 1 });
  });

  test.each([
    ['pending', 1],
    ['waiting', 1],
    ['booked', 1],
    ['conflict', 0],
    ['failed', 0],
    ['removed_by_user', 0],
    ['cancelling', 0],
    ['cancelled', 0],
  ] as const)('in state %s: %i', async (state, times) => {
    const userId = newUser();
    const id = await book(userId);
    await own.database.interviews.updateOne({ _id: id }, { $set: { state } });
    expect(await countsOf([userId])).toEqual({ [userId]: times });
  });

  test('counts those that begin within the span, and none that is left out or the slot of a hold', async () => {
    const userId = newUser();
    const hour = (at: number) => ({ start: minutesLater(at), end: minutesLater(at + 60) });
    for (const at of [-30, 0, 999, 1000]) await book(userId, hour(at));
    const rescheduled = await book(userId, hour(500));
    await own.store.intents.putHold(newHold(), aHold(userId), testNow);
    expect(await countsOf([userId])).toEqual({ [userId]: 3 });
    expect(await countsOf([userId], [rescheduled])).toEqual({ [userId]: 2 });
  });
});

test('the questions for them are answered by indexes', async () => {
  const query = { span, except: ['interview-1'] };
  const ofUsers = await interviewsOfUsersQuery(own.database, ['user-1'], query).explain('queryPlanner');
  const ofAddresses = await interviewsOfAddressesQuery(own.database, ['a@example.com'], query).explain(
    'queryPlanner',
  );
  const plans = JSON.stringify([ofUsers, ofAddresses]);
  expect(plans).not.toContain('COLLSCAN');
  for (const index of [
    'userId_1_desired.start_1',
    'claim.userIds_1',
    'desired.attendees.email_1_desired.start_1',
  ])
    expect(plans).toContain(index);
});
