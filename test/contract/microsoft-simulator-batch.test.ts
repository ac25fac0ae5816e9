import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { type Call, closeWithoutViolations, connect, graphCaller } from './microsoft-simulator-client.ts';

const ADELE = 'adele@contoso.example';
let simulator: MicrosoftSimulator;
let clock: Date;
let call: Call;

beforeEach(async () => {
  clock = new Date('2026-03-02T08:00:00Z');
  simulator = await startMicrosoftSimulator({ now: () => clock });
  simulator.addUser({ email: ADELE, name: 'Adele Vance' });
  call = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
});

afterEach(() => closeWithoutViolations(simulator));

interface Item {
  id: string;
  status: number;
  headers: Record<string, string>;
  body?: { id?: string; error?: { code: string } };
}

const json = { 'Content-Type': 'application/json' };
const event = {
  subject: 'Interview',
  start: { dateTime: '2026-03-03T09:00:00', timeZone: 'UTC' },
  end: { dateTime: '2026-03-03T10:00:00', timeZone: 'UTC' },
};
const reads = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    id: String(index + 1),
    method: 'GET',
    url: '/me/calendar',
  }));
const batch = async (requests: unknown) => {
  const { status, body } = await call('POST', '/$batch', { requests });
  const responses = (body['responses'] ?? []) as Item[];
  return { status, error: body.error, responses, statuses: responses.map((item) => [item.id, item.status]) };
};
const truth = () => simulator.truth(ADELE, 'default', new Date('2026-03-01'), new Date('2026-04-01'));

describe('a batch', () => {
  it('answers 200 around items that each have their own status, headers and body', async () => {
    const { status, responses } = await batch([
      { id: 'a', method: 'POST', url: '/me/events', body: event, headers: json },
      { id: 'b', method: 'GET', url: 'me/events/nothing' },
      { id: 'c', method: 'GET', url: '/me?$select=displayName' },
    ]);
    expect(status).toBe(200);
    const [a, b, c] = ['a', 'b', 'c'].map((id) => responses.find((item) => item.id === id));
    expect(a).toMatchObject({ status: 201, body: { subject: 'Interview' } });
    expect(b).toMatchObject({ status: 404, body: { error: { code: 'ErrorItemNotFound' } } });
    expect(c).toMatchObject({ status: 200, body: { displayName: 'Adele Vance' } });
    expect(b?.headers).toMatchObject({ 'request-id': expect.any(String) as string });
    expect(truth()).toHaveLength(1);
  });

  it('takes the headers of each item, and has no body where there is none', async () => {
    const { id } = simulator.putEvent(ADELE, 'default', event);
    const { responses } = await batch([
      { id: '1', method: 'GET', url: `/me/events/${id}`, headers: { Prefer: 'IdType="ImmutableId"' } },
      { id: '2', method: 'GET', url: `/me/events/${id}` },
      { id: '3', method: 'DELETE', url: `/me/events/${id}`, headers: { 'If-Match': 'W/"other"' } },
    ]);
    const byId = new Map(responses.map((item) => [item.id, item]));
    expect(byId.get('1')?.body?.id).toBe(id);
    expect(byId.get('2')?.body?.id).not.toBe(id);
    expect(byId.get('3')?.status).toBe(412);
    const { responses: deleted } = await batch([{ id: '1', method: 'DELETE', url: `/me/events/${id}` }]);
    expect(deleted).toEqual([{ id: '1', status: 204, headers: expect.anything() as object }]);
  });

  it('runs one after the other where each depends on the one before, and 424 follows a failure', async () => {
    const { statuses } = await batch([
      { id: '1', method: 'POST', url: '/me/events', body: event, headers: json },
      { id: '2', method: 'GET', url: '/me/events/nothing', dependsOn: ['1'] },
      { id: '3', method: 'POST', url: '/me/events', body: event, headers: json, dependsOn: ['2'] },
      { id: '4', method: 'GET', url: '/me/calendar', dependsOn: ['3'] },
    ]);
    expect(statuses).toEqual([
      ['1', 201],
      ['2', 404],
      ['3', 424],
      ['4', 424],
    ]);
    expect(truth()).toHaveLength(1);
  });

  it('may have all depend on the same one', async () => {
    const { statuses } = await batch([
      { id: '1', method: 'GET', url: '/me/calendar' },
      { id: '2', method: 'GET', url: '/me/calendar', dependsOn: ['1'] },
      { id: '3', method: 'GET', url: '/me/calendar', dependsOn: ['1'] },
    ]);
    expect(statuses.map(([, status]) => status)).toEqual([200, 200, 200]);
  });

  it.each([
    ['no items', []],
    ['one id twice', [reads(1)[0], reads(1)[0]]],
    ['a body without Content-Type', [{ id: '1', method: 'POST', url: '/me/events', body: event }]],
    ['a method that there is not', [{ id: '1', method: 'BREW', url: '/me' }]],
    ['a dependence on nothing', [{ id: '1', method: 'GET', url: '/me', dependsOn: ['7'] }]],
    ['a dependence on two', [...reads(2), { id: '3', method: 'GET', url: '/me', dependsOn: ['1', '2'] }]],
    [
      'dependences of no known pattern',
      [
        ...reads(2),
        { id: '3', method: 'GET', url: '/me', dependsOn: ['1'] },
        { id: '4', method: 'GET', url: '/me', dependsOn: ['2'] },
      ],
    ],
  ])('is refused as a whole with %s', async (_, requests) => {
    expect(await batch(requests)).toMatchObject({ status: 400, error: { code: 'BadRequest' } });
  });

  it('cannot hold another batch', async () => {
    const inner = { id: '1', method: 'POST', url: '/$batch', headers: json, body: { requests: reads(1) } };
    expect((await batch([inner])).statuses).toEqual([['1', 400]]);
  });

  it('runs four at a time against one mailbox, so that twenty are no trouble', async () => {
    simulator.setBehaviour({ limits: { latencyMs: 1 } });
    const { statuses } = await batch(reads(20));
    expect(statuses.filter(([, status]) => status === 200)).toHaveLength(20);
  });

  it('meets MailboxConcurrency item by item where more run at a time, each with its own Retry-After', async () => {
    simulator.setBehaviour({ limits: { latencyMs: 1, batchConcurrency: 20 } });
    const { status, responses } = await batch(reads(20));
    const throttled = responses.filter((item) => item.status === 429);
    expect([status, throttled.length]).toEqual([200, 16]);
    for (const { headers, body } of throttled) {
      expect(headers['retry-after']).toBe('2.128');
      expect(body?.error?.code).toBe('ApplicationThrottled');
    }
  });
});

