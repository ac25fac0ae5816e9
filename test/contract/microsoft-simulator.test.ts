import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/index.ts';
import {
  type Get,
  closeWithoutViolations,
  connect,
  graphClient,
  readAll,
} from './microsoft-simulator-client.ts';

const ADELE = 'adele@contoso.example';
const BERLIN = 'W. Europe Standard Time';
const MARCH = '?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z';
let simulator: MicrosoftSimulator;
let clock: Date;
let get: Get;
let calendarId: string;

beforeEach(async () => {
  clock = new Date('2026-03-02T08:00:00Z');
  simulator = await startMicrosoftSimulator({ now: () => clock });
  ({ calendarId } = simulator.addUser({ email: ADELE, name: 'Adele Vance', timeZone: BERLIN, mail: false }));
  get = graphClient(simulator, (await connect(simulator, ADELE)).access_token);
});

afterEach(() => closeWithoutViolations(simulator));

const timed = (start: string, end: string, timeZone = 'UTC') => ({
  start: { dateTime: start, timeZone },
  end: { dateTime: end, timeZone },
});
const weekly = (startDate: string) => ({
  pattern: { type: 'weekly' as const, interval: 1, daysOfWeek: ['monday' as const] },
  range: { type: 'noEnd' as const, startDate, recurrenceTimeZone: BERLIN },
});
const standUp = () =>
  simulator.putEvent(ADELE, calendarId, {
    id: 'stand-up',
    subject: 'Stand-up',
    ...timed('2026-03-02T09:00:00', '2026-03-02T09:30:00', BERLIN),
    recurrence: weekly('2026-03-02'),
  });
const view = () => readAll(get, `/me/calendars/${calendarId}/calendarView${MARCH}&$top=50`);
const startsOf = (events: Record<string, unknown>[]) =>
  events.map((event) => (event['start'] as { dateTime: string }).dateTime.slice(0, 16));

describe('access', () => {
  it('answers 401 InvalidAuthenticationToken without a token, with a wrong one and after its expiry', async () => {
    expect((await get('/me', { authorization: '' })).body.error?.code).toBe('InvalidAuthenticationToken');
    const wrong = await get('/me', { authorization: 'Bearer wrong' });
    expect(wrong.status).toBe(401);
    clock = new Date(clock.getTime() + 3599_000);
    const late = await get('/me');
    expect(late.body.error).toMatchObject({
      code: 'InvalidAuthenticationToken',
      message: 'Lifetime validation failed, the token is expired.',
    });
    expect(late.headers.get('www-authenticate')).toContain('Bearer');
  });

  it('answers 401 at once when the access tokens are told to expire', async () => {
    simulator.expireAccessTokens(ADELE);
    expect((await get('/me')).status).toBe(401);
  });

  it('puts the request ids on every answer and into innerError', async () => {
    const { headers, body } = await get('/me/events/nothing', { 'client-request-id': 'mine-1' });
    expect(headers.get('client-request-id')).toBe('mine-1');
    expect(body.error).toEqual({
      code: 'ErrorItemNotFound',
      message: 'The specified object was not found in the store.',
      innerError: {
        date: '2026-03-02T08:00:00',
        'request-id': headers.get('request-id'),
        'client-request-id': 'mine-1',
      },
    });
  });

  it('tells who it is, with mail null where the account has none', async () => {
    expect((await get('/me')).body).toMatchObject({
      mail: null,
      userPrincipalName: ADELE,
      displayName: 'Adele Vance',
    });
  });

  it('keeps the mailbox settings from those without the scope', async () => {
    const refused = await get('/me/mailboxSettings');
    expect([refused.status, refused.body.error?.code]).toEqual([403, 'ErrorAccessDenied']);
    const tokens = await connect(simulator, ADELE, { scope: 'openid User.Read MailboxSettings.Read' });
    const settings = await graphClient(simulator, tokens.access_token)('/me/mailboxSettings');
    expect(settings.body).toMatchObject({ timeZone: BERLIN, workingHours: { timeZone: { name: BERLIN } } });
  });
});

describe('calendars', () => {
  it('come ten to a page, and by $top and $select', async () => {
    for (let index = 1; index <= 11; index++) simulator.addCalendar(ADELE, { name: `Calendar ${index}` });
    const first = await get('/me/calendars');
    expect(first.body.value).toHaveLength(10);
    expect(first.body['@odata.nextLink']).toContain('$skip=10');
    expect(await readAll(get, '/me/calendars')).toHaveLength(12);
    const names = await get('/me/calendars?$top=2&$select=name');
    expect(names.body.value).toEqual([
      { id: calendarId, name: 'Calendar' },
      { id: expect.any(String) as string, name: 'Calendar 1' },
    ]);
  });

  it('say who owns them and whether they can be written', async () => {
    const owner = { name: 'Megan Bowen', address: 'megan@contoso.example' };
    const shared = simulator.addCalendar(ADELE, { name: 'Megan', owner });
    expect((await get(`/me/calendars/${shared}`)).body).toMatchObject({ owner, canEdit: false });
    expect((await get('/me/calendar')).body).toMatchObject({
      id: calendarId,
      isDefaultCalendar: true,
      hexColor: '',
    });
    expect((await get('/me/calendars/unknown')).status).toBe(404);
  });
});

