import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type MicrosoftSimulator, startMicrosoftSimulator } from '../simulators/microsoft/index.ts';
import { type Call, closeWithoutViolations, connect, graphCaller } from './microsoft-simulator-client.ts';

const ADELE = 'adele@contoso.example';
const BERLIN = 'W. Europe Standard Time';
let simulator: MicrosoftSimulator;
let clock: Date;
let call: Call;
let calendarId: string;

beforeEach(async () => {
  clock = new Date('2026-03-02T08:00:00Z');
  simulator = await startMicrosoftSimulator({ now: () => clock });
  ({ calendarId } = simulator.addUser({ email: ADELE, name: 'Adele Vance', timeZone: BERLIN }));
  call = graphCaller(simulator, (await connect(simulator, ADELE)).access_token);
});

afterEach(() => closeWithoutViolations(simulator));

const times = (start: string, end: string, timeZone = 'UTC') => ({
  start: { dateTime: start, timeZone },
  end: { dateTime: end, timeZone },
});
const interview = {
  subject: 'Interview',
  ...times('2026-03-03T09:00:00', '2026-03-03T10:00:00', BERLIN),
};
const truth = () => simulator.truth(ADELE, 'default', new Date('2026-03-01'), new Date('2026-04-01'));
const codeOf = async (answer: ReturnType<Call>) => {
  const { status, body } = await answer;
  return [status, body.error?.code];
};

