import { describe, expect, it } from 'vitest';
import { done } from '../../../src/domain/outcome.ts';
import { minutesLater, testNow } from '../../support/builders.ts';
import { jobsOf } from '../../support/connected-user.ts';
import { isSignedWith, webhookSecret } from '../../support/standard-webhooks.ts';
import { startWebhookReceiver } from '../../support/webhook-receiver.ts';
import { ownDeliveries, secret, sequences, states, withChanges } from './own-deliveries.ts';

const own = ownDeliveries();
const second = 1 / 60;

describe('delivering the changes of a connection', () => {
  it('posts each, signed, one after another in their order, and never again', async () => {
    const { id } = await withChanges(own, 4);
    expect(await own.deliver(id)).toEqual(done({ delivered: 4, failed: 0 }));
    expect(sequences(own)).toEqual([1, 2, 3, 4]);
    for (const call of own.receiver.calls) {
      expect(call).toMatchObject({ method: 'POST', path: '/webhook' });
      expect(call.headers).toMatchObject({
        'content-type': 'application/json',
        'webhook-timestamp': String(testNow.getTime() / 1000),
      });
      expect(isSignedWith(secret, call)).toBe(true);
      expect(isSignedWith(webhookSecret(2), call)).toBe(false);
    }
    expect(await states(own, id)).toEqual(Array.from({ length: 4 }, () => 'delivered'));
    expect(await own.deliver(id)).toEqual(done({ delivered: 0, failed: 0 }));
    expect(own.receiver.calls).toHaveLength(4);
  });

  it('says the same as the feed', async () => {
    const { id } = await withChanges(own, 2);
    await own.deliver(id);
    const [connected, changed] = own.receiver.calls.map(({ body }) => JSON.parse(body));
    const stored = await own.database.changes.find({ connectionId: id }).sort({ seq: 1 }).lean();
    expect(own.receiver.calls.map(({ headers }) => headers['webhook-id'])).toEqual(
      stored.map(({ _id }) => _id.toHexString()),
    );
    expect(connected).toEqual({
      id: stored[0]!._id.toHexString(),
      type: 'connection.connected',
      timestamp: testNow.toISOString(),
      userId: stored[0]!.userId,
      connectionId: id,
      sequence: 1,
      data: { provider: 'google', reconnected: false },
    });
    expect(changed).toMatchObject({
      type: 'events.changed',
      sequence: 2,
      data: { eventIds: ['e'], removedIds: [], count: 1 },
    });
  });

  it('tells that a connection is gone after it is', async () => {
    const { id } = await withChanges(own, 3);
    await own.store.facts.purgeConnection(id, testNow);
    await own.deliver(id);
    expect(JSON.parse(own.receiver.calls[0]!.body)).toMatchObject({
      type: 'connection.disconnected',
      sequence: 4,
      data: { provider: 'google' },
    });
    expect(own.receiver.calls).toHaveLength(1);
  });

  it('announces each change once it is committed', async () => {
    const { id } = await withChanges(own, 3);
    expect(own.announced.filter((announced) => announced === id)).toHaveLength(3);
  });

  it('gives way after a hundred, and goes on in another job', async () => {
    const { id } = await withChanges(own, 102);
    expect(await own.deliver(id)).toMatchObject({ result: { delivered: 100, more: true } });
    expect(await jobsOf(own, 'notify', id)).toHaveLength(1);
    expect(await own.deliver(id)).toMatchObject({ result: { delivered: 2 } });
    expect(sequences(own)).toEqual(Array.from({ length: 102 }, (_, n) => n + 1));
  });

  it('is nothing without a webhook, and changes recorded without one are not owed later', async () => {
    const { id } = await withChanges(own, 1);
    expect(await own.deliver(id, { webhook: undefined })).toMatchObject({
      result: { skipped: expect.any(String) },
    });
    await own.database.changes.updateMany({ connectionId: id }, { $unset: { delivery: 1 } });
    expect(await own.deliver(id)).toEqual(done({ delivered: 0, failed: 0 }));
  });
});