describe('events', () => {
  it('come in full, in the zone asked for, with seven decimals and the Windows name of the original zone', async () => {
    const { id } = simulator.putEvent(ADELE, calendarId, {
      subject: 'Interview',
      showAs: 'oof',
      sensitivity: 'private',
      ...timed('2026-03-03T09:00:00', '2026-03-03T10:00:00', BERLIN),
      onlineMeeting: { joinUrl: 'https://teams.example/1' },
      body: { contentType: 'html', content: '<p>Bring <b>coffee</b></p>' },
    });
    const inUtc = (await get(`/me/events/${id}`)).body;
    expect(inUtc).toMatchObject({
      start: { dateTime: '2026-03-03T08:00:00.0000000', timeZone: 'UTC' },
      originalStartTimeZone: BERLIN,
      type: 'singleInstance',
      isOnlineMeeting: true,
      onlineMeetingUrl: null,
      '@odata.etag': `W/"${String(inUtc['changeKey'])}"`,
    });
    const prefer =
      'outlook.timezone="Pacific Standard Time", outlook.body-content-type="text", IdType="ImmutableId"';
    const { body, headers } = await get(`/me/events/${id}`, { prefer });
    expect(body['start']).toEqual({
      dateTime: '2026-03-03T00:00:00.0000000',
      timeZone: 'Pacific Standard Time',
    });
    expect(body['body']).toEqual({ contentType: 'text', content: 'Bring coffee' });
    expect(headers.get('preference-applied')).toContain('outlook.timezone="Pacific Standard Time"');
    const unknown = await get(`/me/events/${id}`, { prefer: 'outlook.timezone="Mars"' });
    expect(unknown.body.error?.code).toBe('TimeZoneNotSupportedException');
  });

  it('have their body in the form that is asked for, else as it was written', async () => {
    const bodyOf = async (body: object, prefer: string) => {
      const times = timed('2026-03-03T09:00:00', '2026-03-03T10:00:00');
      const { id } = simulator.putEvent(ADELE, calendarId, { ...times, body });
      return (await get(`/me/events/${id}`, { prefer })).body['body'] as {
        contentType: string;
        content: string;
      };
    };
    const asText = 'outlook.body-content-type="text"';
    const asHtml = 'outlook.body-content-type="html"';
    const content =
      '<html><head><style>p {}</style></head><body><p>One &amp;\r\n two</p>Three<br>\r\n<a href="https://x.example/?a">Four</a></body></html>';
    const html = { contentType: 'html', content };
    const text = { contentType: 'text', content: 'One <two>\nThree' };
    expect(await bodyOf(html, asText)).toEqual({
      contentType: 'text',
      content: 'One & two\r\nThree\r\nFour<https://x.example/?a>',
    });
    expect(await bodyOf(html, asHtml)).toEqual(html);
    expect(await bodyOf(text, asText)).toEqual(text);
    expect(await bodyOf(text, '')).toEqual(text);
    const shown = await bodyOf(text, asHtml);
    expect(shown.contentType).toBe('html');
    expect(shown.content).toContain('One &lt;two&gt;<br>\r\nThree');
  });

  it('of a whole day run from midnight to midnight, whatever zone is asked for', async () => {
    const holiday = timed('2026-03-05T00:00:00', '2026-03-06T00:00:00', BERLIN);
    const { id } = simulator.putEvent(ADELE, calendarId, { subject: 'Holiday', isAllDay: true, ...holiday });
    const { body } = await get(`/me/events/${id}`, { prefer: 'outlook.timezone="Tokyo Standard Time"' });
    expect(body).toMatchObject({
      isAllDay: true,
      start: { dateTime: '2026-03-05T00:00:00.0000000', timeZone: 'Tokyo Standard Time' },
      end: { dateTime: '2026-03-06T00:00:00.0000000', timeZone: 'Tokyo Standard Time' },
    });
  });

  it('have two ids, either of which finds them; only the preferred one is answered', async () => {
    const { id } = simulator.putEvent(ADELE, calendarId, timed('2026-03-03T09:00:00', '2026-03-03T10:00:00'));
    const plain = (await get(`/me/events/${id}`, { prefer: '' })).body['id'] as string;
    expect(plain).not.toBe(id);
    expect((await get(`/me/events/${plain}`)).body['id']).toBe(id);
    expect((await get(`/me/events/${plain.toLowerCase()}`)).status).toBe(404);
  });

  it('change their change key with each change, and no other key', async () => {
    const event = timed('2026-03-03T09:00:00', '2026-03-03T10:00:00');
    const first = simulator.putEvent(ADELE, calendarId, event);
    const other = simulator.putEvent(ADELE, calendarId, event);
    const second = simulator.putEvent(ADELE, calendarId, { id: first.id, subject: 'Renamed' });
    expect(second).toMatchObject({ id: first.id, subject: 'Renamed', start: first['start'] });
    expect(second['changeKey']).not.toBe(first['changeKey']);
    expect((await get(`/me/events/${other.id}`)).body['changeKey']).toBe(other['changeKey']);
  });
});