describe('creating an event', () => {
  it('answers 201 with the whole event, in the calendar named or the default one', async () => {
    const team = simulator.addCalendar(ADELE, { name: 'Team' });
    const { status, body } = await call('POST', `/me/calendars/${team}/events`, interview);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      subject: 'Interview',
      start: { dateTime: '2026-03-03T08:00:00.0000000', timeZone: 'UTC' },
      originalStartTimeZone: BERLIN,
      isOrganizer: true,
      type: 'singleInstance',
    });
    expect((await call('GET', `/me/events/${body.id}`)).body).toMatchObject({ id: body.id });
    expect(truth()).toEqual([]);
    await call('POST', '/me/events', interview);
    expect(truth()).toMatchObject([{ subject: 'Interview' }]);
  });

  it('answers in the zone and with the id that were preferred', async () => {
    const { body } = await call('POST', '/me/events', interview, {
      prefer: `outlook.timezone="${BERLIN}"`,
    });
    expect(body['start']).toEqual({ dateTime: '2026-03-03T09:00:00.0000000', timeZone: BERLIN });
    expect((await call('GET', `/me/events/${body.id}`)).body.id).not.toBe(body.id);
  });

  it('makes one event of a repeated transactionId, and shows it only where it was set', async () => {
    const first = await call('POST', '/me/events', { ...interview, transactionId: 'interview-1' });
    const again = await call('POST', '/me/events', { ...interview, transactionId: 'interview-1' });
    const other = await call('POST', '/me/events', interview);
    expect(again.body.id).toBe(first.body.id);
    expect(again.body['transactionId']).toBe('interview-1');
    expect(other.body).not.toHaveProperty('transactionId');
    expect(truth()).toHaveLength(2);
  });

  it('answers 409 to a repeated transactionId when told to', async () => {
    simulator.setBehaviour({ writes: { repeatedTransaction: 'conflict' } });
    await call('POST', '/me/events', { ...interview, transactionId: 'interview-1' });
    expect(await codeOf(call('POST', '/me/events', { ...interview, transactionId: 'interview-1' }))).toEqual([
      409,
      'ErrorDuplicateTransactionId',
    ]);
    expect(truth()).toHaveLength(1);
  });

  it('takes Windows and IANA names of zones and refuses any other', async () => {
    const iana = await call('POST', '/me/events', {
      ...times('2026-03-03T09:00:00', '2026-03-03T10:00:00', 'Europe/Berlin'),
    });
    expect(iana.body['start']).toMatchObject({ dateTime: '2026-03-03T08:00:00.0000000' });
    for (const timeZone of ['Mars Standard Time', '+02:00', ''])
      expect(
        await codeOf(
          call('POST', '/me/events', times('2026-03-03T09:00:00', '2026-03-03T10:00:00', timeZone)),
        ),
      ).toEqual([400, 'TimeZoneNotSupportedException']);
  });

  it.each([
    ['no end', { start: interview.start }],
    ['an end before its start', times('2026-03-03T10:00:00', '2026-03-03T09:00:00')],
    ['an offset in its time', times('2026-03-03T10:00:00+02:00', '2026-03-03T11:00:00+02:00')],
    ['a whole day off midnight', { ...interview, isAllDay: true }],
    [
      'a whole day in two zones',
      {
        isAllDay: true,
        start: { dateTime: '2026-03-03T00:00:00', timeZone: 'UTC' },
        end: { dateTime: '2026-03-04T00:00:00', timeZone: BERLIN },
      },
    ],
    ['a whole day of no days', { ...times('2026-03-03T00:00:00', '2026-03-03T00:00:00'), isAllDay: true }],
  ])('refuses an event with %s', async (_, event) => {
    expect(await codeOf(call('POST', '/me/events', event))).toEqual([400, 'ErrorPropertyValidationFailure']);
  });

  it('takes a whole day from midnight to the next, and a series', async () => {
    const day = times('2026-03-05T00:00:00', '2026-03-06T00:00:00', BERLIN);
    const holiday = await call('POST', '/me/events', { ...day, isAllDay: true });
    expect(holiday.body).toMatchObject({
      isAllDay: true,
      start: { dateTime: '2026-03-05T00:00:00.0000000' },
    });
    const series = await call('POST', '/me/events', { ...interview, recurrence: daily(3) });
    expect(series.body['type']).toBe('seriesMaster');
    expect(truth()).toHaveLength(4);
  });

  it('is refused without the scope, and in a calendar that cannot be edited', async () => {
    const scope = 'openid User.Read Calendars.Read';
    const reader = graphCaller(simulator, (await connect(simulator, ADELE, { scope })).access_token);
    expect(await codeOf(reader('POST', '/me/events', interview))).toEqual([403, 'ErrorAccessDenied']);
    const shared = simulator.addCalendar(ADELE, { name: 'Holidays', canEdit: false });
    expect(await codeOf(call('POST', `/me/calendars/${shared}/events`, interview))).toEqual([
      403,
      'ErrorAccessDenied',
    ]);
  });

  it('passes over what only the service sets', async () => {
    const { body } = await call('POST', '/me/events', {
      ...interview,
      id: 'mine',
      isOrganizer: false,
      isCancelled: true,
      changeKey: 'x',
    });
    expect(body).toMatchObject({ isOrganizer: true, isCancelled: false });
    expect([body.id, body['changeKey']]).not.toContain('mine');
  });
});

