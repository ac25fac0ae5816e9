import { describe, expect, it } from 'vitest';
import { diagnose, type Verdict } from '../../../src/domain/diagnosis.ts';
import type { DiagnosedCalendar, DiagnosedState } from '../../../src/domain/diagnosed-state.ts';
import type { FailureCode } from '../../../src/domain/failure.ts';

const now = new Date('2040-03-05T09:00:00.000Z');
const minutesAgo = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000);
const inMinutes = (minutes: number): Date => minutesAgo(-minutes);

const reason = (code: FailureCode, minutes = 3) => ({
  code,
  message: `It says ${code}.`,
  at: minutesAgo(minutes),
});

type Part<K extends keyof DiagnosedState> = Partial<NonNullable<DiagnosedState[K]>>;
interface Parts {
  connection?: Part<'connection'>;
  credential?: Part<'credential'>;
  turn?: Part<'turn'>;
  setup?: Part<'setup'>;
  queue?: DiagnosedState['queue'];
  calendars?: DiagnosedState['calendars'];
  watches?: DiagnosedState['watches'];
}

function calendar({
  sync,
  ...fields
}: Partial<Omit<DiagnosedCalendar, 'sync'>> & {
  sync?: Partial<DiagnosedCalendar['sync']>;
} = {}): DiagnosedCalendar {
  return {
    id: 'calendar-1',
    name: 'Ada',
    primary: true,
    selected: true,
    ...fields,
    sync: {
      cursor: 'v1:x',
      lastSyncedAt: minutesAgo(2),
      fullSyncAt: minutesAgo(600),
      unreadable: [],
      unreadableCount: sync?.unreadable?.length ?? 0,
      ...sync,
    },
  };
}

const aWatch = { state: 'active', expiresAt: inMinutes(600), silentSweeps: 0 } as const;

/** Somebody with whom all is well, but for what a test is about. */
const of = (parts: Parts = {}) =>
  diagnose(
    {
      connection: {
        id: 'connection-1',
        userId: 'user-1',
        provider: 'google',
        email: 'ada@example.com',
        status: 'active',
        authorizedAt: minutesAgo(5000),
        lastSyncedAt: minutesAgo(2),
        nextSyncAt: inMinutes(3),
        consecutiveFailures: 0,
        ...parts.connection,
      },
      credential: {
        expiresAt: inMinutes(30),
        version: 7,
        scopes: ['calendar', 'email'],
        ...parts.credential,
      },
      turn: { leaseUntil: null, dirty: false, touched: [], ...parts.turn },
      calendars: parts.calendars ?? [calendar()],
      watches: parts.watches ?? [aWatch],
      queue: 'queue' in parts ? parts.queue : {},
      setup: {
        providerOn: true,
        pushOn: true,
        neededScopes: ['calendar'],
        scopesImpliedBy: {},
        maxAgeMs: 900_000,
        ...parts.setup,
      },
    },
    now,
  );

const codesOf = (parts: Parts) => of(parts).findings.map(({ severity, code }) => `${severity} ${code}`);