describe('a series', () => {
  it('keeps its wall-clock time over the change to summer time', async () => {
    standUp();
    expect(startsOf(await view())).toEqual([
      '2026-03-02T08:00',
      '2026-03-09T08:00',
      '2026-03-16T08:00',
      '2026-03-23T08:00',
      '2026-03-30T07:00',
    ]);
  });

  it('comes as occurrences with the properties of their master, each with an iCalUId of its own', async () => {
    const master = standUp();
    const occurrences = await view();
    for (const occurrence of occurrences)
      expect(occurrence).toMatchObject({
        type: 'occurrence',
        seriesMasterId: master.id,
        subject: 'Stand-up',
      });
    expect(occurrences.at(-1)?.['originalStart']).toBe('2026-03-30T07:00:00Z');
    expect(new Set([master, ...occurrences].map((event) => event['iCalUId'])).size).toBe(6);
    expect((await get(`/me/events/${master.id}`)).body).toMatchObject({
      type: 'seriesMaster',
      recurrence: { range: { endDate: '0001-01-01', recurrenceTimeZone: BERLIN } },
    });
  });

  it('loses deleted occurrences without a trace and shows moved ones as exceptions', async () => {
    const master = standUp();
    simulator.cancelOccurrence(ADELE, calendarId, 'stand-up', '2026-03-09');
    const moved = simulator.moveOccurrence(ADELE, calendarId, 'stand-up', '2026-03-16T08:00:00Z', {
      subject: 'Stand-up, late',
      ...timed('2026-03-17T14:00:00', '2026-03-17T14:30:00', BERLIN),
    });
    expect(moved).toMatchObject({ type: 'exception', originalStart: '2026-03-16T08:00:00Z' });
    const instances = await readAll(get, `/me/events/${master.id}/instances${MARCH}&$top=2`);
    expect(startsOf(instances)).toEqual([
      '2026-03-02T08:00',
      '2026-03-17T13:00',
      '2026-03-23T08:00',
      '2026-03-30T07:00',
    ]);
    expect(instances).toEqual(await view());
    expect(await view()).toEqual(
      simulator.truth(ADELE, calendarId, new Date('2026-03-01T00:00:00Z'), new Date('2026-04-01T00:00:00Z')),
    );
    const asked = await get(
      `/me/events/${master.id}?$select=subject,cancelledOccurrences,exceptionOccurrences&$expand=exceptionOccurrences`,
    );
    expect(asked.body).toMatchObject({
      cancelledOccurrences: [`OID.${master.id}.2026-03-09`],
      exceptionOccurrences: [{ id: moved.id }],
    });
  });

  it('forgets its exceptions when it is rescheduled, and keeps them when it is only renamed', async () => {
    standUp();
    simulator.cancelOccurrence(ADELE, calendarId, 'stand-up', '2026-03-09');
    simulator.putEvent(ADELE, calendarId, { id: 'stand-up', subject: 'Daily' });
    expect(await view()).toHaveLength(4);
    const times = timed('2026-03-02T10:00:00', '2026-03-02T10:30:00', BERLIN);
    simulator.putEvent(ADELE, calendarId, { id: 'stand-up', ...times });
    expect(startsOf(await view())[1]).toBe('2026-03-09T09:00');
  });
});

describe('a window', () => {
  it('is needed, is not longer than 1825 days, and counts offsets', async () => {
    const path = `/me/calendars/${calendarId}/calendarView`;
    const long = await get(`${path}?startDateTime=2020-01-01T00:00:00Z&endDateTime=2025-01-01T00:00:00Z`);
    expect(long.body.error).toMatchObject({
      code: 'ErrorInvalidRequest',
      message: expect.stringMatching(/Maximum number of days: 1825$/) as string,
    });
    simulator.putEvent(ADELE, calendarId, timed('2026-03-03T23:30:00', '2026-03-03T23:45:00'));
    const day = `${path}?startDateTime=2026-03-03T00:00:00-02:00&endDateTime=2026-03-04T00:00:00-02:00`;
    expect((await get(day.replaceAll('+', '%2B'))).body.value).toHaveLength(1);
    const utc = `${path}?startDateTime=2026-03-04T00:00:00&endDateTime=2026-03-05T00:00:00`;
    expect((await get(utc)).body.value).toHaveLength(0);
    const select = await get(`${path}${MARCH}&$select=createdDateTime`);
    expect(select.status).toBe(400);
  });

  it('without its dates is refused', async () => {
    const unchecked = await startMicrosoftSimulator({ contractsDir: '' });
    unchecked.addUser({ email: ADELE, name: 'Adele Vance' });
    const { access_token } = await connect(unchecked, ADELE);
    const { body } = await graphClient(unchecked, access_token)('/me/calendarView');
    expect(body.error?.code).toBe('ErrorInvalidParameter');
    await closeWithoutViolations(unchecked);
  });
});
