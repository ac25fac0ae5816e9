import { dayMs, type Random } from './due.ts';
import type { ProviderId } from './provider-id.ts';

export const watchStates = ['creating', 'active', 'retiring'] as const;

export type WatchState = (typeof watchStates)[number];

/** What one watch covers: one calendar, or all calendars of the account. */
export type WatchScope = 'calendar' | 'account';

/** As far as its life is concerned; `WatchRecord` says what the fields mean. */
export interface Watch {
  readonly id: string;
  readonly calendarId?: string | undefined;
  readonly state: WatchState;
  readonly providerWatchId?: string | undefined;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly renewAt: Date;
  readonly retireAt?: Date | undefined;
  readonly silentSweeps: number;
}

export interface WatchableCalendar {
  readonly id: string;
  readonly selected: boolean;
  /** Anything: why the vendor sends no notifications for it. */
  readonly pushUnsupported?: unknown;
}

/** A calendar's id, or that there is one watch for all of them. */
export type WatchTarget = string;
export const wholeAccount: WatchTarget = '*';

export interface WatchSituation<W extends Watch> {
  readonly scope: WatchScope;
  /** Of the connection; none where nobody wants to be notified. */
  readonly calendars: readonly WatchableCalendar[];
  readonly watches: readonly W[];
}

export type WatchAction<W extends Watch> =
  | { readonly type: 'create'; readonly target: WatchTarget }
  /** Make it last longer, or create its successor where the vendor has no such call. */
  | { readonly type: 'renew'; readonly target: WatchTarget; readonly watch: W }
  | { readonly type: 'retire'; readonly watch: W; readonly retireAt: Date }
  /** End it at the vendor, now. */
  | { readonly type: 'stop'; readonly watch: W }
  /** It is over at the vendor. */
  | { readonly type: 'forget'; readonly watch: W };

export interface WatchDecision<W extends Watch> {
  /** What takes away first, so that a creation that fails keeps nothing from it. */
  readonly actions: readonly WatchAction<W>[];
  /** When something is to be done that is not to be done now; undefined: not by the passing of time. */
  readonly attentionAt: Date | undefined;
}

/** Longer than the creation of a watch can take: one that is `creating` for that long has lost its answer or its worker. */
export const creatingLimitMs = 120_000;

/** For which the old watch stays beside its successor: notifications on their way to it are not lost, and doubles are. */
export const overlapMs = 120_000;

/** Sweeps in a row that found what a watch had not told. One alone can be a race between the two. */
export const silentSweepsLimit = 2;

const hourMs = 3_600_000;

/**
 * For how long watches are asked for.
 * - Google: a week is its own default. It may give less and never says what the most is; with more, a channel that was
 *   lost to us would go on for longer.
 * - Microsoft: 10,080 minutes are the most for events, and more is refused; an hour less, because its clock decides.
 */
export const watchLifeMs: Readonly<Record<ProviderId, number>> = {
  google: 7 * dayMs,
  microsoft: 7 * dayMs - hourMs,
};

/**
 * Around half of its life, spread over a tenth of it, so that watches made together drift apart: late enough to cost
 * little, and early enough for days of retries.
 */
export function renewalAt(from: Date, expiresAt: Date, random: Random): Date {
  const lifeMs = Math.max(0, expiresAt.getTime() - from.getTime());
  return new Date(from.getTime() + lifeMs * (0.5 + (random() - 0.5) * 0.1));
}

/**
 * What has to happen so that each wanted target is watched by exactly one watch. Depends on nothing but what is stored,
 * so it may be asked again after any step that failed, or by two at once: then a double may be made, which the next
 * decision retires.
 */
export function decideWatches<W extends Watch>(
  { scope, calendars, watches }: WatchSituation<W>,
  now: Date,
): WatchDecision<W> {
  const wanted = wantedTargets(scope, calendars);
  const ofTarget = Map.groupBy(watches, targetOf);
  const endings = [...ofTarget].flatMap(([target, those]) => endingsOf(those, wanted.has(target), now));
  const beginnings = [...wanted].flatMap((target) => beginningOf(target, ofTarget.get(target) ?? [], now));
  return { actions: [...endings, ...beginnings], attentionAt: earliestAfter(now, watches.flatMap(times)) };
}

export function targetOf({ calendarId }: Pick<Watch, 'calendarId'>): WatchTarget {
  return calendarId ?? wholeAccount;
}

