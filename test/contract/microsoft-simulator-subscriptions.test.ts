import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { type Call, closeWithoutViolations, connect, graphCaller } from './microsoft-simulator-client.ts';
import { type Receiver, startReceiver } from './microsoft-simulator-receiver.ts';

const ADELE = 'adele@contoso.example';
const START = Date.parse('2026-03-02T08:00:00Z');
let simulator: MicrosoftSimulator;
let receiver: Receiver;
let clock: Date;
let call: Call;

beforeEach(async () => {
  clock = new Date(START);
  receiver = await startReceiver();
  simulator = await startMicrosoftSimulator({
    now: () => clock,
    notifications: { allowHttpLoopback: true, handshakeMs: 150 },
  });
  simulator.addUser({ email: ADELE, name: 'Adele Vance' });
  call = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
});

afterEach(async () => {
  await receiver[Symbol.asyncDispose]();
  await closeWithoutViolations(simulator);
});

const inMinutes = (minutes: number) => new Date(clock.getTime() + minutes * 60_000).toISOString();
const wish = () => ({
  changeType: 'created,updated,deleted',
  notificationUrl: `${receiver.url}/hook?from=graph`,
  lifecycleNotificationUrl: `${receiver.url}/lifecycle`,
  resource: '/me/events',
  expirationDateTime: inMinutes(10_080),
  clientState: 'secret',
});
const subscribe = (changes: object = {}) => call('POST', '/subscriptions', { ...wish(), ...changes });
const refusal = async (changes: object) => {
  const { status, body } = await subscribe(changes);
  return [status, body.error?.code, body.error?.message];
};

describe('subscribing', () => {
  it('answers 201 once both addresses have sent back the decoded token as plain text', async () => {
    const { status, body } = await subscribe();
    expect(status).toBe(201);
    expect(body).toMatchObject({
      ...wish(),
      id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
      applicationId: simulator.env['MICROSOFT_CLIENT_ID'],
      expirationDateTime: '2026-03-09T08:00:00.0000000Z',
    });
    expect(receiver.handshakes).toMatchObject([
      {
        path: '/hook',
        contentType: 'text/plain; charset=utf-8',
        token: expect.stringContaining(' ') as string,
      },
      { path: '/lifecycle' },
    ]);
    expect(simulator.subscriptions(ADELE)).toMatchObject([{ id: body.id, resource: '/me/events' }]);
  });

  it.each<[string, Receiver['greet']]>([
    ['another status', (text) => ({ status: 202, text })],
    ['JSON', (text) => ({ type: 'application/json', text: JSON.stringify(text) })],
    ['the token under another content type', (text) => ({ type: 'application/json', text })],
    ['the encoded token', (token) => ({ text: encodeURIComponent(token) })],
    ['a page that wants a login', () => ({ status: 401, text: 'who are you' })],
  ])('fails when the handshake is answered with %s', async (_, greet) => {
    receiver.greet = greet;
    expect(await refusal({})).toEqual([
      400,
      'ValidationError',
      'Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.',
    ]);
    expect(simulator.subscriptions(ADELE)).toEqual([]);
  });

  it('fails when the handshake is not answered in time, by either address', async () => {
    receiver.greet = (text) => (receiver.handshakes.length === 2 ? 'never' : { text });
    expect(await refusal({})).toEqual([400, 'ValidationError', 'Subscription validation request timed out.']);
    expect(receiver.handshakes).toHaveLength(2);
  });

  it('never leaves the machine: a host elsewhere counts as one that does not answer', async () => {
    expect((await refusal({ notificationUrl: 'https://calendar.example/hook' }))[1]).toBe('ValidationError');
  });

  it('wants https unless plain http on loopback was allowed', async () => {
    expect((await refusal({ notificationUrl: 'http://calendar.example/hook' }))[1]).toBe('InvalidRequest');
    simulator.setBehaviour({ notifications: { allowHttpLoopback: false } });
    expect(await refusal({})).toEqual([400, 'InvalidRequest', expect.stringContaining('https')]);
    expect(receiver.handshakes).toEqual([]);
  });

  it.each([
    ['more than 10,080 minutes', () => ({ expirationDateTime: inMinutes(10_081) }), '10080 minutes'],
    ['an end in the past', () => ({ expirationDateTime: inMinutes(-1) }), 'future'],
    ['an unknown change', () => ({ changeType: 'created,moved' }), 'changeType'],
    ['a clientState of 129 characters', () => ({ clientState: 'x'.repeat(129) }), 'clientState'],
    ['a single calendar', () => ({ resource: '/me/calendars/x/events' }), 'resource'],
    ['somebody else’s events', () => ({ resource: '/users/megan@contoso.example/events' }), 'resource'],
    ['resource data', () => ({ includeResourceData: true }), 'resource data'],
  ])('refuses %s', async (_, changes, mentioned) => {
    expect(await refusal(changes())).toEqual([400, 'InvalidRequest', expect.stringContaining(mentioned)]);
  });

  it('may name the user instead of me, and answer the end with another offset than Z', async () => {
    simulator.setBehaviour({ notifications: { expirationOffsetHours: -7 } });
    const { body } = await subscribe({
      resource: `users/${ADELE}/events`,
      lifecycleNotificationUrl: undefined,
    });
    expect(body['expirationDateTime']).toBe('2026-03-09T01:00:00.0000000-07:00');
    expect(receiver.handshakes).toHaveLength(1);
  });

  it('needs the right to read calendars', async () => {
    const { access_token } = await connect(simulator, ADELE, { scope: 'openid User.Read' });
    const { status } = await graphCaller(simulator, access_token)('POST', '/subscriptions', wish());
    expect(status).toBe(403);
  });

  it('stops at 1000 for a mailbox', async () => {
    simulator.setBehaviour({ notifications: { handshakeMs: 10_000 } });
    for (let count = 0; count < 1000; count++) await subscribe({ lifecycleNotificationUrl: undefined });
    expect(await refusal({})).toEqual([403, 'ExtensionError', expect.stringContaining('1000')]);
  }, 30_000);
});

