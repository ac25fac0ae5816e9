import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GoogleSimulator, startGoogleSimulator } from '../simulators/google/index.ts';
import type { GoogleEvent } from '../simulators/google/wire.ts';
import { type GoogleClient, googleClient, refusal } from '../support/google-client.ts';
import { ADA, meeting, standup } from '../support/google-events.ts';
import { closeFaultless } from '../support/simulated-google.ts';

const MEET = { createRequest: { requestId: 'one', conferenceSolutionKey: { type: 'hangoutsMeet' } } };

describe('writes to the Google simulator', () => {
  let google: GoogleSimulator;
  let ada: GoogleClient;
  let now: Date;

  beforeEach(async () => {
    now = new Date('2026-03-02T09:00:00Z');
    google = await startGoogleSimulator({ now: () => now });
    google.addUser({ email: ADA, timeZone: 'Europe/Berlin' });
    ada = await googleClient(google, ADA);
  });

  afterEach(() => closeFaultless(google));

  it('insert an event under the client’s id and answer 200 with all of it', async () => {
    const event = await ada.insert(meeting({ id: 'abc0123', summary: 'Interview' }));
    expect(event).toMatchObject({
      httpStatus: 200,
      id: 'abc0123',
      iCalUID: 'abc0123@google.com',
      summary: 'Interview',
      status: 'confirmed',
      sequence: 0,
      organizer: { email: ADA, self: true },
      start: { dateTime: '2026-03-10T10:00:00+01:00' },
    });
    expect((await ada.get('abc0123')).etag).toBe(event.etag);
    expect((await ada.insert(meeting())).id).toMatch(/^[a-v0-9]{5,1024}$/);
  });

  it('refuse an id that is taken with 409 duplicate, also when its event was deleted', async () => {
    await ada.insert(meeting({ id: 'taken' }));
    expect(refusal(await ada.insert(meeting({ id: 'taken' })))).toBe('409 duplicate');
    await ada.remove('taken');
    expect(refusal(await ada.insert(meeting({ id: 'taken' })))).toBe('409 duplicate');
    expect((await ada.get('taken')).status).toBe('cancelled');
  });

  it('can overlook a clash of ids, of which Google promises no detection: then there are two', async () => {
    await ada.insert(meeting({ id: 'taken' }));
    google.behaviour.missedCollisions = 1;
    const twin = await ada.insert(meeting({ id: 'taken' }));
    expect([twin.httpStatus, twin.id === 'taken']).toEqual([200, false]);
    expect(refusal(await ada.insert(meeting({ id: 'taken' })))).toBe('409 duplicate');
  });

  it.each([
    ['an id of words', { id: 'interview' }, '400 invalid'],
    ['an id that is too short', { id: 'abc' }, '400 invalid'],
    ['id and iCalUID together', { id: 'abcde', iCalUID: 'x@y' }, '400 invalid'],
    ['no end', { end: undefined }, '400 required'],
    ['a day that ends with an hour', { end: { date: '2026-03-11' } }, '400 invalid'],
    ['an end before its start', { end: { dateTime: '2026-03-10T08:00:00Z' } }, '400 timeRangeEmpty'],
    ['a guest without an address', { attendees: [{ email: 'bob' }] }, '400 invalid'],
    ['a rule that is none', { recurrence: ['RRULE:FREQ=SOMETIMES'] }, '400 required'],
    [
      'a zone of another world',
      { start: { dateTime: '2026-03-10T09:00:00', timeZone: 'Mars/X' } },
      '400 invalid',
    ],
    [
      'six reminders',
      { reminders: { overrides: Array.from({ length: 6 }, () => ({ method: 'popup', minutes: 1 })) } },
      '400 invalid',
    ],
  ])('refuse %s', async (_, more, reason) => {
    expect(refusal(await ada.insert({ ...meeting(), ...more } as GoogleEvent))).toBe(reason);
  });

  it('replace the whole event with PUT, so that what is left out is gone', async () => {
    const { id = '' } = await ada.insert(meeting({ summary: 'Old', location: 'Here' }));
    const event = await ada.update(id, meeting({ summary: 'New' }));
    expect(event).toMatchObject({ httpStatus: 200, summary: 'New', sequence: 0 });
    expect(event).not.toHaveProperty('location');
    const moved = { start: { dateTime: '2026-03-11T09:00:00Z' }, end: { dateTime: '2026-03-11T10:00:00Z' } };
    expect(await ada.update(id, moved)).toMatchObject({ sequence: 1 });
    expect(refusal(await ada.update(id, { ...moved, sequence: 0 }))).toBe('400 invalid');
  });

  it('merge with PATCH, clear by null, and replace arrays whole', async () => {
    const attendees = [{ email: 'bob@else.example' }, { email: 'eve@else.example' }];
    const { id = '' } = await ada.insert(
      meeting({
        summary: 'Old',
        location: 'Here',
        attendees,
        extendedProperties: { private: { a: '1', b: '2' } },
      }),
    );
    const event = await ada.patch(id, {
      summary: 'New',
      location: null,
      attendees: [{ email: 'zoe@else.example' }],
      extendedProperties: { private: { a: null, c: '3' } },
    });
    expect(event).toMatchObject({
      summary: 'New',
      attendees: [{ email: 'zoe@else.example', responseStatus: 'needsAction' }],
      start: { dateTime: '2026-03-10T10:00:00+01:00' },
    });
    expect([event.attendees?.length, event.location]).toEqual([1, undefined]);
    expect(event.extendedProperties).toEqual({ private: { b: '2', c: '3' } });
  });

  it('turn a timed event into a day only when the time is cleared', async () => {
    const { id = '' } = await ada.insert(meeting());
    const day = { start: { date: '2026-03-10' }, end: { date: '2026-03-11' } };
    expect(refusal(await ada.patch(id, day))).toBe('400 invalid');
    const cleared = { dateTime: null, timeZone: null };
    const event = await ada.patch(id, {
      start: { ...day.start, ...cleared },
      end: { ...day.end, ...cleared },
    });
    expect(event).toMatchObject({
      httpStatus: 200,
      start: { date: '2026-03-10' },
      end: { date: '2026-03-11' },
    });
  });

  it('happen only to the version that If-Match names, else 412', async () => {
    const { id = '', etag = '' } = await ada.insert(meeting());
    expect((await ada.patch(id, { summary: 'Mine' }, '', { 'if-match': etag })).httpStatus).toBe(200);
    const late = { 'if-match': etag };
    expect(refusal(await ada.patch(id, { summary: 'Yours' }, '', late))).toBe('412 conditionNotMet');
    expect(refusal(await ada.update(id, meeting(), '', late))).toBe('412 conditionNotMet');
    expect(refusal(await ada.remove(id, '', late))).toBe('412 conditionNotMet');
    expect((await ada.remove(id, '', { 'if-match': '*' })).httpStatus).toBe(204);
  });

  it('delete with 204, then 410 deleted; what never was is 404; confirmed revives', async () => {
    const { id = '' } = await ada.insert(meeting());
    expect((await ada.remove(id)).httpStatus).toBe(204);
    expect(refusal(await ada.remove(id))).toBe('410 deleted');
    expect(refusal(await ada.remove('never'))).toBe('404 notFound');
    expect(refusal(await ada.patch('never', {}))).toBe('404 notFound');
    expect(await ada.patch(id, { status: 'confirmed' })).toMatchObject({
      httpStatus: 200,
      status: 'confirmed',
    });
    expect(await ada.patch(id, { status: 'cancelled' })).toMatchObject({ status: 'cancelled' });
    expect(refusal(await ada.remove(id))).toBe('410 deleted');
  });

  it('are for writers, and for those whose scopes allow it', async () => {
    const { id } = google.addCalendar(ADA, { summary: 'Shared', accessRole: 'reader' });
    expect(refusal(await ada.insert(meeting(), '', id))).toBe('403 requiredAccessLevel');
    google.addCalendar(ADA, { id, accessRole: 'writer' });
    expect((await ada.insert(meeting(), '', id)).httpStatus).toBe(200);
  });

  it('change one instance, and list it beside the others', async () => {
    const time = (dateTime: string) => ({ dateTime, timeZone: 'Europe/Berlin' });
    await ada.insert(standup({ start: time('2026-03-23T09:00:00'), end: time('2026-03-23T09:30:00') }));
    const id = 'standup0_20260325T080000Z';
    const moved = await ada.patch(id, {
      start: { dateTime: '2026-03-25T15:00:00Z' },
      end: { dateTime: '2026-03-25T15:30:00Z' },
    });
    expect(moved).toMatchObject({
      id,
      recurringEventId: 'standup0',
      start: { dateTime: '2026-03-25T16:00:00+01:00' },
    });
    expect((await ada.remove('standup0_20260326T080000Z')).httpStatus).toBe(204);
    const listing = await ada.call('GET', 'calendars/primary/events/standup0/instances?maxResults=5');
    const { items, nextPageToken } = listing as unknown as { items: { id: string }[]; nextPageToken: string };
    expect(items.map((item) => item.id)).toContain(id);
    expect(items).toHaveLength(5);
    const rest = await ada.call(
      'GET',
      `calendars/primary/events/standup0/instances?maxResults=5&pageToken=${nextPageToken}`,
    );
    expect(rest['items']).toHaveLength(3);
    const asked = 'originalStart=2026-03-25T08%3A00%3A00Z&showDeleted=true';
    expect(await ada.call('GET', `calendars/primary/events/standup0/instances?${asked}`)).toMatchObject({
      items: [{ id }],
    });
  });

  it('split a series at "this and following"', async () => {
    google.putEvent(ADA, 'primary', standup());
    const { before, after } = google.splitSeries(ADA, 'primary', 'standup0', '2026-03-27T09:00:00', {
      summary: 'Later',
    });
    expect([before.recurrence, after.recurrence]).toEqual([
      ['RRULE:FREQ=DAILY;UNTIL=20260327T075959Z'],
      ['RRULE:FREQ=DAILY;COUNT=5'],
    ]);
    expect(after).toMatchObject({
      id: 'standup0_R20260327T090000',
      iCalUID: 'standup0_R20260327T090000@google.com',
    });
    const truth = google.truth(ADA, 'primary', new Date('2026-03-01'), new Date('2026-05-01'));
    expect(truth.map(({ summary }) => summary)).toEqual([
      ...Array<string>(4).fill('Stand-up'),
      ...Array<string>(5).fill('Later'),
    ]);
    expect(truth[4]?.id).toBe('standup0_R20260327T090000_20260327T080000Z');
    expect((await ada.get(truth[4]?.id ?? '')).summary).toBe('Later');
  });
});

