import type { StatusReason } from './connection.ts';
import type { DiagnosedWatch } from './diagnosed-state.ts';
import { failureHints, type Failure } from './failure.ts';
import { silentSweepsLimit } from './watch.ts';

export const pushStates = [
  'active',
  'creating',
  'silent',
  'expired',
  'missing',
  'unsupported',
  'not_selected',
  'off',
] as const;

/** Whether the vendor tells of changes to a calendar. Whatever it is, the calendar is polled beside it. */
export interface PushReport {
  /**
   * - `silent`: sweeps found changes of which it had not told.
   * - `off`: PUBLIC_URL is not set.
   */
  readonly state: (typeof pushStates)[number];
  readonly expiresAt?: Date | undefined;
  readonly lastNotifiedAt?: Date | undefined;
  readonly lastNotificationAgeSeconds?: number | undefined;
  readonly lastFailure?: (Failure & { readonly at: Date }) | undefined;
}

export interface PushSetup {
  readonly isOn: boolean;
  readonly now: Date;
  /** Why not all watches of the connection stand. */
  readonly failure?: StatusReason | undefined;
}

export function pushOf(
  {
    id,
    selected,
    pushUnsupported,
  }: { readonly id: string; readonly selected: boolean; readonly pushUnsupported?: StatusReason | undefined },
  watches: readonly DiagnosedWatch[],
  { isOn, now, failure }: PushSetup,
): PushReport {
  if (!isOn) return { state: 'off' };
  if (pushUnsupported !== undefined) return { state: 'unsupported', lastFailure: inWords(pushUnsupported) };
  if (!selected) return { state: 'not_selected' };
  const watching = watches.filter(({ calendarId }) => calendarId === undefined || calendarId === id);
  const notified = latest(watching.map(({ lastNotifiedAt }) => lastNotifiedAt));
  const standing = watching.filter(({ state }) => state !== 'retiring');
  const best = ranked.map((state) => standing.find((watch) => stateOf(watch, now) === state)).find(Boolean);
  const reason = best === undefined ? failure : best.lastFailure;
  return {
    state: best === undefined ? 'missing' : stateOf(best, now),
    expiresAt: best?.expiresAt,
    lastNotifiedAt: notified,
    lastNotificationAgeSeconds:
      notified && Math.max(0, Math.round((now.getTime() - notified.getTime()) / 1000)),
    lastFailure: reason && inWords(reason),
  };
}

/** Of several watches over one calendar the first of these is what counts. */
const ranked = ['active', 'creating', 'silent', 'expired'] as const;

function stateOf(watch: DiagnosedWatch, now: Date): (typeof ranked)[number] {
  if (watch.expiresAt <= now) return 'expired';
  if (watch.state === 'creating') return 'creating';
  return watch.silentSweeps >= silentSweepsLimit ? 'silent' : 'active';
}

function latest(times: readonly (Date | undefined)[]): Date | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : new Date(Math.max(...known.map((time) => time.getTime())));
}

function inWords({ code, message, at }: StatusReason): Failure & { readonly at: Date } {
  return { code, message, hint: failureHints[code], at };
}
