import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { MicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { type Call, connect, graphCaller } from './microsoft-simulator-client.ts';
import { ADELE, MINUTE, type PushWorld, nine, startPushWorld, ten } from './microsoft-simulator-push.ts';
import { type Receiver, startReceiver } from './microsoft-simulator-receiver.ts';

// Traps of docs/traps.md, shown at the simulator: whoever walks into one is caught. They say nothing about our adapter,
// whose own tests stand beside them on that page.

const PAT = 'pat@elsewhere.example';
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let world: PushWorld;
let simulator: MicrosoftSimulator;
let receiver: Receiver;
let call: Call;

beforeEach(async () => {
  world = await startPushWorld();
  ({ simulator, receiver, call } = world);
});

afterEach(() => world.close());

const truth = () => simulator.truth(ADELE, 'default', new Date('2026-03-01'), new Date('2026-04-01'));
const inOneHour = () => new Date(world.now().getTime() + HOUR).toISOString();

describe('subscribing at Graph', () => {
  const create = async (notificationUrl = `${receiver.url}/hook`) => {
    const { status, body } = await call('POST', '/subscriptions', {
      changeType: 'created,updated,deleted',
      notificationUrl,
      resource: '/me/events',
      expirationDateTime: inOneHour(),
    });
    return { status, error: body.error };
  };
  const refused = { status: 400, error: { code: 'ValidationError' } };

  test.each<[string, Receiver['greet']]>([
    ['JSON', (token) => ({ type: 'application/json', text: JSON.stringify({ validationToken: token }) })],
    ['the encoded token', (token) => ({ text: encodeURIComponent(token) })],
    ['a demand for authentication', () => ({ status: 401, text: 'Unauthorized' })],
  ])('microsoft trap 18: a handshake answered with %s fails the create', async (_, greet) => {
    receiver.greet = greet;
    expect(await create()).toMatchObject(refused);
    expect(simulator.subscriptions(ADELE)).toEqual([]);
    receiver.greet = (token) => ({ text: token });
    expect(await create()).toMatchObject({ status: 201 });
  });

  test('microsoft trap 19: a receiver that is not up yet fails the create', async () => {
    const later = await startReceiver();
    await later[Symbol.asyncDispose]();
    expect(await create(`${later.url}/hook`)).toMatchObject(refused);
    expect(simulator.subscriptions(ADELE)).toEqual([]);
  });

  test('microsoft trap 19: a receiver that answers the handshake only after the create fails it, for it comes within', async () => {
    simulator.setBehaviour({ notifications: { handshakeMs: 150 } });
    let isCreated = false;
    receiver.greet = (token) => (isCreated ? { text: token } : 'never');
    const created = create().finally(() => (isCreated = true));
    expect(await created).toMatchObject(refused);
    expect(receiver.handshakes).toHaveLength(1);
  });

  test('microsoft trap 17: a subscription made without the preference names events by ids that we have not stored', async () => {
    const { id } = world.put();
    const [unlike, alike] = [await world.subscribe({}, { prefer: '' }), await world.subscribe()];
    world.put('interview', 'Renamed');
    await simulator.deliverNotifications();
    const told = new Map(
      receiver.posts.flat().map(({ subscriptionId, resourceData }) => [subscriptionId, resourceData?.['id']]),
    );
    expect(truth().map((event) => event.id)).toEqual([id]);
    expect([told.size, told.get(alike)]).toEqual([2, id]);
    expect(told.get(unlike)).not.toBe(id);
  });
});

describe('being notified by Graph', () => {
  const workingFor = (ms: number) => () => {
    world.pass(ms);
    return 202;
  };

  test('microsoft trap 20: four seconds of work within the request, and notifications wait for ten minutes', async () => {
    await world.subscribe();
    receiver.answer = workingFor(4_000);
    world.put();
    await simulator.deliverNotifications();
    receiver.answer = workingFor(0);
    world.put('urgent');
    world.pass(9 * MINUTE);
    // What was answered too late counts as not delivered, and waits as well.
    expect(await simulator.deliverNotifications()).toBe(2);
    world.pass(MINUTE);
    expect(await simulator.deliverNotifications()).toBe(0);
    expect(world.received()).toEqual(['created', 'created', 'created']);
  });

  test('microsoft trap 20: eleven seconds of work within the request, and notifications are lost', async () => {
    await world.subscribe();
    receiver.answer = workingFor(11_000);
    world.put();
    await simulator.deliverNotifications();
    receiver.answer = workingFor(0);
    const { id } = world.put('urgent');
    for (const minutes of [0, 10, 60]) {
      world.pass(minutes * MINUTE);
      expect(await simulator.deliverNotifications()).toBe(0);
    }
    expect(receiver.posts.flat().map(({ resourceData }) => resourceData?.['id'])).not.toContain(id);
  });

  test('microsoft trap 21: one create is told as created and updated, and a lifecycle item has no change type at all', async () => {
    simulator.setBehaviour({ notifications: { createdPlusUpdated: true } });
    const subscriptionId = await world.subscribe();
    const { id } = world.put();
    await simulator.deliverNotifications();
    simulator.sendLifecycle(subscriptionId, 'missed');
    await simulator.deliverNotifications();
    const items = receiver.posts.flat();
    const lifecycle = items.pop();
    expect(items.map(({ changeType }) => changeType).toSorted()).toEqual(['created', 'updated']);
    expect(items.map(({ resourceData }) => resourceData?.['id'])).toEqual([id, id]);
    expect(lifecycle).toMatchObject({ subscriptionId, lifecycleEvent: 'missed' });
    expect([lifecycle?.changeType, lifecycle?.resourceData]).toEqual([undefined, undefined]);
    expect(truth()).toHaveLength(1);
  });

  test('microsoft trap 22: a subscription that waits for its last day goes dumb when its token lapses', async () => {
    const id = await world.subscribe();
    world.pass(DAY);
    world.put('missed');
    expect(await simulator.deliverNotifications()).toBe(1);
    world.pass(5 * DAY);
    expect(simulator.subscriptions(ADELE)).toMatchObject([{ id }]);
    const renewing = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
    const renewed = await renewing('PATCH', `/subscriptions/${id}`, { expirationDateTime: inOneHour() });
    expect(renewed.status).toBe(200);
    expect(await simulator.deliverNotifications()).toBe(0);
    expect(world.received()).toEqual(['reauthorizationRequired']);
    world.put('told');
    await simulator.deliverNotifications();
    expect(world.received()).toEqual(['reauthorizationRequired', 'created']);
    expect(truth()).toHaveLength(2);
  });

  test('microsoft trap 22: whoever answers reauthorizationRequired when it comes misses nothing', async () => {
    const id = await world.subscribe();
    world.pass(DAY);
    world.put();
    expect(await simulator.deliverNotifications()).toBe(1);
    expect(world.received()).toEqual(['reauthorizationRequired']);
    const fresh = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
    expect((await fresh('POST', `/subscriptions/${id}/reauthorize`)).status).toBe(204);
    expect(await simulator.deliverNotifications()).toBe(0);
    expect(world.received()).toEqual(['reauthorizationRequired', 'created']);
  });
});

describe('writing to Graph', () => {
  const interview = { subject: 'Interview', start: nine, end: ten };
  const json = { 'Content-Type': 'application/json' };
  const batch = async (requests: object[]) => {
    const { status, body } = await call('POST', '/$batch', { requests });
    const responses = body['responses'] as { id: string; status: number; headers: Record<string, string> }[];
    return { status, responses: responses.toSorted((a, b) => Number(a.id) - Number(b.id)) };
  };
  const reads = Array.from({ length: 20 }, (_, index) => ({
    id: `${index + 1}`,
    method: 'GET',
    url: '/me/calendar',
  }));

  test('microsoft trap 24: of twenty items that run at a time sixteen are throttled, each with a wait of its own', async () => {
    simulator.setBehaviour({ limits: { latencyMs: 1, batchConcurrency: 20 } });
    const { status, responses } = await batch(reads);
    const throttled = responses.filter((item) => item.status === 429);
    expect([status, throttled.length]).toEqual([200, 16]);
    expect(throttled.filter(({ headers }) => headers['retry-after'] === undefined)).toEqual([]);
  });

  test('microsoft trap 24: twenty items that wait for one another by dependsOn all get through', async () => {
    simulator.setBehaviour({ limits: { latencyMs: 1, batchConcurrency: 20 } });
    const chain = reads.map((item, index) => (index === 0 ? item : { ...item, dependsOn: [`${index}`] }));
    const { responses } = await batch(chain);
    expect(responses.map((item) => item.status)).toEqual(Array(20).fill(200));
  });

  test('microsoft trap 25: a batch answers 200 around items that failed or were never run', async () => {
    const insertion = { method: 'POST', url: '/me/events', headers: json, body: interview };
    const { status, responses } = await batch([
      { id: '1', ...insertion },
      { id: '2', method: 'DELETE', url: '/me/events/nothing', dependsOn: ['1'] },
      { id: '3', ...insertion, dependsOn: ['2'] },
    ]);
    expect(status).toBe(200);
    expect(responses.map((item) => item.status)).toEqual([201, 404, 424]);
    expect(truth()).toHaveLength(1);
  });

  test('microsoft trap 26: removing a meeting mails its guests without a word; only cancel gives the reason', async () => {
    const attendees = [{ type: 'required', emailAddress: { address: PAT, name: 'Pat' } }];
    const invite = async () => (await call('POST', '/me/events', { ...interview, attendees })).body.id;
    const cancellations = () =>
      simulator.mailTo(PAT).flatMap(({ kind, comment }) => (kind === 'cancellation' ? [comment] : []));
    expect((await call('DELETE', `/me/events/${await invite()}`)).status).toBe(204);
    expect(cancellations()).toEqual([undefined]);
    const reason = { Comment: 'The position is filled.' };
    expect((await call('POST', `/me/events/${await invite()}/cancel`, reason)).status).toBe(202);
    expect(cancellations()).toEqual([undefined, 'The position is filled.']);
  });
});
