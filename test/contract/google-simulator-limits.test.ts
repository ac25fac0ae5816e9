import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type GoogleSimulator, startGoogleSimulator } from '../simulators/google/index.ts';
import { type GoogleClient, googleClient, refusal } from '../support/google-client.ts';
import { ADA, at, meeting } from '../support/google-events.ts';
import { closeFaultless } from '../support/simulated-google.ts';

const BOB = 'bob@example.com';
const DAY = { timeMin: '2026-03-10T00:00:00Z', timeMax: '2026-03-11T00:00:00Z' };

describe('freeBusy and quotas of the Google simulator', () => {
  let google: GoogleSimulator;
  let ada: GoogleClient;
  let now: Date;

  beforeEach(async () => {
    now = new Date('2026-03-02T09:00:00Z');
    google = await startGoogleSimulator({ now: () => now });
    for (const email of [ADA, BOB, 'carl@elsewhere.example']) google.addUser({ email });
    ada = await googleClient(google, ADA);
  });

  afterEach(() => closeFaultless(google));

  const ask = (ids: string[], more: object = {}) =>
    ada.call('POST', 'freeBusy', { ...DAY, items: ids.map((id) => ({ id })), ...more });

  it('merge what blocks time, and leave out what does not', async () => {
    google.putEvents(ADA, 'primary', [
      meeting(),
      at('2026-03-10T09:30:00Z', '2026-03-10T11:00:00Z', { status: 'tentative' }),
      at('2026-03-10T13:00:00Z', '2026-03-10T14:00:00Z', { transparency: 'transparent' }),
      at('2026-03-10T14:00:00Z', '2026-03-10T15:00:00Z', { eventType: 'workingLocation' }),
      at('2026-03-10T15:00:00Z', '2026-03-10T16:00:00Z', {
        attendees: [{ email: ADA, responseStatus: 'declined' }],
      }),
      at('2026-03-10T23:00:00Z', '2026-03-11T03:00:00Z', { eventType: 'outOfOffice' }),
    ]);
    const answer = await ask([ADA], { timeZone: 'Europe/Berlin' });
    expect(answer['calendars']).toEqual({
      [ADA]: {
        busy: [
          { start: '2026-03-10T10:00:00+01:00', end: '2026-03-10T12:00:00+01:00' },
          { start: '2026-03-11T00:00:00+01:00', end: '2026-03-11T01:00:00+01:00' },
        ],
      },
    });
  });

  it('tell per calendar, inside a 200, what cannot be told', async () => {
    google.putEvent(BOB, 'primary', meeting());
    google.addCalendar(ADA, { id: 'broken', summary: 'Broken' });
    google.failFreeBusy('broken', 'internalError');
    const answer = await ask(['primary', BOB, 'nobody@example.com', 'carl@elsewhere.example', 'broken']);
    expect([answer.httpStatus, answer['calendars']]).toEqual([
      200,
      {
        primary: { busy: [] },
        [BOB]: { busy: [{ start: '2026-03-10T09:00:00Z', end: '2026-03-10T10:00:00Z' }] },
        'nobody@example.com': { busy: [], errors: [{ domain: 'global', reason: 'notFound' }] },
        'carl@elsewhere.example': { busy: [], errors: [{ domain: 'global', reason: 'notFound' }] },
        broken: { busy: [], errors: [{ domain: 'calendar', reason: 'internalError' }] },
      },
    ]);
    expect(await ask([ADA, BOB], { calendarExpansionMax: 1 })).toMatchObject({
      calendars: { [BOB]: { errors: [{ reason: 'tooManyCalendarsRequested' }] } },
    });
  });

  it.each([
    [{ timeMax: '2026-07-10T00:00:00Z' }, '400 timeRangeTooLong'],
    [{ timeMax: DAY.timeMin }, '400 timeRangeEmpty'],
    [{ timeZone: 'Mars/Olympus' }, '400 invalid'],
  ])('refuse %j', async (more, reason) => {
    expect(refusal(await ask([ADA], more))).toBe(reason);
  });

  it('count a sliding minute by user and by project, by the clock that they were given', async () => {
    const bob = await googleClient(google, BOB);
    Object.assign(google.quota, { perMinutePerUser: 2, perMinutePerProject: 3 });
    const get = async (client: GoogleClient) => refusal(await client.call('GET', 'calendars/primary'));
    expect([await get(ada), await get(ada)]).toEqual(['200 undefined', '200 undefined']);
    expect(await get(ada)).toBe('403 userRateLimitExceeded');
    now = new Date(now.getTime() + 30_000);
    expect([await get(bob), await get(bob)]).toEqual(['200 undefined', '403 rateLimitExceeded']);
    google.quota.status = 429;
    expect(await get(ada)).toBe('429 rateLimitExceeded');
    now = new Date(now.getTime() + 30_000);
    expect([await get(ada), await get(ada), await get(ada)]).toEqual([
      '200 undefined',
      '200 undefined',
      '429 rateLimitExceeded',
    ]);
  });
});
