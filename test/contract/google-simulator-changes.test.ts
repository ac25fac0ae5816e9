import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GoogleSimulator, startGoogleSimulator } from '../simulators/google/index.ts';
import type { GoogleEventInput } from '../simulators/google/wire.ts';
import { ADA, at, MARCH, meeting, names, standup, starts } from '../support/google-events.ts';
import { type CalendarReader, calendarReader, closeFaultless, connect } from '../support/simulated-google.ts';

describe('incremental listings of the Google simulator', () => {
  let google: GoogleSimulator;
  let reader: CalendarReader;
  let now: Date;

  const put = (event: GoogleEventInput) => google.putEvent(ADA, 'primary', event);
  /** A full listing of March, then what changed since. */
  const changesAfter = async (change: () => unknown, full: Record<string, string> = MARCH) => {
    const { nextSyncToken = '' } = await reader.all(full);
    change();
    const { singleEvents = 'false' } = full;
    return reader.all({ singleEvents, syncToken: nextSyncToken });
  };

  beforeEach(async () => {
    now = new Date('2026-03-02T09:00:00Z');
    google = await startGoogleSimulator({ now: () => now });
    google.addUser({ email: ADA, timeZone: 'Europe/Berlin' });
    const tokens = await connect(google, { email: ADA });
    reader = calendarReader(google, tokens['access_token'] ?? '');
  });

  afterEach(() => closeFaultless(google));

  it('tell an incremental listing exactly what changed: new, changed and removed', async () => {
    for (const id of ['kept0', 'edited', 'gone0']) put(meeting({ id }));
    const { items, nextSyncToken } = await changesAfter(() => {
      put(meeting({ id: 'edited', summary: 'New title' }));
      google.deleteEvent(ADA, 'primary', 'gone0');
      put(meeting({ id: 'fresh' }));
    });
    expect(items).toMatchObject([
      { summary: 'New title' },
      { id: 'gone0', status: 'cancelled' },
      { id: 'fresh' },
    ]);
    expect(Object.keys(items[1] ?? {}).toSorted()).toEqual(['etag', 'id', 'kind', 'status']);
    const quiet = await reader.all({ singleEvents: 'true', syncToken: nextSyncToken ?? '' });
    expect(quiet.items).toEqual([]);
  });

  it('tell of a series only the instances that differ, as skeletons where they are gone', async () => {
    put(standup());
    const { items } = await changesAfter(() =>
      google.cancelInstance(ADA, 'primary', 'standup0', '2026-03-24T09:00:00'),
    );
    expect(items).toEqual([
      {
        kind: 'calendar#event',
        id: 'standup0_20260324T080000Z',
        etag: expect.any(String) as string,
        status: 'cancelled',
        recurringEventId: 'standup0',
        originalStartTime: { dateTime: '2026-03-24T09:00:00+01:00', timeZone: 'Europe/Berlin' },
      },
    ]);
    const shortened = await changesAfter(() => put(standup({ recurrence: ['RRULE:FREQ=DAILY;COUNT=3'] })));
    expect(shortened.items.map(({ status }) => status)).toEqual([
      ...Array<string>(2).fill('confirmed'),
      ...Array<string>(6).fill('cancelled'),
    ]);
    const ended = await changesAfter(() => google.deleteEvent(ADA, 'primary', 'standup0'));
    expect(
      ended.items.every(({ status, recurringEventId }) => status === 'cancelled' && recurringEventId),
    ).toBe(true);
    expect(ended.items).toHaveLength(3);
  });

  it('tell that a moved instance is gone when its series no longer reaches it', async () => {
    put(standup());
    const moved = { start: { dateTime: '2026-03-05T15:00:00Z' }, end: { dateTime: '2026-03-05T15:30:00Z' } };
    google.moveInstance(ADA, 'primary', 'standup0', '2026-03-31T09:00:00', moved);
    const { items } = await changesAfter(() => put(standup({ recurrence: ['RRULE:FREQ=DAILY;COUNT=8'] })));
    const last = items.find(({ id }) => id === 'standup0_20260331T070000Z');
    expect(last).toMatchObject({ status: 'cancelled', recurringEventId: 'standup0' });
    expect((await reader.all(MARCH)).items).toHaveLength(8);
  });

  it('tell an event that became a series, or a series that became an event, under the new ids', async () => {
    const single = () => put(at('2026-03-23T09:00:00', '2026-03-23T09:30:00', { id: 'standup0' }));
    single();
    const grown = await changesAfter(() => put(standup({ recurrence: ['RRULE:FREQ=DAILY;COUNT=2'] })));
    expect(grown.items.map(({ id, status }) => [id, status])).toEqual([
      ['standup0_20260323T080000Z', 'confirmed'],
      ['standup0_20260324T080000Z', 'confirmed'],
      ['standup0', 'cancelled'],
    ]);
    const shrunk = await changesAfter(single);
    expect(shrunk.items.map(({ id, status }) => [id, status])).toEqual([
      ['standup0', 'confirmed'],
      ['standup0_20260323T080000Z', 'cancelled'],
      ['standup0_20260324T080000Z', 'cancelled'],
    ]);
  });

  it('can forget far-away cancelled instances, as Google is reported to do', async () => {
    put(standup());
    google.behaviour.forgetCancelledBeyondDays = 22;
    const { items } = await changesAfter(() => {
      google.cancelInstance(ADA, 'primary', 'standup0', '2026-03-23T09:00:00');
      google.cancelInstance(ADA, 'primary', 'standup0', '2026-03-31T09:00:00');
    });
    expect(names(items)).toEqual(['standup0_20260323T080000Z']);
  });

  it('that leave the window are told with their new time, and those that never were in it are not told', async () => {
    put(meeting({ id: 'leaving' }));
    const june = { start: { dateTime: '2026-06-10T09:00:00Z' }, end: { dateTime: '2026-06-10T10:00:00Z' } };
    const change = () => {
      put({ id: 'leaving', ...june });
      put({ id: 'outside', ...june });
      put(standup({ recurrence: ['RRULE:FREQ=MONTHLY'] }));
    };
    const { items } = await changesAfter(change);
    expect(starts(items)).toEqual(['2026-06-10T11:00:00+02:00', '2026-03-23T09:00:00+01:00']);

    google.behaviour.ignoreWindow = true;
    const spilled = await changesAfter(change);
    expect(names(spilled.items)).toContain('outside');
    expect(spilled.items.filter(({ recurringEventId }) => recurringEventId).length).toBe(24);
  });

  it.each([['timeMin'], ['timeMax'], ['updatedMin']])('refuse %s next to a sync token', async (name) => {
    const { nextSyncToken = '' } = await reader.all(MARCH);
    const answer = await reader.page({
      singleEvents: 'true',
      syncToken: nextSyncToken,
      [name]: MARCH.timeMin,
    });
    expect(answer.error).toMatchObject({ code: 400, errors: [{ reason: 'invalid', location: name }] });
  });

  it.each([
    [{ orderBy: 'startTime' }],
    [{ q: 'x' }],
    [{ iCalUID: 'x' }],
    [{ privateExtendedProperty: 'a=b' }],
    [{ sharedExtendedProperty: 'a=b' }],
    [{ showDeleted: 'false' }],
    [{ singleEvents: 'false' }],
  ])('refuse %j next to a sync token', async (parameters) => {
    const { nextSyncToken = '' } = await reader.all(MARCH);
    const answer = await reader.page({ singleEvents: 'true', syncToken: nextSyncToken, ...parameters });
    expect(answer.status).toBe(400);
  });

  it('give no sync token for an ordered or searched listing', async () => {
    for (const parameters of [{ orderBy: 'startTime' }, { orderBy: 'updated' }, { q: 'x' }])
      expect(await reader.all({ ...MARCH, ...parameters })).not.toHaveProperty('nextSyncToken');
  });

  it('answer 410 fullSyncRequired to sync tokens that expired, are broken or belong elsewhere', async () => {
    const { id } = google.addCalendar(ADA, { summary: 'Other' });
    const { nextSyncToken = '' } = await reader.all(MARCH);
    const ask = (syncToken: string, calendarId = 'primary') =>
      reader.page({ singleEvents: 'true', syncToken }, calendarId);
    expect((await ask(nextSyncToken)).status).toBe(200);
    const refused = [await ask('rubbish'), await ask(nextSyncToken, id)];
    google.expireSyncTokens(ADA);
    for (const answer of [...refused, await ask(nextSyncToken)])
      expect(answer.error).toMatchObject({
        code: 410,
        errors: [
          {
            domain: 'calendar',
            reason: 'fullSyncRequired',
            locationType: 'parameter',
            location: 'syncToken',
          },
        ],
      });
  });
});
