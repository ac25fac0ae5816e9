import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providerIds, type ProviderId } from '../../src/domain/provider-id.ts';
import { deploy, type Deployment, type Instance } from '../support/deployment.ts';
import { meetingPeople } from '../support/meeting-people.ts';
import { vendorsOf, type SimulatedVendors } from '../support/simulated-vendors.ts';
import { until } from '../support/until.ts';

const hour = 3_600_000;
const nextWeek = new Date(Math.ceil(Date.now() / hour) * hour + 7 * 24 * hour);
const at = (hours: number): Date => new Date(nextWeek.getTime() + hours * hour);
const emailOf = { google: 'ada@example.com', microsoft: 'grace@example.com' } as const;
const guest = 'kim@else.example';

let product: Deployment;
let vendors: SimulatedVendors;
let writer: Instance;

// Polling is off as far as it can be: what people do arrives by push.
beforeAll(async () => {
  const seldom = { SYNC_INTERVAL_MINUTES: '1440', SYNC_SWEEP_MINUTES: '1440' };
  product = await deploy(['connect', 'sync', 'watch', 'scheduler'], seldom, { push: true });
  vendors = vendorsOf(product.google, product.microsoft);
  writer = await product.start('write');
  for (const id of providerIds) {
    const vendor = vendors[id];
    vendor.addUser(emailOf[id]);
    await product.api.connect(id, id, (url) => vendor.consent(url, emailOf[id]));
    await until(() => vendor.watches(emailOf[id]).length > 0);
  }
}, 120_000);
afterAll(() => product.close());

function body(organizer: ProviderId, changes: Record<string, unknown> = {}) {
  return {
    organizer: { userId: organizer },
    title: 'Interview with Kim',
    start: at(0).toISOString(),
    end: at(1).toISOString(),
    timeZone: 'Europe/Berlin',
    attendees: [{ email: guest, name: 'Kim' }],
    sendInvitations: true,
    ...changes,
  };
}

const path = (interviewId: string): string => `/v1/interviews/${interviewId}`;
const put = (interviewId: string, given: object) => product.api.call('PUT', path(interviewId), given);

/** Resolves to the interview as the API shows it, once it is in this state as wanted. */
async function inState(interviewId: string, state: string): Promise<Record<string, unknown>> {
  return until(
    async () => {
      const shown = (await product.api.get(path(interviewId))).body;
      return shown.state === state && (state !== 'booked' || shown.upToDate === true) && shown;
    },
    async () => JSON.stringify((await product.api.get(path(interviewId))).body),
  );
}

/** What the change feed tells of an interview, without its ids. */
async function told(interviewId: string): Promise<Record<string, unknown>[]> {
  const { changes } = (await product.api.get('/v1/changes?limit=500')).body;
  return changes.filter(({ data }: { data: { interviewId?: string } }) => data.interviewId === interviewId);
}

const hears = (interviewId: string, type: string) =>
  until(async () => (await told(interviewId)).find((change) => change['type'] === type));

describe.each(providerIds)('an interview of somebody at %s', (id) => {
  const people = () => meetingPeople(vendors)[id];
  const living = (): string[] => people().living(emailOf[id]);

  it('goes into the calendar, and what people do to it comes back', async () => {
    const interviewId = `back-${id}`;
    expect((await put(interviewId, body(id))).status).toBe(201);
    await inState(interviewId, 'booked');
    const [eventId = ''] = living();
    expect(living()).toHaveLength(1);

    people().change(emailOf[id], eventId, { start: at(24), end: at(25) });
    const moved = await hears(interviewId, 'interview.moved');
    expect(moved['data']).toMatchObject({ handling: 'followed', to: { start: at(24).toISOString() } });
    expect((await product.api.get(path(interviewId))).body.desired.start).toBe(at(24).toISOString());

    people().answer(emailOf[id], eventId, guest, 'accepted');
    const { data } = await hears(interviewId, 'interview.response');
    expect(data).toMatchObject({ answers: [{ attendee: 0, response: 'accepted' }] });

    people().remove(emailOf[id], eventId);
    await hears(interviewId, 'interview.cancelled');
    await inState(interviewId, 'removed_by_user');
    expect(living()).toEqual([]);
  });

  it('I8: is made once, and told once, although the worker is killed while it waits for the answer', async () => {
    const interviewId = `killed-${id}`;
    const before = people().mails(guest).length;
    // Google and Graph do what they were asked and do not say so.
    const stalled = { match: { method: 'POST', path: '/events$' }, action: { type: 'withhold' } } as const;
    const { simulator } = vendors[id];
    const written = () =>
      simulator.requests.filter((one) => one.method === 'POST' && one.path.endsWith('/events'));
    const count = written().length;
    simulator.fault(stalled);
    await put(interviewId, body(id));
    await until(() => written().length > count && living().length === 1);
    await writer.end('SIGKILL');
    writer = await product.start('write');
    await inState(interviewId, 'booked');
    expect(living()).toHaveLength(1);
    expect(people().mails(guest).slice(before)).toEqual(['invitation']);
    expect((await told(interviewId)).map(({ type }) => type)).toEqual(['interview.booked']);

    await product.api.call('DELETE', path(interviewId), { message: 'The position is filled.' });
    await inState(interviewId, 'cancelled');
    expect(living()).toEqual([]);
    expect(people().mails(guest).slice(before)).toEqual(['invitation', 'cancellation']);
  });
});

describe('an organizer who has connected both', () => {
  it('hears of no echo, whichever calendar the interview is in', async () => {
    const both = 'both';
    for (const id of providerIds) {
      const email = `both@${id}.example`;
      vendors[id].addUser(email);
      const { body: attempt } = await product.api.connect(id, both, (url) => vendors[id].consent(url, email));
      expect(attempt.status).toBe('connected');
      await until(() => vendors[id].watches(email).length > 0);
    }
    const { connections } = (await product.api.get(`/v1/users/${both}/connections`)).body;
    for (const { id: connectionId } of connections) await product.api.sync(connectionId);
    const given = { organizer: { userId: both }, attendees: [{ email: 'both@microsoft.example' }] };
    await put('both-1', body('google', given));
    await inState('both-1', 'booked');
    for (const { id: connectionId } of connections) await product.api.sync(connectionId);
    const writes = () =>
      providerIds.flatMap((id) =>
        vendors[id].simulator.requests.filter(
          ({ method, path: asked }) =>
            method !== 'GET' && /\/events/.test(asked) && !asked.endsWith('/watch'),
        ),
      ).length;
    const [before, known] = [writes(), await told('both-1')];
    for (const { id: connectionId } of connections) await product.api.sync(connectionId);
    expect(writes()).toBe(before);
    expect(await told('both-1')).toEqual(known);
    expect(known.map(({ type }) => type)).toEqual(['interview.booked']);
    const all = (await product.api.get('/v1/changes?limit=500')).body.changes;
    const events = all.filter(
      (change: { userId: string; type: string }) =>
        change.userId === both && change.type === 'events.changed',
    );
    expect(events).toEqual([]);
  });
});
