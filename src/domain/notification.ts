import type { ProviderId } from './provider-id.ts';

/**
 * What a vendor's notification is about.
 * - `confirmed`: the watch has begun (Google's first message); nothing has changed.
 * - `changed`: something in what is watched.
 * - `missed`: the vendor has dropped notifications; nobody knows how many.
 * - `reauthorization_required`: the watch falls silent unless it is renewed.
 * - `removed`: the vendor has ended the watch.
 */
export const notificationKinds = [
  'confirmed',
  'changed',
  'missed',
  'reauthorization_required',
  'removed',
] as const;

export type NotificationKind = (typeof notificationKinds)[number];

/** A notification in our words, without the secret that came with it. */
export interface Notification {
  readonly provider: ProviderId;
  readonly kind: NotificationKind;
  /** Ours: the vendor repeats what it was given when the watch was made. */
  readonly watchId: string;
  readonly providerWatchId: string;
  readonly resourceId?: string | undefined;
  readonly messageNumber?: number | undefined;
}

/** What is known of the watch that a notification names. */
export interface KnownWatch {
  readonly provider: ProviderId;
  readonly providerWatchId?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly lastMessageNumber?: number | undefined;
}

export const notificationVerdicts = ['accepted', 'replayed', 'unknown', 'forged', 'malformed'] as const;

export type NotificationVerdict = (typeof notificationVerdicts)[number];

/**
 * Anybody can call the address, so a notification counts only where the secret, the vendor and every name that is
 * recorded agree. A number that is not higher than the last one is a replay, or comes late: then a sync has begun since
 * that has seen what it speaks of.
 */
export function judgeNotification(
  notification: Notification,
  watch: KnownWatch | undefined,
  holdsSecret: boolean,
): NotificationVerdict {
  if (watch === undefined) return 'unknown';
  const isTheirs =
    holdsSecret &&
    notification.provider === watch.provider &&
    agrees(watch.providerWatchId, notification.providerWatchId) &&
    agrees(watch.resourceId, notification.resourceId);
  if (!isTheirs) return 'forged';
  const { messageNumber } = notification;
  const last = watch.lastMessageNumber;
  return messageNumber !== undefined && last !== undefined && messageNumber <= last ? 'replayed' : 'accepted';
}

/** Nothing is recorded where the answer that made the watch is not there yet, or was lost. */
function agrees(recorded: string | undefined, named: string | undefined): boolean {
  return recorded === undefined || recorded === named;
}