describe('a receiver that does not take a change', () => {
  it.each([400, 404, 410, 429, 500, 503])(
    'by answering %i is told again later, under the same id, and what follows waits',
    async (status) => {
      const { id } = await withChanges(own, 3);
      own.receiver.answerWith(204, status);
      expect(await own.deliver(id)).toMatchObject({
        result: { delivered: 1, waitsUntil: minutesLater(5 * second) },
      });
      expect(sequences(own)).toEqual([1, 2]);
      own.clock = minutesLater(4.9 * second);
      expect(await own.isDue(id)).toBe(false);
      await own.deliver(id);
      expect(sequences(own)).toEqual([1, 2]);
      own.clock = minutesLater(5 * second);
      expect(await own.isDue(id)).toBe(true);
      await own.deliver(id);
      expect(sequences(own)).toEqual([1, 2, 2, 3]);
      const [, first, again] = own.receiver.calls.map(({ headers }) => headers);
      expect(again!['webhook-id']).toBe(first!['webhook-id']);
      expect(Number(again!['webhook-timestamp']) - Number(first!['webhook-timestamp'])).toBe(5);
      expect(isSignedWith(secret, own.receiver.calls[2]!)).toBe(true);
    },
  );

  it('keeps no other connection waiting, and what comes up meanwhile waits for its turn', async () => {
    const [stuck, free] = [await withChanges(own, 1), await withChanges(own, 1)];
    own.receiver.answerWith(500);
    await own.deliver(stuck.id);
    await stuck.change(9);
    expect(await own.isDue(stuck.id)).toBe(true);
    await own.deliver(stuck.id);
    await own.deliver(free.id);
    expect(own.receiver.calls).toHaveLength(2);
    expect(await states(own, free.id)).toEqual(['delivered']);
    // Looked at once, and put off to the time of the one before it.
    expect(await own.isDue(stuck.id)).toBe(false);
    own.clock = minutesLater(5 * second);
    await own.deliver(stuck.id);
    expect(await states(own, stuck.id)).toEqual(['delivered', 'delivered']);
  });

  it('is given the time that it asks for', async () => {
    const { id } = await withChanges(own, 1);
    own.receiver.answerWith({ status: 503, headers: { 'retry-after': '600' } });
    await own.deliver(id);
    own.clock = minutesLater(9.9);
    await own.deliver(id);
    expect(own.receiver.calls).toHaveLength(1);
    own.clock = minutesLater(10);
    await own.deliver(id);
    expect(await states(own, id)).toEqual(['delivered']);
  });

  it('for a day has lost that change, and is told the next ones', async () => {
    const { id } = await withChanges(own, 2);
    own.receiver.usually(500);
    let attempts = 0;
    for (;;) {
      attempts += 1;
      await own.deliver(id);
      const [first] = await own.database.changes.find({ connectionId: id }).sort({ seq: 1 }).lean();
      if (first!.delivery!.state === 'failed') break;
      own.clock = first!.delivery!.nextAt;
    }
    expect(own.clock).toEqual(minutesLater(24 * 60));
    expect(attempts).toBeGreaterThan(25);
    // The one behind it is as old by now: it has its one attempt.
    expect(await states(own, id)).toEqual(['failed', 'failed']);
    const failedBefore = Array.from({ length: attempts - 1 }, () => 'failed');
    expect(own.outcomes.toSorted()).toEqual([...failedBefore, 'given_up', 'given_up']);
    const [lost] = await own.database.changes.find({ connectionId: id }).lean();
    expect(lost!.delivery!.lastFailure).toEqual({ message: 'the receiver answered 500', at: own.clock });
    own.receiver.usually(204);
    const fresh = await withChanges(own, 1);
    await own.deliver(fresh.id);
    expect(await states(own, fresh.id)).toEqual(['delivered']);
    expect(own.outcomes.at(-1)).toBe('delivered');
  });

  it('because it is down is told everything when it is up', async () => {
    const { id } = await withChanges(own, 2);
    const webhook = own.webhook();
    await own.receiver.close();
    await own.deliver(id, { webhook });
    const [change] = await own.database.changes.find({ connectionId: id }).sort({ seq: 1 }).lean();
    expect(change!.delivery!.lastFailure!.message).toBe('the receiver cannot be reached: ECONNREFUSED');
    await own.receiver.reopen();
    own.clock = minutesLater(1);
    await own.deliver(id, { webhook });
    expect(sequences(own)).toEqual([1, 2]);
  });

  it('because it never answers is left alone after the time limit', async () => {
    const { id } = await withChanges(own, 1);
    own.receiver.answerWith('never');
    await own.deliver(id, { webhook: own.webhook({ timeoutMs: 50 }) });
    const [change] = await own.database.changes.find({ connectionId: id }).lean();
    expect(change!.delivery).toMatchObject({
      state: 'pending',
      lastFailure: { message: 'no answer within 50 ms' },
    });
  });

  it('but sends it elsewhere: no redirect is followed', async () => {
    const { id } = await withChanges(own, 1);
    const elsewhere = await startWebhookReceiver();
    own.receiver.answerWith({ status: 307, headers: { location: elsewhere.url } });
    await own.deliver(id);
    await elsewhere.close();
    expect(elsewhere.calls).toEqual([]);
    expect(await states(own, id)).toEqual(['pending']);
  });
});

