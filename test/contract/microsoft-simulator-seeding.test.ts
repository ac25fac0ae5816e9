import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import {
  type EventInput,
  type MicrosoftSimulator,
  startMicrosoftSimulator,
} from '../simulators/microsoft/index.ts';
import { closeWithoutViolations, connect, graphClient, readRound } from './microsoft-simulator-client.ts';

const ADELE = 'adele@contoso.example';
const BERLIN = 'W. Europe Standard Time';
type Recurrence = NonNullable<EventInput['recurrence']>;
type Range = Partial<Recurrence['range']>;
let simulator: MicrosoftSimulator;

beforeEach(async () => {
  simulator = await startMicrosoftSimulator({ now: () => new Date('2026-03-02T08:00:00Z') });
  simulator.addUser({ email: ADELE, name: 'Adele Vance', timeZone: BERLIN });
});

afterEach(() => closeWithoutViolations(simulator));

const starts = (from: string, to: string) =>
  simulator
    .truth(ADELE, 'default', new Date(from), new Date(to))
    .map((event) => (event['start'] as { dateTime: string }).dateTime.slice(0, 16));
const series = (startDate: string, pattern: Recurrence['pattern'], range: Range = {}, isAllDay = false) =>
  simulator.putEvent(ADELE, 'default', {
    id: 'series',
    isAllDay,
    start: { dateTime: `${startDate}T${isAllDay ? '00:00' : '12:00'}:00`, timeZone: BERLIN },
    end: { dateTime: isAllDay ? dayAfter(startDate) : `${startDate}T13:00:00`, timeZone: BERLIN },
    recurrence: { pattern, range: { type: 'noEnd', startDate, recurrenceTimeZone: BERLIN, ...range } },
  });
const dayAfter = (date: string) => new Date(Date.parse(date) + 86_400_000).toISOString().slice(0, 10);
const datesIn = (year: number) =>
  starts(`${year}-01-01`, `${year + 1}-01-01`).map((start) => start.slice(5, 10));

describe('recurrence patterns', () => {
  it.each<[string, string, Recurrence['pattern'], Range, string[]]>([
    [
      'every third day until a date',
      '2026-01-01',
      { type: 'daily', interval: 3 },
      { type: 'endDate', endDate: '2026-01-10' },
      ['01-01', '01-04', '01-07', '01-10'],
    ],
    [
      'Tuesdays and Sundays of every second week that begins on Monday',
      '2026-01-06',
      { type: 'weekly', interval: 2, daysOfWeek: ['sunday', 'tuesday'], firstDayOfWeek: 'monday' },
      { type: 'numbered', numberOfOccurrences: 4 },
      ['01-06', '01-11', '01-20', '01-25'],
    ],
    [
      'the same of a week that begins on Sunday',
      '2026-01-06',
      { type: 'weekly', interval: 2, daysOfWeek: ['sunday', 'tuesday'], firstDayOfWeek: 'sunday' },
      { type: 'numbered', numberOfOccurrences: 4 },
      ['01-06', '01-18', '01-20', '02-01'],
    ],
    [
      'the 31st, or the last day of shorter months',
      '2026-01-31',
      { type: 'absoluteMonthly', interval: 1, dayOfMonth: 31 },
      { type: 'numbered', numberOfOccurrences: 4 },
      ['01-31', '02-28', '03-31', '04-30'],
    ],
    [
      'the last Friday of every second month',
      '2026-01-01',
      { type: 'relativeMonthly', interval: 2, index: 'last', daysOfWeek: ['friday'] },
      { type: 'numbered', numberOfOccurrences: 3 },
      ['01-30', '03-27', '05-29'],
    ],
    [
      'the second working day',
      '2026-01-10',
      {
        type: 'relativeMonthly',
        interval: 1,
        index: 'second',
        daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
      },
      { type: 'numbered', numberOfOccurrences: 2 },
      ['02-03', '03-03'],
    ],
    [
      'a date of the year',
      '2024-02-29',
      { type: 'absoluteYearly', interval: 1, month: 2, dayOfMonth: 29 },
      {},
      ['02-28'],
    ],
    [
      'the first Monday of September',
      '2020-01-01',
      { type: 'relativeYearly', interval: 2, index: 'first', daysOfWeek: ['monday'], month: 9 },
      {},
      ['09-07'],
    ],
  ])('give %s', (_, startDate, pattern, range, dates) => {
    series(startDate, pattern, range);
    expect(datesIn(2026)).toEqual(dates);
  });

  it('keep all-day occurrences at midnight over the change to summer time', () => {
    series('2026-03-28', { type: 'daily', interval: 1 }, { type: 'numbered', numberOfOccurrences: 3 }, true);
    expect(starts('2026-03-27T23:30:00Z', '2026-04-01')).toEqual([
      '2026-03-28T00:00',
      '2026-03-29T00:00',
      '2026-03-30T00:00',
    ]);
  });

  it('move an occurrence that summer time skips forward, and take the first of two in autumn', () => {
    const at = (day: string) => ({
      start: { dateTime: `${day}T02:30:00`, timeZone: BERLIN },
      end: { dateTime: `${day}T03:30:00`, timeZone: BERLIN },
    });
    simulator.putEvent(ADELE, 'default', at('2026-03-29'));
    simulator.putEvent(ADELE, 'default', at('2026-10-25'));
    expect(starts('2026-01-01', '2027-01-01')).toEqual(['2026-03-29T01:30', '2026-10-25T00:30']);
  });
});