describe('what the contract does not allow', () => {
  it('is refused too: more than twenty items', async () => {
    const lenient = await startMicrosoftSimulator({ contractsDir: '', now: () => clock });
    try {
      lenient.addUser({ email: ADELE, name: 'Adele Vance' });
      const token = (await connect(lenient, ADELE)).access_token;
      const { status } = await graphCaller(lenient, token)('POST', '/$batch', { requests: reads(21) });
      expect(status).toBe(400);
    } finally {
      await lenient.close();
    }
  });

  it('is found within a batch as well', async () => {
    const strict = await startMicrosoftSimulator({ now: () => clock });
    try {
      strict.addUser({ email: ADELE, name: 'Adele Vance' });
      const ask = graphCaller(strict, (await connect(strict, ADELE)).access_token);
      const item = {
        id: '1',
        method: 'POST',
        url: '/me/events',
        headers: json,
        body: { ...event, subjct: 'x' },
      };
      await ask('POST', '/$batch', { requests: [item] });
      expect(strict.violations().join()).toContain('in a batch: request/subjct is unknown');
    } finally {
      await strict.close();
    }
  });
});

describe('the limits of a mailbox', () => {
  it('let four requests run at a time; the fifth is told to come back', async () => {
    simulator.setBehaviour({ limits: { latencyMs: 200 } });
    const answers = await Promise.all(Array.from({ length: 6 }, () => call('GET', '/me/calendar')));
    const throttled = answers.filter(({ status }) => status === 429);
    expect(throttled).toHaveLength(2);
    expect(throttled[0]?.headers.get('retry-after')).toBe('2.128');
    expect(throttled[0]?.body.error).toMatchObject({
      code: 'ApplicationThrottled',
      message: 'Application is over its MailboxConcurrency limit.',
    });
    expect((await call('GET', '/me/calendar')).status).toBe(200);
  });

  it('concern one mailbox, and not who its user is', async () => {
    simulator.addUser({ email: 'megan@contoso.example', name: 'Megan Bowen' });
    const megan = graphCaller(simulator, (await connect(simulator, 'megan@contoso.example')).access_token);
    simulator.setBehaviour({ limits: { requestsInTenMinutes: 1 } });
    await call('GET', '/me/calendar');
    expect((await call('GET', '/me/calendar')).status).toBe(429);
    expect((await call('GET', '/me')).status).toBe(200);
    expect((await megan('GET', '/me/calendar')).status).toBe(200);
  });

  it('count the requests of ten minutes, refused ones included, and say when to come back', async () => {
    simulator.setBehaviour({ limits: { requestsInTenMinutes: 2 } });
    await call('GET', '/me/calendar');
    clock = new Date(clock.getTime() + 60_500);
    await call('GET', '/me/calendar');
    clock = new Date(clock.getTime() + 60_250);
    const refused = await call('GET', '/me/calendar');
    expect([refused.status, refused.body.error?.code]).toEqual([429, 'TooManyRequests']);
    expect(refused.headers.get('retry-after')).toBe('539.750');
    clock = new Date(clock.getTime() + 539_750);
    expect((await call('GET', '/me/calendar')).status).toBe(200);
  });
});