describe('an address in the local network', () => {
  const refusal = {
    calls: 0,
    message: 'the address lies in the local network, which WEBHOOK_ALLOW_PRIVATE_ADDRESSES does not allow',
  };

  async function attemptOver(over: Parameters<typeof own.webhook>[0]) {
    const { id } = await withChanges(own, 1);
    await own.deliver(id, { webhook: own.webhook({ allowPrivateAddresses: false, ...over }) });
    const [change] = await own.database.changes.find({ connectionId: id }).lean();
    return { calls: own.receiver.calls.length, message: change!.delivery!.lastFailure?.message };
  }

  it('is not connected to where it stands in the URL', async () => {
    expect(await attemptOver({})).toEqual(refusal);
  });

  it.each([[['127.0.0.1']], [['::ffff:127.0.0.1']], [['8.8.8.8', '127.0.0.1']]])(
    'is not connected to where a name resolves to it: %s',
    async (addresses) => {
      const url = own.receiver.url.replace('127.0.0.1', 'receiver.example.com');
      const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      expect(await attemptOver({ url, resolve: (_, __, callback) => callback(null, found) })).toEqual(
        refusal,
      );
    },
  );

  it('is seen when it is connected to, so a name that changes its address gains nothing', async () => {
    const url = own.receiver.url.replace('127.0.0.1', 'receiver.example.com');
    const asked: string[] = [];
    const webhook = own.webhook({
      url,
      allowPrivateAddresses: false,
      resolve: (hostname, _, callback) => {
        asked.push(hostname);
        callback(null, [{ address: asked.length === 1 ? '192.0.2.1' : '127.0.0.1', family: 4 }]);
      },
    });
    const { id } = await withChanges(own, 1);
    await own.deliver(id, { webhook });
    own.clock = minutesLater(1);
    await own.deliver(id, { webhook });
    expect(asked).toEqual(['receiver.example.com', 'receiver.example.com']);
    expect(own.receiver.calls).toEqual([]);
  });
});

