import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GoogleSimulator, startGoogleSimulator } from '../simulators/google/index.ts';
import type { GoogleEventInput } from '../simulators/google/wire.ts';
import { ADA, MARCH, at, meeting, names, standup, starts } from '../support/google-events.ts';
import { type CalendarReader, calendarReader, closeFaultless, connect } from '../support/simulated-google.ts';

describe('events of the Google simulator', () => {
  let google: GoogleSimulator;
  let reader: CalendarReader;
  let now: Date;

  const put = (event: GoogleEventInput) => google.putEvent(ADA, 'primary', event);

  beforeEach(async () => {
    now = new Date('2026-03-02T09:00:00Z');
    google = await startGoogleSimulator({ now: () => now });
    google.addUser({ email: ADA, timeZone: 'Europe/Berlin' });
    const tokens = await connect(google, { email: ADA });
    reader = calendarReader(google, tokens['access_token'] ?? '');
  });

  afterEach(() => closeFaultless(google));

  it('answer in pages, of which only the last carries the sync token, and later changes wait for the next round', async () => {
    google.putEvents(
      ADA,
      'primary',
      Array.from({ length: 5 }, () => meeting()),
    );
    const first = await reader.page({ ...MARCH, maxResults: '2' });
    expect(first.items).toHaveLength(2);
    expect(first).not.toHaveProperty('nextSyncToken');
    const late = put(meeting());
    const second = await reader.page({ ...MARCH, maxResults: '2', pageToken: first.nextPageToken ?? '' });
    const third = await reader.page({ ...MARCH, maxResults: '2', pageToken: second.nextPageToken ?? '' });
    expect(third.items).toHaveLength(1);
    expect(third).not.toHaveProperty('nextPageToken');
    const next = await reader.all({ singleEvents: 'true', syncToken: third.nextSyncToken ?? '' });
    expect(names(next.items)).toEqual([late.id]);
  });

  it('bound the end by timeMin and the start by timeMax, both exclusive, without milliseconds', async () => {
    put(meeting({ id: 'meeting' }));
    const count = async (timeMin: string, timeMax: string) =>
      (await reader.all({ timeMin, timeMax })).items.length;
    expect(await count('2026-03-10T10:00:00Z', '2026-03-11T00:00:00Z')).toBe(0);
    expect(await count('2026-03-10T09:59:59Z', '2026-03-11T00:00:00Z')).toBe(1);
    expect(await count('2026-03-09T00:00:00Z', '2026-03-10T09:00:00.999Z')).toBe(0);
    expect(await count('2026-03-09T00:00:00+01:00', '2026-03-10T10:00:01+01:00')).toBe(1);
  });

  it('expand a series in its own time zone over a change of the clocks', async () => {
    put(standup());
    const { items } = await reader.all({ ...MARCH, orderBy: 'startTime' });
    expect(starts(items).slice(5, 8)).toEqual([
      '2026-03-28T09:00:00+01:00',
      '2026-03-29T09:00:00+02:00',
      '2026-03-30T09:00:00+02:00',
    ]);
    expect(items[6]).toMatchObject({
      id: 'standup0_20260329T070000Z',
      recurringEventId: 'standup0',
      originalStartTime: { dateTime: '2026-03-29T09:00:00+02:00', timeZone: 'Europe/Berlin' },
      iCalUID: 'standup0@google.com',
    });
    expect(items[6]).not.toHaveProperty('recurrence');
    expect(starts(google.truth(ADA, 'primary', new Date(MARCH.timeMin), new Date(MARCH.timeMax)))).toEqual(
      starts(items),
    );
  });

  it('leave out EXDATE and cancelled instances, and show moved ones where they are now', async () => {
    put(standup({ recurrence: ['RRULE:FREQ=DAILY;COUNT=4', 'EXDATE;TZID=Europe/Berlin:20260324T090000'] }));
    google.cancelInstance(ADA, 'primary', 'standup0', '2026-03-25T09:00:00+01:00');
    const moved = { start: { dateTime: '2026-03-03T15:00:00Z' }, end: { dateTime: '2026-03-03T15:30:00Z' } };
    google.moveInstance(ADA, 'primary', 'standup0', new Date('2026-03-26T08:00:00Z'), moved);
    const { items } = await reader.all({ ...MARCH, orderBy: 'startTime' });
    expect(starts(items)).toEqual(['2026-03-03T16:00:00+01:00', '2026-03-23T09:00:00+01:00']);
    expect(items[0]).toMatchObject({
      id: 'standup0_20260326T080000Z',
      originalStartTime: { dateTime: '2026-03-26T09:00:00+01:00' },
    });
    const deleted = await reader.all({ ...MARCH, showDeleted: 'true' });
    expect(deleted.items.filter(({ status }) => status === 'cancelled')).toHaveLength(1);
  });

  it('come as series and exceptions where they are not expanded', async () => {
    put(standup());
    google.cancelInstance(ADA, 'primary', 'standup0', '2026-03-25T09:00:00');
    const { items } = await reader.all({ ...MARCH, singleEvents: 'false' });
    expect(items).toMatchObject([
      { id: 'standup0', recurrence: ['RRULE:FREQ=DAILY;COUNT=9'] },
      { id: 'standup0_20260325T080000Z', status: 'cancelled', recurringEventId: 'standup0' },
    ]);
  });

  it('of all-day kind hold dates, the end exclusive, and fill the days of the calendar’s own zone', async () => {
    put({ id: 'holidai', start: { date: '2026-03-10' }, end: { date: '2026-03-11' } });
    put({
      id: 'birthdai',
      start: { date: '2026-03-29' },
      end: { date: '2026-03-30' },
      recurrence: ['RRULE:FREQ=YEARLY'],
    });
    const inside = await reader.all({ ...MARCH, timeMin: '2026-03-10T22:59:59Z', orderBy: 'startTime' });
    expect(inside.items).toMatchObject([
      { id: 'holidai', start: { date: '2026-03-10' }, end: { date: '2026-03-11' } },
      { id: 'birthdai_20260329', originalStartTime: { date: '2026-03-29' }, end: { date: '2026-03-30' } },
    ]);
    const after = await reader.all({ ...MARCH, timeMin: '2026-03-10T23:00:00Z' });
    expect(names(after.items)).toEqual(['birthdai_20260329']);
    const upTo = async (timeMax: string) => names((await reader.all({ ...MARCH, timeMax })).items);
    expect(await upTo('2026-03-28T23:00:01Z')).toContain('birthdai_20260329');
    expect(await upTo('2026-03-28T23:00:00Z')).not.toContain('birthdai_20260329');
  });

  it('are cut down by fields, and the sync token with them', async () => {
    put(meeting({ id: 'meeting' }));
    const answer = await reader.page({ ...MARCH, fields: 'items(id,start/dateTime)' });
    expect(answer).toEqual({
      status: 200,
      items: [{ id: 'meeting', start: { dateTime: '2026-03-10T10:00:00+01:00' } }],
    });
  });

  it('carry what they were given, and mark the own copy', async () => {
    const attendees = [{ email: ADA, responseStatus: 'declined' as const }, { email: 'bob@example.com' }];
    put(meeting({ eventType: 'outOfOffice', visibility: 'private', transparency: 'transparent', attendees }));
    const { items } = await reader.all({ ...MARCH, timeZone: 'America/New_York' });
    expect(items).toMatchObject([
      {
        eventType: 'outOfOffice',
        visibility: 'private',
        transparency: 'transparent',
        attendees: [{ self: true, responseStatus: 'declined' }, { email: 'bob@example.com' }],
        start: { dateTime: '2026-03-10T05:00:00-04:00', timeZone: 'Europe/Berlin' },
      },
    ]);
    expect(await reader.all({ ...MARCH, eventTypes: 'focusTime' })).toMatchObject({ items: [] });
    expect((await reader.all({ ...MARCH, maxAttendees: '1' })).items).toMatchObject([
      { attendeesOmitted: true, attendees: [{ self: true }] },
    ]);
  });

  it('lose their details where the reader may not see them', async () => {
    const shared = google.addCalendar(ADA, { summary: 'Shared', accessRole: 'reader' }).id;
    google.putEvent(ADA, shared, meeting({ summary: 'Secret', visibility: 'private', location: 'Here' }));
    google.putEvent(ADA, shared, meeting({ summary: 'Open' }));
    const { items } = await reader.all(MARCH, shared);
    expect(items.map(({ summary, location }) => [summary, location])).toEqual([
      [undefined, undefined],
      ['Open', undefined],
    ]);
    google.addCalendar(ADA, { id: shared, accessRole: 'freeBusyReader' });
    expect((await reader.all(MARCH, shared)).items).toMatchObject([
      { visibility: 'private' },
      { visibility: 'private' },
    ]);
  });

  it('that were deleted show what they were only to their organizer, and only where asked for', async () => {
    put(meeting({ id: 'mine0', summary: 'Mine' }));
    put(meeting({ id: 'theirs', summary: 'Theirs', organizer: { email: 'bob@example.com' } }));
    for (const id of ['mine0', 'theirs']) google.deleteEvent(ADA, 'primary', id);
    expect((await reader.all(MARCH)).items).toEqual([]);
    const { items } = await reader.all({ ...MARCH, showDeleted: 'true' });
    expect(items.map(({ summary, status }) => [summary, status])).toEqual([
      ['Mine', 'cancelled'],
      [undefined, 'cancelled'],
    ]);
  });

  it('are ordered by start or by update on request', async () => {
    put(meeting({ id: 'later' }));
    now = new Date(now.getTime() + 1000);
    put(at('2026-03-09T09:00:00Z', '2026-03-09T10:00:00Z', { id: 'sooner' }));
    const order = async (orderBy: string) => names((await reader.all({ ...MARCH, orderBy })).items);
    expect(await order('startTime')).toEqual(['sooner', 'later']);
    expect(await order('updated')).toEqual(['later', 'sooner']);
  });

  it('get a new etag and a later update with each change, and are found by id even when deleted', async () => {
    const before = put(meeting({ id: 'meeting' }));
    now = new Date(now.getTime() + 1000);
    const after = put(meeting({ id: 'meeting' }));
    expect(put(meeting({ id: 'meeting' })).etag).not.toBe(after.etag);
    expect(after.etag).not.toBe(before.etag);
    expect([after.created, after.updated]).toEqual([before.created, '2026-03-02T09:00:01.000Z']);
    google.deleteEvent(ADA, 'primary', 'meeting');
    expect(await reader.get('calendars/primary/events/meeting')).toMatchObject({ status: 'cancelled' });
    expect(await reader.get('calendars/primary/events/never')).toMatchObject({ error: { code: 404 } });
  });

  it.each([
    [{ timeMin: '2026-04-01T00:00:00Z', timeMax: '2026-03-01T00:00:00Z' }, 'timeRangeEmpty'],
    [{ orderBy: 'startTime' }, 'invalid'],
    [{ pageToken: 'rubbish' }, 'invalid'],
    [{ timeZone: 'Mars/Olympus' }, 'invalid'],
    [{ fields: 'items(' }, 'invalid'],
  ])('refuse %j with 400', async (parameters, reason) => {
    const answer = await reader.page(parameters);
    expect(answer.error).toMatchObject({ code: 400, errors: [{ reason }] });
  });

  it('can begin with an empty page and come in short ones', async () => {
    google.putEvents(
      ADA,
      'primary',
      Array.from({ length: 4 }, () => meeting()),
    );
    Object.assign(google.behaviour, { emptyFirstPage: true, pageSizeLimit: 3 });
    const { items, pages } = await reader.all(MARCH);
    expect([items.length, pages]).toEqual([4, 3]);
  });

  it('list ten thousand at once in pages that cost no new collection', { timeout: 20_000 }, async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => meeting({ summary: `Meeting ${index}` }));
    google.putEvents(ADA, 'primary', many);
    const { items, pages } = await reader.all({ ...MARCH, maxResults: '2500' });
    expect([items.length, pages]).toEqual([10_000, 4]);
  });
});