describe('a subscription', () => {
  it('is listed, read, renewed, reauthorized and deleted', async () => {
    const { id } = (await subscribe({ expirationDateTime: inMinutes(60) })).body;
    const path = `/subscriptions/${id}`;
    expect((await call('GET', '/subscriptions')).body.value).toMatchObject([{ id }]);
    const renewed = await call('PATCH', path, { expirationDateTime: inMinutes(120) });
    expect([renewed.status, renewed.body['expirationDateTime']]).toEqual([
      200,
      '2026-03-02T10:00:00.0000000Z',
    ]);
    expect((await call('POST', `${path}/reauthorize`)).status).toBe(204);
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
  });

  it('cannot be renewed beyond the limit, nor changed otherwise', async () => {
    const { id } = (await subscribe()).body;
    const patch = async (body: object) => (await call('PATCH', `/subscriptions/${id}`, body)).status;
    expect(await patch({ expirationDateTime: inMinutes(10_081) })).toBe(400);
    expect(await patch({ expirationDateTime: inMinutes(60), clientState: 'other' })).toBe(400);
  });

  it('is gone when it expires: 404 to everything, and nothing in the list', async () => {
    const { id } = (await subscribe({ expirationDateTime: inMinutes(30) })).body;
    clock = new Date(START + 30 * 60_000);
    const path = `/subscriptions/${id}`;
    const answers = [
      await call('GET', path),
      await call('PATCH', path, { expirationDateTime: inMinutes(60) }),
      await call('POST', `${path}/reauthorize`),
      await call('DELETE', path),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404]);
    expect((await call('GET', '/subscriptions')).body.value).toEqual([]);
  });

  it('is nobody else’s', async () => {
    const { id } = (await subscribe()).body;
    simulator.addUser({ email: 'megan@contoso.example', name: 'Megan Bowen' });
    const megan = graphCaller(simulator, (await connect(simulator, 'megan@contoso.example')).access_token);
    expect((await megan('DELETE', `/subscriptions/${id}`)).status).toBe(404);
    expect((await megan('GET', '/subscriptions')).body.value).toEqual([]);
  });
});