describe('at least once', () => {
  it('I1: a Redis that lost everything has the rest delivered, by what MongoDB says', async () => {
    const { id } = await withChanges(own, 2);
    await Promise.all(own.producer.queues.map((queue) => queue.obliterate({ force: true })));
    const ticks = await Promise.all([own.tick(), own.tick()]);
    expect(ticks.map(({ deliver = 0 }) => deliver > 0)).toEqual([true, true]);
    expect((await jobsOf(own, 'notify', id)).map(({ name, data }) => ({ name, data }))).toEqual([
      { name: 'deliver-changes', data: { v: 1, connectionId: id } },
    ]);
  });

  it('a worker that dies after the answer and before the record has it told again, under the same id', async () => {
    const { id } = await withChanges(own, 2);
    const dying = own.deliver(id, {
      facts: {
        settleDelivery: () => {
          throw new Error('killed');
        },
      },
    });
    await expect(dying).rejects.toThrow('killed');
    await own.deliver(id);
    expect(sequences(own)).toEqual([1]);
    own.clock = minutesLater(1);
    expect(await own.isDue(id)).toBe(true);
    await own.deliver(id);
    expect(sequences(own)).toEqual([1, 1, 2]);
    expect(new Set(own.receiver.calls.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
  });

  it('two workers at one connection tell everything, once and in order', async () => {
    const { id } = await withChanges(own, 12);
    await Promise.all([own.deliver(id), own.deliver(id), own.deliver(id)]);
    await own.deliver(id);
    expect(sequences(own)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1));
  });

  it('one that looks in while another is telling keeps nothing back', async () => {
    const { id } = await withChanges(own, 3);
    const webhook = own.webhook();
    let looked: unknown;
    const watched: typeof webhook = {
      ...webhook,
      deliver: async (message, signal) => {
        looked ??= await own.deliver(id);
        return webhook.deliver(message, signal);
      },
    };
    expect(await own.deliver(id, { webhook: watched })).toEqual(done({ delivered: 3, failed: 0 }));
    expect(looked).toMatchObject({ result: { delivered: 0 } });
    expect(sequences(own)).toEqual([1, 2, 3]);
  });

  it('one that is interrupted leaves the change to be told later', async () => {
    const { id } = await withChanges(own, 1);
    const interrupt = new AbortController();
    own.receiver.usually('never');
    const running = own.deliver(id, { signal: interrupt.signal });
    interrupt.abort(new Error('the process ends'));
    await expect(running).rejects.toThrow('the process ends');
    own.receiver.usually(204);
    own.clock = minutesLater(1);
    await own.deliver(id);
    expect(await states(own, id)).toEqual(['delivered']);
  });
});

describe('secrets that rotate', () => {
  it('sign side by side, so that the receiver may change over at any time', async () => {
    const { id, change } = await withChanges(own, 1);
    const [old, next] = [webhookSecret(7), webhookSecret(8)];
    const signedBy = (n: number) => [old, next].map((known) => isSignedWith(known, own.receiver.calls[n]!));
    for (const [n, secrets] of [[old], [next, old], [next]].entries()) {
      if (n > 0) await change(n);
      await own.deliver(id, { webhook: own.webhook({ secrets }) });
    }
    expect([0, 1, 2].map(signedBy)).toEqual([
      [true, false],
      [true, true],
      [false, true],
    ]);
  });
});

describe('a replay', () => {
  it('has changes of a state and since a time told again from the first attempt on, of one connection or of all', async () => {
    const [one, other] = [await withChanges(own, 2), await withChanges(own, 1)];
    own.receiver.usually(500);
    own.clock = minutesLater(24 * 60);
    for (const { id } of [one, other]) await own.deliver(id);
    expect(await states(own, one.id)).toEqual(['failed', 'failed']);
    own.receiver.usually(204);
    const { replayDeliveries } = own.store.facts;
    const failed = { since: testNow, states: ['failed'] } as const;
    expect(await replayDeliveries({ ...failed, since: minutesLater(1) }, own.clock)).toBe(0);
    expect(await replayDeliveries({ ...failed, connectionId: one.id }, own.clock)).toBe(2);
    await own.deliver(one.id);
    expect(await states(own, one.id)).toEqual(['delivered', 'delivered']);
    expect(await states(own, other.id)).toEqual(['failed']);
    expect(await replayDeliveries(failed, own.clock)).toBeGreaterThan(0);
    await own.deliver(other.id);
    expect(await states(own, other.id)).toEqual(['delivered']);
    const again = { connectionId: one.id, since: testNow, states: ['delivered'] } as const;
    expect(await replayDeliveries(again, own.clock)).toBe(2);
    await own.deliver(one.id);
    expect(await states(own, one.id)).toEqual(['delivered', 'delivered']);
  });

  it('of one that waits for its next attempt does not wait for it', async () => {
    const { id } = await withChanges(own, 1);
    own.receiver.answerWith({ status: 503, headers: { 'retry-after': '7200' } });
    await own.deliver(id);
    const waiting = { connectionId: id, since: testNow, states: ['pending'] } as const;
    expect(await own.store.facts.replayDeliveries(waiting, own.clock)).toBe(1);
    await own.deliver(id);
    expect(await states(own, id)).toEqual(['delivered']);
  });
});
