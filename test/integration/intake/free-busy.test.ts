import { describe, expect, it } from 'vitest';
import { anEvent, minutesLater, testNow } from '../../support/builders.ts';
import { ownIntake } from './own-intake.ts';
import { day, syncedAt } from './synced-people.ts';

const intake = ownIntake();
const from = testNow.toISOString();
const to = minutesLater(day).toISOString();

const read = (userId: string, accept?: string, query = '') =>
  intake.api.call(
    'GET',
    `/v1/users/${userId}/free-busy?from=${from}&to=${to}${query}`,
    undefined,
    accept === undefined ? {} : { accept },
  );
const calendarOf = async (userId: string, query = '') => {
  const answer = await read(userId, 'text/calendar', query);
  expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8; component=VFREEBUSY');
  expect(answer.headers.get('vary')).toBe('Accept');
  return String(answer.body).replaceAll('\r\n ', '').split('\r\n');
};
const freeBusyLines = (lines: readonly string[]) => lines.filter((line) => line.startsWith('FREEBUSY'));
const meeting = anEvent('meeting', { start: minutesLater(60), end: minutesLater(90) });

describe('when one user is busy', () => {
  it('is told as JSON unless iCalendar is preferred', async () => {
    await syncedAt(intake.store, 'ada', [meeting, anEvent('free', { busy: 'free' })]);
    const told = {
      userId: 'ada',
      from,
      to,
      timeZone: 'Europe/Berlin',
      busy: [{ start: minutesLater(60).toISOString(), end: minutesLater(90).toISOString() }],
      freshness: { state: 'fresh', lastSyncedAt: from, ageSeconds: 0 },
    };
    for (const accept of [undefined, '*/*', 'text/calendar;q=0.5, application/json', 'text/html'])
      expect((await read('ada', accept)).body).toEqual(told);
    expect((await read('ada', 'text/calendar, */*;q=0.1')).body).toContain('BEGIN:VFREEBUSY');
  });

  it('is told as a VFREEBUSY, the same for the same question', async () => {
    await syncedAt(intake.store, 'bob', [meeting]);
    const lines = await calendarOf('bob');
    expect(lines).toEqual([
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'PRODID:-//Calendar Sync//Free-Busy//EN',
      'BEGIN:VFREEBUSY',
      expect.stringMatching(/^UID:[0-9a-f]{32}@calendar-sync$/),
      'DTSTAMP:20401123T090000Z',
      'DTSTART:20401123T090000Z',
      'DTEND:20401124T090000Z',
      'FREEBUSY;FBTYPE=BUSY:20401123T100000Z/20401123T103000Z',
      'END:VFREEBUSY',
      'END:VCALENDAR',
      '',
    ]);
    expect(await calendarOf('bob')).toEqual(lines);
  });

  it('I7: is the whole range where it is not known well enough, and says why', async () => {
    await syncedAt(intake.store, 'cleo', [meeting], { now: minutesLater(-60) });
    const whole = 'FREEBUSY;FBTYPE=BUSY-UNAVAILABLE:20401123T090000Z/20401124T090000Z';
    const strict = await calendarOf('cleo');
    expect(freeBusyLines(strict)).toEqual([whole]);
    expect(strict.find((line) => line.startsWith('COMMENT:'))).toBe(
      String.raw`COMMENT:It is not known when this person is free\; the data is stale: a calendar was not read recently enough (too_old).`,
    );
    const busy = 'FREEBUSY;FBTYPE=BUSY:20401123T100000Z/20401123T103000Z';
    const lenient = await calendarOf('cleo', '&accept=stale');
    expect(freeBusyLines(lenient)).toEqual([busy]);
    expect(lenient.join('\n')).toContain(
      String.raw`COMMENT:There may be more that is busy\; the data is stale`,
    );
    expect(freeBusyLines(await calendarOf('cleo', '&maxAgeSeconds=7200'))).toEqual([busy]);
    const stranger = await calendarOf('stranger', '&accept=stale');
    expect(freeBusyLines(stranger)).toEqual([whole]);
    expect(stranger.join('\n')).toContain('not_connected');
    expect((await read('stranger')).body).toMatchObject({ busy: [], freshness: { state: 'unknown' } });
  });

  it.each([
    ['&accept=old', 'accept'],
    ['&maxAgeSeconds=0', 'maxAgeSeconds'],
    ['&live=yes', 'live'],
    ['&live=true', 'live'],
    ['&tentativeIsBusy=false', 'tentativeIsBusy'],
  ])('is not told for %s', async (query, field) => {
    const { status, body } = await read('ada', 'text/calendar', query);
    expect([status, body.errors?.[0].field]).toEqual([400, field]);
  });
});