describe('Meet links of the Google simulator', () => {
  let google: GoogleSimulator;
  let ada: GoogleClient;

  beforeEach(async () => {
    google = await startGoogleSimulator();
    google.addUser({ email: ADA });
    ada = await googleClient(google, ADA);
  });

  afterEach(() => closeFaultless(google));

  const statusIn = (event: Record<string, unknown>) =>
    (event['conferenceData'] as { createRequest: { status: { statusCode: string } } } | undefined)
      ?.createRequest.status.statusCode;

  it('are pending in the answer to the write and there when the event is read again', async () => {
    const event = await ada.insert(meeting({ conferenceData: MEET }), 'conferenceDataVersion=1');
    expect([statusIn(event), event['hangoutLink']]).toEqual(['pending', undefined]);
    const settled = await ada.get(event.id ?? '');
    expect(statusIn(settled)).toBe('success');
    expect(settled['hangoutLink']).toMatch(/^https:\/\/meet\.google\.com\/[a-z]{3}-[a-z]{4}-[a-z]{3}$/);
    expect(settled.etag).not.toBe(event.etag);
    const again = await ada.patch(event.id ?? '', { conferenceData: MEET }, 'conferenceDataVersion=1');
    expect(again['hangoutLink']).toBe(settled['hangoutLink']);
  });

  it('can take several readings, or fail', async () => {
    Object.assign(google.behaviour, { meetPendingReads: 2, meetOutcome: 'failure' });
    const { id = '' } = await ada.insert(meeting({ conferenceData: MEET }), 'conferenceDataVersion=1');
    const read = async () => statusIn(await ada.get(id));
    expect([await read(), await read(), await read()]).toEqual(['pending', 'pending', 'failure']);
    google.behaviour.meetOutcome = 'success';
    const second = { createRequest: { ...MEET.createRequest, requestId: 'two' } };
    await ada.patch(id, { conferenceData: second }, 'conferenceDataVersion=1');
    google.settleConferences();
    expect((await ada.get(id))['hangoutLink']).toBeDefined();
  });

  it('are ignored without conferenceDataVersion=1, and kept by writes that do not speak of them', async () => {
    expect(await ada.insert(meeting({ conferenceData: MEET }))).not.toHaveProperty('conferenceData');
    const { id = '' } = await ada.insert(meeting({ conferenceData: MEET }), 'conferenceDataVersion=1');
    google.settleConferences();
    expect((await ada.update(id, meeting()))['hangoutLink']).toBeDefined();
    expect(await ada.update(id, meeting(), 'conferenceDataVersion=1')).not.toHaveProperty('hangoutLink');
  });
});