describe('the diagnosis of a connection', () => {
  it('has nothing to say against one that is in sync', () => {
    expect(of()).toMatchObject({
      verdict: 'in_sync',
      summary: 'In sync as of 2040-03-05T08:58:00.000Z. The next sync is due at 2040-03-05T09:03:00.000Z.',
      findings: [],
      credential: { state: 'valid', version: 7, missingScopes: [] },
      sync: { nextAttemptAt: inMinutes(3), queueAnswers: true },
      calendars: [{ cursorAgeSeconds: 120, push: { state: 'active' } }],
    });
  });

  const cases: [what: string, parts: Parts, verdict: Verdict, findings: string[]][] = [
    [
      'whose user withdrew the permission',
      { connection: { status: 'reauth_required', statusReason: reason('grant_revoked') } },
      'needs_user',
      ['error grant_revoked'],
    ],
    [
      'whose grant died of a project in testing, with stale calendars',
      {
        connection: { status: 'reauth_required', statusReason: reason('testing_grant_expired') },
        calendars: [calendar({ sync: { lastSyncedAt: minutesAgo(3000) } })],
      },
      'needs_user',
      ['error testing_grant_expired'],
    ],
    [
      'whose provider is off',
      { setup: { providerOn: false, neededScopes: [] } },
      'needs_operator',
      ['error provider_off'],
    ],
    [
      'that waits for its user while its provider is off',
      {
        connection: { status: 'reauth_required', statusReason: reason('grant_revoked') },
        setup: { providerOn: false },
      },
      'needs_operator',
      ['error provider_off', 'error grant_revoked'],
    ],
    ['that is being removed', { connection: { status: 'disconnecting' } }, 'leaving', ['info disconnecting']],
    [
      'that fails for a client secret',
      { connection: { lastFailure: reason('client_secret_expired'), consecutiveFailures: 4 } },
      'needs_operator',
      ['error client_secret_expired'],
    ],
    [
      'whose provider’s API is switched off',
      { connection: { lastFailure: reason('api_disabled') } },
      'needs_operator',
      ['error api_disabled'],
    ],
    [
      'whose tokens no key opens',
      { connection: { lastFailure: reason('unreadable_credentials') } },
      'needs_operator',
      ['error unreadable_credentials'],
    ],
    [
      'whose provider throttles',
      { connection: { lastFailure: reason('throttled') } },
      'behind',
      ['error throttled'],
    ],
    [
      'whose provider is down',
      { connection: { lastFailure: reason('provider_unavailable') } },
      'behind',
      ['error provider_unavailable'],
    ],
    [
      'that has never synced',
      { connection: { lastSyncedAt: undefined }, calendars: [] },
      'behind',
      ['error never_synced'],
    ],
    [
      'that is due and that nobody takes up',
      { connection: { nextSyncAt: minutesAgo(3) } },
      'needs_operator',
      ['error sync_overdue'],
    ],
    [
      'that is due and waits on the queue',
      {
        connection: { nextSyncAt: minutesAgo(3) },
        queue: { job: { id: '1', state: 'waiting', attempts: 0 } },
      },
      'behind',
      ['error sync_waiting'],
    ],
    [
      'that is due and is being synced',
      { connection: { nextSyncAt: minutesAgo(3) }, turn: { leaseUntil: inMinutes(1) } },
      'in_sync',
      ['info sync_running'],
    ],
    ['that became due just now', { connection: { nextSyncAt: minutesAgo(1) } }, 'in_sync', []],
    ['that heard of a change', { turn: { touched: ['calendar-1'] } }, 'in_sync', ['info change_pending']],
    ['that lacks a permission', { credential: { scopes: ['email'] } }, 'needs_user', ['error scope_missing']],
    [
      'whose permission ends tomorrow',
      { credential: { refreshExpiresAt: inMinutes(1440) } },
      'in_sync',
      ['warning grant_ends_soon'],
    ],
    [
      'whose permission ends in three days',
      { credential: { refreshExpiresAt: inMinutes(4320) } },
      'in_sync',
      [],
    ],
    ['with a queue that gives no answer', { queue: undefined }, 'in_sync', ['warning queue_unknown']],
    [
      'with a stale calendar',
      { calendars: [calendar({ sync: { lastSyncedAt: minutesAgo(16) } })] },
      'behind',
      ['error calendar_stale'],
    ],
    [
      'with a calendar that was never read',
      { calendars: [calendar(), calendar({ id: 'new', sync: { cursor: null, lastSyncedAt: undefined } })] },
      'behind',
      ['error calendar_never_read'],
    ],
    [
      'with a stale calendar that does not count',
      { calendars: [calendar(), calendar({ id: 'b', selected: false, sync: { lastSyncedAt: undefined } })] },
      'in_sync',
      [],
    ],
    [
      'without a calendar that counts',
      { calendars: [calendar({ selected: false })] },
      'in_sync',
      ['warning no_calendar_selected'],
    ],
    [
      'with a calendar that is refused',
      { calendars: [calendar({ sync: { lastFailure: reason('calendar_unreachable') } })] },
      'behind',
      ['error calendar_unreachable'],
    ],
    [
      'with a hold',
      { calendars: [calendar({ sync: { hold: { since: minutesAgo(1), stored: 20, removals: 15 } } })] },
      'behind',
      ['error removals_held'],
    ],
    [
      'with a calendar that the list leaves out',
      { calendars: [calendar({ missingSince: minutesAgo(1) })] },
      'behind',
      ['error calendar_missing'],
    ],
    [
      'without push by configuration',
      { setup: { pushOn: false }, watches: [] },
      'in_sync',
      ['info push_off'],
    ],
    ['without watches', { watches: [] }, 'in_sync', ['warning push_missing']],
    [
      'without watches, just connected',
      { watches: [], connection: { authorizedAt: minutesAgo(1) } },
      'in_sync',
      [],
    ],
    ['whose watch is being made', { watches: [{ ...aWatch, state: 'creating' }] }, 'in_sync', []],
    [
      'whose watch has run out',
      { watches: [{ ...aWatch, expiresAt: minutesAgo(1) }] },
      'in_sync',
      ['warning push_missing'],
    ],
    [
      'whose watch is silent',
      { watches: [{ ...aWatch, silentSweeps: 2 }] },
      'in_sync',
      ['warning push_silent'],
    ],
    ['one of whose watches is silent', { watches: [{ ...aWatch, silentSweeps: 2 }, aWatch] }, 'in_sync', []],
    [
      'with a watch over another calendar',
      { watches: [{ ...aWatch, calendarId: 'calendar-2' }] },
      'in_sync',
      ['warning push_missing'],
    ],
    [
      'for which our address is refused',
      { watches: [{ ...aWatch, state: 'creating', lastFailure: reason('push_address_refused') }] },
      'in_sync',
      ['warning push_address_refused'],
    ],
    [
      'for which our address is refused, so that nothing stands at the provider',
      { watches: [], connection: { pushFailure: reason('push_address_refused') } },
      'in_sync',
      ['warning push_address_refused'],
    ],
    [
      'whose only watch is about to end',
      { watches: [{ ...aWatch, state: 'retiring' }] },
      'in_sync',
      ['warning push_missing'],
    ],
    [
      'whose calendar has no push',
      { watches: [], calendars: [calendar({ pushUnsupported: reason('push_unsupported') })] },
      'in_sync',
      ['info push_unsupported'],
    ],
  ];
  it.each(cases)('one %s', (_, parts, verdict, findings) => {
    expect(of(parts).verdict).toBe(verdict);
    expect(codesOf(parts)).toEqual(findings);
    for (const { message, hint } of of(parts).findings) {
      expect(message).toMatch(/\S.*[.)]$/);
      expect(hint).toMatch(/\.$/);
    }
  });

  it('says first what keeps the data from being up to date, and of that what an operator has to mend', () => {
    const parts: Parts = {
      setup: { pushOn: false },
      connection: { lastFailure: reason('invalid_client'), consecutiveFailures: 3 },
      calendars: [
        calendar({
          sync: { lastSyncedAt: minutesAgo(20), unreadable: [{ providerEventId: 'e', reason: 'why' }] },
        }),
      ],
    };
    expect(codesOf(parts)).toEqual([
      'error invalid_client',
      'error calendar_stale',
      'warning unreadable_entries',
      'info push_off',
    ]);
    expect(of(parts).summary).toBe(
      'An operator has to mend this. It says invalid_client. (3 failures in a row)',
    );
  });

  it('names entries that could not be read, by id and reason, also where the permission is dead', () => {
    const unreadable = [
      { providerEventId: 'event-1', reason: 'no start' },
      { providerEventId: 'event-2', reason: 'year 9999' },
    ];
    const parts: Parts = {
      connection: { status: 'reauth_required', statusReason: reason('grant_revoked') },
      calendars: [calendar({ sync: { unreadable } })],
    };
    const { findings, calendars } = of(parts);
    expect(findings[1]).toMatchObject({
      code: 'unreadable_entries',
      calendarId: 'calendar-1',
      message: '2 entries could not be read: event-1 (no start); event-2 (year 9999).',
    });
    expect(calendars[0]?.unreadable).toEqual(unreadable);
  });

  it.each([
    [1, 500, '500 entries could not be read, one of which is named: bad-0 (no start).'],
    [2, 3, '3 entries could not be read, 2 of which are named: bad-0 (no start); bad-1 (no start).'],
    [0, 1, 'One entry could not be read; the next full listing names them.'],
  ])('says of how many the %i that it names are: %i', (named, unreadableCount, message) => {
    const unreadable = Array.from({ length: named }, (_, n) => ({
      providerEventId: `bad-${n}`,
      reason: 'no start',
    }));
    const { findings, calendars } = of({ calendars: [calendar({ sync: { unreadable, unreadableCount } })] });
    expect(findings).toMatchObject([{ code: 'unreadable_entries', message }]);
    expect(calendars[0]).toMatchObject({ unreadable, unreadableCount });
  });

  it('tells how old cursor and latest notification are, whichever watch heard it', () => {
    const watches = [
      { ...aWatch, lastNotifiedAt: minutesAgo(9) },
      { ...aWatch, state: 'retiring', lastNotifiedAt: minutesAgo(4) } as const,
    ];
    expect(of({ watches }).calendars[0]).toMatchObject({
      cursorAgeSeconds: 120,
      push: { lastNotifiedAt: minutesAgo(4), lastNotificationAgeSeconds: 240 },
    });
    expect(
      of({ calendars: [calendar({ sync: { cursor: null } })] }).calendars[0]?.cursorAgeSeconds,
    ).toBeUndefined();
  });

  it('an access token that ran out is no finding: the next sync refreshes it', () => {
    expect(of({ credential: { expiresAt: minutesAgo(60) } })).toMatchObject({
      verdict: 'in_sync',
      credential: { state: 'to_be_refreshed' },
      findings: [],
    });
  });

  it('holds nothing of a record but what may be told', () => {
    const more = { accessToken: 'secret', refreshToken: 'secret', secretHash: 'secret', title: 'secret' };
    const hold = { since: now, stored: 2, removals: 1, digest: 'secret', readAt: now };
    const parts: Parts = {
      connection: { ...more } as Parts['connection'] & object,
      credential: { ...more } as Parts['credential'] & object,
      watches: [{ ...aWatch, ...more }],
      calendars: [{ ...calendar({ sync: { ...more, cursor: 'secret', hold } }), ...more }],
    };
    expect(JSON.stringify(of(parts))).not.toContain('secret');
  });
});