describe('changing an event', () => {
  it('writes only what is given, and gives another etag', async () => {
    const { body: before } = await call('POST', '/me/events', interview);
    const { status, body: after } = await call('PATCH', `/me/events/${before.id}`, { subject: 'Moved' });
    expect(status).toBe(200);
    expect(after).toMatchObject({ id: before.id, subject: 'Moved', start: before['start'] });
    expect(after['@odata.etag']).not.toBe(before['@odata.etag']);
  });

  it('keeps to If-Match: 412 where somebody else was faster, 200 with the present etag', async () => {
    const { body } = await call('POST', '/me/events', interview);
    const ifMatch = { 'if-match': String(body['@odata.etag']) };
    simulator.putEvent(ADELE, calendarId, { id: body.id, subject: 'Edited in Outlook' });
    const path = `/me/events/${body.id}`;
    expect(await codeOf(call('PATCH', path, { subject: 'Ours' }, ifMatch))).toEqual([
      412,
      'ErrorIrresolvableConflict',
    ]);
    expect(await codeOf(call('DELETE', path, undefined, ifMatch))).toEqual([
      412,
      'ErrorIrresolvableConflict',
    ]);
    const etag = String((await call('GET', path)).body['@odata.etag']);
    expect((await call('PATCH', path, { subject: 'Ours' }, { 'if-match': etag })).status).toBe(200);
    expect((await call('PATCH', path, { subject: 'Ours again' }, { 'if-match': '*' })).status).toBe(200);
  });

  it('answers 409 to a race without If-Match, as often as told', async () => {
    const { body } = await call('POST', '/me/events', interview);
    simulator.setBehaviour({ writes: { lostRaces: 1 } });
    const path = `/me/events/${body.id}`;
    expect(await codeOf(call('PATCH', path, { subject: 'A' }))).toEqual([409, 'ErrorIrresolvableConflict']);
    expect((await call('PATCH', path, { subject: 'B' })).body['subject']).toBe('B');
  });

  it('replaces location by locations and the other way round', async () => {
    const { body } = await call('POST', '/me/events', { ...interview, location: { displayName: 'Room 1' } });
    expect(body['locations']).toMatchObject([{ displayName: 'Room 1' }]);
    const { body: after } = await call('PATCH', `/me/events/${body.id}`, {
      locations: [{ displayName: 'Room 2' }],
    });
    expect(after).toMatchObject({ location: { displayName: 'Room 2' } });
  });

  it('moves an occurrence between its neighbours, and not past or onto one', async () => {
    const { body: series } = await call('POST', '/me/events', { ...interview, recurrence: daily(4) });
    const [, second] = truth();
    const path = `/me/events/${second?.id}`;
    const on = (day: number) => times(`2026-03-0${day}T15:00:00`, `2026-03-0${day}T16:00:00`, BERLIN);
    expect((await call('PATCH', path, on(4))).body).toMatchObject({
      type: 'exception',
      seriesMasterId: series.id,
      start: { dateTime: '2026-03-04T14:00:00.0000000' },
    });
    for (const moved of [on(5), on(6), times('2026-03-05T09:30:00', '2026-03-05T10:30:00', BERLIN)])
      expect(await codeOf(call('PATCH', path, moved))).toEqual([400, 'ErrorOccurrenceCrossingBoundary']);
    expect((await call('PATCH', path, { subject: 'Longer talk' })).status).toBe(200);
  });

  it('answers 404 for an event that there is not (any more)', async () => {
    const { body } = await call('POST', '/me/events', interview);
    expect((await call('DELETE', `/me/events/${body.id}`)).status).toBe(204);
    for (const method of ['PATCH', 'DELETE'])
      expect(
        await codeOf(call(method, `/me/events/${body.id}`, method === 'PATCH' ? {} : undefined)),
      ).toEqual([404, 'ErrorItemNotFound']);
  });
});

describe('an event that moves to another calendar', () => {
  it('gets another default id and keeps the immutable one', async () => {
    const target = simulator.addCalendar(ADELE, { name: 'Team' });
    const { body } = await call('POST', '/me/events', interview);
    const before = await call('GET', `/me/events/${body.id}`, undefined, { prefer: '' });
    expect(simulator.moveEvent(ADELE, 'default', body.id, target).id).toBe(body.id);
    const after = await call('GET', `/me/events/${body.id}`, undefined, { prefer: '' });
    expect(after.body.id).not.toBe(before.body.id);
    expect(truth()).toEqual([]);
  });
});

describe('a mailbox', () => {
  it('that is not enabled answers 404 to all but who its user is', async () => {
    simulator.setMailboxEnabled(ADELE, false);
    expect(await codeOf(call('GET', '/me/calendars'))).toEqual([404, 'MailboxNotEnabledForRESTAPI']);
    expect((await call('GET', '/me')).status).toBe(200);
  });
});

function daily(numberOfOccurrences: number) {
  return {
    pattern: { type: 'daily', interval: 1 },
    range: { type: 'numbered', startDate: '2026-03-03', numberOfOccurrences, recurrenceTimeZone: BERLIN },
  };
}