function wantedTargets(scope: WatchScope, calendars: readonly WatchableCalendar[]): ReadonlySet<WatchTarget> {
  const wanted = calendars.filter(
    ({ selected, pushUnsupported }) => selected && pushUnsupported === undefined,
  );
  return new Set(wanted.map(({ id }) => (scope === 'account' ? wholeAccount : id)));
}

function endingsOf<W extends Watch>(watches: readonly W[], isWanted: boolean, now: Date): WatchAction<W>[] {
  const best = isWanted ? bestOf(watches, now) : undefined;
  return watches.flatMap((watch): WatchAction<W>[] => {
    if (watch.expiresAt <= now) return [{ type: 'forget', watch }];
    switch (watch.state) {
      case 'creating':
        return isBeingCreated(watch, now) ? [] : [dismissal(watch, now)];
      case 'active':
        if (!isWanted) return [dismissal(watch, now)];
        return watch === best ? [] : [{ type: 'retire', watch, retireAt: after(now, overlapMs) }];
      case 'retiring':
        // Without a name at the vendor it cannot be stopped: it goes on until its end, or until a notification names it.
        return isDueToStop(watch, now) ? [{ type: 'stop', watch }] : [];
    }
  });
}

function isDueToStop({ providerWatchId, retireAt }: Watch, now: Date): boolean {
  return providerWatchId !== undefined && (retireAt === undefined || retireAt <= now);
}

/** The vendor may have it or not; where it can be named there, it is stopped at once. */
function dismissal<W extends Watch>(watch: W, now: Date): WatchAction<W> {
  return watch.providerWatchId === undefined
    ? { type: 'retire', watch, retireAt: now }
    : { type: 'stop', watch };
}

function beginningOf<W extends Watch>(
  target: WatchTarget,
  watches: readonly W[],
  now: Date,
): WatchAction<W>[] {
  if (watches.some((watch) => isBeingCreated(watch, now))) return [];
  const best = bestOf(watches, now);
  if (best === undefined || isSilent(best)) return [{ type: 'create', target }];
  return best.renewAt <= now ? [{ type: 'renew', target, watch: best }] : [];
}

/** Of the active ones the one to stay: one that speaks, and of those the one that lasts. */
function bestOf<W extends Watch>(watches: readonly W[], now: Date): W | undefined {
  const [best] = watches
    .filter(({ state, expiresAt }) => state === 'active' && expiresAt > now)
    .toSorted(
      (a, b) =>
        Number(isSilent(a)) - Number(isSilent(b)) ||
        b.renewAt.getTime() - a.renewAt.getTime() ||
        (a.id < b.id ? -1 : 1),
    );
  return best;
}

/** By somebody who still lives, as far as can be known. */
export function isBeingCreated({ state, createdAt, expiresAt }: Watch, now: Date): boolean {
  return state === 'creating' && expiresAt > now && after(createdAt, creatingLimitMs) > now;
}

function isSilent({ silentSweeps }: Pick<Watch, 'silentSweeps'>): boolean {
  return silentSweeps >= silentSweepsLimit;
}

function times({ state, createdAt, expiresAt, renewAt, retireAt }: Watch): Date[] {
  switch (state) {
    case 'creating':
      return [expiresAt, after(createdAt, creatingLimitMs)];
    case 'active':
      return [expiresAt, renewAt];
    case 'retiring':
      return retireAt === undefined ? [expiresAt] : [expiresAt, retireAt];
  }
}

function earliestAfter(now: Date, dates: readonly Date[]): Date | undefined {
  const ahead = dates.filter((date) => date > now).map((date) => date.getTime());
  return ahead.length === 0 ? undefined : new Date(Math.min(...ahead));
}

/**
 * Whether notifications tell of every calendar that counts, as far as can be known: then they need not be polled as
 * often. A calendar for which the vendor sends none is never covered.
 */
export function pushCovers(
  calendars: readonly WatchableCalendar[],
  watches: readonly Watch[],
  now: Date,
  scope: WatchScope,
): boolean {
  const told = new Set(
    watches
      .filter((watch) => watch.state === 'active' && watch.expiresAt > now && !isSilent(watch))
      .map(targetOf),
  );
  return calendars
    .filter(({ selected }) => selected)
    .every(
      ({ id, pushUnsupported }) =>
        pushUnsupported === undefined && told.has(scope === 'account' ? wholeAccount : id),
    );
}

function after(from: Date, ms: number): Date {
  return new Date(from.getTime() + ms);
}
