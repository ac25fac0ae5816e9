import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { MicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { type Call, connect, graphCaller } from './microsoft-simulator-client.ts';
import { ADELE, MINUTE, type PushWorld, TENANT, startPushWorld } from './microsoft-simulator-push.ts';
import type { Receiver } from './microsoft-simulator-receiver.ts';

let world: PushWorld;
let simulator: MicrosoftSimulator;
let receiver: Receiver;
let call: Call;

beforeEach(async () => {
  world = await startPushWorld();
  ({ simulator, receiver, call } = world);
});

afterEach(() => world.close());

describe('a notification that is not taken', () => {
  it('comes again with growing pauses until it is answered 2xx', async () => {
    await world.subscribe();
    let refusals = 3;
    receiver.answer = () => (refusals-- > 0 ? 503 : 202);
    world.put();
    for (const seconds of [0, 9, 1, 19, 1, 40]) {
      world.pass(seconds * 1000);
      await simulator.deliverNotifications();
    }
    expect(receiver.posts).toHaveLength(4);
    expect(await simulator.deliverNotifications()).toBe(0);
  });

  it('is given up after four hours', async () => {
    await world.subscribe();
    receiver.answer = () => 500;
    world.put();
    for (let minutes = 0; minutes <= 4 * 60 + 5; minutes += 5) {
      await simulator.deliverNotifications();
      world.pass(5 * MINUTE);
    }
    expect(await simulator.deliverNotifications()).toBe(0);
    const attempts = receiver.posts.length;
    world.pass(60 * MINUTE);
    await simulator.deliverNotifications();
    expect(receiver.posts.length).toBe(attempts);
    expect(attempts).toBeGreaterThan(10);
  });

  it('is not sent any more once its subscription is deleted or has expired', async () => {
    const deleted = await world.subscribe({ notificationUrl: `${receiver.url}/a` });
    await world.subscribe({ expirationDateTime: new Date(world.now().getTime() + MINUTE).toISOString() });
    receiver.answer = () => 503;
    world.put();
    expect(await simulator.deliverNotifications()).toBe(2);
    await call('DELETE', `/subscriptions/${deleted}`);
    world.pass(MINUTE);
    expect(await simulator.deliverNotifications()).toBe(0);
    expect(receiver.posts).toHaveLength(2);
  });

  it('may be answered within 3 seconds, and later attempts within 10', async () => {
    await world.subscribe();
    const answersAfter = [4_000, 9_000];
    receiver.answer = () => {
      world.pass(answersAfter.shift() ?? 0);
      return 202;
    };
    world.put();
    expect(await simulator.deliverNotifications()).toBe(1);
    world.pass(10 * MINUTE);
    expect(await simulator.deliverNotifications()).toBe(0);
    expect(receiver.posts).toHaveLength(2);
  });
});

describe('an endpoint', () => {
  const answering = (ms: number) => {
    receiver.answer = () => {
      world.pass(ms);
      return 202;
    };
  };

  it('of which a tenth of the answers took more than 3 seconds is slow: notifications wait 10 minutes', async () => {
    await world.subscribe();
    answering(4_000);
    world.put();
    await simulator.deliverNotifications();
    answering(0);
    world.put('another');
    world.pass(9 * MINUTE);
    expect(await simulator.deliverNotifications()).toBe(2);
    expect(receiver.posts).toHaveLength(1);
    world.pass(MINUTE);
    expect(await simulator.deliverNotifications()).toBe(0);
    expect(world.received()).toEqual(['created', 'created', 'created']);
  });

  it('of which more than 15 % took more than 10 seconds is dropped: notifications are lost for 10 minutes', async () => {
    await world.subscribe();
    answering(11_000);
    world.put();
    await simulator.deliverNotifications();
    answering(0);
    world.put('another');
    expect(await simulator.deliverNotifications()).toBe(0);
    world.pass(10 * MINUTE);
    world.put('a third');
    await simulator.deliverNotifications();
    expect(receiver.posts).toHaveLength(2);
  });

  it('that is late once in twenty is neither', async () => {
    await world.subscribe();
    for (let count = 0; count < 20; count++) {
      answering(count === 19 ? 2_900 : 0);
      world.put(`event-${count}`);
      await simulator.deliverNotifications();
    }
    answering(4_000);
    world.put('late');
    await simulator.deliverNotifications();
    answering(0);
    world.put('next');
    await simulator.deliverNotifications();
    expect(receiver.posts).toHaveLength(22);
  });
});

describe('delivery', () => {
  it('pauses when the token that made the subscription lapses, and goes on after a reauthorization', async () => {
    const id = await world.subscribe();
    simulator.expireAccessTokens(ADELE);
    world.put();
    expect(await simulator.deliverNotifications()).toBe(1);
    expect(world.received()).toEqual(['reauthorizationRequired']);
    const fresh = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
    expect((await fresh('POST', `/subscriptions/${id}/reauthorize`)).status).toBe(204);
    expect(await simulator.deliverNotifications()).toBe(0);
    expect(world.received()).toEqual(['reauthorizationRequired', 'created']);
  });

  it('asks once for each token that lapses, of those that have an address for it', async () => {
    const id = await world.subscribe();
    await world.subscribe({ lifecycleNotificationUrl: undefined });
    for (const times of [1, 2]) {
      simulator.expireAccessTokens(ADELE);
      await simulator.deliverNotifications();
      await simulator.deliverNotifications();
      expect(world.received()).toEqual(Array.from({ length: times }, () => 'reauthorizationRequired'));
      const fresh = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
      await fresh('POST', `/subscriptions/${id}/reauthorize`);
    }
    expect(new Set(receiver.posts.flat().map(({ subscriptionId }) => subscriptionId))).toEqual(new Set([id]));
  });

  it('asks again when a token lapses with which it was authorized anew before (soak, seeds 12, 14 and 3000)', async () => {
    const id = await world.subscribe();
    const fresh = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
    await fresh('POST', `/subscriptions/${id}/reauthorize`);
    simulator.sendLifecycle(id, 'reauthorizationRequired');
    await fresh('POST', `/subscriptions/${id}/reauthorize`);
    simulator.expireAccessTokens(ADELE);
    await simulator.deliverNotifications();
    expect(world.received()).toEqual(['reauthorizationRequired', 'reauthorizationRequired']);
  });

  it('to one receiver does not wait for the answer of another', async () => {
    simulator.setBehaviour({ notifications: { answerMs: 60_000 } });
    await world.subscribe({ notificationUrl: `${receiver.url}/silent` });
    receiver.answer = (_, path) => (path === '/silent' ? 'never' : 202);
    world.put();
    await expect.poll(() => receiver.posts.length).toBe(1);
    const prompt = await world.subscribe({ notificationUrl: `${receiver.url}/prompt` });
    world.put('interview', 'Renamed');
    await expect
      .poll(() => receiver.posts.flat().filter(({ subscriptionId }) => subscriptionId === prompt))
      .toHaveLength(1);
  });

  it('of a storm is whole, and each notification is told once', async () => {
    simulator.setBehaviour({ notifications: { answerMs: 60_000 } });
    await world.subscribe();
    for (let count = 0; count < 1000; count += 1) world.put('interview', `Name ${count}`);
    expect(await simulator.deliverNotifications()).toBe(0);
    expect(receiver.posts).toHaveLength(1000);
    expect(receiver.mostAtOnce()).toBeLessThanOrEqual(100);
  });

  it('goes on after a renewal too, but has lost by then what is older than four hours', async () => {
    const id = await world.subscribe();
    simulator.expireAccessTokens(ADELE);
    world.put();
    world.pass(241 * MINUTE);
    world.put('younger');
    const fresh = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
    const expirationDateTime = new Date(world.now().getTime() + 60 * MINUTE).toISOString();
    await fresh('PATCH', `/subscriptions/${id}`, { expirationDateTime });
    expect(await simulator.deliverNotifications()).toBe(0);
    expect(world.received().filter((kind) => kind === 'created')).toHaveLength(1);
  });
});

describe('a lifecycle notification', () => {
  it('has an event of its own and neither change nor resource', async () => {
    const subscriptionId = await world.subscribe();
    simulator.sendLifecycle(subscriptionId, 'reauthorizationRequired');
    simulator.sendLifecycle(subscriptionId, 'missed');
    await simulator.deliverNotifications();
    expect(receiver.posts[0]).toEqual([
      {
        subscriptionId,
        subscriptionExpirationDateTime: '2026-03-09T08:00:00.0000000Z',
        clientState: 'secret',
        tenantId: TENANT,
        lifecycleEvent: 'reauthorizationRequired',
      },
    ]);
    expect(world.received()).toEqual(['reauthorizationRequired', 'missed']);
  });

  it('of a removal ends the subscription, and comes although the token has lapsed', async () => {
    const id = await world.subscribe();
    simulator.expireAccessTokens(ADELE);
    simulator.sendLifecycle(id, 'subscriptionRemoved');
    await simulator.deliverNotifications();
    expect(world.received()).toEqual(['subscriptionRemoved']);
    expect(simulator.subscriptions(ADELE)).toEqual([]);
    expect(() => simulator.sendLifecycle(id, 'missed')).toThrow(`no subscription ${id}`);
  });

  it('goes nowhere without a URL for it', async () => {
    const id = await world.subscribe({ lifecycleNotificationUrl: undefined });
    simulator.sendLifecycle(id, 'missed');
    expect(await simulator.deliverNotifications()).toBe(0);
    expect(receiver.posts).toEqual([]);
  });
});
