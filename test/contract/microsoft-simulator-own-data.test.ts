import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { type Call, closeWithoutViolations, connect, graphCaller } from './microsoft-simulator-client.ts';

const ADELE = 'adele@contoso.example';
const ID = 'String {66f5a359-4659-4830-9070-00047ec6ac6e} Name interviewId';
const EXPAND = `$expand=${encodeURIComponent(`singleValueExtendedProperties($filter=id eq '${ID}')`)}`;
let simulator: MicrosoftSimulator;
let call: Call;

beforeEach(async () => {
  simulator = await startMicrosoftSimulator({ now: () => new Date('2026-03-02T08:00:00Z') });
  simulator.addUser({ email: ADELE, name: 'Adele Vance' });
  call = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
});

afterEach(() => closeWithoutViolations(simulator));

const event = (day: number, more: object = {}) => ({
  subject: `Day ${day}`,
  start: { dateTime: `2026-03-0${day}T09:00:00`, timeZone: 'UTC' },
  end: { dateTime: `2026-03-0${day}T10:00:00`, timeZone: 'UTC' },
  ...more,
});
const own = (value: string) => ({ singleValueExtendedProperties: [{ id: ID, value }] });
const subjects = async (query: string) => {
  const { status, body } = await call('GET', `/me/events?${query}`);
  return status === 200 ? body.value?.map(({ subject }) => subject) : [status, body.error?.code];
};
const filter = (text: string) => subjects(`$filter=${encodeURIComponent(text)}`);

describe('own data', () => {
  it('comes when it is asked for, and in no plain answer', async () => {
    const { body } = await call('POST', '/me/events', event(3, own('i-1')));
    expect(body).not.toHaveProperty('singleValueExtendedProperties');
    expect((await call('GET', `/me/events/${body.id}`)).body).not.toHaveProperty(
      'singleValueExtendedProperties',
    );
    expect((await call('GET', `/me/events/${body.id}?${EXPAND}`)).body).toMatchObject(own('i-1'));
    expect((await call('GET', `/me/events?${EXPAND}`)).body.value).toMatchObject([own('i-1')]);
  });

  it('survives a change of something else, and is replaced by its own', async () => {
    const { body } = await call('POST', '/me/events', event(3, own('i-1')));
    await call('PATCH', `/me/events/${body.id}`, { subject: 'Renamed' });
    expect((await call('GET', `/me/events/${body.id}?${EXPAND}`)).body).toMatchObject(own('i-1'));
    await call('PATCH', `/me/events/${body.id}`, own('i-2'));
    expect((await call('GET', `/me/events/${body.id}?${EXPAND}`)).body).toMatchObject(own('i-2'));
  });

  it('finds its event, with any case in the GUID and none in the value', async () => {
    await call('POST', '/me/events', event(3, own('i-1')));
    await call('POST', '/me/events', event(4, own('i-2')));
    const any = (id: string, value: string) =>
      filter(`singleValueExtendedProperties/any(ep: ep/id eq '${id}' and ep/value eq '${value}')`);
    expect(await any(ID, 'i-2')).toEqual(['Day 4']);
    expect(
      await any(
        ID.replace(/\{.*\}/, (guid) => guid.toUpperCase()),
        'i-1',
      ),
    ).toEqual(['Day 3']);
    expect(await any(ID, 'I-1')).toEqual([]);
  });

  it('is refused under a name that is none, and without a filter', async () => {
    const wrong = { singleValueExtendedProperties: [{ id: 'interviewId', value: 'i-1' }] };
    expect((await call('POST', '/me/events', event(3, wrong))).body.error?.code).toBe(
      'ErrorInvalidExtendedProperty',
    );
    expect(await subjects('$expand=singleValueExtendedProperties')).toEqual([400, 'ErrorInvalidUrlQuery']);
  });
});

describe('the list of events', () => {
  it('holds single events and masters, page by page, never occurrences', async () => {
    const range = { type: 'numbered', startDate: '2026-03-03', numberOfOccurrences: 3 };
    await call(
      'POST',
      '/me/events',
      event(3, { recurrence: { pattern: { type: 'daily', interval: 1 }, range } }),
    );
    await call('POST', '/me/events', event(4));
    const { body } = await call('GET', '/me/events?$top=1');
    expect(body.value).toMatchObject([{ type: 'seriesMaster' }]);
    expect(body['@odata.nextLink']).toContain('$skip=1');
    expect(await subjects('$select=subject')).toEqual(['Day 3', 'Day 4']);
  });

  it('is filtered by iCalUId and by times, and refuses any other filter', async () => {
    const { body } = await call('POST', '/me/events', event(3));
    await call('POST', '/me/events', event(4));
    expect(await filter(`iCalUId eq '${String(body['iCalUId'])}'`)).toEqual(['Day 3']);
    expect(
      await filter("start/dateTime ge '2026-03-04T00:00:00' and end/dateTime lt '2026-03-05T00:00:00Z'"),
    ).toEqual(['Day 4']);
    expect(await filter("subject eq 'Day 3'")).toEqual([400, 'ErrorInvalidUrlQueryFilter']);
  });

  it('is that of the calendar named', async () => {
    const team = simulator.addCalendar(ADELE, { name: 'Team' });
    await call('POST', `/me/calendars/${team}/events`, event(3));
    expect(await subjects('')).toEqual([]);
    expect((await call('GET', `/me/calendars/${team}/events`)).body.value).toMatchObject([
      { subject: 'Day 3' },
    ]);
  });
});
