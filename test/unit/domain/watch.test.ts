import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { providerIds } from '../../../src/domain/provider-id.ts';
import {
  creatingLimitMs,
  decideWatches,
  overlapMs,
  pushCovers,
  renewalAt,
  silentSweepsLimit,
  targetOf,
  watchLifeMs,
  wholeAccount,
  type Watch,
  type WatchAction,
  type WatchScope,
  type WatchableCalendar,
} from '../../../src/domain/watch.ts';
import { webhookAddresses } from '../../../src/domain/webhook-paths.ts';

const now = new Date('2026-03-02T09:00:00Z');
const minute = 60_000;
const day = 86_400_000;
const at = (ms: number): Date => new Date(now.getTime() + ms);

const calendar = (id: string, fields: Partial<WatchableCalendar> = {}): WatchableCalendar => ({
  id,
  selected: true,
  ...fields,
});

/** An active watch of calendar `a`, two days old, that is to be renewed in a day. */
const watch = (fields: Partial<Watch> = {}): Watch => ({
  id: 'w',
  calendarId: 'a',
  state: 'active',
  providerWatchId: 'vendor-w',
  createdAt: at(-2 * day),
  expiresAt: at(5 * day),
  renewAt: at(day),
  silentSweeps: 0,
  ...fields,
});

const unnamed = { providerWatchId: undefined };
const creating = (fields: Partial<Watch> = {}): Watch =>
  watch({ state: 'creating', createdAt: at(-minute), ...unnamed, ...fields });

const brief = (action: WatchAction<Watch>): string => {
  switch (action.type) {
    case 'create':
      return `create ${action.target}`;
    case 'retire':
      return `retire ${action.watch.id} in ${(action.retireAt.getTime() - now.getTime()) / minute}`;
    default:
      return `${action.type} ${action.watch.id}`;
  }
};

function decide(watches: readonly Watch[], calendars = [calendar('a')], scope: WatchScope = 'calendar') {
  const { actions, attentionAt } = decideWatches({ scope, calendars, watches }, now);
  const inMinutes = attentionAt && (attentionAt.getTime() - now.getTime()) / minute;
  return { actions: actions.map(brief), inMinutes };
}

const dayMinutes = day / minute;

describe('what is wanted', () => {
  test.each<[string, WatchScope, WatchableCalendar[], string[]]>([
    [
      'each selected calendar by itself',
      'calendar',
      [calendar('a'), calendar('b')],
      ['create a', 'create b'],
    ],
    ['no calendar that does not count', 'calendar', [calendar('a', { selected: false })], []],
    [
      'no calendar of which the vendor tells nothing',
      'calendar',
      [calendar('a', { pushUnsupported: 'why' })],
      [],
    ],
    ['one for all of them', 'account', [calendar('a'), calendar('b')], ['create *']],
    ['none where no calendar counts', 'account', [calendar('a', { selected: false })], []],
    ['none where the vendor tells nothing', 'account', [calendar('a', { pushUnsupported: 'why' })], []],
    ['nothing without calendars', 'account', [], []],
  ])('%s (%s)', (_, scope, calendars, actions) => {
    expect(decide([], calendars, scope)).toEqual({ actions, inMinutes: undefined });
  });
});