describe('seeding', () => {
  it.each<[string, EventInput]>([
    ['needs start and end', { subject: 'No times' }],
    ['unknown time zone: Mars', timed('2026-03-02T09:00:00', '2026-03-02T10:00:00', 'Mars')],
    ['cannot end before it starts', timed('2026-03-02T09:00:00', '2026-03-02T08:00:00')],
    [
      'begins and ends at midnight',
      { isAllDay: true, ...timed('2026-03-02T09:00:00', '2026-03-03T09:00:00') },
    ],
  ])('refuses an event that %s, and changes nothing', (message, input) => {
    expect(() => simulator.putEvent(ADELE, 'default', input)).toThrow(message);
    expect(starts('2026-01-01', '2027-01-01')).toEqual([]);
  });

  it('gives a calendar of 20,000 events completely, each once', async () => {
    const first = Date.parse('2026-01-01T00:00:00Z');
    for (let index = 0; index < 20_000; index++) {
      const [start = '', end = ''] = [0, 240_000].map((offset) =>
        new Date(first + index * 300_000 + offset).toISOString(),
      );
      simulator.putEvent(ADELE, 'default', timed(start.slice(0, 19), end.slice(0, 19)));
    }
    const get = graphClient(simulator, (await connect(simulator, ADELE)).access_token);
    const window = 'startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z';
    const { items } = await readRound(get, `/me/calendarView/delta?${window}`, 'odata.maxpagesize=1000');
    expect(items).toHaveLength(20_000);
    expect(new Set(items.map(({ id }) => id)).size).toBe(20_000);
  });
});

describe('the control interface', () => {
  const control = async (method: string, path: string, body?: unknown) => {
    const response = await fetch(`${simulator.url}/_control${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      body: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
    };
  };
  const user = `/users/megan@contoso.example`;

  it('does over HTTP what the functions do', async () => {
    expect((await control('POST', '/users', { email: 'megan@contoso.example', name: 'Megan' })).status).toBe(
      200,
    );
    const calendar = `${user}/calendars/${String((await control('POST', `${user}/calendars`, { name: 'Work' })).body?.['id'])}`;
    const range = { type: 'numbered', numberOfOccurrences: 3, startDate: '2026-03-02' };
    const recurrence = { pattern: { type: 'daily', interval: 1 }, range };
    const times = timed('2026-03-02T09:00:00', '2026-03-02T10:00:00');
    const { body: master } = await control('PUT', `${calendar}/events`, {
      id: 'daily',
      ...times,
      recurrence,
    });
    expect(master).toMatchObject({ type: 'seriesMaster' });
    await control('POST', `${calendar}/events/daily/cancel-occurrence`, { originalStart: '2026-03-03' });
    const later = { originalStart: '2026-03-04', ...timed('2026-03-05T09:00:00', '2026-03-05T10:00:00') };
    expect((await control('POST', `${calendar}/events/daily/move-occurrence`, later)).body?.['type']).toBe(
      'exception',
    );
    expect((await control('GET', `${calendar}/truth?from=2026-03-01&to=2026-04-01`)).body).toHaveLength(2);
    expect((await control('DELETE', `${calendar}/events/daily`)).status).toBe(204);
    expect((await control('GET', `${calendar}/truth?from=2026-03-01&to=2026-04-01`)).body).toHaveLength(0);
  });

  it('revokes, expires and changes behaviour', async () => {
    const { access_token } = await connect(simulator, ADELE);
    const get = graphClient(simulator, access_token);
    const window = 'startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z';
    const { deltaLink } = await readRound(get, `/me/calendarView/delta?${window}`);
    await control('PATCH', '/delta', { expiredCode: 'syncStateInvalid' });
    await control('POST', `/users/${ADELE}/expire-delta-tokens`);
    expect((await get(deltaLink)).body.error?.code).toBe('syncStateInvalid');
    await control('POST', `/users/${ADELE}/expire-access-tokens`);
    expect((await get('/me')).status).toBe(401);
    expect((await control('POST', `/users/${ADELE}/revoke-grant`, { reason: 65001 })).status).toBe(204);
    expect((await control('PUT', '/client-secret', { expired: true })).status).toBe(204);
    expect((await control('GET', `/users/${ADELE}/counts`)).body).toMatchObject({ codeExchanges: 1 });
  });

  it('answers 400 with a sentence for what does not fit or does not exist', async () => {
    expect((await control('POST', '/users', { email: 'no address' })).body?.['error']).toContain('email');
    expect((await control('POST', '/users/nobody@x.example/revoke-grant')).body?.['error']).toContain(
      'no user',
    );
    const unknown = await control('PUT', `/users/${ADELE}/calendars/nowhere/events`, {});
    expect(unknown).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('no calendar') as string },
    });
  });
});

function timed(start: string, end: string, timeZone = 'UTC') {
  return { start: { dateTime: start, timeZone }, end: { dateTime: end, timeZone } };
}