describe('calendars of the Google simulator', () => {
  let google: GoogleSimulator;
  let reader: CalendarReader;

  beforeEach(async () => {
    google = await startGoogleSimulator();
    google.addUser({ email: ADA, timeZone: 'Europe/Berlin' });
    const tokens = await connect(google, { email: ADA });
    reader = calendarReader(google, tokens['access_token'] ?? '');
  });

  afterEach(() => closeFaultless(google));

  const list = (parameters: Record<string, string> = {}) =>
    reader.get('users/me/calendarList', parameters) as Promise<{
      status: number;
      items: { id: string; primary?: boolean; deleted?: boolean }[];
      nextPageToken?: string;
      nextSyncToken?: string;
    }>;

  it('are listed in pages, the primary one under the address, hidden ones only on request', async () => {
    google.addCalendar(ADA, {
      id: 'team@group.calendar.google.com',
      summary: 'Team',
      timeZone: 'Asia/Tokyo',
    });
    google.addCalendar(ADA, { summary: 'Hidden', hidden: true });
    const first = await list({ maxResults: '1' });
    expect(first.items).toMatchObject([
      { id: ADA, primary: true, timeZone: 'Europe/Berlin', accessRole: 'owner' },
    ]);
    const second = await list({ maxResults: '1', pageToken: first.nextPageToken ?? '' });
    expect(second.items).toMatchObject([{ summary: 'Team', timeZone: 'Asia/Tokyo' }]);
    expect(second.items[0]).not.toHaveProperty('primary');
    expect(second).toHaveProperty('nextSyncToken');
    expect((await list({ showHidden: 'true' })).items).toHaveLength(3);
    expect(await reader.get('calendars/primary')).toMatchObject({ id: ADA, timeZone: 'Europe/Berlin' });
  });

  it('tell their changes to a sync token, removed and hidden ones too', async () => {
    const { id } = google.addCalendar(ADA, { summary: 'Team' });
    const { nextSyncToken = '' } = await list();
    google.removeCalendar(ADA, id);
    google.addCalendar(ADA, { summary: 'Hidden', hidden: true });
    const changes = await list({ syncToken: nextSyncToken });
    expect(changes.items).toMatchObject([{ id, deleted: true }, { hidden: true }]);
    expect((await list({ syncToken: nextSyncToken, minAccessRole: 'owner' })).status).toBe(400);
    expect((await reader.page({}, id)).status).toBe(404);
    google.expireSyncTokens(ADA);
    expect((await list({ syncToken: nextSyncToken })).status).toBe(410);
  });
});