describe('what becomes of a watch', () => {
  test.each<[string, Watch[], string[], number | undefined]>([
    ['active: nothing until its renewal', [watch()], [], dayMinutes],
    ['due: renewed', [watch({ renewAt: now })], ['renew w'], 5 * dayMinutes],
    ['expired: forgotten and made anew', [watch({ expiresAt: now })], ['forget w', 'create a'], dayMinutes],
    [
      'silent: another one is made, and it stays until that stands',
      [watch({ silentSweeps: 2 })],
      ['create a'],
      dayMinutes,
    ],
    ['silent once: nothing, for that can be a race', [watch({ silentSweeps: 1 })], [], dayMinutes],
    ['silent and due: not renewed', [watch({ silentSweeps: 2, renewAt: now })], ['create a'], 5 * dayMinutes],
    ['being created: waited for', [creating()], [], 1],
    [
      'being created beside one that is due: waited for',
      [creating({ id: 'n' }), watch({ renewAt: now })],
      [],
      1,
    ],
    [
      'creating for too long, and of no name: given up, and made anew',
      [creating({ createdAt: at(-creatingLimitMs) })],
      ['retire w in 0', 'create a'],
      5 * dayMinutes,
    ],
    [
      'creating for too long, and named by a notification: stopped, and made anew',
      [creating({ createdAt: at(-creatingLimitMs), providerWatchId: 'vendor-w' })],
      ['stop w', 'create a'],
      5 * dayMinutes,
    ],
    [
      'followed by another one: retired, so that what is on its way is heard',
      [watch({ id: 'old', renewAt: now }), watch({ id: 'new' })],
      ['retire old in 2'],
      dayMinutes,
    ],
    [
      'silent and followed by another one: retired',
      [watch({ id: 'old', silentSweeps: 2, renewAt: at(2 * day) }), watch({ id: 'new' })],
      ['retire old in 2'],
      dayMinutes,
    ],
    [
      'made twice: one of them is retired',
      [watch({ id: 'x' }), watch({ id: 'y' })],
      ['retire y in 2'],
      dayMinutes,
    ],
    ['retiring: waited for', [watch(), watch({ id: 'r', state: 'retiring', retireAt: at(minute) })], [], 1],
    [
      'retiring and due: stopped',
      [watch(), watch({ id: 'r', state: 'retiring', retireAt: now })],
      ['stop r'],
      dayMinutes,
    ],
    [
      'retiring without a time: stopped',
      [watch(), watch({ id: 'r', state: 'retiring' })],
      ['stop r'],
      dayMinutes,
    ],
    [
      'retiring and of no name: left alone until its end',
      [watch(), watch({ id: 'r', state: 'retiring', retireAt: now, expiresAt: at(9 * minute), ...unnamed })],
      [],
      9,
    ],
    [
      'retiring alone: another one is made',
      [watch({ state: 'retiring', retireAt: at(minute) })],
      ['create a'],
      1,
    ],
  ])('%s', (_, watches, actions, inMinutes) => {
    expect(decide(watches)).toEqual({ actions, inMinutes });
  });

  test.each<[string, Watch, string[]]>([
    ['active: stopped', watch(), ['stop w']],
    ['active without a name: given up', watch(unnamed), ['retire w in 0']],
    ['being created: waited for', creating(), []],
    ['creating for too long: given up', creating({ createdAt: at(-creatingLimitMs) }), ['retire w in 0']],
    ['retiring: stopped when it is due', watch({ state: 'retiring', retireAt: now }), ['stop w']],
    ['expired: forgotten', watch({ expiresAt: now }), ['forget w']],
  ])('that nobody wants: %s', (_, unwanted, actions) => {
    expect(decide([unwanted], []).actions).toEqual(actions);
    expect(decide([unwanted], [calendar('a', { selected: false })]).actions).toEqual(actions);
    const ofAccount = { ...unwanted, calendarId: undefined };
    expect(decide([ofAccount], [], 'account').actions).toEqual(actions);
  });

  test('comes before what is to be created, so that a refusal keeps nothing from its end', () => {
    const calendars = [calendar('a'), calendar('b', { selected: false })];
    const watches = [watch({ renewAt: now }), watch({ id: 'b', calendarId: 'b' })];
    expect(decide(watches, calendars).actions).toEqual(['stop b', 'renew w']);
  });
});

describe('times', () => {
  test('a watch is renewed around half of its life, spread over a tenth of that', () => {
    const until = at(10 * day);
    expect(renewalAt(now, until, () => 0)).toEqual(at(4.5 * day));
    expect(renewalAt(now, until, () => 0.5)).toEqual(at(5 * day));
    expect(renewalAt(now, until, () => 1)).toEqual(at(5.5 * day));
    expect(renewalAt(now, at(-day), () => 0)).toEqual(now);
  });

  test('no watch is asked to last longer than its vendor allows', () => {
    expect(watchLifeMs.microsoft).toBeLessThan(10_080 * minute);
    for (const id of providerIds) expect(watchLifeMs[id]).toBeGreaterThan(6 * day);
  });
});

describe('push covers', () => {
  const both = [calendar('a'), calendar('b')];
  const b = watch({ id: 'b', calendarId: 'b' });
  test.each<[string, boolean, WatchableCalendar[], Watch[]]>([
    ['calendars that are each watched', true, both, [watch(), b]],
    ['not a calendar without a watch', false, both, [watch()]],
    ['not one whose watch is silent', false, both, [watch({ silentSweeps: silentSweepsLimit }), b]],
    ['not one whose watch has expired', false, both, [watch({ expiresAt: now }), b]],
    ['not one whose watch is being made', false, both, [creating(), b]],
    ['not one whose watch is about to end', false, both, [watch({ state: 'retiring' }), b]],
    [
      'not one of which the vendor tells nothing',
      false,
      [calendar('a', { pushUnsupported: 'why' })],
      [watch()],
    ],
    ['whatever does not count', true, [calendar('a'), calendar('b', { selected: false })], [watch()]],
  ])('%s', (_, covered, calendars, watches) => {
    expect(pushCovers(calendars, watches, now, 'calendar')).toBe(covered);
  });

  test('all calendars of an account by the watch of the account, and by no other', () => {
    expect(pushCovers(both, [watch({ calendarId: undefined })], now, 'account')).toBe(true);
    expect(pushCovers(both, [watch(), b], now, 'account')).toBe(false);
    expect(pushCovers(both, [watch({ calendarId: undefined })], now, 'calendar')).toBe(false);
  });
});

