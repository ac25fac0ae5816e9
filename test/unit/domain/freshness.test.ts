import { describe, expect, it } from 'vitest';
import {
  calendarsToAsk,
  freshnessOf,
  isFreshEnough,
  type CalendarCoverage,
  type ConnectionCoverage,
} from '../../../src/domain/freshness.ts';

const now = new Date('2026-11-23T12:00:00Z');
const range = { start: new Date('2026-11-24T00:00:00Z'), end: new Date('2026-11-25T00:00:00Z') };
const window = { start: new Date('2026-10-01T00:00:00Z'), end: new Date('2027-05-01T00:00:00Z') };
const minutesAgo = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
const query = { range, now, maxAgeMs: 15 * 60_000 };

const calendar = (over: Partial<CalendarCoverage> = {}): CalendarCoverage => ({
  calendarId: 'cal',
  lastSyncedAt: minutesAgo(1),
  window,
  ...over,
});
const connection = (over: Partial<ConnectionCoverage> = {}): ConnectionCoverage => ({
  connectionId: 'con',
  status: 'active',
  lastSyncedAt: minutesAgo(1),
  calendars: [calendar()],
  ...over,
});

describe('I7: no data is never free', () => {
  it('a person whose calendars were all read lately is fresh', () => {
    expect(freshnessOf([connection()], query)).toMatchObject({ state: 'fresh', lastSyncedAt: minutesAgo(1) });
  });

  it.each<[string, ConnectionCoverage[], string, string]>([
    ['nobody connected', [], 'unknown', 'not_connected'],
    ['only one that is leaving', [connection({ status: 'disconnecting' })], 'unknown', 'not_connected'],
    ['a dead grant', [connection({ status: 'reauth_required' })], 'unknown', 'reauth_required'],
    [
      'a connection never synced',
      [connection({ lastSyncedAt: undefined, calendars: [] })],
      'unknown',
      'never_synced',
    ],
    [
      'a calendar never read',
      [connection({ calendars: [calendar({ lastSyncedAt: undefined })] })],
      'unknown',
      'never_synced',
    ],
    [
      'a calendar without window',
      [connection({ calendars: [calendar({ window: undefined })] })],
      'unknown',
      'never_synced',
    ],
    [
      'data that is too old',
      [connection({ calendars: [calendar({ lastSyncedAt: minutesAgo(16) })] })],
      'stale',
      'too_old',
    ],
    [
      'a range that reaches beyond what is kept',
      [connection({ calendars: [calendar({ window: { start: window.start, end: range.start } })] })],
      'unknown',
      'outside_window',
    ],
    [
      'one good and one dead connection',
      [connection(), connection({ status: 'reauth_required' })],
      'unknown',
      'reauth_required',
    ],
    [
      'one stale and one unknown calendar',
      [
        connection({
          calendars: [calendar({ lastSyncedAt: minutesAgo(60) }), calendar({ lastSyncedAt: undefined })],
        }),
      ],
      'unknown',
      'never_synced',
    ],
  ])('%s: never fresh', (_, connections, state, reason) => {
    expect(freshnessOf(connections, query)).toMatchObject({ state, reason });
  });

  it('the age that is told is that of the oldest calendar, and none where one was never read', () => {
    const calendars = [calendar({ lastSyncedAt: minutesAgo(3) }), calendar({ lastSyncedAt: minutesAgo(9) })];
    expect(freshnessOf([connection({ calendars })], query).lastSyncedAt).toEqual(minutesAgo(9));
    const partly = [calendar(), calendar({ lastSyncedAt: undefined })];
    expect(freshnessOf([connection({ calendars: partly })], query).lastSyncedAt).toBeUndefined();
  });

  it.each([
    ['fresh', [true, true, true]],
    ['stale', [false, true, true]],
    ['unknown', [false, false, true]],
  ] as const)('%s is enough where that or less is asked for', (state, enough) => {
    const least = ['fresh', 'stale', 'unknown'] as const;
    expect(least.map((one) => isFreshEnough({ state }, one))).toEqual(enough);
  });

  it('asks vendors for what is old, never read or out of sight, as long as they can be asked and all calendars are known', () => {
    const calendars = [
      calendar({ calendarId: 'fresh' }),
      calendar({ calendarId: 'old', lastSyncedAt: minutesAgo(60) }),
      calendar({ calendarId: 'new', lastSyncedAt: undefined, window: undefined }),
      calendar({ calendarId: 'short', window: { start: window.start, end: range.start } }),
    ];
    const asked = (over: Partial<ConnectionCoverage>) =>
      calendarsToAsk(connection({ calendars, ...over }), query).map(({ calendarId }) => calendarId);
    expect(asked({})).toEqual(['old', 'new', 'short']);
    expect(asked({ status: 'reauth_required' })).toEqual([]);
    expect(asked({ status: 'disconnecting' })).toEqual([]);
    expect(asked({ lastSyncedAt: undefined })).toEqual([]);
  });

  it('a person whose calendars are all taken out is not known, unless another connection has one that counts', () => {
    const none = connection({ calendars: [] });
    expect(freshnessOf([none], query)).toMatchObject({ state: 'unknown', reason: 'no_calendar_selected' });
    expect(freshnessOf([none, connection()], query)).toMatchObject({ state: 'fresh' });
    const old = connection({ calendars: [], lastSyncedAt: minutesAgo(60) });
    expect(freshnessOf([old, connection()], query)).toMatchObject({ state: 'stale', reason: 'too_old' });
  });
});