test('addresses are those of the public URL, with one of its own for what Microsoft tells of a watch', () => {
  expect(webhookAddresses('https://sync.example.com/base', 'google').notifications).toBe(
    'https://sync.example.com/base/v1/webhooks/google',
  );
  expect(webhookAddresses('https://sync.example.com', 'microsoft')).toEqual({
    notifications: 'https://sync.example.com/v1/webhooks/microsoft',
    lifecycle: 'https://sync.example.com/v1/webhooks/microsoft/lifecycle',
  });
});

// --- whatever the stored state

const times = fc
  .integer({ min: -8 * dayMinutes, max: 8 * dayMinutes })
  .map((minutes) => at(minutes * minute));
const anyWatch = (scope: WatchScope): fc.Arbitrary<Watch> =>
  fc.record({
    id: fc.uuid(),
    calendarId: scope === 'account' ? fc.constant(undefined) : fc.constantFrom('a', 'b', 'gone'),
    state: fc.constantFrom('creating', 'active', 'retiring'),
    providerWatchId: fc.option(fc.constant('vendor'), { nil: undefined }),
    createdAt: times.map((time) => (time > now ? now : time)),
    expiresAt: times,
    renewAt: times,
    retireAt: fc.option(times, { nil: undefined }),
    silentSweeps: fc.nat(3),
  });
const anySituation = fc.constantFrom<WatchScope>('calendar', 'account').chain((scope) =>
  fc.record({
    scope: fc.constant(scope),
    calendars: fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('a', 'b', 'c'),
        selected: fc.boolean(),
        pushUnsupported: fc.option(fc.constant('why'), { nil: undefined }),
      }),
      { selector: ({ id }) => id },
    ),
    watches: fc.uniqueArray(anyWatch(scope), { maxLength: 8, selector: ({ id }) => id }),
    renews: fc.boolean(),
  }),
);

/** What the job does about a decision, with a vendor that does as it is told. */
function act(watches: readonly Watch[], action: WatchAction<Watch>, clock: Date, renews: boolean): Watch[] {
  const made = { createdAt: clock, expiresAt: new Date(clock.getTime() + 7 * day), silentSweeps: 0 };
  const fresh = (target: string): Watch => ({
    ...made,
    id: `made ${clock.getTime()} ${target} ${watches.length}`,
    calendarId: target === wholeAccount ? undefined : target,
    state: 'active',
    providerWatchId: 'vendor',
    renewAt: new Date(clock.getTime() + 3.5 * day),
  });
  switch (action.type) {
    case 'create':
      return [...watches, fresh(action.target)];
    case 'renew': {
      if (!renews) return [...watches, fresh(action.target)];
      const { expiresAt, renewAt } = fresh(action.target);
      return watches.map((one) => (one === action.watch ? { ...one, expiresAt, renewAt } : one));
    }
    case 'retire': {
      const { retireAt } = action;
      return watches.map((one) => (one === action.watch ? { ...one, state: 'retiring', retireAt } : one));
    }
    case 'stop':
    case 'forget':
      return watches.filter((one) => one !== action.watch);
  }
}

test('whatever is stored, passes end with one watch for each wanted target, nothing else, and nothing to do', () => {
  fc.assert(
    fc.property(anySituation, ({ renews, ...situation }) => {
      let { watches } = situation;
      let clock = now;
      const wanted = new Set(
        decideWatches({ ...situation, watches: [] }, now).actions.map((action) =>
          action.type === 'create' ? action.target : '',
        ),
      );
      // Each pass acts until nothing is left to do, as the job does, and the next comes when it was planned.
      for (let pass = 0; pass < 40; pass += 1) {
        let rounds = 0;
        let decision = decideWatches({ ...situation, watches }, clock);
        while (decision.actions.length > 0) {
          rounds += 1;
          expect(rounds).toBeLessThanOrEqual(3);
          for (const action of decision.actions) watches = act(watches, action, clock, renews);
          decision = decideWatches({ ...situation, watches }, clock);
        }
        // Only what stands is ahead: its renewal is another story.
        const settled = watches.every(({ state }) => state === 'active');
        if (settled) break;
        expect(decision.attentionAt).toBeDefined();
        clock = decision.attentionAt!;
      }
      expect(watches.map(targetOf).toSorted()).toEqual([...wanted].toSorted());
      expect(watches.every(({ state, expiresAt }) => state === 'active' && expiresAt > clock)).toBe(true);
      const covered = pushCovers(situation.calendars, watches, clock, situation.scope);
      expect(covered).toBe(
        situation.calendars.every((one) => !one.selected || one.pushUnsupported === undefined),
      );
    }),
    { numRuns: 500, seed: 5 },
  );
});

test('two passes at once make a double at worst, and the next one retires it', () => {
  const { actions } = decideWatches({ scope: 'calendar', calendars: [calendar('a')], watches: [] }, now);
  let watches: Watch[] = [];
  for (const action of [...actions, ...actions]) watches = act(watches, action, now, true);
  expect(watches).toHaveLength(2);
  const [first] = decideWatches({ scope: 'calendar', calendars: [calendar('a')], watches }, now).actions;
  expect(first).toMatchObject({ type: 'retire', retireAt: at(overlapMs) });
});
